// The widget's part of the pingback plugin: likes and reposts of other sites as rows of names, and links that the site
// wants apart from the comments. It is loaded only with threads that have any. No picture of another server is shown.

// In the order: likes, reposts, the heading of links that stand apart, that there are more than are shown.
const WORDS = {
  en: ["Likes", "Reposts", "Elsewhere", "and more"],
  de: ["Gefällt", "Weitergegeben", "Anderswo", "und weitere"],
  es: ["Me gusta", "Compartido", "En otros sitios", "y más"],
  fa: ["پسندیده‌ها", "بازنشرها", "در جاهای دیگر", "و بیشتر"],
  fr: ["J’aime", "Partages", "Ailleurs", "et d’autres"],
  hy: ["Հավանել են", "Տարածել են", "Այլ տեղերում", "և ուրիշներ"],
  ru: ["Нравится", "Поделились", "На других сайтах", "и другие"],
  tr: ["Beğenenler", "Paylaşanlar", "Başka yerlerde", "ve daha fazlası"],
  "zh-Hans": ["喜欢", "转发", "其他网站", "以及更多"],
};
const NAMED = 3;
const SHOWN = 24;

const wordsIn = (lang) => WORDS[lang] ?? WORDS[lang.split("-")[0]] ?? WORDS.en;

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  .lb { font: inherit; margin-block-start: 1.5em; }
  .lb-row { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5em 0.75em; margin: 0; padding-block: 0.9em; border-block-start: 1px solid var(--line, currentColor); }
  .lb h3 { margin: 0; font: inherit; font-family: var(--ui, inherit); font-size: 0.875em; font-weight: 600; color: var(--ink, inherit); }
  .lb-count { margin-inline-start: 0.35em; font-weight: 400; font-variant-numeric: tabular-nums; color: var(--soft, inherit); }
  .lb-faces { display: flex; flex-wrap: wrap; gap: 0.25em; margin: 0; padding: 0; list-style: none; }
  .lb-face {
    display: grid; place-items: center; box-sizing: border-box; inline-size: max(28px, 1.9em); block-size: max(28px, 1.9em);
    border-radius: 50%; background: color-mix(in srgb, var(--accent, currentColor) 14%, transparent);
    color: var(--ink, inherit); font-family: var(--ui, inherit); font-size: 0.8125em; font-weight: 600; line-height: 1; text-decoration: none;
  }
  .lb-face:hover { background: color-mix(in srgb, var(--accent, currentColor) 30%, transparent); }
  .lb-names { flex: 1 1 12em; min-inline-size: 0; font-family: var(--ui, inherit); font-size: 0.875em; color: var(--soft, inherit); overflow-wrap: anywhere; }
  .lb-apart { padding-block: 0.9em; border-block-start: 1px solid var(--line, currentColor); }
  .lb-apart ol { margin: 0.6em 0 0; padding: 0; list-style: none; }
  .lb-apart li { padding-block: 0.5em; }
  .lb-apart a { color: var(--ec-link, var(--accent, inherit)); overflow-wrap: anywhere; }
  .lb-meta { font-family: var(--ui, inherit); font-size: 0.8125em; color: var(--soft, inherit); overflow-wrap: anywhere; }
  .lb-title { overflow-wrap: anywhere; }
  .lb-text { margin: 0.2em 0 0; overflow-wrap: anywhere; }
`);

function make(tag, className, ...inside) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...inside);
  return element;
}

/** A link to another site. The server sends http(s) alone; anything else would be no link here either. */
function linkTo(url, className, ...inside) {
  const link = make("a", className, ...inside);
  if (/^https?:\/\//i.test(url)) link.href = url;
  link.rel = "external nofollow ugc";
  return link;
}

const bdi = (text) => make("bdi", "", text);

/** The first letter as a reader sees it, with its marks; a name may begin with an emoji of several code points. */
function initial(name) {
  const segments = new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(name.trim());
  return ([...segments][0]?.segment ?? "·").toUpperCase();
}

function faceRow(title, faces, isCut, words, numbers) {
  const count = make("span", "lb-count", `${numbers.format(faces.length)}${isCut ? "+" : ""}`);
  const list = make(
    "ul",
    "lb-faces",
    ...faces.slice(0, SHOWN).map(({ name, url }) => {
      const face = linkTo(url, "lb-face", make("span", "", initial(name)));
      face.firstChild.setAttribute("aria-hidden", "true");
      face.setAttribute("aria-label", name);
      face.title = name;
      return make("li", "", face);
    }),
  );
  const names = make("span", "lb-names");
  faces.slice(0, NAMED).forEach(({ name }, place) => names.append(...(place ? [", ", bdi(name)] : [bdi(name)])));
  if (faces.length > NAMED || isCut) names.append(` ${words[3]}`);
  names.setAttribute("aria-hidden", "true"); // the links say the same names
  const row = make("section", "lb-row", make("h3", "", title, count), list, names);
  row.setAttribute("aria-label", title);
  return row;
}

function mentionItem({ name, url, title, text, at }, dates) {
  const time = make("time", "", dates.format(new Date(at)));
  time.dateTime = at;
  const meta = make("div", "lb-meta", bdi(name), " · ", time);
  const words = make("p", "lb-text", text);
  words.dir = "auto";
  const head = make("div", "lb-title", linkTo(url, "", title || url));
  head.dir = "auto"; // by its words, which a <bdi> would hide from it
  return make("li", "", head, meta, words);
}

function fill(element, props) {
  const root = element.getRootNode();
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  const words = wordsIn(props.lang);
  const numbers = new Intl.NumberFormat(props.lang);
  const dates = new Intl.DateTimeFormat(props.lang, { dateStyle: "medium" });
  const draw = ({ data }) => {
    const { faces = [], mentions = [], more = false } = data ?? {};
    const box = make("div", "lb");
    for (const [place, type] of ["like", "repost"].entries()) {
      const of = faces.filter((face) => face.type === type);
      if (of.length) box.append(faceRow(words[place], of, more, words, numbers));
    }
    if (mentions.length) {
      const list = make("ol", "", ...mentions.map((mention) => mentionItem(mention, dates)));
      const section = make("section", "lb-apart", make("h3", "", words[2]), list);
      if (more) section.append(make("p", "lb-meta", words[3]));
      section.setAttribute("aria-label", words[2]);
      box.append(section);
    }
    element.replaceChildren(box);
  };
  draw(props);
  return Object.assign(() => element.replaceChildren(), { update: draw });
}

window.embedcomments.extend({ name: "pingback", api: 1, slots: { "thread.footer": fill } });
