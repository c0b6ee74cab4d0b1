/** One comment; the branch below it is drawn by branch.ts. */
import { html, nothing, type TemplateResult } from "lit/html.js";
import { avatar } from "../avatar";
import type { Node } from "../model/thread";
import type { Session } from "../session";
import { trusted } from "../trusted";
import { linkIcon, upIcon } from "./icons";
import { formView } from "./form";
import { oopsView } from "./oops";
import { slotView } from "./slot";

type View = TemplateResult | typeof nothing;

export function itemView(session: Session, node: Node): View {
  const { comment, kids } = node;
  const { t } = session.strings;
  const { id, depth, replies_next } = comment;
  return html`${comment.state === "deleted" ? tombstoneView(session, node) : articleView(session, node)}
    ${session.replying === node ? html`<div class="replying">${formView(session, "reply", node)}</div>` : nothing}
    ${replies_next || kids.length
      ? html`${session.reading?.fold(node)}
          <div class="kids ${depth < session.nesting ? (depth > 1 ? "deep" : "") : "flat"}" part="replies" .hidden=${session.folded.has(id) && "until-found"}>
          <ol></ol>
          ${replies_next
            ? html`<button class="more" part="more" aria-busy=${session.loading.get(id) === "busy"} @click=${() => session.reach((ways) => ways.moreReplies(session, node))}>
                  ${t("moreReplies", { n: session.thread.hidden(node) })}
                </button>
                ${oopsView(session, id)}`
            : nothing}
        </div>`
      : nothing}`;
}

function tombstoneView(session: Session, { comment }: Node): View {
  return html`<article id="comment-${comment.id}" class="comment gone" part="comment tombstone" tabindex="-1">
    <i class="avatar"></i>
    <p class="meta">${session.strings.t("deleted")}</p>
    ${numberView(session, comment.number)}
  </article>`;
}

function articleView(session: Session, node: Node): View {
  const { comment } = node;
  const { id, author, kind, state } = comment;
  const { t } = session.strings;
  const isHeld = state !== "published" && !node.sending;
  const isPing = kind !== "comment";
  const classes = [
    "comment",
    isPing && "ping",
    isHeld && "held",
    node.sending,
    node.fresh && "fresh",
    session.aimed === id && "aimed",
  ];
  return html`<article
    id="comment-${id}"
    class=${classes.filter(Boolean).join(" ")}
    part="comment${isHeld ? " held" : ""}"
    aria-labelledby="by-${id} new-${id}"
    aria-busy=${node.sending === "sending"}
    tabindex="-1"
  >
    ${isPing ? linkIcon : avatar(author)}
    <header class="meta" part="meta">
      ${isPing ? pingView(node) : nameView(session, node)}
      ${node.sending ? html`<span class="when">${node.sending === "sending" ? t("sending") : nothing}</span>` : whenView(session, node)}
      ${slotView(session, "comment.header", node)} ${numberView(session, comment.number)} ${session.reading?.mark(node)}
    </header>
    ${session.editing === node
      ? formView(session, "edit", node)
      : html`<div class="body" part="body" dir="auto" lang=${document.documentElement.lang} .innerHTML=${trusted(node, comment.html)}></div>`}
    ${slotView(session, "comment.body.after", node)}
    ${isHeld ? html`<p class="note" part="note">${t("held")}</p>` : nothing}
    ${node.sending === "waiting"
      ? html`<embed-comments-waiting .session=${session} .node=${node}></embed-comments-waiting>`
      : node.sending || session.editing === node ? nothing : actionsView(session, node)}
  </article>`;
}

function pingView({ comment }: Node): View {
  const { author, kind, link, id } = comment;
  // Where nobody is named, the name is that of the page's host.
  const name = [link?.title, ""].includes(author?.name) || link?.url.includes(author?.name ?? "") ? "" : author!.name;
  const word = kind[0]!.toUpperCase() + kind.slice(1);
  return html`<span class="ping-line" id="by-${id}"
    >${word}: <a href=${link?.url ?? ""} rel="external nofollow ugc"><bdi>${link?.title || link?.url}</bdi></a>${name && html`, <bdi>${name}</bdi>`}</span
  >`;
}

