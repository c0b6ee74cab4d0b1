/** Times in languages that browsers may know nothing of: Chromium's data leave out Armenian and Georgian, among others. */
import type { Times } from "./strings";

type Unit = "year" | "month" | "week" | "day" | "hour" | "minute";

/** The words of a language, as the Common Locale Data Repository has them. */
export interface OwnTimes {
  /** The unit as it stands after a number, and the one that has just passed where it has words of its own. */
  units: Record<Unit, [counted: string, last?: string]>;
  ago: string;
  months: string;
  /** From Sunday on. */
  weekdays: string;
  date(day: string, month: string, year: string, weekday: string): string;
}

/** The times of `lang` in words of our own, or undefined where Intl knows the language. */
export function ownTimes(lang: string, own: OwnTimes): Times | undefined {
  return Intl.RelativeTimeFormat.supportedLocalesOf(lang).length ? undefined : timesIn(own);
}

export function timesIn({ units, ago, months, weekdays, date }: OwnTimes): Required<Times> {
  return {
    relative: {
      format(value, unit) {
        const [counted, last] = units[unit as Unit];
        return value === -1 && last ? last : `${-value} ${counted} ${ago}`;
      },
    },
    absolute: {
      format(at) {
        const two = (value: number) => String(value).padStart(2, "0");
        const day = date(`${at.getDate()}`, months.split(" ")[at.getMonth()]!, `${at.getFullYear()}`, weekdays.split(" ")[at.getDay()]!);
        return `${day}, ${two(at.getHours())}:${two(at.getMinutes())}`;
      },
    },
  };
}
