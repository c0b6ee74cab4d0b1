import { describe, expect, it } from "vitest";
import { named } from "../src/compose/emoji";
import { entered, format, pasted, type Edit, type Mark } from "../src/compose/formatting";

/** A text in which [ and ] stand for the ends of the selection, or | for a cursor. */
function read(text: string): [string, number, number] {
  const start = text.search(/[[|]/);
  const end = text.includes("|") ? start : text.indexOf("]") - 1;
  return [text.replace(/[[\]|]/g, ""), start, end];
}
/** The text after an edit, in the same writing but for brackets of its own: these are « and ». */
function after(value: string, edit: Edit | null): string | null {
  if (!edit) return null;
  const text = value.slice(0, edit.from) + edit.text + value.slice(edit.to);
  const { start, end } = edit;
  return start === end ? `${text.slice(0, start)}|${text.slice(start)}` : `${text.slice(0, start)}«${text.slice(start, end)}»${text.slice(end)}`;
}
const done = (text: string, mark: Mark) => {
  const [value, start, end] = read(text);
  return after(value, format(value, start, end, mark));
};

describe("a mark", () => {
  it.each([
    ["a [word] here", "bold", "a **«word»** here"],
    ["a **[word]** here", "bold", "a «word» here"],
    ["a [word ]here", "italic", "a *«word»* here"],
    ["a *[word]* here", "italic", "a «word» here"],
    ["a **[word]** here", "italic", "a ***«word»*** here"],
    ["a ***[word]*** here", "italic", "a **«word»** here"],
    ["|", "bold", "**|**"],
    ["x [f(y)] z", "code", "x `«f(y)»` z"],
    ["[one\ntwo]", "code", "```\n«one\ntwo»\n```"],
    ["see [this] page", "addLink", "see [this](«https://») page"],
    ["see |", "addLink", "see [|](https://)"],
    ["see [https://a.example]", "addLink", "see [|](https://a.example)"],
    ["one\n[two\nthree]\nfour", "quote", "one\n«> two\n> three»\nfour"],
    ["[> two\n> three]", "quote", "«two\nthree»"],
    ["one\ntw|o", "list", "one\n- two|"],
    ["- tw|o", "list", "two|"],
    ["|", "quote", "> |"],
  ] as [string, Mark, string][])("%j, %s", (text, mark, wanted) => expect(done(text, mark)).toBe(wanted));
});

describe("Enter", () => {
  const enter = (text: string) => {
    const [value, start, end] = read(text);
    return after(value, entered(value, start, end));
  };
  it.each([
    ["- one|", "- one\n- |"],
    ["  * one|", "  * one\n  * |"],
    ["9. nine|", "9. nine\n10. |"],
    ["1) one|", "1) one\n2) |"],
    ["> said|", "> said\n> |"],
    ["- one\n- |", "- one\n|"],
    ["- |one", "- \n- |one"],
    ["plain|", null],
    ["-none|", null],
    ["- [one]", null],
    ["99999999999. x|", null],
  ])("%j", (text, wanted) => expect(enter(text)).toBe(wanted));
});

describe("pasting", () => {
  const paste = (text: string, clip: string) => {
    const [value, start, end] = read(text);
    return after(value, pasted(value, start, end, clip));
  };
  it.each([
    ["see [this] page", " https://a.example/b?c=d ", "see [this](https://a.example/b?c=d)| page"],
    ["see [this]", "javascript:alert(1)", null],
    ["see [this]", "https://a.example and more", null],
    ["see |", "https://a.example", null],
    ["[https://b.example]", "https://a.example", null],
    ["[one\ntwo]", "https://a.example", null],
  ])("%j, %j", (text, clip, wanted) => expect(paste(text, clip)).toBe(wanted));
});

describe("a name between colons", () => {
  const type = (text: string) => {
    const [value, , end] = read(text);
    return after(value, named(value, end));
  };
  it.each([
    ["well :smile:|", "well 😄|"],
    [":+1:| and more", "👍| and more"],
    ["one\n:tada:|", "one\n🎉|"],
    ["(:heart:|", "(❤️|"],
    [":nonsense:|", null],
    ["10:30:|", null],
    ["std::smile:|", null],
    ["`:smile:|", null],
    ["`a` :smile:|", "`a` 😄|"],
    [":constructor:|", null],
  ])("%j", (text, wanted) => expect(type(text)).toBe(wanted));
});
