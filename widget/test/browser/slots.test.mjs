/** The places that plugins fill, and the fence around each plugin, in the built widget. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { KEY, setStage, until } from "./stage.mjs";

let stage;
before(async () => (stage = await setStage()));
after(() => stage.close());
beforeEach(() => stage.reset());

const thread = () => stage.store.thread("default", KEY);
const area = (page) => page.thread.first().locator("form.new textarea");
const post = (page) => page.thread.first().locator("form.new .post");
const article = (page, text) => page.thread.locator("article", { hasText: text });
const box = (page, plugin = "sample") => page.locator(`embed-comments [data-plugin="${plugin}"]`);

/** Serve modules by plugin name; `source` is the argument of `extend`. */
function serve(modules, when = "thread") {
  stage.store.modules = Object.keys(modules).map((plugin) => ({ plugin, url: `/embed/plugins/${plugin}.js`, when }));
  stage.store.files = Object.fromEntries(
    Object.entries(modules).map(([plugin, source]) => [`/embed/plugins/${plugin}.js`, source.startsWith("raw:") ? source.slice(4) : `embedcomments.extend({ name: ${JSON.stringify(plugin)}, api: 1, ${source} })`]),
  );
}

/** Open a page that remembers what its console was told. */
async function open(how = {}) {
  const context = how.context ?? (await stage.browser.newContext({ viewport: { width: 1000, height: 900 }, reducedMotion: "reduce" }));
  const errors = [];
  context.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  // Firefox says of an Error in the console that it is one, and not which.
  await context.addInitScript(() => (console.error = ((say) => (...what) => say.call(console, what.join(" ")))(console.error)));
  const page = await stage.open({ ...how, context });
  return Object.assign(page, { errors });
}

/** What another plugin shows in every place once all is filled, so that a test need not guess when. */
const WITNESS = `slots: { "comment.footer": (el) => { el.textContent = "witness"; } }`;
const isWhole = async (page) => {
  await until(async () => (await box(page, "witness").count()) === 14);
  assert.equal(await page.thread.locator("article").count(), 15);
  assert.deepEqual(page.problems, []);
};

/** Where each slot stands: inside what, and right after what. */
const PLACES = {
  "thread.header": { inside: ".thread", after: ".head" },
  "thread.footer": { inside: ".thread", after: ".list" },
  "comment.header": { inside: "article > .meta", after: ".when" },
  "comment.body.after": { inside: "article", after: ".body" },
  "comment.footer": { inside: ".actions", after: ".reply" },
  "comment.menu": { inside: ".actions" },
  "form.toolbar": { inside: ".tools", after: ".marks" },
  "form.fields": { inside: "form embed-comments-composer" },
  "form.submit.before": { inside: "form .foot", after: ".oops" },
};

for (const [slot, { inside, after: above }] of Object.entries(PLACES)) {
  test(`${slot} stands in its place, with what it is about`, async () => {
    stage.store.extensions = { sample: { config: { colour: "red" }, thread: { votes: 3 } } };
    for (const comment of thread().comments) comment.extensions = { sample: { number: comment.number } };
    serve({ sample: `slots: { "${slot}": (el, props, api) => {
      (window.seen ??= []).push({ config: props.config, data: props.data, comment: props.comment?.id, parentId: props.parentId, editing: props.editing, insert: typeof api.insert });
      el.textContent = "here";
    } }` });
    const page = await open();
    if (slot.startsWith("form")) await area(page).focus();
    const places = page.locator(`embed-comments ${inside} embed-comments-slot[part="slot ${slot.replaceAll(".", "-")}"]`);
    const comments = thread().comments.filter(({ state }) => state === "published");
    await until(async () => (await places.count()) === (slot.startsWith("comment") ? comments.length : 1));
    if (above) {
      const misplaced = await places.evaluateAll((all, selector) => all.filter((each) => !each.previousElementSibling?.matches(selector) && !each.closest(".ping")).length, above);
      assert.equal(misplaced, 0);
    }
    assert.equal(await page.thread.locator(".gone embed-comments-slot").count(), 0);
    const seen = JSON.parse(await page.evaluate(() => JSON.stringify(globalThis.seen)));
    const common = { config: { colour: "red" }, insert: slot.startsWith("form") ? "function" : "undefined" };
    if (slot.startsWith("comment")) {
      assert.deepEqual(new Set(seen.map(({ comment }) => comment)), new Set(comments.map(({ id }) => id)));
      assert.deepEqual(seen.find(({ comment }) => comment === comments[0].id), { ...common, comment: comments[0].id, data: { number: 1 } });
    } else if (slot.startsWith("thread")) assert.deepEqual(seen, [{ ...common, data: { votes: 3 } }]);
    else assert.deepEqual(seen, [{ ...common, parentId: null, editing: false }]);
    if (slot === "comment.menu") await page.locator("embed-comments .menu summary").first().click();
    assert.equal(await box(page).first().isVisible(), true);
    assert.deepEqual([page.problems, page.errors], [[], []]);
  });
}

