/** What is taken over into a tree later: the rest of a branch, and a newer copy of the first page. */
import type { Comment, Snapshot } from "./comment";
import { LOCAL, type Node, type Thread } from "./thread";

/**
 * Bring up to date what is known, and remove what is gone. Answers with what came anew, which is not inserted: the
 * reader may be in the middle of a sentence.
 */
export function renew(tree: Thread, { comments, next, thread }: Snapshot): Comment[] {
  tree.about(thread);
  if (!tree.nodes.size) {
    tree.page(comments, next);
    return [];
  }
  const isWhole = next === null && !comments.some((comment) => comment.replies_next);
  const newest = [...tree.nodes.keys()].reduce((a, b) => (b > a && b < LOCAL ? b : a), "");
  const anew = comments.filter((comment) => !tree.put(comment, false, true) && (isWhole || comment.id > newest));
  const known = new Set(comments.map((comment) => comment.id));
  for (const [id, node] of tree.nodes) {
    if (isWhole && !known.has(id) && node.comment.state === "published") tree.remove(id);
  }
  return anew;
}

/** Add the rest of a long branch, whose top is `root`. */
export function branch(tree: Thread, root: Node, comments: Comment[], next: string | null): void {
  for (const comment of comments) tree.put(comment);
  root.comment = { ...root.comment, replies_next: next };
  tree.touch(root);
}
