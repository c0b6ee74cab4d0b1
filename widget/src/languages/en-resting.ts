/** English, the words for those who want no news; they travel with its part. */
import type { Catalogue } from "./strings";

export const enResting: Catalogue = {
  pause: "Pause live updates",
  paused: "Paused",
};
