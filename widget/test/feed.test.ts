import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Feed, type Line } from "../src/live/feed";
import type { Watcher } from "../src/live/subscription";

class FakeSocket {
  onmessage?: (event: { data: string }) => void;
  onclose?: (event: { code: number }) => void;
  sent: { op: string; key?: string }[] = [];
  closed = false;
  send(data: string): void {
    this.sent.push(JSON.parse(data) as { op: string });
  }
  close(): void {
    this.closed = true;
  }
  say(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

let sockets: FakeSocket[];
let isHidden: boolean;
let refreshes: number;
let feed: Feed;
const watcher = (key = "k"): Watcher => ({
  site: "default",
  key,
  cursor: "1.a.1",
  token: () => undefined,
  apply() {},
  present() {},
  async refresh() {
    refreshes++;
  },
});
const socket = () => sockets.at(-1)!;

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  isHidden = false;
  refreshes = 0;
  feed = new Feed("ws://server/feed", {
    open() {
      sockets.push(new FakeSocket());
      return socket() as unknown as Line;
    },
    random: () => 0.5,
    isHidden: () => isHidden,
  });
});
afterEach(() => vi.useRealTimers());

describe("the feed", () => {
  it("subscribes every thread over one socket once the server says hello", () => {
    feed.join(watcher("a"));
    feed.join(watcher("b"));
    expect(sockets).toHaveLength(1);
    expect(socket().sent).toEqual([]);
    socket().say({ op: "hello", heartbeat_s: 25 });
    expect(socket().sent.map(({ op, key }) => [op, key])).toEqual([["sub", "a"], ["sub", "b"]]);
  });

  it("answers a ping, and takes silence for a loss", () => {
    feed.join(watcher());
    socket().say({ op: "hello", heartbeat_s: 10 });
    socket().say({ op: "ping" });
    expect(socket().sent.at(-1)).toEqual({ op: "pong" });
    vi.advanceTimersByTime(20_001);
    expect(socket().closed).toBe(true);
    vi.advanceTimersByTime(20_000);
    expect(sockets).toHaveLength(2);
  });

  it("stays away for 5 to 30 s after a restart", () => {
    feed.join(watcher());
    socket().say({ op: "hello" });
    socket().say({ op: "bye", code: 1012, retry_s: 8 });
    socket().onclose!({ code: 1012 });
    vi.advanceTimersByTime(8000 + 12_499);
    expect(sockets).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(sockets).toHaveLength(2);
  });

  it("does not return to a server that does not serve this site", () => {
    feed.join(watcher());
    socket().onclose!({ code: 4403 });
    vi.advanceTimersByTime(600_000);
    expect(sockets).toHaveLength(1);
  });

  it("returns at once when it was too slow to read", () => {
    feed.join(watcher());
    socket().say({ op: "hello" });
    socket().onclose!({ code: 4408 });
    vi.advanceTimersByTime(0);
    expect(sockets).toHaveLength(2);
  });

  it("polls when no socket can be had, and stops when one can", async () => {
    feed.join(watcher());
    for (let i = 0; i < 3; i++) {
      socket().onclose!({ code: 1006 });
      await vi.advanceTimersByTimeAsync(10_000);
    }
    await vi.advanceTimersByTimeAsync(30_000);
    expect(refreshes).toBeGreaterThan(0);
    socket().say({ op: "hello" });
    const before = refreshes;
    await vi.advanceTimersByTimeAsync(120_000);
    expect(refreshes).toBe(before);
  });

  it("holds no socket and no timer in a hidden tab", () => {
    feed.join(watcher());
    socket().say({ op: "hello", heartbeat_s: 25 });
    isHidden = true;
    feed.rest();
    expect(socket().closed).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
    isHidden = false;
    feed.wake();
    expect(sockets).toHaveLength(2);
  });

  it("lets go of the socket with the last thread", () => {
    const first = watcher("a");
    const second = watcher("b");
    feed.join(first);
    feed.join(second);
    socket().say({ op: "hello" });
    feed.leave(first);
    expect(socket().closed).toBe(false);
    feed.leave(second);
    expect(socket().closed).toBe(true);
  });
});
