/** Threads that need no news: paused, hidden, or far from what the reader sees. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { hostPage } from "../../dev/scene.mjs";
import { findings, KEY, setStage, until } from "./stage.mjs";

let stage;
before(async () => (stage = await setStage()));
after(() => stage.close());
beforeEach(() => stage.reset());

/** Counts the sockets that a page opened, and holds the timers that will go off. */
const counting = `
  window.opened = 0;
  window.WebSocket = class extends WebSocket { constructor(url) { super(url); opened++; } };
  window.timers = new Map();
  for (const [set, clear] of [["setTimeout", "clearTimeout"], ["setInterval", "clearInterval"]]) {
    const [begin, end] = [window[set], window[clear]];
    window[set] = (run, ms, ...rest) => {
      const id = begin((...values) => { if (set === "setTimeout") timers.delete(id); run(...values); }, ms, ...rest);
      timers.set(id, set + " " + ms);
      return id;
    };
    window[clear] = (id) => { timers.delete(id); end(id); };
  }`;
const sockets = () => stage.store.sockets.size;
const watched = () => [...stage.store.sockets.values()].flatMap((threads) => [...threads].map(({ key }) => key)).sort();
const bar = (page) => page.thread.locator(".bar button");
const pause = (page) => page.thread.getByRole("button", { name: "Pause live updates", exact: true });
const write = (text, key = KEY) => stage.store.add("default", key, { text, name: "Zara" });
const timers = (page) => page.evaluate("[...timers.values()]");
const isQuiet = async (page) => !sockets() && !(await timers(page)).length;

async function open(options = {}) {
  const page = await stage.open({ init: counting, ...options });
  await pause(page).first().waitFor();
  return page;
}
/** A page on which the threads stand far from each other. */
function farApart(...keys) {
  const page = hostPage(stage.server.url, new URLSearchParams("data-auto=off"));
  const threads = keys.map((key) => `<embed-comments data-key="${key}"></embed-comments><div style="height: 9000px"></div>`);
  stage.scene.html = page.replace("</main>", `${threads.join("")}</main>`);
}
const scroll = (page, top) => page.evaluate((to) => scrollTo(0, to), top);

test("a paused thread has no socket and no timer, and goes on where it was", async () => {
  const page = await open();
  await until(() => watched().length);
  assert.equal(await pause(page).getAttribute("aria-pressed"), "false");
  await pause(page).click();
  await until(() => isQuiet(page), "no socket and no timer");
  assert.equal(await pause(page).getAttribute("aria-pressed"), "true");
  await page.thread.getByText("Paused", { exact: true }).waitFor();
  write("While paused");
  await pause(page).focus();
  await page.keyboard.press("Enter");
  await bar(page).filter({ hasText: "1 new comment" }).waitFor();
  assert.equal(await pause(page).getAttribute("aria-pressed"), "false");
  assert.equal(await page.thread.getByText("Paused", { exact: true }).count(), 0);
  assert.deepEqual(page.problems, []);
});

test("a pause is remembered on the device, for all threads and tabs, until it is over", async () => {
  const page = await open();
  const other = await open({ context: page.context(), query: "key=other" });
  await until(() => watched().join() === [KEY, "other"].sort().join());
  await pause(page).click();
  await until(() => !sockets());
  assert.equal(await pause(other).getAttribute("aria-pressed"), "true");
  await page.reload();
  await pause(page).and(page.locator("[aria-pressed=true]")).waitFor();
  assert.equal(await page.evaluate("opened"), 0);
  assert.equal(await page.evaluate(() => localStorage["embedcomments:paused"]), "true");
  await pause(other).click();
  await until(() => watched().join() === [KEY, "other"].sort().join());
  assert.equal(await pause(page).getAttribute("aria-pressed"), "false");
  assert.equal(await page.evaluate(() => localStorage["embedcomments:paused"]), undefined);
});

test("a pause needs no storage", async () => {
  const throwing = "for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, { get() { throw new DOMException('no', 'SecurityError'); } });";
  const page = await open({ init: counting + throwing });
  await until(() => watched().length);
  await pause(page).click();
  await until(() => !sockets());
  await pause(page).click();
  await until(() => watched().length);
  assert.deepEqual(page.problems, []);
});

test("there is no switch where the page has switched off what is live", async () => {
  const page = await stage.open({ query: "data-live=off", init: counting });
  await page.thread.locator(".above").waitFor();
  await page.thread.locator(".fold").first().waitFor();
  assert.equal(await page.thread.locator(".pause").count(), 0);
  assert.equal(await page.evaluate("opened"), 0);
});

for (const [scheme, width] of [["light", 1200], ["dark", 320]]) {
  test(`the switch has no findings and is large enough, ${scheme} at ${width}`, async () => {
    const page = await open({ query: scheme === "dark" ? "dark=1" : "", width });
    for (const isPaused of [false, true]) {
      if (isPaused) await pause(page).click();
      await pause(page).and(page.locator(`[aria-pressed=${isPaused}]`)).waitFor();
      assert.deepEqual(await findings(page), []);
      const { width: across, height } = await pause(page).boundingBox();
      assert.ok(across >= 24 && height >= 24);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    }
  });
}

test("the switch moves nothing", async () => {
  let answer;
  const held = new Promise((resolve) => (answer = resolve));
  const context = await stage.browser.newContext({ viewport: { width: 390, height: 900 } });
  await context.route("**/rest.js", async (route) => {
    await held;
    await route.continue();
  });
  const page = await stage.open({ context });
  await page.thread.locator(".above").waitFor();
  await page.thread.locator(".fold").first().waitFor();
  const places = () => page.evaluate(() => [...document.querySelector("embed-comments").shadowRoot.querySelectorAll("article, form, .head")].map((each) => Math.round((each.getBoundingClientRect().top + scrollY) * 100) / 100));
  const before = await places();
  answer();
  await pause(page).waitFor();
  assert.deepEqual(await places(), before);
  await pause(page).click();
  await page.thread.getByText("Paused", { exact: true }).waitFor();
  assert.deepEqual(await places(), before);
});

test("a hidden tab has no socket and no timer", async () => {
  const page = await open();
  await until(() => watched().length);
  const hide = (hidden) =>
    page.evaluate((value) => {
      Object.defineProperty(document, "hidden", { configurable: true, value });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await hide(true);
  await until(() => isQuiet(page));
  write("Meanwhile");
  await hide(false);
  await bar(page).filter({ hasText: "1 new comment" }).waitFor();
});

test("a thread far from what one sees sleeps, and has what it missed before it is seen again", async () => {
  farApart(KEY);
  const page = await open();
  await until(() => watched().length);
  await scroll(page, 9000);
  await until(() => isQuiet(page), "no socket and no timer");
  write("Meanwhile");
  await scroll(page, 3000);
  await until(() => watched().length);
  await page.thread.locator(".bar button", { hasText: "1 new comment" }).waitFor({ state: "attached" });
  assert.equal(await page.thread.evaluate((element) => element.getBoundingClientRect().bottom < 0), true);
  assert.equal(await page.evaluate("opened"), 2);
  assert.deepEqual(page.problems, []);
});

test("of several threads on a page those sleep that are far", async () => {
  farApart("one", "two");
  write("For the first", "one");
  write("For the second", "two");
  const page = await open();
  await until(() => watched().join() === "one");
  await scroll(page, 9500);
  await until(() => watched().join() === "two");
  await scroll(page, 0);
  await until(() => watched().join() === "one");
  assert.deepEqual(page.problems, []);
});
