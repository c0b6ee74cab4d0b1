/** Posting, editing and deleting, with the tree and the reader's own storage kept in step. */
import type { Comment, Written } from "../model/comment";
import type { Node } from "../model/thread";
import type { Own, OwnComment } from "../own";
import { keep, LOCAL, recall, Refusal, request } from "../shared";
import type { Session } from "../session";
import { earlierFor, keepEarlier } from "./drafts";
import { type Attempts, type Body, collectExtensions, postBody, randomId, type Words } from "./submission";

const escaped = (text: string): string => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** The reader's words as they stand until the server has set them. */
export function provisional(words: Words, parent: Node | null, key = randomId(), at = Date.now()): Comment {
  const paragraphs = words.text.split(/\n{2,}/).map((part) => `<p>${escaped(part).replaceAll("\n", "<br>")}</p>`);
  return {
    id: LOCAL + key,
    parent_id: parent && words.parentId,
    depth: parent ? parent.comment.depth + 1 : 0,
    number: null,
    kind: "comment",
    state: "held",
    created_at: new Date(at).toISOString(),
    edited_at: null,
    rev: 0,
    seq: 0,
    author: { name: words.author.name ?? null, url: null, avatar: null, badge: null },
    html: paragraphs.join(""),
    link: null,
    reply_count: 0,
  };
}

/** More than this many are forgotten, the oldest first. */
const MOST = 200;

/** Note that a comment is the reader's own; nothing forgets it. */
export function setOwn(own: Own, id: string, entry: OwnComment | undefined): void {
  const all = { ...recall<Own["all"]>(own.name), ...own.all };
  if (entry) all[id] = entry;
  else delete all[id];
  own.all = Object.fromEntries(Object.entries(all).slice(-MOST));
  keep(own.name, Object.keys(all).length ? own.all : undefined);
}

/** An answer that names a comment; what else says yes is not the server, and the comment may be there or not. */
function sure(written: Written): Written {
  if (!written?.comment?.id) throw new Refusal("network");
  return written;
}

/** The server was not reached, or nobody behind its proxy answered. */
const isAway = (error: unknown): boolean => error instanceof Refusal && (error.code === "network" || (error.status > 501 && error.status < 505));

const postUrl = (session: Session): string => `${session.siteApi}/comments`;
const commentUrl = (session: Session, id: string): string => `${session.api}/comments/${encodeURIComponent(id)}`;

export function remember(session: Session, { comment, edit_token, editable_until }: Written, key = session.settings.key): void {
  const token = edit_token ?? session.own.get(comment.id)?.token;
  if (!token) return;
  const end = Date.parse(editable_until ?? comment.editable_until ?? "") || 0;
  // The reader's clock may run wrong by years, so what counts is how long the time is, from the sending on.
  const known = session.own.get(comment.id)?.until;
  const until = end && (known || Date.now() + end - Date.parse(comment.created_at));
  setOwn(session.own, comment.id, { token, key, held: comment.state !== "published", until });
}

/**
 * Post; the words show at once as being sent. The id under which they stand then: that of the comment, or without a
 * network that of what waits. Throws what refused them, with the tree as before.
 */
export async function post(session: Session, form: HTMLFormElement, words: Words, attempts: Attempts): Promise<string> {
  const { thread } = session;
  const parent = words.parentId ? (thread.nodes.get(words.parentId) ?? null) : null;
  const entry = thread.put(provisional(words, parent));
  if (entry) entry.sending = "sending";
  session.sending++;
  void session.changed(entry);
  let written: Written | undefined;
  let body: Body | undefined;
  let waits = "";
  const draftName = session.draftName(words.parentId);
  const earlier = earlierFor(draftName);
  try {
    body = postBody(session, words, await collectExtensions(session, form, words));
    if (earlier) keepEarlier(draftName, { ...earlier, bodies: [...earlier.bodies, body] });
    written = await send(session, postUrl(session), earlier?.key ?? attempts.keyFor(body), body, earlier?.bodies);
    attempts.forget();
  } catch (error) {
    if (error instanceof Refusal && error.status && error.status < 500) attempts.forget();
    if (error instanceof Unchanged) keepEarlier(draftName, undefined);
    if (error instanceof Refusal && error.code === "thread_closed") thread.closed = true;
    if (error instanceof Refusal && error.code === "branch_closed" && parent) parent.comment = { ...parent.comment, closed: true };
    if (!body || !isAway(error) || !session.outbox?.take(postUrl(session), (waits = earlier?.key ?? attempts.keyFor(body)), body, earlier)) throw error;
    attempts.forget();
  } finally {
    session.sending--;
    if (entry) session.thread.remove(entry.comment.id);
    if (!written) void session.changed();
  }
  const isWished = form.querySelector<HTMLInputElement>("input[name=remember]")?.checked;
  keep("author", isWished && Object.keys(words.author).length ? words.author : undefined);
  if (written) return taken(session, written);
  session.outbox!.show();
  return LOCAL + waits;
}

