// The widget's part of the moderation plugin, loaded when a reader opens the menu of a comment, or with threads whose
// writers are asked to verify their e-mail address: report a comment, mute its
// writer on this device, and for moderators links to the desk. The links grant nothing: the desk asks who comes.

// In the order: report, mute, unmute, moderate, moderate the discussion, hide these links, what is wrong, the five
// reasons, the reader's own words, send, cancel, thanks, not sent, say what, muted, show.
const REASONS = ["spam", "abuse", "personal", "offtopic", "other"];
const WORDS = {
  en: ["Report", "Mute {name}", "Unmute {name}", "Moderate", "Moderate this discussion", "Hide this link",
    "What is wrong with this comment?",
    "Spam or advertising", "Insult or harassment", "Personal data", "Off topic", "Something else",
    "In your own words", "Send report", "Cancel", "Thank you. A moderator will look at it.",
    "The report was not sent. Please try again.", "Say in a few words what is wrong.", "You muted {name}.", "Show"],
  de: ["Melden", "{name} stummschalten", "{name} nicht mehr stummschalten", "Moderieren", "Diese Diskussion moderieren",
    "Diesen Link ausblenden", "Was stimmt an diesem Kommentar nicht?",
    "Spam oder Werbung", "Beleidigung oder Belästigung", "Persönliche Daten", "Gehört nicht zum Thema", "Etwas anderes",
    "Mit eigenen Worten", "Meldung senden", "Abbrechen", "Danke. Die Moderation sieht es sich an.",
    "Die Meldung wurde nicht gesendet. Bitte noch einmal versuchen.", "Sagen Sie kurz, was nicht stimmt.",
    "Sie haben {name} stummgeschaltet.", "Anzeigen"],
  es: ["Denunciar", "Silenciar a {name}", "Dejar de silenciar a {name}", "Moderar", "Moderar esta discusión",
    "Ocultar este enlace", "¿Qué problema hay con este comentario?",
    "Spam o publicidad", "Insulto o acoso", "Datos personales", "Fuera de tema", "Otra cosa",
    "Con sus palabras", "Enviar denuncia", "Cancelar", "Gracias. Un moderador lo revisará.",
    "La denuncia no se envió. Inténtelo de nuevo.", "Diga brevemente qué ocurre.", "Ha silenciado a {name}.", "Mostrar"],
  fa: ["گزارش", "بی‌صدا کردن {name}", "لغو بی‌صدایی {name}", "نظارت", "نظارت بر این گفتگو", "پنهان کردن این پیوند",
    "این دیدگاه چه اشکالی دارد؟",
    "هرزنامه یا تبلیغ", "توهین یا آزار", "اطلاعات شخصی", "بی‌ربط به موضوع", "چیز دیگر",
    "به زبان خودتان", "فرستادن گزارش", "انصراف", "سپاس. یک ناظر آن را بررسی می‌کند.",
    "گزارش فرستاده نشد. لطفاً دوباره تلاش کنید.", "کوتاه بگویید اشکال چیست.", "شما {name} را بی‌صدا کرده‌اید.", "نمایش"],
  fr: ["Signaler", "Masquer {name}", "Ne plus masquer {name}", "Modérer", "Modérer cette discussion", "Masquer ce lien",
    "Quel est le problème avec ce commentaire ?",
    "Spam ou publicité", "Insulte ou harcèlement", "Données personnelles", "Hors sujet", "Autre chose",
    "Avec vos mots", "Envoyer le signalement", "Annuler", "Merci. La modération va l’examiner.",
    "Le signalement n’a pas été envoyé. Veuillez réessayer.", "Dites en quelques mots ce qui ne va pas.",
    "Vous avez masqué {name}.", "Afficher"],
  hy: ["Բողոքել", "Լռեցնել {name}-ին", "Այլևս չլռեցնել {name}-ին", "Մոդերացնել", "Մոդերացնել այս քննարկումը",
    "Թաքցնել այս հղումը", "Ի՞նչն է սխալ այս մեկնաբանության մեջ",
    "Սպամ կամ գովազդ", "Վիրավորանք կամ հետապնդում", "Անձնական տվյալներ", "Թեմայից դուրս", "Այլ բան",
    "Ձեր խոսքերով", "Ուղարկել բողոքը", "Չեղարկել", "Շնորհակալություն։ Մոդերատորը կնայի։",
    "Բողոքը չուղարկվեց։ Խնդրում ենք նորից փորձել։", "Մի քանի բառով ասեք՝ ինչն է սխալ։", "Դուք լռեցրել եք {name}-ին։",
    "Ցույց տալ"],
  ru: ["Пожаловаться", "Скрыть автора {name}", "Больше не скрывать автора {name}", "Модерировать",
    "Модерировать это обсуждение", "Скрыть эту ссылку", "Что не так с этим комментарием?",
    "Спам или реклама", "Оскорбление или травля", "Личные данные", "Не по теме", "Другое",
    "Своими словами", "Отправить жалобу", "Отмена", "Спасибо. Модератор посмотрит.",
    "Жалоба не отправлена. Попробуйте ещё раз.", "Скажите в двух словах, что не так.", "Вы скрыли автора {name}.",
    "Показать"],
  tr: ["Bildir", "{name} kişisini sessize al", "{name} kişisinin sesini aç", "Yönet", "Bu tartışmayı yönet",
    "Bu bağlantıyı gizle", "Bu yorumda yanlış olan nedir?",
    "Spam veya reklam", "Hakaret veya taciz", "Kişisel veriler", "Konu dışı", "Başka bir şey",
    "Kendi sözlerinizle", "Bildirimi gönder", "Vazgeç", "Teşekkürler. Bir yönetici inceleyecek.",
    "Bildirim gönderilemedi. Lütfen yeniden deneyin.", "Neyin yanlış olduğunu kısaca yazın.",
    "{name} kişisini sessize aldınız.", "Göster"],
  "zh-Hans": ["举报", "屏蔽 {name}", "取消屏蔽 {name}", "管理", "管理此讨论", "隐藏此链接", "这条评论有什么问题？",
    "垃圾信息或广告", "侮辱或骚扰", "个人信息", "偏离主题", "其他",
    "请用自己的话说明", "提交举报", "取消", "谢谢，管理员会查看。", "举报未能提交，请重试。", "请简单说明问题。",
    "你已屏蔽 {name}。", "显示"],
};
const [REPORT, MUTE, UNMUTE, MODERATE, MODERATE_ALL, HIDE_LINKS, ASK, FIRST_REASON] = [0, 1, 2, 3, 4, 5, 6, 7];
const [OWN_WORDS, SEND, CANCEL, THANKS, FAILED, SAY, MUTED, SHOW] = [12, 13, 14, 15, 16, 17, 18, 19];

