/** What loader and component share on a page: one global, the public part of which is in embedcomments.d.ts. */
import type { WidgetPlugin } from "../embedcomments";

export interface Page {
  /** Settings of the script tag, for elements that say nothing else. */
  defaults: Partial<Record<string, string>>;
  /** Snapshots that the loader asked for, by URL; the component takes them. */
  early: Map<string, Promise<Response>>;
  plugins: WidgetPlugin[];
  /** Called for each plugin that comes later. */
  joined: Set<() => void>;
  extend(plugin: WidgetPlugin): void;
  counts(): void;
}

export const TAG = "embed-comments";

export function page(): Page {
  return (window as unknown as { embedcomments: Page }).embedcomments;
}
