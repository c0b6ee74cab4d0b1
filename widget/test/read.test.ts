import { render } from "lit/html.js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { enReading } from "../src/languages/en-reading";
import { Strings } from "../src/languages/strings";
import type { Comment } from "../src/model/comment";
import { Thread } from "../src/model/thread";
import { Folds, MOST as MOST_FOLDS } from "../src/read/folds";
import { isFree, letterOf, listen, neighbour } from "../src/read/keys";
import { places, plain } from "../src/read/matching";
import { MOST as MOST_QUOTED, quoted, within, wordsOf } from "../src/read/quoting";
import { begin, MOST } from "../src/read/visits";
import type { Session } from "../src/session";
import { keep, recall } from "../src/storage";
import { comment, snapshot } from "./make";

/** What the reading part needs of a session, around a thread of these comments. */
function sessionOf(comments: Comment[], { count = comments.length, next = null as string | null, data = {} } = {}): Session {
  const host = document.createElement("div");
  Object.assign(host.dataset, data);
  document.body.append(host);
  const thread = new Thread();
  thread.begin(snapshot(comments, { count, next }));
  return {
    thread,
    arrivals: [],
    folded: new Set<string>(),
    strings: new Strings("en", enReading),
    changed: vi.fn(async () => undefined),
    own: { get: () => undefined },
    settings: { server: "https://s", site: "default", key: "k" },
    shell: { root: host.attachShadow({ mode: "open" }) },
    focus: vi.fn(),
    reach: vi.fn(async () => undefined),
  } as unknown as Session;
}

const numbered = (...numbers: (number | null)[]) => numbers.map((number) => comment(`c${number}`, null, { number }));

beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
  (globalThis as { embedcomments?: unknown }).embedcomments = { defaults: {} };
});
afterEach(() => document.body.replaceChildren());

describe("a key", () => {
  it("is its Latin letter, whatever the layout, and the one in its place on other keyboards", () => {
    expect(letterOf({ key: "n", code: "KeyL" })).toBe("n");
    expect(letterOf({ key: "т", code: "KeyN" })).toBe("n");
    expect(letterOf({ key: "з", code: "KeyP" })).toBe("p");
    expect(letterOf({ key: "Enter", code: "Enter" })).toBe("");
    expect(letterOf({ key: "Dead", code: "KeyN" })).toBe("");
  });

  it("is free only without modifiers, out of fields, and when nobody used it", () => {
    const free = (init: KeyboardEventInit & { keyCode?: number }, html = "<p></p>") => {
      document.body.innerHTML = html;
      const event = new KeyboardEvent("keydown", { key: "n", bubbles: true, cancelable: true, ...init });
      if (init.keyCode) Object.defineProperty(event, "keyCode", { value: init.keyCode });
      let answer: boolean | undefined;
      document.body.addEventListener("keydown", (heard) => (answer = isFree(heard)), { once: true });
      (document.body.querySelector("b") ?? document.body.firstElementChild!).dispatchEvent(event);
      return answer;
    };
    expect(free({})).toBe(true);
    for (const key of ["altKey", "ctrlKey", "metaKey", "shiftKey", "isComposing"]) expect(free({ [key]: true }), key).toBe(false);
    expect(free({ keyCode: 229 })).toBe(false);
    for (const html of ["<textarea></textarea>", "<input>", "<select></select>", '<div contenteditable><b></b></div>', '<div role="menu"><b></b></div>']) {
      expect(free({}, html), html).toBe(false);
    }
    const used = new KeyboardEvent("keydown", { key: "n", cancelable: true });
    used.preventDefault();
    expect(isFree(used)).toBe(false);
  });
});

describe("the neighbour", () => {
  const build = () => {
    document.body.innerHTML = `<h2 id="t"></h2><ol><li><article id="a"><a id="in-a"></a></article><button id="after-a"></button><ol><li><article id="b"></article></li></ol></li><li><article id="c"></article></li></ol><button id="end"></button>`;
    const articles = [...document.querySelectorAll("article")];
    return (from: string, step: 1 | -1, wanted = (_: Element) => true) => neighbour(articles, document.getElementById(from)!, step, wanted)?.id;
  };

  it("is the next or previous in the order of reading, from wherever the focus is", () => {
    const near = build();
    expect([near("t", 1), near("a", 1), near("in-a", 1), near("after-a", 1), near("b", 1), near("c", 1), near("end", 1)]).toEqual(["a", "b", "b", "b", "c", undefined, undefined]);
    expect([near("t", -1), near("a", -1), near("in-a", -1), near("after-a", -1), near("b", -1), near("end", -1)]).toEqual([undefined, undefined, undefined, "a", "a", "c"]);
  });

  it("is one that is wanted", () => {
    const near = build();
    expect(near("t", 1, ({ id }) => id === "c")).toBe("c");
    expect(near("c", -1, ({ id }) => id === "a")).toBe("a");
  });
});

