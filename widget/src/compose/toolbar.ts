/** The row of buttons above what is written, one stop of Tab, as the WAI-ARIA toolbar pattern has it. */
import { html } from "../shared";
import type { Strings } from "../languages/strings";
import type { Mark } from "./formatting";

const drawing = (path: string) => html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d=${path}></path></svg>`;

/** Each with its letter on the keyboard, "" for none, and how it looks. */
const MARKS: [Mark, string, unknown][] = [
  ["bold", "B", html`<b aria-hidden="true">B</b>`],
  ["italic", "I", html`<i aria-hidden="true">I</i>`],
  ["addLink", "K", drawing("M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2-2a2.6 2.6 0 0 0-3.7-3.7l-.6.6M9.2 6.8a2.6 2.6 0 0 0-3.7 0l-2 2a2.6 2.6 0 0 0 3.7 3.7l.6-.6")],
  ["quote", "", drawing("M6.5 5H3.5v3.5h3V5m0 3.5q0 2-2.5 3M12.5 5h-3v3.5h3V5m0 3.5q0 2-2.5 3")],
  ["code", "E", drawing("M5.5 4.5 2 8l3.5 3.5M10.5 4.5 14 8l-3.5 3.5")],
  ["list", "", drawing("M6.5 4.5H14M6.5 8H14M6.5 11.5H14M2.5 4.5h.6M2.5 8h.6M2.5 11.5h.6")],
];

/** The mark that a key stands for, or undefined. */
export function markOf({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): Mark | undefined {
  if (ctrlKey === metaKey || altKey || shiftKey) return undefined;
  return MARKS.find(([, letter]) => letter && letter === key.toUpperCase())?.[0];
}

export function toolbar({ t, dir }: Strings, press: (mark: Mark) => void): unknown {
  const walk = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const buttons = [...(event.currentTarget as HTMLElement).querySelectorAll("button")];
    const at = buttons.indexOf(event.target as HTMLButtonElement);
    const to = event.key === "Home" ? 0 : event.key === "End" ? buttons.length - 1 : step && at + (dir === "rtl" ? -step : step);
    const next = to === undefined ? undefined : buttons[(to + buttons.length) % buttons.length];
    if (!next) return;
    event.preventDefault();
    buttons.forEach((button) => (button.tabIndex = button === next ? 0 : -1));
    next.focus();
  };
  const button = ([mark, letter, look]: [Mark, string, unknown], at: number) => html`<button
    type="button"
    part="format"
    tabindex=${at ? -1 : 0}
    aria-label=${t(mark)}
    title=${letter ? `${t(mark)} (Ctrl+${letter})` : t(mark)}
    @click=${() => press(mark)}
  >
    ${look}
  </button>`;
  return html`<span class="marks" part="formats" role="toolbar" aria-label=${t("formatting")} @keydown=${walk}>${MARKS.map(button)}</span>`;
}
