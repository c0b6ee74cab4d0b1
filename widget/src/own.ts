/** Which comments the reader wrote, and what proves it. */
import { recall } from "./storage";

export interface OwnComment {
  token: string;
  /** The thread's key, so that held ones return to the right page. */
  key: string;
  held?: boolean;
  /** Until when it may be changed, in milliseconds; 0 when it may not. */
  until: number;
}

/**
 * The reader's comments on one server and site. What could not be stored is still known to this
 * page, and what another tab stored is seen.
 */
export class Own {
  /** By id, in the order in which they were written. */
  all: Record<string, OwnComment>;

  /** `name` is what they are stored under. */
  constructor(readonly name: string) {
    this.all = recall(name) ?? {};
  }

  get(id: string): OwnComment | undefined {
    return this.all[id];
  }

  /** The newest token: the server knows the same person by it. */
  get token(): string | undefined {
    return Object.values(this.all).at(-1)?.token;
  }

  get ids(): string[] {
    return Object.keys(this.all);
  }

  canEdit(id: string): boolean {
    return (this.all[id]?.until ?? 0) > Date.now();
  }
}
