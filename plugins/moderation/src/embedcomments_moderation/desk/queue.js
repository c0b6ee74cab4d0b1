// @ts-check
/*
 * The queue by keyboard and thumb: decides without a new page, takes back for ten seconds, unfolds the conversation, shows
 * what arrives and what others decided. Everything here is also a form or a link of templates/queue.html.
 */

const UNDO_MS = 10_000;
const LEAVE_MS = 180;
const SETTLE_MS = 120;
const OWN_SCROLL_MS = 300;
const NEAR_END = 6;
const FRAGMENT = { "Embedcomments-Fragment": "1" };
const STATES = /** @type {Record<string, string>} */ ({
  comment_published: "Published", comment_held: "Held", comment_marked_as_spam: "Marked as spam", comment_deleted: "Rejected",
});

const root = /** @type {HTMLElement} */ (document.getElementById("queue"));
const list = /** @type {HTMLElement} */ (root.querySelector(".queue"));
const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (root.querySelector(selector));
const bar = find(".arrivals");
const toast = find(".toast");
const thumbs = find(".thumbs");
const title = document.title;
const isNarrow = matchMedia("(max-width: 40rem)");
const trusted = /** @type {any} */ (window).trustedTypes;
// What is parsed comes from this page's own address, where each text went through the server's sanitizer.
const policy = trusted?.createPolicy("embedcomments-queue", { createHTML: (/** @type {string} */ html) => html });

/** What this page itself decided, so that hearing of it is no news. @type {Map<string, string>} */
const mine = new Map();
/** Items that were fetched and wait behind the bar. @type {HTMLElement[]} */
let waiting = [];
/** What can still be taken back, the latest last. @type {{token: string, ids: string[], until: number}[]} */
let taken = [];
/** @type {HTMLElement | undefined} */
let current;

class Refused extends Error {}

/**
 * @param {string} url
 * @param {URLSearchParams} [form]
 * @returns {Promise<Response>}
 */
async function ask(url, form) {
  const answer = await fetch(url, { method: form ? "POST" : "GET", body: form, headers: FRAGMENT }).catch(() => undefined);
  if (!answer) throw new Refused("The server cannot be reached. Nothing was changed.");
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  throw new Refused(problem.detail ?? "The server could not do that. Nothing was changed.");
}

/** @param {string} url */
async function page(url) {
  const html = await (await ask(url)).text();
  return new DOMParser().parseFromString(policy ? policy.createHTML(html) : html, "text/html");
}

/** @returns {HTMLElement[]} items that still wait for a decision */
const undecided = () => [...list.querySelectorAll(":scope > .item:not(.done, .gone)")].map((item) => /** @type {HTMLElement} */ (item));
const picked = () => undecided().filter((item) => /** @type {HTMLInputElement} */ (item.querySelector(".pick input"))?.checked);
const item = (/** @type {string} */ id) => document.getElementById(`c-${id}`);
const csrf = () => /** @type {HTMLInputElement} */ (document.querySelector("input[name=csrf_token]")).value;

/** When the page was last moved to an item, and not by whoever reads it. */
let wentAt = -Infinity;

/** @param {HTMLElement | undefined} next @param {boolean} [scroll] */
function go(next, scroll = true) {
  current?.classList.remove("current");
  current = next;
  thumbs.hidden = !current;
  if (!current) return;
  current.classList.add("current");
  find(".thumbs-name").textContent = current.dataset.name ?? "";
  if (!scroll) return;
  wentAt = performance.now();
  current.focus({ preventScroll: true });
  const box = current.getBoundingClientRect();
  const room = innerHeight - (isNarrow.matches ? thumbs.offsetHeight : 0);
  if (box.top < 72 || box.bottom > room) {
    scrollBy({ top: box.height > room - 80 || box.top < 72 ? box.top - 80 : box.bottom - room + 16 });
  }
  if (undecided().indexOf(current) >= undecided().length - NEAR_END) void more();
}

/** @param {number} by */
function step(by) {
  const items = undecided();
  const at = current ? items.indexOf(current) : -1;
  go(items[Math.max(0, Math.min(items.length - 1, at < 0 ? 0 : at + by))]);
}

