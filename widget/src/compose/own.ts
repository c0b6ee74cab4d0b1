/** Edit and delete, beside the reader's own comments. */
import { html, nothing, render } from "../shared";
import type { Node } from "../model/thread";
import type { Session } from "../session";
import { deleteOwn } from "./sending";
import { explain } from "./words";

const drawing = (path: string) => html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d=${path}></path></svg>`;
const pencil = drawing("M3 13l.8-3L10.6 3.2a1.5 1.5 0 0 1 2.2 2.2L6 12.2zM9.3 4.5l2.2 2.2");
const bin = drawing("M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.6 8.5h5.8l.6-8.5M6.8 7v3.6M9.2 7v3.6");

export class OwnElement extends HTMLElement {
  session!: Session;
  node!: Node;
  #isAsking = false;
  #error = "";

  connectedCallback(): void {
    this.#draw();
  }

  #draw(): void {
    const { t } = this.session.strings;
    const ask = `ask-${this.node.comment.id}`;
    render(
      this.#isAsking
        ? html`<span class="ask" id=${ask}>${t("deleteAsk")}</span>
            <button class="really" aria-describedby=${ask} @click=${this.#erase} @keydown=${this.#key}>${t("delete")}</button>
            <button @click=${() => this.#ask(false)} @keydown=${this.#key}>${t("keep")}</button>`
        : html`<button class="edit-own" @click=${this.#edit}>${pencil}${t("edit")}</button>
            <button class="delete-own" @click=${() => this.#ask(true)}>${bin}${t("delete")}</button>
            ${this.#error ? html`<span class="oops" role="alert">${this.#error}</span>` : nothing}`,
      this,
    );
  }

  #ask(isAsking: boolean, error = ""): void {
    this.#isAsking = isAsking;
    this.#error = error;
    this.#draw();
    this.querySelector<HTMLElement>(isAsking ? ".really" : ".delete-own")?.focus();
  }

  readonly #key = ({ key }: KeyboardEvent): void => {
    if (key === "Escape") this.#ask(false);
  };

  readonly #edit = async (): Promise<void> => {
    const { session, node } = this;
    const before = session.editing;
    session.editing = node;
    await session.changed(before);
    await session.changed(node);
  };

  readonly #erase = async (): Promise<void> => {
    const { session, node } = this;
    const near = nearest(session, node);
    try {
      await deleteOwn(session, node);
    } catch (error) {
      this.#ask(false, explain(session, error));
      return;
    }
    session.announce(session.strings.t("removed"));
    await session.changed(node);
    const stays = near.find((other) => session.thread.nodes.get(other.comment.id) === other);
    if (stays) session.focus(stays.comment.id, false);
    else focusTitle(session);
  };
}

/** Where the focus may go when a comment goes: its tombstone, those above it, the one after or before it. */
function nearest(session: Session, node: Node): Node[] {
  const { roots } = session.thread;
  const near: Node[] = [];
  let top = node;
  for (let at: Node | null = node; at; at = at.parent) near.push((top = at));
  const place = roots.indexOf(top);
  return [...near, ...roots.slice(place + 1, place + 2), ...roots.slice(Math.max(0, place - 1), place)];
}

function focusTitle(session: Session): void {
  const title = session.shell.root.getElementById("title");
  if (!title) return;
  title.tabIndex = -1;
  title.focus();
}
