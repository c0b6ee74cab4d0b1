/** A picture for a name, drawn here: four tiles like a printer's ornament. Nobody else is asked. */
import { html, type TemplateResult } from "lit/html.js";
import type { Author } from "./model/comment";

/** Quarter discs, one for each corner they may sit in, in a tile of side 4. */
const TILES = ["v4h4a4 4 0 0 0-4-4z", "h4v4a4 4 0 0 1-4-4z", "h4a4 4 0 0 1-4 4z", "m4 0v4h-4a4 4 0 0 1 4-4z"];

function hash(text: string): number {
  let value = 2166136261;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 16777619);
  return (value ^ (value >>> 15)) >>> 0;
}

export function avatar(author: Author | null): TemplateResult {
  if (author?.avatar) {
    return html`<img class="avatar" part="avatar" src=${author.avatar} alt="" loading="lazy" referrerpolicy="no-referrer" />`;
  }
  const seed = hash(author?.name ?? "");
  // Twelve hues of even lightness, muted so that a column of them stays calm; without a name, grey.
  const ink = (light: number, chroma: number) => `oklch(${light} ${author?.name ? chroma : 0} ${(seed % 12) * 30})`;
  const tile = (place: string, shift: number) => place + TILES[(seed >>> shift) % 4]!;
  return html`<svg class="avatar" part="avatar" viewBox="0 0 8 8" aria-hidden="true">
    <path fill=${ink(0.7, 0.09)} d="M0 0h8v8H0z"></path>
    <path fill=${ink(0.48, 0.1)} d=${tile("M0 0", 8) + tile("M4 4", 11)}></path>
    <path fill=${ink(0.91, 0.04)} d=${tile("M4 0", 14) + tile("M0 4", 17)}></path>
  </svg>`;
}
