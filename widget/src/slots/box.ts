/** One plugin's box in one slot: filled, kept up to date, and left once. */
import type { SlotApi, SlotFill, SlotProps } from "../../embedcomments";
import { complain, fenced } from "../fence";

interface Handle {
  update?: (props: SlotProps) => unknown;
  remove?: () => unknown;
}

const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex]";

/** What a fill returned, as far as it makes sense; whatever else it is is not ours to judge. */
function handleOf(answer: unknown): Handle {
  const isFunction = typeof answer === "function";
  if (!isFunction && (typeof answer !== "object" || !answer)) return {};
  const { update, remove } = answer as Record<string, unknown>;
  const handle: Handle = {};
  if (typeof update === "function") handle.update = (props) => update.call(answer, props);
  if (typeof remove === "function") handle.remove = () => remove.call(answer);
  else if (isFunction) handle.remove = () => answer();
  return handle;
}

/** What of the props a plugin is told anew about. An answer to a comment, for one, changes only its count. */
function markOf({ comment, config, data, parentId, editing }: SlotProps): string {
  return JSON.stringify([comment?.id, comment?.rev, comment?.state, config, data, parentId, editing]);
}

export class Box {
  element = document.createElement("div");
  #handle: Handle = {};
  #mark: string | undefined;
  /** Grows with each filling, so that a slow fill learns that its box is gone. */
  #turn = 0;

  constructor(readonly plugin: string, readonly fill: SlotFill, readonly api: SlotApi) {
    this.element.dataset.plugin = plugin;
  }

  /** Show these props, if they differ from those shown. The element must stand in the page. */
  show(props: SlotProps): void {
    const mark = markOf(props);
    if (mark === this.#mark) return;
    const isFirst = this.#mark === undefined;
    this.#mark = mark;
    if (isFirst) this.#fill(props);
    else if (!this.#update(props)) this.#refill(props);
  }

  /** Tell the plugin that its box goes, and take it away. */
  leave(): void {
    this.#turn++;
    this.#remove(this.#handle);
    this.#handle = {};
    this.element.remove();
  }

  #fill(props: SlotProps): void {
    const turn = ++this.#turn;
    const fail = (error: unknown) => {
      complain(this.plugin, error);
      // Half of something is worse than nothing.
      if (turn === this.#turn) this.element.replaceChildren();
    };
    try {
      const answer: unknown = this.fill(this.element, props, this.api);
      if (!isThenable(answer)) {
        this.#handle = handleOf(answer);
        return;
      }
      void Promise.resolve(answer)
        .then((late) => {
          const handle = handleOf(late);
          if (turn === this.#turn) this.#handle = handle;
          else this.#remove(handle);
        })
        .catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  /** Whether the plugin took the new props itself. */
  #update(props: SlotProps): boolean {
    const { update } = this.#handle;
    if (!update) return false;
    try {
      const answer = update(props);
      if (isThenable(answer)) void Promise.resolve(answer).catch((error: unknown) => complain(this.plugin, error));
      return true;
    } catch (error) {
      complain(this.plugin, error);
      return false;
    }
  }

  /** Begin with a fresh element, and lead the focus to where it was: the element in the same place. */
  #refill(props: SlotProps): void {
    const before = this.element;
    const root = before.getRootNode() as ShadowRoot;
    const had = before.contains(root.activeElement);
    const place = had ? [...before.querySelectorAll(FOCUSABLE)].indexOf(root.activeElement!) : -1;
    const fresh = document.createElement("div");
    fresh.dataset.plugin = this.plugin;
    this.#remove(this.#handle);
    this.#handle = {};
    before.replaceWith(fresh);
    this.element = fresh;
    this.#fill(props);
    if (!had) return;
    const focus = (element: HTMLElement | undefined) => element?.focus({ preventScroll: true });
    focus([...fresh.querySelectorAll<HTMLElement>(FOCUSABLE)][place]);
    if (fresh.contains(root.activeElement)) return;
    fresh.tabIndex = -1;
    focus(fresh);
  }

  #remove({ remove }: Handle): void {
    if (!remove) return;
    const answer = fenced(this.plugin, remove);
    if (isThenable(answer)) void Promise.resolve(answer).catch((error: unknown) => complain(this.plugin, error));
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> => typeof (value as PromiseLike<unknown> | undefined)?.then === "function";
