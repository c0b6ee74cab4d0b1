/** The reader's own storage on this page. It may be switched off, full or throw; nothing depends on it. */

const PREFIX = "embedcomments:";

type Place = "localStorage" | "sessionStorage";

export function recall<T>(name: string, place: Place = "localStorage"): T | undefined {
  try {
    // What is not there must not be an error inside: an error costs a phone several milliseconds.
    return JSON.parse(window[place].getItem(PREFIX + name) || "null") ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keep a value; undefined forgets it. */
export function keep(name: string, value: unknown, place: Place = "localStorage"): void {
  try {
    if (value === undefined) window[place].removeItem(PREFIX + name);
    else window[place].setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // A page may forbid storage; then the reader's words live as long as the page.
  }
}
