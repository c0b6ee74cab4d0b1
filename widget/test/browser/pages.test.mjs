/** Pages of a long thread that come by themselves. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { KEY, setStage, until } from "./stage.mjs";

let stage;
before(async () => (stage = await setStage()));
after(() => stage.close());
beforeEach(async () => {
  await stage.reset({ full: false });
  stage.store.pageSize = 10;
  for (let i = 1; i <= 65; i++) stage.store.add("default", KEY, { text: `Number ${i}`, name: "Zara" });
});

const more = (page) => page.thread.locator(".more.wide");
const articles = (page) => page.thread.locator("article").count();

async function open(query = "data-more=auto", options = {}) {
  const page = await stage.open({ query, height: 600, ...options });
  await page.thread.locator(".pause").waitFor();
  if (query) await page.waitForFunction(() => performance.getEntriesByType("resource").some(({ name }) => name.endsWith("/pages.js")));
  return page;
}
/** Go to the end of the thread, and be there long enough for whoever watches the button. */
const goToEnd = (page) =>
  page.evaluate(async () => {
    const button = document.querySelector("embed-comments").shadowRoot.querySelector(".more.wide");
    button?.scrollIntoView({ block: "end" });
    // Observers hear in the order in which they were made.
    if (button) await new Promise((resolve) => new IntersectionObserver((entries, observer) => entries.at(-1).isIntersecting && (observer.disconnect(), resolve())).observe(button));
    // Whoever asked for a page waits for this part first.
    await import(performance.getEntriesByType("resource").find(({ name }) => name.endsWith("/read.js")).name.replace("/read.js", "/reach.js"));
    await new Promise(requestAnimationFrame);
  });
const busy = (page) => page.thread.locator(".more.wide[aria-busy=true]").count();

test("three pages come as one reads on, then the end can be reached until one asks for more", async () => {
  const page = await open();
  for (const number of [20, 30, 40]) {
    await goToEnd(page);
    await until(async () => (await articles(page)) === number);
  }
  assert.equal(await page.evaluate(() => document.activeElement === document.body), true);
  await goToEnd(page);
  assert.equal(await busy(page), 0);
  assert.equal(await articles(page), 40);
  assert.equal(await more(page).isVisible(), true);
  await more(page).click();
  await until(async () => (await articles(page)) >= 50);
  await until(async () => {
    await goToEnd(page);
    return (await articles(page)) === 65;
  });
  assert.equal(await more(page).count(), 0);
  assert.deepEqual((await page.thread.locator(".body").allTextContents()).map((text) => text.trim()), Array.from({ length: 65 }, (_, i) => `Number ${i + 1}`));
  assert.deepEqual(page.problems, []);
});

test("what one reads stays where it is when a page comes", async () => {
  const page = await open();
  const last = page.thread.locator("article", { hasText: "Number 10" });
  await last.evaluate((element) => element.scrollIntoView({ block: "center" }));
  const place = () => last.evaluate((element) => Math.round(element.getBoundingClientRect().top));
  const before = await place();
  await until(async () => (await articles(page)) === 20);
  assert.equal(await place(), before);
});

test("no page comes by itself unless the site wishes it, nor to those who save data", async () => {
  for (const page of [await open(""), await open("data-more=auto", { init: "Object.defineProperty(navigator, 'connection', { value: { saveData: true } });" })]) {
    await goToEnd(page);
    assert.equal(await busy(page), 0);
    assert.equal(await articles(page), 10);
  }
});

test("no page comes by itself to those who go by Tab, or stand on the button", async () => {
  const page = await open();
  await page.keyboard.press("Tab");
  await goToEnd(page);
  assert.equal(await busy(page), 0);
  await more(page).focus();
  await page.mouse.move(300, 300);
  await page.mouse.wheel(0, 1);
  await goToEnd(page);
  assert.equal(await busy(page), 0);
  assert.equal(await articles(page), 10);
  await page.keyboard.press("Enter");
  await until(async () => (await articles(page)) >= 20);
  assert.match(await page.evaluate(() => document.querySelector("embed-comments").shadowRoot.activeElement.textContent), /Number 11/);
});

test("a page that failed is not asked for again and again", async () => {
  const page = await open();
  let asked = 0;
  await page.route(/after=/, (route) => {
    asked++;
    return route.abort();
  });
  await goToEnd(page);
  await page.thread.getByRole("alert").filter({ hasText: "did not load" }).waitFor();
  await goToEnd(page);
  assert.equal(asked, 1);
  await page.unroute(/after=/);
  await more(page).click();
  await until(async () => (await articles(page)) >= 20);
});
