/** Writing, changing and taking back, in the built widget. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { Refused } from "../../dev/server.mjs";
import { findings, KEY, setStage, until } from "./stage.mjs";

let stage;
before(async () => (stage = await setStage()));
after(() => stage.close());
beforeEach(() => stage.reset());

const area = (page) => page.thread.locator("form.new textarea");
const post = (page) => page.thread.locator("form.new .post");
const article = (page, text) => page.thread.locator("article", { hasText: text });

test("posts, shows the words while they are sent, and remembers nothing before", async () => {
  const page = await stage.open();
  assert.equal(await page.evaluate(() => localStorage.length), 0);
  await area(page).fill("A **first** word");
  await page.thread.getByLabel("Name", { exact: true }).fill("Vahan");
  stage.store.delayMs = 300;
  await area(page).press("Control+Enter");
  await page.thread.locator(".sending").waitFor();
  await article(page, "A first word").waitFor();
  assert.equal(await page.thread.locator(".sending").count(), 0);
  assert.equal(await article(page, "A first word").locator("strong").textContent(), "first");
  assert.equal(await area(page).inputValue(), "");
  await until(async () => (await page.thread.locator("h2").textContent()) === "14 comments");
  assert.deepEqual(stage.store.lastPost.author, { name: "Vahan" });
  assert.equal(stage.store.lastPost.thread.title, "The old printing house opens its doors again");
  assert.equal(await article(page, "A first word").evaluate((element) => element.getRootNode().activeElement === element), true);
  assert.equal(await page.thread.locator(".bar").count(), 0);
  assert.deepEqual(page.problems, []);
});

test("keeps the text and says why when a comment is refused; the next try goes through", async () => {
  const page = await stage.open();
  await area(page).fill("Call me");
  stage.store.nextRefusal = new Refused(422, "rejected", "Please leave out the phone number.");
  await post(page).click();
  await page.thread.getByRole("alert").filter({ hasText: "phone number" }).waitFor();
  assert.equal(await area(page).inputValue(), "Call me");
  assert.equal(await article(page, "Call me").count(), 0);
  assert.match(await area(page).getAttribute("aria-describedby"), /^error-/);
  assert.deepEqual(await findings(page), []);
  await post(page).click();
  await article(page, "Call me").waitFor();
});

test("marks words by buttons and by keys, and takes each step back", async () => {
  const page = await stage.open();
  await area(page).fill("a bold word");
  await page.thread.locator("form.new .marks").waitFor();
  const select = (from, to) => area(page).evaluate((field, [a, b]) => (field.focus(), field.setSelectionRange(a, b)), [from, to]);
  const marks = page.thread.getByRole("toolbar", { name: "Formatting" });
  await select(2, 6);
  await marks.getByRole("button", { name: "Bold" }).click();
  assert.equal(await area(page).inputValue(), "a **bold** word");
  assert.deepEqual(await area(page).evaluate((field) => [field.selectionStart, field.selectionEnd]), [4, 8]);
  await page.keyboard.press("Control+i");
  assert.equal(await area(page).inputValue(), "a ***bold*** word");
  await page.keyboard.press("Control+z");
  await page.keyboard.press("Control+z");
  assert.equal(await area(page).inputValue(), "a bold word");
  await select(2, 6);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("https://a.example");
  assert.equal(await area(page).inputValue(), "a [bold](https://a.example) word");
  assert.deepEqual(await findings(page), []);
  await page.thread.getByRole("button", { name: "Preview" }).click();
  assert.equal(await marks.count(), 0);
  assert.deepEqual(page.problems, []);
});

test("goes on with a list by Enter, ends it by another, and sends none of it", async () => {
  const page = await stage.open();
  await area(page).click();
  await page.thread.locator("form.new .marks").waitFor();
  await page.keyboard.type("1. one");
  await page.keyboard.press("Enter");
  await page.keyboard.type("two");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await page.keyboard.type("after :tada: all");
  assert.equal(await area(page).inputValue(), "1. one\n2. two\nafter 🎉 all");
});

test("the buttons are one stop of Tab, and arrows walk among them", async () => {
  const page = await stage.open();
  await area(page).click();
  const bold = page.thread.locator("form.new").getByRole("button", { name: "Bold" });
  await bold.focus();
  const names = [];
  for (const key of ["ArrowRight", "ArrowRight", "End", "ArrowRight", "ArrowLeft", "Home"]) {
    await page.keyboard.press(key);
    names.push(await page.evaluate(() => document.querySelector("embed-comments").shadowRoot.activeElement.getAttribute("aria-label")));
  }
  assert.deepEqual(names, ["Italic", "Link", "List", "Bold", "List", "Bold"]);
  await page.keyboard.press("Enter");
  assert.equal(await area(page).inputValue(), "****");
});

test("pasting an address over words makes them a link", async () => {
  const page = await stage.open();
  await area(page).fill("https://a.example/b");
  await page.thread.locator("form.new .marks").waitFor();
  await area(page).press("ControlOrMeta+a");
  await area(page).press("ControlOrMeta+x");
  await area(page).fill("see this page");
  await area(page).evaluate((field) => field.setSelectionRange(4, 8));
  await area(page).press("ControlOrMeta+v");
  assert.equal(await area(page).inputValue(), "see [this](https://a.example/b) page");
});

test("says each refusal in words of its own", async () => {
  const page = await stage.open();
  for (const [refusal, sentence] of [
    [new Refused(429, "rate_limited", "", { "Retry-After": "7" }), "Try again in 7 seconds"],
    [new Refused(500, "broken", ""), "The server had a problem"],
    [new Refused(403, "origin_not_allowed", "x"), "may not post comments"],
  ]) {
    await area(page).fill("Some words");
    stage.store.nextRefusal = refusal;
    await post(page).click();
    await page.thread.getByRole("alert").filter({ hasText: sentence }).waitFor();
  }
  // Where nothing can be kept, nobody is told that it will be sent.
  await page.evaluate(() => { Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); }; });
  await page.route("**/comments", (route) => route.abort());
  await post(page).click();
  await page.thread.getByRole("alert").filter({ hasText: "cannot be reached" }).waitFor();
  assert.equal(await area(page).inputValue(), "Some words");
});

