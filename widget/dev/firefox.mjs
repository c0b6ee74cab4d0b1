#!/usr/bin/env node
/**
 * Firefox as Playwright wants it. Playwright 1.65 says emulation.setMediaFeaturesOverride to each page and takes no
 * for an answer; Firefox ESR 153 does not know it. This stands between them, and makes that refusal a yes.
 * It can go when every Firefox that we test with knows the command.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { WebSocket, WebSocketServer } from "ws";

const UNKNOWN = "emulation.setMediaFeaturesOverride";
const firefox = spawn(process.env.FIREFOX ?? "/usr/bin/firefox-esr", process.argv.slice(2), { stdio: ["inherit", "inherit", "pipe"] });
firefox.on("exit", (code) => process.exit(code ?? 1));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => firefox.kill(signal));

createInterface(firefox.stderr).on("line", (line) => {
  const [, said, address] = /(WebDriver BiDi listening on )(ws:.*)/.exec(line) ?? [];
  if (!said) return console.error(line);
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  server.on("listening", () => console.error(`${said}ws://127.0.0.1:${server.address().port}`));
  server.on("connection", (playwright, { url }) => {
    const asked = new Set();
    const browser = new WebSocket(address + url, { perMessageDeflate: false, maxPayload: 2 ** 28 });
    const isOpen = new Promise((resolve) => browser.on("open", resolve));
    playwright.on("message", async (data) => {
      const { id, method } = JSON.parse(data);
      if (method === UNKNOWN) asked.add(id);
      await isOpen;
      browser.send(String(data));
    });
    browser.on("message", (data) => {
      const text = String(data);
      const { id, error } = asked.size ? JSON.parse(text) : {};
      playwright.send(asked.delete(id) && error === "unknown command" ? JSON.stringify({ type: "success", id, result: {} }) : text);
    });
    playwright.on("close", () => browser.close());
    browser.on("close", () => playwright.close());
    browser.on("error", () => playwright.close());
  });
});