function nameView(session: Session, { comment, parent }: Node): View {
  const { id, author, depth } = comment;
  const { t } = session.strings;
  const name = author?.name || t("anonymous");
  const toParent = parent?.comment;
  return html`<bdi class="name" part="name" id="by-${id}"
      >${author?.url ? html`<a href=${author.url} rel="external nofollow ugc">${name}</a>` : name}</bdi
    >${[author?.badge, comment.pinned && "pinned"].map((badge) => (badge ? html`<span class="badge" part="badge">${t(badge)}</span>` : nothing))}
    ${toParent?.author && (depth > session.nesting || depth > 2)
      ? html`<a
          class="up ${depth > session.nesting ? "" : "up-narrow"}"
          href=${linkTo(toParent.id)}
          aria-label=${t("inReplyTo", { name: toParent.author.name || t("anonymous") })}
          @click=${() => session.aim(toParent.id)}
          >${upIcon}<bdi>${toParent.author.name || t("anonymous")}</bdi></a
        >`
      : nothing}`;
}

function whenView(session: Session, { comment }: Node): View {
  const { strings } = session;
  const { id, created_at, edited_at } = comment;
  return html`<a class="when" part="time" href=${linkTo(id)} @click=${() => session.aim(id)}
    ><time datetime=${created_at} .textContent=${strings.ago(created_at)}></time></a
  >${edited_at ? html`<time class="when" datetime=${edited_at}>${strings.t("edited")}</time>` : nothing}`;
}

function numberView(session: Session, number: number | null): View {
  return number === null ? nothing : html`<span class="number" part="number">${session.strings.number(number)}</span>`;
}

function actionsView(session: Session, node: Node): View {
  const { comment } = node;
  const { id, state } = comment;
  const { t } = session.strings;
  const isPublic = state === "published";
  const name = comment.author?.name || t("anonymous");
  return html`<footer class="actions" part="actions">
    ${isPublic && !session.thread.closed && !isClosed(node) && comment.kind === "comment"
      ? html`<button
          class="reply"
          part="action"
          aria-expanded=${session.replying === node}
          aria-label=${t("replyTo", { name })}
          @pointerenter=${() => session.compose()}
          @click=${() => session.replyTo(session.replying === node ? null : node)}
        >
          <svg class="icon turn" viewBox="0 0 16 16" aria-hidden="true"><path d="M6.5 3.5 3 7l3.5 3.5M3.4 7H9a4 4 0 0 1 4 4v1.5"></path></svg>${t("reply")}
        </button>`
      : nothing}
    ${slotView(session, "comment.footer", node)}
    ${isPublic && comment.kind === "comment"
      ? html`<button class=${session.copied === id ? "" : "quiet"} part="action" @click=${() => session.reach((ways) => ways.copyLink(session, node, linkTo(id)))}>
          <svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2-2a2.6 2.6 0 0 0-3.7-3.7l-.6.6M9.2 6.8a2.6 2.6 0 0 0-3.7 0l-2 2a2.6 2.6 0 0 0 3.7 3.7l.6-.6"></path></svg>${t(session.copied === id ? "copied" : "link")}
        </button>`
      : nothing}
    ${session.own.canEdit(id) ? html`<embed-comments-own .session=${session} .node=${node}></embed-comments-own>` : nothing}
    ${slotView(session, "comment.menu", node)}
  </footer>`;
}

/** Whether a moderator wants no answers here, or anywhere above. */
const isClosed = (node: Node | null): unknown => node && (node.comment.closed || isClosed(node.parent));

/** A permalink. Not a bare fragment, since a `<base>` would bend it. */
const linkTo = (id: string): string => `${location.href.split("#")[0]}#comment-${id}`;
