/** Where a place in a text field is on the page; browsers tell it only of text that is none of a field's. */

const COPIED = ["padding", "font", "letterSpacing", "wordSpacing", "textAlign", "textIndent", "tabSize", "direction", "unicodeBidi"] as const;
const EDGE = 8;

export class Place {
  readonly #mirror = document.createElement("div");

  constructor(private readonly area: HTMLTextAreaElement, private readonly room: HTMLElement) {
    this.#mirror.className = "mirror";
    this.#mirror.setAttribute("aria-hidden", "true");
  }

  /** Put the room's list below the character at `index`, or above it where the window ends; within the form always. */
  at(index: number): void {
    const { area, room } = this;
    const list = room.querySelector<HTMLElement>("ul")!;
    const mirror = this.#mirror;
    const look = getComputedStyle(area);
    for (const name of COPIED) mirror.style[name] = look[name];
    mirror.style.inlineSize = `${area.clientWidth}px`;
    const sign = document.createElement("span");
    sign.textContent = area.value[index]!;
    mirror.replaceChildren(area.value.slice(0, index), sign, area.value.slice(index + 1));
    room.append(mirror);
    const [frame, text, here] = [area, mirror, sign].map((each) => each.getBoundingClientRect()) as [DOMRect, DOMRect, DOMRect];
    mirror.remove();
    const isBack = look.direction === "rtl";
    const x = (isBack ? here.right - text.left - list.offsetWidth : here.left - text.left) + (isBack ? EDGE : -EDGE);
    const y = here.top - text.top - area.scrollTop;
    const isLow = frame.top + y + here.height + list.offsetHeight + EDGE > innerHeight && frame.top + y > list.offsetHeight + EDGE;
    list.style.left = `${Math.max(0, Math.min(x, frame.width - list.offsetWidth))}px`;
    list.style.top = `${area.offsetTop + y + (isLow ? -list.offsetHeight : here.height)}px`;
  }
}
