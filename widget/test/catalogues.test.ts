import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LANGUAGES, chooseLanguage } from "../src/languages/choice";
import { en } from "../src/languages/en";
import { enFinding } from "../src/languages/en-finding";
import { enMentioning } from "../src/languages/en-mentioning";
import { enReaching } from "../src/languages/en-reaching";
import { enReading } from "../src/languages/en-reading";
import { enResting } from "../src/languages/en-resting";
import { enSlots } from "../src/languages/en-slots";
import { enWriting } from "../src/languages/en-writing";
import { ownTimes, timesIn, type OwnTimes } from "../src/languages/own-times";
import { Strings, type Catalogue } from "../src/languages/strings";

const english: Catalogue = { ...en, ...enFinding, ...enMentioning, ...enReaching, ...enReading, ...enResting, ...enSlots, ...enWriting };
const folder = "src/languages/catalogues";
const CATALOGUES = readdirSync(folder).map((file) => file.replace(".ts", ""));
const load = async (language: string) => ((await import(`../src/languages/catalogues/${language}.ts`)) as { words: Catalogue }).words;
const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

it("has a catalogue for each language it offers, and offers each it has", () => {
  document.documentElement.lang = "en";
  expect(LANGUAGES.length).toBeGreaterThan(30);
  expect([...LANGUAGES, "zh-Hant"].map(chooseLanguage).sort()).toEqual(["en", ...CATALOGUES].sort());
});

it("says nothing that no catalogue knows", () => {
  const source = ["src/views", "src/compose", "src/mention", "src/reach", "src/read", "src/live", "src/rest", "src/outbox", "src"]
    .flatMap((dir) => readdirSync(dir).filter((file) => file.endsWith(".ts")).map((file) => readFileSync(`${dir}/${file}`, "utf8")))
    .join("\n");
  const used = [...source.matchAll(/\bt\(\s*"(\w+)"/g)].map((match) => match[1]!);
  expect(used.length).toBeGreaterThan(40);
  expect(used.filter((key) => !(key in english))).toEqual([]);
});

describe.each(CATALOGUES)("%s", (language) => {
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

  it("calls the button for answers by the word that stands on it, since those who speak to their computer say that", async () => {
    const { reply, replyTo } = (await load(language)) as { reply: string; replyTo: string };
    const isInWords = !["ja", "ko"].includes(language);
    expect(replyTo).toMatch(new RegExp(`${isInWords ? "(?<!\\p{L})" : ""}${reply}`, "iu"));
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

it("tells times in English as Intl does, without it", () => {
  const [ours, theirs] = [new Strings("en"), new Strings("en", {}, {})];
  const now = Date.parse("2026-11-23T12:00:00Z");
  for (const minutes of [1, 2, 59, 60, 180, 1440, 4 * 1440, 7 * 1440, 20 * 1440, 31 * 1440, 90 * 1440, 366 * 1440, 3000 * 1440]) {
    const time = new Date(now - minutes * 60_000).toISOString();
    expect(ours.ago(time, now)).toBe(theirs.ago(time, now));
  }
});

describe.each(["hy", "ka"])("times in %s, for browsers that do not speak it", (language) => {
  // Node knows all languages; the words must be those that Intl has.
  it("are told as Intl tells them", async () => {
    const { own } = (await import(`../src/languages/catalogues/${language}.ts`)) as { own: OwnTimes };
    const [ours, theirs] = [new Strings(language, {}, timesIn(own)), new Strings(language, {})];
    const now = Date.parse("2026-11-23T12:00:00Z");
    for (const minutes of [1, 7, 60, 180, 1440, 4 * 1440, 7 * 1440, 20 * 1440, 31 * 1440, 90 * 1440, 366 * 1440, 3000 * 1440]) {
      const time = new Date(now - minutes * 60_000).toISOString();
      expect(ours.ago(time, now)).toBe(theirs.ago(time, now));
      expect(ours.date(time)).toBe(theirs.date(time));
    }
    for (let month = 0; month < 12; month++) {
      const time = new Date(2026, month, 1 + month, 4, 5).toISOString();
      expect(ours.date(time)).toBe(theirs.date(time));
    }
  });

  it("are Intl's own where it speaks the language", async () => {
    const { own } = (await import(`../src/languages/catalogues/${language}.ts`)) as { own: OwnTimes };
    expect(ownTimes(language, own)).toBeUndefined();
    expect(ownTimes("xx", own)).toBeDefined();
  });
});
