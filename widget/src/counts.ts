/** Numbers of comments on list pages: one request for up to a hundred of them. */
import { page } from "./page";
import { request } from "./request";

const MOST = 100;

/** Write the count of each `data-embedcomments-count` element's key into it, and into `data-count`. */
export async function fill(): Promise<void> {
  const { server = "", site = "default", lang } = page().defaults;
  const elements = [...document.querySelectorAll<HTMLElement>("[data-embedcomments-count]")];
  const keyOf = (element: HTMLElement) =>
    element.dataset.embedcommentsCount || (element as HTMLAnchorElement).href?.split("#")[0] || "";
  const keys = [...new Set(elements.map(keyOf).filter(Boolean))];
  const numbers = new Intl.NumberFormat(lang || document.documentElement.lang || undefined);
  for (let at = 0; at < keys.length; at += MOST) {
    const query = keys.slice(at, at + MOST).map((key) => `key=${encodeURIComponent(key)}`).join("&");
    const { counts } = await request<{ counts: Record<string, number> }>(
      `${server}/api/v1/sites/${encodeURIComponent(site)}/counts?${query}`,
    );
    for (const element of elements) {
      const count = counts[keyOf(element)];
      if (count === undefined) continue;
      element.dataset.count = String(count);
      element.textContent = numbers.format(count);
    }
  }
}
