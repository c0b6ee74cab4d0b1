/** Markdown for those who do not know it by heart: what buttons, keys, pasting and Enter make of a text. */

export type Mark = "bold" | "italic" | "addLink" | "quote" | "code" | "list";

/** `text` takes the place of what stands from `from` to `to`; then the selection goes from `start` to `end`. */
export interface Edit {
  from: number;
  to: number;
  text: string;
  start: number;
  end: number;
}

const AROUND = { bold: "**", italic: "*" } as const;
const BEFORE = { quote: "> ", list: "- " } as const;
const MARKER = /^([ \t]*)([-*+]|(\d{1,9})([.)])|>)( +)(.*)$/;
const ADDRESS = /^https?:\/\/[^\s<>"]+$/i;

/** What a mark does to the selection; done twice it is undone. */
export function format(value: string, start: number, end: number, mark: Mark): Edit {
  if (mark === "quote" || mark === "list") return eachLine(value, start, end, BEFORE[mark]);
  if (mark === "addLink") return link(value, start, end);
  if (mark === "code" && value.slice(start, end).includes("\n")) {
    const text = `\`\`\`\n${value.slice(start, end)}\n\`\`\``;
    return { from: start, to: end, text, start: start + 4, end: end + 4 };
  }
  return around(value, start, end, mark === "code" ? "`" : AROUND[mark]);
}

/** A pasted address makes the selected words a link; null where pasting is just that. */
export function pasted(value: string, start: number, end: number, clip: string): Edit | null {
  const words = value.slice(start, end);
  if (!words.trim() || /[\n[\]]/.test(words) || ADDRESS.test(words.trim()) || !ADDRESS.test(clip.trim())) return null;
  const text = `[${words}](${clip.trim()})`;
  return { from: start, to: end, text, start: start + text.length, end: start + text.length };
}

/** Enter within a list or a quotation begins the next item, and ends it where the item is empty; null elsewhere. */
export function entered(value: string, start: number, end: number): Edit | null {
  const from = value.lastIndexOf("\n", start - 1) + 1;
  const found = start === end ? MARKER.exec(value.slice(from, start)) : null;
  if (!found) return null;
  const [, indent, marker, number, dot, space, words] = found;
  if (!words!.trim() && !value.slice(start).split("\n")[0]!.trim()) return { from, to: start, text: "", start: from, end: from };
  const text = `\n${indent}${number ? `${Number(number) + 1}${dot}` : marker}${space}`;
  return { from: start, to: end, text, start: start + text.length, end: start + text.length };
}

function around(value: string, start: number, end: number, sign: string): Edit {
  // The blanks that a double click takes along belong outside, or it would be no mark-up.
  while (start < end && /\s/.test(value[start]!)) start++;
  while (end > start && /\s/.test(value[end - 1]!)) end--;
  const { length } = sign;
  const words = value.slice(start, end);
  // One star is also the edge of two: those are another mark.
  const isMarked =
    value.slice(start - length, start) === sign &&
    value.slice(end, end + length) === sign &&
    (sign !== "*" || (value[start - 2] === "*") === (value[start - 3] === "*"));
  if (isMarked) return { from: start - length, to: end + length, text: words, start: start - length, end: end - length };
  return { from: start, to: end, text: sign + words + sign, start: start + length, end: end + length };
}

function link(value: string, start: number, end: number): Edit {
  const words = value.slice(start, end);
  if (ADDRESS.test(words.trim())) return { from: start, to: end, text: `[](${words.trim()})`, start: start + 1, end: start + 1 };
  const text = `[${words}](https://)`;
  const at = start + words.length + 3;
  // Without words these come first, else the address, which is there to be overwritten.
  return words ? { from: start, to: end, text, start: at, end: at + 8 } : { from: start, to: end, text, start: start + 1, end: start + 1 };
}

function eachLine(value: string, start: number, end: number, before: string): Edit {
  const from = value.lastIndexOf("\n", start - 1) + 1;
  const next = value.indexOf("\n", end);
  const to = next < 0 ? value.length : next;
  const lines = value.slice(from, to).split("\n");
  const isMarked = lines.every((line) => line.startsWith(before));
  const text = lines.map((line) => (isMarked ? line.slice(before.length) : before + line)).join("\n");
  return { from, to, text, start: lines.length > 1 ? from : from + text.length, end: from + text.length };
}
