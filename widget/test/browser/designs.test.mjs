/** The ready designs: complete before anything is drawn, and sound wherever the plain one is. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { findings, KEY, notInFirefox, setStage, until } from "./stage.mjs";

let stage;
before(async () => (stage = await setStage()));
after(() => stage.close());
beforeEach(() => stage.reset());

const styleOf = (page, selector, property) =>
  page.thread.locator(selector).first().evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property);
const isNewspaper = async (page) => (await styleOf(page, ".comment > .avatar", "display")) === "none";
const isCards = async (page) => (await styleOf(page, ".list > .item", "border-top-left-radius")) !== "0px";

for (const design of ["newspaper", "cards"]) {
  for (const [name, options] of Object.entries({
    light: {},
    dark: { query: "dark=1" },
    "right to left": { query: "lang=ar" },
    "forced colours": { forcedColors: "active" },
    narrow: { width: 320 },
    "narrow and right to left": { width: 320, query: "lang=he&dark=1" },
  })) {
    test(`${design}, ${name}: axe finds nothing, and all stays within the page`, async () => {
      const aimed = stage.store.thread("default", KEY).comments[1].id;
      const page = await stage.open({ ...options, query: `${options.query ?? ""}&data-design=${design}`, hash: `#comment-${aimed}` });
      await page.thread.locator(".aimed").waitFor();
      await page.thread.locator(".reply").nth(2).click();
      await page.thread.locator("form.reply .post").waitFor();
      assert.deepEqual(await findings(page), []);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), options.width ?? 1000);
      assert.deepEqual(page.problems, []);
    });
  }
}

test("numbers of five digits move the name and cover nothing", async () => {
  stage.store.thread("default", KEY).comments.forEach((comment, i) => comment.number && (comment.number = 12_345 + i));
  for (const width of [320, 1000]) {
    const page = await stage.open({ query: "data-design=newspaper", width });
    const overlaps = await page.thread.locator("article:not(.gone) .meta").evaluateAll((all) =>
      all.filter((meta) => {
        const [number, name] = [".number", ".name, .ping-line"].map((part) => meta.querySelector(part).getBoundingClientRect());
        return number.bottom > name.top + 4 && number.right > name.left;
      }).length,
    );
    assert.equal(overlaps, 0);
  }
});

test("nothing is drawn before the design is there, and nothing on the page moves when it comes", notInFirefox("it has no layout-shift entries"), async () => {
  const context = await stage.browser.newContext({ viewport: { width: 1000, height: 900 } });
  const page = await context.newPage();
  let letGo;
  const gate = new Promise((resolve) => (letGo = resolve));
  await page.route("**/design-cards.js", async (route) => (await gate, route.continue()));
  await page.addInitScript(() => {
    globalThis.shifts = [];
    new PerformanceObserver((list) => shifts.push(...list.getEntries().map(({ value }) => value))).observe({ type: "layout-shift", buffered: true });
  });
  const asked = page.waitForRequest("**/design-cards.js");
  await page.goto(`${stage.host.url}/?data-design=cards`);
  page.thread = page.locator("embed-comments");
  await asked;
  await page.waitForFunction(() => customElements.get("embed-comments"));
  await page.waitForTimeout(150);
  assert.equal(await page.thread.locator(".thread").count(), 0);
  letGo();
  await page.locator("embed-comments[data-status=ready]").waitFor();
  assert.equal(await isCards(page), true);
  await page.thread.locator(".fold").last().waitFor();
  await page.thread.locator(".pause").waitFor();
  assert.deepEqual(await page.evaluate(() => globalThis.shifts), []);
});

