/** English, the words around what plugins bring; they travel with its part. */
import type { Catalogue } from "./strings";

export const enSlots: Catalogue = {
  menu: "More",
};
