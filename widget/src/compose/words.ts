/** The sentences around writing, and what to say when the server refuses. */
import type { Session } from "../session";
import { Refusal } from "../shared";
import { enWriting } from "../languages/en-writing";
import { en } from "../shared";

/** English for writing joins the English that is there; other languages came whole. */
export function bringWords(): void {
  Object.assign(en, enWriting);
}

/** One clear sentence for why a comment was not taken. */
export function explain(session: Session, error: unknown): string {
  const { t } = session.strings;
  if (!(error instanceof Refusal)) return t("errorServer");
  const { code, detail, status, retryAfter } = error;
  switch (code) {
    case "network":
      return t("errorNetwork");
    case "rate_limited":
      return t("errorRate", { n: retryAfter || 30 });
    case "thread_closed":
      return t("errorClosed");
    case "branch_closed":
      return t("errorBranch");
    case "origin_not_allowed":
      return t("errorOrigin");
    case "edit_window_over":
      return t("errorWindow");
    case "comment_not_found":
      return t("errorGone");
    case "body_too_large":
      return t("errorLong");
  }
  if (status >= 500 || !detail) return t("errorServer");
  // The server's sentence may run in another direction than ours; these signs keep the two apart.
  return t("errorRefused", { detail: `\u2068${detail}\u2069` });
}
