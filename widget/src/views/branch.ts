/**
 * Keeps one list item for each comment and redraws those alone that changed, so that a new answer
 * costs the same in a thread of ten comments and of ten thousand. What nobody waits for (comments that
 * were not there yet, or that are drawn anew with all others) is drawn in slices, so that no task is long.
 */
import { render } from "lit/html.js";
import type { Node } from "../model/thread";
import type { Session } from "../session";
import { itemView } from "./comment";

interface Item {
  element: HTMLLIElement;
  version: number;
  epoch: number;
}

const items = new WeakMap<Node, Item>();

/** Of an enum, so that the numbers stand where they are used and weigh less. */
const enum Slice {
  MS = 4,
  /** So many comments fill a screen; drawn one after another they would move what stands below. */
  SCREEN = 6,
  /** So many at the top level do on the largest screen: a longer thread begins with one, and with room for the rest. */
  MANY = 18,
}
/** When this slice is over; 0 before that is known. One comment is drawn in any case. */
let end: number;
let drawn: number;
/** How many comments it leaves to the next. */
let left: number;

function drawBranch(session: Session, node: Node): HTMLLIElement | undefined {
  let item = items.get(node);
  if (item?.version !== node.version || item.epoch !== session.epoch) {
    if ((!item || item.version === node.version) && end && performance.now() > end) {
      left++;
      return item?.element;
    }
    if (!item) {
      item = { element: document.createElement("li"), version: -1, epoch: -1 };
      item.element.className = "item";
      items.set(node, item);
    }
    const { element } = item;
    const before = left;
    render(itemView(session, node), element);
    // What scrolls sideways must be reachable by the keyboard.
    for (const wide of element.querySelectorAll<HTMLElement>("pre, table")) wide.tabIndex = 0;
    // Those above what was left are drawn again, and leave the time to it.
    if (item.epoch !== session.epoch && ++drawn > Slice.SCREEN) end ||= performance.now() + Slice.MS;
    drawList(session, element.querySelector(":scope > .kids > ol"), node.kids);
    item.version = left > before ? -1 : node.version;
    item.epoch = session.epoch;
  }
  return item.element;
}

/** Make a list show these comments; items that stay are not touched, so focus and scrolling hold. */
function drawList(session: Session, list: Element | null | undefined, nodes: Node[]): void {
  if (!list) return;
  const wanted = nodes.map((node) => drawBranch(session, node)).filter((element) => !!element);
  const kept = new Set<Element>(wanted);
  for (const element of [...list.children]) if (!kept.has(element)) element.remove();
  let at = list.firstElementChild;
  for (const element of wanted) {
    if (element === at) at = at.nextElementSibling;
    else list.insertBefore(element, at);
  }
}

/** Draw a slice of the comments. Whether all are drawn now. */
export function drawComments(session: Session, root: ShadowRoot): boolean {
  const { early, paged, late } = session.thread;
  const [upper, lower] = root.querySelectorAll<HTMLElement>(".list");
  const isLong = paged.length > Slice.MANY;
  end = left = 0;
  // Then the time counts from the first comment on, as if a screen were there.
  drawn = isLong ? Slice.SCREEN : 0;
  drawList(session, upper, [...early, ...paged]);
  drawList(session, lower, late);
  if (upper) upper.style.minBlockSize = left && isLong ? "100vh" : "";
  return !left;
}
