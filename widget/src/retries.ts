/** What failed and is tried again: after 2 to 4 seconds, then twice as late each time, up to 2 minutes. */
import { Refusal } from "./request";

interface Failing {
  times: number;
  leave: AbortController;
}

export class Retries {
  readonly #failing = new Map<string, Failing>();

  /**
   * `name` failed: call `go` later, at random so that readers do not come all at once, and sooner when the network or
   * the reader is back. Never while the tab is hidden, nor before a Retry-After is over. The signal says when it waits no more.
   */
  later(name: string, error: unknown, go: () => unknown): AbortSignal {
    const { times = 0 } = this.#failing.get(name) ?? {};
    this.over(name);
    const leave = new AbortController();
    const { signal } = leave;
    this.#failing.set(name, { times: times + 1, leave });
    const leastS = error instanceof Refusal ? error.retryAfter : 0;
    let mayGo = !leastS;
    const run = () => {
      if (!mayGo || document.hidden) return;
      leave.abort();
      go();
    };
    // A header may say years; a timer that long would end at once.
    const waitS = Math.max(Math.min(leastS, 3600), Math.min(64, 2 << times) * (1 + Math.random()));
    const timer = setTimeout(() => {
      mayGo = true;
      run();
    }, waitS * 1000);
    signal.onabort = () => clearTimeout(timer);
    window.addEventListener("online", run, { signal });
    document.addEventListener("visibilitychange", run, { signal });
    return signal;
  }

  /** `name` went well, or nobody wants it any more. */
  over(name: string): void {
    this.#failing.get(name)?.leave.abort();
    this.#failing.delete(name);
  }

  stop(): void {
    for (const name of this.#failing.keys()) this.over(name);
  }
}
