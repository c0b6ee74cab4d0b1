/** Folding branches away. What is folded stays so until the tab is closed, and opens for whatever leads into it. */
import type { Node } from "../model/thread";
import type { Session } from "../session";
import { html, keep } from "../shared";

/** More are forgotten, the first ones first. */
export const MOST = 500;

const circle = "M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 1 1 0-11M5.5 8h5";
const minus = html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d=${circle}></path></svg>`;
const plus = html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="${circle}M8 5.5v5"></path></svg>`;

export class Folds {
  constructor(private readonly session: Session, private readonly isNew: (node: Node) => boolean, signal: AbortSignal) {
    // The browser's own search found something in a folded branch, and is about to show it.
    session.shell.root.addEventListener("beforematch", ({ target }) => this.#openBelow(target as Element), { signal });
  }

  /** The button between a comment and its answers. */
  view(node: Node): unknown {
    const { session } = this;
    const { t } = session.strings;
    const { id, reply_count } = node.comment;
    const isFolded = session.folded.has(id);
    const label = t("replies", { n: reply_count || node.kids.length });
    const has = ({ kids }: Node): boolean => kids.some((kid) => this.isNew(kid) || has(kid));
    return html`<button
      class="fold"
      part="fold"
      aria-expanded=${!isFolded}
      aria-label=${isFolded && has(node) ? `${label}, ${t("new")}` : label}
      @click=${({ currentTarget }: Event) => {
        // Some browsers focus no button that is clicked, and what has the focus may be about to be folded away.
        (currentTarget as HTMLElement).focus({ preventScroll: true });
        this.#set(node, !session.folded.has(id));
      }}
    >
      ${isFolded ? html`${plus}<span>${label}</span>${has(node) ? html`<i class="dot"></i>` : undefined}` : minus}
    </button>`;
  }

  /** Unfold all that hides a comment, at once, so that it can take the focus; whether anything did. */
  open(id: string): boolean {
    let isHidden = false;
    const { thread, folded, shell } = this.session;
    for (let at = thread.nodes.get(id)?.parent; at; at = at.parent) {
      if (!folded.has(at.comment.id)) continue;
      const kids = shell.root.getElementById(`comment-${at.comment.id}`)?.parentElement?.querySelector<HTMLElement>(":scope > .kids");
      if (kids) kids.hidden = false;
      this.#set(at, false);
      isHidden = true;
    }
    return isHidden;
  }

  #set(node: Node, isFolded: boolean): void {
    const { session } = this;
    const { folded } = session;
    const { id } = node.comment;
    folded.delete(id);
    if (isFolded) folded.add(id);
    const all = [...folded].filter(Boolean);
    keep("folded", all.length ? all.slice(-MOST) : undefined, "sessionStorage");
    void session.changed(node);
  }

  #openBelow(kids: Element): void {
    const first = kids.querySelector("article");
    if (first) this.open(first.id.slice("comment-".length));
  }
}