// Beside one's own comment that waits for a proof of the e-mail address.
const VERIFY = {
  en: "We sent a link to your e-mail address. Open it and press the button, and your comment appears.",
  de: "Wir haben einen Link an Ihre E-Mail-Adresse geschickt. Öffnen Sie ihn und drücken Sie den Knopf, dann erscheint Ihr Kommentar.",
  es: "Hemos enviado un enlace a su dirección de correo. Ábralo y pulse el botón, y su comentario aparecerá.",
  fa: "پیوندی به نشانی رایانامهٔ شما فرستادیم. آن را باز کنید و دکمه را بزنید تا دیدگاهتان منتشر شود.",
  fr: "Nous avons envoyé un lien à votre adresse e-mail. Ouvrez-le et appuyez sur le bouton : votre commentaire paraîtra.",
  hy: "Ձեր էլ․ հասցեին հղում ուղարկեցինք։ Բացեք այն և սեղմեք կոճակը, ու մեկնաբանությունը կհրապարակվի։",
  ru: "Мы отправили ссылку на ваш адрес почты. Откройте её и нажмите кнопку — комментарий появится.",
  tr: "E-posta adresinize bir bağlantı gönderdik. Açıp düğmeye basınca yorumunuz görünür.",
  "zh-Hans": "我们已向你的电子邮件地址发送链接。打开链接并按下按钮，你的评论就会发布。",
};

