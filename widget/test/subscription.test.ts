import { beforeEach, describe, expect, it } from "vitest";
import { Subscription, type ThreadFrame, type Watcher } from "../src/live/subscription";

let applied: number[];
let sent: { op: string; cursor: string | null }[];
let refreshes: number;
let watcher: Watcher;
let subscription: Subscription;

const event = (seq: number, op = "new"): ThreadFrame => ({ op, seq, cursor: `1.a.${seq}` });

beforeEach(() => {
  applied = [];
  sent = [];
  refreshes = 0;
  watcher = {
    site: "default",
    key: "k",
    cursor: "1.a.5",
    token: () => undefined,
    apply: (frame) => applied.push(frame.seq!),
    present() {},
    async refresh() {
      refreshes++;
      watcher.cursor = "2.b.100";
    },
  };
  subscription = new Subscription(watcher, (frame) => sent.push(frame as (typeof sent)[0]));
  subscription.ask();
  subscription.take({ op: "ok", resumed: true, cursor: "1.a.5" });
});

describe("the client's rule", () => {
  it("applies what follows and drops what was", () => {
    for (const seq of [6, 7, 6, 7, 8]) subscription.take(event(seq));
    expect(applied).toEqual([6, 7, 8]);
    expect(watcher.cursor).toBe("1.a.8");
  });

  it("asks again from the last cursor when a number is missing, and waits for the answer", () => {
    subscription.take(event(6));
    subscription.take(event(8));
    subscription.take(event(9));
    expect(applied).toEqual([6]);
    expect(sent.map(({ cursor }) => cursor)).toEqual(["1.a.5", "1.a.6"]);
    subscription.take({ op: "ok", resumed: true, cursor: "1.a.9" });
    for (const seq of [7, 8, 9]) subscription.take(event(seq));
    expect(applied).toEqual([6, 7, 8, 9]);
  });

  it("counts a skipped event without showing it", () => {
    subscription.take(event(6, "skip"));
    subscription.take(event(7));
    expect(applied).toEqual([7]);
  });

  it("fetches the thread again on reset, and subscribes with its cursor", async () => {
    subscription.take(event(6));
    subscription.take({ op: "reset" });
    await Promise.resolve();
    await Promise.resolve();
    expect(refreshes).toBe(1);
    expect(sent.at(-1)!.cursor).toBe("2.b.100");
    subscription.take({ op: "ok", resumed: true, cursor: "2.b.100" });
    subscription.take(event(101));
    expect(applied).toEqual([6, 101]);
  });

  it("counts from the cursor of a thread that was fetched again, and does not ask for ever", () => {
    subscription.take(event(6));
    // Somebody fetched the thread while the socket was away; it is ahead of the last event.
    watcher.cursor = "1.a.9";
    subscription.ask();
    subscription.take({ op: "ok", resumed: true, cursor: "1.a.9" });
    subscription.take(event(10));
    expect(applied).toEqual([6, 10]);
    expect(sent.length).toBe(2);
  });

  it("takes again what came while the thread was fetched, since that may be older", () => {
    subscription.take(event(6));
    subscription.take(event(7, "remove"));
    watcher.cursor = "1.a.6";
    subscription.renewed();
    expect(sent.at(-1)!.cursor).toBe("1.a.6");
    subscription.take({ op: "ok", resumed: true, cursor: "1.a.7" });
    subscription.take(event(7, "remove"));
    expect(applied).toEqual([6, 7, 7]);
    subscription.renewed();
    expect(sent.length).toBe(2);
  });

  it("fetches the thread when the server could not resume", () => {
    subscription.ask();
    subscription.take({ op: "ok", resumed: false, cursor: "3.c.1" });
    expect(refreshes).toBe(1);
  });
});
