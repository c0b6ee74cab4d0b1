import { afterEach, describe, expect, expectTypeOf, it, vi } from "vitest";
import type { SlotApi, SlotFill, SlotHandle, SlotProps, WidgetPlugin } from "../embedcomments";
import { Box } from "../src/slots/box";
import { comment } from "./make";

const api: SlotApi = { request: () => Promise.reject(new Error("none")), announce: () => {}, refresh: () => Promise.resolve() };
const props = (data: unknown, rest: Partial<SlotProps> = {}): SlotProps => ({ server: "", site: "s", key: "k", lang: "en", config: undefined, data, ...rest });
const settled = () => new Promise((resolve) => setTimeout(resolve));

function stand(fill: SlotFill): Box {
  const box = new Box("sample", fill, api);
  document.body.append(box.element);
  return box;
}
afterEach(() => document.body.replaceChildren());

describe("a box", () => {
  it("takes away what a slow fill made after the box had left", async () => {
    const remove = vi.fn();
    let arrive: (handle: SlotHandle) => void = () => {};
    const box = stand(() => new Promise<SlotHandle>((resolve) => (arrive = resolve)));
    box.show(props(1));
    box.leave();
    arrive({ remove });
    await settled();
    expect(remove).toHaveBeenCalledTimes(1);
  });

  it("keeps of two slow fills the one for the newest props", async () => {
    const arrivals: ((handle: SlotHandle) => void)[] = [];
    const removes = [vi.fn(), vi.fn()];
    const box = stand(() => new Promise<SlotHandle>((resolve) => arrivals.push(resolve)));
    box.show(props(1));
    box.show(props(2));
    arrivals[1]!({ remove: removes[1]! });
    arrivals[0]!({ remove: removes[0]! });
    await settled();
    expect(removes.map((remove) => remove.mock.calls.length)).toEqual([1, 0]);
    box.leave();
    expect(removes.map((remove) => remove.mock.calls.length)).toEqual([1, 1]);
  });

  it("reports a slow fill that fails after another came, and leaves the other's work alone", async () => {
    const shout = vi.spyOn(console, "error").mockImplementation(() => {});
    let fail: (error: Error) => void = () => {};
    const box = stand((element, { data }) => {
      if (data === 2) element.append("two");
      else return new Promise((_, reject) => (fail = reject));
    });
    box.show(props(1));
    box.show(props(2));
    fail(new Error("ouch"));
    await settled();
    expect(document.body.textContent).toBe("two");
    expect(shout).toHaveBeenCalledTimes(1);
  });

  it("leaves once, whoever asks how often", () => {
    const remove = vi.fn();
    const box = stand(() => remove);
    box.show(props(1));
    box.leave();
    box.leave();
    expect(remove).toHaveBeenCalledTimes(1);
  });

  it("calls what it was given with its own object", () => {
    class Part {
      told: unknown[] = [];
      update({ data }: SlotProps): void {
        this.told.push(data);
      }
      remove(): void {
        this.told.push("gone");
      }
    }
    const part = new Part();
    const box = stand(() => part);
    box.show(props(1));
    box.show(props(2));
    box.leave();
    expect(part.told).toEqual([2, "gone"]);
  });

  it.each([
    ["its data", props({ n: 1 }, { comment: comment("a") }), true],
    ["its configuration", props({ n: 0 }, { comment: comment("a"), config: 1 }), true],
    ["the comment's rev", props({ n: 0 }, { comment: comment("a", null, { rev: 2 }) }), true],
    ["the comment's state", props({ n: 0 }, { comment: comment("a", null, { state: "held" }) }), true],
    ["another object with the same in it", props({ n: 0 }, { comment: comment("a") }), false],
    ["the number of answers", props({ n: 0 }, { comment: comment("a", null, { reply_count: 3 }) }), false],
    ["another plugin's data", props({ n: 0 }, { comment: comment("a", null, { extensions: { other: 1 } }) }), false],
  ])("is told of %s: %#", (_, next, isTold) => {
    const update = vi.fn();
    const box = stand(() => ({ update }));
    box.show(props({ n: 0 }, { comment: comment("a") }));
    box.show(next);
    expect(update).toHaveBeenCalledTimes(isTold ? 1 : 0);
  });
});

/** What authors write, checked by tsc. */
it("the types take every way to fill a slot", () => {
  const plugin: WidgetPlugin<{ colour: string }> = {
    name: "sample",
    api: 1,
    slots: {
      "thread.header": () => {},
      "thread.footer": () => () => {},
      "comment.header": async () => {},
      "comment.footer": (_element, { config }) => ({
        update(props) {
          expectTypeOf(props.config).toEqualTypeOf(config);
        },
      }),
      "comment.menu": () => Object.assign(() => {}, { update() {} }),
      "form.fields": () => Promise.resolve({ remove() {} }),
    },
    beforeSubmit: ({ text }) => (text ? { extensions: { length: text.length } } : { error: "Write something." }),
  };
  expectTypeOf<SlotHandle["update"]>().toBeNullable();
  expect(plugin.api).toBe(1);
});
