/** Sentences of the widget in the reader's language. */
import { en } from "./en";

type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** How a language tells times: a catalogue has its own where browsers may not know the language. */
export interface Times {
  /** "3 hours ago" for -3 and "hour", "yesterday" for -1 and "day". */
  relative?: { format(value: number, unit: Intl.RelativeTimeFormatUnit): string };
  absolute?: { format(date: Date): string };
}
export type Catalogue = Readonly<Record<string, string | Forms>>;

/** As Intl tells it, whose first formatter of times costs a phone 80 ms just when the first comment is drawn. */
const english: Times["relative"] = {
  format: (value, unit) =>
    value < -1 || /hour|minute/.test(unit) ? `${-value} ${unit}${value < -1 ? "s" : ""} ago` : unit === "day" ? "yesterday" : `last ${unit}`,
};

/** One language: its words, numbers and times. */
export class Strings {
  readonly #plural: Intl.PluralRules;
  /** The first of these costs a browser 25 ms, on a phone 100, so it waits until it is needed. */
  #numbers: Intl.NumberFormat | undefined;

  constructor(readonly lang: string, private readonly words: Catalogue = en, private readonly times: Times = lang === "en" ? { relative: english } : {}) {
    this.#plural = new Intl.PluralRules(lang);
  }

  get dir(): "rtl" | "ltr" {
    return /^(ar|fa|he|ur)/.test(this.lang) ? "rtl" : "ltr";
  }

  /** The sentence `key`, with `{n}` as a number in its plural form and other `{names}` as they are. */
  readonly t = (key: string, values: Record<string, string | number> = {}): string => {
    const entry = this.words[key] ?? en[key] ?? key;
    const form = typeof entry === "string" ? entry : (entry[this.#plural.select(Number(values.n))] ?? entry.other);
    return form.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = values[name] ?? "";
      return typeof value === "number" ? this.number(value) : value;
    });
  };

  number(value: number): string {
    return value < 1000 && this.dir === "ltr" ? String(value) : (this.#numbers ??= new Intl.NumberFormat(this.lang)).format(value);
  }

  /** "3 hours ago". A time to come, by a clock that runs wrong, is now. */
  ago(time: string, now = Date.now()): string {
    const seconds = (Date.parse(time) - now) / 1000;
    for (const [unit, length] of UNITS) {
      if (-seconds >= length * 0.9) return (this.times.relative ??= new Intl.RelativeTimeFormat(this.lang, { numeric: "auto" })).format(Math.round(seconds / length), unit);
    }
    return this.t("now");
  }

  date(time: string): string {
    return (this.times.absolute ??= new Intl.DateTimeFormat(this.lang, { dateStyle: "full", timeStyle: "short" })).format(new Date(time));
  }
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31557600],
  ["month", 2629800],
  ["week", 604800],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];
