/** Where plugins stand in the templates. Nothing is drawn for a slot that nobody fills. */
import { html, nothing, type TemplateResult } from "lit/html.js";
import type { SlotName } from "../../embedcomments";
import type { Node } from "../model/thread";
import type { Session } from "../session";
import { plugins, type Subject } from "../plugins";

export function slotView(session: Session, name: SlotName, node?: Node): TemplateResult | typeof nothing {
  if (!plugins.of(session, name).length || node?.sending) return nothing;
  // Each drawing tells the slot anew what it is about; the slot knows what of it is news to a plugin.
  const subject: Subject = node ? { comment: node.comment } : {};
  return html`<embed-comments-slot
    part="slot ${name.replaceAll(".", "-")}"
    .session=${session}
    .name=${name}
    .subject=${subject}
  ></embed-comments-slot>`;
}
