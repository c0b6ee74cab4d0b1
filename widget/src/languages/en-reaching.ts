/** English, the words for what is further away. */
import type { Catalogue } from "./strings";

export const enReaching: Catalogue = {
  copied: "Link copied",
  missing: "The comment this link points to is not here any more.",
};
