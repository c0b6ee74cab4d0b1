/**
 * embed.js: finds or makes the thread's element, and asks for module, language and comments at once
 * when the reader comes near.
 */
import { chooseLanguage } from "./languages/choice";
import { TAG, type Page } from "./page";
import { NEAR, readSettings, threadUrl } from "./settings";

/** It waits for nobody: defined here, it needs no watching, and its script comes with the first of them. */
const LATEST = `${TAG}-latest`;

declare const HASH: string;

const script =
  (document.currentScript as HTMLScriptElement | null) ??
  document.querySelector<HTMLScriptElement>('script[src*="/embed.js"]')!;
const server = script.src.replace(/\/embed\.js.*$/, "");
const scope = window as unknown as { embedcomments?: Page };
const isFirst = !scope.embedcomments?.early;

/** Load a part of the widget, and do something with it; what does not come is asked for again, each time later. */
function bring(name: string, use?: (part: { fill(): void; show(element: HTMLElement): void }) => void, waitMs = 2000): void {
  import(`${server}/embed/${HASH}/${name}.js`).then(use, () => setTimeout(bring, waitMs, name, use, waitMs * 2));
}

if (isFirst) {
  const plugins: Page["plugins"] = [];
  scope.embedcomments = {
    defaults: { server, ...script.dataset },
    early: new Map(),
    plugins,
    joined: new Set(),
    extend(plugin) {
      plugins.push(plugin);
      this.joined.forEach((tell) => tell());
    },
    counts() {
      if (document.querySelector("[data-embedcomments-count]")) bring("counts", ({ fill }) => fill());
    },
  };
}
if (!customElements.get(LATEST)) {
  customElements.define(
    LATEST,
    class extends HTMLElement {
      connectedCallback() {
        bring("latest", ({ show }) => show(this));
      }
    },
  );
}
const page = scope.embedcomments!;

function start(element: HTMLElement): void {
  bring("widget");
  const settings = readSettings(element, page.defaults);
  const url = threadUrl(settings);
  if (!page.early.has(url)) page.early.set(url, fetch(url, { credentials: "omit", signal: AbortSignal.timeout(30_000) }));
  page.early.get(url)!.catch(() => page.early.delete(url));
  const language = chooseLanguage(settings.lang);
  if (language !== "en") bring(language);
  if (settings.design) bring(`design-${settings.design}`);
}

/** Elements are watched until one is near, and the module with it; then each watches itself. */
function watch(): void {
  const first = document.querySelector<HTMLElement>(TAG);
  const top = first?.getBoundingClientRect().top;
  // What can be seen at once is not left to the observer, which tells it a frame later. It alone knows where a frame is.
  if (top! > 0 && top! < innerHeight * 2 && parent === window) return start(first!);
  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting && !location.hash.startsWith("#comment-")) continue;
      near.disconnect();
      changes.disconnect();
      start(target as HTMLElement);
    }
  }, NEAR);
  const look = () => document.querySelectorAll(TAG).forEach((element) => near.observe(element));
  const changes = new MutationObserver(look);
  changes.observe(document, { childList: true, subtree: true });
  look();
}

function begin(): void {
  page.counts();
  if (!document.querySelector(TAG) && script.closest("body") && script.dataset.auto !== "off") {
    const element = document.createElement(TAG);
    Object.assign(element.dataset, script.dataset);
    script.after(element);
  }
  if (isFirst) watch();
}

if (document.readyState === "loading" && !document.querySelector(TAG)) document.addEventListener("DOMContentLoaded", begin);
else begin();
