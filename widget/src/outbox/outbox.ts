/**
 * Comments that found no network. They are kept on the device and shown where they will stand, and are sent once, by one
 * tab, when the network is back: with the key and the body of the first attempt, since its answer may have been lost.
 */
import type { Composer } from "../compose/composer";
import type * as Drafts from "../compose/drafts";
import type * as Sending from "../compose/sending";
import type * as Submission from "../compose/submission";
import type { Body, Words } from "../compose/submission";
import type * as WordsFor from "../compose/words";
import type { Outbox, Session } from "../session";
import { adopt, css, LOCAL, plugins, Refusal } from "../shared";
import { all, find, isDue, store, type Waiting } from "./kept";
import { WaitingElement } from "./waiting";

export type Tools = Pick<typeof Sending, "provisional" | "remember" | "send" | "taken" | "Unchanged"> &
  Pick<typeof Drafts, "keepEarlier"> &
  Pick<typeof Submission, "collectExtensions" | "randomId"> &
  Pick<typeof WordsFor, "explain">;

const AGAIN_MS = 30_000;

const styles = css`
  embed-comments-waiting button {
    min-inline-size: 1.5rem;
  }
  .note.oops {
    color: var(--danger);
  }
`;

/** One tab at a time; where there are no locks, the key alone sees to it that nothing is there twice. */
let turn: Promise<unknown> = Promise.resolve();
export function alone(run: () => Promise<void>): Promise<unknown> {
  const locked = () => (navigator.locks ? navigator.locks.request("embedcomments:outbox", run) : run());
  return (turn = turn.then(locked, locked).catch(() => {}));
}

const sessions = new Set<Session>();
/** What the part for writing knows how to do; it is there before this one. */
let tools: Tools;
let timer: ReturnType<typeof setTimeout> | undefined;

const isOf = ({ body, url }: Waiting, session: Session): boolean => url.startsWith(`${session.siteApi}/`) && body.thread.key === session.settings.key;

/** Show what waits in this thread, and no more what does not. */
export async function sync(session: Session): Promise<void> {
  const { thread } = session;
  const entries = all().filter((entry) => isOf(entry, session));
  for (const [id, { sending }] of [...thread.nodes]) {
    if (sending === "waiting" && !entries.some(({ key }) => LOCAL + key === id)) thread.remove(id);
  }
  for (const entry of entries) if (!thread.nodes.has(LOCAL + entry.key)) show(session, entry);
  await session.changed();
  session.shell.root.querySelectorAll<WaitingElement>("embed-comments-waiting").forEach((each) => each.draw());
}

const changedElsewhere = ({ key }: StorageEvent): void => {
  if (!key || key.endsWith(":outbox")) here().forEach(sync);
};

function here(): Session[] {
  return [...sessions];
}

/** Send what is due. A thread's own session sends, another of the site where its thread is not on the page. */
export async function flush(): Promise<void> {
  clearTimeout(timer);
  if (isAwake()) {
    await alone(async () => {
      for (const { key } of all()) {
        // Another tab may have been faster, or its writer have taken it back.
        const entry = find(key);
        if (!entry || !isDue(entry)) continue;
        const near = here().filter(({ siteApi }) => entry.url.startsWith(`${siteApi}/`));
        const session = near.find((each) => isOf(entry, each)) ?? near[0];
        if (session && !(await deliver(session, entry))) break;
      }
    });
  }
  schedule();
}

/** Try again after a while; a hidden tab and one without a network are woken by events. */
export function schedule(): void {
  clearTimeout(timer);
  if (isAwake() && here().length) timer = setTimeout(flush, AGAIN_MS);
}

const isAwake = (): boolean => !document.hidden && navigator.onLine !== false && all().some((entry) => isDue(entry));

/** Show what waits, at its place or, where that is not loaded, at the thread's end. */
function show(session: Session, { key, body, at }: Waiting): void {
  const parent = session.thread.nodes.get(body.parent_id!) ?? null;
  const node = session.thread.put(tools.provisional(wordsOf(body), parent, key, at));
  if (node) node.sending = "waiting";
}

const hasFocus = ({ shell }: Session, key: string): boolean => shell.root.activeElement?.closest("article")?.id === `comment-${LOCAL}${key}`;

const form = (session: Session) => session.shell.root.querySelector<HTMLFormElement>("form.new");

const wordsOf = ({ text, author, parent_id }: Body): Words => ({ text, author, parentId: parent_id });

