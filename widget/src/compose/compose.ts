/** Brings the forms of a thread to life; loaded when somebody is about to write. */
import type { Session } from "../session";
import { adopt } from "../shared";
import { Composer } from "./composer";
import { OwnElement } from "./own";
import { keepEarlier } from "./drafts";
import { provisional, remember, restoreOwn, send, taken, Unchanged } from "./sending";
import { styles } from "./styles";
import { collectExtensions, randomId } from "./submission";
import { bringWords, explain } from "./words";

export function furnish(session: Session): void {
  const { root } = session.shell;
  session.restore = async () => {
    await restoreOwn(session);
    session.outbox?.show();
  };
  adopt(root, styles);
  if (!customElements.get("embed-comments-composer")) {
    bringWords();
    customElements.define("embed-comments-composer", Composer);
    customElements.define("embed-comments-own", OwnElement);
  }
  void session.restore();
  void bringOutbox(session);
}

/** While there is a network: the part that keeps what is written without one. Without it the words stay in the form. */
async function bringOutbox(session: Session): Promise<void> {
  try {
    const { carry } = await import("../outbox/outbox");
    if (!session.ended) session.outbox = carry(session, { provisional, remember, send, taken, Unchanged, keepEarlier, collectExtensions, randomId, explain });
  } catch {
    // The next page tries again.
  }
}
