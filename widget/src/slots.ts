/** Places in the thread that plugins fill, each behind its own fence. */
import type { SlotApi, SlotName, SlotProps, WidgetPlugin } from "../embedcomments";
import { page } from "./page";
import { request } from "./request";
import type { Session } from "./session";

export const SLOT_TAG = "embed-comments-slot";

/** What one slot is about; a new object fills it anew. */
export interface Subject extends Partial<SlotProps> {
  insert?: SlotApi["insert"];
  /** The plugin's share of comment or thread. */
  dataOf?: (plugin: string) => unknown;
}

export const pluginsFor = (name: SlotName): WidgetPlugin[] => page().plugins.filter((plugin) => plugin.slots?.[name]);

/** Run what belongs to a plugin; its failure is its own and shows in the console. */
export function fenced<T>(plugin: string, run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    console.error(`embedcomments: plugin ${plugin} failed`, error);
    return undefined;
  }
}

function apiFor(session: Session, insert: SlotApi["insert"]): SlotApi {
  const api: SlotApi = {
    request: (path, init) => request(session.settings.server + path, { ...init, token: session.own.token }),
    announce: (sentence) => session.announce(sentence),
    refresh: () => session.refresh(),
  };
  if (insert) api.insert = insert;
  return api;
}

/** Holds one box for each plugin that fills this slot, and empties them when it leaves the page. */
export class SlotElement extends HTMLElement {
  session!: Session;
  name!: SlotName;
  private about: Subject = {};
  private readonly filled = new Map<WidgetPlugin, () => void>();

  set subject(subject: Subject) {
    if (subject === this.about) return;
    this.about = subject;
    this.empty();
    if (this.isConnected) this.fill();
  }

  connectedCallback(): void {
    this.fill();
    page().joined.add(this.fill);
  }

  disconnectedCallback(): void {
    page().joined.delete(this.fill);
    this.empty();
  }

  private readonly fill = (): void => {
    if (!this.session) return;
    const { server, site, key } = this.session.settings;
    const { insert, dataOf, ...rest } = this.about;
    for (const plugin of pluginsFor(this.name)) {
      if (this.filled.has(plugin)) continue;
      const box = document.createElement("div");
      box.dataset.plugin = plugin.name;
      this.append(box);
      const props: SlotProps = {
        server,
        site,
        key,
        lang: this.session.strings.lang,
        config: this.session.configOf(plugin.name),
        data: dataOf?.(plugin.name),
        ...rest,
      };
      const leave = fenced(plugin.name, () => plugin.slots![this.name]!(box, props, apiFor(this.session, insert)));
      this.filled.set(plugin, () => {
        if (typeof leave === "function") fenced(plugin.name, leave);
        box.remove();
      });
    }
  };

  private empty(): void {
    this.filled.forEach((leave) => leave());
    this.filled.clear();
  }
}
