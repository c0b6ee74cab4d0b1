// Turns the choices into attributes of the element and a style sheet, and shows both to be copied.

const LANGUAGES = "ar az bg cs da de el en es fa fi fr he hi hu hy id it ja ka ko nb nl pl pt ro ru sv th tr uk vi zh-Hans zh-Hant".split(" ");
const RIGHT_TO_LEFT = ["ar", "fa", "he"];
const FONTS = {
  serif: 'Charter, "Source Serif 4", Georgia, serif',
  sans: 'system-ui, "Segoe UI", "Noto Sans", sans-serif',
  mono: 'ui-monospace, Menlo, Consolas, monospace',
};
const ARTICLES = {
  ltr: { lang: "en", title: "The old printing house opens its doors again", text: "After eleven years behind scaffolding, the presses run once more: for the posters, chapbooks and small magazines of anyone who walks in before noon." },
  rtl: { lang: "ar", title: "المطبعة القديمة تفتح أبوابها من جديد", text: "بعد أحد عشر عامًا خلف السقالات تدور المطابع مرة أخرى، للملصقات والكتيبات والمجلات الصغيرة لكل من يأتي قبل الظهر." },
};

const form = document.querySelector("form");
const stage = document.querySelector("#stage");
const element = stage.querySelector("embed-comments");
const advice = document.querySelector(".advice");
const said = document.querySelector(".said");
const sheet = new CSSStyleSheet();
document.adoptedStyleSheets.push(sheet);

for (const code of LANGUAGES) form.elements.lang.add(new Option(new Intl.DisplayNames([code], { type: "language" }).of(code), code));

/** What is chosen; a box that is not ticked says nothing. */
const choices = () => Object.fromEntries(new FormData(form));

const channel = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
/** Relative luminance of #rrggbb. */
const luminance = (color) => [1, 3, 5].reduce((sum, at, i) => sum + channel(parseInt(color.slice(at, at + 2), 16)) * [0.2126, 0.7152, 0.0722][i], 0);
const contrast = (a, b) => {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
};
const wordsOn = (color) => (contrast(color, "#ffffff") >= contrast(color, "#111111") ? "#ffffff" : "#111111");

/** The rules for these choices, as a site owner would write them. */
function css({ own, light, dark, font, size, gap, avatar, radius, width, numbers }) {
  const rules = [
    own && ["--ec-accent", `light-dark(${light}, ${dark})`],
    own && ["--ec-on-accent", `light-dark(${wordsOn(light)}, ${wordsOn(dark)})`],
    font && ["--ec-text-font", FONTS[font]],
    font && ["--ec-title-font", FONTS[font]],
    size && ["--ec-font-size", size],
    gap && ["--ec-gap", gap],
    avatar && ["--ec-avatar-size", avatar],
    radius && ["--ec-radius", radius],
    width && ["max-width", width],
    width && ["margin-inline", "auto"],
  ].filter(Boolean);
  const lines = rules.length ? ["embed-comments {", ...rules.map(([name, value]) => `  ${name}: ${value};`), "}"] : [];
  if (!numbers) lines.push("embed-comments::part(number) { display: none; }");
  return lines.join("\n");
}

/** The tag for these choices; what is the widget's own choice anyway is not said. */
function html({ design, theme, lang }) {
  const server = document.querySelector("script[async]").src;
  const said = [design !== "plain" && ["design", design], theme !== "auto" && ["theme", theme], lang && ["lang", lang]].filter(Boolean);
  const site = element.dataset.site === "default" ? [] : [["site", element.dataset.site]];
  return `<script async src="${server}"${[...site, ...said].map(([name, value]) => ` data-${name}="${value}"`).join("")}></script>`;
}

function adviseOn({ own, light, dark }) {
  const pairs = own ? [["light", light, "#ffffff"], ["dark", dark, "#17181a"]] : [];
  const weak = pairs
    .map(([name, color, ground]) => [name, contrast(color, ground)])
    .filter(([, ratio]) => ratio < 4.5)
    .map(([name, ratio]) => `${ratio.toFixed(1)}:1 on a ${name} page`);
  const words = weak.length ? `Hard to read: ${weak.join(", ")}. Small words need 4.5:1.` : "";
  if (advice.textContent !== words) advice.textContent = words;
}

function set(name, value) {
  if (element.dataset[name] === value) return;
  if (value) element.dataset[name] = value;
  else delete element.dataset[name];
}

function show() {
  // First, since a form does not tell what is disabled.
  for (const name of ["light", "dark"]) form.elements[name].disabled = !form.elements.own.checked;
  const chosen = choices();
  const { design, page, theme, lang, dir } = chosen;
  if (page) document.documentElement.dataset.theme = page;
  else delete document.documentElement.dataset.theme;
  const direction = dir || (RIGHT_TO_LEFT.includes(lang) ? "rtl" : "ltr");
  const article = ARTICLES[direction];
  stage.dir = direction;
  stage.lang = article.lang;
  stage.querySelector("h2").textContent = article.title;
  stage.querySelector("p").textContent = article.text;
  set("design", design);
  set("theme", theme);
  // The page itself stays English, so that a choice of "as the page" is one the reader can see.
  set("lang", lang || article.lang);
  sheet.replaceSync(css(chosen));
  document.querySelector("#html").textContent = html(chosen);
  document.querySelector("#css").textContent = css(chosen) || "/* Nothing: all as designed. */";
  adviseOn(chosen);
}

/** The address says what differs from the start, so that it can be sent to somebody. */
function remember() {
  const first = { design: "plain", page: "", theme: "auto", numbers: "on" };
  const query = new URLSearchParams(Object.entries(choices()).filter(([name, value]) => value && value !== first[name]));
  if (!form.elements.numbers.checked) query.set("numbers", "off");
  history.replaceState(null, "", `${location.pathname}${query.size ? `?${query}` : ""}`);
}

function recall() {
  for (const [name, value] of new URLSearchParams(location.search)) {
    const field = form.elements[name];
    if (!field) continue;
    if (field.type === "checkbox") field.checked = value === "on";
    else field.value = value;
  }
}

form.addEventListener("input", () => (show(), remember()));
form.addEventListener("reset", () => setTimeout(() => (show(), remember())));
form.addEventListener("submit", (event) => event.preventDefault());
for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
      said.textContent = "Copied.";
    } catch {
      getSelection().selectAllChildren(source);
      said.textContent = "Selected: press Ctrl+C to copy.";
    }
  });
}
if (matchMedia("(max-width: 59.99rem)").matches) document.querySelector("details").open = false;
recall();
show();