test("repeats the Idempotency-Key after a lost answer, and takes a new one for other words", async () => {
  const page = await stage.open();
  const keys = [];
  await page.evaluate(() => { Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); }; });
  await page.route("**/comments", (route) => {
    if (route.request().method() !== "POST") return route.continue();
    keys.push(route.request().headers()["idempotency-key"]);
    return keys.length < 4 ? route.abort() : route.continue();
  });
  for (const text of ["One", "One", "Two"]) {
    await area(page).fill(text);
    const seen = keys.length;
    await post(page).click();
    await until(() => keys.length > seen);
    await page.thread.getByRole("button", { name: "Try again" }).waitFor();
  }
  assert.equal(keys[0], keys[1]);
  assert.notEqual(keys[1], keys[2]);
});

test("an empty comment or a broken address is pointed at, not sent", async () => {
  const page = await stage.open();
  await area(page).focus();
  await post(page).click();
  await page.thread.getByRole("alert").filter({ hasText: "Write something" }).waitFor();
  await area(page).fill("Words");
  await page.thread.getByLabel(/E-mail/).fill("not an address");
  await post(page).click();
  await page.thread.getByRole("alert").filter({ hasText: "address" }).waitFor();
  assert.equal(await page.thread.getByLabel(/E-mail/).getAttribute("aria-invalid"), "true");
  assert.equal(stage.store.lastPost, undefined);
});

test("counts near the limit and refuses beyond it", async () => {
  const page = await stage.open();
  await area(page).fill("x".repeat(1990));
  await page.thread.getByText("10 characters left").waitFor();
  await area(page).fill("x".repeat(2001));
  await page.thread.getByText("1 character too long").waitFor();
  await post(page).click();
  await page.thread.getByRole("alert").filter({ hasText: "too long" }).waitFor();
});

