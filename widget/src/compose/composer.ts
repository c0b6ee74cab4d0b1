/** What a form gains when somebody writes in it: name and e-mail, preview, drafts, sending. */
import { html, nothing, plugins, render, request, trusted } from "../shared";
import type { SlotName } from "../../embedcomments";
import { markFresh } from "../model/fresh";
import type { Node } from "../model/thread";
import type { Session } from "../session";
import type { Subject } from "../plugins";
import type { FormMode } from "../views/form";
import { draft, keepDraft } from "./drafts";
import { named } from "./emoji";
import { fieldsView } from "./fields";
import { entered, format, pasted, type Edit, type Mark } from "./formatting";
import { fetchSource, post, saveEdit } from "./sending";
import { Attempts, PluginObjection, type Words } from "./submission";
import { markOf, toolbar } from "./toolbar";
import { explain } from "./words";

/** The counter shows when fewer characters than this are left. */
const NEAR_LIMIT = 500;
const DRAFT_MS = 400;

export class Composer extends HTMLElement {
  session!: Session;
  mode!: FormMode;
  node!: Node | null;
  #form!: HTMLFormElement;
  #area!: HTMLTextAreaElement;
  #subject!: Subject;
  #leaving: AbortController | undefined;
  #isOpen = false;
  #isBusy = false;
  #error = "";
  /** Sending failed, and the same words may be sent again. */
  #mayRetry = false;
  /** What stood here before the reader changed it; only an edit has something. */
  #before = "";
  /** The part that offers names after an @ is here or on its way. */
  #hasNames = false;
  #wrongEmail = false;
  #preview: { html: string } | undefined;
  #saving: ReturnType<typeof setTimeout> | undefined;
  readonly #attempts = new Attempts();

