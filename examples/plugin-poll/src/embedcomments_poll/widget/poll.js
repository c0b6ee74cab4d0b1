// The widget's part of the poll: the question above the thread, a button for each answer, and a bar for its votes.

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  .poll { margin: 0 0 1.5em; padding: 0; border: 0; min-inline-size: 0; font-family: var(--ui, inherit); font-size: 0.9em; }
  .poll legend { padding: 0; margin-block-end: 0.5em; font-weight: 600; }
  .poll button {
    position: relative; display: flex; justify-content: space-between; gap: 1em; inline-size: 100%; min-block-size: 2.5em;
    margin-block-end: 0.35em; padding: 0.4em 0.8em; border: 1px solid var(--edge, currentColor); border-radius: var(--radius, 0.5em);
    overflow: hidden; background: none; color: inherit; font: inherit; text-align: start; cursor: pointer;
  }
  .poll button[aria-disabled="true"] { cursor: default; }
  .poll button[aria-pressed="true"] { border-color: var(--accent, currentColor); font-weight: 600; }
  .poll button:focus-visible { outline: 2px solid var(--accent, currentColor); outline-offset: 2px; }
  .poll .share { position: absolute; inset-block: 0; inset-inline-start: 0; background: var(--accent, currentColor); opacity: 0.12; }
  .poll .votes { font-variant-numeric: tabular-nums; }
  .poll p { margin: 0; min-block-size: 1.5em; color: var(--soft, inherit); }
`);

const sum = (results) => Object.values(results).reduce((a, b) => a + b, 0);
const make = (name, properties = {}) => Object.assign(document.createElement(name), properties);

/** Draw one poll, and answer with what brings newer results into it. */
function drawPoll(element, props, api) {
  const { server, site, key, config } = props;
  const root = element.getRootNode();
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
  let results = props.data ?? {};
  let chosen;

  const form = make("fieldset", { className: "poll" });
  const note = make("p", { role: "status" });
  const rows = config.answers.map((answer) => {
    const row = make("button", { type: "button", onclick: () => void vote(answer) });
    const share = make("span", { className: "share" });
    const votes = make("span", { className: "votes" });
    row.append(share, make("bdi", { textContent: answer }), votes);
    return { answer, row, share, votes };
  });
  form.append(make("legend", { textContent: config.question, dir: "auto" }), ...rows.map(({ row }) => row), note);
  element.replaceChildren(form);

  function draw() {
    const all = sum(results);
    const number = new Intl.NumberFormat(props.lang);
    for (const { answer, row, share, votes } of rows) {
      const n = results[answer] ?? 0;
      // Through the CSSOM, which a page's Content-Security-Policy does not concern.
      share.style.inlineSize = `${all ? (100 * n) / all : 0}%`;
      votes.textContent = number.format(n);
      row.setAttribute("aria-pressed", String(answer === chosen));
      row.setAttribute("aria-disabled", String(chosen !== undefined));
    }
  }

  // Votes are only ever added, so of two copies the one with more of them is newer.
  function take(found) {
    if (sum(found) >= sum(results)) results = found;
    draw();
  }

  async function vote(answer) {
    if (chosen !== undefined) return;
    chosen = answer;
    draw();
    try {
      const { counted, results: found } = await api.request(`/p/poll/${encodeURIComponent(site)}/vote`, { method: "POST", body: { key, answer } });
      if (!counted) chosen = null;
      note.textContent = counted ? "Your vote is counted." : "A vote from your address was counted before.";
      take(found);
    } catch (error) {
      chosen = undefined;
      note.textContent = error.detail || "Your vote was not counted. Please try again.";
      draw();
    }
  }

  draw();
  // What came with the thread is as old as the thread's last change, and a vote is no change of the thread.
  api.request(`/p/poll/${encodeURIComponent(site)}/results?key=${encodeURIComponent(key)}`).then(
    (answer) => take(answer.results),
    (error) => console.warn(`poll: ${server} did not tell the results`, error),
  );

  return take;
}

/** The slot: an update keeps what stands there, unless the site asks something else. */
function fill(element, props, api) {
  let asked;
  let take;
  const update = (next) => {
    const asks = JSON.stringify(next.config);
    if (asks === asked) {
      if (next.data) take?.(next.data);
      return;
    }
    asked = asks;
    element.replaceChildren();
    take = next.config?.question ? drawPoll(element, next, api) : undefined;
  };
  update(props);
  return { update };
}

window.embedcomments.extend({ name: "poll", api: 1, slots: { "thread.header": fill } });
