/** Words that are not sent yet, for as long as the page lives where the reader's storage is full or forbidden. */
import { keep, recall } from "../shared";

const unkept = new Map<string, string>();

export function draft(name: string): string {
  return unkept.get(name) ?? recall<string>(name) ?? "";
}

/** Keep words under the name of their form; undefined forgets them. */
export function keepDraft(name: string, words: string | undefined): void {
  keep(name, words);
  if (words === undefined || recall(name) === words) unkept.delete(name);
  else unkept.set(name, words);
}
