import { describe, expect, it } from "vitest";
import { asked, matching, mention, people } from "../src/mention/names";
import { Thread } from "../src/model/thread";
import { comment, snapshot } from "./make";

const by = (name: string | null) => ({ author: { name, url: null, avatar: null, badge: null } });
const at = (text: string) => asked(text.replace("|", ""), text.indexOf("|"));

describe("an @", () => {
  it.each([
    ["@|", 0, ""],
    ["thanks @Ns|", 7, "Ns"],
    ["(@ան|", 1, "ան"],
    ["@Printing Ho| and more", 0, "Printing Ho"],
    ["你好@王|", 2, "王"],
    ["ありがとう＠田|", 5, "田"],
    ["first\n@a|", 6, "a"],
  ])("is written on in %s", (text, from, query) => expect(at(text)).toEqual({ from, query }));

  it.each(["me@example|", "юрий@почта|", "no sign|", "@over\n|", "`@code|", `@${"a".repeat(70)}|`])("is none in %s", (text) => expect(at(text)).toBeNull());
});

describe("the people of a thread", () => {
  it("are named once each, whom one answers first, then who wrote last", () => {
    const thread = new Thread();
    thread.begin(
      snapshot([
        comment("01", null, by("Nshan")),
        comment("02", null, by("Անահիտ")),
        comment("03", null, by(" nshan")),
        comment("04", null, by("Юрий Константинопольский")),
        comment("05", null, by(null)),
        comment("06", null, { ...by("Somewhere else"), kind: "pingback" }),
        comment("07", null, { ...by("Myself") }),
        comment("08", null, { ...by("Held"), state: "held" }),
      ]),
    );
    const isOwn = (id: string) => id === "07";
    expect(people(thread.nodes.values(), null, isOwn)).toEqual(["Юрий Константинопольский", "nshan", "Անահիտ"]);
    expect(people(thread.nodes.values(), thread.nodes.get("02"), isOwn)).toEqual(["Անահիտ", "Юрий Константинопольский", "nshan"]);
  });
});

describe("a name", () => {
  const NAMES = ["Nshan", "Անահիտ Սարգսյան", "Юрий Константинопольский", "مریم", "علي مُحَمَّد", "王小明", "김민수", "Ｆｕｌｌ Width", "Élodie d’Arc", "İsmail", "ÖZGÜR"];
  it.each([
    ["nsh", "Nshan"],
    ["ԱՆԱ", "Անահիտ Սարգսյան"],
    ["սարգ", "Անահիտ Սարգսյան"],
    ["кон", "Юрий Константинопольский"],
    ["юрий к", "Юрий Константинопольский"],
    ["مر", "مریم"],
    ["محمد", "علي مُحَمَّد"],
    ["王小", "王小明"],
    ["小明", "王小明"],
    ["김미", "김민수"],
    ["민ㅅ", "김민수"],
    ["full w", "Ｆｕｌｌ Width"],
    ["ｅｌｏ", "Élodie d’Arc"],
    ["arc", "Élodie d’Arc"],
    ["ism", "İsmail"],
    ["ozg", "ÖZGÜR"],
  ])("is found by %s", (query, name) => expect(matching(NAMES, query)).toEqual([name]));

  it.each(["han", "xyz", "ма", "Nshan ", "明王"])("is not found by %s", (query) => expect(matching(NAMES, query)).toEqual([]));

  it("is one of six at most", () => expect(matching(Array.from({ length: 20 }, (_, i) => `Reader ${i}`), "")).toHaveLength(6));
});

describe("what is written", () => {
  const written = (text: string, name: string) => {
    const value = text.replace("|", "");
    const edit = mention(at(text)!, name, value);
    return `${value.slice(0, edit.from)}${edit.text}|${value.slice(edit.to)}`;
  };
  it.each([
    ["hello @ns|", "Nshan", "hello @Nshan |"],
    ["@print|", "Printing House", "@Printing House |"],
    ["@ns| too", "Nshan", "@Nshan| too"],
    ["你好＠王|", "王小明", "你好@王小明 |"],
    ["@s|", "*star* [a](b) <i>", "@\\*star\\* \\[a\\](b) \\<i\\> |"],
    ["@s|", "snake_case_ `x`", "@snake_case\\_ \\`x\\` |"],
  ])("for %s and %s", (text, name, result) => expect(written(text, name)).toBe(result));

  it("has the cursor behind the blank", () => {
    expect(mention({ from: 0, query: "ns" }, "Nshan", "@ns")).toEqual({ from: 0, to: 3, text: "@Nshan ", start: 7, end: 7 });
    expect(mention({ from: 0, query: "ns" }, "Nshan", "@ns too")).toEqual({ from: 0, to: 3, text: "@Nshan", start: 7, end: 7 });
  });
});
