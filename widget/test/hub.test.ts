import { beforeEach, describe, expect, it } from "vitest";
import { Hub, MOST_THREADS } from "../src/tabs/hub";

interface Said {
  op: string;
  key?: string;
  cursor?: string | null;
  token?: string | null;
}

let sent: Said[];
let told: [tab: string | undefined, frame: Said & { seq?: number; resumed?: boolean; watching?: number }][];
let refused: string[];
let hub: Hub;

beforeEach(() => {
  sent = [];
  told = [];
  refused = [];
  hub = new Hub({
    send: (frame) => sent.push(frame as Said),
    tell: (tab, data) => told.push([tab, JSON.parse(data) as Said]),
    refuse: (tab) => refused.push(tab),
  });
});

const sub = (tab: string, cursor: string | null, { key = "k", token = null as string | null } = {}) =>
  hub.hear(tab, JSON.stringify({ op: "sub", site: "default", key, cursor, token }));
const take = (frame: object) => hub.take(JSON.stringify({ site: "default", key: "k", ...frame }));
const event = (seq: number) => take({ op: "new", seq, cursor: `1.a.${seq}` });
const asked = () => sent.filter(({ op }) => op === "sub").map(({ cursor }) => cursor);
/** Which events each of two tabs was given, in order. */
const givenTo = (tab: string) => told.filter(([to, { seq }]) => (!to || to === tab) && seq).map(([, { seq }]) => seq);
const answersTo = (tab: string) => told.filter(([to, { op }]) => to === tab && op === "ok").length;

describe("many tabs on one socket", () => {
  it("ask the server once when they are at the same place", () => {
    sub("a", "1.a.5");
    sub("b", "1.a.5");
    take({ op: "ok", resumed: true, cursor: "1.a.5", watching: 3 });
    event(6);
    sub("c", "1.a.6");
    event(7);
    expect(asked()).toEqual(["1.a.5"]);
    expect([answersTo("a"), answersTo("b"), answersTo("c")]).toEqual([1, 1, 1]);
    expect(told.at(-2)![1]).toMatchObject({ op: "ok", resumed: true, cursor: "1.a.6", watching: 3 });
    expect([givenTo("a"), givenTo("b")]).toEqual([[6, 7], [6, 7]]);
  });

  it("give to one that is behind what it missed, and to the others what came meanwhile", () => {
    sub("a", "1.a.5");
    take({ op: "ok", resumed: true, cursor: "1.a.5" });
    event(6);
    sub("b", "1.a.3");
    expect(asked()).toEqual(["1.a.5", "1.a.3"]);
    take({ op: "ok", resumed: true, cursor: "1.a.3" });
    for (const seq of [4, 5, 6, 7]) event(seq);
    expect(asked().at(-1)).toBe("1.a.6");
    take({ op: "ok", resumed: true, cursor: "1.a.6" });
    for (const seq of [7, 8]) event(seq);
    expect(givenTo("a")).toEqual([6, 7, 8]);
    expect(givenTo("b").slice(1)).toEqual([4, 5, 6, 7, 7, 8]);
  });

  it("lose nothing to one that is ahead", () => {
    sub("a", "1.a.5");
    take({ op: "ok", resumed: true, cursor: "1.a.5" });
    sub("b", "1.a.7");
    take({ op: "ok", resumed: true, cursor: "1.a.7" });
    event(8);
    take({ op: "ok", resumed: true, cursor: "1.a.5" });
    for (const seq of [6, 7, 8]) event(seq);
    expect(givenTo("a")).toEqual([6, 7, 8]);
    expect(givenTo("b")).toEqual([8, 6, 7, 8]);
    expect(asked()).toEqual(["1.a.5", "1.a.7", "1.a.5"]);
  });

  it("ask one after the other, since the server answers only the last", () => {
    sub("a", "1.a.5");
    sub("b", "1.a.3");
    sub("c", "1.a.4");
    expect(asked()).toEqual(["1.a.5"]);
    take({ op: "ok", resumed: true, cursor: "1.a.5" });
    take({ op: "ok", resumed: true, cursor: "1.a.3" });
    take({ op: "ok", resumed: true, cursor: "1.a.4" });
    take({ op: "ok", resumed: true, cursor: "1.a.5" });
    expect(asked()).toEqual(["1.a.5", "1.a.3", "1.a.4", "1.a.5"]);
    expect([answersTo("a"), answersTo("b"), answersTo("c")]).toEqual([1, 1, 1]);
  });

  it("are sent to the thread itself only where the server cannot resume", () => {
    sub("a", "1.a.500");
    take({ op: "ok", resumed: true, cursor: "1.a.500" });
    sub("b", "1.a.3");
    take({ op: "reset" });
    expect(told.at(-1)).toMatchObject(["b", { op: "reset" }]);
    expect(asked().at(-1)).toBe("1.a.500");
    take({ op: "ok", resumed: true, cursor: "1.a.500" });
    take({ op: "reset" });
    expect(told.at(-1)).toMatchObject([undefined, { op: "reset" }]);
    sub("a", "2.b.1");
    expect(asked().at(-1)).toBe("2.b.1");
  });

  it("are known as their reader as soon as one of them can prove it", () => {
    sub("a", "1.a.5");
    take({ op: "ok", resumed: true, cursor: "1.a.5" });
    sub("b", "1.a.5", { token: "t" });
    take({ op: "ok", resumed: true, cursor: "1.a.5" });
    sub("c", "1.a.5");
    expect(sent.map(({ token }) => token)).toEqual([null, "t", "t"]);
  });

  it("are waited for until the last of a thread is gone", () => {
    sub("a", "1.a.5");
    sub("b", "1.a.5");
    sub("b", "1.b.1", { key: "other" });
    hub.leave("a");
    expect(sent.at(-1)!.op).toBe("sub");
    hub.hear("b", JSON.stringify({ op: "unsub", site: "default", key: "k" }));
    hub.leave("b");
    expect(sent.slice(-2).map(({ op, key }) => [op, key])).toEqual([["unsub", "k"], ["unsub", "other"]]);
  });

  it("watch no more threads than the server allows", () => {
    for (let i = 0; i <= MOST_THREADS; i++) sub(`tab ${i}`, null, { key: `thread ${i}` });
    expect(refused).toEqual([`tab ${MOST_THREADS}`]);
    expect(sent).toHaveLength(MOST_THREADS);
  });

  it("answer a ping once, and hear of it as a sign of life", () => {
    hub.take('{"op":"ping"}');
    for (const tab of ["a", "b"]) hub.hear(tab, '{"op":"pong"}');
    expect(sent).toEqual([{ op: "pong" }]);
    expect(told).toEqual([[undefined, { op: "ping" }]]);
  });

  it("pass nothing on that the server would not understand", () => {
    for (const data of ["", "{", "null", "7", '{"op":"sub"}', '{"op":"sub","site":1,"key":"k","cursor":null,"token":null}', '{"op":"typing"}', '{"op":"post"}']) hub.hear("a", data);
    expect(sent).toEqual([]);
  });
});
