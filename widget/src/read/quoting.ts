/** A selection in a comment becomes a quotation in the answer to it. */
import type { Session } from "../session";
import { recall } from "../shared";

/** So many characters of a selection are quoted. */
export const MOST = 1000;

const BLOCKS = "p, div, h1, h2, h3, h4, h5, h6, ul, ol, table, blockquote, pre, hr";
const LINES = "li, tr";
/** Stands for a blank of code until the others are in order; it means nothing to anybody. */
const BLANK = "\ue000";

/** Markdown that quotes a text, line by line. */
export function quoted(text: string): string {
  const letters = [...text];
  const most = letters.length > MOST ? `${letters.slice(0, MOST - 1).join("").trimEnd()}…` : text;
  return eachLine(most, "> ");
}

const eachLine = (text: string, before: string) =>
  text
    .split("\n")
    .map((line) => (before + line).trimEnd())
    .join("\n");

/** The words of a piece of a comment, its lines and paragraphs apart. */
export function wordsOf(piece: globalThis.Node, isCode = false): string {
  const tidy = (text: string) =>
    text
      .replace(/[^\S\n]+\n/g, "\n")
      .replace(/\n{3,}/g, "\n\n")
      .replace(/^\s*\n|\s+$/g, "");
  const words = (node: globalThis.Node): string => {
    if (node.nodeType === node.TEXT_NODE) return isCode ? node.textContent! : node.textContent!.replace(/\s+/g, " ");
    if (!(node instanceof Element)) return [...node.childNodes].map(words).join("");
    if (node.matches("br")) return "\n";
    if (node.matches("img")) return node.getAttribute("alt") ?? "";
    if (node.matches("pre")) return `\n\n\`\`\`\n${node.textContent!.replace(/\n$/, "").replaceAll(" ", BLANK)}\n\`\`\`\n\n`;
    // Between items there are blanks that mean nothing.
    const inner = [...(node.matches("ul, ol, table, tbody") ? node.children : node.childNodes)].map(words).join("");
    if (node.matches("blockquote")) return `\n\n${eachLine(tidy(inner), "> ")}\n\n`;
    if (node.matches(LINES)) return `\n${node.matches("li") ? "- " : ""}${tidy(inner).trimStart()}`;
    if (node.matches("td, th")) return `${inner} `;
    return node.matches(BLOCKS) ? `\n\n${inner.trim() && inner}\n\n` : inner;
  };
  const text = tidy(words(piece));
  return isCode ? text : text.replace(/\n +/g, "\n").trim().replaceAll(BLANK, " ");
}

/** What is selected in a shadow root; browsers tell in three ways. */
function selection(root: ShadowRoot): Range | undefined {
  type Composed = Selection & { getComposedRanges?(options: { shadowRoots: ShadowRoot[] }): StaticRange[] };
  const within = (root as { getSelection?(): Selection | null }).getSelection?.();
  const selected = (within ?? document.getSelection()) as Composed | null;
  const range = document.createRange();
  try {
    const [found] = within ? [] : (selected?.getComposedRanges?.({ shadowRoots: [root] }) ?? []);
    const { startContainer, startOffset, endContainer, endOffset } = found ?? selected!.getRangeAt(0);
    range.setStart(startContainer, startOffset);
    range.setEnd(endContainer, endOffset);
  } catch {
    // Nothing is selected, or the browser does not say what.
    return undefined;
  }
  return range.collapsed ? undefined : range;
}

/** The part of a range that lies within an element. */
export function within(range: Range, element: Element): Range | undefined {
  if (!range.intersectsNode(element)) return undefined;
  const part = range.cloneRange();
  if (!element.contains(part.startContainer)) part.setStart(element, 0);
  if (!element.contains(part.endContainer)) part.setEnd(element, element.childNodes.length);
  return part;
}

/** Quote what is selected when an answer is begun, until `signal`. */
export function quote(session: Session, signal: AbortSignal): void {
  const { root } = session.shell;
  const pressed = ({ target }: Event) => (target as Element).closest(".actions > .reply");
  const selectedIn = (button: Element): string => {
    const body = button.closest(".comment")!.querySelector(":scope > .body");
    const range = selection(root);
    const part = body && range && within(range, body);
    return part ? wordsOf(part.cloneContents(), isCode(part)) : "";
  };
  // Pressing a button may end the selection, before the click is told.
  let held: { button: Element; words: string } | undefined;
  root.addEventListener(
    "pointerdown",
    (event) => {
      const button = pressed(event);
      held = button ? { button, words: selectedIn(button) } : undefined;
    },
    { signal, capture: true },
  );
  root.addEventListener(
    "click",
    (event) => {
      const button = pressed(event);
      if (!button) return;
      const words = (held?.button === button && held.words) || selectedIn(button);
      held = undefined;
      const node = session.thread.nodes.get(button.closest(".comment")!.id.slice("comment-".length));
      if (!words || !node) return;
      // The button would close a form that is open already; with something selected it adds to it.
      event.stopPropagation();
      void (session.replying === node ? Promise.resolve() : session.replyTo(node)).then(() => insert(session, node.comment.id, quoted(words)));
    },
    { signal, capture: true },
  );
}

function isCode({ commonAncestorContainer: at }: Range): boolean {
  return !!(at instanceof Element ? at : at.parentElement)?.closest("pre");
}

/** Put a quotation below what stands in the form, and the caret below it. */
function insert(session: Session, id: string, words: string): void {
  const form = session.shell.root.querySelector(".replying form");
  const area = form?.querySelector("textarea");
  if (!area || area.readOnly) return;
  if (area.hidden) form!.querySelector<HTMLElement>(".modes button")?.click();
  // What was begun before is brought back by the part for writing, which may not be here yet.
  area.value ||= recall<string>(session.draftName(id)) ?? "";
  area.focus();
  area.setSelectionRange(area.value.length, area.value.length);
  const before = area.value.trimEnd();
  if (!before.includes(words)) {
    const gap = before ? "\n\n".slice(Math.min(2, area.value.length - before.length)) : "";
    const text = `${gap}${words}\n\n`;
    // The old command, since it alone can be undone by the reader's keys.
    if (!document.execCommand("insertText", false, text)) {
      area.setRangeText(text, area.value.length, area.value.length, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
  area.scrollTop = area.scrollHeight;
}
