/** What a thread knows of plugins before there is one; slots/admission.ts fills it. */
import type { SlotApi, SlotName, SlotProps, WidgetPlugin } from "../embedcomments";
import type { Session } from "./session";

/** What one slot is about. */
export interface Subject extends Pick<SlotProps, "comment" | "parentId" | "editing"> {
  insert?: SlotApi["insert"];
}

export const plugins = {
  /** The plugins of a thread, in the order of its server; with a name those that fill this slot. */
  of: (_session: Session, _slot?: SlotName): WidgetPlugin[] => [],
  /** Called when more were admitted. */
  admissions: new Set<() => void>(),
  /** Names of plugins whose modules came from a server. One that the page itself brought is not among them. */
  sent: new Set<string>(),
};
