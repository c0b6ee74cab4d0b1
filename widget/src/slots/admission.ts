/** Looks at what `extend` was given before anything of it is used, and says what is wrong with it. */
import type { SlotFill, SlotName, WidgetPlugin } from "../../embedcomments";
import { page } from "../page";
import type { Session } from "../session";
import { plugins } from "../shared";
import { waiting } from "./late";

const SLOTS: readonly string[] = [
  "thread.header",
  "thread.footer",
  "comment.header",
  "comment.body.after",
  "comment.footer",
  "comment.menu",
  "form.toolbar",
  "form.fields",
  "form.submit.before",
] satisfies SlotName[];

const admitted: WidgetPlugin[] = [];
/** How many of the page's plugins were looked at. */
let seen = 0;

/** Another site on the same page may have plugins that this one has not; they stay away from it. */
plugins.of = (session: Session, slot?: SlotName): WidgetPlugin[] => {
  const { snapshot } = session;
  const names = (snapshot?.modules ?? []).map(({ plugin }) => plugin);
  const rank = ({ name }: WidgetPlugin) => (names.includes(name) ? names.indexOf(name) : names.length);
  const present = admitted
    .filter(({ name, slots }) => (names.includes(name) || !plugins.sent.has(name)) && (!slot || slots?.[slot]))
    .sort((a, b) => rank(a) - rank(b));
  // The menu is there before what waits behind it, which fills nothing yet.
  return slot === "comment.menu" && !present.length ? waiting(session).map(({ plugin }) => ({ name: plugin, api: 1 })) : present;
};

/** Admit the plugins that came since the last time. */
export function admit(): void {
  const { plugins: offered } = page();
  const before = admitted.length;
  while (seen < offered.length) {
    const plugin: unknown = offered[seen++];
    try {
      admitted.push(examine(plugin));
    } catch (error) {
      console.error(`embedcomments: a plugin is left out: ${error instanceof Error ? error.message : String(error)}`, plugin);
    }
  }
  if (admitted.length > before) plugins.admissions.forEach((tell) => tell());
}

/** A copy that cannot change any more, with the functions bound to where they came from. */
function examine(plugin: unknown): WidgetPlugin {
  if (!isRecord(plugin)) throw new TypeError("extend() wants an object");
  const { name, api, slots, beforeSubmit } = plugin;
  if (typeof name !== "string" || !name) throw new TypeError("it has no name");
  if (api !== 1) throw new TypeError(`${name} is for api ${String(api)}, and this is api 1`);
  if (admitted.some((other) => other.name === name)) throw new TypeError(`${name} is there already; the first stays`);
  if (slots !== undefined && !isRecord(slots)) throw new TypeError(`the slots of ${name} are no object`);
  if (beforeSubmit !== undefined && typeof beforeSubmit !== "function") throw new TypeError(`beforeSubmit of ${name} is no function`);
  const examined: WidgetPlugin = { name, api, slots: Object.freeze(knownSlots(name, slots ?? {})) };
  if (beforeSubmit) examined.beforeSubmit = beforeSubmit.bind(plugin) as NonNullable<WidgetPlugin["beforeSubmit"]>;
  return Object.freeze(examined);
}

/** A slot that is not ours, or no function, is left out alone: a plugin may know slots of a later version. */
function knownSlots(plugin: string, slots: Record<string, unknown>): Partial<Record<SlotName, SlotFill>> {
  const known: Partial<Record<SlotName, SlotFill>> = {};
  for (const [name, fill] of Object.entries(slots)) {
    if (!SLOTS.includes(name)) console.error(`embedcomments: plugin ${plugin} fills ${name}, which is no slot`);
    else if (typeof fill !== "function") console.error(`embedcomments: plugin ${plugin} fills ${name} with what is no function`);
    else known[name as SlotName] = fill.bind(slots) as SlotFill;
  }
  return known;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
