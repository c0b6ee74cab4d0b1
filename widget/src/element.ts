/** The `<embed-comments>` element: it reads what the page says, waits until the reader is near, and draws. */
import { chooseLanguage } from "./languages/choice";
import { Strings, type Catalogue, type Times } from "./languages/strings";
import { page } from "./page";
import { Session, type Shell } from "./session";
import { NEAR, readSettings, SETTINGS, threadUrl, type Settings } from "./settings";
import { comment } from "./styles/comment";
import { frame } from "./styles/frame";
import { surroundings } from "./styles/surroundings";
import { themeAround, watchTheme, type Theme } from "./theme";
import { drawThread } from "./views/thread";

/** Announcements that follow each other sooner than this are read as one. */
const BREATH_MS = 700;

export class EmbedComments extends HTMLElement implements Shell {
  #session: Session | undefined;
  #settings: Settings | undefined;
  #theme: Theme = "light";
  #design: CSSStyleSheet | undefined;
  #near: IntersectionObserver | undefined;
  #unwatch: (() => void) | undefined;
  #sentences: string[] = [];
  #said = "";
  #isLeaving = false;

  #drawing: Promise<void> | undefined;
  #isStale = false;
  /** The first slice was given a frame. */
  #isSeen = false;

  static get observedAttributes(): string[] {
    return SETTINGS.map((name) => `data-${name}`);
  }

  /** Made when there is something to draw: until then the page need not be styled, laid out and painted anew. */
  get root(): ShadowRoot {
    if (!this.shadowRoot) this.attachShadow({ mode: "open" }).adoptedStyleSheets = [frame, comment, surroundings];
    return this.shadowRoot!;
  }

  /** Draw once for all that changes in one go; resolves when all is drawn. */
  redraw(): Promise<void> {
    this.#isStale = true;
    return (this.#drawing ??= this.#draw());
  }

  async #draw(): Promise<void> {
    await undefined;
    try {
      while (this.#isStale) {
        this.#isStale = false;
        const session = this.#session;
        const isEmpty = !this.shadowRoot && !this.firstChild && (session?.status ?? "loading") === "loading";
        if (!isEmpty && !drawThread(session, this.#theme, this.#said, this.root)) this.#isStale = true;
        this.setAttribute("data-status", session?.shown ?? "waiting");
        if (this.#isStale) await this.#breathe();
      }
    } finally {
      this.#drawing = undefined;
    }
  }

  /** Let the browser show the first comments before more are drawn, and do what waits. */
  #breathe(): Promise<unknown> {
    return new Promise((resolve) => {
      if (!this.#isSeen) requestAnimationFrame(() => setTimeout(resolve, 9));
      // Where there are no frames, as in a tab behind others.
      setTimeout(resolve, this.#isSeen ? 0 : 99);
      this.#isSeen = true;
    });
  }

  announce(sentence: string): void {
    if (!this.#sentences.length) {
      setTimeout(() => {
        this.#said = this.#sentences.join(" ");
        this.#sentences = [];
        void this.redraw();
      }, BREATH_MS);
    }
    if (this.#sentences.at(-1) !== sentence) this.#sentences.push(sentence);
  }

  connectedCallback(): void {
    // A page that moves the element takes it out and puts it back; the thread stays as it is.
    if (this.#isLeaving) this.#isLeaving = false;
    else this.#begin();
  }

  disconnectedCallback(): void {
    this.#isLeaving = true;
    queueMicrotask(() => {
      if (this.#isLeaving) this.#end();
      this.#isLeaving = false;
    });
  }

  attributeChangedCallback(_: string, before: string | null, now: string | null): void {
    if (before === now || !this.#settings || !this.isConnected) return;
    const settings = readSettings(this, page().defaults);
    const isSame = SETTINGS.every((each) => each === "theme" || each === "design" || settings[each] === this.#settings![each]);
    if (isSame) {
      Object.assign(this.#settings, settings);
      this.#lookAround();
      void this.#dress();
    } else {
      this.#end();
      this.#begin();
    }
  }

  #begin(): void {
    this.#settings = readSettings(this, page().defaults);
    this.#lookAround();
    this.#unwatch = watchTheme(() => this.#lookAround());
    const isAsked = page().early.has(threadUrl(this.#settings)) || location.hash.startsWith("#comment-");
    if (isAsked) {
      void this.#open();
      return;
    }
    this.#near = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) void this.#open();
    }, NEAR);
    this.#near.observe(this);
  }

  async #open(): Promise<void> {
    this.#near?.disconnect();
    const settings = this.#settings!;
    const dressed = this.#dress();
    const language = chooseLanguage(settings.lang);
    let strings = new Strings("en");
    if (language !== "en") {
      try {
        const file = `./${language}.js`;
        const catalogue = (await import(file)) as { words: Catalogue; times?: Times };
        strings = new Strings(language, catalogue.words, catalogue.times);
      } catch {
        // English is better than nothing.
      }
    }
    await dressed;
    if (settings !== this.#settings) return;
    this.#session = new Session(settings, strings, this);
    await this.#session.start();
  }

  #end(): void {
    this.#near?.disconnect();
    this.#session?.stop();
    this.#session = this.#settings = undefined;
    this.#unwatch?.();
    void this.redraw();
  }

  #lookAround(): void {
    const { theme } = this.#settings ?? {};
    const around = themeAround(this);
    this.#theme = theme === "light" || theme === "dark" ? theme : around;
    // A theme that the page does not have needs a ground and an ink of its own.
    this.toggleAttribute("data-ground", this.#theme !== around);
    void this.redraw();
  }

  /** Put the design's sheet above the others; without one, or when it does not come, the thread is plain. */
  async #dress(): Promise<void> {
    const { design } = this.#settings!;
    const file = `./design-${design}.js`;
    const { sheet } = design ? ((await import(file).catch(() => ({}))) as { sheet?: CSSStyleSheet }) : {};
    if (design !== this.#settings?.design || sheet === this.#design) return;
    const others = this.root.adoptedStyleSheets.filter((each) => each !== this.#design);
    this.root.adoptedStyleSheets = sheet ? [...others, sheet] : others;
    this.#design = sheet;
  }
}