/** The one to go on with when these leave. @param {HTMLElement[]} leaving */
function after(leaving) {
  const items = undecided();
  const from = items.indexOf(/** @type {HTMLElement} */ (leaving[leaving.length - 1]));
  return items.slice(from + 1).find((each) => !leaving.includes(each))
    ?? items.slice(0, Math.max(from, 0)).reverse().find((each) => !leaving.includes(each));
}

/** @param {string} action @param {HTMLElement[]} items */
async function act(action, items) {
  if (!items.length) return;
  const hasFocus = current !== undefined && items.includes(current);
  const next = hasFocus ? after(items) : current;
  const ids = items.map((each) => each.dataset.id ?? "");
  for (const each of items) {
    each.classList.add("done");
    each.inert = true;
    setTimeout(() => { if (each.classList.contains("done")) each.hidden = true; }, LEAVE_MS);
  }
  if (hasFocus) go(next);
  for (const id of ids) mine.set(id, action);
  const form = new URLSearchParams({ csrf_token: csrf(), action });
  for (const id of ids) form.append("id", id);
  try {
    const answer = await (await ask(location.href, form)).json();
    const missed = new Set(answer.refused);
    for (const each of items) if (missed.has(each.dataset.id)) each.classList.add("gone"), bring(each);
    count(answer.counts);
    say(answer.notice, answer.undo ? { token: answer.undo, ids } : undefined);
  } catch (error) {
    for (const id of ids) mine.delete(id);
    items.forEach(bring);
    go(items[0]);
    say(error instanceof Refused ? error.message : String(error), undefined, true);
  }
  settle();
}

/** @param {HTMLElement} each */
function bring(each) {
  each.classList.remove("done");
  each.inert = false;
  each.hidden = false;
}

