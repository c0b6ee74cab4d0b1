/** Give the element its name. Importing a class alone defines nothing. */
import { EmbedComments } from "./element";
import { TAG } from "./page";

export function define(): void {
  if (customElements.get(TAG)) return;
  customElements.define(TAG, EmbedComments);
}
