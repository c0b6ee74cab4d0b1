/** One thread on one page: what is loaded, what waits to be shown, and what the reader is doing. */
import { sound, type Comment, type PluginModule, type Snapshot } from "./model/comment";
import { Thread, type Node } from "./model/thread";
import { Own } from "./own";
import { page, TAG } from "./page";
import { plugins } from "./plugins";
import { readAnswer, request } from "./request";
import { Retries } from "./retries";
import { threadUrl, type Settings } from "./settings";
import { recall } from "./storage";
import type { Earlier } from "./compose/drafts";
import type { Body } from "./compose/submission";
import type * as Ways from "./reach/reach";
import type { Strings } from "./languages/strings";

/** The element around a session, as far as a session knows it. */
export interface Shell {
  readonly root: ShadowRoot;
  /** Draw what changed; resolves when it is drawn. */
  redraw(): Promise<void>;
  announce(sentence: string): void;
}

/** What the live feed offers to the rest, once it is there. */
export interface Live {
  typing(): void;
  /** The thread was fetched again. */
  renewed(): void;
  /** Let go of the thread until `wake`, which goes on where it was. */
  stop(): void;
  wake(): void;
}

/** What the part for reading on offers to the rest, once it is there. */
export interface Reading {
  /** What says that a comment came since the reader's last visit. */
  mark(node: Node): unknown;
  /** What folds the branch below a comment. */
  fold(node: Node): unknown;
  /** Unfold whatever hides a comment. */
  open(id: string): void;
  /** What stands above the first comment. */
  above(): unknown;
  stop(): void;
}

/** What keeps comments that found no network, once it is there. */
export interface Outbox {
  /** Whether a comment is kept now, to be sent when the network is back; `earlier` are attempts at it with the same key. */
  take(url: string, key: string, body: Body, earlier?: Earlier): boolean;
  /** Show what waits in this thread. */
  show(): void;
  stop(): void;
}

export const whenIdle = (run: () => void): void => {
  if ("requestIdleCallback" in window) requestIdleCallback(run, { timeout: 2000 });
  else setTimeout(run, 200);
};

/** A reader who has waited for so long is told. */
const SLOW_MS = 10_000;