describe("keys in a thread", () => {
  const drawn = (comments: Comment[]) => {
    const session = sessionOf(comments);
    const { root } = session.shell;
    root.innerHTML = `<h2 class="head" tabindex="-1"></h2>${comments.map(({ id }) => `<div class="item"><article class="comment" id="comment-${id}" tabindex="-1"></article></div>`).join("")}`;
    const at = (id: string) => root.getElementById(`comment-${id}`) as HTMLElement;
    const press = (key: string) => {
      const event = new KeyboardEvent("keydown", { key, bubbles: true, composed: true, cancelable: true });
      (root.activeElement ?? root.querySelector(".head")!).dispatchEvent(event);
      return event.defaultPrevented;
    };
    return { session, at, press, focused: () => vi.mocked(session.focus).mock.lastCall?.[0] };
  };

  it("lead to what is new, then to the next one", () => {
    const { session, at, press, focused } = drawn(numbered(1, 2, 3, 4));
    const leaving = new AbortController();
    listen(session, (node) => node.comment.number === 3, leaving.signal);
    expect([press("n"), focused()]).toEqual([true, "c3"]);
    at("c3").focus();
    expect([press("n"), focused()]).toEqual([true, "c4"]);
    at("c4").focus();
    expect([press("p"), focused()]).toEqual([true, "c3"]);
    expect([press("n"), press("u"), press("x")]).toEqual([false, false, false]);
    leaving.abort();
    at("c1").focus();
    expect(press("n")).toBe(false);
  });

  it("lead to what waits behind the bar, and on the next page", () => {
    const { session, at, press } = drawn(numbered(1));
    listen(session, () => false, new AbortController().signal);
    at("c1").focus();
    session.thread.next = "2";
    expect(press("n")).toBe(true);
    session.thread.next = null;
    session.arrivals = numbered(2);
    expect(press("n")).toBe(true);
    expect(session.reach).toHaveBeenCalledTimes(2);
    expect(session.focus).not.toHaveBeenCalled();
  });

  it("lead from an answer to its parent", () => {
    const { session, at, press, focused } = drawn([comment("a"), comment("b", "a")]);
    listen(session, () => false, new AbortController().signal);
    at("b").focus();
    expect([press("u"), focused()]).toEqual([true, "a"]);
    at("a").focus();
    expect(press("u")).toBe(false);
  });
});

