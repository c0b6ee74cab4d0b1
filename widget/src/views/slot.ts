/** Where plugins stand in the templates. Nothing is drawn for a slot that nobody fills. */
import { html, nothing, type TemplateResult } from "lit/html.js";
import type { SlotName } from "../../embedcomments";
import type { Node } from "../model/thread";
import type { Comment } from "../model/comment";
import type { Session } from "../session";
import { pluginsFor, type Subject } from "../plugins";

/** One subject for each copy of a comment, so that a slot is filled anew only when it changed. */
const subjects = new WeakMap<object, Subject>();

function subjectOf(comment: Comment): Subject {
  let subject = subjects.get(comment);
  if (!subject) {
    subject = { comment, dataOf: (plugin) => comment.extensions?.[plugin] };
    subjects.set(comment, subject);
  }
  return subject;
}

function subjectOfThread(session: Session): Subject {
  const owner = session.snapshot!;
  let subject = subjects.get(owner);
  if (!subject) {
    subject = { dataOf: (plugin) => owner.extensions?.[plugin]?.thread };
    subjects.set(owner, subject);
  }
  return subject;
}

export function slotView(session: Session, name: SlotName, node?: Node): TemplateResult | typeof nothing {
  if (!pluginsFor(name).length || node?.sending) return nothing;
  const subject = node ? subjectOf(node.comment) : subjectOfThread(session);
  return html`<embed-comments-slot
    part="slot ${name.replaceAll(".", "-")}"
    .session=${session}
    .name=${name}
    .subject=${subject}
  ></embed-comments-slot>`;
}
