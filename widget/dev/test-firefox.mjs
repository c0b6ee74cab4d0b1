/** The browser tests in Firefox: all files, or those that are named (`npm run test:firefox keyboard live`). */
import { spawnSync } from "node:child_process";

const firefox = process.env.FIREFOX ?? "/usr/bin/firefox-esr";
if (spawnSync(firefox, ["--version"]).status !== 0) {
  console.error(`${firefox} does not run: apt install firefox-esr, or set FIREFOX=… to another one (153 or newer).`);
  console.error(process.env.CI === "true" ? "The tests in Firefox cannot run." : "Skipped: the tests in Firefox.");
  process.exit(process.env.CI === "true" ? 1 : 0);
}
const named = process.argv.slice(2).map((name) => `test/browser/${name}.test.mjs`);
const args = ["--test", "--test-concurrency=1", ...(named.length ? named : ["test/browser/"])];
process.exit(spawnSync(process.execPath, args, { stdio: "inherit", env: { ...process.env, BROWSER: "firefox", FIREFOX: firefox } }).status ?? 1);