/** As it stands in the address: ids need no decoding, and a fragment of the page's own may be malformed. */
const linked = (): string | undefined => location.hash.match(/^#comment-(.+)/)?.[1];

export class Session {
  status: "loading" | "ready" | "failed" = "loading";
  thread: Thread;
  snapshot: Snapshot | undefined;
  readonly own: Own;
  readonly retries = new Retries();
  /** Comments that came while the reader reads; they wait behind the bar. */
  arrivals: Comment[] = [];
  presence = { watching: 0, typing: 0 };
  replying: Node | null = null;
  editing: Node | null = null;
  /** The comment a permalink led to. */
  aimed: string | null = null;
  /** The comment whose link was copied a moment ago. */
  copied: string | null = null;
  /** Comments whose branches are folded, also those of the page before. */
  readonly folded = new Set([recall<string[]>("folded", "sessionStorage")].flat());
  /** Lists that are being loaded, or failed to, by the id of their branch; "" is the thread. */
  readonly loading = new Map<string, "busy" | "failed">();
  /** All of the first page is drawn. */
  isDrawn = false;
  /** Grows when every comment must be drawn anew. */
  epoch = 0;
  /** Comments on their way to the server; the bar waits for them, since they come back by the feed too. */
  sending = 0;
  /** Scripts of plugins that are on their way or here. */
  readonly modules: Promise<unknown>[] = [];
  formFailed = false;
  /** From this depth on answers are no more indented. */
  declare nesting: number;
  /** Brings back the reader's own waiting comments; the part for writing knows how. */
  restore: (() => Promise<void>) | undefined;
  reading: Reading | undefined;
  outbox: Outbox | undefined;
  #live: Live | undefined;
  #composing: Promise<unknown> | undefined;
  ended = false;

  constructor(readonly settings: Settings, readonly strings: Strings, readonly shell: Shell) {
    this.thread = new Thread(settings.sort);
    this.own = new Own(`own:${settings.server}|${settings.site}`);
    window.addEventListener("hashchange", this.#followHash);
    page().joined.add(this.#meetPlugins);
    plugins.admissions.add(this.redrawAll);
  }

  /** The status as the page may rely on it: ready when all is drawn. */
  get shown(): string {
    return !this.isDrawn && this.status === "ready" ? "loading" : this.status;
  }

  /** Whether words stand in the form or are on their way; nothing takes them away from who wrote them. */
  get isWriting(): boolean {
    return !!this.shell.root.querySelector(".new textarea:is([readonly],:not(:placeholder-shown))");
  }

  get api(): string {
    return `${this.settings.server}/api/v1`;
  }

  get siteApi(): string {
    return `${this.api}/sites/${encodeURIComponent(this.settings.site)}`;
  }

  /** Where unsent words for an answer to `parentId` are kept. */
  draftName(parentId: string | null): string {
    const { server, site, key } = this.settings;
    return `draft:${server}|${site}|${key}|${parentId ?? ""}`;
  }

  configOf(plugin: string): unknown {
    return this.snapshot?.extensions?.[plugin]?.config;
  }

  announce(sentence: string): void {
    this.shell.announce(sentence);
  }

  changed(node?: Node | null): Promise<void> {
    if (node) this.thread.touch(node);
    return this.shell.redraw();
  }

  /** Fetch and show the thread, now or as soon as can be; what can wait follows when the browser is idle. */
  async start(): Promise<void> {
    const url = threadUrl(this.settings);
    const early = page().early.get(url);
    page().early.delete(url);
    // Who pressed the button may have been faster.
    const isLate = () => this.status === "ready" || this.ended;
    const fail = () => {
      if (isLate()) return;
      this.status = "failed";
      void this.changed();
    };
    const late = setTimeout(fail, SLOW_MS);
    try {
      const snapshot = early ? await readAnswer<Snapshot>(await early) : await request<Snapshot>(url);
      if (isLate()) return;
      this.take(snapshot);
    } catch (error) {
      if (!isLate()) this.retries.later("", error, () => this.start());
      return fail();
    }
    clearTimeout(late);
    this.retries.over("");
    await this.changed();
    this.isDrawn = true;
    await this.changed();
    if (this.ended) return;
    this.#followHash();
    whenIdle(() => void this.#settle());
  }

  /** Take the first page into a tree that is empty. Throws when it makes no sense. */
  take(snapshot: Snapshot): void {
    sound(snapshot.comments);
    this.nesting = snapshot.policy!.nesting!;
    this.thread.begin(snapshot);
    this.snapshot = snapshot;
    this.status = "ready";
  }

  /** After the first paint: plugins, the reader's own waiting comments, the feed, a draft. */
  async #settle(): Promise<void> {
    if (this.ended) return;
    this.#loadModules("thread");
    if (recall(this.draftName(null))) void this.compose();
    else if (this.own.token || recall("outbox")) void this.#bringComposer();
    this.#meetPlugins();
    if (this.settings.live && !this.#live) {
      try {
        const { connect } = await import("./live/live");
        if (this.ended) return;
        this.#live ??= connect(this);
      } catch (error) {
        this.retries.later("live", error, () => this.#settle());
      }
    }
    whenIdle(() => void this.#readOn());
  }

  /** What helps those who stay. */
  async #readOn(): Promise<void> {
    try {
      const { attend } = await import("./read/read");
      if (!this.ended) this.reading ??= attend(this);
    } catch {
      // Nobody could unfold them.
      this.folded.clear();
      this.redrawAll();
    }
  }

  stop(): void {
    this.ended = true;
    this.retries.stop();
    this.#live?.stop();
    this.reading?.stop();
    this.outbox?.stop();
    window.removeEventListener("hashchange", this.#followHash);
    page().joined.delete(this.#meetPlugins);
    plugins.admissions.delete(this.redrawAll);
  }

  /**
   * Ask for the thread again and take over what changed; the feed does so when it lost its place. It is asked until it
   * answers. Rejects when the part for it did not come, or nobody waits any more.
   */
  async refresh(): Promise<void> {
    await (await import("./reach/reach")).refresh(this);
    this.renewed();
    // A plugin may have something to say now, and its module was not sent before.
    this.#loadModules("thread");
  }

  /** Move the focus to a comment; `scroll` brings it to the middle. */
  focus(id: string, scroll: boolean): void {
    this.reading?.open(id);
    const element = this.shell.root.getElementById(`comment-${id}`);
    element?.focus({ preventScroll: true });
    if (!scroll || !element) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    element.scrollIntoView({ block: element.offsetHeight > innerHeight * 0.8 ? "start" : "center", behavior: calm ? "auto" : "smooth" });
  }

  /** Go where the page does not show yet; the part that knows the ways is loaded at the first step. */
  async reach<T>(go: (ways: typeof Ways) => Promise<T>): Promise<T | undefined> {
    try {
      return await go(await import("./reach/reach"));
    } catch {
      this.announce(this.strings.t("failedMore"));
      return undefined;
    }
  }

  readonly aim = (id: string): Promise<unknown> => this.reach((ways) => ways.aim(this, id));

  readonly #followHash = (): void => {
    const id = linked();
    if (!id || this.status !== "ready") return;
    // Of several threads on a page only the one that shows the comment may claim it.
    if (this.thread.nodes.has(id) || document.querySelectorAll(TAG).length < 2) void this.aim(id);
  };

  /** Draw every comment anew: something changed that concerns them all. */
  readonly redrawAll = (): void => {
    this.epoch++;
    void this.changed();
  };

  knows(id: string): boolean {
    return this.thread.nodes.has(id) || this.arrivals.some((comment) => comment.id === id);
  }

  /** A comment came by the feed. What the reader reads must not move, so it waits behind the bar, unless it is folded away. */
  arrive(comment: Comment): void {
    let waits = !!this.#live;
    for (let at = this.thread.nodes.get(comment.parent_id!); at; at = at.parent!) waits &&= !this.folded.has(at.comment.id);
    // Without the feed nobody expects anything to come; then it is the answer to something.
    if (this.thread.put(comment, !waits, waits)) return;
    const waiting = this.arrivals.findIndex(({ id }) => id === comment.id);
    if (waiting < 0) this.arrivals.push(comment);
    else if (comment.rev > this.arrivals[waiting]!.rev) this.arrivals[waiting] = comment;
  }

  /** A plugin came. Those that come before the comments wait until these are drawn. */
  readonly #meetPlugins = (): void => {
    if (this.status === "ready") void this.meetPlugins();
  };

  /** Admit the plugins of the page, and see to those behind menus; those admitted draw every thread anew. */
  async meetPlugins(): Promise<void> {
    if (!page().plugins.length && !this.snapshot!.modules?.length) return;
    await import("./slots/slots").then(
      ({ admit }) => admit(this),
      (error) => this.retries.later("slots", error, this.#meetPlugins),
    );
  }

  /** Comments that the tree has by now wait no longer. */
  settleArrivals(): void {
    this.arrivals = this.arrivals.filter(({ id }) => !this.thread.nodes.has(id));
  }

  /** The reader is about to write: bring the form to life, and the plugins that wait for it. */
  async compose(): Promise<void> {
    await this.#bringComposer();
    if (!this.formFailed) this.#loadModules("form");
  }

  #bringComposer(): Promise<unknown> {
    this.#composing ??= import("./compose/compose").then(
      ({ furnish }) => {
        furnish(this);
        this.formFailed = false;
        this.retries.over("form");
        this.redrawAll();
      },
      (error) => {
        this.#composing = undefined;
        this.formFailed = true;
        this.retries.later("form", error, () => this.compose());
        void this.changed();
      },
    );
    return this.#composing;
  }

  typing(): void {
    this.#live?.typing();
  }

  renewed(): void {
    this.#live?.renewed();
  }

  async replyTo(node: Node | null): Promise<void> {
    const before = this.replying;
    this.replying = node;
    if (before) this.thread.touch(before);
    if (node) void this.compose();
    await this.changed(node);
    if (node) this.shell.root.querySelector<HTMLElement>(".replying textarea")?.focus();
    else if (before) this.shell.root.querySelector<HTMLElement>(`#comment-${CSS.escape(before.comment.id)} .reply`)?.focus();
  }

  /** Bring the scripts of plugins that are wanted now. */
  #loadModules(when: PluginModule["when"]): void {
    if (!this.snapshot!.modules?.length) return;
    this.modules.push(
      import("./slots/slots").then(
        ({ load }) => load(this, when),
        (error) => this.retries.later(when, error, () => this.#loadModules(when)),
      ),
    );
  }
}
