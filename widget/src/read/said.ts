/** What a page says of reading, on the element or for all threads on the script tag. */
import { page } from "../page";
import type { Session } from "../session";

export function said(session: Session, name: "keys" | "more" | "visits"): string | undefined {
  const { dataset } = session.shell.root.host as HTMLElement;
  return dataset[name] || page().defaults[name];
}
