/** What the server sends, as docs/http-api.md describes it. */

export type Sort = "oldest" | "newest" | "top";

export interface Author {
  name: string | null;
  url: string | null;
  avatar: string | null;
  badge: string | null;
}

export interface Comment {
  id: string;
  parent_id: string | null;
  depth: number;
  number: number | null;
  kind: "comment" | "pingback" | "webmention" | "trackback";
  state: "published" | "held" | "spam" | "deleted";
  created_at: string;
  edited_at: string | null;
  rev: number;
  seq: number;
  author: Author | null;
  html: string;
  link: { url: string; title: string | null } | null;
  reply_count: number;
  /** A moderator put it first. */
  pinned?: boolean;
  /** Nobody may answer it, nor what stands below it. */
  closed?: boolean;
  replies_next?: string | null;
  extensions?: Record<string, unknown>;
  /** The Markdown; only its author receives it. */
  source?: string;
  /** Where GET tells its author until when it may be changed. */
  editable_until?: string | null;
}

export interface PluginModule {
  plugin: string;
  url: string;
  when: "form" | "thread" | "menu";
}

export interface Snapshot {
  site: string;
  thread: { key: string; url: string | null; title: string | null; count: number; closed: boolean; cursor: string };
  comments: Comment[];
  next: string | null;
  policy?: { html?: string | null; edit_window_s?: number; max_length?: number; nesting?: number };
  modules?: PluginModule[];
  extensions?: Record<string, { config?: unknown; thread?: unknown }>;
}

/** Comments of an answer, once it is sure that they can be drawn: a proxy may have answered, or half of it be missing. */
export function sound(comments: Comment[]): Comment[] {
  for (const { id, kind, created_at } of comments) if (!id || !kind || !Date.parse(created_at)) throw new Error("malformed");
  return comments;
}

/** The answer to a POST; PATCH answers the same without a token. */
export interface Written {
  comment: Comment;
  edit_token?: string;
  editable_until?: string | null;
}
