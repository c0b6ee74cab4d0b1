/**
 * A comment server from memory that keeps the contracts of docs/http-api.md and docs/feed.md, and a
 * host page on another origin. For developing the widget and for its browser tests.
 *
 * `node dev/server.mjs` prints where both listen. Tests use `startServer()` and `startHost()`.
 */
import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { WebSocketServer } from "ws";

const STATIC = new URL("../../src/embedcomments/web/static/", import.meta.url);
const listen = (server, port) => new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(server.address().port)));

class Refused extends Error {
  constructor(status, code, detail, headers = {}) {
    super(detail);
    Object.assign(this, { status, code, detail, headers });
  }
}

/** A thread's comments and events. */
class Thread {
  constructor(site, key) {
    Object.assign(this, { site, key, comments: [], seq: 0, closed: false, log: [], numbered: 0 });
  }
  get count() {
    return this.comments.filter((c) => c.kind === "comment" && c.state === "published").length;
  }
  get cursor() {
    return `1.dev.${this.seq}`;
  }
}

const paragraphs = (text) =>
  text
    .split(/\n{2,}/)
    .map((part) => `<p>${part.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`).replace(/\*\*(.+?)\*\*/g, "<strong>$1</strong>").replace(/`(.+?)`/g, "<code>$1</code>").replaceAll("\n", "<br>")}</p>`)
    .join("");

export class Store {
  threads = new Map();
  tokens = new Map();
  sockets = new Map();
  policy = { html: "<p>Comments are welcome. You answer for what you write; personal attacks are not published.</p>", edit_window_s: 900, max_length: 2000, nesting: 4 };
  modules = [];
  extensions = {};
  /** Set by tests: the next POST fails so. */
  nextRefusal = null;
  delayMs = 0;
  pageSize = 100;

  thread(site, key) {
    const name = `${site}\n${key}`;
    if (!this.threads.has(name)) this.threads.set(name, new Thread(site, key));
    return this.threads.get(name);
  }

  find(id) {
    for (const thread of this.threads.values()) {
      const comment = thread.comments.find((c) => c.id === id);
      if (comment) return { thread, comment };
    }
    throw new Refused(404, "comment_not_found", "There is no such comment.");
  }

  /** Add a comment; `state: "held"` keeps it from the public. */
  add(site, key, { text = "", name = null, parent = null, ago = 0, state = "published", ...rest }) {
    const thread = this.thread(site, key);
    const above = parent && this.find(parent).comment;
    const at = Date.now() - ago * 1000;
    const id = `06${Math.floor(at).toString(32).padStart(10, "0")}${(thread.comments.length + 1000).toString(32)}${randomBytes(4).toString("hex")}`;
    const comment = {
      id, parent_id: parent, depth: above ? above.depth + 1 : 0, number: null, kind: "comment", state, created_at: new Date(at).toISOString(),
      edited_at: null, rev: 1, seq: 0, author: { name, url: null, avatar: null, badge: null }, html: paragraphs(text), link: null,
      reply_count: 0, extensions: {}, source: text, ...rest,
    };
    thread.comments.push(comment);
    if (state === "published") this.publish(thread, comment);
    return comment;
  }

  publish(thread, comment) {
    comment.state = "published";
    comment.number ??= ++thread.numbered;
    for (let at = comment; at.parent_id; ) (at = this.find(at.parent_id).comment).reply_count++;
    this.emit(thread, "new", comment);
  }

  emit(thread, op, comment, rest = {}) {
    const seq = ++thread.seq;
    if (comment) comment.seq = seq;
    const frame = { op, site: thread.site, key: thread.key, seq, count: thread.count, cursor: thread.cursor, ...rest };
    if (comment) Object.assign(frame, { rev: comment.rev, comment: rest.gone ? { id: comment.id } : this.view(comment) });
    thread.log.push(frame);
    for (const [socket, watched] of this.sockets) if (watched.has(thread)) socket.send(JSON.stringify(frame));
  }

  edit(id, text) {
    const { thread, comment } = this.find(id);
    Object.assign(comment, { html: paragraphs(text), source: text, rev: comment.rev + 1, edited_at: new Date().toISOString() });
    if (comment.state === "published") this.emit(thread, "edit", comment);
    return comment;
  }

  /** Take a comment away; answers with its tombstone, or null when nothing stays. */
  remove(id) {
    const { thread, comment } = this.find(id);
    const gone = !thread.comments.some((c) => c.parent_id === id);
    if (comment.state === "published") for (let at = comment; at.parent_id; ) (at = this.find(at.parent_id).comment).reply_count--;
    if (gone) thread.comments = thread.comments.filter((c) => c !== comment);
    else Object.assign(comment, { state: "deleted", author: null, html: "", rev: comment.rev + 1 });
    this.emit(thread, "remove", comment, { gone });
    return gone ? null : comment;
  }

  view(comment, isAuthor = false) {
    const { source, ...rest } = comment;
    return isAuthor ? { ...rest, source } : rest;
  }

  snapshot(site, key, sort, after) {
    const thread = this.thread(site, key);
    const visible = thread.comments.filter((c) => c.state === "published" || c.state === "deleted");
    const roots = visible.filter((c) => !c.parent_id);
    if (sort === "newest") roots.reverse();
    if (sort === "top") roots.sort((a, b) => b.reply_count - a.reply_count);
    const comments = [];
    let at = Number(after) || 0;
    for (; at < roots.length && comments.length < this.pageSize; at++) {
      const branch = this.branch(visible, roots[at]);
      const shown = branch.slice(0, 30);
      comments.push({ ...this.view(roots[at]), ...(branch.length > 30 ? { replies_next: "30" } : {}) }, ...shown.map((c) => this.view(c)));
    }
    const { count, closed, cursor } = thread;
    return {
      site, thread: { key, url: null, title: null, count, closed, cursor }, comments, next: at < roots.length ? String(at) : null,
      policy: this.policy, modules: this.modules, extensions: this.extensions,
    };
  }

  branch(visible, root) {
    const ids = new Set([root.id]);
    return visible.filter((c) => ids.has(c.parent_id) && ids.add(c.id));
  }
}

function answer(store, method, url, headers, body) {
  const parts = url.pathname.split("/").slice(3).map(decodeURIComponent);
  const query = url.searchParams;
  const token = headers.authorization?.replace("Bearer ", "");
  const mayEdit = (id) => {
    if (!store.tokens.get(id)?.includes(token)) throw new Refused(403, "forbidden", "This is not yours.");
  };
  const until = (comment) => new Date(Date.parse(comment.created_at) + store.policy.edit_window_s * 1000).toISOString();
  if (parts[0] === "sites" && parts[2] === "thread") {
    return [200, store.snapshot(parts[1], query.get("key"), query.get("sort"), query.get("after"))];
  }
  if (parts[0] === "sites" && parts[2] === "counts") {
    return [200, { counts: Object.fromEntries(query.getAll("key").map((key) => [key, store.thread(parts[1], key).count])) }];
  }
  if (parts[0] === "sites" && parts[2] === "preview") return [200, { html: paragraphs(body.text) }];
  if (parts[0] === "sites" && parts[2] === "comments" && method === "POST") {
    if (store.nextRefusal) {
      const refusal = store.nextRefusal;
      store.nextRefusal = null;
      throw refusal;
    }
    const state = /\bheld\b/.test(body.text) ? "held" : "published";
    const parent = body.parent_id;
    const comment = store.add(parts[1], body.thread.key, { text: body.text, name: body.author?.name ?? null, parent, state });
    const edit_token = randomBytes(12).toString("hex");
    store.tokens.set(comment.id, [edit_token]);
    store.lastPost = body;
    return [state === "held" ? 202 : 201, { comment: store.view(comment, true), edit_token, editable_until: until(comment) }];
  }
  if (parts[0] === "comments") {
    const { thread, comment } = store.find(parts[1]);
    if (parts[2] === "replies") {
      const visible = thread.comments.filter((c) => c.state !== "held");
      const branch = store.branch(visible, comment);
      const at = Number(query.get("after"));
      return [200, { comments: branch.slice(at, at + 100).map((c) => store.view(c)), next: at + 100 < branch.length ? String(at + 100) : null }];
    }
    if (method === "PATCH") {
      mayEdit(comment.id);
      return [200, { comment: store.view(store.edit(comment.id, body.text), true), editable_until: until(comment) }];
    }
    if (method === "DELETE") {
      mayEdit(comment.id);
      const left = store.remove(comment.id);
      return [200, { comment: left && store.view(left) }];
    }
    const isAuthor = !!token && !!store.tokens.get(comment.id)?.includes(token);
    if (comment.state === "held" && !isAuthor) throw new Refused(404, "comment_not_found", "There is no such comment.");
    return [200, { comment: { ...store.view(comment, isAuthor), ...(isAuthor ? { editable_until: until(comment) } : {}) } }];
  }
  throw new Refused(404, "not_found", "There is nothing here.");
}

const TYPES = { js: "text/javascript", json: "application/json" };

/** Serve the API, the built widget and the feed of `store`. */
export async function startServer(store, port = 0) {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://localhost");
    const cors = {
      "Access-Control-Allow-Origin": request.headers.origin ?? "*",
      "Access-Control-Allow-Headers": "authorization, content-type, idempotency-key, if-none-match",
      "Access-Control-Allow-Methods": "GET, POST, PATCH, DELETE",
      "Access-Control-Expose-Headers": "ETag, Retry-After",
    };
    const send = (status, type, contents, headers = {}) => response.writeHead(status, { ...cors, "Content-Type": type, ...headers }).end(contents);
    if (request.method === "OPTIONS") return send(204, "text/plain", "");
    store.requests?.push(`${request.method} ${url.pathname}`);
    if (!url.pathname.startsWith("/api/")) {
      const extra = store.files?.[url.pathname];
      if (extra) return send(200, TYPES.js, extra);
      try {
        return send(200, TYPES[url.pathname.split(".").at(-1)] ?? "text/plain", await readFile(new URL(`.${url.pathname}`, STATIC)));
      } catch {
        return send(404, "text/plain", "");
      }
    }
    let text = "";
    for await (const chunk of request) text += chunk;
    if (store.delayMs) await new Promise((resolve) => setTimeout(resolve, store.delayMs));
    try {
      const [status, value] = answer(store, request.method, url, request.headers, text ? JSON.parse(text) : undefined);
      const contents = JSON.stringify(value);
      const ETag = `"${createHash("sha256").update(contents).digest("hex").slice(0, 16)}"`;
      if (request.headers["if-none-match"] === ETag) return send(304, TYPES.json, "", { ETag });
      send(status, TYPES.json, contents, { ETag, "Cache-Control": "no-cache" });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { status, code, detail, headers } = error;
      send(status, "application/problem+json", JSON.stringify({ type: "about:blank", title: detail, status, code, detail }), headers);
    }
  });
  const feed = new WebSocketServer({ server, path: "/api/v1/feed" });
  feed.on("connection", (socket) => {
    const watched = new Set();
    store.sockets.set(socket, watched);
    const say = (frame) => socket.send(JSON.stringify(frame));
    /** Tell all who watch how many they are, and how many of them wrote within the last 6 s. */
    const tell = (thread) => {
      const watching = [...store.sockets].filter(([, threads]) => threads.has(thread)).map(([other]) => other);
      const typing = watching.filter((other) => Date.now() - (other.typedAt ?? 0) < 6000).length;
      const frame = JSON.stringify({ op: "presence", site: thread.site, key: thread.key, watching: watching.length, typing });
      watching.forEach((other) => other.send(frame));
    };
    socket.on("close", () => {
      store.sockets.delete(socket);
      watched.forEach((thread) => tell(thread));
    });
    socket.on("message", (data) => {
      const frame = JSON.parse(data);
      if (!frame.key) return;
      const thread = store.thread(frame.site, frame.key);
      if (frame.op === "typing") {
        socket.typedAt = Date.now();
        tell(thread);
        setTimeout(tell, 6100, thread).unref();
      }
      if (frame.op === "unsub") watched.delete(thread);
      if (frame.op !== "sub") return;
      watched.add(thread);
      const from = Number(frame.cursor?.split(".")[2] ?? thread.seq);
      say({ op: "ok", site: frame.site, key: frame.key, resumed: !!frame.cursor, cursor: thread.cursor, watching: 1 });
      for (const event of thread.log) if (event.seq > from) say(event);
      tell(thread);
    });
    say({ op: "hello", heartbeat_s: 25 });
  });
  const at = await listen(server, port);
  const close = () => {
    feed.clients.forEach((socket) => socket.terminate());
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${at}`, close };
}

/** Serve one page, whose HTML `page(path)` makes, with the headers it wants. */
export async function startHost(page, port = 0) {
  const server = createServer((request, response) => {
    const { html, headers = {} } = page(request.url);
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", ...headers }).end(html);
  });
  const at = await listen(server, port);
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://localhost:${at}`, close };
}

export { Refused };

if (import.meta.url === `file://${process.argv[1]}`) {
  const { fillStore, hostPage } = await import("./scene.mjs");
  const store = new Store();
  fillStore(store);
  const server = await startServer(store, Number(process.argv[2] ?? 8100));
  const host = await startHost((path) => ({ html: hostPage(server.url, new URL(path, "http://host").searchParams) }), Number(process.argv[3] ?? 8101));
  console.log(`comments ${server.url}\npage     ${host.url}`);
}
