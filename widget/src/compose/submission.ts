/** What is sent when a comment is posted, and what plugins add to it. */
import type { Draft } from "../../embedcomments";
import { complain, fenced } from "../fence";
import { pageUrl, plugins } from "../shared";
import type { Session } from "../session";

/** How long one plugin may think before a comment goes without its answer. */
export const LIMIT_MS = 3000;

export interface Words {
  text: string;
  author: { name?: string; email?: string };
  parentId: string | null;
}

export class PluginObjection extends Error {}

/** What a promise gives within `limit`, else undefined. A failure or a delay is the plugin's own and shows in the console. */
export async function within<T>(plugin: string, run: () => T | Promise<T>, limit = LIMIT_MS): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      complain(plugin, new Error(`no answer within ${limit} ms`));
      resolve(undefined);
    }, limit);
  });
  try {
    return await Promise.race([Promise.resolve().then(run), late]);
  } catch (error) {
    complain(plugin, error);
    return undefined;
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
  await within("modules", async () => {
    await Promise.allSettled(session.modules);
    await session.meetPlugins();
  });
  await Promise.all(
    plugins.of(session).map(async (plugin) => {
      if (!plugin.beforeSubmit) return;
      const draft: Draft = { site, key, form, config: session.configOf(plugin.name), ...words, author: { ...words.author } };
      const answer = await within(plugin.name, () => plugin.beforeSubmit!(draft));
      if (!answer) return;
      if (answer.error) throw new PluginObjection(String(answer.error));
      // What cannot be written as JSON must not keep the comment from being sent.
      const share = fenced(plugin.name, () => JSON.stringify(answer.extensions));
      if (share !== undefined) extensions[plugin.name] = JSON.parse(share) as unknown;
    }),
  );
  return extensions;
}

export interface Body {
  thread: { key: string; url?: string; title?: string };
  parent_id: string | null;
  author: Words["author"];
  text: string;
  extensions: Record<string, unknown>;
}

/** The body of a POST, as docs/http-api.md has it. */
export function postBody(session: Session, { text, author, parentId }: Words, extensions: Record<string, unknown>): Body {
  const url = pageUrl();
  const thread: Body["thread"] = { key: session.settings.key };
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
