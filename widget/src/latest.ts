/** `<embed-comments-latest>`: the newest comments of a site, on any page. Text alone, one request, nothing that waits. */
import { chooseLanguage } from "./languages/choice";
import { Strings, type Catalogue, type Times } from "./languages/strings";
import { page } from "./page";
import { readAnswer } from "./request";
import { NEAR } from "./settings";
import { css } from "./sheet";

interface Latest {
  id: string;
  created_at: string;
  author: { name: string | null } | null;
  text: string;
  thread: { key: string; url: string | null; title: string | null };
}

const MOST = 50;

const sheet = css`
  :host {
    --ec-unit: max(1REM, 0.888em);
    display: block;
  }
  :host([hidden]) {
    display: none;
  }
  ul {
    margin: 0;
    padding: 0;
    list-style: none;
    line-height: 1.45;
  }
  li {
    padding-block: 0.7rem;
    border-block-end: 1px solid var(--ec-line, color-mix(in srgb, currentColor 15%, transparent));
  }
  li:last-child {
    border: 0;
  }
  p {
    margin: 0;
    overflow-wrap: anywhere;
  }
  .text {
    display: -webkit-box;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 3;
    overflow: hidden;
  }
  .text,
  a {
    font-family: var(--ec-text-font, inherit);
    color: var(--ec-ink, inherit);
    text-decoration: none;
  }
  a:hover {
    text-decoration: underline;
    text-decoration-thickness: 1px;
    text-underline-offset: 0.2em;
  }
  a:focus-visible {
    outline: 2px solid var(--ec-accent, currentColor);
    outline-offset: 2px;
  }
  .by {
    margin-block-start: 0.15rem;
    font: 0.8125rem/1.45 var(--ec-ui-font, system-ui, "Noto Sans", sans-serif);
    color: var(--ec-soft, color-mix(in srgb, currentColor 70%, transparent));
  }
  .name {
    font-weight: 600;
  }
`;

/** Answers of this page, by URL: several elements ask once. */
const asked = new Map<string, Promise<{ comments: Latest[] }>>();
const watched = new WeakSet<HTMLElement>();
/** What each element shows or is about to. */
const shown = new WeakMap<HTMLElement, string>();

function ask(url: string): Promise<{ comments: Latest[] }> {
  const answer =
    asked.get(url) ?? fetch(url, { credentials: "omit" }).then((response) => readAnswer<{ comments: Latest[] }>(response));
  asked.set(url, answer);
  answer.catch(() => asked.delete(url));
  return answer;
}

async function stringsFor(said: string): Promise<Strings> {
  const language = chooseLanguage(said);
  try {
    const file = `./${language}.js`;
    const catalogue = language === "en" ? undefined : ((await import(file)) as { words: Catalogue; times?: Times });
    if (catalogue) return new Strings(language, catalogue.words, catalogue.times);
  } catch {
    // English is better than nothing.
  }
  return new Strings("en");
}

function make<Name extends keyof HTMLElementTagNameMap>(name: Name, part: string, ...inside: (Node | string)[]): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  element.className = part;
  element.setAttribute("part", part);
  element.append(...inside);
  return element;
}

/** Where a comment stands, when its thread is a page. */
function linkTo({ id, thread }: Latest): string | undefined {
  const address = thread.url ?? thread.key;
  return /^https?:\/\//i.test(address) ? `${address.split("#")[0]}#comment-${encodeURIComponent(id)}` : undefined;
}

function itemOf(comment: Latest, strings: Strings): HTMLLIElement {
  const { author, created_at, text, thread } = comment;
  const href = linkTo(comment);
  const words = make("p", "text");
  words.dir = "auto";
  if (href) {
    const link = make("a", "link", text);
    link.href = href;
    words.append(link);
  } else words.append(text);
  const time = make("time", "time", strings.ago(created_at));
  time.dateTime = created_at;
  time.title = strings.date(created_at);
  const by = make("p", "by", make("bdi", "name", author?.name || strings.t("anonymous")), " · ", time);
  if (thread.title) by.append(" · ", make("bdi", "title", thread.title));
  return make("li", "item", words, by);
}

/** What a page may change at any time. */
const SAID = { attributeFilter: ["data-site", "data-lang", "data-limit"] };

/** Fill an element that came, and again when its attributes say something else. */
export function show(element: HTMLElement): void {
  if (!watched.has(element)) new MutationObserver(() => element.isConnected && prepare(element)).observe(element, SAID);
  watched.add(element);
  prepare(element);
}

/** Fill it when the reader is near. */
function prepare(element: HTMLElement): void {
  const { defaults } = page();
  const say = (name: string) => element.dataset[name] || defaults[name] || "";
  const limit = Math.min(Math.max(Math.trunc(Number(element.dataset.limit)) || 5, 1), MOST);
  const url = `${say("server").replace(/\/+$/, "")}/api/v1/sites/${encodeURIComponent(say("site") || "default")}/latest?limit=${limit}`;
  const wanted = `${url} ${say("lang")}`;
  if (shown.get(element) === wanted) return;
  shown.set(element, wanted);
  const near = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    near.disconnect();
    if (shown.get(element) === wanted) void fill(element, url, say("lang"), () => shown.get(element) === wanted);
  }, NEAR);
  near.observe(element);
}

async function fill(element: HTMLElement, url: string, lang: string, isWanted: () => boolean): Promise<void> {
  element.dataset.status = "loading";
  const answer = ask(url).catch(() => undefined);
  const strings = await stringsFor(lang);
  const comments = (await answer)?.comments;
  if (!isWanted()) return;
  const root = element.shadowRoot ?? element.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet];
  const body = comments?.length
    ? make("ul", "list", ...comments.map((comment) => itemOf(comment, strings)))
    : make("p", "by", strings.t(comments ? "empty" : "failed"));
  body.lang = strings.lang;
  body.dir = strings.dir;
  root.replaceChildren(body);
  element.dataset.status = comments ? "ready" : "failed";
  // What failed is asked for again when the element comes anew.
  if (!comments) shown.delete(element);
}
