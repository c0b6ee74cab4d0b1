/** Comments and snapshots for tests. */
import type { Comment, Snapshot } from "../src/model/comment";

export function comment(id: string, parent_id: string | null = null, rest: Partial<Comment> = {}): Comment {
  return {
    id,
    parent_id,
    depth: parent_id ? 1 : 0,
    number: 1,
    kind: "comment",
    state: "published",
    created_at: "2026-11-23T09:30:00Z",
    edited_at: null,
    rev: 1,
    seq: 1,
    author: { name: "Nshan", url: null, avatar: null, badge: null },
    html: `<p>${id}</p>`,
    link: null,
    reply_count: 0,
    ...rest,
  };
}

export function snapshot(comments: Comment[], rest: { next?: string | null; count?: number; cursor?: string } = {}): Snapshot {
  const { next = null, count = comments.length, cursor = "1.a.1" } = rest;
  return { site: "default", thread: { key: "k", url: null, title: null, count, closed: false, cursor }, comments, next };
}