for (const design of ["newspaper", "cards"]) {
  for (const width of [390, 1000]) {
    test(`what helps to read on moves nothing when it comes: ${design}, ${width} px`, async () => {
      const context = await stage.browser.newContext({ viewport: { width, height: 900 } });
      let letGo;
      const gate = new Promise((resolve) => (letGo = resolve));
      await context.route("**/read.js", async (route) => (await gate, route.continue()));
      await context.addInitScript(
        ([server, key]) => localStorage.setItem("embedcomments:visits", JSON.stringify({ [`${server}|default|${key}`]: { top: 9, count: 8, at: 0 } })),
        [stage.server.url, KEY],
      );
      const page = await stage.open({ query: `data-design=${design}`, context });
      const places = () => page.thread.locator("article").evaluateAll((all) => all.map((each) => Math.round(each.getBoundingClientRect().top)));
      const before = await places();
      letGo();
      await page.thread.locator(".fold").first().waitFor();
      await page.thread.locator(".tidings").waitFor();
      assert.ok((await page.thread.locator(".dot").count()) > 3);
      const moved = (await places()).map((top, i) => top - before[i]).filter((way) => Math.abs(way) > 1);
      assert.deepEqual(moved, []);
      const [news, first] = await Promise.all([".above", ".list > .item"].map((each) => page.thread.locator(each).first().boundingBox()));
      assert.ok(news.y + news.height <= first.y + 1, "the line of news covers the first comment");
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
      if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/new-${design}-${width}.png`, fullPage: true });
    });
  }
}

test("the design is asked for beside the module, once; the plain one asks for nothing", async () => {
  const designs = () => stage.store.requests.filter((line) => line.includes("/design-")).map((line) => line.split("/").at(-1));
  stage.store.requests = [];
  const page = await stage.open({ query: "data-design=newspaper" });
  assert.equal(await isNewspaper(page), true);
  assert.deepEqual(designs(), ["design-newspaper.js"]);
  const at = (part) => stage.store.requests.findIndex((line) => line.endsWith(part));
  assert.ok(at("/design-newspaper.js") < at("/live.js"));
  for (const name of ["plain", "../embed", "de"]) {
    stage.store.requests = [];
    await stage.open({ query: `data-design=${name}` });
    assert.deepEqual(designs(), [], name);
  }
});

test("a design that does not come leaves the plain thread", async () => {
  const context = await stage.browser.newContext();
  await context.route("**/design-cards.js", (route) => route.abort());
  const page = await stage.open({ query: "data-design=cards", context });
  assert.equal(await isCards(page), false);
  assert.equal(await page.thread.locator("article").count(), 15);
  assert.deepEqual(page.problems, []);
});

test("a page may change the design at any time, and no words are lost", async () => {
  const page = await stage.open();
  await page.thread.locator("form.new textarea").fill("Half a thought");
  await page.thread.locator(".post").waitFor();
  const choose = (design) => page.thread.evaluate((element, name) => (element.dataset.design = name), design);
  stage.store.requests = [];
  await choose("newspaper");
  await until(() => isNewspaper(page));
  await choose("cards");
  await until(() => isCards(page));
  assert.equal(await isNewspaper(page), false);
  await choose("plain");
  await until(async () => !(await isCards(page)));
  assert.equal(await page.thread.locator("form.new textarea").inputValue(), "Half a thought");
  // Parts may come meanwhile, as the browser is idle; the comments are not asked for anew.
  assert.ok(stage.store.requests.every((line) => line.includes("/embed/")), String(stage.store.requests));
});

test("an element without a design of its own takes the script tag's", async () => {
  stage.scene.html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Two</title><main>
    <embed-comments data-key="${KEY}"></embed-comments><embed-comments data-key="${KEY}" data-design="plain"></embed-comments>
    <script async src="${stage.server.url}/embed.js" data-design="newspaper"></script></main></html>`;
  const page = await stage.open();
  await page.locator("embed-comments[data-status=ready]").nth(1).waitFor();
  const shown = await page.locator("embed-comments .list:first-of-type > .item:first-child > .comment > .avatar").evaluateAll((all) => all.map((each) => getComputedStyle(each).display));
  assert.deepEqual(shown, ["none", "block"]);
});
