/**
 * What a tab's feed has in place of a socket. Of all tabs of an origin the one that holds the lock leads: it has the
 * socket, and passes on what comes. The others queue for the lock, and so the next one leads as soon as it is free, for
 * whatever reason. Whose leader does not answer gets a socket of its own.
 */
import type { Line } from "../live/feed";
import { Hub } from "./hub";

/** A leader that takes longer to answer is none. */
export const ANSWER_MS = 2000;

/**
 * What tabs say to each other. Of any tab: `join`, somebody wants frames; `say`, a frame for the server. Of the one that
 * leads: `wait`, frames will come; `frame`, one of the server's; `alone`, there is no room; `close`, the socket closed.
 */
interface Message {
  op: "join" | "say" | "wait" | "frame" | "alone" | "close";
  from?: string;
  /** Unset: to all. */
  to?: string;
  data?: string;
  code?: number;
}

/** What a shared line needs of a browser; tests bring their own. */
export interface Means {
  open(url: string): Line;
  locks: Pick<LockManager, "request">;
  /** Its name is the lock's too. */
  channel: BroadcastChannel;
  id: string;
}

export class SharedLine implements Line {
  onmessage: Line["onmessage"] = null;
  onclose: Line["onclose"] = null;
  #hub: Hub | undefined;
  #isOver = false;
  #waiting: ReturnType<typeof setTimeout> | undefined;
  /** Aborted when this tab shares no more. */
  readonly #sharing = new AbortController();
  readonly #shared = new Promise<void>((resolve) => this.#sharing.signal.addEventListener("abort", () => resolve()));
  readonly #known = new Set<string>();

  /** `socket`: what the feed has now; it is kept where this tab leads. `heartbeatMs`: 0 until it has said hello. */
  constructor(private readonly url: string, private readonly means: Means, private socket?: Line, private readonly heartbeatMs = () => 0) {
    const { channel, id } = means;
    channel.onmessage = ({ data }) => this.#hear(data as Message | null);
    if (socket) this.#pass(socket);
    // By this lock the leader knows that the tab is there.
    void this.#request(`${channel.name} ${id}`, () => {
      if (!socket) this.#join();
      return this.#shared;
    });
    // Who has a socket already does not wait for the lock: there may be one too many.
    void this.#request(channel.name, (lock) => (lock ? this.#lead() : this.#follow()), !!socket);
  }

  send(data: string): void {
    if (this.#hub) this.#hub.hear(this.means.id, data);
    else if (this.socket) this.socket.send(data);
    else this.#say({ op: "say", data });
  }

  close(code?: number): void {
    this.#end();
    this.#dropSocket(code);
  }

  #say(message: Message): void {
    if (!this.#sharing.signal.aborted) this.means.channel.postMessage({ from: this.means.id, ...message });
  }

  /** Have a lock while what `run` gives is pending. `isBrief`: null at once where another tab has it. */
  async #request(name: string, run: (lock: Lock | null) => Promise<void> | undefined, isBrief = false): Promise<void> {
    const { signal } = this.#sharing;
    try {
      const how = isBrief ? { ifAvailable: true } : { signal };
      await this.means.locks.request(name, how, (lock) => (signal.aborted ? undefined : run(lock)));
    } catch {
      // No longer wanted, or there are no locks here.
      if (!signal.aborted) this.#goAlone();
    }
  }

  #join(): void {
    if (this.#hub) return;
    this.#waiting = setTimeout(() => this.#goAlone(), ANSWER_MS);
    this.#say({ op: "join" });
  }

  /** Another tab leads: give the socket up, and queue. */
  #follow(): undefined {
    this.#dropSocket(1000);
    this.#join();
    void this.#request(this.means.channel.name, () => this.#lead());
  }

  /** Hold the lock as long as the socket is there. */
  #lead(): Promise<void> {
    clearTimeout(this.#waiting);
    const hub = (this.#hub = new Hub({
      send: (frame) => this.socket?.send(JSON.stringify(frame)),
      tell: (to, data) => {
        const isOurs = to === this.means.id;
        if (!isOurs) this.#say({ op: "frame", to, data });
        if (isOurs || !to) this.onmessage?.({ data });
      },
      refuse: (to) => this.#say({ op: "alone", to }),
    }));
    this.#say({ op: "wait" });
    if (!this.socket) this.#open();
    // It may have said hello after this line was made and before the lock was had.
    else if (this.heartbeatMs()) hub.take(JSON.stringify({ op: "hello", heartbeat_s: this.heartbeatMs() / 1000 }));
    return this.#shared;
  }

  #goAlone(): void {
    this.#shareNoMore();
    if (!this.socket) this.#open();
  }

  /** Where no socket can be made the feed hears of it. */
  #open(): void {
    try {
      this.socket = this.means.open(this.url);
    } catch {
      this.#closed(1006);
      return;
    }
    this.#pass(this.socket);
  }

  #pass(socket: Line): void {
    socket.onmessage = (event) => (this.#hub ? this.#hub.take(event.data) : this.onmessage?.(event));
    socket.onclose = ({ code }) => this.#closed(code);
  }

  #closed(code: number): void {
    if (this.#isOver) return;
    if (this.#hub) this.#say({ op: "close", code });
    this.#end();
    this.onclose?.({ code });
  }

  #hear(message: Message | null): void {
    const { op, from, to, data, code } = message ?? {};
    if (to && to !== this.means.id) return;
    if (this.#hub) this.#serve(this.#hub, op, from, data);
    else if (this.socket) return;
    else if (op === "wait") clearTimeout(this.#waiting);
    else if (op === "frame" && typeof data === "string") this.onmessage?.({ data });
    else if (op === "alone") this.#goAlone();
    else if (op === "close") this.#closed(Number(code) || 1006);
  }

  /** What another tab wants of the leader. */
  #serve(hub: Hub, op: unknown, from: unknown, data: unknown): void {
    if (typeof from !== "string") return;
    if (op === "join") {
      this.#say({ op: "wait", to: from });
      if (hub.hello) this.#say({ op: "frame", to: from, data: hub.hello });
    } else if (op === "say" && typeof data === "string") {
      if (!this.#known.has(from)) {
        this.#known.add(from);
        void this.#request(`${this.means.channel.name} ${from}`, () => {
          this.#known.delete(from);
          hub.leave(from);
          return undefined;
        });
      }
      hub.hear(from, data);
    }
  }

  #dropSocket(code?: number): void {
    const { socket } = this;
    this.socket = undefined;
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close(code);
  }

  #shareNoMore(): void {
    clearTimeout(this.#waiting);
    this.#sharing.abort();
    this.means.channel.close();
  }

  #end(): void {
    this.#isOver = true;
    this.#shareNoMore();
  }
}
