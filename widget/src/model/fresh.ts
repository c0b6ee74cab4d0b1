/** What stands out as new. Only the latest does, else after an hour of reading everything would. */
import type { Node, Thread } from "./thread";

export function markFresh(thread: Thread, fresh: Node[]): void {
  for (const node of thread.nodes.values()) {
    const isFresh = fresh.includes(node);
    if (isFresh === !!node.fresh) continue;
    node.fresh = isFresh;
    thread.touch(node);
  }
}
