/** What one can do with a comment that waits for the network. */
import { html, keep, LOCAL, nothing, recall, render } from "../shared";
import type { Node } from "../model/thread";
import type { Session } from "../session";
import type { Composer } from "../compose/composer";
import { find, isDue, store, type Waiting } from "./kept";
import { alone, flush, noteSent, sentenceFor, sync } from "./outbox";

export class WaitingElement extends HTMLElement {
  session!: Session;
  node!: Node;
  #isAsking = false;

  connectedCallback(): void {
    this.draw();
  }

  get #key(): string {
    return this.node.comment.id.slice(LOCAL.length);
  }

  draw(): void {
    const { t } = this.session.strings;
    const entry = find(this.#key);
    if (!entry) return;
    const id = `wait-${this.#key}`;
    render(
      html`<p class="note ${entry.refused ? "oops" : ""}" part="note" id=${id}>${sentenceFor(this.session, entry) || t(isDue(entry) ? "waiting" : "waited")}</p>
        <footer class="actions" part="actions">
          ${this.#isAsking
            ? html`<span>${t("deleteAsk")}</span>
                <button class="really" @click=${this.#discard} @keydown=${this.#keyed}>${t("delete")}</button>
                <button @click=${() => this.#ask(false)} @keydown=${this.#keyed}>${t("keep")}</button>`
            : html`<button class="send-now" aria-describedby=${id} @click=${this.#send}>${t("sendNow")}</button>
                ${this.session.thread.closed ? nothing : html`<button class="edit" @click=${this.#edit}>${t("edit")}</button>`}
                <button class="discard" @click=${() => this.#ask(true)}>${t("delete")}</button>`}
        </footer>`,
      this,
    );
  }

  #ask(isAsking: boolean): void {
    this.#isAsking = isAsking;
    this.draw();
    this.querySelector<HTMLElement>(isAsking ? ".really" : ".discard")?.focus();
  }

  readonly #keyed = ({ key }: KeyboardEvent): void => {
    if (key === "Escape") this.#ask(false);
  };

  /** What waited long, or was refused, counts as written now. */
  readonly #send = async (): Promise<void> => {
    const { session } = this;
    const { id } = this.node.comment;
    const entry = find(this.#key);
    if (!entry) return;
    const { refused, ...rest } = entry;
    store(entry.key, isDue(entry) ? entry : { ...rest, at: Date.now() });
    // The button goes while it is being sent.
    session.focus(id, false);
    await flush();
    if (!find(entry.key)) return;
    await sync(session);
    session.announce(sentenceFor(session, find(entry.key)!) || session.strings.t("waiting"));
  };

  /** Take it out, unless it was sent in the meantime. */
  async #takeOut(): Promise<Waiting | undefined> {
    let entry: Waiting | undefined;
    await alone(async () => {
      entry = find(this.#key);
      store(this.#key);
    });
    return entry;
  }

  readonly #discard = async (): Promise<void> => {
    const { session } = this;
    if (!(await this.#takeOut())) return;
    await sync(session);
    session.announce(session.strings.t("removed"));
    const title = session.shell.root.getElementById("title")!;
    title.tabIndex = -1;
    title.focus();
  };

  readonly #edit = async (): Promise<void> => {
    const { session } = this;
    const entry = await this.#takeOut();
    if (!entry) return;
    void sync(session);
    const { text, parent_id } = entry.body;
    const parent = session.thread.nodes.get(parent_id!) ?? null;
    noteSent(session, entry, parent && parent_id);
    if (parent && session.replying !== parent) {
      const name = session.draftName(parent_id);
      keep(name, [recall<string>(name), text].filter(Boolean).join("\n\n"));
      await session.replyTo(parent);
      return;
    }
    const form = session.shell.root.querySelector(parent ? "form.reply" : "form.new");
    form?.querySelector<Composer>("embed-comments-composer")!.takeBack(text, sentenceFor(session, entry));
    form?.querySelector("textarea")!.focus();
  };
}
