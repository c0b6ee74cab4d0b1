/** Going from comment to comment by single keys, while the focus is within the thread and in no field. */
import type { Node } from "../model/thread";
import type { Session } from "../session";

/** As `Node.DOCUMENT_POSITION_FOLLOWING`, whose name our own Node has taken. */
const FOLLOWING = 4;

/** Where letters are written, or choose among what is listed. */
const TAKERS =
  "input, textarea, select, audio, video, [contenteditable], [role=textbox], [role=searchbox], [role=combobox], [role=listbox], [role=menu], [role=grid], [role=tree]";

/**
 * The letter that a key stands for, or "". On a keyboard of another script it is the key in the same place;
 * where the key has a Latin letter this counts, since layouts differ.
 */
export function letterOf({ key, code }: Pick<KeyboardEvent, "key" | "code">): string {
  if (/^[\x20-\x7e]$/.test(key)) return key;
  return key.length === 1 ? (code.match(/^Key([A-Z])$/)?.[1]?.toLowerCase() ?? "") : "";
}

/** Whether a key belongs to nobody else: no modifier, nothing being composed, no field, not used by another already. */
export function isFree(event: KeyboardEvent): boolean {
  const { altKey, ctrlKey, metaKey, shiftKey, isComposing, keyCode, defaultPrevented } = event;
  // 229 is what a key says that an input method has taken; Safari composes without saying so otherwise.
  if (altKey || ctrlKey || metaKey || shiftKey || isComposing || keyCode === 229 || defaultPrevented) return false;
  return !event.composedPath().some((at) => at instanceof Element && at.matches(TAKERS));
}

/** The nearest of `articles`, which stand in the order of reading, after or before where `active` stands. */
export function neighbour(articles: Element[], active: Element, step: 1 | -1, isWanted: (article: Element) => boolean): Element | undefined {
  const begun = articles.filter((each) => each === active || each.compareDocumentPosition(active) & FOLLOWING).length;
  if (step > 0) return articles.slice(begun).find(isWanted);
  return articles.slice(0, begun).findLast((each) => !each.contains(active) && isWanted(each));
}

/** Listen to a thread's keys until `signal`. */
export function listen(session: Session, isNew: (node: Node) => boolean, signal: AbortSignal): void {
  const { root } = session.shell;
  const nodeOf = (article: Element) => session.thread.nodes.get(article.id.slice("comment-".length));
  const active = () => root.activeElement ?? root.querySelector(".head")!;
  const near = (step: 1 | -1, isWanted: (article: Element) => boolean) => {
    const found = neighbour([...root.querySelectorAll(".item > .comment")], active(), step, isWanted);
    return found && nodeOf(found);
  };
  const newNear = (step: 1 | -1) => near(step, (article) => isNew(nodeOf(article)!));
  const plainNear = (step: 1 | -1) => near(step, (article) => !article.matches(".gone, [hidden] *"));
  const above = () => {
    const item = active().closest(".item")?.querySelector(".comment");
    return item ? nodeOf(item)?.parent : undefined;
  };

  /** Go there; false when there is no such place. */
  const go = (letter: string): boolean => {
    let node: Node | null | undefined;
    if (letter === "u") node = above();
    else if (letter === "p") node = newNear(-1) ?? plainNear(-1);
    else if (letter === "n") {
      node = newNear(1);
      // What came while one reads waits behind the bar.
      if (!node && session.arrivals.length) return !!session.reach((ways) => ways.showArrivals(session));
      node ??= plainNear(1);
      if (!node && session.thread.next) return !!session.reach((ways) => ways.more(session));
    }
    if (node) session.focus(node.comment.id, true);
    return !!node;
  };

  root.addEventListener("keydown", (event) => isFree(event as KeyboardEvent) && go(letterOf(event as KeyboardEvent)) && event.preventDefault(), { signal });
}
