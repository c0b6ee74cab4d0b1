/** What is sent when a comment is posted, and what plugins add to it. */
import type { Draft } from "../../embedcomments";
import { page } from "../page";
import { fenced, pageUrl } from "../shared";
import type { Session } from "../session";

/** How long one plugin may think before a comment goes without its answer. */
export const LIMIT_MS = 3000;

export interface Words {
  text: string;
  author: { name?: string; email?: string };
  parentId: string | null;
}

export class PluginObjection extends Error {}

/** What a promise gives within `limit`, else undefined. A failure is the plugin's own. */
export async function within<T>(plugin: string, run: () => T | Promise<T>, limit = LIMIT_MS): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limit);
  });
  try {
    return await Promise.race([Promise.resolve().then(run), late]);
  } catch (error) {
    return fenced(plugin, () => {
      throw error;
    });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Ask every plugin at once for its share. One that fails or is late adds nothing: whether a comment
 * may do without is for the server to say. Throws PluginObjection with the first objection.
 */
export async function collectExtensions(session: Session, form: HTMLFormElement, words: Words): Promise<Record<string, unknown>> {
  const { site, key } = session.settings;
  const extensions: Record<string, unknown> = {};
  await within("modules", () => Promise.allSettled(session.modules));
  await Promise.all(
    page().plugins.map(async (plugin) => {
      if (!plugin.beforeSubmit) return;
      const draft: Draft = { site, key, form, config: session.configOf(plugin.name), ...words };
      const answer = await within(plugin.name, () => plugin.beforeSubmit!(draft));
      if (!answer) return;
      if (answer.error) throw new PluginObjection(answer.error);
      if (answer.extensions !== undefined) extensions[plugin.name] = answer.extensions;
    }),
  );
  return extensions;
}

/** The body of a POST, as docs/http-api.md has it. */
export function postBody(session: Session, { text, author, parentId }: Words, extensions: Record<string, unknown>): object {
  const url = pageUrl();
  const thread: Record<string, string> = { key: session.settings.key };
  if (/^https?:/.test(url)) thread.url = url;
  if (document.title) thread.title = document.title;
  return { thread, parent_id: parentId, author, text, extensions };
}

/** A random id; pages without TLS have no crypto.randomUUID. */
export function randomId(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** One key for each attempt; trying the same words again after a lost answer repeats it. */
export class Attempts {
  #body = "";
  #key = "";

  keyFor(body: object): string {
    const json = JSON.stringify(body);
    if (json !== this.#body) this.forget();
    this.#body = json;
    return (this.#key ||= randomId());
  }

  /** The server answered: the next attempt is another one. */
  forget(): void {
    this.#key = "";
  }
}
