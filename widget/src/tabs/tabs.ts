/** One socket to a server for all tabs of an origin that show its threads. */
import { feeds } from "../live/live";
import type { Line } from "../live/feed";
import { SharedLine } from "./line";

const shared = new Set<string>();

/** Share the page's socket to `server` with other tabs, where the browser has the means; else each tab keeps its own. */
export function share(server: string): void {
  const feed = feeds.get(server);
  if (!feed || !navigator.locks || !window.BroadcastChannel || shared.has(server)) return;
  shared.add(server);
  const open = (url: string) => new WebSocket(url) as Line;
  feed.share((url, socket, heartbeatMs) => {
    try {
      const channel = new BroadcastChannel(`embedcomments:${server}`);
      return new SharedLine(url, { open, locks: navigator.locks, channel, id: crypto.randomUUID() }, socket, heartbeatMs);
    } catch {
      return socket ?? open(url);
    }
  });
  // A page that is kept for the way back holds no lock.
  for (const name of ["freeze", "pagehide"]) window.addEventListener(name, feed.rest, true);
  for (const name of ["resume", "pageshow"]) window.addEventListener(name, feed.wake, true);
}
