/**
 * Many tabs on one socket. The server knows one watch of a thread on each socket, and tabs ask for it with cursors of
 * their own; what one of them is owed must be lost to nobody else. No socket and no channel in it.
 */
import type { ThreadFrame } from "../live/subscription";

/** As many threads may be watched on one socket. */
export const MOST_THREADS = 20;

/** What a tab wants to watch. The server would close the socket of all for what it does not understand. */
interface Asked {
  site: string;
  key: string;
  cursor: string | null;
  token: string | null;
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
const isTextOrNull = (value: unknown): value is string | null => value === null || isText(value);
const isAsked = ({ site, key, cursor, token }: Record<string, unknown>): boolean => isText(site) && isText(key) && isTextOrNull(cursor) && isTextOrNull(token);

/** A question to the server: of a tab, whose cursor is its own, or from where all are. */
interface Ask {
  tab?: string;
  cursor?: string | null;
  /** What follows the answer is owed to this tab alone; the others have another place. */
  isApart?: boolean;
}

/** A thread that tabs watch. */
interface Room {
  readonly site: string;
  readonly key: string;
  readonly tabs: Set<string>;
  /** Up to where all tabs have what came, apart from those that are still asking. */
  cursor: string | null;
  token: string | null;
  watching: number;
  /** The first was sent; the server answers one at a time, since a second one would end the first. */
  readonly asks: Ask[];
  /** Who gets what comes now; undefined: all. */
  audience: string | undefined;
}

/** How the hub reaches others. */
export interface Outlets {
  /** To the server. */
  send(frame: object): void;
  /** To a tab, or to all. */
  tell(tab: string | undefined, data: string): void;
  /** There is no room for what the tab wants to watch. */
  refuse(tab: string): void;
}

const nameOf = ({ site, key }: { site?: unknown; key?: unknown }): string => `${site}\n${key}`;

/** What a frame says; undefined when it is none. */
function read(data: string): Record<string, unknown> | undefined {
  try {
    const frame: unknown = JSON.parse(data);
    return typeof frame === "object" && frame ? (frame as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

export class Hub {
  /** The server's first frame, for tabs that come later; undefined until it is there. */
  hello: string | undefined;
  readonly #rooms = new Map<string, Room>();

  constructor(private readonly out: Outlets) {}

  /** A frame of a tab's for the server. */
  hear(tab: string, data: string): void {
    const frame = read(data);
    if (!frame) return;
    const room = this.#rooms.get(nameOf(frame));
    if (frame.op === "sub" && isAsked(frame)) this.#ask(tab, frame as unknown as Asked);
    else if (frame.op === "unsub") this.#part(tab, room);
    else if (frame.op === "typing" && room) this.out.send(frame);
  }

  /** A tab is gone. */
  leave(tab: string): void {
    for (const room of [...this.#rooms.values()]) this.#part(tab, room);
  }

  /** A frame of the server's. */
  take(data: string): void {
    const frame = read(data) as ThreadFrame | undefined;
    if (!frame) return;
    const room = this.#rooms.get(nameOf(frame));
    if (frame.op === "hello") this.hello = data;
    // One answer is enough. The tabs hear of it all the same, as a sign that the socket lives.
    if (frame.op === "ping") this.out.send({ op: "pong" });
    if (!room) this.out.tell(undefined, data);
    else if (frame.op === "ok") this.#answered(room, frame, data);
    else if (frame.op === "reset" || frame.op === "error") this.#refused(room, data);
    else if (typeof frame.seq === "number") {
      this.out.tell(room.audience, data);
      if (!room.audience && frame.cursor) room.cursor = frame.cursor;
    } else {
      room.watching = frame.watching ?? room.watching;
      this.out.tell(undefined, data);
    }
  }

  #ask(tab: string, { site, key, cursor, token }: Asked): void {
    const name = nameOf({ site, key });
    const room = this.#rooms.get(name);
    if (!room) {
      if (this.#rooms.size >= MOST_THREADS) {
        this.out.refuse(tab);
        return;
      }
      const made: Room = { site, key, tabs: new Set([tab]), cursor, token, watching: 1, asks: [], audience: undefined };
      this.#rooms.set(name, made);
      this.#put(made, { tab });
      return;
    }
    room.tabs.add(tab);
    if (cursor === room.cursor && (!token || token === room.token)) {
      this.out.tell(tab, JSON.stringify({ op: "ok", site, key, resumed: true, cursor, watching: room.watching }));
      return;
    }
    room.token = token ?? room.token;
    this.#put(room, { tab, cursor, isApart: true });
  }

  #put(room: Room, ask: Ask): void {
    room.asks.push(ask);
    if (room.asks.length === 1) this.#send(room);
  }

  #send({ site, key, cursor, token, asks: [ask] }: Room): void {
    this.out.send({ op: "sub", site, key, cursor: ask!.isApart ? ask!.cursor : cursor, token });
  }

  /** The next question; after one of a tab's own, from where all the others are. */
  #goOn(room: Room, isApart?: boolean): void {
    if (room.asks.length) this.#send(room);
    else if (isApart) this.#put(room, {});
  }

  #answered(room: Room, frame: ThreadFrame, data: string): void {
    const ask = room.asks.shift();
    if (!ask) return;
    room.audience = ask.isApart ? ask.tab : undefined;
    room.watching = frame.watching ?? room.watching;
    if (!ask.isApart) room.cursor ||= frame.cursor ?? null;
    if (ask.tab) this.out.tell(ask.tab, data);
    this.#goOn(room, ask.isApart);
  }

  #refused(room: Room, data: string): void {
    const ask = room.asks.shift();
    if (ask?.isApart) {
      this.out.tell(ask.tab, data);
      this.#goOn(room, true);
    } else {
      this.#rooms.delete(nameOf(room));
      this.out.tell(undefined, data);
    }
  }

  #part(tab: string, room: Room | undefined): void {
    if (!room?.tabs.delete(tab) || room.tabs.size) return;
    const { site, key } = room;
    this.#rooms.delete(nameOf(room));
    this.out.send({ op: "unsub", site, key });
  }
}