test("answers in place", async () => {
  const page = await stage.open();
  const opener = article(page, "Four of six sizes").getByRole("button", { name: /Reply/ });
  await opener.click();
  const form = page.thread.locator(".replying form");
  await form.locator(".post").waitFor();
  assert.equal(await form.locator("textarea").evaluate((element) => element.getRootNode().activeElement === element), true);
  assert.deepEqual(await findings(page), []);
  await form.locator("textarea").press("Escape");
  assert.equal(await page.thread.locator(".replying").count(), 0);
  assert.equal(await opener.evaluate((element) => element.getRootNode().activeElement === element), true);
  await opener.click();
  await form.locator("textarea").fill("Wonderful");
  await form.locator(".post").click();
  await page.thread.locator(".replying").waitFor({ state: "detached" });
  assert.equal(await page.thread.locator("li li li article", { hasText: "Wonderful" }).count(), 1);
});

test("a draft outlives the page, and goes when it is sent", async () => {
  const page = await stage.open();
  await area(page).fill("Half a thought");
  await post(page).waitFor();
  await page.reload();
  await page.locator("embed-comments[data-status=ready]").waitFor();
  await until(async () => (await area(page).inputValue()) === "Half a thought");
  await post(page).click();
  await article(page, "Half a thought").waitFor();
  await page.reload();
  await article(page, "Half a thought").waitFor();
  assert.equal(await area(page).inputValue(), "");
});

test("a held comment is shown to its author alone, over reloads, until it is gone", async () => {
  const page = await stage.open();
  await area(page).fill("This is held");
  await post(page).click();
  await page.thread.locator(".held").waitFor();
  assert.deepEqual(await findings(page), []);
  const other = await stage.open();
  assert.equal(await article(other, "This is held").count(), 0);
  await page.reload();
  await page.thread.locator(".held", { hasText: "awaits a moderator" }).waitFor();
  const { id } = stage.store.thread("default", KEY).comments.at(-1);
  stage.store.thread("default", KEY).comments.pop();
  await page.reload();
  await until(() => page.evaluate((held) => !Object.values(localStorage).join().includes(held), id));
  assert.equal(await page.thread.locator(".held").count(), 0);
});

test("edits and deletes one's own", async () => {
  const page = await stage.open();
  await area(page).fill("With a tpyo");
  await post(page).click();
  await article(page, "With a tpyo").getByRole("button", { name: "Edit" }).click();
  const edit = page.thread.locator("form.edit textarea");
  await until(async () => (await edit.inputValue()) === "With a tpyo");
  await edit.fill("Without a typo");
  await page.thread.locator("form.edit .post").click();
  const own = article(page, "Without a typo");
  await own.getByText("edited").waitFor();
  await own.getByRole("button", { name: "Delete" }).click();
  await own.getByRole("button", { name: "Keep" }).click();
  await own.getByRole("button", { name: "Delete" }).click();
  await own.getByRole("button", { name: "Delete" }).click();
  await own.waitFor({ state: "detached" });
  await until(async () => (await page.thread.locator("h2").textContent()) === "13 comments");
  assert.equal(stage.store.thread("default", KEY).count, 13);
});

test("a second comment proves that it is by the same person", async () => {
  const page = await stage.open();
  const tokens = [];
  await page.route("**/comments", (route) => {
    if (route.request().method() === "POST") tokens.push(route.request().headers().authorization);
    return route.continue();
  });
  for (const text of ["First", "Second"]) {
    await area(page).fill(text);
    await post(page).click();
    await article(page, text).first().waitFor();
    await until(async () => (await area(page).inputValue()) === "");
  }
  assert.equal(tokens[0], undefined);
  assert.match(tokens[1], /^Bearer \w+/);
});

test("works where storage throws", async () => {
  const page = await stage.open({
    init: () =>
      Object.defineProperty(globalThis, "localStorage", {
        get() {
          throw new DOMException("denied", "SecurityError");
        },
      }),
  });
  await area(page).fill("No storage here");
  await post(page).click();
  await article(page, "No storage here").getByRole("button", { name: "Edit" }).waitFor();
  assert.deepEqual(page.problems, []);
});

test("a closed thread has no form", async () => {
  stage.store.thread("default", KEY).closed = true;
  const page = await stage.open();
  assert.equal(await page.thread.locator("textarea").count(), 0);
  assert.equal(await page.thread.getByRole("button", { name: /Reply/ }).count(), 0);
  await page.thread.getByText("This discussion is closed.").waitFor();
});

