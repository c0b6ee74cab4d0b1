/**
 * What came since the reader was here last. Comments are numbered in the order of their publication, so that a
 * number says it for a whole thread, whatever was edited or held; no clock has to be right. It is kept on the
 * device and told to nobody.
 */
import type { Node } from "../model/thread";
import type { Session } from "../session";
import { keep, recall } from "../shared";
import { said } from "./said";

/** Threads that are remembered; the one visited longest ago is forgotten first. */
export const MOST = 200;
/** Comments that were on the screen for so long count as seen. */
const LOOKED_MS = 3000;
/** Who comes back by reloading or by the Back button within this time goes on with the same visit. */
const SAME_VISIT_MS = 30 * 60_000;

/** Numbers of a thread: the highest that a comment has, and how many comments there are. */
interface Mark {
  top: number;
  count: number;
}

interface Kept extends Mark {
  /** How it was when that visit began. */
  from: Mark;
  at: number;
}

export interface Visit {
  /** How many had come when this visit began; 0 on the first one. */
  readonly news: number;
  isNew(node: Node): boolean;
  isNewNumber(number: number | null): boolean;
}

function isReturn(): boolean {
  const [entry] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return entry?.type === "reload" || entry?.type === "back_forward";
}

/** Begin a visit, and note it once the reader has seen comments, until `signal`. */
export function begin(session: Session, signal: AbortSignal): Visit {
  const { root } = session.shell;
  const { server, site, key } = session.settings;
  const name = `${server}|${site}|${key}`;
  const off = said(session, "visits") === "off";
  const all = () => recall<Record<string, Kept>>("visits") ?? {};
  // What waits behind the bar was not here at the beginning, nor has it been seen at the end.
  const counted = () => session.thread.count - session.arrivals.length;
  const first = counted();
  const now = (): Mark => {
    let top = first;
    for (const { comment } of session.thread.nodes.values()) top = Math.max(top, comment.number ?? 0);
    return { top, count: counted() };
  };

  const last = off ? undefined : all()[name];
  const from: Mark = !last ? now() : isReturn() && Math.abs(Date.now() - last.at) < SAME_VISIT_MS ? (last.from ?? last) : last;
  const isNewNumber = (number: number | null) => number !== null && number > from.top;
  const isNew = ({ comment }: Node) => comment.state === "published" && isNewNumber(comment.number) && !session.own.get(comment.id);
  const nodes = [...session.thread.nodes.values()];
  const isWhole = !session.thread.next && !nodes.some(({ comment }) => comment.replies_next);
  const loaded = nodes.filter(isNew).length;
  const news = last ? Math.max(loaded, isWhole ? 0 : first - from.count) : 0;

  const note = () => {
    const { [name]: _, ...others } = all();
    const { top, count } = from;
    const kept: Kept = { ...now(), from: { top, count }, at: Date.now() };
    keep("visits", Object.fromEntries([...Object.entries(others), [name, kept]].slice(-MOST)));
  };
  if (!off) onceSeen(root, note, signal);
  return { news, isNew, isNewNumber };
}

/** Call `note` when comments have been on the screen for a while, and then whenever the reader may be leaving. */
function onceSeen(root: ShadowRoot, note: () => void, signal: AbortSignal): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOnScreen = false;
  let isSeen = false;
  const watch = () => {
    clearTimeout(timer);
    if (isSeen && document.hidden) note();
    else if (!isSeen && isOnScreen && !document.hidden) timer = setTimeout(see, LOOKED_MS);
  };
  const shown = new Map<Element, boolean>();
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) shown.set(target, isIntersecting);
    isOnScreen = [...shown.values()].includes(true);
    watch();
  });
  const see = () => {
    isSeen = true;
    observer.disconnect();
    note();
  };
  const lists = root.querySelectorAll(".list");
  for (const each of lists.length ? lists : root.querySelectorAll(".thread")) observer.observe(each);
  document.addEventListener("visibilitychange", watch, { signal });
  window.addEventListener("pagehide", () => isSeen && note(), { signal });
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    observer.disconnect();
    if (isSeen) note();
  });
}
