/** What waits, as the device keeps it. */
import type { Body } from "../compose/submission";
import { keep, recall } from "../shared";

export interface Waiting {
  /** The Idempotency-Key. */
  key: string;
  url: string;
  body: Body;
  /** What was sent with this key before its writer changed it. */
  before?: Body[];
  /** When it was written, in milliseconds. */
  at: number;
  /** What the server said when it refused it; it is not sent again by itself. */
  refused?: { code: string; detail: string; status: number; retryAfter: number };
}

const NAME = "outbox";
const MOST = 20;
/** The server forgets keys after a week; what waited longer is sent only when its writer says so. */
const FRESH_MS = 6 * 86_400_000;

/** It may go by itself. */
export const isDue = ({ refused, at }: Waiting, now = Date.now()): boolean => !refused && Math.abs(now - at) < FRESH_MS;

/** What a page or an older widget left there and is none of ours is passed over. */
export const all = (): Waiting[] => [recall<Waiting[]>(NAME) ?? []].flat().filter((entry) => entry?.key && entry.url && entry.body?.thread);

export const find = (key: string): Waiting | undefined => all().find((entry) => entry.key === key);

/** Put an entry in the place of `key`, or at the end; nothing takes it out. False when it cannot be kept. */
export function store(key: string, entry?: Waiting): boolean {
  const entries = all();
  const at = entries.findIndex((other) => other.key === key);
  if (at >= 0) entries.splice(at, 1, ...(entry ? [entry] : []));
  else if (entry) {
    if (entries.length >= MOST) return false;
    entries.push(entry);
  }
  keep(NAME, entries.length ? entries : undefined);
  return !entry || !!find(entry.key);
}
