/** The button that opens what plugins put into `comment.menu`. */
import { html, render } from "../shared";

const dots = html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M3 8h.01M8 8h.01M13 8h.01" stroke-width="2.2"></path></svg>`;

/** Draw the menu into a slot, and answer with the box for its entries. Escape closes it. */
export function drawMenu(slot: HTMLElement, label: string): HTMLElement {
  const close = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    const menu = event.currentTarget as HTMLDetailsElement;
    menu.open = false;
    menu.querySelector("summary")?.focus();
  };
  render(html`<details class="menu" @keydown=${close}><summary aria-label=${label}>${dots}</summary><div></div></details>`, slot);
  return slot.querySelector<HTMLElement>(".menu > div")!;
}
