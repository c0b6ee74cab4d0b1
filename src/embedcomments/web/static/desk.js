// @ts-check
/*
 * Comfort for the pages of the desk, all of which work without it: copies, questions before what cannot be taken back,
 * times of the moderator's own zone, and light or dark without a new page.
 *
 * What it looks for in the HTML:
 *   <button data-copy="ID" hidden>         copies the text (or value) of the element ID; shown when there is a script
 *   <button data-confirm="A sentence.">    of a form: asks first, with the button's own words as the answer
 *   <time datetime="…">                    told in the browser's own zone
 *   <form data-colours>                    its buttons (value "", "light" or "dark") change the colours at once
 *   .segments                              what is chosen in it is scrolled to, where it is wider than the screen
 * Whatever is added to the page later is treated the same.
 */

const SHOWN_MS = 2_000;
const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
// The desk speaks English; which English is the reader's choice, and without one the day stands before the month, as in
// what the server writes.
const languages = [...navigator.languages.filter((tag) => tag.startsWith("en-")), "en-GB"];
const dates = new Intl.DateTimeFormat(languages, { dateStyle: "medium", timeStyle: "short" });
const precise = new Intl.DateTimeFormat(languages, { dateStyle: "full", timeStyle: "long" });

/** What screen readers are told without anything being looked at. */
const spoken = document.createElement("p");
spoken.className = "unseen";
spoken.setAttribute("role", "status");
document.body.append(spoken);

/** @param {HTMLButtonElement} button */
async function copy(button) {
  const source = document.getElementById(button.dataset.copy ?? "");
  if (!source) return;
  const text = source instanceof HTMLTextAreaElement || source instanceof HTMLInputElement
    ? source.value : source.textContent ?? "";
  if (!(await isCopied(text, source))) {
    spoken.textContent = "It is selected; copy it with the keyboard.";
    return;
  }
  const words = button.dataset.words ??= button.textContent ?? "";
  button.textContent = "Copied";
  spoken.textContent = "Copied";
  setTimeout(() => { button.textContent = words; spoken.textContent = ""; }, SHOWN_MS);
}

/**
 * Whether the text is on the clipboard. Pages that came over plain HTTP have no clipboard of their own; there what is
 * selected is copied.
 * @param {string} text
 * @param {HTMLElement} source
 */
async function isCopied(text, source) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const range = document.createRange();
    range.selectNodeContents(source);
    getSelection()?.removeAllRanges();
    getSelection()?.addRange(range);
    return document.execCommand("copy");
  }
}

/** @type {WeakSet<HTMLElement>} */
const confirmed = new WeakSet();

/**
 * Ask, and send the form when the answer is yes.
 * @param {HTMLFormElement} form
 * @param {HTMLElement} button
 */
function ask(form, button) {
  const dialog = document.createElement("dialog");
  const question = document.createElement("p");
  question.id = "question";
  question.textContent = button.dataset.confirm ?? "";
  const answers = document.createElement("div");
  answers.className = "actions";
  const no = document.createElement("button");
  no.className = "btn";
  no.textContent = "Cancel";
  no.autofocus = true;
  no.addEventListener("click", () => dialog.close());
  const yes = document.createElement("button");
  yes.className = "btn primary danger";
  yes.textContent = button.textContent?.trim() || "Yes";
  yes.addEventListener("click", () => {
    confirmed.add(button);
    dialog.close();
    form.requestSubmit(button);
  });
  answers.append(no, yes);
  dialog.className = "card ask";
  dialog.setAttribute("aria-labelledby", question.id);
  dialog.append(question, answers);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement} button
 */
function chooseTheme(form, button) {
  const theme = button.getAttribute("value") ?? "";
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  for (const other of form.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
  const chosen = new FormData(form);
  chosen.set("theme", theme);
  fetch(form.getAttribute("action") ?? "", { method: "POST", body: new URLSearchParams(/** @type {any} */ (chosen)), redirect: "manual" })
    .catch(() => undefined); // the colours hold on this page; the next one has the former
}

/** @param {HTMLTimeElement} time */
function tell(time) {
  const at = new Date(time.dateTime);
  if (Number.isNaN(at.getTime())) return;
  const age_ms = Date.now() - at.getTime();
  const minutes = Math.floor(age_ms / MINUTE_MS);
  const words = age_ms < 0 || age_ms >= DAY_MS ? dates.format(at)
    : minutes < 1 ? "just now" : minutes < 60 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ago`;
  if (time.textContent !== words) time.textContent = words;
  time.title = precise.format(at);
}

/** @param {ParentNode} part */
function improve(part) {
  if (part instanceof HTMLTimeElement) tell(part);
  if (part instanceof HTMLElement && part.dataset.copy) part.hidden = false;
  for (const time of part.querySelectorAll("time")) tell(time);
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (part.querySelectorAll("[data-copy]"))) button.hidden = false;
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button[data-copy]") : null;
  if (button instanceof HTMLButtonElement) void copy(button);
});

document.addEventListener("submit", (event) => {
  const { target: form, submitter: button } = event;
  if (!(form instanceof HTMLFormElement) || !button || event.defaultPrevented) return;
  if (form.matches("[data-colours]")) {
    event.preventDefault();
    chooseTheme(form, button);
  } else if (button.dataset.confirm && !confirmed.delete(button)) {
    event.preventDefault();
    ask(form, button);
  }
});

// A list of sites that hangs open goes with a click elsewhere or with Escape, as people expect of a menu.
const switcher = /** @type {HTMLDetailsElement | null} */ (document.querySelector("details.switcher"));
document.addEventListener("click", (event) => {
  if (switcher && event.target instanceof Node && !switcher.contains(event.target)) switcher.open = false;
});
switcher?.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  switcher.open = false;
  switcher.querySelector("summary")?.focus();
});

// On a phone a row of tabs is wider than the screen: the one that is shown must not be the one that is out of sight.
for (const chosen of document.querySelectorAll(".segments [aria-current]")) {
  const row = chosen.parentElement;
  if (row && row.scrollWidth > row.clientWidth) chosen.scrollIntoView({ block: "nearest", inline: "center", behavior: "instant" });
}

improve(document);
setInterval(() => { if (!document.hidden) for (const time of document.querySelectorAll("time")) tell(time); }, MINUTE_MS / 2);
new MutationObserver((changes) => {
  for (const change of changes) {
    for (const node of change.addedNodes) if (node instanceof Element) improve(node);
  }
}).observe(document.body, { childList: true, subtree: true });
