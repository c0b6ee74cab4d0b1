/** Pages of a long thread that come as one reads towards their end, where the page wishes it. */
import type { Session } from "../session";

/** So many come by themselves; then what stands below the thread can be reached, until the reader asks for more. */
const MOST = 3;
/** One screen ahead. */
const AHEAD = { rootMargin: "0px 0px 100% 0px" };

/** Bring the next pages of a session's thread in time, until `signal`. */
export function turn(session: Session, signal: AbortSignal): void {
  const { root } = session.shell;
  let left = MOST;
  let button: Element | null = null;
  // Who goes from button to button must find the next one where it was.
  let isTabbing = false;
  const mayTurn = () =>
    left > 0 &&
    !isTabbing &&
    root.activeElement !== button &&
    !session.loading.has("") &&
    !(navigator as { connection?: { saveData?: boolean } }).connection?.saveData;

  const near = new IntersectionObserver((entries) => {
    if (!entries.at(-1)!.isIntersecting || !mayTurn()) return;
    left--;
    void session.reach((ways) => ways.more(session, false)).then(watch);
  }, AHEAD);
  /** Look where the button is now, even if it has not moved. */
  const watch = () => {
    near.disconnect();
    button = root.querySelector(".thread > .more.wide");
    if (button && !signal.aborted) near.observe(button);
  };
  const asked = (event: Event) => {
    if (button && event.composedPath().includes(button)) left = MOST;
  };
  const moved = ({ type, key }: Event & { key?: string }) => {
    const wasTabbing = isTabbing;
    if (type !== "keydown" || key === "Tab") isTabbing = type === "keydown";
    if (wasTabbing && !isTabbing) watch();
  };

  watch();
  root.addEventListener("click", asked, { signal });
  for (const type of ["keydown", "wheel", "touchmove", "pointerdown"]) window.addEventListener(type, moved, { signal, passive: true });
  // The button goes and comes with the pages that there are.
  const changes = new MutationObserver(watch);
  changes.observe(root.querySelector(".thread")!, { childList: true });
  signal.addEventListener("abort", () => {
    near.disconnect();
    changes.disconnect();
  });
}
