/** Joins a thread to the page's feed, and shows what comes. */
import type { Live, Session } from "../session";
import { adopt, recall } from "../shared";
import { Feed, type Line } from "./feed";
import { styles } from "./styles";
import type { ThreadFrame, Watcher } from "./subscription";

/** By server. */
export const feeds = new Map<string, Feed>();
export const lives = new WeakMap<Session, Live>();

function feedFor(server: string): Feed {
  let feed = feeds.get(server);
  if (!feed) {
    const made = new Feed(`${server.replace(/^http/, "ws")}/api/v1/feed`, {
      open: (url) => new WebSocket(url) as Line,
      random: Math.random,
      isHidden: () => document.hidden,
    });
    document.addEventListener("visibilitychange", () => (document.hidden ? made.rest() : made.wake()));
    window.addEventListener("online", made.wake);
    feeds.set(server, made);
    feed = made;
  }
  return feed;
}

/** The server hears of it at most this often, and holds a reader for writing so long after. */
const TYPING_MS = 3000;
const TYPED_MS = 6500;
const TELL_MS = 3000;
const ASK_MS = 3000;

/** Watch a session's thread until `stop`. */
export function connect(session: Session): Live {
  const { server, site, key } = session.settings;
  const feed = feedFor(server);
  let typedAt = 0;
  let telling: ReturnType<typeof setTimeout> | undefined;
  let asking: ReturnType<typeof setTimeout> | undefined;
  /** One sentence for what came within a few seconds. */
  const tellArrivals = () => {
    if (session.arrivals.length) telling ??= setTimeout(() => {
      telling = undefined;
      const n = session.arrivals.length;
      if (n) session.announce(session.strings.t("arrived", { n }));
    }, TELL_MS);
  };
  const watcher: Watcher = {
    site,
    key,
    get cursor() {
      return session.thread.cursor;
    },
    set cursor(cursor) {
      session.thread.cursor = cursor;
    },
    token: () => session.own.token,
    apply(frame) {
      apply(session, frame);
      if (frame.op === "new") tellArrivals();
      // Something about the thread itself, such as a like of the page. Not all readers ask at once.
      if (frame.op !== "thread") return;
      clearTimeout(asking);
      asking = setTimeout(() => watcher.refresh().catch(() => {}), Math.random() * ASK_MS);
    },
    present(watching, typing) {
      // The number counts this reader too.
      const others = typing - (Date.now() - typedAt < TYPED_MS ? 1 : 0);
      session.presence = { watching, typing: Math.max(0, others) };
      void session.changed();
    },
    refresh: () => session.refresh().then(tellArrivals),
  };
  adopt(session.shell.root, styles);
  const wake = () => feed.join(watcher);
  if (!recall("paused")) wake();
  const live: Live = {
    wake,
    typing() {
      if (Date.now() - typedAt < TYPING_MS) return;
      typedAt = Date.now();
      feed.send({ op: "typing", site, key });
    },
    renewed: () => feed.renewed(watcher),
    stop() {
      clearTimeout(asking);
      clearTimeout(telling);
      feed.leave(watcher);
    },
  };
  lives.set(session, live);
  return live;
}

function apply(session: Session, { op, comment, count, gone }: ThreadFrame): void {
  const { thread } = session;
  if (count !== undefined) thread.count = count;
  if (comment && op === "new") session.arrive(comment);
  else if (comment && op === "edit") {
    if (session.knows(comment.id)) session.arrive(comment);
  } else if (comment && op === "remove") {
    session.arrivals = session.arrivals.filter(({ id }) => id !== comment.id);
    if (gone) thread.remove(comment.id);
    else thread.put(comment, false, true);
  }
  void session.changed();
}
