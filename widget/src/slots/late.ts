/** Modules of plugins that wait until a reader opens the menu of a comment. */
import type { PluginModule } from "../model/comment";
import type { Session } from "../session";

const asked = new Map<string, Promise<unknown>>();

export function waiting({ snapshot }: Session): PluginModule[] {
  return (snapshot?.modules ?? []).filter(({ when }) => when === "menu");
}

/** Load those that `wanted` picks; false when one of them did not come. It may be asked for again then. */
export async function bring(session: Session, wanted: (module: PluginModule) => boolean): Promise<boolean> {
  const arrivals = waiting(session).filter(wanted).map(({ url, plugin }) => {
    const from = url.startsWith("/") ? session.settings.server + url : url;
    const arrival = asked.get(from) ?? import(from);
    asked.set(from, arrival);
    arrival.catch((error: unknown) => {
      asked.delete(from);
      console.error(`embedcomments: plugin ${plugin} did not load`, error);
    });
    return arrival;
  });
  const settled = await Promise.allSettled(arrivals);
  return settled.every(({ status }) => status === "fulfilled");
}
