/** Edit and delete, beside the reader's own comments. */
import { html, render } from "../shared";
import type { Node } from "../model/thread";
import type { Session } from "../session";
import { deleteOwn } from "./sending";
import { explain } from "./words";

export class OwnElement extends HTMLElement {
  session!: Session;
  node!: Node;
  #isAsking = false;

  connectedCallback(): void {
    this.#draw();
  }

  #draw(): void {
    const { t } = this.session.strings;
    render(
      this.#isAsking
        ? html`<span class="ask" id="ask-${this.node.comment.id}">${t("deleteAsk")}</span>
            <button class="really" aria-describedby="ask-${this.node.comment.id}" @click=${this.#erase}>${t("delete")}</button>
            <button @click=${() => this.#ask(false)}>${t("keep")}</button>`
        : html`<button class="edit-own" @click=${this.#edit}>${t("edit")}</button>
            <button class="delete-own" @click=${() => this.#ask(true)}>${t("delete")}</button>`,
      this,
    );
  }

  #ask(isAsking: boolean): void {
    this.#isAsking = isAsking;
    this.#draw();
    this.querySelector<HTMLElement>(isAsking ? ".really" : ".delete-own")?.focus();
  }

  readonly #edit = async (): Promise<void> => {
    const { session, node } = this;
    const before = session.editing;
    session.editing = node;
    await session.changed(before);
    await session.changed(node);
  };

  readonly #erase = async (): Promise<void> => {
    const { session, node } = this;
    try {
      await deleteOwn(session, node);
      session.announce(session.strings.t("removed"));
      await session.changed(node);
      session.focus((node.parent ?? node).comment.id, false);
    } catch (error) {
      session.announce(explain(session, error));
      this.#ask(false);
      render(html`<span class="oops" role="alert">${explain(session, error)}</span>`, this);
    }
  };
}
