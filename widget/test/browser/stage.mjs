/** A comment server, a page on another origin and a browser, for one test file. */
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { chromium, firefox } from "playwright-core";
import { hostPage, fillStore, KEY } from "../../dev/scene.mjs";
import { startHost, startServer, Store } from "../../dev/server.mjs";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** `BROWSER=firefox` runs the same tests in Firefox, which Playwright drives by WebDriver BiDi. */
export const isFirefox = process.env.BROWSER === "firefox";
/** For a test that Firefox has no means for: it is left out there, with the reason. */
export const notInFirefox = (reason) => ({ skip: isFirefox && `in Firefox: ${reason}` });
/** Firefox takes as preferences what cannot be said by WebDriver BiDi. Its bars lie over the page, as in a Chromium without a window. */
const PREFERENCES = { "ui.prefersReducedMotion": 1, "ui.useOverlayScrollbars": 1, "accessibility.tabfocus": 7 };
const FORCED_COLOURS = { "browser.display.document_color_use": 2, "ui.useAccessibilityTheme": 1 };
/** What Firefox tells as if the page had thrown it: requests that failed, and the icon that it looks for by itself. */
const OF_THE_NETWORK = /^(The Same Origin Policy disallows|Cross-Origin Request Blocked|Loading module from|The page’s settings blocked .*\/favicon\.ico )/;

/** A browser; `options` are Playwright's for Chromium, `preferences` are Firefox's. */
export function launch({ preferences, ...options } = {}) {
  if (isFirefox)
    return firefox.launch({ channel: "moz-firefox", executablePath: fileURLToPath(new URL("../../dev/firefox.mjs", import.meta.url)), firefoxUserPrefs: { ...PREFERENCES, ...preferences } });
  const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"];
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args, ...options });
}

/** Start everything; `open` gives pages, and `close` ends it all. */
export async function setStage() {
  const browser = await launch();
  let forcing;
  /** The browser for a page: a Firefox that forces colours is another one. */
  const browserFor = ({ forcedColors }) => (isFirefox && forcedColors ? (forcing ??= launch({ preferences: FORCED_COLOURS })) : browser);
  const scene = { html: undefined, headers: {} };
  const stage = { browser, scene, store: new Store(), server: undefined, host: undefined };
  stage.server = await startServer(stage.store);
  stage.host = await startHost((path) => ({
    html: scene.html ?? hostPage(stage.server.url, new URL(path, "http://host").searchParams),
    headers: scene.headers,
  }));
  /** A fresh thread for the next test. */
  stage.reset = async ({ full = true } = {}) => {
    for (const each of [browser, await forcing]) for (const context of each?.contexts() ?? []) await context.close();
    await until(() => stage.store.sockets.size === 0);
    Object.assign(stage.store, new Store(), { sockets: stage.store.sockets, requests: undefined, files: undefined, lastPost: undefined });
    scene.html = undefined;
    scene.headers = {};
    if (full) fillStore(stage.store);
  };
  stage.open = async ({ query = "", hash = "", width = 1000, height = 900, init, context, ...options } = {}) => {
    context ??= await (await browserFor(options)).newContext({ viewport: { width, height }, reducedMotion: "reduce", ...options });
    const page = await context.newPage();
    page.problems = [];
    page.on("pageerror", ({ message }) => OF_THE_NETWORK.test(message) || page.problems.push(message));
    if (init) await page.addInitScript(init);
    await page.goto(`${stage.host.url}/?${query}${hash}`);
    page.thread = page.locator("embed-comments");
    await page.locator("embed-comments[data-status=ready]").first().waitFor();
    return page;
  };
  stage.close = async () => {
    await browser.close();
    await (await forcing)?.close();
    await stage.server.close();
    await stage.host.close();
  };
  return stage;
}

/** What axe finds in the widget, as short lines. */
export async function findings(page) {
  // Injected by evaluation in an isolated world, which a page's CSP does not concern.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run({ include: [["embed-comments"]] }, { resultTypes: ["violations"] }));
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")} ${node.any[0]?.message ?? ""}`));
}

/** Wait until a claim about the server or the page holds. */
export async function until(claim, what = String(claim)) {
  for (let i = 0; i < 100; i++) {
    if (await claim()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`never came true: ${what}`);
}

export { KEY };
