/** Offers the names of the people in the thread while an @ is written. Nothing leaves the page for it. */
import type { Edit } from "../compose/formatting";
import { enMentioning } from "../languages/en-mentioning";
import type { Node } from "../model/thread";
import type { Session } from "../session";
import { adopt, en, html, nothing, render } from "../shared";
import { asked, matching, mention, people, type Asked } from "./names";
import { Place } from "./place";
import { styles } from "./styles";

// English for this part joins the English that is there; other languages came whole.
Object.assign(en, enMentioning);

/**
 * Offer names in `area` until `signal`; `answered` is whose comment is answered there. The focus stays in the words: which
 * name is chosen is told by `aria-activedescendant`, as the WAI-ARIA listbox pattern has it for fields with suggestions.
 */
export function offer(session: Session, area: HTMLTextAreaElement, answered: Node | null, apply: (edit: Edit) => void, signal: AbortSignal): void {
  const { strings } = session;
  const id = `people-${area.id}`;
  const room = document.createElement("div");
  const place = new Place(area, room);
  let names: string[] | undefined;
  let shown: string[] = [];
  let at: Asked | null = null;
  let active = 0;
  /** Where the @ stands whose names are not wanted any more. */
  let left = -1;

  const draw = () => {
    const isOpen = shown.length > 0;
    render(isOpen ? html`<ul id=${id} class="people" part="people" role="listbox" aria-label=${strings.t("people")}>${shown.map(option)}</ul>` : nothing, room);
    if (isOpen) {
      area.setAttribute("aria-controls", id);
      area.setAttribute("aria-activedescendant", `${id}-${active}`);
      place.at(at!.from);
    } else for (const name of ["aria-controls", "aria-activedescendant"]) area.removeAttribute(name);
  };
  const option = (name: string, index: number) =>
    html`<li id="${id}-${index}" part="person" role="option" aria-selected=${index === active} @pointermove=${() => index === active || go(index)} @click=${() => choose(name)}><bdi>${name}</bdi></li>`;
  const go = (to: number) => {
    active = (to + shown.length) % shown.length;
    draw();
  };
  const close = () => {
    shown = [];
    names = undefined;
    draw();
  };
  const choose = (name: string) => {
    const edit = mention(at!, name, area.value);
    left = at!.from;
    close();
    apply(edit);
  };
  const look = () => {
    const before = at;
    at = area.readOnly || area.hidden || area.selectionStart !== area.selectionEnd ? null : asked(area.value, area.selectionEnd);
    if (at?.from !== left) left = -1;
    if (!at || left >= 0) {
      if (names) close();
      return;
    }
    if (at.from === before?.from && at.query === before.query && shown.length) return;
    names ??= people(session.thread.nodes.values(), answered, (comment) => session.own.get(comment));
    const wasOpen = shown.length;
    shown = matching(names, at.query);
    active = 0;
    draw();
    if (shown.length && !wasOpen) session.announce(`${strings.t("people")}: ${strings.number(shown.length)}`);
  };
  const key = (event: KeyboardEvent) => {
    if (!shown.length || event.isComposing || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) go(active + step);
    else if (event.key === "Enter" || event.key === "Tab") choose(shown[active]!);
    else if (event.key === "Escape") {
      left = at!.from;
      close();
    } else return;
    // The form has keys of its own.
    event.preventDefault();
    event.stopPropagation();
  };

  adopt(session.shell.root, styles);
  area.after(room);
  area.setAttribute("aria-autocomplete", "list");
  area.addEventListener("keydown", key, { signal });
  for (const type of ["input", "keyup", "click"]) area.addEventListener(type, look, { signal });
  area.addEventListener("blur", close, { signal });
  area.addEventListener("scroll", () => shown.length && place.at(at!.from), { signal });
  // The focus stays in the words.
  room.addEventListener("mousedown", (event) => event.preventDefault(), { signal });
  signal.addEventListener("abort", () => {
    close();
    room.remove();
  });
  look();
}
