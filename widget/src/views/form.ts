/** The form as it stands before anybody writes; the composer element in it brings the rest. */
import { html, nothing, type TemplateResult } from "lit/html.js";
import type { Node } from "../model/thread";
import type { Session } from "../session";

export type FormMode = "new" | "reply" | "edit";

export function formView(session: Session, mode: FormMode, node: Node | null): TemplateResult {
  const { t } = session.strings;
  const id = `text-${mode}-${node?.comment.id ?? ""}`;
  const name = node?.comment.author?.name || t("anonymous");
  const label = mode === "new" ? t("write") : mode === "edit" ? t("editing") : t("replyTo", { name });
  const wake = () => session.compose();
  return html`<form
    class="form ${mode}"
    part="form"
    novalidate
    aria-label=${label}
    @submit=${(event: Event) => event.preventDefault()}
    @focusin=${wake}
    @pointerenter=${wake}
  >
    <label class="sr" for=${id}>${label}</label>
    <textarea id=${id} part="textarea" rows="2" dir="auto" placeholder=${label}></textarea>
    <embed-comments-composer .session=${session} .mode=${mode} .node=${node}></embed-comments-composer>
    ${session.formFailed
      ? html`<p class="oops" role="alert">${t("formFailed")} <button type="button" class="more" @click=${wake}>${t("retry")}</button></p>`
      : nothing}
  </form>`;
}
