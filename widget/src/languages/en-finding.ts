/** English, the words for finding; they travel with its part. */
import type { Catalogue } from "./strings";

export const enFinding: Catalogue = {
  found: "{at} of {n}",
  foundNone: "Nothing found",
  findNext: "Next match",
  findPrevious: "Previous match",
  findClose: "Close the search",
  findPartly: "Comments that are not loaded yet are not searched.",
};
