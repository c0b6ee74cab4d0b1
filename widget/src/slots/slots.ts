/** Places in the thread that plugins fill; loaded when a page has a plugin. */
import type { SlotApi, SlotName, SlotProps, WidgetPlugin } from "../../embedcomments";
import { page } from "../page";
import type { Subject } from "../plugins";
import type { Session } from "../session";
import { adopt, fenced, pluginsFor, request } from "../shared";
import { drawMenu } from "./menu";
import { styles } from "./styles";

function apiFor(session: Session, insert: SlotApi["insert"]): SlotApi {
  const api: SlotApi = {
    request: (path, init) => request(session.settings.server + path, { ...init, token: session.own.token }),
    announce: (sentence) => session.announce(sentence),
    refresh: () => session.refresh(),
  };
  if (insert) api.insert = insert;
  return api;
}

/** Holds one box for each plugin that fills this slot, and empties them when it leaves the page. */
export class SlotElement extends HTMLElement {
  session!: Session;
  name!: SlotName;
  #about: Subject = {};
  readonly #filled = new Map<WidgetPlugin, () => void>();

  get subject(): Subject {
    return this.#about;
  }

  set subject(subject: Subject) {
    if (subject === this.#about) return;
    this.#about = subject;
    this.#empty();
    if (this.isConnected) this.#fill();
  }

  connectedCallback(): void {
    // A template may have set the subject before this class was there to take it.
    const { subject } = this;
    if (Object.hasOwn(this, "subject")) {
      delete (this as { subject?: Subject }).subject;
      this.#about = subject;
    }
    this.#fill();
    page().joined.add(this.#fill);
  }

  disconnectedCallback(): void {
    page().joined.delete(this.#fill);
    this.#empty();
  }

  readonly #fill = (): void => {
    if (!this.session) return;
    adopt(this.session.shell.root, styles);
    const { server, site, key } = this.session.settings;
    const { insert, dataOf, ...rest } = this.#about;
    const { strings } = this.session;
    const room = this.name === "comment.menu" ? drawMenu(this, strings.t("menu")) : this;
    for (const plugin of pluginsFor(this.name)) {
      if (this.#filled.has(plugin)) continue;
      const box = document.createElement("div");
      box.dataset.plugin = plugin.name;
      room.append(box);
      const props: SlotProps = {
        server,
        site,
        key,
        lang: strings.lang,
        config: this.session.configOf(plugin.name),
        data: dataOf?.(plugin.name),
        ...rest,
      };
      const leave = fenced(plugin.name, () => plugin.slots![this.name]!(box, props, apiFor(this.session, insert)));
      this.#filled.set(plugin, () => {
        if (typeof leave === "function") fenced(plugin.name, leave);
        box.remove();
      });
    }
  };

  #empty(): void {
    this.#filled.forEach((leave) => leave());
    this.#filled.clear();
  }
}

if (!customElements.get("embed-comments-slot")) customElements.define("embed-comments-slot", SlotElement);