test("form slots are in the forms for answers and edits too, and know which", async () => {
  const fill = (slot) => `"${slot}": (el, { parentId, editing }) => { (window.seen ??= []).push(["${slot}", parentId, editing]); el.textContent = "x"; }`;
  serve({ sample: `slots: { ${["form.toolbar", "form.fields", "form.submit.before"].map(fill).join(",")} }` });
  const page = await open();
  await area(page).fill("Mine");
  await post(page).click();
  const own = article(page, "Mine");
  await own.getByRole("button", { name: "Edit" }).click();
  await until(async () => (await page.locator("form.edit [data-plugin]").count()) === 3);
  const parent = thread().comments[0].id;
  await page.locator(`embed-comments #comment-${parent} .reply`).click();
  await until(async () => (await page.locator("form.reply [data-plugin]").count()) === 3);
  const seen = await page.evaluate(() => globalThis.seen);
  const mine = thread().comments.at(-1).id;
  for (const slot of ["form.toolbar", "form.fields", "form.submit.before"]) {
    const of = seen.filter(([name]) => name === slot).map(([, ...rest]) => rest);
    assert.deepEqual(of.slice(-2), [[mine, true], [parent, false]]);
  }
});

test("a toolbar's button puts its words around what is selected, out of the preview too", async () => {
  serve({ sample: `slots: { "form.toolbar": (el, props, api) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Bold" });
    button.onclick = () => api.insert("**", "**");
    el.append(button);
  } }` });
  const page = await open();
  await area(page).fill("one two");
  await area(page).evaluate((element) => element.setSelectionRange(4, 7));
  await page.thread.getByRole("button", { name: "Preview" }).click();
  await page.thread.getByRole("button", { name: "Bold" }).click();
  assert.equal(await area(page).inputValue(), "one **two**");
  assert.equal(await area(page).isVisible(), true);
});

const BROKEN = {
  "a fill that throws": [`slots: { "comment.footer": (el) => { el.textContent = "half"; throw new Error("ouch"); } }`, "plugin sample failed Error: ouch"],
  "an asynchronous fill that rejects": [`slots: { "comment.footer": async (el) => { el.textContent = "half"; await null; throw new Error("ouch"); } }`, "plugin sample failed Error: ouch"],
  "a fill that returns nonsense": [`slots: { "comment.footer": () => ({ update: 7, remove: "x" }) }`, undefined],
  "a fill that takes its element away": [`slots: { "comment.footer": (el) => el.remove() }`, undefined],
  "a module with an error of syntax": ["raw:embedcomments.extend({", "plugin sample did not load SyntaxError"],
  "a module that throws": ["raw:throw new Error('ouch')", "plugin sample did not load Error: ouch"],
  "nothing at all": ["raw:embedcomments.extend(null)", "a plugin is left out: extend() wants an object"],
  "no name": ["raw:embedcomments.extend({ api: 1, slots: {} })", "a plugin is left out: it has no name"],
  "another api": [`raw:embedcomments.extend({ name: "sample", api: 2, slots: { "comment.footer": (el) => el.append("half") } })`, "sample is for api 2, and this is api 1"],
  "slots that are none": [`slots: 7`, "the slots of sample are no object"],
  "a beforeSubmit that is none": [`beforeSubmit: 7`, "beforeSubmit of sample is no function"],
  "a fill that is none": [`slots: { "comment.footer": "half" }`, "sample fills comment.footer with what is no function"],
  "properties that throw": [`raw:embedcomments.extend({ get name() { throw new Error("ouch"); } })`, "a plugin is left out: ouch"],
};

