/**
 * Prepares the templates of a bundle when it is built. Lit reads each one when it is first drawn: it searches the HTML for
 * places that change, has the browser parse it, and walks what came of it, 30 ms on a phone until the first comment is
 * there. Here the places are found beforehand, and the HTML of all templates stands in one text that is parsed at once.
 *
 * html`<a href=${url}>${name}</a>` becomes html(T, url, name) where T is [HTML, ...places],
 * a place being the number of its node among elements and comments, for an attribute with its name, and with what stands
 * around the values where that is not nothing. lit.mjs has the other half.
 */
import { _$LH } from "lit/html.js";

const { L: prepare, P: marker } = _$LH;
/** Our tag, by its own name in the parts that take it from the module, and as lit.mjs calls it there. */
const TAG = /\b(?:html|ecHtml)\d*`/g;

/** What an element or a place between elements begins with, in HTML that lit has prepared. */
const BEGINNING = /<\?lit\$\d+\$>|<([a-z][\w-]*)((?:[^>"']|"[^"]*")*)>/g;

/** A template's HTML, and its places as JavaScript. */
function compile(strings) {
  const [prepared, names] = prepare(Object.assign(strings, { raw: strings }), 1);
  const places = [];
  let found = 0;
  let index = -1;
  const html = String(prepared).replace(BEGINNING, (_, tag, attributes) => {
    index++;
    if (!tag) {
      found++;
      places.push(index);
      return "<?>";
    }
    const others = attributes.replace(/\s+[^\s=]+\$lit\$=("[^"]*"|[^\s>]+)/g, (_, value) => {
      const around = value.replace(/^"|"$/g, "").split(marker);
      found += around.length - 1;
      places.push([index, names.shift(), ...(around.length > 2 || around.join("") ? around : [])]);
      return "";
    });
    return `<${tag}${others}>`;
  });
  if (html.includes("lit$") || names.length || found !== strings.length - 1) throw new Error(`a template that cannot be prepared: ${strings.join("${…}")}`);
  // As a browser writes what it does not end itself; spaces between attributes and around them are none.
  return { html: html.replace(/<[^?>]+>/g, (tag) => tag.replace(/\s+/g, " ").replace(/ \/?>$/, ">")), places };
}

/** The end of what begins at `at`: of a quotation, of a template, or of an expression at its closing brace. */
function endOf(source, at, quote, inside) {
  for (; at < source.length; at++) {
    const sign = source[at];
    if (sign === "\\") at++;
    else if (sign === quote) return at;
    else if (quote === "`" && source.startsWith("${", at)) {
      const end = endOf(source, at + 2, "}");
      inside?.(at, end);
      at = end;
    } else if (quote === "}") {
      if (sign === "{") at = endOf(source, at + 1, "}");
      else if (/["'`]/.test(sign)) at = endOf(source, at + 1, sign);
    }
  }
  throw new Error(`something does not end: ${quote}`);
}

/** A bundle, not minified yet, with its templates prepared. */
export function prepareTemplates(source) {
  const all = [];
  const change = (code) => {
    let changed = "";
    for (let at = 0; ; ) {
      TAG.lastIndex = at;
      const tag = TAG.exec(code);
      if (!tag) return changed + code.slice(at);
      let from = tag.index + tag[0].length;
      const strings = [];
      const values = [];
      const end = endOf(code, from, "`", (opening, closing) => {
        strings.push(code.slice(from, opening));
        values.push(change(code.slice(opening + 2, closing)));
        from = closing + 1;
      });
      strings.push(code.slice(from, end));
      const number = all.push(compile(strings)) - 1;
      changed += `${code.slice(at, tag.index)}${tag[0].slice(0, -1)}(${[`ecT${number}`, ...values]})`;
      at = end + 1;
    }
  };
  const changed = change(source);
  if (!all.length) return source;
  const lists = all.map(({ html, places }, i) => `ecT${i}=${JSON.stringify([html, ...places])}`);
  return `const ${lists.join(",")};\n${changed}`;
}
