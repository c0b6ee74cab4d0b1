// The widget's part of the reactions plugin: buttons below each comment, and a row for the page. Nothing is kept in the page's storage before
// the reader reacts; then it holds which reactions are theirs, and the token by which the server knows the browser.

// In the order: the group, up, down, heart, adding one, what failed, the names of the emoji below, the page's group.
const EMOJI = ["👍", "❤", "😄", "🎉", "🤔", "😢"];
const WORDS = {
  en: ["Reactions", "Vote up", "Vote down", "Like", "Add a reaction", "That was not counted. Please try again.",
    "Thumbs up", "Heart", "Laughing", "Hooray", "Thinking", "Sad", "Reactions to this page"],
  de: ["Reaktionen", "Dafür stimmen", "Dagegen stimmen", "Gefällt mir", "Reaktion hinzufügen",
    "Das wurde nicht gezählt. Bitte noch einmal versuchen.",
    "Daumen hoch", "Herz", "Lachen", "Hurra", "Nachdenklich", "Traurig", "Reaktionen auf diese Seite"],
  es: ["Reacciones", "Votar a favor", "Votar en contra", "Me gusta", "Añadir una reacción",
    "No se ha contado. Inténtalo de nuevo.",
    "Pulgar arriba", "Corazón", "Risa", "Hurra", "Pensativo", "Triste", "Reacciones a esta página"],
  fa: ["واکنش‌ها", "رأی موافق", "رأی مخالف", "پسندیدن", "افزودن واکنش", "شمرده نشد. لطفاً دوباره تلاش کنید.",
    "شست بالا", "قلب", "خنده", "هورا", "در فکر", "غمگین", "واکنش‌ها به این صفحه"],
  fr: ["Réactions", "Voter pour", "Voter contre", "J’aime", "Ajouter une réaction",
    "Cela n’a pas été compté. Veuillez réessayer.",
    "Pouce levé", "Cœur", "Rire", "Hourra", "Pensif", "Triste", "Réactions à cette page"],
  hy: ["Արձագանքներ", "Կողմ քվեարկել", "Դեմ քվեարկել", "Հավանել", "Ավելացնել արձագանք",
    "Չհաշվվեց։ Խնդրում ենք նորից փորձել։",
    "Բութ մատը վեր", "Սիրտ", "Ծիծաղ", "Ուռա", "Մտածող", "Տխուր", "Արձագանքներ այս էջին"],
  ru: ["Реакции", "Голосовать за", "Голосовать против", "Нравится", "Добавить реакцию",
    "Не засчитано. Попробуйте ещё раз.",
    "Палец вверх", "Сердце", "Смех", "Ура", "Задумчивость", "Грусть", "Реакции на эту страницу"],
  tr: ["Tepkiler", "Olumlu oy ver", "Olumsuz oy ver", "Beğen", "Tepki ekle", "Sayılmadı. Lütfen yeniden deneyin.",
    "Başparmak yukarı", "Kalp", "Gülme", "Yaşasın", "Düşünceli", "Üzgün", "Bu sayfaya tepkiler"],
  "zh-Hans": ["回应", "赞成", "反对", "喜欢", "添加回应", "未能计入，请重试。",
    "点赞", "爱心", "大笑", "欢呼", "思考", "难过", "对此页面的回应"],
};

const wordsIn = (lang) => WORDS[lang] ?? WORDS[lang.split("-")[0]] ?? WORDS.en;

function nameOf(reaction, words) {
  const fixed = ["up", "down", "heart"].indexOf(reaction);
  if (fixed >= 0) return words[fixed + 1];
  const known = EMOJI.indexOf(reaction.replaceAll("\ufe0f", ""));
  // Screen readers know the names of all others themselves.
  return known < 0 ? reaction : words[known + 6];
}

