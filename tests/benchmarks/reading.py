"""What a thread costs the page it stands on, in a browser on a slow device: the processor is slowed four times.

    python -m tests.benchmarks reading

For each size of a thread, medians: milliseconds to the first comment on the screen, from the end of the loader's script
(so with the way to the server, the compiling and running of the widget, and the drawing) and from when widget and
comments were both there (the drawing alone); how many tasks were longer than 50 ms until everything had settled, and
the longest; how far the host page was shifted; megabytes of JavaScript's heap above the same page without comments.
Before it what no widget could save: the same from the end of a script of five lines that asks for the same comments and
a module, and shows the first comment as it is. Beside them how busy the machine was: milliseconds for a million turns
of an empty loop. Not a test.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from host_pages import HostPages, served
from nursery import Nursery, QuickServer
from playwright.sync_api import Browser, Page
from readers import running_browser
from tests.benchmarks.first_comment import export_of

# On the screen is what stands in the page when a frame begins, once that frame is drawn. Asking in each frame whether
# it stands there would make the browser draw frames in which nothing changes, 5 to 12 ms each on a slow device.
WATCH = """
window.found = { tasks: [], shift: 0 };
new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => found.tasks.push(duration)))
  .observe({ type: "longtask", buffered: true });
new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => (found.shift += value)))
  .observe({ type: "layout-shift", buffered: true });
customElements.whenDefined("embed-comments").then(() => (found.defined = performance.now()));
document.addEventListener("load", ({ target }) => {
  if (target.dataset?.key) found.ran = performance.now();
}, true);
window.firstComment = new Promise((resolve) => {
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {
    const root = attach.call(this, options);
    const watch = new MutationObserver(() => {
      if (!root.querySelector("article .body")?.textContent.trim()) return;
      watch.disconnect();
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => resolve((found.first = performance.now()));
      requestAnimationFrame(() => port2.postMessage(0));
    });
    watch.observe(root, { childList: true, subtree: true });
    return root;
  };
});
"""
LEAST = """
const { server, key } = document.currentScript.dataset;
const module = import(new URL("/module.js", document.currentScript.src));
const comments = fetch(`${server}/api/v1/sites/default/thread?key=${encodeURIComponent(key)}`).then((it) => it.json());
document.currentScript.after(document.createElement("least-comments"));
Promise.all([comments, module]).then(([{ comments }]) => {
  document.querySelector("least-comments").attachShadow({ mode: "open" }).innerHTML =
    `<article><div class="body">${comments[0].html}</div></article>`;
});
"""
# The last that comes by itself.
LAST = "**/reach.js"
COMMENTS_CAME = "performance.getEntriesByType('resource').find(({ name }) => name.includes('/thread?'))?.responseEnd"
PARAGRAPH = "<p>Words of the page around the thread, which must not move while it is read.</p>"
MEGABYTE = 1024 * 1024


def host_page(host: HostPages, path: str, script: str = "") -> str:
    """An article as high as the window, the place of the thread, and words below it."""
    return host.add(
        path,
        f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title>
<link rel="icon" href="data:,"></head><body><h1>A page</h1><main style="min-height: 100vh">{PARAGRAPH * 9}</main>
{script}{PARAGRAPH * 9}</body></html>""",
    )


def heap_of(page: Page) -> float:
    """Megabytes in use once the rubbish is out."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("HeapProfiler.collectGarbage")
    used: float = devtools.send("Runtime.getHeapUsage")["usedSize"]
    return used / MEGABYTE


def visit(browser: Browser, url: str, slow: float, *, has: str = "the thread") -> dict[str, Any]:
    """Come to a page as somebody new; what was found there. It has nothing, the least or the thread."""
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    context.add_init_script(WATCH)
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slow})
    # Nothing is asked of the page before all has settled: an answer costs it a task of 50 ms too.
    with page.expect_response(LAST) if has == "the thread" else nullcontext():
        page.goto(url)
    page.wait_for_timeout(400 * slow)
    if has != "nothing":
        page.evaluate("firstComment")
    found: dict[str, Any] = page.evaluate(f"({{ ...found, came: {COMMENTS_CAME} }})")
    found["heap_mb"] = heap_of(page)
    context.close()
    return found


def busyness_ms() -> float:
    """For a million turns of an empty loop; a quiet machine needs 50 ms or less."""
    begun = time.perf_counter()
    for _ in range(1_000_000):
        pass
    return (time.perf_counter() - begun) * 1000


def main(sizes: Sequence[int] = (100, 5000, 50_000), runs: int = 5, slow: float = 4) -> None:
    """Measure and print."""
    nursery = Nursery()
    with (
        tempfile.TemporaryDirectory() as folder,
        served(HostPages()) as host,
        running_browser() as browser,
        QuickServer(nursery, Path(folder) / "data") as server,
    ):
        empty = visit(browser, host_page(host, "/empty"), slow, has="nothing")["heap_mb"]
        host.add("/module.js", "export const nothing = 0;", Content_Type="text/javascript")
        host.add("/least.js", LEAST, Content_Type="text/javascript")
        for size in sizes:
            key = f"https://pages.example/{size}"
            file = Path(folder) / "export.xml"
            file.write_text(export_of(key, size), "utf-8")
            server.run("import", "wordpress", str(file))
            script = f'<script async src="{server.url}/embed.js" data-key="{key}"></script>'
            url = host_page(host, f"/{size}", script)
            visit(browser, url, 1)  # for the server, whose first answer is built then
            script = f'<script async src="{host.origin}/least.js" data-server="{server.url}" data-key="{key}"></script>'
            least_url = host_page(host, f"/least-{size}", script)
            least_found = [visit(browser, least_url, slow, has="the least") for _ in range(runs)]
            least = statistics.median(each["first"] - each["ran"] for each in least_found)
            busy = busyness_ms()
            all_found = [visit(browser, url, slow) for _ in range(runs)]
            first = statistics.median(each["first"] - each["ran"] for each in all_found)
            drawn = statistics.median(each["first"] - max(each["defined"], each["came"]) for each in all_found)
            longest = statistics.median(max(each["tasks"], default=0) for each in all_found)
            long = statistics.median(len(each["tasks"]) for each in all_found)
            shift = statistics.median(each["shift"] for each in all_found)
            heap = statistics.median(each["heap_mb"] for each in all_found) - empty
            print(
                f"{size:>6} comments, processor slowed {slow:g} times: first comment {first:.0f} ms after the loader "
                f"(at the least {least:.0f}), {drawn:.0f} ms after widget and comments; {long:.0f} tasks over 50 ms, "
                f"the longest {longest:.0f} ms; shift {shift:.4f}; heap {heap:.2f} MB above the empty page "
                f"(loop {busy:.0f} ms)",
                flush=True,
            )
    nursery.close()


if __name__ == "__main__":
    main()