describe("a visit", () => {
  const NAME = "https://s|default|k";
  const leaving = () => new AbortController();
  const news = (session: Session) => {
    const visit = begin(session, leaving().signal);
    return { news: visit.news, isNew: [...session.thread.nodes.values()].filter(visit.isNew).map(({ comment: { id } }) => id) };
  };
  const left = (top: number, count: number, rest = {}) => keep("visits", { [NAME]: { top, count, from: { top: 0, count: 0 }, at: Date.now(), ...rest } });

  it("marks nothing when it is the first, but what comes during it", () => {
    const session = sessionOf(numbered(1, 2));
    const visit = begin(session, leaving().signal);
    session.thread.put(numbered(3)[0]!);
    expect(visit.news).toBe(0);
    expect([...session.thread.nodes.values()].filter(visit.isNew).map(({ comment: { id } }) => id)).toEqual(["c3"]);
  });

  it("knows what came since, and neither mentions without a number nor the reader's own", () => {
    left(2, 2);
    const session = sessionOf(numbered(1, 2, 3, 4, null));
    session.own.get = (id) => (id === "c4" ? { token: "", key: "", until: 0 } : undefined);
    expect(news(session)).toEqual({ news: 1, isNew: ["c3"] });
  });

  it("says how many came where not all are loaded", () => {
    left(5000, 4990);
    expect(news(sessionOf(numbered(1, 2), { count: 5010, next: "2" }))).toEqual({ news: 20, isNew: [] });
  });

  it("goes on when the page was reloaded a moment later", () => {
    left(4, 4, { from: { top: 2, count: 2 } });
    vi.spyOn(performance, "getEntriesByType").mockReturnValue([{ type: "reload" } as PerformanceNavigationTiming]);
    expect(news(sessionOf(numbered(1, 2, 3, 4)))).toEqual({ news: 2, isNew: ["c3", "c4"] });
    left(4, 4, { from: { top: 2, count: 2 }, at: Date.now() - 3_600_000 });
    expect(news(sessionOf(numbered(1, 2, 3, 4)))).toEqual({ news: 0, isNew: [] });
  });

  it("bears what it does not understand in the storage", () => {
    for (const kept of [null, 7, [], { [NAME]: null }, { [NAME]: 3 }, { [NAME]: {} }]) {
      keep("visits", kept);
      expect(news(sessionOf(numbered(1), { next: "2", count: 9 })).isNew).toEqual([]);
    }
  });

  /** See the comments for as long as is needed, then leave. */
  function look(session: Session, ms = 5000): void {
    let tell: (entries: unknown[]) => void = () => {};
    class Observer {
      constructor(callback: typeof tell) {
        tell = callback;
      }
      observe(target: Element) {
        tell([{ target, isIntersecting: true }]);
      }
      disconnect() {}
    }
    vi.stubGlobal("IntersectionObserver", Observer);
    vi.useFakeTimers();
    session.shell.root.innerHTML = '<section class="thread"></section>';
    const here = leaving();
    begin(session, here.signal);
    vi.advanceTimersByTime(ms);
    here.abort();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  }

  it("is noted once the comments were looked at, with what was seen", () => {
    look(sessionOf(numbered(1, 2)), 1000);
    expect(recall("visits")).toBeUndefined();
    const session = sessionOf(numbered(1, 2), { count: 3 });
    // One of them came meanwhile and was not looked at.
    session.arrivals = numbered(3);
    look(session);
    expect(recall("visits")).toMatchObject({ [NAME]: { top: 2, count: 2, from: { top: 2, count: 2 } } });
  });

  it("is noted for some two hundred threads, the last ones", () => {
    keep("visits", Object.fromEntries(Array.from({ length: MOST }, (_, i) => [`old|${i}`, { top: 1, count: 1, at: 0 }])));
    look(sessionOf(numbered(1)));
    const names = Object.keys(recall<object>("visits")!);
    expect([names.length, names[0], names.at(-1)]).toEqual([MOST, "old|1", NAME]);
  });

  it("is not noted where the page says so", () => {
    left(1, 1);
    const before = recall("visits");
    const session = sessionOf(numbered(1, 2), { data: { visits: "off" } });
    expect(news(session)).toEqual({ news: 0, isNew: [] });
    look(session);
    expect(recall("visits")).toEqual(before);
  });

  it("needs no storage", () => {
    vi.stubGlobal("localStorage", {
      getItem: () => {
        throw new DOMException("no", "SecurityError");
      },
      setItem: () => {
        throw new DOMException("full", "QuotaExceededError");
      },
    });
    expect(news(sessionOf(numbered(1, 2)))).toEqual({ news: 0, isNew: [] });
    look(sessionOf(numbered(1, 2)));
  });
});

describe("folds", () => {
  const tree = () => sessionOf([comment("a"), comment("b", "a"), comment("c", "b"), comment("d")]);
  const press = (folds: Folds, session: Session, id: string) => {
    const place = document.createElement("div");
    document.body.append(place);
    render(folds.view(session.thread.nodes.get(id)!), place);
    place.querySelector("button")!.click();
  };

  it("are kept for the session, and opened for what is below them", () => {
    const session = tree();
    const folds = new Folds(session, () => false, new AbortController().signal);
    press(folds, session, "a");
    press(folds, session, "b");
    expect(recall("folded", "sessionStorage")).toEqual(["a", "b"]);
    expect(folds.open("a")).toBe(false);
    expect(folds.open("c")).toBe(true);
    expect([session.folded.size, recall("folded", "sessionStorage"), localStorage.length]).toEqual([0, undefined, 0]);
  });

  it("are forgotten above a number, the first ones first", () => {
    const session = tree();
    for (let i = 0; i < MOST_FOLDS; i++) session.folded.add(`x${i}`);
    press(new Folds(session, () => false, new AbortController().signal), session, "a");
    const kept = recall<string[]>("folded", "sessionStorage")!;
    expect([kept.length, kept[0], kept.at(-1)]).toEqual([MOST_FOLDS, "x1", "a"]);
  });

  it("say how many answers there are, and that one is new", () => {
    const session = tree();
    const folds = new Folds(session, (node) => node.comment.id === "c", new AbortController().signal);
    const place = document.createElement("div");
    const said = () => {
      session.thread.nodes.get("a")!.comment.reply_count = 2;
      render(folds.view(session.thread.nodes.get("a")!), place);
      const button = place.querySelector("button")!;
      return [button.getAttribute("aria-label"), button.getAttribute("aria-expanded")];
    };
    expect(said()).toEqual(["2 replies", "true"]);
    session.folded.add("a");
    expect(said()).toEqual(["2 replies, New", "false"]);
    expect(place.querySelector("button")!.textContent!.trim()).toBe("2 replies");
  });
});

