/** Names of the people in the thread, while an @ is written, in the built widget. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { findings, setStage, until } from "./stage.mjs";

let stage;
before(async () => (stage = await setStage()));
after(() => stage.close());
beforeEach(() => stage.reset());

const area = (page, form = "new") => page.thread.locator(`form.${form} textarea`);
const options = (page) => page.thread.getByRole("listbox", { name: "People in this discussion" }).getByRole("option");
const chosen = (page) => page.thread.locator("[role=option][aria-selected=true]").textContent();

/** The form, open. */
async function begin(options) {
  const page = await stage.open(options);
  await area(page).click();
  await page.thread.locator("form.new .marks").waitFor();
  return page;
}

test("an @ offers who wrote, the last ones first, and keys choose without leaving the words", async () => {
  const page = await begin();
  await page.keyboard.type("Thanks, @");
  await options(page).first().waitFor();
  assert.deepEqual((await options(page).allTextContents()).slice(0, 3), ["Arn", "averyveryverylongnamewithoutanyspacesinitthatgoesonandon", "王小明"]);
  assert.equal(await options(page).count(), 6);
  assert.deepEqual(await findings(page), []);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  assert.equal(await chosen(page), "王小明");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  assert.equal(await options(page).last().getAttribute("aria-selected"), "true");
  const { isHere, active } = await area(page).evaluate((field) => ({
    isHere: field.getRootNode().activeElement === field,
    active: field.getRootNode().getElementById(field.getAttribute("aria-activedescendant"))?.textContent,
  }));
  assert.equal(isHere, true);
  assert.equal(active, await options(page).last().textContent());
  await page.keyboard.type("кон");
  assert.deepEqual(await options(page).allTextContents(), ["Юрий Константинопольский"]);
  await page.keyboard.press("Enter");
  assert.equal(await area(page).inputValue(), "Thanks, @Юрий Константинопольский ");
  assert.equal(await options(page).count(), 0);
  assert.equal(await area(page).getAttribute("aria-activedescendant"), null);
  await page.keyboard.type("and @PRINT");
  await page.keyboard.press("Tab");
  assert.equal(await area(page).inputValue(), "Thanks, @Юрий Константинопольский and @Printing House ");
  await page.keyboard.press("Control+z");
  assert.equal(await area(page).inputValue(), "Thanks, @Юрий Константинопольский and @PRINT");
  assert.deepEqual(page.problems, []);
});

test("Escape leaves the sign as it stands, and the form open; so does a name that nobody has", async () => {
  const page = await begin();
  await page.keyboard.type("@ar");
  await options(page).first().waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await options(page).count(), 0);
  await page.keyboard.type("n");
  assert.equal(await options(page).count(), 0);
  await page.keyboard.press("Enter");
  await page.keyboard.type("@nobody");
  assert.equal(await options(page).count(), 0);
  await page.keyboard.press("Enter");
  await page.keyboard.type("me@ar");
  assert.equal(await options(page).count(), 0);
  assert.equal(await area(page).inputValue(), "@arn\n@nobody\nme@ar");
  await page.keyboard.press("Enter");
  await page.keyboard.type("@ar");
  await options(page).first().waitFor();
  await page.keyboard.press("Control+Enter");
  await page.thread.locator("article", { hasText: "@nobody" }).waitFor();
  assert.equal(await options(page).count(), 0);
});

test("who is answered comes first, a pointer chooses, and nothing is asked of the server", async () => {
  const page = await stage.open();
  const asked = [];
  await page.thread.locator("article", { hasText: "چه خبر خوبی" }).getByRole("button", { name: /^Reply/ }).click();
  await page.thread.locator("form.reply .marks").waitFor();
  await page.thread.locator(".pause").waitFor();
  page.on("request", (request) => asked.push(new URL(request.url()).pathname.split("/").at(-1)));
  await page.keyboard.type("@");
  await options(page).first().waitFor();
  assert.equal(await options(page).first().textContent(), "مریم");
  await page.keyboard.type("ա");
  await until(async () => (await options(page).count()) === 1);
  await options(page).first().click();
  assert.equal(await area(page, "reply").inputValue(), "@Անահիտ ");
  assert.equal(await area(page, "reply").evaluate((field) => field.getRootNode().activeElement === field), true);
  assert.deepEqual(asked, ["mention.js"]);
});

for (const [name, query] of [["from the left", ""], ["from the right", "lang=fa"]]) {
  test(`the names stand at the sign and within the form, ${name}, also where the window is narrow`, async () => {
    const page = await begin({ query, width: 320, height: 1100 });
    await area(page).fill(`${"Some words that fill more than one line of the narrow form. ".repeat(2)}\n`);
    await page.keyboard.press("Control+End");
    await page.keyboard.type("x @");
    const list = page.thread.locator(".people");
    await list.waitFor();
    const [form, box] = [await page.thread.locator("form.new").boundingBox(), await list.boundingBox()];
    assert.ok(box.x >= form.x - 1 && box.x + box.width <= form.x + form.width + 1, JSON.stringify({ form, box }));
    const field = await area(page).boundingBox();
    assert.ok(box.y + 8 > field.y + field.height - 50 && box.y < field.y + field.height, JSON.stringify({ field, box }));
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
    for (const option of await options(page).all()) assert.ok((await option.boundingBox()).height >= 24);
    // Where the window ends it stands above.
    await page.setViewportSize({ width: 320, height: Math.ceil(field.y + field.height) });
    await page.keyboard.press("Backspace");
    await list.waitFor({ state: "detached" });
    await page.keyboard.type("@");
    await list.waitFor();
    const above = await list.boundingBox();
    assert.ok(above.y >= 0 && above.y + above.height < field.y + field.height - 20, JSON.stringify({ field, above }));
  });
}
