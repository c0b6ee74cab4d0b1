/** What a reader sees of the built widget, on a page of another origin. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { findings, KEY, setStage, until } from "./stage.mjs";

let stage;
before(async () => (stage = await setStage()));
after(() => stage.close());
beforeEach(() => stage.reset());

test("shows a thread with everything in it, and axe finds nothing", async () => {
  const page = await stage.open();
  assert.equal(await page.thread.locator("h2").textContent(), "13 comments");
  assert.equal(await page.thread.locator("article").count(), 15);
  assert.equal(await page.thread.locator(".ping-line a").getAttribute("rel"), "external nofollow ugc");
  assert.match(await page.thread.locator(".gone").textContent(), /removed/);
  assert.deepEqual(await findings(page), []);
  assert.deepEqual(page.problems, []);
});

for (const [name, options] of Object.entries({
  dark: { query: "dark=1" },
  "right to left": { query: "lang=fa" },
  "a dark thread on a light page": { query: "data-theme=dark" },
  narrow: { width: 320 },
  empty: { query: "key=nobody" },
})) {
  test(`axe finds nothing: ${name}`, async () => assert.deepEqual(await findings(await stage.open(options)), []));
}

for (const width of [320, 390, 1200]) {
  test(`never pushes the page wider than ${width} px`, async () => {
    const page = await stage.open({ width });
    await page.thread.locator("textarea").first().focus();
    await page.thread.locator(".post").waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
  });
}

test("every control is at least 24 px high and wide", async () => {
  const page = await stage.open({ width: 390 });
  await page.thread.locator("textarea").first().focus();
  await page.thread.locator(".post").waitFor();
  const small = await page.evaluate(() =>
    [...document.querySelector("embed-comments").shadowRoot.querySelectorAll("button, select, textarea, input, .when")]
      .map((element) => [element.className || element.name || element.tagName, element.getBoundingClientRect()])
      .filter(([, { width, height }]) => width < 24 || height < 24)
      .map(([name, { width, height }]) => `${name} ${width}x${height}`),
  );
  assert.deepEqual(small, []);
});

test("asks for module and comments side by side, in four requests with the feed's part, and four when all is there", async () => {
  stage.store.requests = [];
  await stage.open();
  const later = ["reach", "read", "rest", "tabs"];
  await until(() => stage.store.sockets.size && later.every((part) => stage.store.requests.some((line) => line.endsWith(`/${part}.js`))));
  const asked = stage.store.requests.map((line) => line.replace(/\w{12}(?=\/)/, "HASH")).sort();
  stage.store.requests = undefined;
  const parts = ["live", "reach", "read", "rest", "tabs", "widget"].map((part) => `GET /embed/HASH/${part}.js`);
  assert.deepEqual(asked, ["GET /api/v1/sites/default/thread", "GET /embed.js", ...parts]);
});

test("works under the strictest policy, with one Trusted Types policy", async () => {
  const { url } = stage.server;
  stage.scene.headers["Content-Security-Policy"] =
    `default-src 'none'; script-src ${url}; connect-src ${url} ${url.replace("http", "ws")}; require-trusted-types-for 'script'; trusted-types embedcomments`;
  stage.scene.html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Strict</title><body><p>Text</p><script async src="${url}/embed.js" data-key="${KEY}"></script></body></html>`;
  const page = await stage.open({
    init: () => {
      globalThis.violations = [];
      document.addEventListener("securitypolicyviolation", ({ violatedDirective, sourceFile, sample, blockedURI }) => {
        // Firefox tells of the icon that it looks for by itself.
        if (!blockedURI.endsWith("/favicon.ico")) globalThis.violations.push(`${violatedDirective} ${sourceFile} ${sample} ${blockedURI}`);
      });
    },
  });
  await page.thread.locator("textarea").first().fill("Under a strict policy");
  await page.thread.locator(".modes button").nth(1).click();
  await page.thread.locator(".preview p", { hasText: "strict" }).waitFor();
  await page.thread.locator(".post").click();
  await page.thread.locator("article", { hasText: "Under a strict policy" }).waitFor();
  await until(() => stage.store.sockets.size);
  assert.deepEqual(await page.evaluate(() => globalThis.violations), []);
  assert.deepEqual(page.problems, []);
});

test("loads later pages and long branches, and leads the focus to what came", async () => {
  await stage.reset({ full: false });
  const root = stage.store.add("default", KEY, { text: "A root", name: "R" });
  for (let i = 0; i < 40; i++) stage.store.add("default", KEY, { text: `Answer ${i}`, name: "A", parent: root.id });
  for (let i = 0; i < 130; i++) stage.store.add("default", KEY, { text: `Comment ${i}`, name: "C" });
  const page = await stage.open();
  await page.thread.getByRole("button", { name: "Show 10 more replies" }).click();
  await page.thread.locator("article", { hasText: "Answer 39" }).waitFor();
  assert.match(await page.thread.locator("article:focus").textContent(), /Answer 30/);
  const before = await page.thread.locator("article").count();
  await page.thread.getByRole("button", { name: "Show more", exact: true }).click();
  await page.thread.locator("article", { hasText: "Comment 129" }).waitFor();
  assert.ok((await page.thread.locator("article").count()) > before);
});

test("a permalink leads to a comment that is not on the first page", async () => {
  await stage.reset({ full: false });
  for (let i = 0; i < 150; i++) stage.store.add("default", KEY, { text: `Comment ${i}`, name: "C" });
  const parent = stage.store.add("default", KEY, { text: "The last root", name: "L" });
  const deep = stage.store.add("default", KEY, { text: "The linked answer", name: "D", parent: parent.id });
  const page = await stage.open({ hash: `#comment-${deep.id}` });
  const aimed = page.thread.locator(".aimed");
  await aimed.waitFor();
  assert.match(await aimed.textContent(), /The linked answer/);
  await until(() => aimed.evaluate((element) => element.getRootNode().activeElement === element && element.getBoundingClientRect().top < innerHeight));
});

test("orders comments as the reader likes", async () => {
  const page = await stage.open();
  await page.thread.locator("select").selectOption("newest");
  await until(async () => /Arn/.test(await page.thread.locator("article").first().textContent()));
  await page.thread.locator("select").selectOption("top");
  await until(async () => /Nshan/.test(await page.thread.locator("article").first().textContent()));
});

test("remembers the order that a reader chose, and asks for it once", async () => {
  const page = await stage.open();
  assert.equal(await page.evaluate(() => localStorage.length), 0);
  await page.thread.locator("select").selectOption("newest");
  await until(async () => /Arn/.test(await page.thread.locator("article").first().textContent()));
  const asked = [];
  page.on("request", (request) => request.url().includes("/thread?") && asked.push(new URL(request.url()).searchParams.get("sort")));
  await page.reload();
  await page.locator("embed-comments[data-status=ready]").waitFor();
  assert.match(await page.thread.locator("article").first().textContent(), /Arn/);
  assert.equal(await page.thread.locator("select").inputValue(), "newest");
  assert.deepEqual(asked, ["newest"]);
});

test("says so when the server is away, and recovers", async () => {
  const page = await stage.open();
  await page.route("**/thread?*", (route) => route.abort());
  await page.evaluate(() => (document.querySelector("embed-comments").dataset.key = "other"));
  await page.thread.getByRole("alert").waitFor();
  assert.deepEqual(await findings(page), []);
  await page.unroute("**/thread?*");
  await page.thread.getByRole("button", { name: "Try again" }).click();
  await page.locator("embed-comments[data-status=ready]").waitFor();
});