for (const [what, [source, complaint]] of Object.entries(BROKEN)) {
  test(`${what} leaves the thread and other plugins whole`, async () => {
    serve({ sample: source, witness: WITNESS });
    const page = await open();
    await isWhole(page);
    if (complaint) await until(() => page.errors.some((text) => text.includes(complaint)), `${complaint} in ${page.errors}`);
    else assert.deepEqual(page.errors, []);
    assert.equal(await page.thread.getByText("half").count(), 0);
    await area(page).fill("Words");
    await post(page).click();
    await article(page, "Words").waitFor();
  });
}

test("a module that is not there leaves the thread and other plugins whole", async () => {
  serve({ sample: "slots: {}", witness: WITNESS });
  delete stage.store.files["/embed/plugins/sample.js"];
  const page = await open();
  await isWhole(page);
  assert.ok(page.errors.some((text) => text.includes("plugin sample did not load TypeError")));
});

test("a slot of a later version is left out, and the plugin's others are filled", async () => {
  serve({ sample: `slots: { "comment.hologram": (el) => el.append("half"), "thread.header": (el) => el.append("whole") }` });
  const page = await open();
  await page.thread.getByText("whole").waitFor();
  assert.deepEqual(page.errors, ["embedcomments: plugin sample fills comment.hologram, which is no slot"]);
});

test("of two plugins with one name the first stays", async () => {
  const twice = ["the one", "the other"].map((word) => `embedcomments.extend({ name: "sample", api: 1, slots: { "thread.header": (el) => el.append("${word}") } });`);
  serve({ sample: `raw:${twice.join("\n")}` });
  const page = await open();
  await page.thread.getByText("the one").waitFor();
  await until(() => page.errors.some((text) => text.includes("sample is there already; the first stays")));
  assert.equal(await box(page).count(), 1);
});

test("a cleanup that throws or rejects lets the comment go", async () => {
  serve({
    throwing: `slots: { "comment.footer": (el) => { el.append("t"); return () => { throw new Error("ouch"); }; } }`,
    rejecting: `slots: { "comment.footer": (el) => { el.append("r"); return { remove: async () => { throw new Error("late ouch"); } }; } }`,
    witness: WITNESS,
  });
  const page = await open();
  await isWhole(page);
  const last = thread().comments.at(-1);
  await until(() => [...stage.store.sockets.values()].some((watched) => watched.size));
  stage.store.remove(last.id);
  await page.locator(`embed-comments #comment-${last.id}`).waitFor({ state: "detached" });
  await until(() => ["throwing failed Error: ouch", "rejecting failed Error: late ouch"].every((each) => page.errors.some((text) => text.includes(each))));
  assert.deepEqual(page.problems, []);
});

for (const [what, body, complaint] of [
  ["throws", "throw new Error('ouch')", "plugin sample failed Error: ouch"],
  ["rejects", "return Promise.reject(new Error('ouch'))", "plugin sample failed Error: ouch"],
  ["answers with what is no JSON", "const ring = {}; ring.ring = ring; return { extensions: ring }", "plugin sample failed TypeError"],
  ["changes what it was handed", "draft.author.name = 'Mallory'; return {}", undefined],
  ["never answers", "return new Promise(() => {})", "plugin sample failed Error: no answer within 3000 ms"],
]) {
  test(`a comment is sent although a beforeSubmit ${what}`, async () => {
    serve({ sample: `beforeSubmit(draft) { window.wasAsked = true; ${body}; }`, witness: `beforeSubmit: () => ({ extensions: { seen: 1 } })` }, "form");
    const page = await open();
    await page.clock.install();
    await area(page).fill("Words");
    await page.thread.getByLabel("Name", { exact: true }).fill("Vahan");
    await post(page).click();
    await page.waitForFunction(() => globalThis.wasAsked);
    if (what.startsWith("never")) {
      // The clock also goes on by itself, further on a busy machine.
      await page.clock.runFor(1000);
      assert.equal(stage.store.lastPost, undefined);
      await page.clock.runFor(2100);
    }
    await article(page, "Words").waitFor();
    await until(() => stage.store.lastPost);
    assert.deepEqual(stage.store.lastPost.extensions, { witness: { seen: 1 } });
    assert.deepEqual(stage.store.lastPost.author, { name: "Vahan" });
    if (complaint) assert.ok(page.errors.some((text) => text.includes(complaint)), page.errors.join("\n"));
  });
}

