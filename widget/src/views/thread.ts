/** The thread as a whole: its head, the form, the comments, and the bar of what is new. */
import { html, nothing, render, type TemplateResult } from "lit/html.js";
import type { Sort } from "../model/comment";
import type { Session } from "../session";
import { trusted } from "../trusted";
import { drawComments } from "./branch";
import { formView } from "./form";
import { oopsView } from "./oops";
import { slotView } from "./slot";

type View = TemplateResult | typeof nothing;

/**
 * Draw a session's thread, or as much as can be done in one go, into a shadow root. Whether it is whole now. Until then
 * a prerendered thread stays in its place.
 */
export function drawThread(session: Session | undefined, theme: string, said: string, root: ShadowRoot): boolean {
  render(
    html`${session ? threadView(session, theme, !!root.host.firstElementChild && session.shown === "loading") : nothing}
      <slot .hidden=${session?.shown === "ready"}></slot>
      <div class="sr" role="status" aria-live="polite">${said}</div>`,
    root,
  );
  return session?.status !== "ready" || drawComments(session, root);
}

function threadView(session: Session, theme: string, isHidden: boolean): View {
  const { strings, status } = session;
  return html`<section
    class="thread ${theme}"
    part="thread"
    lang=${strings.lang}
    dir=${strings.dir}
    aria-labelledby="title"
    aria-busy=${status === "loading"}
    .hidden=${isHidden}
  >
    ${status === "ready" ? readyView(session) : status === "failed" ? failedView(session) : nothing}
  </section>`;
}

function failedView(session: Session): View {
  const { t } = session.strings;
  return html`<header class="head" part="header"><h2 id="title" part="title">${t("title")}</h2></header>
    <p class="quiet-words" role="alert">
      ${t("failed")} <button class="more" part="more" @click=${() => session.start()}>${t("retry")}</button>
    </p>`;
}

function readyView(session: Session): View {
  const { strings, thread, snapshot } = session;
  const { t } = strings;
  const isEmpty = !thread.nodes.size;
  const policyHtml = snapshot?.policy?.html;
  return html`${headView(session)} ${slotView(session, "thread.header")}
    ${thread.closed
      ? html`<p class="quiet-words" part="closed">${t("closed")}</p>`
      : policyHtml ? html`<div class="policy" part="policy" dir="auto" .innerHTML=${trusted(snapshot, policyHtml)}></div>` : nothing}
    ${!thread.closed || session.isWriting ? formView(session, "new", null) : nothing}
    ${session.reading?.above()}
    ${isEmpty
      ? thread.closed ? nothing : html`<p class="quiet-words empty">${t("empty")}</p>`
      : html`<ol class="list" part="comments"></ol>
          ${thread.next ? html`${moreView(session)}${oopsView(session, "")}` : nothing}
          <ol class="list" part="comments"></ol>`}
    ${slotView(session, "thread.footer")} ${barView(session)}`;
}

function headView(session: Session): View {
  const { strings, thread, presence } = session;
  const { t } = strings;
  const order = (event: Event) => {
    const sort = (event.target as HTMLSelectElement).value as Sort;
    void session.reach((ways) => ways.order(session, sort));
  };
  return html`<header class="head" part="header">
    <h2 id="title" part="title">${thread.count ? t("count", { n: thread.count }) : t("title")}</h2>
    ${presence.typing
      ? html`<span class="live writing" part="presence">${t("typing")}</span>`
      : presence.watching > 1
        ? html`<span class="live" part="presence">${t("watching", { n: presence.watching })}</span>`
        : nothing}
    ${thread.nodes.size > 1
      ? html`<label class="sort" part="sort"
          ><span class="sr">${t("sort")}</span
          ><select .value=${thread.sort} @change=${order}>
            <option value="oldest">${t("oldest")}</option>
            <option value="newest">${t("newest")}</option>
            <option value="top">${t("top")}</option>
          </select></label
        >`
      : nothing}
    ${oopsView(session, "sort")}
  </header>`;
}

function moreView(session: Session): View {
  const { t } = session.strings;
  return html`<button class="more wide" part="more" aria-busy=${session.loading.get("") === "busy"} @click=${() => session.reach((ways) => ways.more(session))}>${t("more")}</button>`;
}

function barView(session: Session): View {
  const n = session.sending ? 0 : session.arrivals.length;
  if (!n) return nothing;
  return html`<div class="bar">
    <button part="new-bar" @click=${() => session.reach((ways) => ways.showArrivals(session))}>${session.strings.t("arrived", { n })}</button>
  </div>`;
}