test("waits far below the fold until the reader comes near", async () => {
  const { url } = stage.server;
  stage.scene.html = `<!doctype html><html lang="en"><title>Long</title><body><div style="height: 20000px"></div><script src="${url}/embed.js" data-key="${KEY}"></script></body></html>`;
  stage.store.requests = [];
  const context = await stage.browser.newContext();
  const page = await context.newPage();
  await page.goto(stage.host.url);
  await page.locator("embed-comments").waitFor({ state: "attached" });
  await page.waitForTimeout(300);
  assert.deepEqual(stage.store.requests, ["GET /embed.js"]);
  await page.evaluate(() => scrollTo(0, 19000));
  await page.locator("embed-comments[data-status=ready]").waitFor();
});

test("fills counts on list pages with one request", async () => {
  const { url } = stage.server;
  stage.scene.html = `<!doctype html><html lang="en"><head><title>List</title><script async src="${url}/embed.js"></script></head><body><b data-embedcomments-count="${KEY}"></b><b data-embedcomments-count="none"></b></body></html>`;
  stage.store.requests = [];
  const page = await (await stage.browser.newContext()).newPage();
  await page.goto(stage.host.url);
  await until(async () => (await page.locator("b").allTextContents()).join() === "13,0");
  assert.equal(stage.store.requests.filter((line) => line.endsWith("/counts")).length, 1);
});

test("in a single-page app elements come, move, change key and go without leaving a socket", async () => {
  const page = await stage.open();
  await until(() => stage.store.sockets.size === 1);
  await page.evaluate(() => {
    const element = document.querySelector("embed-comments");
    globalThis.first = element.shadowRoot.querySelector("article");
    document.body.append(element);
  });
  assert.equal(await page.evaluate(() => globalThis.first.isConnected), true);
  await page.evaluate(() => (document.querySelector("embed-comments").dataset.key = "another"));
  await page.thread.locator(".empty").waitFor();
  await page.evaluate(() => {
    const second = document.createElement("embed-comments");
    second.dataset.key = "https://example.com/printing-house";
    document.body.append(second);
  });
  await page.locator("embed-comments").nth(1).locator("article").first().waitFor();
  await until(() => [...stage.store.sockets.values()].some((threads) => threads.size === 2));
  assert.equal(stage.store.sockets.size, 1);
  await page.evaluate(() => document.querySelectorAll("embed-comments").forEach((element) => element.remove()));
  await until(() => stage.store.sockets.size === 0);
  assert.deepEqual(page.problems, []);
});

test("follows a page that turns dark", async () => {
  const page = await stage.open();
  assert.equal(await page.thread.locator("section.light").count(), 1);
  await page.evaluate(() => document.body.setAttribute("style", "color: #eee; background: #111"));
  await page.thread.locator("section.dark").waitFor();
});
