/** Ways to what the page does not show yet: other orders, later pages, long branches, linked comments. */
import type { Comment, Snapshot, Sort } from "../model/comment";
import { markFresh } from "../model/fresh";
import type { Node } from "../model/thread";
import type { Session } from "../session";
import { enReaching } from "../languages/en-reaching";
import { en, keep, request, Thread, threadUrl } from "../shared";

// English for these ways joins the English that is there; other languages came whole.
Object.assign(en, enReaching);

/** Load something for a list; the list says that it is busy, or that it failed. */
async function attempt<T>(session: Session, list: string, call: () => Promise<T>, node?: Node): Promise<T | undefined> {
  if (session.loading.get(list) === "busy") return undefined;
  session.loading.set(list, "busy");
  void session.changed(node);
  try {
    const answer = await call();
    session.loading.delete(list);
    return answer;
  } catch {
    session.loading.set(list, "failed");
    return undefined;
  } finally {
    void session.changed(node);
  }
}

/** Show the thread in another order, here and on the reader's next pages. */
export async function order(session: Session, sort: Sort): Promise<void> {
  keep("sort", sort);
  session.settings.sort = sort;
  const snapshot = await attempt(session, "", () => request<Snapshot>(threadUrl(session.settings), { fresh: true }));
  if (!snapshot) return;
  session.thread = new Thread(sort);
  session.arrivals = [];
  session.replying = session.editing = null;
  session.take(snapshot);
  await session.changed();
  await session.restore?.();
}

/** The next page of the thread. Who asked for it is led to its first comment; one that comes by itself leads nobody. */
export async function more(session: Session, isAsked = true): Promise<void> {
  const { thread } = session;
  const last = thread.paged.at(-1);
  const url = threadUrl(session.settings, thread.next!);
  const answer = await attempt(session, "", () => request<Snapshot>(url));
  if (!answer) return;
  thread.page(answer.comments, answer.next);
  session.settleArrivals();
  await session.changed();
  const first = thread.paged[thread.paged.indexOf(last!) + 1];
  if (first && isAsked) session.focus(first.comment.id, false);
  if (!thread.next) await session.restore?.();
}

/** The rest of a long branch. */
export async function moreReplies(session: Session, root: Node): Promise<void> {
  const { id, replies_next } = root.comment;
  const url = `${session.api}/comments/${encodeURIComponent(id)}/replies?after=${encodeURIComponent(replies_next!)}`;
  const answer = await attempt(session, id, () => request<{ comments: Comment[]; next: string | null }>(url), root);
  if (!answer) return;
  session.thread.branch(root, answer.comments, answer.next);
  session.settleArrivals();
  await session.changed();
  const first = answer.comments[0];
  if (first) session.focus(first.id, false);
}

/** Have a comment in the tree, with those above it; undefined when it cannot be had. */
export async function reveal(session: Session, id: string): Promise<Node | undefined> {
  const { thread } = session;
  const missing: Comment[] = [];
  try {
    for (let at: string | null = id; at && !thread.nodes.has(at); at = missing[0]!.parent_id) {
      const url = `${session.api}/comments/${encodeURIComponent(at)}`;
      missing.unshift((await request<{ comment: Comment }>(url, { token: session.own.get(at)?.token })).comment);
    }
  } catch {
    return undefined;
  }
  for (const comment of missing) thread.put(comment);
  session.settleArrivals();
  return thread.nodes.get(id);
}

/** Show a comment, wherever in the thread it is. */
export async function aim(session: Session, id: string): Promise<void> {
  const node = await reveal(session, id);
  if (!node) {
    session.announce(session.strings.t("missing"));
    return;
  }
  const before = session.aimed && session.thread.nodes.get(session.aimed);
  if (before) session.thread.touch(before);
  session.aimed = id;
  await session.changed(node);
  session.focus(id, true);
}

/** Insert what waits behind the bar, and lead to the first of it. */
export async function showArrivals(session: Session): Promise<void> {
  const shown: Node[] = [];
  for (const comment of session.arrivals) {
    const node = session.thread.put(comment, true) ?? (await reveal(session, comment.id));
    if (node) shown.push(node);
  }
  session.arrivals = [];
  markFresh(session.thread, shown);
  await session.changed();
  if (shown[0]) session.focus(shown[0].comment.id, true);
}

/** Put a comment's permalink into the clipboard. */
export async function copyLink(session: Session, node: Node, link: string): Promise<void> {
  const { id } = node.comment;
  const show = (copied: string | null) => {
    session.copied = copied;
    void session.changed(node);
  };
  try {
    await navigator.clipboard.writeText(link);
  } catch {
    // Without the right to write the clipboard the address bar is where the link can be copied.
    location.hash = `comment-${id}`;
    return;
  }
  show(id);
  session.announce(session.strings.t("copied"));
  setTimeout(() => session.copied === id && show(null), 2500);
}