/**
 * Send a comment. `before` holds what was sent with this key before: where the server took one of these, it refuses another
 * body, and the words become a change of that comment.
 */
export async function send(session: Session, url: string, key: string, body: Body, before: readonly Body[] = []): Promise<Written> {
  const postAs = async (each: Body) => sure(await request<Written>(url, { method: "POST", body: each, key, token: session.own.token }));
  let failure: unknown;
  for (const each of [body, ...before]) {
    try {
      const written = await postAs(each);
      return each === body ? written : await amend(session, written, body);
    } catch (error) {
      failure ??= error;
      if (!(error instanceof Refusal) || error.code !== "idempotency_key_reused") throw error;
    }
  }
  throw failure;
}

async function amend(session: Session, first: Written, { text, thread }: Body): Promise<Written> {
  try {
    const { comment } = await request<Written>(commentUrl(session, first.comment.id), { method: "PATCH", body: { text }, token: first.edit_token });
    return { ...first, comment };
  } catch (error) {
    if (!(error instanceof Refusal) || !error.status || error.status >= 500) throw error;
    // It stays as it was sent first. These words are another comment, if their writer still wants them.
    if (thread.key === session.settings.key) taken(session, first);
    else remember(session, first, thread.key);
    throw new Unchanged(error);
  }
}

/** What was sent first is there and cannot be changed. */
export class Unchanged extends Refusal {
  constructor({ code, detail, status, retryAfter }: Refusal) {
    super(code, detail, status, retryAfter);
  }
}

/** The server took a comment of this thread. */
export function taken(session: Session, written: Written): string {
  const { comment } = written;
  remember(session, written);
  if (comment.state === "published" && !session.knows(comment.id)) session.thread.count++;
  session.thread.put(comment, true);
  session.settleArrivals();
  return comment.id;
}

/** The Markdown of one's own comment. */
export async function fetchSource(session: Session, node: Node): Promise<string> {
  const { id } = node.comment;
  const url = commentUrl(session, id);
  const answer = await request<Written>(url, { token: session.own.get(id)?.token, fresh: true });
  remember(session, answer);
  return answer.comment.source ?? "";
}

/**
 * The reader's comments that the thread, as everybody gets it, does not have: those that await a moderator, and once
 * all of the thread is here any other, which a cache may not have yet. Those that are gone are forgotten.
 */
export async function restoreOwn(session: Session): Promise<void> {
  const { own, settings, thread } = session;
  const isWhole = !thread.next && ![...thread.nodes.values()].some(({ comment }) => comment.replies_next);
  for (const id of own.ids) {
    const { key, held } = own.get(id)!;
    if (key !== settings.key || (!held && (!isWhole || session.knows(id)))) continue;
    try {
      const answer = await request<Written>(commentUrl(session, id), { token: own.get(id)?.token });
      if (answer.comment.state === "deleted") {
        setOwn(own, id, undefined);
        continue;
      }
      remember(session, answer);
      if (answer.comment.state === "published" && !session.knows(id)) thread.count++;
      if (!thread.put(answer.comment)) await session.reach((ways) => ways.reveal(session, id));
    } catch (error) {
      if (error instanceof Refusal && error.status === 404) setOwn(own, id, undefined);
    }
  }
  await session.changed();
}

export async function saveEdit(session: Session, node: Node, text: string): Promise<Comment> {
  const { id } = node.comment;
  const url = commentUrl(session, id);
  const written = await request<Written>(url, { method: "PATCH", body: { text }, token: session.own.get(id)?.token });
  remember(session, written);
  session.thread.put(written.comment);
  return written.comment;
}

export async function deleteOwn(session: Session, node: Node): Promise<void> {
  const { id } = node.comment;
  const { token } = session.own.get(id) ?? {};
  const { comment } = await request<{ comment: Comment | null }>(commentUrl(session, id), { method: "DELETE", token });
  setOwn(session.own, id, undefined);
  // The feed may have been faster than the answer; then it has counted already.
  if (session.thread.nodes.get(id)?.comment.state === "published") session.thread.count--;
  if (comment) session.thread.put(comment);
  else session.thread.remove(id);
}
