/** What the widget may weigh, in bytes of brotli, and the thread it is measured with. */

export const BUDGETS = [
  { what: "loader", parts: ["embed.js"], most: 1400 },
  { what: "script until the first comment is visible", parts: ["embed.js", "widget.js"], most: 16384 },
  { what: "100 comments, live, in 4 requests", parts: ["embed.js", "widget.js", "live.js"], withSnapshot: true, most: 22528 },
  { what: "one socket for all tabs", parts: ["tabs.js"], most: 3072 },
  { what: "pausing and sleeping", parts: ["rest.js"], most: 2048 },
  { what: "latest comments", parts: ["latest.js"], most: 3072 },
  { what: "form", parts: ["compose.js"], most: 10240 },
  { what: "names after an @", parts: ["mention.js"], most: 3072 },
  { what: "outbox", parts: ["outbox.js"], most: 3072 },
  { what: "reading on", parts: ["read.js"], most: 5120 },
  { what: "finding", parts: ["finder.js"], most: 3072 },
  { what: "pages that come by themselves", parts: ["pages.js"], most: 1024 },
];

const WORDS =
  "the printing house opens its doors again after eleven years and the presses run once more for posters chapbooks small magazines of anyone who walks in before noon does know whether that face survived flood four of six sizes did come by we will show you cases today".split(" ");

/** A snapshot as the server sends it: a hundred comments of some forty words, by thirty people. */
export function hundredComments() {
  let seed = 7;
  const random = (below) => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) % below;
  const sentence = (length) => Array.from({ length }, () => WORDS[random(WORDS.length)]).join(" ");
  const comments = Array.from({ length: 100 }, (_, i) => ({
    id: `06dk${(1e9 + i * 7919 + random(5000)).toString(36)}${(random(2 ** 31) + 2 ** 31).toString(36)}`,
    parent_id: null,
    depth: 0,
    number: i + 1,
    kind: "comment",
    state: "published",
    created_at: new Date(1.79e12 + i * 311_000 + random(90_000)).toISOString(),
    edited_at: null,
    rev: 1,
    seq: i + 1,
    author: { name: `Reader ${random(30)}`, url: null, avatar: null, badge: null },
    html: `<p>${sentence(20 + random(40))}.</p>`,
    link: null,
    reply_count: 0,
    extensions: {},
  }));
  for (const [i, comment] of comments.entries()) {
    const parent = comments[i - 1 - random(4)];
    if (!parent || random(3) === 0 || parent.depth > 4) continue;
    Object.assign(comment, { parent_id: parent.id, depth: parent.depth + 1 });
    for (let at = parent; at; at = comments.find(({ id }) => id === at.parent_id)) at.reply_count++;
  }
  const key = "https://example.com/a";
  return {
    site: "default",
    thread: { key, url: key, title: "A page", count: 100, closed: false, cursor: "1.ab12cd34.100" },
    comments,
    next: null,
    policy: { html: "<p>Be kind.</p>", edit_window_s: 900, max_length: 10000, nesting: 4 },
    modules: [],
    extensions: {},
  };
}
