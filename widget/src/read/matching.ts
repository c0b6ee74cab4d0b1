/** Finding words whatever their case and accents. No page in it. */

/** A text as it is compared, and where in the text itself each of its units begins, one more for the end. */
export interface Plain {
  text: string;
  /** Nothing where they are the same. */
  starts?: number[];
}

/** Accents of Latin, Greek and Cyrillic, points of Hebrew and Arabic. Marks of other scripts are what makes the word. */
const ACCENTS = /[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0640\u200c-\u200f]/g;
const SIMPLE = /^[!-@[-~a-z]*(?: [!-@[-~a-z]+)*$/;
const known = new Map<string, string>();

function plainLetter(letter: string): string {
  let plain = known.get(letter);
  // First to upper case, since ß and ς have more than one lower one.
  if (plain === undefined) known.set(letter, (plain = letter.toUpperCase().toLowerCase().normalize("NFKD").replace(ACCENTS, "").normalize("NFC")));
  return plain;
}

export function plain(text: string): Plain {
  const lower = text.toLowerCase();
  if (SIMPLE.test(lower)) return { text: lower };
  let made = "";
  const starts: number[] = [];
  let at = 0;
  for (const letter of text) {
    const piece = /\s/.test(letter) ? (made.endsWith(" ") ? "" : " ") : plainLetter(letter);
    made += piece;
    for (let i = 0; i < piece.length; i++) starts.push(at);
    at += letter.length;
  }
  starts.push(at);
  return { text: made, starts };
}

/** Where `query` stands in a text, as pairs of offsets in the text itself. */
export function places({ text, starts }: Plain, query: string): [from: number, to: number][] {
  const found: [number, number][] = [];
  for (let at = text.indexOf(query); query && at >= 0; at = text.indexOf(query, at + query.length)) {
    let end = at + query.length;
    // Half of what was one letter is all of it.
    while (starts && starts[end] === starts[end - 1]) end++;
    found.push(starts ? [starts[at]!, starts[end]!] : [at, end]);
  }
  return found;
}