/** A plugin with a button and a text that counts what happened to it, and a comment it stands at. */
const counting = (update) => `slots: { "comment.footer": (el, props) => {
  const fills = (window.fills ??= {});
  fills[props.comment.id] = (fills[props.comment.id] ?? 0) + 1;
  const button = Object.assign(document.createElement("button"), { type: "button" });
  const say = ({ data }) => { button.textContent = "likes " + data.likes; };
  say(props);
  el.append(document.createElement("input"), button);
  const remove = () => { window.removed = (window.removed ?? 0) + 1; };
  return ${update};
} }`;

async function openCounting(update) {
  const comments = thread().comments.filter(({ state }) => state === "published");
  for (const comment of comments) comment.extensions = { sample: { likes: 0 } };
  serve({ sample: counting(update) });
  const page = await open();
  await until(async () => (await box(page).count()) === 14);
  await until(() => [...stage.store.sockets.values()].some((watched) => watched.size));
  const liked = comments[0];
  const like = (likes) => {
    liked.extensions = { sample: { likes } };
    liked.rev++;
    stage.store.emit(thread(), "edit", liked);
  };
  const button = page.locator(`embed-comments #comment-${liked.id} [data-plugin] button`);
  return { page, liked, like, button };
}
const isFocused = (locator) => locator.evaluate((element) => element.getRootNode().activeElement === element);

for (const [what, update] of [
  ["an object", "{ update: say, remove }"],
  ["a function that carries update", "Object.assign(remove, { update: say })"],
  ["a promise of an object", "Promise.resolve({ update: say, remove })"],
]) {
  test(`${what}: a change is told to the plugin, and what it made stays, with its focus`, async () => {
    const { page, liked, like, button } = await openCounting(update);
    await button.evaluate((element) => (element.mark = "mine"));
    await button.focus();
    like(1);
    await button.filter({ hasText: "likes 1" }).waitFor();
    assert.equal(await button.evaluate((element) => element.mark), "mine");
    assert.equal(await isFocused(button), true);
    assert.deepEqual(await page.evaluate((id) => [globalThis.fills[id], globalThis.removed], liked.id), [1, undefined]);
  });
}

test("without update the box is filled anew, and the focus finds its place in it", async () => {
  const { page, liked, like, button } = await openCounting("remove");
  await button.focus();
  like(1);
  await button.filter({ hasText: "likes 1" }).waitFor();
  assert.equal(await isFocused(button), true);
  assert.deepEqual(await page.evaluate((id) => [globalThis.fills[id], globalThis.removed], liked.id), [2, 1]);
});

test("the focus stays with a box that has nothing to focus any more", async () => {
  stage.store.extensions = {};
  const { page, liked, like, button } = await openCounting("remove");
  await page.evaluate(() => (Document.prototype.createElement = ((make) => function (name) { return make.call(this, name === "button" || name === "input" ? "span" : name); })(Document.prototype.createElement)));
  await button.focus();
  like(1);
  await page.locator(`embed-comments #comment-${liked.id} [data-plugin] span`, { hasText: "likes 1" }).waitFor();
  assert.equal(await isFocused(page.locator(`embed-comments #comment-${liked.id} [data-plugin]`)), true);
});

