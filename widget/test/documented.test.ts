import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";

const file = (path: string) => new URL(path, `file://${process.cwd()}/`);
const STATIC = file("../src/embedcomments/web/static/");
const { hash } = JSON.parse(readFileSync(new URL("manifest.json", STATIC), "utf8")) as { hash: string };
const folder = new URL(`embed/${hash}/`, STATIC);
const built = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), "utf8")).join("\n");
/** With the parts that are told only when something is drawn. */
const sources = readdirSync(file("src/"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => readFileSync(file(`src/${name}`), "utf8"))
  .join("\n");
const page = readFileSync(file("../docs/embedding.md"), "utf8");

const sorted = (names: Iterable<string>) => [...new Set(names)].sort();
/** The names in the first column of the table below a heading. */
function documented(heading: string): string[] {
  const [, after = ""] = page.split(`### ${heading}\n`);
  const rows = after.split("\n#")[0]!.split("\n").filter((line) => line.startsWith("| `"));
  return sorted(rows.flatMap((row) => [...row.split("|")[1]!.matchAll(/`([\w-]+)`/g)].map((match) => match[1]!)));
}

describe("what docs/embedding.md says of looks", () => {
  it("names every custom property that the built widget reads, and no other", () => {
    const read = sorted([...built.matchAll(/var\((--ec-[a-z-]+)/g)].map((match) => match[1]!).filter((name) => name !== "--ec-unit"));
    expect(documented("Custom properties")).toEqual(read);
  });

  it("names every part that the widget has, and no other", () => {
    const words = [...sources.matchAll(/part="([^"$]*)(?:\$\{([^}]*)\})?/g)].flatMap(([, plain = "", computed = ""]) => [
      ...plain.split(/\s+/),
      ...[...computed.matchAll(/"\s*([a-z][\w-]*)"/g)].map((match) => match[1]!),
    ]);
    expect(documented("Parts")).toEqual(sorted(words.filter(Boolean)));
  });

  it("names the designs that are there", () => {
    const files = readdirSync(folder).flatMap((name) => /^design-(.*)\.js$/.exec(name)?.[1] ?? []);
    const [row = ""] = page.split("\n").filter((line) => line.startsWith("| `data-design`"));
    expect(sorted([...row.split("|")[2]!.matchAll(/`(\w+)`/g)].map((match) => match[1]!))).toEqual(sorted(["plain", ...files]));
  });
});
