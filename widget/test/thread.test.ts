import { describe, expect, it } from "vitest";
import { branch, renew } from "../src/model/growth";
import { Thread, type Node } from "../src/model/thread";
import { comment, snapshot } from "./make";

const shape = (nodes: Node[]): unknown[] => nodes.map((node) => (node.kids.length ? [node.comment.id, shape(node.kids)] : node.comment.id));

describe("a thread", () => {
  it("keeps the server's order of roots and puts answers below their parents", () => {
    const thread = new Thread("top");
    thread.begin(snapshot([comment("b"), comment("c", "b"), comment("a"), comment("d", "c")]));
    expect(shape(thread.roots)).toEqual([["b", [["c", ["d"]]]], "a"]);
  });

  it("sorts answers by time, whenever they come", () => {
    const thread = new Thread();
    thread.begin(snapshot([comment("a"), comment("d", "a")]));
    thread.put(comment("c", "a"), true);
    thread.put(comment("b", "a"), true);
    expect(shape(thread.roots)).toEqual([["a", ["b", "c", "d"]]]);
    expect(thread.nodes.get("a")!.comment.reply_count).toBe(2);
  });

  it("holds a late root behind the pages that are not loaded yet, and takes it in with its page", () => {
    const thread = new Thread();
    thread.begin(snapshot([comment("a"), comment("b")], { next: "2" }));
    thread.put(comment("z"), true);
    expect([shape(thread.paged), shape(thread.late)]).toEqual([["a", "b"], ["z"]]);
    thread.page([comment("c"), comment("z")], null);
    expect([shape(thread.paged), thread.late]).toEqual([["a", "b", "c", "z"], []]);
  });

  it("shows new roots first when the newest come first", () => {
    const thread = new Thread("newest");
    thread.begin(snapshot([comment("c"), comment("b")], { next: "2" }));
    thread.put(comment("d"), true);
    thread.put(comment("e"), true);
    thread.put(comment("a"));
    expect(shape(thread.roots)).toEqual(["e", "d", "c", "b", "a"]);
  });

  it("takes the copy with the higher rev, whatever order they come in", () => {
    const thread = new Thread();
    thread.begin(snapshot([comment("a", null, { rev: 3, html: "new" })]));
    thread.put(comment("a", null, { rev: 2, html: "old" }));
    expect(thread.nodes.get("a")!.comment.html).toBe("new");
    thread.put(comment("a", null, { rev: 4, html: "newest" }));
    expect(thread.nodes.get("a")!.comment.html).toBe("newest");
  });

  it("answers null for a comment whose parent is not here", () => {
    const thread = new Thread();
    thread.begin(snapshot([comment("a")]));
    expect(thread.put(comment("x", "unknown"))).toBeNull();
  });

  it("drops a tombstone when its last answer goes", () => {
    const thread = new Thread();
    thread.begin(snapshot([comment("a"), comment("b", "a", { state: "deleted", author: null }), comment("c", "b"), comment("d", "b")]));
    thread.remove("c");
    expect(shape(thread.roots)).toEqual([["a", [["b", ["d"]]]]]);
    thread.remove("d");
    expect(shape(thread.roots)).toEqual(["a"]);
    expect([...thread.nodes.keys()]).toEqual(["a"]);
  });

  it("marks the branch above a change and nothing beside it", () => {
    const thread = new Thread();
    thread.begin(snapshot([comment("a"), comment("b", "a"), comment("c")]));
    const versions = () => ["a", "b", "c"].map((id) => thread.nodes.get(id)!.version);
    const [a, b, c] = versions();
    thread.put(comment("b", "a", { rev: 2 }));
    expect(versions()).toEqual([a! + 1, b! + 1, c]);
  });

  it("counts the answers of a branch that wait to be loaded", () => {
    const thread = new Thread();
    thread.begin(snapshot([comment("a", null, { reply_count: 40, replies_next: "x" }), comment("b", "a")]));
    const root = thread.nodes.get("a")!;
    expect(thread.hidden(root)).toBe(39);
    branch(thread, root, [comment("c", "b")], null);
    expect(thread.hidden(root)).toBe(38);
    expect(root.comment.replies_next).toBeNull();
  });
});

describe("a newer copy of a thread", () => {
  it("returns what is new, updates what is known, removes what is gone", () => {
    const thread = new Thread();
    thread.begin(snapshot([comment("a"), comment("b"), comment("c")]));
    const anew = renew(thread, snapshot([comment("a", null, { rev: 2, html: "edited" }), comment("c"), comment("d")], { cursor: "1.a.9" }));
    expect(anew.map(({ id }) => id)).toEqual(["d"]);
    expect(shape(thread.roots)).toEqual(["a", "c"]);
    expect(thread.nodes.get("a")!.comment.html).toBe("edited");
    expect(thread.cursor).toBe("1.a.9");
  });

  it("removes nothing when it is only a first page, nor takes older comments for new", () => {
    const thread = new Thread();
    thread.begin(snapshot([comment("c"), comment("d")], { next: "2" }));
    const anew = renew(thread, snapshot([comment("b"), comment("e")], { next: "2" }));
    expect(anew.map(({ id }) => id)).toEqual(["e"]);
    expect(shape(thread.roots)).toEqual(["c", "d"]);
  });

  it("draws a whole branch anew when it is closed or opened", () => {
    const thread = new Thread();
    thread.begin(snapshot([comment("a"), comment("b", "a"), comment("c", "b")]));
    const versions = () => ["a", "b", "c"].map((id) => thread.nodes.get(id)!.version);
    for (const change of [{ rev: 8, closed: true }, { rev: 9 }]) {
      const before = versions();
      thread.put(comment("a", null, change));
      expect(versions().every((version, at) => version > before[at]!)).toBe(true);
    }
    const [, b] = versions();
    thread.put(comment("a", null, { rev: 10 }));
    expect(versions()[1]).toBe(b);
  });

  it("keeps the reader's own held comments", () => {
    const thread = new Thread();
    thread.begin(snapshot([comment("a")]));
    thread.put(comment("b", null, { state: "held" }));
    renew(thread, snapshot([comment("a")]));
    expect(shape(thread.roots)).toEqual(["a", "b"]);
  });
});
