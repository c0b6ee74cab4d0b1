import { afterEach, describe, expect, it } from "vitest";
import { chooseLanguage } from "../src/languages/choice";
import { pageUrl, readSettings, threadUrl } from "../src/settings";
import { keep } from "../src/storage";

afterEach(() => {
  document.head.innerHTML = "";
  document.documentElement.lang = "";
  localStorage.clear();
});

function element(data: Record<string, string>): HTMLElement {
  const made = document.createElement("embed-comments");
  Object.assign(made.dataset, data);
  return made;
}

describe("settings", () => {
  it("come from the element, then from the script tag, then from the page", () => {
    document.head.innerHTML = '<link rel="canonical" href="https://example.com/a#top">';
    const settings = readSettings(element({ site: "blog" }), { server: "https://c.example/", site: "other", sort: "newest" });
    expect(settings).toMatchObject({ server: "https://c.example", site: "blog", key: "https://example.com/a", sort: "newest", live: true });
  });

  it("put the order that a reader chose before the site's; nonsense is no order", () => {
    const sorted = () => readSettings(element({ sort: "newest" }), {}).sort;
    keep("sort", "oldest");
    expect(sorted()).toBe("oldest");
    keep("sort", "top");
    expect(sorted()).toBe("top");
    keep("sort", { not: "an order" });
    expect(sorted()).toBe("oldest");
    keep("sort", undefined);
    expect(sorted()).toBe("newest");
  });

  it("make one URL for one thread", () => {
    const settings = readSettings(element({ key: "a b&c", live: "off", sort: "nonsense" }), { server: "https://c.example" });
    expect(threadUrl(settings)).toBe("https://c.example/api/v1/sites/default/thread?key=a%20b%26c");
    expect(threadUrl({ ...settings, sort: "top" }, "x=")).toBe("https://c.example/api/v1/sites/default/thread?key=a%20b%26c&sort=top&after=x%3D");
    expect(settings.live).toBe(false);
  });

  it("take the page's address without its fragment when it names no canonical one", () => {
    expect(pageUrl()).not.toContain("#");
  });
});

describe("the language", () => {
  it("is what the site says, else the page, else the browser", () => {
    expect(chooseLanguage("hy-AM")).toBe("hy");
    document.documentElement.lang = "fa";
    expect(chooseLanguage("")).toBe("fa");
    expect(chooseLanguage("xx")).toBe("fa");
  });

  it("is Chinese in the script that the tag means", () => {
    expect(["zh", "zh-CN", "zh-Hans-SG"].map(chooseLanguage)).toEqual(["zh-Hans", "zh-Hans", "zh-Hans"]);
    expect(["zh-TW", "zh-Hant", "zh-HK", "ZH_MO"].map(chooseLanguage)).toEqual(["zh-Hant", "zh-Hant", "zh-Hant", "zh-Hant"]);
  });

  it("is Portuguese and Norwegian however they are tagged, and never one that only begins alike", () => {
    expect(["pt-PT", "pt-BR", "nb-NO", "no", "nn"].map(chooseLanguage)).toEqual(["pt", "pt", "nb", "nb", "nb"]);
    document.documentElement.lang = "de";
    expect(["fil", "arn", "kok", "eng"].map(chooseLanguage)).toEqual(["de", "de", "de", "de"]);
  });
});
