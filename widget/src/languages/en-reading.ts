/** English, the words for those who read on; they travel with its part. */
import type { Catalogue } from "./strings";

export const enReading: Catalogue = {
  new: "New",
  news: { one: "{n} new since your last visit", other: "{n} new since your last visit" },
  firstNew: "Go to first",
  find: "Find in this thread",
  replies: { one: "{n} reply", other: "{n} replies" },
};
