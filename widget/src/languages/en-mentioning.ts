/** English, the words for the names below an @; they travel with their part. */
import type { Catalogue } from "./strings";

export const enMentioning: Catalogue = {
  people: "People in this discussion",
};
