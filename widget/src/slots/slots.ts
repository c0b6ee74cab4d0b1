/** Places in the thread that plugins fill; loaded when a page has a plugin. */
import type { SlotApi, SlotName, SlotProps, WidgetPlugin } from "../../embedcomments";
import type { PluginModule } from "../model/comment";
import type { Subject } from "../plugins";
import type { Session } from "../session";
import { adopt, plugins, recall, request } from "../shared";
import { admit as admitNew } from "./admission";
import { bring, waiting } from "./late";
import { Box } from "./box";
import { drawMenu } from "./menu";
import { styles } from "./styles";

const met = new WeakSet<Session>();
/** Addresses of the scripts that each session has asked for. */
const asked = new WeakMap<Session, Set<string>>();

/** Bring the scripts of plugins that are wanted now; resolves when they are here or failed. */
export async function load(session: Session, when: PluginModule["when"]): Promise<void> {
  const known = asked.get(session) ?? new Set();
  asked.set(session, known);
  await Promise.all(
    session.snapshot!.modules!.map(async (module) => {
      plugins.sent.add(module.plugin);
      if (module.when !== when || known.has(module.url)) return;
      known.add(module.url);
      const url = module.url.startsWith("/") ? session.settings.server + module.url : module.url;
      try {
        await import(url);
      } catch (error) {
        console.error(`embedcomments: plugin ${module.plugin} did not load`, error);
      }
    }),
  );
}

/** Admit the plugins that came, and bring those behind the menus that have something to say without being asked. */
export function admit(session: Session): void {
  admitNew();
  // Drawn before this part was here, the comments have no menus yet.
  if (!met.has(session) && waiting(session).length) session.redrawAll();
  met.add(session);
  void bring(session, ({ plugin }) => recall(plugin) !== undefined || location.hash.startsWith(`#embedcomments-${plugin}`));
}

function apiFor(session: Session, insert: SlotApi["insert"]): SlotApi {
  const api: SlotApi = {
    request: (path, init) => request(session.settings.server + path, { ...init, token: session.own.token }),
    announce: (sentence) => session.announce(sentence),
    refresh: () => session.refresh(),
  };
  if (insert) api.insert = insert;
  return api;
}

/** Holds one box for each plugin that fills this slot, and leaves them when it leaves the page. */
export class SlotElement extends HTMLElement {
  session!: Session;
  name!: SlotName;
  #about: Subject = {};
  readonly #boxes = new Map<WidgetPlugin, Box>();

  get subject(): Subject {
    return this.#about;
  }

  set subject(subject: Subject) {
    this.#about = subject;
    if (this.isConnected) this.#show();
  }

  connectedCallback(): void {
    // A template may have set the subject before this class was there to take it.
    const { subject } = this;
    if (Object.hasOwn(this, "subject")) {
      delete (this as { subject?: Subject }).subject;
      this.#about = subject;
    }
    this.#show();
  }

  disconnectedCallback(): void {
    // What only moves to another place, alone or with the thread around it, keeps what stands in it.
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.#boxes.forEach((box) => box.leave());
      this.#boxes.clear();
    });
  }

  #show(): void {
    if (!this.session) return;
    const { session, name } = this;
    adopt(session.shell.root, styles);
    const { server, site, key } = session.settings;
    const { insert, ...rest } = this.#about;
    const { strings, snapshot } = session;
    const room = name === "comment.menu" ? drawMenu(this, session) : this;
    const present = plugins.of(session, name).filter((plugin) => plugin.slots?.[name]);
    for (const [plugin, box] of this.#boxes) {
      if (present.includes(plugin)) continue;
      this.#boxes.delete(plugin);
      box.leave();
    }
    let above: Element | undefined;
    for (const plugin of present) {
      let box = this.#boxes.get(plugin);
      if (!box) {
        box = new Box(plugin.name, plugin.slots![name]!, apiFor(session, insert));
        this.#boxes.set(plugin, box);
        if (above) above.after(box.element);
        else room.prepend(box.element);
      }
      const props: SlotProps = {
        server,
        site,
        key,
        lang: strings.lang,
        config: session.configOf(plugin.name),
        data: name.startsWith("thread") ? snapshot?.extensions?.[plugin.name]?.thread : rest.comment?.extensions?.[plugin.name],
        ...rest,
      };
      box.show(props);
      // A plugin may have taken its element away; then it is no place to stand beside.
      if (box.element.parentNode === room) above = box.element;
    }
  }
}

if (!customElements.get("embed-comments-slot")) customElements.define("embed-comments-slot", SlotElement);
