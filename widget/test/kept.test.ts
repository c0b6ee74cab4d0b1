import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { all, find, isDue, store, type Waiting } from "../src/outbox/kept";

const waiting = (key: string, rest: Partial<Waiting> = {}): Waiting => ({
  key,
  url: "https://s/api/v1/sites/default/comments",
  body: { thread: { key: "k" }, parent_id: null, author: {}, text: key, extensions: {} },
  at: Date.now(),
  ...rest,
});

beforeEach(() => localStorage.clear());
afterEach(() => vi.unstubAllGlobals());

it("keeps what waits in its order, changes it in its place and lets it go", () => {
  for (const key of ["a", "b", "c"]) expect(store(key, waiting(key))).toBe(true);
  store("b", waiting("d"));
  expect(all().map(({ key }) => key)).toEqual(["a", "d", "c"]);
  store("b");
  store("d");
  expect(find("d")).toBeUndefined();
  store("a");
  store("c");
  expect(localStorage).toHaveLength(0);
});

it("keeps twenty, and says so when there is no room", () => {
  const kept = Array.from({ length: 21 }, (_, n) => store(`${n}`, waiting(`${n}`)));
  expect(kept).toEqual([...Array<boolean>(20).fill(true), false]);
});

it("says so when the page forbids storage", () => {
  vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => { throw new DOMException("full", "QuotaExceededError"); } });
  expect(store("a", waiting("a"))).toBe(false);
});

it("passes over what is none of ours", () => {
  for (const odd of ['{"a":1}', "[null,7,{}]", '"x"', "nonsense"]) {
    localStorage["embedcomments:outbox"] = odd;
    expect(all()).toEqual([]);
  }
});

it("goes by itself for six days, by whatever clock, and not after a refusal", () => {
  const now = Date.now();
  const day = 86_400_000;
  expect(isDue(waiting("a", { at: now - 5 * day }), now)).toBe(true);
  expect(isDue(waiting("a", { at: now - 7 * day }), now)).toBe(false);
  expect(isDue(waiting("a", { at: now + 7 * day }), now)).toBe(false);
  expect(isDue(waiting("a", { refused: { code: "rejected", detail: "", status: 422, retryAfter: 0 } }), now)).toBe(false);
});
