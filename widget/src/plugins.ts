/** Which plugins are on the page, and the fence around each. */
import type { SlotApi, SlotName, SlotProps, WidgetPlugin } from "../embedcomments";
import { page } from "./page";

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
