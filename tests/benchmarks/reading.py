"""What a thread costs the page it stands on, in a browser on a slow device: the processor is slowed four times.

    python -m tests.benchmarks reading

For each size of a thread, medians: milliseconds from the widget's script (and the comments, whichever came later) to
the first comment on the screen; how many tasks were longer than 50 ms until everything had settled, and the longest;
how far the host page was shifted; megabytes of JavaScript's heap above the same page without comments. Beside them how
busy the machine was: milliseconds for a million turns of an empty loop. Not a test.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from host_pages import HostPages, served
from nursery import Nursery, QuickServer
from playwright.sync_api import Browser, Page
from readers import running_browser
from tests.benchmarks.first_comment import export_of

# Looked at from within, as a reader would see it: the frame after the one in which the comment stands.
WATCH = """
window.found = { tasks: [], shift: 0 };
new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => found.tasks.push(duration)))
  .observe({ type: "longtask", buffered: true });
new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => (found.shift += value)))
  .observe({ type: "layout-shift", buffered: true });
customElements.whenDefined("embed-comments").then(() => (found.defined = performance.now()));
window.firstComment = new Promise((resolve) => {
  const look = () => {
    const first = document.querySelector("embed-comments")?.shadowRoot?.querySelector("article .body");
    if (!first?.textContent.trim()) requestAnimationFrame(look);
    else requestAnimationFrame(() => setTimeout(() => resolve((found.first = performance.now()))));
  };
  look();
});
"""
SETTLED = "performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/reach.js'))"
COMMENTS_CAME = "performance.getEntriesByType('resource').find(({ name }) => name.includes('/thread?')).responseEnd"
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


def visit(browser: Browser, url: str, slow: float, *, is_empty: bool = False) -> dict[str, Any]:
    """Come to a page as somebody new; what was found there."""
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    context.add_init_script(WATCH)
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slow})
    page.goto(url)
    found: dict[str, Any] = {}
    if not is_empty:
        page.evaluate("firstComment")
        page.wait_for_function(SETTLED)
        page.wait_for_timeout(250 * slow)
        found = page.evaluate(f"({{ ...found, came: {COMMENTS_CAME} }})")
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
        empty = visit(browser, host_page(host, "/empty"), slow, is_empty=True)["heap_mb"]
        for size in sizes:
            key = f"https://pages.example/{size}"
            file = Path(folder) / "export.xml"
            file.write_text(export_of(key, size), "utf-8")
            server.run("import", "wordpress", str(file))
            script = f'<script async src="{server.url}/embed.js" data-key="{key}"></script>'
            url = host_page(host, f"/{size}", script)
            visit(browser, url, 1)  # for the server, whose first answer is built then
            busy = busyness_ms()
            all_found = [visit(browser, url, slow) for _ in range(runs)]
            first = statistics.median(each["first"] - max(each["defined"], each["came"]) for each in all_found)
            longest = statistics.median(max(each["tasks"], default=0) for each in all_found)
            long = statistics.median(len(each["tasks"]) for each in all_found)
            shift = statistics.median(each["shift"] for each in all_found)
            heap = statistics.median(each["heap_mb"] for each in all_found) - empty
            print(
                f"{size:>6} comments, processor slowed {slow:g} times: first comment {first:.0f} ms after the script; "
                f"{long:.0f} tasks over 50 ms, the longest {longest:.0f} ms; shift {shift:.4f}; heap {heap:.2f} MB "
                f"above the empty page (loop {busy:.0f} ms)",
                flush=True,
            )
    nursery.close()


if __name__ == "__main__":
    main()