test("an update that throws is mended by filling anew", async () => {
  const { page, liked, like, button } = await openCounting("{ remove, update() { throw new Error('ouch'); } }");
  like(1);
  await button.filter({ hasText: "likes 1" }).waitFor();
  assert.deepEqual(await page.evaluate((id) => [globalThis.fills[id], globalThis.removed], liked.id), [2, 1]);
  assert.ok(page.errors.some((text) => text.includes("plugin sample failed Error: ouch")));
});

test("an answer to a comment, or a drawing of the whole thread, fills no box anew", async () => {
  const { page, liked } = await openCounting("remove");
  stage.store.add("default", KEY, { text: "A new answer", parent: liked.id });
  await page.thread.getByRole("button", { name: /1 new comment/ }).click();
  await article(page, "A new answer").waitFor();
  await until(() => page.evaluate(() => Object.keys(globalThis.fills).length === 15));
  await page.evaluate(() => embedcomments.extend({ name: "late", api: 1, slots: { "thread.footer": (el) => el.append("late") } }));
  await page.thread.getByText("late", { exact: true }).waitFor();
  assert.deepEqual(await page.evaluate(() => [new Set(Object.values(globalThis.fills)).size, globalThis.removed]), [1, undefined]);
});

test("an open menu stays open, and scrolled where it was, over a change", async () => {
  for (const comment of thread().comments) comment.extensions = { sample: { likes: 0 } };
  serve({ sample: `slots: { "comment.menu": (el, props) => {
    const list = document.createElement("div");
    list.style.cssText = "height: 3em; overflow: auto";
    list.append(...Array.from({ length: 30 }, () => Object.assign(document.createElement("p"), { textContent: "entry" })));
    const word = document.createElement("b");
    const update = ({ data }) => { word.textContent = "likes " + data.likes; };
    update(props);
    el.append(list, word);
    return { update };
  } }` });
  const page = await open();
  const comment = thread().comments[0];
  const menu = page.locator(`embed-comments #comment-${comment.id} .menu`);
  await menu.locator("summary").click();
  await menu.locator("div div div").evaluate((element) => (element.scrollTop = 40));
  await until(() => [...stage.store.sockets.values()].some((watched) => watched.size));
  comment.extensions = { sample: { likes: 1 } };
  comment.rev++;
  stage.store.emit(thread(), "edit", comment);
  await menu.getByText("likes 1").waitFor();
  assert.deepEqual(await menu.evaluate((element) => [element.open, element.querySelector("div div div").scrollTop]), [true, 40]);
});

test("a thread that is moved keeps its boxes; one that goes leaves each once, and comes back filled", async () => {
  const { page } = await openCounting("remove");
  const tell = () => page.evaluate(() => [Object.values(globalThis.fills).reduce((a, b) => a + b), globalThis.removed ?? 0]);
  await page.evaluate(() => document.body.prepend(document.querySelector("embed-comments")));
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
  assert.deepEqual(await tell(), [14, 0]);
  await page.evaluate(() => (globalThis.taken = document.querySelector("embed-comments")).remove());
  await until(async () => (await tell())[1] === 14);
  await page.evaluate(() => document.body.append(globalThis.taken));
  await until(async () => (await box(page).count()) === 14);
  assert.deepEqual(await tell(), [28, 14]);
  assert.deepEqual([page.problems, page.errors], [[], []]);
});

test("a plugin of one site stays away from another site's thread on the same page", async () => {
  serve({ witness: `slots: { "thread.header": (el, props) => el.append("for " + props.site) }, beforeSubmit: () => ({ extensions: 1 })` });
  const snapshot = stage.store.snapshot;
  stage.store.snapshot = function (site, ...rest) {
    return { ...snapshot.call(this, site, ...rest), ...(site === "other" ? { modules: [] } : {}) };
  };
  stage.scene.html = `<!doctype html><title>Two</title><body>
    <embed-comments data-key="${KEY}"></embed-comments><embed-comments data-site="other" data-key="b"></embed-comments>
    <script async src="${stage.server.url}/embed.js" data-auto="off"></script>`;
  const page = await open({ init: () => (location.hash = "") });
  try {
    await page.evaluate(() => document.querySelector("embed-comments").after(document.querySelectorAll("embed-comments")[1]));
    await page.getByText("for default").waitFor();
    await page.locator("embed-comments[data-site=other][data-status=ready]").waitFor();
    await page.evaluate(() => embedcomments.extend({ name: "own", api: 1, slots: { "thread.footer": (el, props) => el.append("own of " + props.site) } }));
    await page.getByText("own of other").waitFor();
    await page.getByText("own of default").waitFor();
    assert.equal(await page.getByText("for other").count(), 0);
    const form = page.locator("embed-comments[data-site=other] form");
    await form.locator("textarea").fill("Words");
    await form.locator(".post").click();
    await until(() => stage.store.lastPost);
    assert.deepEqual(stage.store.lastPost.extensions, {});
  } finally {
    delete stage.store.snapshot;
  }
});

