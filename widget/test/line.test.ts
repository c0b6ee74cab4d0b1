import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Line } from "../src/live/feed";
import { MOST_THREADS } from "../src/tabs/hub";
import { ANSWER_MS, SharedLine } from "../src/tabs/line";

class FakeSocket implements Line {
  onmessage: Line["onmessage"] = null;
  onclose: Line["onclose"] = null;
  sent: { op: string; key?: string }[] = [];
  isClosed = false;
  send(data: string): void {
    this.sent.push(JSON.parse(data) as { op: string });
  }
  close(): void {
    this.isClosed = true;
  }
  say(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

type Run = (lock: Lock | null) => unknown;
type Waiting = [name: string, run: Run, resolve: (value: unknown) => void];

/** Locks as browsers have them: one holder for each name, the others in the order in which they came. */
class FakeLocks {
  readonly #held = new Set<string>();
  readonly #queue: Waiting[] = [];
  request = (async (name: string, { ifAvailable, signal }: LockOptions, run: Run) => {
    await Promise.resolve();
    if (ifAvailable && this.#held.has(name)) return run(null);
    return new Promise<unknown>((resolve, reject) => {
      this.#queue.push([name, run, resolve]);
      signal?.addEventListener("abort", () => {
        const at = this.#queue.findIndex((each) => each[2] === resolve);
        if (at < 0) return;
        this.#queue.splice(at, 1);
        reject(new DOMException("", "AbortError"));
      });
      void this.#grant();
    });
  }) as unknown as LockManager["request"];

  async #grant(): Promise<void> {
    await Promise.resolve();
    const at = this.#queue.findIndex(([name]) => !this.#held.has(name));
    if (at < 0) return;
    const [name, run, resolve] = this.#queue.splice(at, 1)[0]!;
    this.#held.add(name);
    void this.#grant();
    await run({ name, mode: "exclusive" });
    this.#held.delete(name);
    resolve(undefined);
    void this.#grant();
  }
}

let sockets: FakeSocket[];
let channels: { onmessage: ((event: { data: unknown }) => void) | null }[];
let locks: FakeLocks;
let lines: SharedLine[];

/** A tab with a line; what it hears, and the code with which it was closed. */
function tab(socket?: FakeSocket, heartbeatMs: number | (() => number) = 0) {
  const id = `tab ${channels.length}`;
  const channel = {
    name: "embedcomments:server",
    onmessage: null as ((event: { data: unknown }) => void) | null,
    postMessage: (data: unknown) => [...channels].filter((each) => each !== channel).forEach((each) => each.onmessage?.({ data: structuredClone(data) })),
    close: () => (channels = channels.filter((each) => each !== channel)),
  };
  channels.push(channel);
  const open = () => {
    sockets.push(new FakeSocket());
    return sockets.at(-1)!;
  };
  const line = new SharedLine("ws://server", { open, locks, channel: channel as unknown as BroadcastChannel, id }, socket, typeof heartbeatMs === "number" ? () => heartbeatMs : heartbeatMs);
  const heard: string[] = [];
  const codes: number[] = [];
  line.onmessage = ({ data }) => heard.push((JSON.parse(data) as { op: string }).op);
  line.onclose = ({ code }) => codes.push(code);
  lines.push(line);
  const say = (frame: object) => line.send(JSON.stringify(frame));
  return { line, heard, codes, say };
}
const settle = () => vi.advanceTimersByTimeAsync(0);
const sub = (key = "k") => ({ op: "sub", site: "default", key, cursor: "1.a.1", token: null });

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  channels = [];
  lines = [];
  locks = new FakeLocks();
});
afterEach(() => {
  lines.forEach((line) => line.close());
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe("the line of a tab", () => {
  it("keeps the socket that is there where the tab leads, and says hello again", async () => {
    const socket = new FakeSocket();
    const { heard } = tab(socket, 25_000);
    await settle();
    expect([sockets.length, socket.isClosed, heard]).toEqual([0, false, ["hello"]]);
  });

  it("passes hello on to others if it came before the lock was had", async () => {
    const socket = new FakeSocket();
    let heartbeatMs = 0;
    const first = tab(socket, () => heartbeatMs);
    socket.say({ op: "hello", heartbeat_s: 25 });
    heartbeatMs = 25_000;
    await settle();
    const second = tab(new FakeSocket(), 25_000);
    await settle();
    expect([first.heard, second.heard]).toEqual([["hello", "hello"], ["hello"]]);
  });

  it("gives its socket up where another tab leads", async () => {
    const first = tab();
    await settle();
    sockets[0]!.say({ op: "hello", heartbeat_s: 25 });
    const socket = new FakeSocket();
    const second = tab(socket, 25_000);
    await settle();
    expect(socket.isClosed).toBe(true);
    second.say(sub());
    expect(sockets[0]!.sent).toEqual([sub()]);
    expect([first.heard, second.heard, sockets.length]).toEqual([["hello"], ["hello"], 1]);
  });

  it("takes over when the tab that leads lets go", async () => {
    const first = tab();
    const second = tab();
    await settle();
    first.line.close(1000);
    await settle();
    expect([sockets.length, sockets[0]!.isClosed]).toEqual([2, true]);
    sockets[1]!.say({ op: "hello" });
    expect([second.heard, second.codes]).toEqual([["hello"], []]);
  });

  it("is closed as the socket is", async () => {
    const [first, second] = [tab(), tab()];
    await settle();
    sockets[0]!.onclose!({ code: 1012 });
    await settle();
    expect([first.codes, second.codes, sockets.length]).toEqual([[1012], [1012], 1]);
  });

  it("waits for a socket that is slow, but not for a tab that does not answer", async () => {
    const slow = tab();
    const second = tab();
    await vi.advanceTimersByTimeAsync(ANSWER_MS * 2);
    expect(sockets).toHaveLength(1);
    second.line.close();
    slow.line.close();
    void locks.request("embedcomments:server", {}, () => new Promise(() => {}));
    await settle();
    const alone = tab();
    await vi.advanceTimersByTimeAsync(ANSWER_MS);
    expect(sockets).toHaveLength(2);
    sockets[1]!.say({ op: "hello" });
    alone.say(sub());
    expect([alone.heard, sockets[1]!.sent]).toEqual([["hello"], [sub()]]);
  });

  it("has a socket of its own where the one of all watches as many threads as it may", async () => {
    const first = tab();
    const second = tab();
    await settle();
    sockets[0]!.say({ op: "hello" });
    for (let i = 0; i < MOST_THREADS; i++) first.say(sub(`thread ${i}`));
    second.say(sub("one more"));
    expect(sockets).toHaveLength(2);
    sockets[1]!.say({ op: "hello" });
    expect(second.heard).toEqual(["hello", "hello"]);
  });

  it("is forgotten by the tab that leads when its tab is gone", async () => {
    tab();
    const second = tab();
    await settle();
    sockets[0]!.say({ op: "hello" });
    second.say(sub());
    second.line.close();
    await settle();
    expect(sockets[0]!.sent.map(({ op }) => op)).toEqual(["sub", "unsub"]);
  });
});
