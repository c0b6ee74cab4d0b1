/** What a page says about a thread: read by the loader and the component in the same way. */
import type { Sort } from "./model/comment";
import { recall } from "./storage";

export interface Settings {
  /** Where the comment server is, without a slash at the end. */
  server: string;
  site: string;
  key: string;
  lang: string;
  theme: string;
  /** One that has a file of its own, else empty: plain. */
  design: string;
  live: boolean;
  sort: Sort;
}

export const SETTINGS = ["server", "site", "key", "lang", "theme", "design", "live", "sort"] as const;

const DESIGNS = ["newspaper", "cards"];

/** The page's address as its author gave it, else as the browser shows it, without the fragment. */
export function pageUrl(): string {
  const canonical = document.querySelector<HTMLLinkElement>("link[rel~=canonical][href]");
  return (canonical?.href || location.href).split("#")[0]!;
}

/** Read an element's settings; what it does not say, `defaults` (the script tag) may. The order that a reader chose goes first. */
export function readSettings(element: HTMLElement, defaults: Partial<Record<string, string>>): Settings {
  const say = (name: string) => element.dataset[name] || defaults[name] || "";
  const sort = recall("sort") ?? say("sort");
  return {
    server: say("server").replace(/\/+$/, ""),
    site: say("site") || "default",
    key: say("key") || pageUrl(),
    lang: say("lang"),
    theme: say("theme"),
    design: DESIGNS.find((design) => design === say("design")) ?? "",
    live: say("live") !== "off",
    sort: sort === "newest" || sort === "top" ? sort : "oldest",
  };
}

/** Where the snapshot of a thread is; the same words give the same URL, so that a fetch is shared. */
export function threadUrl({ server, site, key, sort }: Settings, after?: string): string {
  const query = `key=${encodeURIComponent(key)}${sort === "oldest" ? "" : `&sort=${sort}`}`;
  return `${server}/api/v1/sites/${encodeURIComponent(site)}/thread?${query}${after ? `&after=${encodeURIComponent(after)}` : ""}`;
}

/** A thread is loaded when it is nearer than this to what the reader sees. */
export const NEAR = { rootMargin: "150% 0px" };
