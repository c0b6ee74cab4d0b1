/** One websocket to a server for all threads of the page. It rests while the tab is hidden. */
import { Subscription, type ThreadFrame, type Watcher } from "./subscription";

interface Frame extends ThreadFrame {
  heartbeat_s?: number;
  retry_s?: number;
}

/** What the feed needs of a websocket. */
export interface Line {
  onmessage: ((event: { data: string }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(data: string): void;
  close(code?: number): void;
}

/** What the feed needs of a browser; tests bring their own. */
export interface Surroundings {
  open(url: string): Line;
  random(): number;
  isHidden(): boolean;
}

/** After so many failures in a row the threads are polled, and sockets tried rarely. */
const PATIENCE = 3;
const POLL_MS = 30_000;

export class Feed {
  readonly #subscriptions = new Map<Watcher, Subscription>();
  #socket: Line | undefined;
  #isOpen = false;
  #failures = 0;
  #leastDelay = 0;
  #heartbeatMs = 0;
  #returning: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #polling: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly url: string, private readonly around: Surroundings) {}

  join(watcher: Watcher): void {
    const subscription = new Subscription(watcher, (frame) => this.send(frame));
    this.#subscriptions.set(watcher, subscription);
    if (this.#isOpen) subscription.ask();
    else this.wake();
  }

  leave(watcher: Watcher): void {
    if (!this.#subscriptions.delete(watcher)) return;
    this.send({ op: "unsub", site: watcher.site, key: watcher.key });
    if (!this.#subscriptions.size) this.rest();
  }

  /** A thread was fetched again, and has the cursor of what was fetched. */
  renewed(watcher: Watcher): void {
    this.#subscriptions.get(watcher)?.renewed();
  }

  send(frame: object): void {
    if (this.#isOpen) this.#socket!.send(JSON.stringify(frame));
  }

  /** Connect now, if anybody watches and sees the tab. */
  readonly wake = (): void => {
    if (this.#socket || !this.#subscriptions.size || this.around.isHidden()) return;
    clearTimeout(this.#returning);
    try {
      this.#hold(this.around.open(this.url));
    } catch {
      this.#lost(1006);
    }
  };

  /** Have sockets opened by `open` from now on; it takes over the one that is there, and may ask for its heartbeat: 0 until that is known. */
  share(open: (url: string, socket?: Line, heartbeatMs?: () => number) => Line): void {
    this.around.open = open;
    if (this.#socket) this.#hold(open(this.url, this.#socket, () => (this.#isOpen ? this.#heartbeatMs : 0)));
  }

  #hold(socket: Line): void {
    this.#socket = socket;
    socket.onmessage = ({ data }) => socket === this.#socket && this.#take(data);
    socket.onclose = ({ code }) => {
      if (socket !== this.#socket) return;
      this.#drop();
      this.#lost(code);
    };
  }

  /** Let go of the socket until `wake`. */
  readonly rest = (): void => {
    clearTimeout(this.#returning);
    clearTimeout(this.#polling);
    this.#polling = undefined;
    const socket = this.#socket;
    this.#drop();
    socket?.close(1000);
  };

  #drop(): void {
    clearTimeout(this.#silence);
    this.#socket = undefined;
    this.#isOpen = false;
  }

  #take(data: string): void {
    let frame: Frame;
    try {
      frame = JSON.parse(data) as Frame;
      this.#listen(frame.heartbeat_s);
    } catch {
      return;
    }
    if (frame.op === "hello") {
      this.#isOpen = true;
      this.#failures = this.#leastDelay = 0;
      clearTimeout(this.#polling);
      this.#polling = undefined;
      for (const subscription of this.#subscriptions.values()) subscription.ask();
    } else if (frame.op === "ping") this.send({ op: "pong" });
    else if (frame.op === "bye") this.#leastDelay = (frame.retry_s ?? 0) * 1000;
    else {
      for (const [{ site, key }, subscription] of this.#subscriptions) {
        if (frame.key === key && (frame.site ?? site) === site) subscription.take(frame);
      }
    }
  }

  /** A server that is silent for longer than its heartbeat is gone. */
  #listen(heartbeatS?: number): void {
    if (heartbeatS) this.#heartbeatMs = heartbeatS * 1000;
    clearTimeout(this.#silence);
    if (!this.#heartbeatMs) return;
    this.#silence = setTimeout(() => {
      const socket = this.#socket;
      this.#drop();
      socket?.close();
      this.#lost(1006);
    }, this.#heartbeatMs * 1.5 + 5000);
  }

  #lost(code: number): void {
    if (code === 4400 || code === 4403 || !this.#subscriptions.size || this.around.isHidden()) return;
    this.#failures++;
    if (this.#failures >= PATIENCE) this.#poll();
    clearTimeout(this.#returning);
    this.#returning = setTimeout(this.wake, this.#delay(code));
  }

  /** How long to stay away, in milliseconds; random, so that readers do not come back all at once. */
  #delay(code: number): number {
    const spread = this.around.random();
    if (code === 1012) return Math.max(5000, this.#leastDelay) + spread * 25_000;
    if (code === 4408 && this.#failures === 1) return 0;
    const most = this.#failures > PATIENCE ? 120_000 : Math.min(20_000, 1000 * 2 ** this.#failures);
    return Math.max(this.#leastDelay, 500 + spread * most);
  }

  #poll(): void {
    if (this.#polling) return;
    const again = async () => {
      await Promise.allSettled([...this.#subscriptions.keys()].map((watcher) => watcher.refresh()));
      if (this.#polling) this.#polling = setTimeout(again, POLL_MS * (0.8 + 0.4 * this.around.random()));
    };
    this.#polling = setTimeout(again, POLL_MS * this.around.random());
  }
}