async function undo() {
  taken = taken.filter(({ until }) => Date.now() <= until);
  const last = taken.pop();
  if (!last) return say("There is nothing to take back any more.");
  const { token, ids } = last;
  try {
    const answer = await (await ask(location.href, new URLSearchParams({ csrf_token: csrf(), action: "undo", undo: token }))).json();
    if (ids.length && !ids.every(item)) return location.reload();
    for (const id of ids) {
      mine.set(id, "undo");
      const each = item(id);
      if (each) bring(each);
    }
    go(item(ids[0] ?? "") ?? current);
    count(answer.counts);
    say(answer.notice);
  } catch (error) {
    say(error instanceof Refused ? error.message : String(error), undefined, true);
  }
  settle();
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let fading;

/** @param {string} sentence @param {{token: string, ids: string[]}} [taking] @param {boolean} [bad] */
function say(sentence, taking, bad = false) {
  clearTimeout(fading);
  toast.hidden = false;
  toast.classList.toggle("bad", bad);
  find(".toast-words").textContent = sentence;
  find(".toast-undo").hidden = !taking;
  if (taking) taken.push({ ...taking, until: Date.now() + UNDO_MS });
  toast.classList.remove("counting");
  void toast.offsetWidth; // so that the line that runs out begins anew
  toast.classList.toggle("counting", taking !== undefined);
  fading = setTimeout(() => { toast.hidden = true; }, UNDO_MS);
}

/** The number beside a link or button of the desk's frame, none for "". @param {Element | null} on @param {string | null | undefined} number */
function badge(on, number) {
  const present = on?.querySelector(".badge");
  if (!number) return present?.remove();
  if (present) present.textContent = number;
  else on?.append(" ", Object.assign(document.createElement("span"), { className: "badge", textContent: number }));
}

/** Numbers in the tabs, in the desk's navigation and before the page's title. @param {Record<string, string>} counts */
function count(counts) {
  for (const [tab, number] of Object.entries(counts ?? {})) {
    const badge = root.querySelector(`[data-count="${CSS.escape(tab)}"]`);
    if (badge) badge.textContent = number === "0" ? "" : number;
  }
  const held = root.querySelector('[data-count="held"]')?.textContent;
  badge(document.querySelector('.nav a[aria-current="page"]'), held);
  const numbers = [...document.querySelectorAll(".nav .badge")].map((part) => part.textContent ?? "");
  const sum = numbers.reduce((all, number) => all + (parseInt(number, 10) || 0), 0);
  badge(document.querySelector(".menu-button"), sum ? `${sum}${numbers.some((number) => number.endsWith("+")) ? "+" : ""}` : "");
  document.title = held ? `(${held}) ${title}` : title;
}

/** What depends on how many are left. */
function settle() {
  const left = undecided().length;
  find(".empty").hidden = left > 0 || list.querySelector(":scope > .gone") !== null;
  if (!left) void more();
  mark();
}

/** What depends on what is selected. */
function mark() {
  const number = picked().length;
  for (const part of root.querySelectorAll(".picked-number")) part.textContent = String(number);
  const all = /** @type {HTMLInputElement | null} */ (root.querySelector(".pick-all input"));
  if (all) {
    all.checked = number > 0 && number === undecided().length;
    all.indeterminate = number > 0 && number < undecided().length;
  }
}

let isLoading = false;

const end = find(".pager-end");
const isNear = () => end.getBoundingClientRect().top < innerHeight + 600;

/** The next page below this one, and those behind it until there is enough to read: a search may go on for a while. */
async function more() {
  if (isLoading) return;
  isLoading = true;
  try {
    for (let next; (next = /** @type {HTMLAnchorElement | null} */ (root.querySelector("a[data-next]")));) {
      const found = await page(next.href);
      for (const each of found.querySelectorAll(".queue > .item")) if (!item(/** @type {HTMLElement} */ (each).dataset.id ?? "")) list.append(each);
      for (const part of [".searched", ".empty"]) {
        const fresh = found.querySelector(part);
        if (fresh) root.querySelector(part)?.replaceWith(fresh);
      }
      leadOn(next, found.querySelector("a[data-next]"));
      if (!current) go(undecided()[0], false);
      settle();
      if (!isNear()) break;
    }
  } catch {
    // The link stays: whoever wants the next page can still open it.
  }
  isLoading = false;
}

/**
 * Let the link lead to what comes after. It stays the same one, as it may have the focus or be about to be pressed.
 * @param {HTMLAnchorElement} link
 * @param {HTMLAnchorElement | null} after
 */
function leadOn(link, after) {
  if (after) {
    link.href = after.href;
    link.textContent = after.textContent;
    return;
  }
  if (document.activeElement === link) end.focus();
  link.remove();
}

/** Look at the first page as it is now: what is new to this one waits behind the bar, the numbers are those of now. */
async function look() {
  const found = await page(root.dataset.first ?? location.href).catch(() => undefined);
  if (!found) return;
  const numbers = [...found.querySelectorAll("[data-count]")].map((part) => /** @type {HTMLElement} */ (part));
  count(Object.fromEntries(numbers.map((part) => [part.dataset.count ?? "", part.textContent || "0"])));
  const newest = [...found.querySelectorAll(".queue > .item")].map((each) => /** @type {HTMLElement} */ (each));
  const top = list.querySelector(":scope > .item");
  const newestKnown = top instanceof HTMLElement ? top.dataset.id ?? "" : "";
  for (const each of newest) {
    const known = item(each.dataset.id ?? "");
    if (known?.classList.contains("gone")) { known.replaceWith(each); } // it is back
  }
  waiting = newest.filter((each) => !item(each.dataset.id ?? "") && (each.dataset.id ?? "") > newestKnown);
  if (root.dataset.isFirst && undecided().length === 0 && waiting.length) arrive(); // nothing is read that could move
  else announce();
  settle();
}

function announce() {
  bar.hidden = waiting.length === 0;
  find(".arrivals-words").textContent = `${waiting.length}${waiting.length >= 25 ? "+" : ""} new`;
}

/** Put what waits on top. */
function arrive() {
  if (!root.dataset.isFirst) return location.assign(root.dataset.first ?? "");
  const fresh = waiting;
  waiting = [];
  for (const each of fresh) each.classList.add("fresh");
  list.prepend(...fresh);
  announce();
  go(fresh[0], !find(".empty").checkVisibility?.() || document.hasFocus());
  settle();
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let looking;
const lookSoon = () => { looking ??= setTimeout(() => { looking = undefined; void look(); }, SETTLE_MS); };

document.addEventListener("embedcomments:changed", (event) => {
  const { comments, more: others } = /** @type {CustomEvent} */ (event).detail;
  for (const { id, state, event: what, by } of comments) {
    const each = item(id);
    if (each && state !== root.dataset.state && root.dataset.state && !mine.has(id)) leave(each, what, by);
    if (what !== "comment_submitted" && STATES[what]) mine.delete(id);
  }
  if (others || comments.length) lookSoon();
});

/** Somebody else decided. @param {HTMLElement} each @param {string} what @param {string} by */
function leave(each, what, by) {
  if (each.classList.contains("gone")) return;
  each.classList.add("gone");
  const note = document.createElement("p");
  note.className = "gone-note";
  note.append(`${STATES[what] ?? "Changed"} by `, Object.assign(document.createElement("bdi"), { textContent: by }));
  each.querySelector(".item-head")?.after(note);
  for (const part of each.querySelectorAll("form, .pick")) /** @type {HTMLElement} */ (part).inert = true;
  settle();
}

document.addEventListener("embedcomments:live", (event) => {
  const { state } = /** @type {CustomEvent} */ (event).detail;
  find(".live-off").hidden = state !== "off";
  find(".live-out").hidden = state !== "out";
  if (state === "on") lookSoon();
});

/** Unfold what was said around an item, and what else its author wrote. @param {HTMLElement} each */
async function unfold(each) {
  const link = /** @type {HTMLAnchorElement} */ (each.querySelector("a[data-context]"));
  const present = each.querySelector(".context");
  link.setAttribute("aria-expanded", String(!present));
  if (present) return present.remove();
  try {
    const found = (await page(link.href)).querySelector(".context");
    if (found && !each.querySelector(".context")) each.querySelector(".item-body")?.append(found);
  } catch (error) {
    link.setAttribute("aria-expanded", "false");
    say(error instanceof Refused ? error.message : String(error), undefined, true);
  }
}

root.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  if (!target || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const within = /** @type {HTMLElement | null} */ (target.closest(".item"));
  if (target.closest("a[data-context]") && within) { event.preventDefault(); void unfold(within); }
  else if (target.closest(".arrivals")) { event.preventDefault(); arrive(); }
  else if (target.closest(".toast-undo")) void undo();
  else if (target.closest(".keys-button")) /** @type {HTMLDialogElement} */ (find("#keys")).showModal();
  else if (target.closest(".thumbs button")) decide(/** @type {HTMLElement} */ (target.closest("button")).dataset.key ?? "");
  else if (target.closest(".thumbs-next")) { event.preventDefault(); step(1); }
  if (within && within !== current && !within.matches(".done, .gone")) go(within, false);
  // A page about this comment opens in place of the queue: coming back leads to it again.
  if (within && target.closest(".acts a:not([target], [data-context])")) history.replaceState(null, "", `#${within.id}`);
});

root.addEventListener("submit", (event) => {
  const { submitter } = event;
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!(submitter instanceof HTMLButtonElement) || submitter.name !== "action") return;
  if (form.id === "bulk") {
    // What also holds for comments that are not on the page is the server's work, and shows on a new one.
    if (/** @type {HTMLInputElement | null} */ (form.elements.namedItem("scope"))?.checked) return;
    event.preventDefault();
    void act(submitter.value, picked());
  } else if (form.matches(".acts")) {
    event.preventDefault();
    const each = /** @type {HTMLElement} */ (form.closest(".item"));
    void act(submitter.value, [each]);
  }
});

