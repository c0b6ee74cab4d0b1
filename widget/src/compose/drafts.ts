/** Words that are not sent yet, for as long as the page lives where the reader's storage is full or forbidden. */
import { keep, recall } from "../shared";
import type { Body } from "./submission";

/** Attempts to send words that are in their form again: one of them may have arrived, and its answer been lost. */
export interface Earlier {
  /** The Idempotency-Key of them all. */
  key: string;
  bodies: Body[];
  /** When the first was, in milliseconds. */
  at: number;
}

const unkept = new Map<string, string>();

export function draft(name: string): string {
  return unkept.get(name) ?? recall<string>(name) ?? "";
}

const nameOfEarlier = (name: string): string => name.replace("draft", "sent");

/** The earlier attempts at what stands in the form of that name. */
export function earlierFor(name: string): Earlier | undefined {
  const found = recall<Earlier>(nameOfEarlier(name));
  return found?.key && found.bodies?.length ? found : undefined;
}

export function keepEarlier(name: string, earlier: Earlier | undefined): void {
  keep(nameOfEarlier(name), earlier);
}

/** Keep words under the name of their form; undefined forgets them, and that they were sent before. */
export function keepDraft(name: string, words: string | undefined): void {
  keep(name, words);
  if (words === undefined) keepEarlier(name, undefined);
  if (words === undefined || recall(name) === words) unkept.delete(name);
  else unkept.set(name, words);
}
