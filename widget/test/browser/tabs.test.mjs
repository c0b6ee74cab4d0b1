/** Several tabs of one origin, and one socket. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { startServer } from "../../dev/server.mjs";
import { KEY, launch, notInFirefox, setStage, until } from "./stage.mjs";

let stage;
before(async () => (stage = await setStage()));
after(() => stage.close());
beforeEach(() => stage.reset());

const sockets = () => stage.store.sockets.size;
/** The keys that are watched, over all sockets. */
const watched = () => [...stage.store.sockets.values()].flatMap((threads) => [...threads].map(({ key }) => key)).sort();
const bar = (page) => page.thread.locator(".bar button");
const write = (text, key = KEY) => stage.store.add("default", key, { text, name: "Zara" });

/** A page whose thread is live, and whose part for tabs is there. */
async function open(options = {}) {
  const page = await stage.open({ ...options, init: counting + (options.init ?? "") });
  await page.waitForFunction(() => performance.getEntriesByType("resource").some(({ name }) => name.endsWith("/tabs.js")));
  return page;
}
/** Counts the sockets that a page opens. */
const counting = `window.opened = 0;
  window.WebSocket = class extends WebSocket { constructor(url) { super(url); opened++; } };`;

const hide = (page, hidden) =>
  page.evaluate((value) => {
    Object.defineProperty(document, "hidden", { configurable: true, value });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);

/** Two pages on one socket; the first one leads. */
async function two({ query = "", other = query, ...options } = {}) {
  const first = await open({ query, ...options });
  await until(() => leads(first), "the first leads");
  const second = await open({ query: other, context: first.context() });
  await until(() => sockets() === 1 && leads(first), "one socket");
  await follows(second);
  return [first, second];
}
const NAME = () => `embedcomments:${stage.server.url}`;
const held = async (page) => page.evaluate(() => navigator.locks.query().then(({ held }) => held.map(({ name, clientId }) => [name, clientId])));
/** Who of an origin's tabs leads, as the browser names its pages; undefined: nobody. */
const leader = async (page) => (await held(page)).find(([name]) => name === NAME())?.[1];
const self = (page) => page.evaluate(() => new Promise((resolve) => navigator.locks.request(`who am I ${Math.random()}`, (lock) => navigator.locks.query().then(({ held }) => resolve(held.find(({ name }) => name === lock.name).clientId)))));
const leads = async (page) => (await leader(page)) === (await self(page));
/** Wait until a page that has no socket is told what happens in its thread. */
async function follows(page) {
  await until(async () => (await held(page)).filter(([name]) => name.startsWith(`${NAME()} `)).length > 1, "both are there");
}
/** Show what came; all texts in the thread that were written here. */
async function arrivals(page) {
  await bar(page).click();
  await bar(page).waitFor({ state: "detached" });
  return (await page.thread.locator("article", { hasText: "Zara" }).locator(".body").allTextContents()).map((text) => text.trim()).filter((text) => text.startsWith("News"));
}

test("all tabs hear of comments over one socket", async () => {
  const [first, second] = await two();
  write("News one");
  for (const page of [first, second]) await bar(page).filter({ hasText: "1 new comment" }).waitFor();
  const third = await open({ context: first.context() });
  await until(() => sockets() === 1);
  write("News two");
  for (const page of [first, second]) await bar(page).filter({ hasText: "2 new comments" }).waitFor();
  await bar(third).filter({ hasText: "1 new comment" }).waitFor();
  assert.deepEqual(await arrivals(first), ["News one", "News two"]);
  assert.deepEqual(await arrivals(second), ["News one", "News two"]);
  assert.equal(sockets(), 1);
  assert.deepEqual(watched(), [KEY]);
  assert.equal(await first.evaluate("opened"), 1);
  assert.deepEqual([first, second, third].flatMap(({ problems }) => problems), []);
});

test("threads of several tabs are watched over one socket, each by those who show it", async () => {
  const [first, second] = await two({ query: "key=one", other: "key=two" });
  await until(() => watched().join() === "one,two");
  write("News for the first", "one");
  write("News for the second", "two");
  for (const page of [first, second]) await bar(page).filter({ hasText: "1 new comment" }).waitFor();
  assert.deepEqual(await arrivals(first), ["News for the first"]);
  assert.deepEqual(await arrivals(second), ["News for the second"]);
  await second.close();
  await until(() => watched().join() === "one");
});

for (const [how, end, options = {}] of [
  ["closed", (page) => page.close()],
  ["killed", async (page) => void (await page.context().newCDPSession(page)).send("Page.crash").catch(() => {}), notInFirefox("WebDriver BiDi kills no tab")],
  // Chromium freezes no page of a browser without a window.
  ["frozen", (page) => page.evaluate(() => void document.dispatchEvent(new Event("freeze")))],
  ["hidden", (page) => hide(page, true)],
  ["left", (page) => page.goto("about:blank")],
]) {
  test(`when the tab that leads is ${how} another one has the socket, and nothing is lost or there twice`, options, async () => {
    const [first, second] = await two();
    const third = await open({ context: first.context() });
    await until(() => sockets() === 1);
    write("News before");
    await bar(second).filter({ hasText: "1 new comment" }).waitFor();
    await bar(third).filter({ hasText: "1 new comment" }).waitFor();
    const [socket] = stage.store.sockets.keys();
    const ended = end(first);
    write("News meanwhile");
    await ended;
    await until(() => !stage.store.sockets.has(socket) && sockets() === 1 && watched().length === 1, "the take-over");
    write("News afterwards");
    for (const page of [second, third]) {
      await bar(page).filter({ hasText: "3 new comments" }).waitFor();
      assert.deepEqual(await arrivals(page), ["News before", "News meanwhile", "News afterwards"]);
      assert.deepEqual(page.problems, []);
    }
  });
}

test("a tab that comes back has what it missed, and no socket of its own", async () => {
  const [first, second] = await two();
  await hide(first, true);
  await until(() => leads(second));
  write("News meanwhile");
  await bar(second).filter({ hasText: "1 new comment" }).waitFor();
  await hide(first, false);
  await bar(first).filter({ hasText: "1 new comment" }).waitFor();
  write("News afterwards");
  for (const page of [first, second]) {
    await bar(page).filter({ hasText: "2 new comments" }).waitFor();
    assert.deepEqual(await arrivals(page), ["News meanwhile", "News afterwards"]);
  }
  assert.equal(sockets(), 1);
  for (const page of [first, second]) await hide(page, true);
  await until(() => sockets() === 0);
  assert.deepEqual((await held(first)).filter(([name]) => name.startsWith("embedcomments:")), []);
});

test("a server that was away has all tabs back on one socket", async () => {
  const [first, second] = await two();
  const port = Number(new URL(stage.server.url).port);
  await stage.server.close();
  await until(() => sockets() === 0);
  write("News meanwhile");
  stage.server = await startServer(stage.store, port);
  for (const page of [first, second]) await bar(page).filter({ hasText: "1 new comment" }).waitFor();
  await until(() => sockets() === 1);
  write("News afterwards");
  for (const page of [first, second]) {
    await bar(page).filter({ hasText: "2 new comments" }).waitFor();
    assert.deepEqual(await arrivals(page), ["News meanwhile", "News afterwards"]);
  }
});

for (const [what, init] of [
  ["has no locks", "Object.defineProperty(navigator, 'locks', { value: undefined });"],
  ["refuses locks", "if (navigator.locks) navigator.locks.request = () => Promise.reject(new DOMException('no', 'SecurityError'));"],
  ["throws at locks", "if (navigator.locks) navigator.locks.request = () => { throw new DOMException('no', 'SecurityError'); };"],
  ["has no channels", "delete window.BroadcastChannel;"],
  ["refuses channels", "window.BroadcastChannel = class { constructor() { throw new DOMException('no', 'SecurityError'); } };"],
]) {
  test(`each tab has a socket where the browser ${what}`, async () => {
    const first = await open({ init });
    const second = await open({ init, context: first.context() });
    await until(() => sockets() === 2 && watched().length === 2);
    write("News");
    for (const page of [first, second]) {
      await bar(page).filter({ hasText: "1 new comment" }).waitFor();
      assert.deepEqual(page.problems, []);
      assert.equal(await page.evaluate("opened"), 1);
    }
  });
}

test("who leads and does not answer is left to itself", async () => {
  const first = await stage.open({ query: "data-live=off" });
  await first.evaluate((name) => void navigator.locks.request(name, () => new Promise(() => {})), NAME());
  const second = await open({ context: first.context() });
  await until(() => sockets() === 1 && watched().length === 1);
  write("News");
  await bar(second).filter({ hasText: "1 new comment" }).waitFor();
});

test("what else is said on the channel does no harm", async () => {
  const [first, second] = await two();
  const other = await first.context().newPage();
  await other.goto(stage.host.url + "/?data-live=off");
  await other.evaluate((name) => {
    const channel = new BroadcastChannel(name);
    const frames = [null, 7, "x", {}, { op: "frame" }, { op: "frame", data: "{" }, { op: "frame", data: "null" }, { op: "frame", data: '"x"' }];
    frames.push({ op: "frame", data: 1 }, { op: "say", from: "x", data: "null" }, { op: "say", from: "x", data: "{" }, { op: "say", from: 1 }, { op: "join" });
    frames.push({ op: "say", from: "x", data: '{"op":"sub"}' }, { op: "say", from: "x", data: '{"op":"sub","site":1,"key":{}}' });
    for (const frame of frames) channel.postMessage(frame);
  }, NAME());
  write("News");
  for (const page of [first, second]) {
    await bar(page).filter({ hasText: "1 new comment" }).waitFor();
    assert.deepEqual(page.problems, []);
  }
  assert.equal(sockets(), 1);
});

test("a page that is left keeps its way back, holds nothing meanwhile, and has what it missed", async () => {
  const browser = await launch({ ignoreDefaultArgs: ["--disable-back-forward-cache"] });
  try {
    const context = await browser.newContext();
    const page = await open({ context });
    await until(() => leads(page));
    await page.evaluate(() => addEventListener("pageshow", ({ persisted }) => (window.wasKept = persisted)));
    await page.goto(`${stage.host.url}/?data-live=off`);
    await until(() => sockets() === 0);
    assert.deepEqual(await held(page), []);
    write("News");
    await page.goBack({ waitUntil: "commit" });
    await bar(page).filter({ hasText: "1 new comment" }).waitFor();
    assert.equal(await page.evaluate("wasKept"), true);
    await until(() => leads(page));
    assert.equal(sockets(), 1);
  } finally {
    await browser.close();
  }
});
