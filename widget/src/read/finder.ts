/** Finding words in the comments that are loaded; this part comes when it is asked for. */
import type { Session } from "../session";
import { enFinding } from "../languages/en-finding";
import { adopt, en, html } from "../shared";
import { styles } from "./finder-styles";
import { places, plain, type Plain } from "./matching";

// English for finding joins the English that is there; other languages came whole.
Object.assign(en, enFinding);

/** So many matches are told apart. */
const MOST = 1000;
const PAUSE_MS = 150;
const [ALL, CURRENT] = ["embedcomments-found", "embedcomments-current"];

const drawing = (path: string) => html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d=${path}></path></svg>`;

/** A name or a text of a comment. */
interface Field {
  element: Element;
  nodes: Text[];
  /** Where each of the nodes begins. */
  begins: number[];
  words: Plain;
}

interface Match {
  field: Field;
  from: number;
  to: number;
}

export class Finder {
  isOpen = false;
  #query = "";
  #fields: Field[] | undefined;
  #matches: Match[] = [];
  #at = 0;
  #ranges: Range[] = [];
  #pause: ReturnType<typeof setTimeout> | undefined;
  /** The words changed, and were not looked for yet. */
  #isTyped = false;
  #changes = new MutationObserver(() => {
    this.#fields = undefined;
    this.#soon();
  });

  constructor(private readonly session: Session, signal: AbortSignal) {
    adopt(session.shell.root, styles);
    signal.addEventListener("abort", () => this.#leave());
  }

  toggle(): Promise<void> {
    return this.isOpen ? this.#close() : this.#show();
  }

  /** The field and what is beside it. */
  panel(): unknown {
    if (!this.isOpen) return undefined;
    const { t } = this.session.strings;
    const tool = (key: string, path: string, press: () => void) =>
      html`<button type="button" aria-label=${t(key)} title=${t(key)} @click=${press}>${drawing(path)}</button>`;
    return html`<div class="find" part="find" role="search" aria-label=${t("find")}>
      <input type="search" part="input" dir="auto" autocomplete="off" spellcheck="false" enterkeyhint="search" aria-label=${t("find")} placeholder=${t("find")} @input=${this.#typed} @keydown=${this.#key} />
      <span role="status">${this.#told()}</span>
      ${tool("findPrevious", "M3.5 10 8 5.5l4.5 4.5", () => this.#step(-1))}${tool("findNext", "M3.5 6 8 10.5 12.5 6", () => this.#step(1))}${tool("findClose", "M4 4l8 8M12 4l-8 8", () => void this.#close())}
      ${this.#isPartial ? html`<p>${t("findPartly")}</p>` : undefined}
    </div>`;
  }

  get #isPartial(): boolean {
    const { thread } = this.session;
    return !!thread.next || [...thread.nodes.values()].some(({ comment }) => comment.replies_next);
  }

  #told(): string {
    const { strings } = this.session;
    const n = this.#matches.length;
    if (!plain(this.#query).text.trim()) return "";
    if (!n) return strings.t("foundNone");
    return strings.t("found", { at: this.#at + 1, n: n < MOST ? n : `${strings.number(n)}+` });
  }

  async #show(): Promise<void> {
    const { session } = this;
    this.isOpen = true;
    await session.changed();
    const { root } = session.shell;
    root.querySelector<HTMLElement>(".find input")?.focus();
    for (const list of root.querySelectorAll(".list")) this.#changes.observe(list, { childList: true, subtree: true, characterData: true });
  }

  async #close(): Promise<void> {
    const { session } = this;
    const match = this.#matches[this.#at];
    this.#leave();
    await session.changed();
    const id = match?.field.element.closest(".comment")?.id.slice("comment-".length);
    if (id) session.focus(id, false);
    else session.shell.root.querySelector<HTMLElement>(".find-open")?.focus();
  }

  #leave(): void {
    clearTimeout(this.#pause);
    this.#changes.disconnect();
    this.isOpen = this.#isTyped = false;
    this.#query = "";
    this.#fields = undefined;
    this.#matches = [];
    this.#paint();
  }

  readonly #typed = ({ target }: Event): void => {
    this.#query = (target as HTMLInputElement).value;
    this.#isTyped = true;
    this.#soon();
  };

  readonly #key = (event: KeyboardEvent): void => {
    if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault();
    if (event.key === "Escape") void this.#close();
    else if (this.#isTyped) this.#search();
    else this.#step(event.shiftKey ? -1 : 1);
  };

  #soon(): void {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => this.#search(), PAUSE_MS);
  }

  /** Look for the words; where not they but the comments changed, the reader stays where they are. */
  #search(): void {
    clearTimeout(this.#pause);
    const isOther = !this.#isTyped;
    this.#isTyped = false;
    const query = plain(this.#query).text.trim();
    const before = this.#matches[this.#at];
    const articles = this.session.shell.root.querySelectorAll(".item > .comment");
    this.#fields ??= [...articles].flatMap((article) => [...article.querySelectorAll(":scope > .meta > .name, :scope > .body")].map(fieldOf));
    this.#matches = this.#fields.flatMap((field) => places(field.words, query).map(([from, to]) => ({ field, from, to }))).slice(0, MOST);
    const isNotBefore = ({ field, from }: Match) =>
      field.element === before?.field.element ? !isOther || from >= before.from : !!(before && before.field.element.compareDocumentPosition(field.element) & 4);
    this.#at = Math.max(0, before ? this.#matches.findIndex(isNotBefore) : 0);
    this.#paint();
    if (!isOther) this.#lead();
    void this.session.changed();
  }

  #step(by: number): void {
    if (this.#isTyped || !this.#fields) this.#search();
    const { length } = this.#matches;
    if (!length) return;
    this.#at = (this.#at + by + length) % length;
    this.#paint();
    this.#lead();
    void this.session.changed();
  }

  /** Bring the current match to the eyes; the focus stays in the field. */
  #lead(): void {
    const match = this.#matches[this.#at];
    if (!match) return;
    this.session.reading?.open(match.field.element.closest(".comment")!.id.slice("comment-".length));
    const range = rangeOf(match);
    range.startContainer.parentElement!.scrollIntoView({ block: "center", behavior: "instant" });
    // In a paragraph that is longer than the window the words may still be elsewhere.
    const { top, bottom } = range.getBoundingClientRect();
    if (top < 0 || bottom > innerHeight) window.scrollBy({ top: top - innerHeight / 2, behavior: "instant" });
  }

  #paint(): void {
    const match = this.#matches[this.#at];
    this.session.shell.root.querySelectorAll("[data-found]").forEach((each) => each.removeAttribute("data-found"));
    if (!("highlights" in CSS)) {
      match?.field.element.closest(".comment")?.setAttribute("data-found", "");
      return;
    }
    const [all, current] = [ALL, CURRENT].map((name) => {
      const highlight = CSS.highlights.get(name) ?? new Highlight();
      CSS.highlights.set(name, highlight);
      this.#ranges.forEach((range) => highlight.delete(range));
      return highlight;
    }) as [Highlight, Highlight];
    current.priority = 1;
    this.#ranges = this.#matches.map(rangeOf);
    this.#ranges.forEach((range, at) => (at === this.#at ? current : all).add(range));
  }
}

/** What there is to read in an element; blanks stand for the ends of its lines. */
function fieldOf(element: Element): Field {
  const nodes: Text[] = [];
  const begins: number[] = [];
  let text = "";
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node instanceof Text) {
      nodes.push(node);
      begins.push(text.length);
      text += node.data;
    } else if (!(node as Element).matches("a, b, bdi, code, del, em, i, s, span, strong, sub, sup")) text += " ";
  }
  return { element, nodes, begins, words: plain(text) };
}

function rangeOf({ field: { nodes, begins }, from, to }: Match): Range {
  const range = document.createRange();
  const place = (at: number, isEnd: boolean): [Text, number] => {
    const index = Math.max(0, begins.findLastIndex((begin) => (isEnd ? begin < at : begin <= at)));
    return [nodes[index]!, Math.min(at - begins[index]!, nodes[index]!.length)];
  };
  range.setStart(...place(from, false));
  range.setEnd(...place(to, true));
  return range;
}
