/** The pages that the thread may find itself on. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { findings, KEY, setStage, until } from "./stage.mjs";

let stage;
before(async () => (stage = await setStage()));
after(() => stage.close());
beforeEach(() => stage.reset());

/** A page with rules of its own, and an article above the thread. */
function page(css, { head = "", above = "" } = {}) {
  stage.scene.html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Another page</title>${head}<style>${css}</style></head><body><main>${above}<script async src="${stage.server.url}/embed.js" data-key="${KEY}"></script></main></body></html>`;
}
const inside = (opened, selector, read) => opened.thread.locator(selector).first().evaluate(read);
const fontSize = (opened, selector) => inside(opened, selector, (element) => parseFloat(getComputedStyle(element).fontSize));

test("a page that makes its rem 10 px gets words of the same size as any other", async () => {
  const sizes = async () => {
    const opened = await stage.open();
    return [await fontSize(opened, ".name"), await fontSize(opened, ".when"), (await opened.thread.locator(".avatar").first().boundingBox()).width];
  };
  page("body { font: 18px/1.5 serif }");
  const ordinary = await sizes();
  page("html { font-size: 62.5% } body { font: 1.8rem/1.5 serif }");
  const small = await sizes();
  assert.deepEqual(ordinary, [15, 13, 36]);
  small.forEach((size, i) => assert.ok(Math.abs(size - ordinary[i]) < 0.5, `${size} instead of ${ordinary[i]}`));
});

test("a reader who doubles the size of text gets it doubled, and nothing runs out of the page", async () => {
  page("html { font-size: 200% } body { margin: 0; font: 1rem/1.6 serif }");
  const opened = await stage.open({ width: 390 });
  assert.equal(await fontSize(opened, ".name"), 30);
  await opened.thread.locator("form.new textarea").focus();
  await opened.thread.locator(".post").waitFor();
  assert.equal(await opened.evaluate(() => document.documentElement.scrollWidth), 390);
  assert.deepEqual(await findings(opened), []);
});

for (const [name, css] of Object.entries({
  "unsets everything": "* { all: unset } head, script { display: none }",
  "unsets everything, and means it": "* { all: unset !important } head, script { display: none !important }",
})) {
  test(`a page that ${name} does not reach into the thread, which knows how narrow it is`, async () => {
    page(css);
    const opened = await stage.open({ width: 390 });
    assert.equal(await opened.evaluate(() => document.documentElement.scrollWidth), 390);
    assert.equal(await inside(opened, "li li .up", (element) => getComputedStyle(element).display !== "none"), true);
    const { body, comment } = await inside(opened, ".comment", (element) => ({
      comment: element.getBoundingClientRect().width,
      body: element.querySelector(".body").getBoundingClientRect().width,
    }));
    assert.equal(body, comment);
    assert.deepEqual(await findings(opened), []);
  });
}

test("a <base> bends neither permalinks nor what is loaded", async () => {
  page("", { head: '<base href="https://elsewhere.example/deep/">' });
  const opened = await stage.open({ width: 700 });
  await opened.thread.locator("form.new textarea").fill("Written under a base");
  await opened.thread.locator(".post").click();
  await opened.thread.locator("article", { hasText: "Written under a base" }).waitFor();
  const href = await opened.thread.locator("a.when").first().getAttribute("href");
  assert.ok(href.startsWith(`${stage.host.url}/?#comment-`), href);
  assert.deepEqual(opened.problems, []);
});

test("a fragment that is no valid encoding stops nothing", async () => {
  const opened = await stage.open({ hash: "#100%" });
  await until(() => [...stage.store.sockets.values()].some((threads) => threads.size));
  assert.deepEqual(opened.problems, []);
});

test("forced colours tell which of Write and Preview is on, and what was aimed at", async () => {
  const id = stage.store.thread("default", KEY).comments[0].id;
  const opened = await stage.open({ forcedColors: "active", hash: `#comment-${id}` });
  await opened.thread.locator(".aimed").waitFor();
  await until(() => inside(opened, ".aimed", (element) => getComputedStyle(element, "::before").outlineStyle === "solid"));
  await opened.thread.locator("form.new textarea").focus();
  await opened.thread.locator(".post").waitFor();
  const borders = await opened.thread.locator(".modes button").evaluateAll((buttons) => buttons.map((button) => getComputedStyle(button).borderBlockEndWidth));
  assert.deepEqual(borders, ["2px", "0px"]);
  assert.deepEqual(await findings(opened), []);
});

test("those who asked for less motion see none", async () => {
  const opened = await stage.open({ reducedMotion: "reduce" });
  await opened.thread.locator("form.new textarea").fill("Calm");
  await opened.thread.locator(".post").click();
  await opened.thread.locator(".fresh").waitFor();
  const moving = await opened.evaluate(() => document.querySelector("embed-comments").shadowRoot.getAnimations().length);
  assert.equal(moving, 0);
});
