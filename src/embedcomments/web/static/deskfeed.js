// @ts-check
/*
 * The live channel of the desk: tells the page which comments of the site changed. Loaded with pages of plugins that ask
 * for it (AdminPage.live). A page without it works as well; it only has to be loaded anew to see what others did.
 *
 * Events on document:
 *   embedcomments:live     detail {state: "on" | "off" | "out"}: connected (again), lost, or the session is over.
 *                          After "on" look at the server once: nobody says what happened before.
 *   embedcomments:changed  detail {comments: [{id, state, event, by}], more}: state is the one that the comment is in
 *                          now, event what happened ("comment_published", …), by whose doing it was. more: not all
 *                          are named; look at the server.
 */

const SIGNED_OUT = 4401;
const SHORTEST_MS = 500;
const LONGEST_MS = 20_000;
const SILENCE_MS = 40_000;

const script = /** @type {HTMLScriptElement | null} */ (document.getElementById("deskfeed"));
const url = new URL(script?.dataset.url ?? "", location.href);
url.protocol = url.protocol.replace("http", "ws");

/** @type {WebSocket | undefined} */
let socket;
let failures = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let silence;

/**
 * @param {string} name
 * @param {object} detail
 */
function tell(name, detail) {
  document.dispatchEvent(new CustomEvent(`embedcomments:${name}`, { detail }));
}

function listen() {
  const mine = socket = new WebSocket(url);
  mine.addEventListener("message", ({ data }) => {
    clearTimeout(silence);
    silence = setTimeout(() => mine.close(), SILENCE_MS);
    const frame = JSON.parse(data);
    if (frame.op === "hello") {
      failures = 0;
      tell("live", { state: "on" });
    } else if (frame.op === "ping") {
      mine.send('{"op":"pong"}');
    } else if (frame.op === "changed") {
      tell("changed", { comments: frame.comments, more: frame.more });
    }
  });
  mine.addEventListener("close", ({ code }) => {
    clearTimeout(silence);
    socket = undefined;
    if (code === SIGNED_OUT) {
      tell("live", { state: "out" });
      return;
    }
    tell("live", { state: "off" });
    // A wait at random, so that the pages of a server that starts anew do not come back together.
    const most_ms = Math.min(LONGEST_MS, SHORTEST_MS * 2 ** failures++);
    setTimeout(() => { if (!socket) listen(); }, SHORTEST_MS + Math.random() * most_ms);
  });
}

listen();
addEventListener("online", () => { if (!socket) listen(); });
addEventListener("pagehide", () => socket?.close());
addEventListener("pageshow", ({ persisted }) => { if (persisted && !socket) listen(); });

export {};
