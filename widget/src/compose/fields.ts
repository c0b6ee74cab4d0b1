/** Name and e-mail, and whether the device remembers them. */
import { page } from "../page";
import type { Session } from "../session";
import { html, recall } from "../shared";
import type { Words } from "./submission";

/** What the page says of the tick, on the element or for all threads on the script tag. */
function isRemembering({ shell }: Session): boolean {
  const { dataset } = shell.root.host as HTMLElement;
  return (dataset.remember || page().defaults.remember) === "on";
}

export function fieldsView(session: Session, errorId: string, isWrong: boolean): unknown {
  const { t } = session.strings;
  const known = recall<Words["author"]>("author");
  return html`<div class="fields" part="fields">
    <label><span>${t("name")}</span><input name="name" part="input" dir="auto" autocomplete="name" maxlength="100" .value=${known?.name ?? ""} /></label>
    <label
      ><span>${t("email")} (${t("emailHint")})</span
      ><input
        name="email"
        part="input"
        type="email"
        dir="ltr"
        autocomplete="email"
        aria-invalid=${isWrong}
        aria-describedby=${errorId}
        maxlength="254"
        .value=${known?.email ?? ""}
    /></label>
    <label class="tick"><input name="remember" part="remember" type="checkbox" .checked=${!!known || isRemembering(session)} />${t("remember")}</label>
  </div>`;
}
