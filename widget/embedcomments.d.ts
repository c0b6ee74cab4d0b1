/** The public surface of the embedcomments widget, for pages and plugins. */

export interface EmbedCommentsComment {
  id: string;
  parent_id: string | null;
  depth: number;
  number: number | null;
  kind: "comment" | "pingback" | "webmention" | "trackback";
  state: "published" | "held" | "spam" | "deleted";
  created_at: string;
  edited_at: string | null;
  rev: number;
  author: { name: string | null; url: string | null; avatar: string | null; badge: string | null } | null;
  html: string;
  reply_count: number;
  /** A moderator put it first. */
  pinned?: boolean;
  /** Nobody may answer it, nor what stands below it. */
  closed?: boolean;
  extensions?: Record<string, unknown>;
}

/** What a slot is told. `config` is the plugin's public configuration on this site. */
export interface SlotProps<Config = unknown> {
  server: string;
  site: string;
  key: string;
  lang: string;
  config: Config | undefined;
  /** `extensions[plugin]` of the comment, or of the thread in thread slots. */
  data: unknown;
  /** In comment slots. */
  comment?: EmbedCommentsComment;
  /** In form slots: the id of the comment that is answered or edited, else null. */
  parentId?: string | null;
  editing?: boolean;
}

export interface SlotApi {
  /** Call a route of the server; `path` starts with a slash. Throws on a refusal (`error.code`). */
  request<Answer = unknown>(path: string, init?: { method?: string; body?: unknown }): Promise<Answer>;
  /** Tell users of screen readers something, politely. */
  announce(sentence: string): void;
  /** Fetch the thread again and show what changed. */
  refresh(): Promise<void>;
  /** In form slots: put text where the cursor stands, around what is selected. */
  insert?(before: string, after?: string): void;
}

export type SlotName =
  | "thread.header"
  | "thread.footer"
  | "comment.header"
  | "comment.body.after"
  | "comment.footer"
  | "comment.menu"
  | "form.toolbar"
  | "form.fields"
  | "form.submit.before";

/** What a fill may return: how its element is kept up to date, and what to do before it goes. */
export interface SlotHandle<Config = unknown> {
  /**
   * Called instead of filling anew when the comment's `rev` or `state`, `data` or `config` changed. What
   * stands in the element stays, and with it focus, open menus and scroll positions.
   */
  update?(props: SlotProps<Config>): MaybePromise<void>;
  /** Called once, when the element goes. */
  remove?(): MaybePromise<void>;
}

/** A function is called when the element goes; it may carry `update`, too. */
export type SlotCleanup<Config = unknown> = (() => void) & Pick<SlotHandle<Config>, "update">;

/**
 * Fill `element`, which is yours alone. A fill without `update` is called again, with a fresh element,
 * when its props changed; a `reply_count` alone is no such change. Whatever it throws stays in the
 * console, and its element is emptied. It may be asynchronous.
 */
export type SlotFill<Config = unknown> = (
  element: HTMLElement,
  props: SlotProps<Config>,
  api: SlotApi,
) => MaybePromise<void | SlotCleanup<Config> | SlotHandle<Config>>;

export interface Draft {
  readonly site: string;
  readonly key: string;
  readonly parentId: string | null;
  readonly text: string;
  readonly author: { readonly name?: string; readonly email?: string; readonly url?: string };
  /** The form, in which your `form.fields` live. */
  readonly form: HTMLFormElement;
  readonly config: unknown;
}

export interface WidgetPlugin<Config = unknown> {
  /** The plugin's name on the server: it receives its own `extensions`. A second plugin of the same name is left out. */
  name: string;
  api: 1;
  slots?: Partial<Record<SlotName, SlotFill<Config>>>;
  /**
   * Called before a new comment or an answer is sent, not before an edit; it has three seconds. `extensions`
   * (JSON) travels as `extensions[name]`; `error` is shown to the writer and nothing is sent. Without an
   * answer, be it late or failed, the comment is sent without your share.
   */
  beforeSubmit?(draft: Draft): MaybePromise<{ extensions?: unknown; error?: string } | void>;
}

type MaybePromise<T> = T | Promise<T>;

export interface EmbedCommentsGlobal {
  /**
   * Add a plugin to all threads of the page; those that stand already are filled. A module that the server sent
   * reaches the threads alone whose site has that plugin. Nonsense is left out, with an error in the console.
   */
  extend<Config = unknown>(plugin: WidgetPlugin<Config>): void;
  /** Fill `data-embedcomments-count` elements that came after the page was loaded. */
  counts(): void;
}

declare global {
  interface Window {
    embedcomments: EmbedCommentsGlobal;
  }
}
