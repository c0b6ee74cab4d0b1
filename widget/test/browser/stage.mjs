/** A comment server, a page on another origin and a browser, for one test file. */
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { chromium } from "playwright-core";
import { hostPage, fillStore, KEY } from "../../dev/scene.mjs";
import { startHost, startServer, Store } from "../../dev/server.mjs";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Start everything; `open` gives pages, and `close` ends it all. */
export async function setStage() {
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
  const scene = { html: undefined, headers: {} };
  const stage = { browser, scene, store: new Store(), server: undefined, host: undefined };
  stage.server = await startServer(stage.store);
  stage.host = await startHost((path) => ({
    html: scene.html ?? hostPage(stage.server.url, new URL(path, "http://host").searchParams),
    headers: scene.headers,
  }));
  /** A fresh thread for the next test. */
  stage.reset = async ({ full = true } = {}) => {
    for (const context of browser.contexts()) await context.close();
    await until(() => stage.store.sockets.size === 0);
    Object.assign(stage.store, new Store(), { sockets: stage.store.sockets, requests: undefined, files: undefined, lastPost: undefined });
    scene.html = undefined;
    scene.headers = {};
    if (full) fillStore(stage.store);
  };
  stage.open = async ({ query = "", hash = "", width = 1000, height = 900, init, context, ...options } = {}) => {
    context ??= await browser.newContext({ viewport: { width, height }, reducedMotion: "reduce", ...options });
    const page = await context.newPage();
    page.problems = [];
    page.on("pageerror", (error) => page.problems.push(error.message));
    if (init) await page.addInitScript(init);
    await page.goto(`${stage.host.url}/?${query}${hash}`);
    page.thread = page.locator("embed-comments");
    await page.locator("embed-comments[data-status=ready]").first().waitFor();
    return page;
  };
  stage.close = async () => {
    await browser.close();
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
