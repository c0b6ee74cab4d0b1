/** Brings the forms of a thread to life; loaded when somebody is about to write. */
import type { Session } from "../session";
import { Composer } from "./composer";
import { OwnElement } from "./own";
import { styles } from "./styles";
import { bringWords } from "./words";

export function furnish({ shell }: Session): void {
  const { root } = shell;
  if (!root.adoptedStyleSheets.includes(styles)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, styles];
  if (customElements.get("embed-comments-composer")) return;
  bringWords();
  customElements.define("embed-comments-composer", Composer);
  customElements.define("embed-comments-own", OwnElement);
}
