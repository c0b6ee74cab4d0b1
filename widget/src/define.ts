/** Give the elements their names. Importing a class alone defines nothing. */
import { EmbedComments } from "./element";
import { TAG } from "./page";
import { SLOT_TAG, SlotElement } from "./slots";

export function define(): void {
  if (customElements.get(TAG)) return;
  customElements.define(SLOT_TAG, SlotElement);
  customElements.define(TAG, EmbedComments);
}
