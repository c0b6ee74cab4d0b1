/** Which names an @ may stand for, and what is written of them. No page in it. */
import type { Edit } from "../compose/formatting";
import type { Node } from "../model/thread";
import { plain } from "../read/matching";

/** So many names are offered. */
const MOST = 6;
/** Nobody goes on with a name for longer. */
const LONGEST = 60;

/** An @ before the cursor: where it stands, and what follows it. */
export interface Asked {
  from: number;
  query: string;
}

// Within a word it is an address, but in scripts that put nothing between words.
const AT = /(?:^|[^\p{L}\p{N}.+_-]|[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}])[@＠]([^@＠\n]*)$/u;
/** What begins a word: the name itself, what follows a sign, a Chinese character, a Korean syllable. */
const BEGINS = /(?<![\p{L}\p{N}\p{M}])[\p{L}\p{N}]|\p{sc=Han}|[\u1100-\u1112]/gu;

/** The @ that is written on at the cursor; null where there is none, or within code. */
export function asked(value: string, cursor: number): Asked | null {
  const line = value.slice(value.lastIndexOf("\n", cursor - 1) + 1, cursor);
  const query = AT.exec(line)?.[1];
  if (query === undefined || query.length > LONGEST || !(line.split("`").length % 2)) return null;
  return { from: cursor - query.length - 1, query };
}

/** The people of a thread, each once: whom one answers, then who wrote last. Not the reader, nor who gave no name. */
export function people(nodes: Iterable<Node>, answered: Node | null | undefined, isOwn: (id: string) => unknown): string[] {
  const wrote = [...nodes].filter(({ comment }) => comment.kind === "comment" && comment.state === "published" && comment.author?.name && !isOwn(comment.id));
  wrote.sort((a, b) => Number(b === answered) - Number(a === answered) || (a.comment.id < b.comment.id ? 1 : -1));
  const names = new Map<string, string>();
  for (const { comment } of wrote) {
    const name = comment.author!.name!.trim();
    if (name && !names.has(folded(name))) names.set(folded(name), name);
  }
  return [...names.values()];
}

/** Names of which a word begins with the query, whatever case, accents and width of both. */
export function matching(names: readonly string[], query: string): string[] {
  const wanted = folded(query);
  return names.filter((name) => isFound(folded(name), wanted)).slice(0, MOST);
}

function isFound(name: string, wanted: string): boolean {
  return !wanted || [...name.matchAll(BEGINS)].some(({ index }) => name.startsWith(wanted, index));
}

/** As names are compared: taken apart, so that half of a Korean syllable is its beginning. */
const folded = (text: string): string => plain(text).text.normalize("NFD");

/** The name in the place of what was written of it, with what Markdown would take for its own made plain. */
export function mention({ from, query }: Asked, name: string, value: string): Edit {
  const to = from + 1 + query.length;
  const written = name.replace(/[\\`*[\]<>~]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "\\$&");
  // A blank that is there already is used.
  const text = `@${written}${value[to] === " " ? "" : " "}`;
  const end = from + written.length + 2;
  return { from, to, text, start: end, end };
}
