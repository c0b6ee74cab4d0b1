/** The sentence for a list that could not be loaded; it is tried again. */
import { html, nothing, type TemplateResult } from "lit/html.js";
import type { Session } from "../session";

export const oopsView = (session: Session, list: string): TemplateResult | typeof nothing =>
  session.loading.get(list) === "failed" ? html`<span class="oops" role="alert">${session.strings.t("failedMore")}</span>` : nothing;
