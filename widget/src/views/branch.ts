/**
 * Keeps one list item for each comment and redraws those alone that changed, so that a new answer
 * costs the same in a thread of ten comments and of ten thousand.
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

function drawBranch(session: Session, node: Node): HTMLLIElement {
  let item = items.get(node);
  if (!item) {
    item = { element: document.createElement("li"), version: -1, epoch: -1 };
    item.element.className = "item";
    items.set(node, item);
  }
  const { element, version, epoch } = item;
  if (version !== node.version || epoch !== session.epoch) {
    item.version = node.version;
    item.epoch = session.epoch;
    render(itemView(session, node), element);
    // What scrolls sideways must be reachable by the keyboard.
    for (const wide of element.querySelectorAll<HTMLElement>("pre, table")) wide.tabIndex = 0;
    drawList(session, element.querySelector(":scope > .kids > ol"), node.kids);
  }
  return element;
}

/** Make a list show these comments; items that stay are not touched, so focus and scrolling hold. */
export function drawList(session: Session, list: Element | null, nodes: Node[]): void {
  if (!list) return;
  const wanted = nodes.map((node) => drawBranch(session, node));
  const kept = new Set<Element>(wanted);
  for (const element of [...list.children]) if (!kept.has(element)) element.remove();
  let at = list.firstElementChild;
  for (const element of wanted) {
    if (element === at) at = at.nextElementSibling;
    else list.insertBefore(element, at);
  }
}