  connectedCallback(): void {
    this.#form = this.closest("form")!;
    this.#area = this.#form.querySelector("textarea")!;
    this.#leaving = new AbortController();
    this.#hasNames = false;
    const { signal } = this.#leaving;
    const on = (type: string, listener: (event: Event) => void) => this.#form.addEventListener(type, listener, { signal });
    on("focusin", (event) => event.target !== this.#form && this.#unfold());
    on("submit", () => void this.#submit());
    on("input", (event) => event.target === this.#area && this.#typed((event as InputEvent).data));
    on("keydown", (event) => this.#key(event as KeyboardEvent));
    on("paste", (event) => this.#paste(event as ClipboardEvent));
    window.addEventListener("pagehide", this.#saveDraft, { signal });
    plugins.admissions.add(this.#draw);
    this.#subject = { parentId: this.node?.comment.id ?? null, editing: this.mode === "edit", insert: this.#insert };
    if (this.mode === "edit") void this.#loadSource();
    else if (!this.#area.value) this.#area.value = draft(this.#draftName);
    else this.#typed();
    if (this.mode !== "new" || this.#area.value || this.#form.matches(":focus-within")) this.#unfold();
  }

  disconnectedCallback(): void {
    const { mode, node, session } = this;
    this.#saveDraft();
    // A comment that goes leaves the words about it; they stand where all can be written.
    if (mode !== "new" && this.#area.value.trim() !== this.#before.trim() && !session.ended && !session.thread.nodes.has(node!.comment.id)) {
      session.shell.root.querySelector<Composer>(".new embed-comments-composer")?.takeBack(this.#area.value, session.strings.t("errorGone"));
    }
    this.#leaving?.abort();
    plugins.admissions.delete(this.#draw);
  }

  /** Bring words back into the form, after those that stand here. Whether it did; without being asked to, only into an empty one. */
  takeBack(text: string, sentence: string, isUnasked = false): boolean {
    const { value } = this.#area;
    if (isUnasked && (value || this.#isBusy || this.#preview)) return false;
    if (this.#preview) this.#write();
    this.#area.value = value.trim() ? `${value.trimEnd()}\n\n${text}` : text;
    this.#unfold();
    this.#saveDraft();
    this.#fail(sentence);
    return true;
  }

  get #parentId(): string | null {
    return this.mode === "reply" ? this.node!.comment.id : null;
  }

  get #draftName(): string {
    return this.session.draftName(this.#parentId);
  }

  get #excess(): number {
    const most = this.session.snapshot?.policy?.max_length ?? Infinity;
    // Code points are what the server counts; counting them is only needed near the limit.
    const { value } = this.#area;
    return (value.length > most - NEAR_LIMIT ? [...value].length : value.length) - most;
  }

  #unfold(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#form.classList.add("open");
    // An edit, or a draft of last time, opens the form without a touch.
    void this.session.compose();
    this.#draw();
  }

  #fold(): void {
    this.#isOpen = this.#mayRetry = this.#wrongEmail = this.#area.hidden = false;
    this.#form.classList.remove("open");
    this.#error = "";
    this.#preview = undefined;
    this.#draw();
  }

  async #loadSource(): Promise<void> {
    this.#area.readOnly = true;
    try {
      this.#area.value = this.#before = await fetchSource(this.session, this.node!);
      this.#area.readOnly = false;
      this.#area.focus();
    } catch (error) {
      this.#fail(explain(this.session, error));
    }
    this.#draw();
  }

  /** `data` is what a key has just written. */
  #typed(data?: string | null): void {
    const emoji = data?.endsWith(":") ? named(this.#area.value, this.#area.selectionEnd) : null;
    if (emoji) this.#apply(emoji);
    if (data && /[@＠]/.test(data)) void this.#offerNames();
    this.session.typing();
    clearTimeout(this.#saving);
    this.#saving = setTimeout(this.#saveDraft, DRAFT_MS);
    if (this.#error || this.#excess > -NEAR_LIMIT || this.querySelector(".left")) {
      this.#error = "";
      this.#draw();
    }
  }

  /** Without that part an @ is a sign as others are. */
  async #offerNames(): Promise<void> {
    if (this.#hasNames) return;
    this.#hasNames = true;
    const { mode, node } = this;
    const { signal } = this.#leaving!;
    try {
      const { offer } = await import("../mention/mention");
      if (!signal.aborted) offer(this.session, this.#area, mode === "edit" ? node!.parent : node, (edit) => this.#apply(edit), signal);
    } catch {
      this.#hasNames = false;
    }
  }

  readonly #saveDraft = (): void => {
    clearTimeout(this.#saving);
    if (this.mode !== "edit" && !this.#isBusy) keepDraft(this.#draftName, this.#area.value.trim() ? this.#area.value : undefined);
  };

  #key(event: KeyboardEvent): void {
    const inWords = event.target === this.#area && !this.#area.readOnly && !event.isComposing;
    const mark = inWords ? markOf(event) : undefined;
    const { value, selectionStart, selectionEnd } = this.#area;
    const plain = !(event.shiftKey || event.altKey || event.ctrlKey || event.metaKey);
    const next = inWords && plain && event.key === "Enter" && entered(value, selectionStart, selectionEnd);
    if (mark || next) {
      event.preventDefault();
      if (mark) this.#mark(mark);
      else if (next) this.#apply(next);
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.#form.requestSubmit();
    } else if (event.key === "Escape" && this.#isOpen && !event.isComposing && this.#area.value.trim() === this.#before.trim()) this.#cancel();
  }

  #paste(event: ClipboardEvent): void {
    const { value, selectionStart, selectionEnd } = this.#area;
    if (event.target !== this.#area) return;
    const edit = pasted(value, selectionStart, selectionEnd, event.clipboardData?.getData("text/plain") ?? "");
    if (!edit) return;
    event.preventDefault();
    this.#apply(edit);
  }

  readonly #mark = (mark: Mark): void => {
    const { value, selectionStart, selectionEnd } = this.#area;
    this.#apply(format(value, selectionStart, selectionEnd, mark));
  };

  #apply({ from, to, text, start, end }: Edit): void {
    const area = this.#area;
    area.focus();
    area.setSelectionRange(from, to);
    // The old command, since it alone can be undone by the reader's keys.
    if (!document.execCommand(text ? "insertText" : "delete", false, text)) {
      area.setRangeText(text, from, to);
      this.#typed();
    }
    area.setSelectionRange(start, end);
  }

  readonly #insert = (before: string, after = ""): void => {
    if (this.#preview) this.#write();
    const area = this.#area;
    const { selectionStart, selectionEnd, value } = area;
    area.setRangeText(before + value.slice(selectionStart, selectionEnd) + after, selectionStart, selectionEnd, "end");
    area.selectionEnd -= after.length;
    area.focus();
    this.#typed();
  };

  readonly #cancel = (): void => {
    const { session, node } = this;
    if (this.mode === "reply") void session.replyTo(null);
    else if (this.mode === "edit") void this.#leaveEdit(node!);
    else {
      // The button goes, so the focus stays with the form; the next Tab leads into it again.
      this.#form.tabIndex = -1;
      this.#form.focus();
      this.#fold();
    }
  };

  async #leaveEdit(node: Node): Promise<void> {
    this.session.editing = null;
    await this.session.changed(node);
    this.session.focus(node.comment.id, false);
  }

  readonly #write = (): void => {
    this.#preview = undefined;
    this.#area.hidden = false;
    this.#draw();
    this.#area.focus();
  };

  readonly #show = async (): Promise<void> => {
    const text = this.#area.value.trim();
    const { session } = this;
    this.#preview = { html: text ? "" : `<p>${session.strings.t("emptyPreview")}</p>` };
    this.#area.hidden = true;
    this.#draw();
    if (!text) return;
    try {
      const { html: set } = await request<{ html: string }>(`${session.siteApi}/preview`, { method: "POST", body: { text } });
      if (this.#preview) this.#preview = { html: set };
    } catch {
      this.#write();
      this.#fail(session.strings.t("errorPreview"));
    }
    this.#draw();
  };

  #fail(sentence: string): void {
    this.#error = sentence;
    this.#draw();
  }

  #words(): Words {
    const author: Words["author"] = {};
    for (const name of ["name", "email"] as const) {
      const value = this.querySelector<HTMLInputElement>(`input[name=${name}]`)?.value.trim();
      if (value) author[name] = value;
    }
    return { text: this.#area.value.trim(), author, parentId: this.#parentId };
  }

  /** Whether the words may be sent; says what is wrong and leads there. */
  #check({ text }: Words): boolean {
    const { t } = this.session.strings;
    const email = this.querySelector<HTMLInputElement>("input[name=email]");
    this.#wrongEmail = !!email && !email.validity.valid;
    const problem = !text ? "errorEmpty" : this.#excess > 0 ? "errorLong" : this.#wrongEmail ? "errorEmail" : "";
    this.#mayRetry = false;
    this.#fail(problem && t(problem));
    if (problem) (this.#wrongEmail && text ? email : this.#area)?.focus();
    return !problem;
  }

  async #submit(): Promise<void> {
    if (this.#isBusy) return;
    if (this.#preview) this.#write();
    this.#unfold();
    const words = this.#words();
    if (!this.#check(words)) return;
    this.#setBusy(true);
    const { session, node } = this;
    try {
      if (this.mode === "edit") await this.#saved(node!, words.text);
      else {
        // The words stand in the thread now; the form is empty until it is known how they fared.
        const { value } = this.#area;
        this.#area.value = "";
        try {
          await this.#sent(await post(session, this.#form, words, this.#attempts));
        } catch (error) {
          this.#area.value = value;
          throw error;
        }
      }
    } catch (error) {
      this.#setBusy(false);
      this.#mayRetry = true;
      this.#fail(error instanceof PluginObjection ? error.message : explain(session, error));
      this.#area.focus();
    }
  }

  #setBusy(isBusy: boolean): void {
    this.#isBusy = isBusy;
    this.#area.readOnly = isBusy;
    this.#form.classList.toggle("away", isBusy && this.mode === "reply");
    this.#draw();
  }

  async #sent(id: string): Promise<void> {
    const { session } = this;
    keepDraft(this.#draftName, undefined);
    this.#setBusy(false);
    this.#fold();
    const node = session.thread.nodes.get(id);
    session.announce(session.strings.t(node?.sending ? "waiting" : node?.comment.state === "published" ? "posted" : "awaits"));
    if (this.mode === "reply") session.replying = null;
    if (node) markFresh(session.thread, [node]);
    await session.changed(node);
    session.focus(id, true);
  }

  async #saved(node: Node, text: string): Promise<void> {
    const { session } = this;
    const { state } = await saveEdit(session, node, text);
    session.announce(session.strings.t(state === "published" ? "saved" : "awaits"));
    await this.#leaveEdit(node);
  }

  #slotFor(name: SlotName, className = ""): unknown {
    if (!plugins.of(this.session, name).length) return nothing;
    return html`<embed-comments-slot
      class=${className}
      part="slot ${name.replaceAll(".", "-")}"
      .session=${this.session}
      .name=${name}
      .subject=${{ ...this.#subject }}
    ></embed-comments-slot>`;
  }

  readonly #draw = (): void => {
    const area = this.#area;
    const error = this.#error;
    const { mode } = this;
    const id = `error-${area.id}`;
    if (error) area.setAttribute("aria-describedby", id);
    else area.removeAttribute("aria-describedby");
    area.toggleAttribute("aria-invalid", false);
    if (error && !this.#wrongEmail) area.setAttribute("aria-invalid", "true");
    render(this.#isOpen ? this.#view(id, this.#excess) : nothing, this);
    if (mode === "edit" && !area.value && !error) area.setAttribute("aria-busy", "true");
    else area.removeAttribute("aria-busy");
  };

  #view(errorId: string, excess: number): unknown {
    const { mode, session } = this;
    const preview = this.#preview;
    const error = this.#error;
    const { t } = session.strings;
    const minutes = Math.floor((session.snapshot?.policy?.edit_window_s ?? 0) / 60);
    const hint = mode !== "edit" && minutes ? `${t("markdown")} ${t("editWindow", { n: minutes })}` : t("markdown");
    const toggle = (key: string, isOn: boolean, press: () => unknown) =>
      html`<button type="button" part="mode" aria-pressed=${isOn} @click=${press}>${t(key)}</button>`;
    return html`${preview
        ? html`<div class="preview body" part="preview" dir="auto" tabindex="-1" .innerHTML=${trusted(preview, preview.html)}></div>`
        : nothing}
      <div class="tools" part="tools">
        <span class="modes" role="group" aria-label=${t("tabPreview")}
          >${toggle("tabWrite", !preview, this.#write)}${toggle("tabPreview", !!preview, this.#show)}</span
        >
        ${preview ? nothing : toolbar(session.strings, this.#mark)} ${this.#slotFor("form.toolbar")}
        ${excess > -NEAR_LIMIT
          ? html`<span class="left hint ${excess > 0 ? "over" : ""}">${t(excess > 0 ? "over" : "left", { n: Math.abs(excess) })}</span>`
          : html`<span class="hint">${hint}</span>`}
      </div>
      ${mode === "edit" ? nothing : fieldsView(session, errorId, this.#wrongEmail)} ${this.#slotFor("form.fields", "own-slot")}
      <div class="foot">
        <p class="oops" part="error" role="alert" id=${errorId}>${error}</p>
        ${this.#slotFor("form.submit.before")}
        <button type="button" class="cancel" part="cancel" @click=${this.#cancel}>${t("cancel")}</button>
        <button type="submit" class="post" part="post" aria-disabled=${this.#isBusy}>
          ${t(this.#isBusy ? "sending" : error && this.#mayRetry ? "retry" : mode === "edit" ? "save" : "post")}
        </button>
      </div>`;
  }
}
