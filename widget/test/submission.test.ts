import { describe, expect, it, vi } from "vitest";
import { Attempts, within } from "../src/compose/submission";

describe("an attempt", () => {
  it("repeats its key for the same words, until the server answered", () => {
    const attempts = new Attempts();
    const first = attempts.keyFor({ text: "a" });
    expect(attempts.keyFor({ text: "a" })).toBe(first);
    expect(attempts.keyFor({ text: "b" })).not.toBe(first);
    const second = attempts.keyFor({ text: "b" });
    attempts.forget();
    expect(attempts.keyFor({ text: "b" })).not.toBe(second);
  });
});

describe("a plugin", () => {
  it("that throws or rejects adds nothing and stops nothing", async () => {
    const shout = vi.spyOn(console, "error").mockImplementation(() => {});
    expect(
      await within("bad", () => {
        throw new Error("no");
      }),
    ).toBeUndefined();
    expect(await within("bad", () => Promise.reject(new Error("no")))).toBeUndefined();
    expect(shout).toHaveBeenCalledTimes(2);
  });

  it("that never answers is not waited for", async () => {
    const shout = vi.spyOn(console, "error").mockImplementation(() => {});
    expect(await within("slow", () => new Promise(() => {}), 5)).toBeUndefined();
    expect(shout.mock.calls[0]?.[0]).toBe("embedcomments: plugin slow failed");
  });
});
