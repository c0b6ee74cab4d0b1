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
const files = `${server}/embed/${HASH}/`;
const scope = window as unknown as { embedcomments?: Page };
const isFirst = !scope.embedcomments?.early;

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
      if (document.querySelector("[data-embedcomments-count]")) import(`${files}counts.js`).then((module) => module.fill());
    },
  };
}
if (!customElements.get(LATEST)) {
  customElements.define(
    LATEST,
    class extends HTMLElement {
      connectedCallback() {
        import(`${files}latest.js`).then((module) => module.show(this));
      }
    },
  );
}
const page = scope.embedcomments!;

function start(element: HTMLElement): void {
  const settings = readSettings(element, page.defaults);
  const url = threadUrl(settings);
  if (!page.early.has(url)) page.early.set(url, fetch(url, { credentials: "omit" }));
  page.early.get(url)!.catch(() => page.early.delete(url));
  const language = chooseLanguage(settings.lang);
  if (language !== "en") import(`${files}${language}.js`).catch(() => {});
  if (settings.design) import(`${files}design-${settings.design}.js`).catch(() => {});
  import(`${files}widget.js`);
}

/** Elements are watched until the module is here; then each watches itself. */
function watch(): void {
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
