// The widget's part of the spam plugin: a field that people never meet, a stamp of when the form was first used, and
// a proof of work. It makes no request before the form is used and keeps nothing.

const FIELD = "embedcomments-website";
// The server believes a proof for two hours and a stamp for a day; a tab that stands open longer gets new ones in time.
const FRESH_MS = 100 * 60 * 1000;
// Computing stops so often for what the page has to do. There is no worker: one from here would be against the policy
// of strict pages, and SHA-256 of a few bytes is as quick between two frames.
const SLICE_MS = 8;
const NONCES_AT_ONCE = 64;
// The widget waits three seconds for us; without a proof a comment is sent all the same.
const PATIENCE_MS = 2500;
// The same words sent again, because the answer was lost, are the same request: with other proofs they would be another
// comment to the server.
const AGAIN_MS = 10 * 60 * 1000;

const states = new Map();

// SHA-256 (FIPS 180-4), since crypto.subtle is not there on pages without TLS, and slower for so little.
const fractions = (root) => {
  const found = [];
  for (let n = 2; found.length < 64; n++) {
    let isPrime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) isPrime = false;
    if (isPrime) found.push(((n ** (1 / root)) % 1) * 2 ** 32 | 0);
  }
  return found;
};
const K = Int32Array.from(fractions(3));
const START = Int32Array.from(fractions(2).slice(0, 8));

const words = new Int32Array(64);
const state = new Int32Array(8);

/** The SHA-256 of a message that was padded into `bytes`, left in `state`. */
function hash(bytes) {
  state.set(START);
  for (let block = 0; block < bytes.length; block += 64) {
    for (let i = 0, at = block; i < 16; i++, at += 4) {
      words[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    }
    for (let i = 16; i < 64; i++) {
      const a = words[i - 15];
      const b = words[i - 2];
      const s0 = ((a >>> 7) | (a << 25)) ^ ((a >>> 18) | (a << 14)) ^ (a >>> 3);
      const s1 = ((b >>> 17) | (b << 15)) ^ ((b >>> 19) | (b << 13)) ^ (b >>> 10);
      words[i] = (words[i - 16] + s0 + words[i - 7] + s1) | 0;
    }
    let a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
    for (let i = 0; i < 64; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + words[i]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
    }
    state[0] += a; state[1] += b; state[2] += c; state[3] += d; state[4] += e; state[5] += f; state[6] += g; state[7] += h;
  }
}

/** A message of `length` bytes in blocks of 64, with the end that SHA-256 wants; of less than 8 KB. */
function padded(length) {
  const bytes = new Uint8Array(((length + 9 + 63) >> 6) << 6);
  bytes[length] = 128;
  bytes[bytes.length - 1] = length * 8;
  bytes[bytes.length - 2] = (length * 8) >> 8;
  return bytes;
}

/** Let the page do what it has to. By a message, since timers within timers wait 4 ms each: half as long as a slice. */
const pause = () => new Promise((resolve) => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    resolve();
  };
  port2.postMessage(0);
});

/** The number whose hash with the salt is the challenge, as ALTCHA (version 1) has it; undefined when there is none. */
async function solve({ algorithm, challenge, maxnumber, salt, signature }) {
  if (algorithm !== "SHA-256") return undefined;
  const wanted = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => parseInt(challenge.slice(i * 8, i * 8 + 8), 16) | 0);
  const head = new TextEncoder().encode(salt.endsWith("&") ? salt : `${salt}&`);
  let until = performance.now() + SLICE_MS;
  let bytes;
  for (let number = 0, digits = 0; number <= maxnumber; number++) {
    if (String(number).length > digits) {
      digits++;
      bytes = padded(head.length + digits);
      bytes.set(head);
    }
    for (let at = head.length + digits, rest = number, n = digits; n > 0; n--) {
      bytes[--at] = 48 + (rest % 10);
      rest = (rest / 10) | 0;
    }
    hash(bytes);
    if (state[0] === wanted[0] && wanted.every((value, i) => value === state[i])) {
      return { algorithm, challenge, number, salt, signature };
    }
    if (number % NONCES_AT_ONCE === 0 && performance.now() > until) {
      await pause();
      until = performance.now() + SLICE_MS;
    }
  }
  return undefined;
}

/** The proof for a challenge that is to be asked for. */
const workOf = (answer) => answer.then(({ challenge }) => challenge && solve(challenge)).catch(() => undefined);

/** Ask for a stamp and a challenge, unless fresh ones are there, and begin with the work. */
function begin(site, api) {
  const kept = states.get(site);
  if (kept && Date.now() - kept.at < FRESH_MS) return;
  const answer = api.request(`/p/spam/${encodeURIComponent(site)}/stamp`);
  states.set(site, {
    at: Date.now(),
    api,
    // Without a stamp the server decides; the writer must not be stopped by a lost request.
    stamp: answer.then(({ stamp }) => stamp, () => void states.delete(site)),
    work: workOf(answer),
    workAt: Date.now(),
  });
}

/** Get another challenge and begin with its work. */
function again(known, site) {
  known.work = workOf(known.api.request(`/p/spam/${encodeURIComponent(site)}/stamp`));
  known.workAt = Date.now();
}

window.embedcomments.extend({
  name: "spam",
  api: 1,
  slots: {
    "form.fields": (element, props, api) => {
      if (props.editing) return undefined;
      begin(props.site, api);
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
    const known = states.get(draft.site);
    const words = JSON.stringify([draft.key, draft.parentId, draft.text]);
    if (known?.sent?.words === words && Date.now() - known.sent.at < AGAIN_MS) return { extensions: { ...extensions, ...known.sent.proof } };
    const stamp = await known?.stamp;
    if (stamp) extensions.stamp = stamp;
    if (known && Date.now() - known.workAt >= FRESH_MS) again(known, draft.site);
    const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
    const work = await Promise.race([known?.work, late]);
    if (known) known.sent = { words, at: Date.now(), proof: { ...(stamp && { stamp }), ...(work && { work }) } };
    if (work) {
      extensions.work = work;
      // It counts once: the next comment needs another. Its own stamp is older than this moment, as the form is.
      again(known, draft.site);
    }
    return { extensions };
  },
});
