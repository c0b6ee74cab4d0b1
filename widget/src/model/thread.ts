/** The comments of one thread as a tree, and every way in which it changes. */
import type { Comment, Snapshot, Sort } from "./comment";

export interface Node {
  comment: Comment;
  parent: Node | null;
  kids: Node[];
  /** Grows when this comment or anything below it changes, so that views redraw only what did. */
  version: number;
  /** Stands out, until something newer does. */
  fresh?: boolean;
  /** Not on the server yet: the reader's own words, on their way. */
  sending?: "sending" | "waiting";
}

/** Ids of comments that are not on the server yet begin with this; it sorts after all others. */
export const LOCAL = "~";

const byId = (a: Node, b: Node) => (a.comment.id < b.comment.id ? -1 : 1);

/**
 * Top-level comments stand in three runs: what pages brought, in the server's order, and what came
 * by other ways (live, written here, a permalink) before or after it. So a later page never has to
 * be sorted in, and the button for the next page stands where the gap is.
 */
export class Thread {
  early: Node[] = [];
  paged: Node[] = [];
  late: Node[] = [];
  next: string | null = null;
  count = 0;
  closed = false;
  cursor = "";
  readonly nodes = new Map<string, Node>();

  constructor(readonly sort: Sort = "oldest") {}

  get roots(): Node[] {
    return [...this.early, ...this.paged, ...this.late];
  }

  /** Take the first page of a thread. */
  begin({ comments, next, thread }: Snapshot): void {
    this.about(thread);
    this.page(comments, next);
  }

  /** Take what is said of the thread itself. */
  about({ count, closed, cursor }: Snapshot["thread"]): void {
    Object.assign(this, { count, closed, cursor });
  }

  /** Add a page: parents stand before children. */
  page(comments: Comment[], next: string | null): void {
    for (const comment of comments) {
      if (comment.parent_id) {
        this.put(comment);
        continue;
      }
      const known = this.nodes.get(comment.id);
      if (known) {
        this.early = this.early.filter((node) => node !== known);
        this.late = this.late.filter((node) => node !== known);
        if (!this.paged.includes(known)) this.paged.push(known);
        this.put(comment);
      } else this.paged.push(this.#create(comment, null));
    }
    this.next = next;
  }

  /**
   * Insert a comment, or replace an older copy of it.
   *
   * Null when its parent is not here. `isNew` counts it in the `reply_count` of those above,
   * `onlyKnown` inserts nothing.
   */
  put(comment: Comment, isNew = false, onlyKnown = false): Node | null {
    const known = this.nodes.get(comment.id);
    if (known) {
      if (comment.rev > known.comment.rev) {
        const { replies_next, closed } = known.comment;
        known.comment = replies_next ? { replies_next, ...comment } : comment;
        this.touch(known);
        // Whether a branch is closed shows with all that stands in it.
        if (closed !== comment.closed) this.nodes.forEach((node) => this.touch(node));
      }
      return known;
    }
    if (onlyKnown) return null;
    const parent = comment.parent_id ? this.nodes.get(comment.parent_id) : null;
    if (parent === undefined) return null;
    const node = this.#create(comment, parent);
    if (parent) {
      insert(parent.kids, node);
      if (isNew && comment.state === "published") this.#recount(parent, 1);
    } else if (this.sort === "newest" && !this.#isOlderThanPages(comment)) {
      insert(this.early, node);
      this.early.sort(byId).reverse();
    } else insert(this.late, node);
    this.touch(node);
    return node;
  }

  /** Take a comment out, and tombstones above it that no answer needs any more. */
  remove(id: string): void {
    const found = this.nodes.get(id);
    if (!found) return;
    let node: Node = found;
    if (node.parent && node.comment.state === "published") this.#recount(node.parent, -1);
    for (;;) {
      const parent: Node | null = node.parent;
      this.nodes.delete(node.comment.id);
      for (const kid of node.kids) this.#forget(kid);
      const without = (list: Node[]) => list.filter((other) => other !== node);
      if (parent) parent.kids = without(parent.kids);
      else {
        this.early = without(this.early);
        this.paged = without(this.paged);
        this.late = without(this.late);
      }
      if (!parent) return;
      this.touch(parent);
      if (parent.comment.state !== "deleted" || parent.kids.length || parent.comment.replies_next) return;
      node = parent;
    }
  }

  /** Mark a comment and all above it as changed. */
  touch(node: Node): void {
    for (let at: Node | null = node; at; at = at.parent) at.version++;
  }

  /** How many answers of a branch the page does not show yet. */
  hidden(root: Node): number {
    const shown = (node: Node): number =>
      node.kids.reduce((sum, kid) => sum + (kid.comment.state === "published" ? 1 : 0) + shown(kid), 0);
    return Math.max(1, root.comment.reply_count - shown(root));
  }

  #create(comment: Comment, parent: Node | null): Node {
    const node: Node = { comment, parent, kids: [], version: 0 };
    this.nodes.set(comment.id, node);
    return node;
  }

  #forget(node: Node): void {
    this.nodes.delete(node.comment.id);
    node.kids.forEach((kid) => this.#forget(kid));
  }

  #recount(node: Node, by: number): void {
    for (let at: Node | null = node; at; at = at.parent) {
      at.comment = { ...at.comment, reply_count: Math.max(0, at.comment.reply_count + by) };
    }
  }

  /** Whether a comment belongs below what newest-first pages have brought so far. */
  #isOlderThanPages(comment: Comment): boolean {
    const last = this.paged.at(-1);
    return !!last && comment.id < last.comment.id;
  }
}

/** Keep answers in the order of time; ids sort by it. */
function insert(list: Node[], node: Node): void {
  let at = list.length;
  while (at && list[at - 1]!.comment.id > node.comment.id) at--;
  list.splice(at, 0, node);
}
