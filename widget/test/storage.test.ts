import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { setOwn } from "../src/compose/sending";
import { Own } from "../src/own";
import { keep, recall } from "../src/storage";

const entry = { token: "t", key: "k", held: true, until: 0 };

beforeEach(() => localStorage.clear());
afterEach(() => vi.unstubAllGlobals());

describe("storage", () => {
  it("keeps, recalls and forgets", () => {
    keep("a", { x: 1 });
    expect(recall("a")).toEqual({ x: 1 });
    keep("a", undefined);
    expect(localStorage).toHaveLength(0);
  });

  it("is not needed: a page that forbids it breaks nothing", () => {
    vi.stubGlobal("localStorage", {
      getItem: () => {
        throw new DOMException("no", "SecurityError");
      },
      setItem: () => {
        throw new DOMException("full", "QuotaExceededError");
      },
    });
    keep("a", 1);
    expect(recall("a")).toBeUndefined();
    const own = new Own("own:https://s|default");
    setOwn(own, "1", entry);
    expect(own.get("1")).toEqual(entry);
  });
});

describe("the reader's own comments", () => {
  it("stay over reloads, apart by server and site", () => {
    setOwn(new Own("own:https://s|default"), "1", entry);
    expect(new Own("own:https://s|default").ids).toEqual(["1"]);
    expect(new Own("own:https://s|other").ids).toEqual([]);
  });

  it("keep what another tab wrote meanwhile", () => {
    const here = new Own("own:https://s|default");
    const there = new Own("own:https://s|default");
    setOwn(there, "2", entry);
    setOwn(here, "1", entry);
    expect(Object.keys(recall<object>("own:https://s|default")!).sort()).toEqual(["1", "2"]);
  });

  it("prove who writes with the newest token", () => {
    const own = new Own("own:https://s|default");
    setOwn(own, "b", { ...entry, token: "old" });
    setOwn(own, "a", { ...entry, token: "new" });
    expect(own.token).toBe("new");
  });
});