const wordsIn = (lang) => {
  const words = WORDS[lang] ?? WORDS[lang.split("-")[0]] ?? WORDS.en;
  return (which) => words[which];
};

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  .menu [data-plugin="moderation"] { display: grid; grid-template-columns: minmax(0, 1fr); }
  .menu [data-plugin="moderation"] :is(.mod-entry, .mod-send) {
    display: flex; align-items: center; min-block-size: max(32px, 2.25rem); padding: 0.3rem 0.6rem; margin: 0; border: 0;
    border-radius: calc(var(--radius) * 0.6); background: none; color: inherit; font: inherit; text-align: start;
    text-decoration: none; cursor: pointer;
  }
  .menu .mod-entry:hover { background: var(--wash, color-mix(in srgb, currentColor 8%, transparent)); }
  .menu .mod-entry bdi { overflow: hidden; text-overflow: ellipsis; max-inline-size: 12rem; white-space: nowrap; }
  .mod-form { box-sizing: border-box; display: grid; gap: 0.25rem; inline-size: 19rem; max-inline-size: 100%; padding: 0.35rem 0.6rem; }
  .mod-form fieldset { display: grid; margin: 0; padding: 0; border: 0; min-inline-size: 0; }
  .mod-form legend { padding: 0; font-weight: 650; margin-block-end: 0.25rem; }
  .mod-form label { display: flex; align-items: center; gap: 0.55rem; min-block-size: max(28px, 2rem); cursor: pointer; }
  .mod-form input { flex: none; margin: 0; inline-size: 1.1rem; block-size: 1.1rem; accent-color: var(--accent); }
  .mod-form textarea {
    box-sizing: border-box; inline-size: 100%; min-block-size: 4.5rem; padding: 0.4rem 0.5rem; margin-block: 0.2rem 0.3rem;
    border: 1px solid var(--edge, currentColor); border-radius: calc(var(--radius) * 0.6); background: none; color: inherit; font: inherit; resize: vertical;
  }
  .mod-form .mod-label { display: block; min-block-size: 0; color: var(--soft); }
  .mod-form .mod-row { display: flex; flex-wrap: wrap; gap: 0.4rem; }
  .menu [data-plugin="moderation"] .mod-send { border: 1px solid transparent; background: var(--accent); color: var(--ec-on-accent, Canvas); font-weight: 600; padding-inline: 0.9rem; }
  .mod-oops { margin: 0; color: var(--danger); }
  .mod-done { margin: 0; padding: 0.5rem 0.6rem; max-inline-size: 17rem; }
  [data-muted] > :is(.body, .actions) { display: none; }
  .mod-verify { margin: 0.35rem 0 0; padding-inline-start: 0.7rem; border-inline-start: 3px solid var(--accent); font-size: 0.9375rem; }
  .mod-muted { margin: 0.15rem 0 0; color: var(--soft); font-size: 0.875rem; }
  .mod-muted button, .mod-desk button { min-block-size: max(24px, 1.75rem); padding: 0 0.3rem; border: 0; background: none; color: var(--accent); font: inherit; text-decoration: underline; cursor: pointer; }
  .mod-desk { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 0.75rem; margin: 0; padding-block: 0.75rem; font-size: 0.875rem; }
  .mod-desk button { color: var(--soft); }
  .mod-desk a { display: inline-flex; align-items: center; min-block-size: max(24px, 1.75rem); color: var(--accent); }
