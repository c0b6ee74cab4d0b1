/** The button that opens what plugins put into `comment.menu`, and brings those that wait behind it. */
import { enSlots } from "../languages/en-slots";
import { en, html, render } from "../shared";
import type { Session } from "../session";
import { bring } from "./late";

// English for this part joins the English that is there; other languages came whole.
Object.assign(en, enSlots);

const dots = html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M3 8h.01M8 8h.01M13 8h.01" stroke-width="2.2"></path></svg>`;

/** Draw the menu into a slot, and answer with the box for its entries. Escape and a click elsewhere close it. */
export function drawMenu(slot: HTMLElement, session: Session): HTMLElement {
  const { t } = session.strings;
  const close = (event: KeyboardEvent) => {
    const menu = event.currentTarget as HTMLDetailsElement;
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    menu.querySelector("summary")?.focus();
  };
  render(
    html`<details class="menu" @keydown=${close} @toggle=${(event: Event) => void opened(event.currentTarget as HTMLDetailsElement, session)}>
      <summary aria-label=${t("menu")}>${dots}</summary>
      <div><p role="status"></p></div>
    </details>`,
    slot,
  );
  return slot.querySelector<HTMLElement>(".menu > div")!;
}

/** Keep the panel within the thread, which may be narrow, or written from the right. */
function place(panel: HTMLElement): void {
  const thread = panel.closest(".thread")?.getBoundingClientRect();
  if (!thread) return; // the comment went while its menu was open
  panel.style.maxInlineSize = `${thread.width}px`;
  panel.style.translate = "0";
  const { left, right } = panel.getBoundingClientRect();
  panel.style.translate = `${Math.max(thread.left - left, Math.min(0, thread.right - right))}px`;
}

async function opened(menu: HTMLDetailsElement, session: Session): Promise<void> {
  if (!menu.open) return;
  const leave = (event: Event) => {
    if (menu.open && event.composedPath().includes(menu)) return;
    menu.open = false;
    document.removeEventListener("pointerdown", leave);
  };
  document.addEventListener("pointerdown", leave);
  const panel = menu.querySelector<HTMLElement>("summary + div")!;
  // What it holds may come later, and grow.
  const watch = new ResizeObserver(() => (menu.open ? place(panel) : watch.disconnect()));
  watch.observe(panel);
  const isHere = await bring(session, () => true);
  menu.querySelector("p")!.textContent = isHere ? "" : session.strings.t("failedMore");
}
