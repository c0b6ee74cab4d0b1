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

const SLICE_MS = 8;
/** So many fill a screen; drawn one after another they would move what stands below. */
const SCREEN = 6;
/** When this slice is over; Infinity before a screen of comments is there. */
let end: number;
let drawn: number;
/** How many comments it leaves to the next. */
let left: number;

function drawBranch(session: Session, node: Node): HTMLLIElement | undefined {
  let item = items.get(node);
  if (item?.version !== node.version || item.epoch !== session.epoch) {
    if ((!item || item.version === node.version) && performance.now() > end) {
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
    if (++drawn > SCREEN) end = Math.min(end, performance.now() + SLICE_MS);
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
  const [upper, lower] = root.querySelectorAll(".list");
  end = Infinity;
  left = drawn = 0;
  drawList(session, upper, [...early, ...paged]);
  drawList(session, lower, late);
  return !left;
}
