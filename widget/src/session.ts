/** One thread on one page: what is loaded, what waits to be shown, and what the reader is doing. */
import type { Comment, PluginModule, Snapshot, Sort } from "./model/comment";
import { Thread, type Node } from "./model/thread";
import { Own } from "./own";
import { page } from "./page";
import { readAnswer, Refusal, request } from "./request";
import { threadUrl, type Settings } from "./settings";
import { recall } from "./storage";
import { Strings } from "./languages/strings";

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
  stop(): void;
}

export const whenIdle = (run: () => void): void => {
  if ("requestIdleCallback" in window) requestIdleCallback(run, { timeout: 2000 });
  else setTimeout(run, 200);
};

const linked = (): string | undefined => location.hash.match(/^#comment-(.+)/)?.[1];

export class Session {
  status: "loading" | "ready" | "failed" = "loading";
  thread: Thread;
  snapshot: Snapshot | undefined;
  readonly own: Own;
  /** Comments that came while the reader reads; they wait behind the bar. */
  arrivals: Comment[] = [];
  presence = { watching: 0, typing: 0 };
  replying: Node | null = null;
  editing: Node | null = null;
  /** The comment a permalink led to. */
  aimed: string | null = null;
  /** The comment whose link was copied a moment ago. */
  copied: string | null = null;
  /** Lists that are being loaded, or failed to, by the id of their branch; "" is the thread. */
  readonly loading = new Map<string, "busy" | "failed">();
  /** Grows when every comment must be drawn anew. */
  epoch = 0;
  /** Comments on their way to the server; the bar waits for them, since they come back by the feed too. */
  sending = 0;
  /** Scripts of plugins that are on their way or here. */
  readonly modules: Promise<unknown>[] = [];
  formFailed = false;
  private live: Live | undefined;
  private composing: Promise<unknown> | undefined;
  private telling: ReturnType<typeof setTimeout> | undefined;
  private ended = false;

  constructor(readonly settings: Settings, readonly strings: Strings, readonly shell: Shell) {
    this.thread = new Thread(settings.sort);
    this.own = new Own(settings.server, settings.site);
    window.addEventListener("hashchange", this.followHash);
    page().joined.add(this.redrawAll);
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

  /** Fetch and show the thread; what can wait follows when the browser is idle. */
  async start(): Promise<void> {
    this.status = "loading";
    const url = threadUrl(this.settings);
    const early = page().early.get(url);
    page().early.delete(url);
    try {
      this.take(early ? await early.then((response) => readAnswer<Snapshot>(response)) : await request<Snapshot>(url));
    } catch {
      this.status = "failed";
      await this.changed();
      return;
    }
    await this.changed();
    if (this.ended) return;
    void this.followHash();
    whenIdle(() => void this.settle());
  }

  private take(snapshot: Snapshot): void {
    this.snapshot = snapshot;
    for (const comment of this.thread.merge(snapshot)) this.arrive(comment);
    this.status = "ready";
  }

  /** After the first paint: plugins, the reader's own waiting comments, the feed, a draft. */
  private async settle(): Promise<void> {
    if (this.ended) return;
    this.loadModules("thread");
    if (recall(this.draftName(null)) || this.own.token) void this.compose();
    void this.restoreHeld();
    if (!this.settings.live || this.live) return;
    const { connect } = await import("./live/live");
    if (!this.ended) this.live = connect(this);
  }

  stop(): void {
    this.ended = true;
    this.live?.stop();
    clearTimeout(this.telling);
    window.removeEventListener("hashchange", this.followHash);
    page().joined.delete(this.redrawAll);
  }

  /** Ask for the thread again and take over what changed; the feed does so when it lost its place. */
  async refresh(): Promise<void> {
    this.take(await request<Snapshot>(threadUrl(this.settings), { fresh: true }));
    this.redrawAll();
  }

  async order(sort: Sort): Promise<void> {
    this.settings.sort = sort;
    const snapshot = await this.attempt("", () => request<Snapshot>(threadUrl(this.settings)));
    if (!snapshot) return;
    this.thread = new Thread(sort);
    this.arrivals = [];
    this.replying = this.editing = null;
    this.take(snapshot);
    await this.restoreHeld();
    await this.changed();
  }

  /** The next page of the thread. */
  async more(): Promise<void> {
    const { thread } = this;
    const last = thread.paged.at(-1);
    const url = threadUrl(this.settings, thread.next!);
    const answer = await this.attempt("", () => request<Snapshot>(url));
    if (!answer) return;
    thread.page(answer.comments, answer.next);
    this.settleArrivals();
    await this.changed();
    const first = thread.paged[thread.paged.indexOf(last!) + 1];
    if (first) this.focus(first.comment.id, false);
  }

  /** The rest of a long branch. */
  async moreReplies(root: Node): Promise<void> {
    const { id, replies_next } = root.comment;
    const url = `${this.api}/comments/${encodeURIComponent(id)}/replies?after=${encodeURIComponent(replies_next!)}`;
    const answer = await this.attempt(id, () => request<{ comments: Comment[]; next: string | null }>(url), root);
    if (!answer) return;
    this.thread.branch(root, answer.comments, answer.next);
    this.settleArrivals();
    await this.changed();
    const first = answer.comments[0];
    if (first) this.focus(first.id, false);
  }

  private async attempt<T>(list: string, call: () => Promise<T>, node?: Node): Promise<T | undefined> {
    if (this.loading.get(list) === "busy") return undefined;
    this.loading.set(list, "busy");
    void this.changed(node);
    try {
      const answer = await call();
      this.loading.delete(list);
      return answer;
    } catch {
      this.loading.set(list, "failed");
      return undefined;
    } finally {
      void this.changed(node);
    }
  }

  /** Have a comment in the tree, with those above it; undefined when it cannot be had. */
  async reveal(id: string): Promise<Node | undefined> {
    const missing: Comment[] = [];
    try {
      for (let at: string | null = id; at && !this.thread.nodes.has(at); at = missing[0]!.parent_id) {
        const url = `${this.api}/comments/${encodeURIComponent(at)}`;
        missing.unshift((await request<{ comment: Comment }>(url, { token: this.own.get(at)?.token })).comment);
      }
    } catch {
      return undefined;
    }
    for (const comment of missing) this.thread.put(comment);
    this.settleArrivals();
    return this.thread.nodes.get(id);
  }

  /** Show a comment, wherever in the thread it is. */
  async aim(id: string): Promise<void> {
    const node = await this.reveal(id);
    if (!node) return this.announce(this.strings.t("missing"));
    const before = this.aimed && this.thread.nodes.get(this.aimed);
    if (before) this.thread.touch(before);
    this.aimed = id;
    await this.changed(node);
    this.focus(id, true);
  }

  /** Move the focus to a comment; `scroll` brings it to the middle. */
  focus(id: string, scroll: boolean): void {
    const element = this.shell.root.getElementById(`comment-${id}`);
    element?.focus({ preventScroll: true });
    if (!scroll || !element) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    element.scrollIntoView({ block: element.offsetHeight > innerHeight * 0.8 ? "start" : "center", behavior: calm ? "auto" : "smooth" });
  }

  private readonly followHash = async (): Promise<void> => {
    const id = linked();
    if (id && this.status === "ready") await this.aim(decodeURIComponent(id));
  };

  /** Draw every comment anew: something changed that concerns them all. */
  readonly redrawAll = (): void => {
    this.epoch++;
    void this.changed();
  };

  knows(id: string): boolean {
    return this.thread.nodes.has(id) || this.arrivals.some((comment) => comment.id === id);
  }

  /** A comment came by the feed. What the reader reads must not move, so it waits behind the bar. */
  arrive(comment: Comment): void {
    if (this.thread.put(comment, false, true)) return;
    const waiting = this.arrivals.findIndex(({ id }) => id === comment.id);
    if (waiting < 0) {
      this.arrivals.push(comment);
      this.tellArrivals();
    } else if (comment.rev > this.arrivals[waiting]!.rev) this.arrivals[waiting] = comment;
  }

  /** One sentence for what came within a few seconds. */
  private tellArrivals(): void {
    this.telling ??= setTimeout(() => {
      this.telling = undefined;
      if (this.arrivals.length) this.announce(this.strings.t("arrived", { n: this.arrivals.length }));
    }, 3000);
  }

  /** Comments that the tree has by now wait no longer. */
  settleArrivals(): void {
    this.arrivals = this.arrivals.filter(({ id }) => !this.thread.nodes.has(id));
  }

  async showArrivals(): Promise<void> {
    const shown: Node[] = [];
    for (const comment of this.arrivals) {
      const node = this.thread.put(comment, true) ?? (await this.reveal(comment.id));
      if (node) shown.push(node);
    }
    this.arrivals = [];
    for (const node of shown) {
      node.fresh = true;
      this.thread.touch(node);
    }
    await this.changed();
    if (shown[0]) this.focus(shown[0].comment.id, true);
  }

  /** The reader's comments that await a moderator, seen by nobody else. */
  private async restoreHeld(): Promise<void> {
    for (const id of this.own.held(this.settings.key)) {
      const entry = this.own.get(id)!;
      try {
        const url = `${this.api}/comments/${encodeURIComponent(id)}`;
        const { comment } = await request<{ comment: Comment }>(url, { token: entry.token });
        if (comment.state === "published") this.own.set(id, { ...entry, held: false });
        if (!this.thread.put(comment)) await this.reveal(id);
      } catch (error) {
        if (error instanceof Refusal && error.status === 404) this.own.set(id, undefined);
      }
    }
    await this.changed();
  }

  /** The reader is about to write: bring the form to life. */
  compose(): Promise<unknown> {
    this.composing ??= import("./compose/compose").then(
      ({ furnish }) => {
        furnish(this);
        this.loadModules("form");
        this.formFailed = false;
        this.redrawAll();
      },
      () => {
        this.composing = undefined;
        this.formFailed = true;
        void this.changed();
      },
    );
    return this.composing;
  }

  typing(): void {
    this.live?.typing();
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

  private loadModules(when: PluginModule["when"]): void {
    for (const module of this.snapshot?.modules ?? []) {
      if (module.when !== when) continue;
      const url = module.url.startsWith("/") ? this.settings.server + module.url : module.url;
      const arrival = import(url);
      arrival.catch((error: unknown) => console.error(`embedcomments: plugin ${module.plugin} did not load`, error));
      this.modules.push(arrival);
    }
  }
}
