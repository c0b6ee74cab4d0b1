/** Reading, writing and taking back without a pointer. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { findings, KEY, setStage, until } from "./stage.mjs";

let stage;
before(async () => (stage = await setStage()));
after(() => stage.close());
beforeEach(() => stage.reset());

/** Fill the form, and have it ready to be sent. */
async function write(page, text) {
  await page.thread.locator("form.new textarea").fill(text);
  await page.thread.locator("form.new .post").waitFor();
}

/** What has the focus, in a word or two. */
const focused = (page) =>
  page.evaluate(() => {
    const element = document.querySelector("embed-comments").shadowRoot.activeElement;
    if (!element) return "";
    const label = element.getAttribute("aria-label") ?? element.closest("label")?.textContent ?? element.textContent;
    return `${element.localName} ${label.trim().replace(/\s+/g, " ")}`.trim();
  });
const press = async (page, keys) => {
  const stops = [];
  for (const key of keys.split(" ")) {
    await page.keyboard.press(key);
    stops.push(await focused(page));
  }
  return stops;
};

test("the order of Tab is the order of reading", async () => {
  const page = await stage.open();
  await page.thread.locator(".fold").first().waitFor();
  await page.thread.locator(".pause").waitFor();
  await page.thread.locator("select").focus();
  await press(page, "Tab");
  await page.thread.locator("form.new .post").waitFor();
  const stops = await press(page, "Tab Tab Tab Tab Tab Tab Tab Tab Tab Tab Tab Tab Tab Tab");
  assert.deepEqual(stops, [
    "button Write",
    "button Preview",
    "button Bold",
    "input Name",
    "input E-mail (optional, never shown)",
    "input Remember me on this device",
    "button Cancel",
    "button Post",
    "button Pause live updates",
    "a 3 hours ago",
    "button Reply to Nshan",
    "button Copy link",
    "button 6 replies",
    "a Printing House",
  ]);
});

test("leaving the empty form by Escape or Cancel keeps the place, and Tab leads in again", async () => {
  const page = await stage.open();
  const area = page.thread.locator("form.new textarea");
  for (const leave of ["Escape", "Cancel"]) {
    await area.focus();
    await page.thread.locator("form.new .post").waitFor();
    if (leave === "Escape") await page.keyboard.press("Escape");
    else {
      await page.thread.locator("form.new .cancel").focus();
      await page.keyboard.press("Enter");
    }
    await page.thread.locator("form.new .post").waitFor({ state: "detached" });
    assert.equal(await focused(page), "form Write a comment");
    assert.deepEqual(await press(page, "Tab"), ["textarea"]);
    await page.thread.locator("form.new .post").waitFor();
  }
});

test("Escape throws no words away", async () => {
  const page = await stage.open();
  const area = page.thread.locator("form.new textarea");
  await write(page, "Something");
  await page.keyboard.press("Escape");
  assert.equal(await area.inputValue(), "Something");
  assert.equal(await page.thread.locator("form.new .post").count(), 1);
});

test("a form left from its preview shows its words again", async () => {
  const page = await stage.open();
  const area = page.thread.locator("form.new textarea");
  await area.fill("Seen in the preview");
  await page.thread.getByRole("button", { name: "Preview" }).click();
  await page.thread.locator(".preview p").waitFor();
  await page.thread.locator("form.new .cancel").click();
  assert.equal(await area.isVisible(), true);
  assert.equal(await page.thread.locator(".preview").count(), 0);
});

test("a comment is written, changed and deleted by keys, and the focus is never lost", async () => {
  const page = await stage.open();
  await page.thread.locator("form.new textarea").focus();
  await page.thread.locator("form.new .post").waitFor();
  await page.keyboard.type("By keys alone");
  await page.keyboard.press("Control+Enter");
  const own = page.thread.locator("article", { hasText: "By keys alone" });
  await own.waitFor();
  await until(async () => /^article .*By keys alone/.test(await focused(page)));
  assert.deepEqual(await press(page, "Tab Tab Tab Tab"), ["a just now", "button Reply to Anonymous", "button Copy link", "button Edit"]);

  await page.keyboard.press("Enter");
  await until(async () => (await page.thread.locator("form.edit textarea").inputValue().catch(() => "")) === "By keys alone");
  await page.keyboard.press("Escape");
  await page.thread.locator("form.edit").waitFor({ state: "detached" });
  assert.match(await focused(page), /^article .*By keys alone/);

  await press(page, "Tab Tab Tab Tab Tab Enter");
  assert.equal(await focused(page), "button Delete");
  assert.deepEqual(await press(page, "Escape"), ["button Delete"]);
  assert.equal(await own.getByRole("button", { name: "Keep" }).count(), 0);
  await press(page, "Enter");
  await own.getByRole("button", { name: "Keep" }).waitFor();
  await page.keyboard.press("Enter");
  await own.waitFor({ state: "detached" });
  await until(async () => /^article .*Arn/.test(await focused(page)));
});

test("deleting the only comment leads the focus to the title", async () => {
  const page = await stage.open({ query: "key=quiet" });
  await write(page, "Alone");
  await page.keyboard.press("Control+Enter");
  const own = page.thread.locator("article", { hasText: "Alone" });
  await own.getByRole("button", { name: "Delete" }).click();
  await own.getByRole("button", { name: "Delete" }).click();
  await page.thread.locator(".empty").waitFor();
  assert.equal(await focused(page), "h2 Comments");
});

test("a comment that could not be deleted says why, and can be tried again", async () => {
  const page = await stage.open();
  await write(page, "Stubborn");
  await page.keyboard.press("Control+Enter");
  const own = page.thread.locator("article", { hasText: "Stubborn" });
  await own.getByRole("button", { name: "Delete" }).click();
  await page.route("**/comments/*", (route) => (route.request().method() === "DELETE" ? route.abort() : route.continue()));
  await own.getByRole("button", { name: "Delete" }).click();
  await own.getByRole("alert").filter({ hasText: "cannot be reached" }).waitFor();
  assert.equal(await focused(page), "button Delete");
  assert.deepEqual(await findings(page), []);
  await page.unroute("**/comments/*");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await own.waitFor({ state: "detached" });
});

test("only what came last stands out", async () => {
  const page = await stage.open();
  const area = page.thread.locator("form.new textarea");
  for (const text of ["The first of two", "The second of two"]) {
    await write(page, text);
    await page.keyboard.press("Control+Enter");
    await page.thread.locator(".fresh", { hasText: text }).waitFor();
    await until(async () => (await area.inputValue()) === "");
  }
  assert.equal(await page.thread.locator(".fresh").count(), 1);
});

test("words that were never sent are posted, not tried again", async () => {
  const page = await stage.open();
  await write(page, "Words");
  await page.thread.getByLabel(/E-mail/).fill("not an address");
  await page.thread.locator("form.new .post").click();
  await page.thread.getByRole("alert").filter({ hasText: "address" }).waitFor();
  assert.equal((await page.thread.locator("form.new .post").textContent()).trim(), "Post");
});