`);

const dress = (element) => {
  const root = element.getRootNode();
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
};

const views = new Set();

// What this reader chose, kept on their device alone: nothing of it is sent.
const KEY = "embedcomments:moderation";
let memory;
function read() {
  try {
    return memory ?? JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return memory ?? {};
  }
}
function write(kept) {
  try {
    if (kept.moderate || kept.muted?.length) localStorage.setItem(KEY, JSON.stringify(kept));
    else localStorage.removeItem(KEY); // then the module waits again until somebody opens a menu
    memory = undefined;
  } catch {
    memory = kept; // a page may forbid storage; then it lasts as long as the page
  }
  views.forEach((draw) => draw());
}

// The desk opens the page with one of these to show its links on this device, or to hide them.
if (location.hash === "#embedcomments-moderation") write({ ...read(), moderate: true });
if (location.hash === "#embedcomments-moderation-off") write({ ...read(), moderate: false });

addEventListener("storage", ({ key }) => key === KEY && views.forEach((draw) => draw()));

// The site is part of the name: who is muted here is not muted there. By name and not by writer: a public mark of each
// writer, even one for a single thread, would tell all readers which differently signed comments are by one person, and
// that is for moderators alone to know.
const mark = ({ server, site }, name) => `${server}|${site}|${name.trim().toLowerCase()}`;
const isMuted = (props) => !!props.comment.author?.name && (read().muted ?? []).includes(mark(props, props.comment.author.name));
function mute(props, isOn) {
  const name = mark(props, props.comment.author.name);
  const others = (read().muted ?? []).filter((one) => one !== name);
  write({ ...read(), muted: isOn ? [...others, name].slice(-500) : others });
}

const make = (tag, values = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), values);
  element.append(...children);
  return element;
};
const named = (sentence, name) => {
  const [before, after] = sentence.split("{name}");
  return [before, make("bdi", {}, name), after];
};
const deskOf = ({ server, site }, rest) => `${server}/admin/${encodeURIComponent(site)}/moderation/${rest}`;
const newTab = { target: "_blank", rel: "noopener noreferrer" };

/** Fill, and draw anew whenever what the reader chose changes. */
function living(draw) {
  return (element, first, api) => {
    let props = first;
    const show = () => draw(element, props, api);
    dress(element);
    views.add(show);
    show();
    return {
      update(next) {
        props = next;
        show();
      },
      remove: () => views.delete(show),
    };
  };
}

function fillMenu(element, props, api) {
  const words = wordsIn(props.lang);
  const name = props.comment.author?.name ?? "";
  if (element.querySelector("form, .mod-done")) return; // the reader is in the middle of it
  const close = () => {
    const menu = element.closest("details");
    menu.open = false;
    menu.querySelector("summary").focus();
  };
  const entry = (label, onclick) => make("button", { type: "button", className: "mod-entry", onclick }, ...label);
  const entries = [];
  if (props.config?.reports !== false && props.comment.state === "published") {
    entries.push(entry([words(REPORT)], () => ask(element, props, api, close)));
  }
  if (name) {
    const muted = isMuted(props);
    entries.push(
      entry(named(words(muted ? UNMUTE : MUTE), name), () => {
        close();
        mute(props, !muted);
      }),
    );
  }
  if (read().moderate) {
    const href = deskOf(props, `at?comment=${encodeURIComponent(props.comment.id)}`);
    entries.push(make("a", { className: "mod-entry", href, ...newTab }, words(MODERATE)));
  }
  element.replaceChildren(...entries);
}

function ask(element, props, api, close) {
  const words = wordsIn(props.lang);
  const own = `mod-words-${props.comment.id}`;
  const choices = REASONS.map((reason, at) =>
    make("label", {}, make("input", { type: "radio", name: "reason", value: reason, required: true }), words(FIRST_REASON + at)),
  );
  const textarea = make("textarea", { id: own, maxLength: 500, dir: "auto" });
  const oops = make("p", { className: "mod-oops" });
  oops.setAttribute("role", "alert");
  const send = make("button", { type: "submit", className: "mod-send" }, words(SEND));
  const back = () => {
    element.replaceChildren();
    fillMenu(element, props, api);
    close();
  };
  const cancel = make("button", { type: "button", className: "mod-entry", onclick: back }, words(CANCEL));
  const form = make(
    "form", { className: "mod-form" },
    make("fieldset", {}, make("legend", {}, words(ASK)), ...choices),
    make("label", { className: "mod-label", htmlFor: own }, words(OWN_WORDS)),
    textarea, oops, make("div", { className: "mod-row" }, send, cancel),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const reason = form.elements.reason.value;
    const said = textarea.value.trim();
    if (reason === "other" && !said) {
      oops.textContent = words(SAY);
      textarea.focus();
      return;
    }
    if (send.getAttribute("aria-disabled")) return;
    send.setAttribute("aria-disabled", "true");
    oops.textContent = "";
    try {
      const body = { comment: props.comment.id, reason, words: said };
      await api.request(`/p/moderation/${encodeURIComponent(props.site)}/report`, { method: "POST", body });
    } catch (error) {
      oops.textContent = error?.code === "rate_limited" && error.detail ? error.detail : words(FAILED);
      send.removeAttribute("aria-disabled");
      return;
    }
    const done = make("p", { className: "mod-done", tabIndex: -1 }, words(THANKS));
    element.replaceChildren(done);
    done.focus();
    api.announce(words(THANKS));
    // It may be gone by now: this report was one too many.
    element.closest("details")?.addEventListener("toggle", () => {
      element.replaceChildren();
      fillMenu(element, props, api);
    }, { once: true });
  });
  element.replaceChildren(form);
  form.querySelector("input").focus();
}

const shownAnyway = new Set();

function fillMuted(element, props) {
  const article = element.closest("article");
  const folded = isMuted(props) && !shownAnyway.has(props.comment.id);
  article?.toggleAttribute("data-muted", folded);
  if (!folded) return element.replaceChildren();
  const words = wordsIn(props.lang);
  const name = props.comment.author.name;
  const show = () => {
    shownAnyway.add(props.comment.id);
    fillMuted(element, props);
    article.focus();
  };
  const button = make("button", { type: "button", onclick: show }, words(SHOW));
  element.replaceChildren(make("p", { className: "mod-muted" }, ...named(words(MUTED), name), " ", button));
}

/** Under the words of a comment: that its writer is muted here, or that its own writer has mail. */
function fillBelow(element, props) {
  if (!props.data?.verify || props.comment.state !== "held") return fillMuted(element, props);
  const sentence = VERIFY[props.lang] ?? VERIFY[props.lang.split("-")[0]] ?? VERIFY.en;
  element.replaceChildren(make("p", { className: "mod-verify" }, sentence));
}

function fillThread(element, props) {
  if (!read().moderate) return element.replaceChildren();
  const words = wordsIn(props.lang);
  const href = deskOf(props, `?state=published&q=${encodeURIComponent(props.key)}`);
  const hide = make("button", { type: "button", onclick: () => write({ ...read(), moderate: false }) }, words(HIDE_LINKS));
  element.replaceChildren(make("p", { className: "mod-desk" }, make("a", { href, ...newTab }, words(MODERATE_ALL)), hide));
}

window.embedcomments.extend({
  name: "moderation", api: 1,
  slots: {
    "comment.menu": living(fillMenu),
    "comment.body.after": living(fillBelow),
    "thread.footer": living(fillThread),
  },
});
