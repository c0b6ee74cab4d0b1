// The widget's part of the spam plugin: a field that people never meet, and a stamp of when the form
// was first used. It makes no request before the form is used and keeps nothing.

const FIELD = "embedcomments-website";
// The server believes a stamp for 24 hours; a tab that stands open longer gets a new one in time.
const FRESH_MS = 20 * 60 * 60 * 1000;

const stamps = new Map();

function stampOf(props, api) {
  const kept = stamps.get(props.site);
  if (kept && Date.now() - kept.at < FRESH_MS) return;
  const promise = api
    .request(`/p/spam/${encodeURIComponent(props.site)}/stamp`)
    .then((answer) => answer.stamp)
    // Without a stamp the server decides; the writer must not be stopped by a lost request.
    .catch(() => {
      stamps.delete(props.site);
      return undefined;
    });
  stamps.set(props.site, { at: Date.now(), promise });
}

window.embedcomments.extend({
  name: "spam",
  api: 1,
  slots: {
    "form.fields": (element, props, api) => {
      if (props.editing) return undefined;
      stampOf(props, api);
      const field = document.createElement("input");
      field.type = "text";
      field.name = FIELD;
      field.tabIndex = -1;
      field.setAttribute("aria-hidden", "true");
      field.setAttribute("aria-label", "Leave this empty");
      field.autocomplete = "off";
      // Password managers fill what looks like part of a profile; these are the words they heed.
      for (const name of ["data-1p-ignore", "data-lpignore", "data-bwignore"]) field.setAttribute(name, "true");
      field.setAttribute("data-form-type", "other");
      // `hidden` keeps it from sight, from screen readers, from the tab order and from autofill.
      // The property is set through the CSSOM too, which a strict policy allows, in case a page's theme shows hidden things.
      element.hidden = true;
      element.style.setProperty("display", "none", "important");
      element.append(field);
      return () => field.remove();
    },
  },
  async beforeSubmit(draft) {
    const field = draft.form.querySelector(`input[name="${FIELD}"]`);
    const extensions = {};
    if (field && field.value) extensions.website = field.value;
    const stamp = await stamps.get(draft.site)?.promise;
    if (stamp) extensions.stamp = stamp;
    return { extensions };
  },
});
