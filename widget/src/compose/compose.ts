/** Brings the forms of a thread to life; loaded when somebody is about to write. */
import type { Session } from "../session";
import { adopt } from "../shared";
import { Composer } from "./composer";
import { OwnElement } from "./own";
import { restoreHeld } from "./sending";
import { styles } from "./styles";
import { bringWords } from "./words";

export function furnish(session: Session): void {
  const { root } = session.shell;
  session.restore = () => restoreHeld(session);
  void session.restore();
  adopt(root, styles);
  if (customElements.get("embed-comments-composer")) return;
  bringWords();
  customElements.define("embed-comments-composer", Composer);
  customElements.define("embed-comments-own", OwnElement);
}
