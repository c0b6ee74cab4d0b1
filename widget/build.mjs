/**
 * Builds the widget into the Python package: the loader, and everything else in a folder named by
 * the hash of its contents. Fails when a budget is exceeded.
 */
import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { brotliCompressSync, constants } from "node:zlib";
import { build, transform } from "esbuild";
import { BUDGETS, hundredComments } from "./budgets.mjs";
import { usedOfLit } from "./lit.mjs";
import { prepareTemplates } from "./templates.mjs";

const OUT = new URL("../src/embedcomments/web/static/", import.meta.url);
const SRC = new URL("src/", import.meta.url);
const path = (url) => url.pathname;

/**
 * Templates and styles need no indentation, nor line breaks between elements; spaces on a line stay,
 * since they are the ones that show.
 */
const tightTemplates = {
  name: "tight-templates",
  setup({ onLoad }) {
    onLoad({ filter: /src\/.*\.ts$/ }, async ({ path: file }) => {
      const source = await readFile(file, "utf8");
      const tight = source
        .replace(/css`[^`]*`/g, (text) => text.replace(/\/\*.*?\*\//gs, "").replace(/\s+/g, " ").replace(/ ?([{};,>]) ?/g, "$1").replace(/: /g, ":").replace(/;}/g, "}").replace(/ (?=!important)/g, "").replace(/="(\w+)"\]/g, "=$1]"))
        .replace(/(>|\}|html`)\s*\n\s*(?=<|\$\{)/g, "$1")
        .replace(/\n\s+/g, "\n");
      return { contents: tight, loader: "ts" };
    });
  },
};

/** Parts loaded later take shared code from the module that is there, and other parts by name. */
const partsByName = (entry) => ({
  name: "parts-by-name",
  setup({ onResolve }) {
    onResolve({ filter: /\/shared$/ }, () => (entry === "widget" ? undefined : { path: "./widget.js", external: true }));
    onResolve({ filter: /^\.\.?\/(live\/live|tabs\/tabs|rest\/rest|outbox\/outbox|compose\/compose|mention\/mention|reach\/reach|slots\/slots|read\/read|finder|pages)$/ }, ({ path: to, kind }) =>
      kind === "dynamic-import" || to === "../live/live" ? { path: `./${to.split("/").at(-1)}.js`, external: true } : undefined,
    );
  },
});

const LANGUAGE = { target: "es2022", charset: "utf8", legalComments: "none" };

/** The templates of a module are prepared once all of it is in one text, and before names are made short. */
async function bundle(name, source, extra = {}) {
  const isModule = !extra.format;
  const { outputFiles } = await build({
    entryPoints: [path(new URL(source, SRC))],
    bundle: true,
    write: false,
    minify: !isModule,
    format: "esm",
    ...LANGUAGE,
    plugins: [usedOfLit(path(new URL("trusted.ts", SRC))), tightTemplates, partsByName(name)],
    ...extra,
  });
  const [{ text, contents }] = outputFiles;
  if (!isModule) return contents;
  const { code } = await transform(prepareTemplates(text), { minify: true, format: "esm", tsconfigRaw: {}, ...LANGUAGE });
  return Buffer.from(code);
}

const files = new Map();
// Nearly all of this is called before the first comment is there. Told so, Chromium compiles it beside the page's thread
// while it arrives, not each function when it is first called: 30 to 45 ms less on a phone.
const eager = (contents) => Buffer.concat([Buffer.from("//# allFunctionsCalledOnLoad\n"), contents]);
files.set("widget.js", eager(await bundle("widget", "widget.ts")));
for (const [name, source] of [["compose", "compose/compose.ts"], ["mention", "mention/mention.ts"], ["outbox", "outbox/outbox.ts"], ["live", "live/live.ts"], ["tabs", "tabs/tabs.ts"], ["rest", "rest/rest.ts"], ["reach", "reach/reach.ts"], ["read", "read/read.ts"], ["finder", "read/finder.ts"], ["pages", "read/pages.ts"], ["slots", "slots/slots.ts"], ["counts", "counts.ts"], ["latest", "latest.ts"], ["design-newspaper", "designs/newspaper.ts"], ["design-cards", "designs/cards.ts"]]) {
  files.set(`${name}.js`, await bundle(name, source));
}
// What a thread without scripts says: the server reads it from a file (web/words.py).
const SAID = ["title", "empty", "closed", "anonymous", "deleted", "author", "pinned", "moderator", "staff", "inReplyTo", "more"];
const evaluated = (module) => import(`data:text/javascript;base64,${Buffer.from(module).toString("base64")}`);
const said = (words) => Object.fromEntries(SAID.map((key) => [key, words[key]]));
const words = { en: said((await evaluated(await bundle("en", "languages/en.ts"))).en) };
for (const file of (await readdir(new URL("languages/catalogues/", SRC))).sort()) {
  const name = file.replace(/\.ts$/, "");
  const catalogue = await bundle(name, `languages/catalogues/${file}`);
  files.set(`${name}.js`, catalogue);
  words[name] = said((await evaluated(catalogue)).words);
}

const digest = createHash("sha256");
for (const [name, contents] of files) digest.update(name).update("\0").update(contents).update("\0");
const hash = digest.digest("hex").slice(0, 12);
// No settings of TypeScript: they would have it say "use strict", which nothing in it needs.
const loader = eager(await bundle("loader", "loader.ts", { format: "iife", tsconfigRaw: {}, define: { HASH: JSON.stringify(hash) } }));

await rm(new URL("embed/", OUT), { recursive: true, force: true });
await mkdir(new URL(`embed/${hash}/`, OUT), { recursive: true });
const manifest = { hash, files: {} };
const brotli = (contents) =>
  brotliCompressSync(contents, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: contents.length } }).length;
async function put(name, contents) {
  await writeFile(new URL(name, OUT), contents);
  manifest.files[name] = { bytes: contents.length, brotli: brotli(contents) };
}
await put("embed.js", loader);
for (const [name, contents] of files) await put(`embed/${hash}/${name}`, contents);
await writeFile(new URL("words.json", OUT), `${JSON.stringify(words, null, 1)}\n`);
// Authors of plugins find the types in the Python package that they have installed.
await copyFile(new URL("embedcomments.d.ts", import.meta.url), new URL("embedcomments.d.ts", OUT));
await writeFile(new URL("manifest.json", OUT), `${JSON.stringify(manifest, null, 2)}\n`);

const size = (name) => manifest.files[name === "embed.js" ? name : `embed/${hash}/${name}`].brotli;
for (const [name, { bytes, brotli: small }] of Object.entries(manifest.files)) {
  console.log(`${name.padEnd(36)} ${String(bytes).padStart(7)} B ${String(small).padStart(7)} B brotli`);
}
const snapshot = brotli(Buffer.from(JSON.stringify(hundredComments())));
let isOver = false;
for (const { what, parts, withSnapshot, most } of BUDGETS) {
  const sum = parts.reduce((total, name) => total + size(name), withSnapshot ? snapshot : 0);
  isOver ||= sum > most;
  console.log(`${sum > most ? "OVER" : "ok  "} ${what}: ${sum} of ${most} B brotli`);
}
if (isOver) process.exit(1);