test("plugins fill their slots, a broken one breaks nothing, and extensions travel", async () => {
  const errors = [];
  stage.store.extensions = { good: { config: { greeting: "Hello" }, thread: { votes: 3 } } };
  stage.store.modules = [{ plugin: "good", url: "/embed/plugins/good.js", when: "form" }];
  stage.store.files = {
    "/embed/plugins/good.js": `embedcomments.extend({ name: "good", api: 1, slots: {
      "form.fields": (el, props) => { el.textContent = props.config.greeting; return () => (window.cleaned = (window.cleaned ?? 0) + 1); },
      "comment.footer": (el, props) => { el.textContent = "♡ " + props.comment.number; },
      "thread.footer": (el, props, api) => { el.textContent = "votes " + props.data.votes; },
      "comment.menu": (el) => { el.textContent = "entry"; },
    }, beforeSubmit: async (draft) => draft.text.includes("shout") ? { error: "Do not shout." } : { extensions: { proof: draft.text.length } } });
    embedcomments.extend({ name: "bad", api: 1, slots: { "comment.footer": () => { throw new Error("bad slot"); } }, beforeSubmit() { throw new Error("bad submit"); } });`,
  };
  const page = await stage.open();
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await area(page).fill("Words to shout");
  await page.thread.getByText("Hello").waitFor();
  await page.thread.getByText("votes 3").waitFor();
  await page.thread.getByText("♡ 12").waitFor();
  assert.equal(await page.thread.locator(".menu").count(), 14);
  assert.deepEqual(await findings(page), []);
  await post(page).click();
  await page.thread.getByRole("alert").filter({ hasText: "Do not shout." }).waitFor();
  await area(page).fill("Words");
  await post(page).click();
  await article(page, "Words").first().waitFor(); // it stands there before it is sent
  await until(() => stage.store.lastPost);
  assert.deepEqual(stage.store.lastPost.extensions, { good: { proof: 5 } });
  assert.equal(await page.thread.locator("article").count(), 16);
  await until(() => page.evaluate(() => globalThis.cleaned === 1));
  assert.ok(errors.some((text) => text.includes("plugin bad failed")));
});

test("what can be done with one's own comment stands in one row of a narrow column, in long languages too", async () => {
  stage.store.modules = [{ plugin: "moderation", url: "/none.js", when: "menu" }];
  for (const [lang, edit] of [["ru", "Изменить"], ["el", "Επεξεργασία"], ["hy", "Խմբագրել"], ["fa", "ویرایش"]]) {
    const page = await stage.open({ query: `lang=${lang}&key=${lang}`, width: 320 });
    await area(page).fill("Mine");
    await post(page).click();
    const actions = article(page, "Mine").locator(".actions");
    await actions.getByRole("button", { name: edit }).waitFor();
    await actions.locator("summary").waitFor();
    const boxes = await actions.locator("button, summary").evaluateAll((all) => all.map((each) => each.getBoundingClientRect().toJSON()));
    assert.equal(boxes.length, 5);
    assert.ok(Math.max(...boxes.map(({ top }) => top)) < Math.min(...boxes.map(({ bottom }) => bottom)), `${lang} ${JSON.stringify(boxes)}`);
    for (const { width, height } of boxes) assert.ok(width >= 24 && height >= 24, `${lang}: ${width} × ${height}`);
    assert.deepEqual(await findings(page), []);
  }
});

test("the form stays within a narrow column when text is twice as large", async () => {
  for (const [lang, width] of [["en", 320], ["de", 390], ["fa", 320]]) {
    const page = await stage.open({ query: `lang=${lang}`, width });
    await page.addStyleTag({ content: "html { font-size: 200% } body { font-size: 36px !important }" });
    await area(page).fill("Words");
    await post(page).waitFor();
    const over = await page.thread.locator("form.new").evaluate((form) => {
      const { left, right } = form.getBoundingClientRect();
      const boxes = [...form.querySelectorAll("button, input, textarea, span")].map((each) => each.getBoundingClientRect());
      return boxes.filter((box) => box.width > 1 && (box.left < left - 1 || box.right > right + 1)).length;
    });
    assert.equal(over, 0, lang);
  }
});