root.addEventListener("change", (event) => {
  const box = /** @type {HTMLInputElement} */ (event.target);
  if (box.closest(".pick-all")) for (const each of undecided()) /** @type {HTMLInputElement} */ (each.querySelector(".pick input")).checked = box.checked;
  if (box.closest(".pick, .pick-all")) mark();
  if (box.matches("form.filter select")) /** @type {HTMLFormElement} */ (box.form).requestSubmit();
});

/** @type {Record<string, () => unknown>} */
const KEYS = {
  j: () => step(1), k: () => step(-1), u: undo, n: () => { if (waiting.length) arrive(); },
  a: () => decide("a"), r: () => decide("r"), s: () => decide("s"), h: () => decide("h"),
  b: () => follow("a[data-ban]"), e: () => follow("a[data-more]"), o: () => follow("a[data-open]"),
  c: () => { if (current) void unfold(current); },
  x: () => { /** @type {HTMLElement | null | undefined} */ (current?.querySelector(".pick input"))?.click(); },
  "/": () => /** @type {HTMLElement} */ (root.querySelector("input[type=search]")).focus(),
  "?": () => /** @type {HTMLDialogElement} */ (find("#keys")).showModal(),
  Escape: () => { for (const each of picked()) /** @type {HTMLInputElement} */ (each.querySelector(".pick input")).checked = false; mark(); },
};

