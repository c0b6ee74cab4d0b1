/** When a thread needs no news: its reader has paused it, or it is far from what they see. */
import { enResting } from "../languages/en-resting";
import { lives } from "../live/live";
import type { Session } from "../session";
import { adopt, en, html, keep, nothing, recall } from "../shared";
import { styles } from "./styles";

// English for resting joins the English that is there; other languages came whole.
Object.assign(en, enResting);

/** A thread that is further away than this sleeps; one that is being loaded is nearer. */
const FAR = { rootMargin: "200% 0px" };
/** Who scrolls past and back wakes nobody. */
const GRACE_MS = 3000;

const bars = html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M5.5 4v8M10.5 4v8"></path></svg>`;
const arrow = html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M5.5 3.5v9L12.5 8z"></path></svg>`;

/** For all threads of the device. A page without storage forgets it when it is left. */
let isPaused = !!recall("paused");
const followers = new Set<() => void>();

function pause(wish: boolean): void {
  isPaused = wish;
  followers.forEach((follow) => follow());
}

window.addEventListener("storage", ({ key }) => {
  if (!key || key.endsWith(":paused")) pause(!!recall("paused"));
});

/**
 * Let a session's thread rest when it may, until `signal`; gives what draws the switch. `keepTime` is told whether times
 * should go on.
 */
export function attend(session: Session, keepTime: (isSeen: boolean) => void, signal: AbortSignal): () => unknown {
  const { t } = session.strings;
  const { root } = session.shell;
  const live = lives.get(session)!;
  let isFar = false;
  let isResting = false;
  let falling: ReturnType<typeof setTimeout> | undefined;

  const settle = () => {
    const mayRest = isPaused || isFar;
    if (mayRest !== isResting) {
      isResting = mayRest;
      keepTime(!mayRest);
      if (mayRest) live.stop();
      else live.wake();
    }
    // What was true when it fell asleep is not for long.
    if (mayRest) session.presence = { watching: 0, typing: 0 };
    void session.changed();
  };
  const sleep = (wish: boolean) => {
    isFar = wish;
    settle();
  };
  const distance = new IntersectionObserver((entries) => {
    clearTimeout(falling);
    if (!entries.at(-1)!.isIntersecting) falling = setTimeout(sleep, GRACE_MS, true);
    else if (isFar) sleep(false);
  }, FAR);
  const toggle = () => {
    keep("paused", isPaused ? undefined : true);
    pause(!isPaused);
  };

  adopt(root, styles);
  distance.observe(root.host);
  followers.add(settle);
  settle();
  signal.addEventListener("abort", () => {
    clearTimeout(falling);
    distance.disconnect();
    followers.delete(settle);
  });
  return () => html`<span class="paused">${isPaused ? t("paused") : nothing}</span
    ><button class="pause" part="pause" aria-pressed=${isPaused} aria-label=${t("pause")} title=${t("pause")} @click=${toggle}>${isPaused ? arrow : bars}</button>`;
}
