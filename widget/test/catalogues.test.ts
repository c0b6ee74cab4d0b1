import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LANGUAGES } from "../src/languages/choice";
import { en } from "../src/languages/en";
import { enReaching } from "../src/languages/en-reaching";
import { enWriting } from "../src/languages/en-writing";
import { Strings, type Catalogue } from "../src/languages/strings";

const english: Catalogue = { ...en, ...enReaching, ...enWriting };
const folder = "src/languages/catalogues";
const load = async (language: string) => ((await import(`../src/languages/catalogues/${language}.ts`)) as { words: Catalogue }).words;
const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

it("has a catalogue for each language it offers, and offers each it has", () => {
  expect(readdirSync(folder).map((file) => file.replace(".ts", "")).sort()).toEqual([...LANGUAGES].sort());
});

it("says nothing that no catalogue knows", () => {
  const source = ["src/views", "src/compose", "src/reach", "src/live", "src"]
    .flatMap((dir) => readdirSync(dir).filter((file) => file.endsWith(".ts")).map((file) => readFileSync(`${dir}/${file}`, "utf8")))
    .join("\n");
  const used = [...source.matchAll(/\bt\(\s*"(\w+)"/g)].map((match) => match[1]!);
  expect(used.length).toBeGreaterThan(40);
  expect(used.filter((key) => !(key in english))).toEqual([]);
});

describe.each(LANGUAGES)("%s", (language) => {
  it("has every sentence, with the same values in it", async () => {
    const words = await load(language);
    expect(Object.keys(words).sort()).toEqual(Object.keys(english).sort());
    for (const [key, entry] of Object.entries(english)) {
      const theirs = words[key]!;
      expect(typeof theirs, key).toBe(typeof entry);
      const ours = placeholders(typeof entry === "string" ? entry : entry.other);
      for (const form of typeof theirs === "string" ? [theirs] : Object.values(theirs)) expect(placeholders(form), key).toEqual(ours);
    }
  });

  it("has exactly the plural forms of the language", async () => {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories.sort();
    for (const [key, entry] of Object.entries(await load(language))) {
      if (typeof entry !== "string") expect(Object.keys(entry).sort(), key).toEqual(forms);
    }
  });
});

describe("strings", () => {
  it("choose the plural form and write numbers as the language does", async () => {
    const russian = new Strings("ru", await load("ru"));
    expect([1, 3, 5, 21].map((n) => russian.t("count", { n }))).toEqual(["1 комментарий", "3 комментария", "5 комментариев", "21 комментарий"]);
    expect(new Strings("fa", await load("fa")).t("count", { n: 12 })).toBe("۱۲ دیدگاه");
  });

  it("tell times relative to now, and a time to come as now", () => {
    const strings = new Strings("en");
    const now = Date.parse("2026-11-23T12:00:00Z");
    const ago = (seconds: number) => strings.ago(new Date(now - seconds * 1000).toISOString(), now);
    expect([10, 60, 3 * 3600, 86400, 40 * 86400, -500].map(ago)).toEqual(["just now", "1 minute ago", "3 hours ago", "yesterday", "last month", "just now"]);
  });
});
