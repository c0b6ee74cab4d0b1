/**
 * The one Trusted Types policy of the widget. It passes the server's HTML, which the server has
 * sanitized, and the templates of lit, which the build points here.
 */
export interface HtmlPolicy {
  createHTML(html: string): string;
}

interface PolicyFactory {
  createPolicy(name: string, rules: HtmlPolicy): HtmlPolicy;
}

const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;

export const policy = factory?.createPolicy("embedcomments", { createHTML: (html) => html });

/** Values are kept, because a view compares them to know whether anything changed. */
const kept = new WeakMap<object, { html: string; trusted: string }>();

/** The server's HTML of `owner`, fit for innerHTML. */
export function trusted(owner: object, html: string): string {
  let entry = kept.get(owner);
  if (entry?.html !== html) {
    entry = { html, trusted: policy ? policy.createHTML(html) : html };
    kept.set(owner, entry);
  }
  return entry.trusted;
}