/** Send what waits. The answer is for its thread only; another one knows how to send it, but not where to show it. */
async function deliver(session: Session, entry: Waiting, mayRenew = true): Promise<boolean> {
  const { thread } = session;
  const { key, url, body, before } = entry;
  const isHere = body.thread.key === session.settings.key;
  const node = isHere ? thread.nodes.get(LOCAL + key) : undefined;
  const mark = (sending: "sending" | "waiting") => {
    if (node) node.sending = sending;
    void session.changed(node);
  };
  mark("sending");
  session.sending++;
  try {
    const written = await tools.send(session, url, key, body, before);
    store(key);
    const hadFocus = hasFocus(session, key);
    if (node) thread.remove(node.comment.id);
    if (isHere) {
      const id = tools.taken(session, written);
      await session.changed();
      if (hadFocus) session.focus(id, false);
      session.announce(session.strings.t(written.comment.state === "published" ? "posted" : "awaits"));
    } else tools.remember(session, written, body.thread.key);
  } catch (error) {
    mark("waiting");
    if (!(error instanceof Refusal) || !error.status || error.status >= 500 || error.status === 429) return false;
    const isOver = error instanceof tools.Unchanged || error.code === "idempotency_key_reused";
    const renewed = isHere && mayRenew && !isOver ? await renew(session, entry) : undefined;
    if (renewed) {
      const hadFocus = hasFocus(session, key);
      store(key, renewed);
      await sync(session);
      if (hadFocus) session.focus(LOCAL + renewed.key, false);
      return await deliver(session, renewed, false);
    }
    const { code, detail, status, retryAfter } = error;
    const composer = form(session)?.querySelector<Composer>("embed-comments-composer");
    const hadFocus = hasFocus(session, key);
    const isBack = isHere && !body.parent_id && composer?.takeBack(body.text, tools.explain(session, error), true);
    store(key, isBack ? undefined : { ...entry, refused: { code, detail, status, retryAfter } });
    await sync(session);
    if (isBack && hadFocus) composer!.closest("form")!.querySelector("textarea")!.focus();
    if (isHere && !isBack) session.announce(tools.explain(session, error));
  } finally {
    session.sending--;
    void session.changed();
  }
  return true;
}

/** The server did not take it. What a plugin adds may have grown old: with what it adds now this is a new attempt. */
async function renew(session: Session, entry: Waiting): Promise<Waiting | undefined> {
  const written = form(session);
  if (!written || !plugins.of(session).some(({ beforeSubmit }) => beforeSubmit)) return undefined;
  try {
    const extensions = await tools.collectExtensions(session, written, wordsOf(entry.body));
    if (JSON.stringify(extensions) === JSON.stringify(entry.body.extensions)) return undefined;
    const { before: _, ...rest } = entry;
    return { ...rest, key: tools.randomId(), body: { ...entry.body, extensions } };
  } catch {
    // A plugin objects.
    return undefined;
  }
}

/** Carry what waits in a session's thread from now on. */
export function carry(session: Session, by: Tools): Outbox {
  if (!tools) {
    tools = by;
    customElements.define("embed-comments-waiting", WaitingElement);
    window.addEventListener("online", flush);
    window.addEventListener("storage", changedElsewhere);
    document.addEventListener("visibilitychange", flush);
  }
  adopt(session.shell.root, styles);
  sessions.add(session);
  void sync(session);
  void flush();
  return {
    take: (url, key, body, earlier) => store(key, { key, url, body, at: earlier?.at ?? Date.now(), ...(earlier && { before: earlier.bodies }) }),
    show() {
      void sync(session);
      schedule();
    },
    // Nothing holds a thread that has left the page.
    stop: () => void sessions.delete(session),
  };
}

/**
 * Note with the words, which go back into the form of `parentId`, that they were sent: the server may have taken them, and
 * then what becomes of them is a change. What it refused it has not.
 */
export function noteSent(session: Session, { key, body, before, at, refused }: Waiting, parentId: string | null): void {
  if (!refused) tools.keepEarlier(session.draftName(parentId), { key, bodies: [...(before ?? []), body], at });
}

/** What the server said about an entry, "" where it said nothing. */
export function sentenceFor(session: Session, { refused }: Waiting): string {
  return refused ? tools.explain(session, new Refusal(refused.code, refused.detail, refused.status, refused.retryAfter)) : "";
}
