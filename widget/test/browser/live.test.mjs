/** What comes while one reads. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { findings, KEY, setStage, until } from "./stage.mjs";

let stage;
before(async () => (stage = await setStage()));
after(() => stage.close());
beforeEach(() => stage.reset());

const live = async (options) => {
  const page = await stage.open(options);
  await until(() => [...stage.store.sockets.values()].some((threads) => threads.size));
  return page;
};
const bar = (page) => page.thread.locator(".bar button");

test("new comments wait behind a bar that moves nothing, and come when it is pressed", async () => {
  const page = await live();
  await page.thread.locator("article").nth(9).scrollIntoViewIfNeeded();
  const place = () => page.thread.locator("article").nth(9).evaluate((element) => element.getBoundingClientRect().top);
  const before = await place();
  const target = stage.store.thread("default", KEY).comments[0];
  stage.store.add("default", KEY, { text: "A live root", name: "Zara" });
  stage.store.add("default", KEY, { text: "A live answer", name: "Tigran", parent: target.id });
  await bar(page).filter({ hasText: "2 new comments" }).waitFor();
  assert.equal(await page.thread.locator("h2").textContent(), "15 comments");
  assert.equal(await place(), before);
  await until(async () => (await page.thread.locator("[role=status]").textContent()) === "2 new comments");
  assert.deepEqual(await findings(page), []);
  await bar(page).click();
  await page.thread.locator(".fresh", { hasText: "A live answer" }).waitFor();
  assert.equal(await page.thread.locator(".fresh").count(), 2);
  assert.equal(await bar(page).count(), 0);
});

test("edits and removals show in place, and a tombstone goes with its last answer", async () => {
  const page = await live();
  const { comments } = stage.store.thread("default", KEY);
  stage.store.edit(comments[0].id, "Rewritten by Nshan");
  await page.thread.getByText("Rewritten by Nshan").waitFor();
  const petros = comments.find(({ author }) => author?.name === "Petros");
  stage.store.remove(petros.id);
  await page.thread.getByText("That was uncalled for.").waitFor({ state: "detached" });
  assert.equal(await page.thread.locator(".gone").count(), 0);
});

test("what was missed while the connection was gone comes after it returns, once", async () => {
  const page = await live();
  stage.store.sockets.forEach((_, socket) => socket.terminate());
  await until(() => stage.store.sockets.size === 0);
  stage.store.add("default", KEY, { text: "While you were away", name: "Zara" });
  await bar(page).filter({ hasText: "1 new comment" }).waitFor({ timeout: 10_000 });
  await bar(page).click();
  await until(async () => (await page.thread.getByText("While you were away").count()) === 1);
});

test("two readers see each other's number and that one is writing", async () => {
  const page = await live();
  const other = await live();
  await page.thread.getByText("2 reading now").waitFor();
  await other.thread.locator("form.new textarea").pressSequentially("Hm");
  await page.thread.getByText("Someone is writing…").waitFor();
  assert.equal(await other.thread.getByText("Someone is writing…").count(), 0);
});

test("a hidden tab holds no socket", async () => {
  const page = await live();
  const hide = (hidden) =>
    page.evaluate((value) => {
      Object.defineProperty(document, "hidden", { configurable: true, value });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await hide(true);
  await until(() => stage.store.sockets.size === 0);
  stage.store.add("default", KEY, { text: "Meanwhile", name: "Zara" });
  await hide(false);
  await bar(page).filter({ hasText: "1 new comment" }).waitFor();
});

test("data-live=off opens no socket", async () => {
  const page = await stage.open({ query: "data-live=off" });
  await page.waitForTimeout(500);
  assert.equal(stage.store.sockets.size, 0);
});
