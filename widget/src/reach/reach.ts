/** Ways to what the page does not show yet: other orders, later pages, long branches, linked comments. */
import { sound, type Comment, type Snapshot, type Sort } from "../model/comment";
import { markFresh } from "../model/fresh";
import { branch, renew } from "../model/growth";
import type { Node } from "../model/thread";
import type { Session } from "../session";
import { enReaching } from "../languages/en-reaching";
import { en, keep, request, Thread, threadUrl } from "../shared";

// English for these ways joins the English that is there; other languages came whole.
Object.assign(en, enReaching);

type Page = Pick<Snapshot, "comments" | "next">;

/**
 * Load comments for a list; the list says that it is busy, or that it failed. Then `again` is called later. Undefined
 * when there is nothing to show.
 */
async function attempt<T extends Page>(session: Session, list: string, call: () => Promise<T>, again: () => unknown, node?: Node): Promise<T | undefined> {
  if (session.loading.get(list) === "busy") return undefined;
  session.loading.set(list, "busy");
  void session.changed(node);
  try {
    const answer = await call();
    sound(answer.comments);
    session.loading.delete(list);
    session.retries.over(list);
    return answer;
  } catch (error) {
    session.loading.set(list, "failed");
    if (!session.ended) session.retries.later(list, error, again);
    return undefined;
  } finally {
    void session.changed(node);
  }
}

/** What comes by itself moves the focus only of those who wait at the button for it. */
const mayLead = ({ shell }: Session, isAsked: boolean): unknown => isAsked || shell.root.activeElement?.matches(".more");

/** Show the thread in another order, here and on the reader's next pages. */
export async function order(session: Session, sort: Sort): Promise<void> {
  keep("sort", sort);
  session.settings.sort = sort;
  const snapshot = await attempt(
    session,
    "sort",
    () => request<Snapshot>(threadUrl(session.settings), { fresh: true }),
    () => order(session, session.settings.sort),
  );
  if (!snapshot) return;
  // What failed on the way to the end of the other order is not wanted any more.
  session.loading.delete("");
  session.retries.over("");
  session.thread = new Thread(sort);
  session.arrivals = [];
  session.replying = session.editing = null;
  session.take(snapshot);
  session.renewed();
  await session.changed();
  await session.restore?.();
}

/** The next page of the thread. Who asked for it is led to its first comment; one that comes by itself leads nobody. */
export async function more(session: Session, isAsked = true): Promise<void> {
  const { thread } = session;
  if (!thread.next) return;
  const last = thread.paged.at(-1);
  const url = threadUrl(session.settings, thread.next);
  const answer = await attempt(session, "", () => request<Snapshot>(url), () => more(session, false));
  if (!answer) return;
  const leads = mayLead(session, isAsked);
  thread.page(answer.comments, answer.next);
  session.settleArrivals();
  await session.changed();
  const first = thread.paged[thread.paged.indexOf(last!) + 1];
  if (first && leads) session.focus(first.comment.id, false);
  if (!thread.next) await session.restore?.();
}

/** The rest of a long branch. */
export async function moreReplies(session: Session, root: Node, isAsked = true): Promise<void> {
  const { id, replies_next } = root.comment;
  if (!replies_next) return;
  const url = `${session.api}/comments/${encodeURIComponent(id)}/replies?after=${encodeURIComponent(replies_next)}`;
  const answer = await attempt(session, id, () => request<Page>(url), () => moreReplies(session, root, false), root);
  if (!answer) return;
  const leads = mayLead(session, isAsked);
  branch(session.thread, root, answer.comments, answer.next);
  session.settleArrivals();
  await session.changed();
  const first = answer.comments[0];
  if (first && leads) session.focus(first.id, false);
}

/** Those who wait for a session's thread to be asked for again. */
const waiting = new WeakMap<Session, Set<() => void>>();

/** Bring the thread up to date. It is asked until it answers; what is there stays. Rejects when the session ends before. */
export function refresh(session: Session): Promise<void> {
  const these = waiting.get(session) ?? new Set();
  waiting.set(session, these);
  return new Promise((resolve, reject) => {
    these.add(resolve);
    const go = async () => {
      try {
        const snapshot = await request<Snapshot>(threadUrl(session.settings), { fresh: true });
        sound(snapshot.comments);
        for (const comment of renew(session.thread, snapshot)) session.arrive(comment);
        session.snapshot = snapshot;
        session.retries.over("refresh");
        session.redrawAll();
        these.forEach((tell) => tell());
        these.clear();
      } catch (error) {
        if (session.ended) reject(error);
        else session.retries.later("refresh", error, go).addEventListener("abort", () => session.ended && reject(error));
      }
    };
    void go();
  });
}

/** Have a comment in the tree, with those above it; undefined when it cannot be had. */
export async function reveal(session: Session, id: string): Promise<Node | undefined> {
  const { thread } = session;
  const missing: Comment[] = [];
  try {
    for (let at: string | null = id; at && !thread.nodes.has(at); at = missing[0]!.parent_id) {
      const url = `${session.api}/comments/${encodeURIComponent(at)}`;
      const { comment } = await request<{ comment: Comment }>(url, { token: session.own.get(at)?.token });
      missing.unshift(...sound([comment]));
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