/** By key, for what is selected, else for the present one. @param {string} key */
function decide(key) {
  /** @type {Map<string, HTMLElement[]>} the same key may be another action for comments of another state */
  const actions = new Map();
  for (const each of picked().length ? picked() : current ? [current] : []) {
    const button = /** @type {HTMLButtonElement | null} */ (each.querySelector(`.acts button[data-key="${key}"]`));
    if (button) actions.set(button.value, [...actions.get(button.value) ?? [], each]);
  }
  for (const [action, items] of actions) void act(action, items);
}

/** @param {string} selector */
function follow(selector) {
  /** @type {HTMLAnchorElement | null | undefined} */ (current?.querySelector(selector))?.click();
}

document.addEventListener("keydown", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]")) return;
  if (target.matches("select, textarea, input:not([type=checkbox])")) return event.key === "Escape" ? target.blur() : undefined;
  const work = KEYS[nameOf(event)];
  if (!work || (event.key === "Escape" && !picked().length)) return;
  event.preventDefault();
  work();
});

/**
 * The key by what it writes, whatever Caps Lock says; on a keyboard of other letters, by where it is: who writes Armenian
 * or Russian does not switch for each comment.
 * @param {KeyboardEvent} event
 */
function nameOf({ key, code, shiftKey }) {
  const written = key.length === 1 && !shiftKey ? key.toLowerCase() : key;
  return /^\p{L}$/u.test(key) && key > "\x7f" && !shiftKey ? /^Key([A-Z])$/.exec(code)?.[1]?.toLowerCase() ?? written : written;
}

/** On a phone the bar at the thumb is about the item that is being read. */
let isScheduled = false;
addEventListener("scroll", () => {
  if (!isNarrow.matches || isScheduled || performance.now() < wentAt + OWN_SCROLL_MS) return;
  isScheduled = true;
  requestAnimationFrame(() => {
    isScheduled = false;
    const line = innerHeight * 0.35;
    const read = undecided().find((each) => each.getBoundingClientRect().bottom > line);
    if (read && read !== current) go(read, false);
  });
}, { passive: true });

/** What rises from below stands above the bar that is there: that of the thumb, or of what is selected. */
const bulk = find("#bulk");
const footing = new ResizeObserver(() => {
  const isBar = getComputedStyle(bulk).position === "sticky";
  root.style.setProperty("--foot", `${Math.max(isBar ? bulk.offsetHeight : 0, thumbs.offsetHeight)}px`);
});
footing.observe(bulk, { box: "border-box" });
footing.observe(thumbs, { box: "border-box" });

new IntersectionObserver(([entry]) => { if (entry?.isIntersecting) void more(); }, { rootMargin: "600px" }).observe(end);

for (const part of root.querySelectorAll("[data-needs-script]")) /** @type {HTMLElement} */ (part).hidden = false;
for (const part of root.querySelectorAll("[data-no-script]")) /** @type {HTMLElement} */ (part).hidden = true;
count({});
// Who comes back from a page about a comment finds it again.
const back = item(location.hash.replace(/^#c-/, ""));
go(back ?? undecided()[0], back !== null);
mark();
const taking = /** @type {HTMLInputElement | null} */ (root.querySelector(".taken-back input[name=undo]"));
if (taking) {
  // The notice of the page before: here it is the toast's matter.
  const notice = document.querySelector("main > .notice");
  say(notice?.textContent?.trim() || "Done.", { token: taking.value, ids: [] });
  notice?.remove();
  find(".taken-back").remove();
  history.replaceState(null, "", root.dataset.here);
}

export {};
