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
  /** In form slots: the comment that is answered or edited, else null. */
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

/** Fill `element`, which is yours alone. What you return is called before it goes. */
export type SlotFill<Config = unknown> = (
  element: HTMLElement,
  props: SlotProps<Config>,
  api: SlotApi,
) => void | (() => void);

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
  /** The plugin's name on the server: it receives its own `extensions`. */
  name: string;
  api: 1;
  slots?: Partial<Record<SlotName, SlotFill<Config>>>;
  /**
   * Called before a comment is sent; it has three seconds. `extensions` travels as
   * `extensions[name]`; `error` is shown to the writer and nothing is sent.
   */
  beforeSubmit?(draft: Draft): MaybePromise<{ extensions?: unknown; error?: string } | void>;
}

type MaybePromise<T> = T | Promise<T>;

export interface EmbedCommentsGlobal {
  extend<Config = unknown>(plugin: WidgetPlugin<Config>): void;
  /** Fill `data-embedcomments-count` elements that came after the page was loaded. */
  counts(): void;
}

declare global {
  interface Window {
    embedcomments: EmbedCommentsGlobal;
  }
}
