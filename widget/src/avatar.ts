/** A picture for a name, drawn here: four tiles like a printer's ornament. Nobody else is asked. */
import { html, type TemplateResult } from "lit/html.js";
import type { Author } from "./model/comment";

/** Ground and ink pairs, muted so that a column of them stays calm. */
const INKS = [
  "e9c46ab5502f", "cfe0e63f6f80", "dcd2ec6f539c", "bcdcc92f6f4f", "f0c9c0b0473d",
  "d5d9a96b7a2a", "f3d9b18a5a1f", "c9d6f03f5da8", "e8cfe08f3d72", "cde3d72a6b6b",
];

/** Quarter discs, one for each corner they may sit in, in a tile of side 4. */
const TILES = ["v4h4a4 4 0 0 0-4-4z", "h4v4a4 4 0 0 1-4-4z", "h4a4 4 0 0 1-4 4z", "m4 0v4h-4a4 4 0 0 1 4-4z"];
const PLACES = ["M0 0", "M4 0", "M0 4", "M4 4"];

function hash(text: string): number {
  let value = 2166136261;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 16777619);
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (value ^ (value >>> 13)) >>> 0;
}

export function avatar(author: Author | null): TemplateResult {
  if (author?.avatar) {
    return html`<img class="avatar" part="avatar" src=${author.avatar} alt="" loading="lazy" referrerpolicy="no-referrer" />`;
  }
  const seed = hash(author?.name ?? "");
  const inks = author?.name ? INKS[seed % INKS.length]! : "d4d4d48c8c8c";
  const path = PLACES.map((place, i) => place + TILES[(seed >>> (8 + 3 * i)) % 4]!).join("");
  return html`<svg class="avatar" part="avatar" viewBox="0 0 8 8" aria-hidden="true">
    <path fill="#${inks.slice(0, 6)}" d="M0 0h8v8H0z"></path>
    <path fill="#${inks.slice(6)}" d=${path}></path>
  </svg>`;
}
