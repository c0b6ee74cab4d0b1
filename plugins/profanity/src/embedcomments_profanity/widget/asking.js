// The widget's part of the profanity plugin: while somebody writes, the server says what it will not show as it is, and
// asks once more where the site wishes it. It knows no words itself, and asks in pauses of writing.

const PAUSE_MS = 1200;
const SHORTEST = 3;

const forms = new WeakMap();

/** What the server says of a text; the same text is not asked about twice. */
function ask(state, text) {
  if (state.asked?.text !== text) {
    const answer = text.trim().length < SHORTEST
      ? Promise.resolve({})
      : state.api.request(`/p/profanity/${encodeURIComponent(state.site)}/look`, { method: "POST", body: { text, lang: state.lang } });
    const asked = { text, answer };
    // A lost answer stops nobody from writing; the next pause asks again.
    answer.catch(() => state.asked === asked && (state.asked = undefined));
    state.asked = asked;
  }
  return state.asked.answer;
}

window.embedcomments.extend({
  name: "profanity",
  api: 1,
  slots: {
    "form.fields": (element, props, api) => {
      const note = document.createElement("p");
      note.setAttribute("role", "status");
      note.setAttribute("part", "profanity-note");
      for (const [name, value] of [["margin", "0"], ["font", "inherit"], ["font-size", "0.875em"], ["color", "var(--soft)"]]) {
        note.style.setProperty(name, value);
      }
      element.append(note);
      const state = { api, site: props.site, lang: props.lang };
      let timer;
      let gone = false;
      const written = ({ target }) => {
        if (!(target instanceof HTMLTextAreaElement)) return;
        const { value } = target;
        clearTimeout(timer);
        timer = setTimeout(async () => {
          const { note: said, ask: question } = await ask(state, value).catch(() => ({}));
          if (gone || target.value !== value) return;
          const words = [said, question && !said ? question : ""].filter(Boolean).join(" ");
          if (note.textContent !== words) note.textContent = words;
        }, PAUSE_MS);
      };
      let form;
      // The element is put into the form after this.
      const frame = requestAnimationFrame(() => {
        form = element.closest("form");
        if (!form) return;
        forms.set(form, state);
        form.addEventListener("input", written);
        // What was written before this part was here.
        written({ target: form.querySelector("textarea") });
      });
      return () => {
        gone = true;
        clearTimeout(timer);
        cancelAnimationFrame(frame);
        form?.removeEventListener("input", written);
      };
    },
  },
  async beforeSubmit(draft) {
    const state = forms.get(draft.form);
    if (!state) return undefined;
    const { ask: question } = await ask(state, draft.text).catch(() => ({}));
    if (!question || state.confirmed === draft.text) return undefined;
    state.confirmed = draft.text;
    return { error: question };
  },
});