describe("a quotation", () => {
  const words = (html: string) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    return wordsOf(template.content);
  };

  it("marks every line, and cuts what is too long", () => {
    expect(quoted("One\n\nTwo\nthree")).toBe("> One\n>\n> Two\n> three");
    const long = quoted("😀".repeat(MOST_QUOTED + 1));
    expect([...long].length).toBe(MOST_QUOTED + 2);
    expect(long.endsWith("😀…")).toBe(true);
    expect(quoted("x".repeat(MOST_QUOTED))).toBe(`> ${"x".repeat(MOST_QUOTED)}`);
  });

  it("has the words of a comment with their paragraphs, lines, lists and code", () => {
    expect(words("<p>One <em>two</em>\n three</p>\n<p>Four<br>five</p>")).toBe("One two three\n\nFour\nfive");
    expect(words("<ul>\n<li>a</li>\n<li><p>b</p></li>\n</ul>")).toBe("- a\n- b");
    expect(words("<p>Say</p><pre><code>if x:\n    y()\n</code></pre><p>then</p>")).toBe("Say\n\n```\nif x:\n    y()\n```\n\nthen");
    expect(words("<blockquote><p>Theirs</p><p>more</p></blockquote><p>Mine</p>")).toBe("> Theirs\n>\n> more\n\nMine");
    expect(words('<p>A <img alt="😍" src="x"> day</p>')).toBe("A 😍 day");
    expect(words("  ")).toBe("");
  });

  it("is of one comment, however far the selection goes", () => {
    document.body.innerHTML = "<p>before</p><div><p>One</p><p>Two</p></div><p>after</p>";
    const [before, , , after] = document.querySelectorAll("p");
    const body = document.querySelector("div")!;
    const range = document.createRange();
    range.setStart(before!.firstChild!, 2);
    range.setEnd(after!.firstChild!, 2);
    expect(wordsOf(within(range, body)!.cloneContents())).toBe("One\n\nTwo");
    range.setStart(body.querySelector("p")!.firstChild!, 1);
    expect(wordsOf(within(range, body)!.cloneContents())).toBe("ne\n\nTwo");
    range.selectNodeContents(before!);
    expect(within(range, body)).toBeUndefined();
  });
});

describe("matching", () => {
  const found = (text: string, query: string) => places(plain(text), plain(query).text.trim()).map(([from, to]) => text.slice(from, to));

  it("knows no case and no accents, and shows the text as it is", () => {
    expect(found("A résumé, a RÉSUMÉ, a resume", "Resumé")).toEqual(["résumé", "RÉSUMÉ", "resume"]);
    expect(found("re\u0301sume\u0301!", "resume")).toEqual(["re\u0301sume\u0301"]);
    expect(found("Straße und STRASSE", "strasse")).toEqual(["Straße", "STRASSE"]);
    expect(found("Straße", "stras")).toEqual(["Straß"]);
    expect(found("ΟΔΟΣ οδός", "οδος")).toEqual(["ΟΔΟΣ", "οδός"]);
    expect(found("Ёлка и ЕЛКА", "елка")).toEqual(["Ёлка", "ЕЛКА"]);
    expect(found("ISTANBUL, İstanbul, ısı", "istanbul")).toEqual(["ISTANBUL", "İstanbul"]);
    expect(found("הַשָּׁלוֹם", "השלום")).toEqual(["הַשָּׁלוֹם"]);
    expect(found("مُحَمَّد", "محمد")).toEqual(["مُحَمَّد"]);
    expect(found("Մեսրոպ", "մեսրոպ")).toEqual(["Մեսրոպ"]);
    expect(found("Ｆｕｌｌ　ｗｉｄｔｈ", "full width")).toEqual(["Ｆｕｌｌ　ｗｉｄｔｈ"]);
    expect(found("한국어와 日本語", "日本")).toEqual(["日本"]);
    expect(found("a 😍 day", "😍 day")).toEqual(["😍 day"]);
  });

  it("keeps the marks apart that make a word", () => {
    expect(found("कि की", "कि")).toEqual(["कि"]);
    expect(found("が か", "か")).toEqual(["か"]);
  });

  it("takes blanks of any kind and number as one", () => {
    expect(found("two\n  words and two\u00a0words", "two   words")).toEqual(["two\n  words", "two\u00a0words"]);
    expect(found("anything", "  ")).toEqual([]);
    expect(found("aaaa", "aa")).toEqual(["aa", "aa"]);
    expect(plain("simple words, quite simple: 12!")).toEqual({ text: "simple words, quite simple: 12!" });
  });
});