// Outlines in a box of 16, drawn in the colour of the words around them.
const SHAPES = {
  up: "M8 13V3.5M3.8 7.5 8 3.3l4.2 4.2",
  down: "M8 3v9.5M3.8 8.5 8 12.7l4.2-4.2",
  heart: "M8 13.3 3 8.4a3.1 3.1 0 0 1 4.4-4.5l.6.6.6-.6A3.1 3.1 0 0 1 13 8.4z",
  add: "M9.5 2.2a6 6 0 1 0 4.3 4.3M5.5 9.6a3 3 0 0 0 5 0M6 6.6h.01M10 6.6h.01M13 1v4M11 3h4",
};

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  [data-plugin="reactions"] { display: contents; }
  .rx, .rx-palette { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25em; }
  .rx[data-style="votes"] { gap: 0.5em; }
  .rx[hidden], .rx-palette[hidden], .rx button[hidden] { display: none; }
  .rx-palette { order: 1; flex-basis: 100%; padding-block: 0.25em; }
  .rx button, .rx-palette button {
    display: inline-flex; align-items: center; justify-content: center; gap: 0.35em;
    box-sizing: border-box; min-inline-size: max(24px, 2.15em); min-block-size: max(24px, 2.15em); padding: 0 0.4em; margin: 0;
    border: 1px solid transparent; border-radius: 99px; background: none; color: inherit; font: inherit;
    font-variant-numeric: tabular-nums; line-height: 1; cursor: pointer;
  }
  .rx[data-style="hearts"] button, .rx[data-style="votes"] button { padding-inline: 0; }
  /* As quiet as the other actions; not on emoji, which would fade with the colour of their text. */
  .rx:where([data-style="hearts"], [data-style="votes"]) button, .rx button:where(.rx-add) { color: var(--soft, inherit); }
  .rx[data-style="emoji"] button { padding-inline: 0.55em; border-color: var(--line, currentColor); }
  .rx[data-style="emoji"] .rx-add { padding: 0; border-color: transparent; }
  .rx-palette button { min-inline-size: max(32px, 2.75em); min-block-size: max(32px, 2.75em); padding: 0; }
  .rx button:hover, .rx [aria-pressed="true"] { color: var(--accent, currentColor); }
  .rx-palette button:hover, .rx[data-style="emoji"] button:hover { background: var(--wash, none); }
  .rx [aria-pressed="true"], .rx-palette [aria-pressed="true"] { font-weight: 650; }
  .rx[data-style="emoji"] [aria-pressed="true"], .rx-palette [aria-pressed="true"] {
    border-color: currentColor; background: color-mix(in srgb, var(--accent, currentColor) 10%, transparent);
  }
  .rx svg { inline-size: 1.15em; block-size: 1.15em; fill: none; stroke: currentColor; stroke-width: 1.4; stroke-linecap: round; stroke-linejoin: round; }
  .rx[data-style="hearts"] [aria-pressed="true"] svg { fill: currentColor; }
  .rx[data-style="votes"] [aria-pressed="true"] svg { stroke-width: 2.6; }
  .rx-emoji { font-size: 1.3em; line-height: 1; }
  .rx-palette .rx-emoji { font-size: 1.6em; }
  /* The page's own row: pills of one kind, whatever is given. */
  .rx-page { gap: 0.5em; margin-block: 0.25em 1.25em; font-family: var(--ui, inherit); font-size: 0.85em; line-height: 1.5; }
  .rx-page.rx-below { margin-block: 2em 0.5em; }
  .rx.rx-page button {
    min-inline-size: max(32px, 3em); min-block-size: max(32px, 2.4em); padding-inline: 0.8em;
    border-color: var(--line, currentColor); color: inherit;
  }
  .rx.rx-page button:hover { border-color: var(--edge, currentColor); background: var(--wash, none); }
  .rx.rx-page [aria-pressed="true"] {
    border-color: currentColor; background: color-mix(in srgb, var(--accent, currentColor) 10%, transparent); color: var(--accent, currentColor);
  }
  .rx-oops { color: var(--danger, currentColor); }
