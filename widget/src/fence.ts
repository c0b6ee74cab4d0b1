/** The fence around each plugin: its failure is its own and shows in the console. */

export const complain = (plugin: string, error: unknown): void => console.error(`embedcomments: plugin ${plugin} failed`, error);

/** Run what belongs to a plugin. */
export function fenced<T>(plugin: string, run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    complain(plugin, error);
    return undefined;
  }
}