test("boxes stand in the order of the site, however their modules came", async () => {
  serve({ first: `slots: { "thread.header": (el) => el.append("1") }`, second: `slots: { "thread.header": (el) => el.append("2") }` });
  let letGo;
  const held = new Promise((resolve) => (letGo = resolve));
  const context = await stage.browser.newContext({ viewport: { width: 1000, height: 900 } });
  await context.route("**/first.js", async (route) => {
    await held;
    await route.continue();
  });
  const page = await open({ context });
  await box(page, "second").waitFor();
  letGo();
  await box(page, "first").waitFor();
  assert.deepEqual(await page.locator("embed-comments [data-plugin]").allTextContents(), ["1", "2"]);
});

test("modules do not delay the comments, nor does a plugin that was there before them", async () => {
  serve({ sample: "slots: {}" });
  const context = await stage.browser.newContext({ viewport: { width: 1000, height: 900 } });
  await context.route("**/sample.js", () => {});
  stage.store.requests = [];
  await context.addInitScript(() => {
    // The loader has run and the module has not: the page's own plugin comes in between.
    new MutationObserver((_, observer) => {
      if (!globalThis.embedcomments) return;
      observer.disconnect();
      globalThis.wasEarly = !customElements.get("embed-comments");
      globalThis.embedcomments.extend({ name: "early", api: 1, slots: { "thread.header": (el) => el.append("early") } });
    }).observe(document, { childList: true, subtree: true });
  });
  const page = await open({ context });
  assert.equal(await page.thread.locator("article").count(), 15);
  await page.thread.getByText("early", { exact: true }).waitFor();
  assert.equal(await page.evaluate(() => globalThis.wasEarly), true);
  const names = stage.store.requests.map((each) => each.split("/").at(-1));
  assert.ok(names.indexOf("slots.js") > names.indexOf("thread"));
});

test("modules of the form come when it is used, and not because the reader wrote here before", async () => {
  serve({ sample: `slots: { "form.fields": (el) => el.append("field") }` }, "form");
  const page = await open();
  await area(page).fill("Mine");
  await page.thread.getByText("field").waitFor();
  await post(page).click();
  await article(page, "Mine").getByRole("button", { name: "Edit" }).waitFor();
  stage.store.requests = [];
  await page.reload();
  await article(page, "Mine").getByRole("button", { name: "Edit" }).waitFor();
  await until(() => [...stage.store.sockets.values()].some((watched) => watched.size));
  assert.equal(stage.store.requests.some((each) => each.includes("sample")), false);
  await article(page, "Mine").getByRole("button", { name: "Edit" }).click();
  await page.locator("form.edit").getByText("field").waitFor();
});

test("a page without plugins asks for nothing of theirs", async () => {
  stage.store.requests = [];
  const page = await open();
  const later = ["reach", "rest", "tabs"];
  await until(() => later.every((part) => stage.store.requests.some((each) => each.endsWith(`/${part}.js`))));
  const names = stage.store.requests.map((each) => each.split("/").at(-1)).sort();
  assert.deepEqual(names, ["embed.js", "live.js", "reach.js", "read.js", "rest.js", "tabs.js", "thread", "widget.js"]);
  assert.equal(await page.thread.locator("embed-comments-slot").count(), 0);
});
