/** For those who read on; loaded when the comments are there and the browser is idle. */
import type { Snapshot } from "../model/comment";
import type { Reading, Session } from "../session";
import { enReading } from "../languages/en-reading";
import { adopt, en, html, request, threadUrl } from "../shared";
import { watchTime } from "./clock";
import type { Finder } from "./finder";
import { Folds } from "./folds";
import { listen } from "./keys";
import { quote } from "./quoting";
import { said } from "./said";
import { styles } from "./styles";
import { begin, type Visit } from "./visits";

// English for reading joins the English that is there; other languages came whole.
Object.assign(en, enReading);

/** So many comments are drawn anew in one go. */
const FEW = 5;
/** In a thread of no more comments there is nothing to search for. */
const AT_A_GLANCE = 20;

const glass = html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M7 2.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 1 1 0-9M10.5 10.5 14 14"></path></svg>`;

/** Help the reader of a session's thread until `stop`. */
export function attend(session: Session): Reading {
  const { root } = session.shell;
  const { t } = session.strings;
  const leaving = new AbortController();
  const visit = begin(session, leaving.signal);
  const folds = new Folds(session, visit.isNew, leaving.signal);
  let finder: Finder | undefined;
  const hasKeys = said(session, "keys") !== "off";
  adopt(root, styles);
  quote(session, leaving.signal);
  if (hasKeys) listen(session, visit.isNew, leaving.signal);
  // A permalink was followed before anything here could unfold.
  if (session.aimed && folds.open(session.aimed)) session.focus(session.aimed, true);
  void drawAnew(session, visit, leaving.signal);
  // It must be here when the server is gone: it tries again what did not load.
  import("../reach/reach").catch(() => {});
  // Where it does not come the button is there.
  if (said(session, "more") === "auto") import("./pages").then(({ turn }) => turn(session, leaving.signal), () => {});

  let stopClock: (() => void) | undefined;
  const keepTime = (isSeen: boolean) => {
    stopClock?.();
    stopClock = isSeen ? watchTime(() => tellTimes(session)) : undefined;
  };
  keepTime(true);
  // The whole date, when somebody points at it.
  root.addEventListener("pointerover", ({ target }) => {
    if (target instanceof HTMLTimeElement) target.title ||= session.strings.date(target.dateTime);
  }, leaving);
  leaving.signal.addEventListener("abort", () => keepTime(false));

  let pauseView: (() => unknown) | undefined;
  if (session.settings.live) {
    // Whatever fails here, the tab keeps its own socket.
    import("../tabs/tabs").then(({ share }) => share(session.settings.server), () => {});
    import("../rest/rest").then((part) => {
      if (!leaving.signal.aborted) pauseView = part.attend(session, keepTime, leaving.signal);
      void session.changed();
    }, () => {});
  }

  const toFirst = () => void goToFirst(session, visit);
  const newsView = () => html`<p class="tidings" part="news">
    ${t("news", { n: visit.news })}&ensp;<button class="more" part="more" title=${t("firstNew") + (hasKeys ? " (N)" : "")} @click=${toFirst}>${t("firstNew")}</button>
  </p>`;
  const find = async () => {
    try {
      const part = await import("./finder");
      finder ??= new part.Finder(session, leaving.signal);
      await finder.toggle();
    } catch {
      session.announce(t("failedMore"));
    }
  };
  const finderButton = () =>
    html`<button class="find-open" part="find-open" aria-expanded=${!!finder?.isOpen} aria-label=${t("find")} title=${t("find")} @click=${find}>${glass}</button>`;
  return {
    mark: (node) => (visit.isNew(node) ? html`<span class="dot" part="new" id="new-${node.comment.id}" title=${t("new")}>${t("new")}</span>` : undefined),
    fold: (node) => folds.view(node),
    open: (id) => folds.open(id),
    above: () => html`<div class="above ${finder?.isOpen ? "apart" : ""}">${visit.news ? newsView() : undefined}${pauseView?.()}${finder?.isOpen || session.thread.nodes.size > AT_A_GLANCE ? finderButton() : undefined}</div>
      ${finder?.panel()}`,
    stop: () => leaving.abort(),
  };
}

function tellTimes({ shell, strings }: Session): void {
  for (const time of shell.root.querySelectorAll<HTMLTimeElement>(".when>time")) time.textContent = strings.ago(time.dateTime);
}

/** Draw the comments that look otherwise now, a few at a time so that no task is long. */
async function drawAnew(session: Session, visit: Visit, signal: AbortSignal): Promise<void> {
  const nodes = [...session.thread.nodes.values()].filter((node) => node.kids.length || node.comment.replies_next || visit.isNew(node));
  do {
    for (const node of nodes.splice(0, FEW)) session.thread.touch(node);
    await session.changed();
    await new Promise((resolve) => setTimeout(resolve));
  } while (nodes.length && !signal.aborted);
}

/** Lead to the first new comment; where none is loaded, to the first on the page of the newest. */
async function goToFirst(session: Session, { isNew, isNewNumber }: Visit): Promise<void> {
  const articles = [...session.shell.root.querySelectorAll(".item > .comment")];
  const nodes = articles.map((article) => session.thread.nodes.get(article.id.slice("comment-".length)));
  const first = nodes.find((node) => node && isNew(node));
  if (first) {
    session.focus(first.comment.id, true);
    return;
  }
  await session.reach(async (ways) => {
    const { comments } = await request<Snapshot>(threadUrl({ ...session.settings, sort: "newest" }));
    const found = comments.filter(({ number, id }) => isNewNumber(number) && !session.own.get(id)).map(({ id }) => id).sort();
    if (found[0]) await ways.aim(session, found[0]);
    else if (session.thread.next) await ways.more(session);
  });
}
