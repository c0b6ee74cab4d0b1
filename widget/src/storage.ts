/** The reader's own storage on this page. It may be switched off, full or throw; nothing depends on it. */

const PREFIX = "embedcomments:";

export function recall<T>(name: string): T | undefined {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name) ?? "") as T;
  } catch {
    return undefined;
  }
}

/** Keep a value; undefined forgets it. */
export function keep(name: string, value: unknown): void {
  try {
    if (value === undefined) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // A page may forbid storage; then the reader's words live as long as the page.
  }
}