`);

// What is known of a comment, for all views of it on the page, also while one of them is drawn anew.
const subjects = new Map();
// What the page's storage would not take.
const memory = new Map();

function storageOf(props) {
  const name = `embedcomments:reactions:${props.server}|${props.site}`;
  const read = () => {
    try {
      return memory.get(name) ?? JSON.parse(localStorage.getItem(name)) ?? {};
    } catch {
      return {};
    }
  };
  return {
    read,
    mine: (id) => read().mine?.[id] ?? null,
    keep(id, reaction, voter) {
      const kept = read();
      const mine = { ...kept.mine };
      delete mine[id];
      if (reaction) mine[id] = reaction;
      // The oldest are forgotten; that reader only no longer sees which was theirs.
      const value = { voter: voter ?? kept.voter, mine: Object.fromEntries(Object.entries(mine).slice(-500)) };
      try {
        localStorage.setItem(name, JSON.stringify(value));
        memory.delete(name);
      } catch {
        memory.set(name, value); // a page may forbid storage; then it lasts as long as the page
      }
    },
  };
}

/** What a reaction is to: by this name it is kept, by these words the server knows it. */
const nameOfSubject = ({ comment, key }) => comment?.id ?? `page ${key}`;
const wordsFor = ({ comment, key }) => (comment ? { comment: comment.id } : { key });
const pathFor = ({ comment, site }) => `/p/reactions/${encodeURIComponent(site)}/${comment ? "react" : "page"}`;

function subjectOf(props) {
  const key = `${props.server}|${props.site}|${nameOfSubject(props)}`;
  let subject = subjects.get(key);
  if (!subject) {
    // `wanted` is what the reader chose last, `mine` what the server holds; they differ while it is being told.
    subject = { key, rev: -1, counts: {}, mine: null, wanted: null, busy: false, failed: false, views: new Set() };
    subjects.set(key, subject);
  }
  return subject;
}

/** Take what the server says of a comment, unless something newer is known. */
function learn(subject, rev = 0, counts) {
  if (rev < subject.rev) return;
  subject.rev = rev;
  subject.counts = counts ?? {};
}

/** How many to show: while the server is being told, what it will answer if all goes well. */
function shown(subject, reaction) {
  const count = subject.counts[reaction] ?? 0;
  const isWanted = subject.wanted === reaction ? 1 : 0;
  return Math.max(isWanted, count + isWanted - (subject.mine === reaction));
}

const draw = (subject) => subject.views.forEach((view) => view());

async function choose(subject, reaction, props, api) {
  subject.wanted = subject.wanted === reaction ? null : reaction;
  subject.failed = false;
  if (subject.busy) return draw(subject);
  subject.busy = true;
  draw(subject);
  const storage = storageOf(props);
  // What arrives by the feed meanwhile may hold this reaction already, so it waits until the answer is here.
  while (subject.wanted !== subject.mine) {
    const wanted = subject.wanted;
    const { voter } = storage.read();
    const body = { ...wordsFor(props), reaction: wanted, ...(voter && { voter }) };
    try {
      const answer = await api.request(pathFor(props), { method: "POST", body });
      subject.mine = answer.reaction;
      storage.keep(nameOfSubject(props), answer.reaction, answer.voter);
      learn(subject, answer.rev, answer.counts);
    } catch {
      subject.wanted = subject.mine;
      subject.failed = true;
      api.announce(wordsIn(props.lang)[5]);
    }
  }
  subject.busy = false;
  if (subject.later) learn(subject, ...subject.later);
  subject.later = undefined;
  draw(subject);
  if (!subject.views.size) subjects.delete(subject.key);
}

function icon(shape) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", SHAPES[shape]);
  svg.append(path);
  return svg;
}

function make(tag, className, ...inside) {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...inside);
  return element;
}

function reactionButton(reaction) {
  const face = SHAPES[reaction] ? icon(reaction) : make("span", "rx-emoji", reaction);
  const count = make("span", "rx-count");
  const button = make("button", "", face, count);
  button.type = "button";
  button.dataset.reaction = reaction;
  for (const part of [face, count]) part.setAttribute("aria-hidden", "true");
  return { button, count };
}

function group(className, label) {
  const element = make("div", className);
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", label);
  return element;
}

/** The palette below the actions, one row that a keyboard walks with its arrows. */
function makePalette(reactions, words, pick) {
  const palette = group("rx-palette", words[4]);
  palette.hidden = true;
  const add = make("button", "rx-add", icon("add"));
  add.type = "button";
  add.setAttribute("aria-label", words[4]);
  const open = (isOpen) => {
    palette.hidden = !isOpen;
    add.setAttribute("aria-expanded", String(isOpen));
  };
  open(false);
  const close = () => {
    open(false);
    add.focus();
  };
  const buttons = reactions.map((reaction) => {
    const { button } = reactionButton(reaction);
    button.setAttribute("aria-label", nameOf(reaction, words));
    button.title = nameOf(reaction, words);
    button.addEventListener("click", () => {
      close();
      pick(reaction);
    });
    return button;
  });
  palette.append(...buttons);
  add.addEventListener("click", () => {
    open(palette.hidden);
    if (!palette.hidden) (buttons.find((button) => button.getAttribute("aria-pressed") === "true") ?? buttons[0]).focus();
  });
  // Some browsers do not focus a button that is clicked; without this the palette would close under the pointer.
  palette.addEventListener("mousedown", (event) => event.preventDefault());
  palette.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget !== add && !palette.contains(relatedTarget)) open(false);
  });
  palette.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(event.target);
    const onward = getComputedStyle(palette).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const back = onward === "ArrowLeft" ? "ArrowRight" : "ArrowLeft";
    const to = { [onward]: at + 1, [back]: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (event.key === "Escape") close();
    else if (to === undefined || at < 0) return;
    else buttons.at(to % buttons.length).focus();
    event.preventDefault();
    event.stopPropagation();
  });
  return { add, palette, buttons };
}

function fill(element, props, api) {
  return props.comment?.state === "published" && props.config ? drawRow(element, props, api) : undefined;
}

/** The page's row, where the site wants it. It comes and goes with the setting, and without moving what one reads. */
const fillPage = (place) => (element, props, api) => {
  if (props.config?.page_row !== place) return undefined;
  const handle = drawRow(element, props, api, place);
  // A thread that nobody wrote in yet says nothing of its page.
  if (!props.data) {
    api.request(`${pathFor(props)}?key=${encodeURIComponent(props.key)}`).then(
      (data) => handle.update({ ...props, data }),
      () => handle.remove(),
    );
  }
  // Nothing is said of a page whose thread was hidden. Another choice of the site stands there with the next page.
  const update = (next) => (next.config?.page_row === place ? next.data && handle.update(next) : handle.remove());
  return { update, remove: handle.remove };
};

function drawRow(element, props, api, place) {
  const { style, emoji, downvotes } = props.config;
  const root = element.getRootNode();
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  const words = wordsIn(props.lang);
  const numbers = new Intl.NumberFormat(props.lang);
  const reactions = style === "emoji" ? emoji : style === "votes" ? (downvotes ? ["up", "down"] : ["up"]) : ["heart"];
  const subject = subjectOf(props);
  const box = group(place ? `rx rx-page rx-${place}` : "rx", words[place ? 12 : 0]);
  box.dataset.style = style;
  const pick = (reaction) => void choose(subject, reaction, props, api);
  const made = reactions.map((reaction) => ({ reaction, ...reactionButton(reaction) }));
  for (const { reaction, button, count } of made) {
    button.addEventListener("click", () => pick(reaction));
    if (place && style !== "emoji") count.before(nameOf(reaction, words), " ");
  }
  // In the page's row all emoji stand side by side.
  const more = style === "emoji" && !place ? makePalette(reactions, words, pick) : undefined;
  const oops = make("span", "rx-oops");
  box.append(...made.map(({ button }) => button));
  if (more) box.append(more.add);
  element.append(box);
  if (more) element.append(more.palette);

  const view = () => {
    for (const [place, { reaction, button, count }] of made.entries()) {
      const people = shown(subject, reaction);
      const isMine = String(subject.wanted === reaction);
      const name = nameOf(reaction, words);
      count.textContent = people ? numbers.format(people) : "";
      count.hidden = !people;
      button.setAttribute("aria-pressed", isMine);
      button.setAttribute("aria-label", people ? `${name}, ${numbers.format(people)}` : name);
      button.title = name;
      if (!more) continue;
      if (!people && root.activeElement === button) more.add.focus();
      button.hidden = !people;
      more.buttons[place].setAttribute("aria-pressed", isMine);
    }
    // Screen readers hear it by api.announce.
    oops.textContent = subject.failed ? words[5] : "";
    oops.setAttribute("aria-hidden", "true");
    if (subject.failed) box.append(oops);
    else oops.remove();
  };
  const update = ({ comment, data }) => {
    if (subject.busy) subject.later = [comment?.rev, data?.counts];
    else {
      learn(subject, comment?.rev, data?.counts);
      // Another tab of the reader may have changed it.
      subject.mine = subject.wanted = storageOf(props).mine(nameOfSubject(props));
    }
    draw(subject);
  };
  subject.views.add(view);
  update(props);
  const remove = () => {
    subject.views.delete(view);
    if (!subject.views.size && !subject.busy) subjects.delete(subject.key);
    box.remove();
    more?.palette.remove();
  };
  // A widget that knows `update` keeps the buttons, and with them the reader's focus, when the comment changes.
  return Object.assign(remove, { update, remove });
}

window.embedcomments.extend({ name: "reactions", api: 1, slots: { "comment.footer": fill, "thread.header": fillPage("above"), "thread.footer": fillPage("below") } });
