/** Which comments the reader wrote, and what proves it. */
import { keep, recall } from "./storage";

export interface OwnComment {
  token: string;
  /** The thread's key, so that held ones return to the right page. */
  key: string;
  held?: boolean;
  /** Until when it may be changed, in milliseconds; 0 when it may not. */
  until: number;
}

/** More than this many are forgotten, the oldest first. */
const MOST = 200;

/**
 * The reader's comments on one server and site. What could not be stored is still known to this
 * page, and what another tab stored is seen.
 */
export class Own {
  readonly #name: string;
  #memory: Record<string, OwnComment>;

  constructor(server: string, site: string) {
    this.#name = `own:${server}|${site}`;
    this.#memory = recall(this.#name) ?? {};
  }

  get(id: string): OwnComment | undefined {
    return this.#memory[id];
  }

  /** The newest token: the server knows the same person by it. */
  get token(): string | undefined {
    return Object.values(this.#memory).at(-1)?.token;
  }

  get ids(): string[] {
    return Object.keys(this.#memory);
  }

  set(id: string, entry: OwnComment | undefined): void {
    const all = { ...recall<Record<string, OwnComment>>(this.#name), ...this.#memory };
    if (entry) all[id] = entry;
    else delete all[id];
    this.#memory = Object.fromEntries(Object.entries(all).slice(-MOST));
    keep(this.#name, Object.keys(all).length ? this.#memory : undefined);
  }

  canEdit(id: string): boolean {
    return (this.#memory[id]?.until ?? 0) > Date.now();
  }
}
