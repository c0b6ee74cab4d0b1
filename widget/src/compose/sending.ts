/** Posting, editing and deleting, with the tree and the reader's own storage kept in step. */
import type { Comment, Written } from "../model/comment";
import type { Node } from "../model/thread";
import { keep, LOCAL, Refusal, request } from "../shared";
import type { Session } from "../session";
import { type Attempts, collectExtensions, postBody, randomId, type Words } from "./submission";

const escaped = (text: string): string => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** The reader's words as they stand until the server has set them. */
function provisional(words: Words, parent: Node | null): Comment {
  const paragraphs = words.text.split(/\n{2,}/).map((part) => `<p>${escaped(part).replaceAll("\n", "<br>")}</p>`);
  return {
    id: LOCAL + randomId(),
    parent_id: words.parentId,
    depth: parent ? parent.comment.depth + 1 : 0,
    number: null,
    kind: "comment",
    state: "held",
    created_at: new Date().toISOString(),
    edited_at: null,
    rev: 0,
    seq: 0,
    author: { name: words.author.name ?? null, url: null, avatar: null, badge: null },
    html: paragraphs.join(""),
    link: null,
    reply_count: 0,
  };
}

const commentUrl = (session: Session, id: string): string => `${session.api}/comments/${encodeURIComponent(id)}`;

function remember(session: Session, { comment, edit_token, editable_until }: Written): void {
  const token = edit_token ?? session.own.get(comment.id)?.token;
  if (!token) return;
  const until = Date.parse(editable_until ?? comment.editable_until ?? "") || 0;
  session.own.set(comment.id, { token, key: session.settings.key, held: comment.state !== "published", until });
}

/** Post; the words show at once as being sent. Throws what refused them, with the tree as before. */
export async function post(session: Session, form: HTMLFormElement, words: Words, attempts: Attempts): Promise<Comment> {
  const { thread } = session;
  const parent = words.parentId ? (thread.nodes.get(words.parentId) ?? null) : null;
  const entry = thread.put(provisional(words, parent));
  if (entry) entry.sending = true;
  session.sending++;
  void session.changed(entry);
  let written: Written | undefined;
  try {
    const body = postBody(session, words, await collectExtensions(session, form, words));
    const key = attempts.keyFor(body);
    written = await request<Written>(`${session.siteApi}/comments`, { method: "POST", body, key, token: session.own.token });
    attempts.forget();
  } catch (error) {
    if (error instanceof Refusal && error.status && error.status < 500) attempts.forget();
    if (error instanceof Refusal && error.code === "thread_closed") thread.closed = true;
    throw error;
  } finally {
    session.sending--;
    if (entry) session.thread.remove(entry.comment.id);
    if (!written) void session.changed();
  }
  const { comment } = written;
  remember(session, written);
  keep("author", Object.keys(words.author).length ? words.author : undefined);
  if (comment.state === "published" && !session.knows(comment.id)) session.thread.count++;
  session.thread.put(comment, true);
  session.settleArrivals();
  return comment;
}

/** The Markdown of one's own comment. */
export async function fetchSource(session: Session, node: Node): Promise<string> {
  const { id } = node.comment;
  const url = commentUrl(session, id);
  const answer = await request<Written>(url, { token: session.own.get(id)?.token, fresh: true });
  remember(session, answer);
  return answer.comment.source ?? "";
}

/** The reader's comments that await a moderator, seen by nobody else; those that are gone are forgotten. */
export async function restoreHeld(session: Session): Promise<void> {
  const { own, settings, thread } = session;
  for (const id of own.held(settings.key)) {
    try {
      const answer = await request<Written>(commentUrl(session, id), { token: own.get(id)?.token });
      if (answer.comment.state === "deleted") {
        own.set(id, undefined);
        continue;
      }
      remember(session, answer);
      if (!thread.put(answer.comment)) await session.reach((ways) => ways.reveal(session, id));
    } catch (error) {
      if (error instanceof Refusal && error.status === 404) own.set(id, undefined);
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
  session.own.set(id, undefined);
  // The feed may have been faster than the answer; then it has counted already.
  if (session.thread.nodes.get(id)?.comment.state === "published") session.thread.count--;
  if (comment) session.thread.put(comment);
  else session.thread.remove(id);
}
