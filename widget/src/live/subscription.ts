/** The rule by which nothing is lost and nothing shown twice, over drops, restarts and gaps. No socket in it. */
import type { Comment } from "../model/comment";

export interface ThreadFrame {
  op: string;
  site?: string;
  key?: string;
  seq?: number;
  count?: number;
  closed?: boolean;
  comment?: Comment;
  gone?: boolean;
  cursor?: string;
  resumed?: boolean;
  watching?: number;
  typing?: number;
}

/** What watches a thread. */
export interface Watcher {
  readonly site: string;
  readonly key: string;
  cursor: string;
  /** Proves authorship, so that the reader's own held comments come too. */
  token(): string | undefined;
  apply(frame: ThreadFrame): void;
  present(watching: number, typing: number): void;
  /** Fetch the thread again; it sets the cursor. */
  refresh(): Promise<void>;
}

export class Subscription {
  /** The number of the last event; null until the first one tells, since cursors are opaque. */
  #last: number | null = null;
  /** The cursor that goes with it. The thread has another one once it was fetched again, and then counts from elsewhere. */
  #at: string | undefined;
  /** Asked, not yet answered: what comes now comes again after the answer. */
  #isAsking = false;

  constructor(readonly watcher: Watcher, private readonly send: (frame: object) => void) {}

  ask(): void {
    const { site, key, cursor } = this.watcher;
    if (cursor !== this.#at) this.#last = null;
    this.#at = cursor;
    this.#isAsking = true;
    this.send({ op: "sub", site, key, cursor: cursor || null, token: this.watcher.token() ?? null });
  }

  /** The thread was fetched again. What came while it was on its way may be missing from it. */
  renewed(): void {
    if (!this.#isAsking && this.watcher.cursor !== this.#at) this.ask();
  }

  take(frame: ThreadFrame): void {
    const { watcher } = this;
    if (frame.op === "ok") {
      this.#isAsking = false;
      watcher.present(frame.watching ?? 0, 0);
      if (frame.resumed === false && frame.cursor && frame.cursor !== watcher.cursor) {
        this.#last = null;
        void watcher.refresh().catch(() => {});
        watcher.cursor = frame.cursor;
      }
    } else if (frame.op === "reset") {
      this.#last = null;
      this.#isAsking = true;
      void watcher.refresh().then(
        () => this.ask(),
        () => {},
      );
    } else if (frame.op === "presence") watcher.present(frame.watching ?? 0, frame.typing ?? 0);
    else if (typeof frame.seq === "number") this.#event(frame, frame.seq);
  }

  #event(frame: ThreadFrame, seq: number): void {
    if (this.#isAsking || (this.#last !== null && seq <= this.#last)) return;
    if (this.#last !== null && seq > this.#last + 1) {
      this.ask();
      return;
    }
    this.#last = seq;
    if (frame.cursor) this.watcher.cursor = this.#at = frame.cursor;
    if (frame.op !== "skip") this.watcher.apply(frame);
  }
}
