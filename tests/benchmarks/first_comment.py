"""From the navigation of a page to its first comment, in a real browser with an empty cache.

    python tests/benchmarks/first_comment.py [--runs 7] [100 5000 ...]

For each size of a thread: the median of the milliseconds until the first comment is in the page and painted, the
number of requests to the comment server until then, and their bytes as they were sent (brotli). Not a test.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from host_pages import HostPages, served
from nursery import Nursery, QuickServer
from playwright.sync_api import Browser, Request
from readers import running_browser

# Asked in the page, so that no way between processes is measured: the time from the navigation's start to the frame
# after the one in which the first comment stood there.
WHEN_FIRST = """
window.firstComment = new Promise((resolve) => {
  const look = () => {
    const first = document.querySelector("embed-comments")?.shadowRoot?.querySelector("article .body");
    if (!first?.textContent.trim()) requestAnimationFrame(look);
    else requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
  };
  look();
});
"""
WORDS = "The presses on Garni Street are running again, and they print *whatever* you bring before noon. "


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """Of one size. ``first_ms`` and ``ready_ms`` (all of the first page drawn) are medians."""

    comments: int
    first_ms: float
    ready_ms: float
    requests: int
    sent_bytes: int


def measure(browser: Browser, server_url: str, page_url: str, comments: int, runs: int) -> Measurement:
    """Visit the page so many times, each time as somebody new."""
    first, ready, counts, sizes = [], [], [], []
    for _ in range(runs):
        context = browser.new_context()
        context.add_init_script(WHEN_FIRST)
        page = context.new_page()
        asked: list[Request] = []
        page.on("request", lambda request: asked.append(request))  # noqa: B023
        page.goto(page_url)
        first.append(page.evaluate("window.firstComment"))
        ours = [request for request in asked if request.url.startswith(server_url)]
        page.wait_for_selector("embed-comments[data-status=ready]")
        ready.append(page.evaluate("performance.now()"))
        sized = [request.sizes() for request in ours]
        counts.append(len(ours))
        sizes.append(sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sized))
        context.close()
    return Measurement(
        comments=comments,
        first_ms=statistics.median(first),
        ready_ms=statistics.median(ready),
        requests=round(statistics.median(counts)),
        sent_bytes=round(statistics.median(sizes)),
    )


def export_of(url: str, comments: int) -> str:
    """A WordPress export of one thread; every third comment answers the one before it."""
    parts = []
    for number in range(1, comments + 1):
        parent = number - 1 if number % 3 == 0 else 0
        parts.append(
            f"<wp:comment><wp:comment_id>{number}</wp:comment_id>"
            f"<wp:comment_author>Reader {number % 97}</wp:comment_author>"
            f"<wp:comment_date_gmt>2026-11-{1 + number * 20 // comments:02} 06:00:00</wp:comment_date_gmt>"
            f"<wp:comment_content>{number}: {WORDS * (1 + number % 4)}</wp:comment_content>"
            f"<wp:comment_approved>1</wp:comment_approved><wp:comment_parent>{parent}</wp:comment_parent></wp:comment>"
        )
    return (
        '<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/"><channel><wp:wxr_version>1.2</wp:wxr_version>'
        f"<item><title>A page</title><link>{escape(url)}</link><wp:post_id>1</wp:post_id>"
        f"<wp:post_type>post</wp:post_type><wp:status>publish</wp:status><wp:comment_status>open</wp:comment_status>{''.join(parts)}</item></channel></rss>"
    )


def main(sizes: Sequence[int] = (100, 5000), runs: int = 7) -> list[Measurement]:
    """Measure and print."""
    results = []
    nursery = Nursery()
    with (
        tempfile.TemporaryDirectory() as folder,
        served(HostPages()) as host,
        running_browser() as browser,
        QuickServer(nursery, Path(folder) / "data") as server,
    ):
        for size in sizes:
            key = f"https://pages.example/{size}"
            file = Path(folder) / "export.xml"
            file.write_text(export_of(key, size), "utf-8")
            server.run("import", "wordpress", str(file))
            url = host.embed(server.url, key, path=f"/{size}")
            measure(browser, server.url, url, size, 1)  # for the server, whose first answer is built then
            results.append(measure(browser, server.url, url, size, runs))
            found = results[-1]
            print(
                f"{found.comments:>6} comments: first comment after {found.first_ms:.0f} ms, first page drawn after "
                f"{found.ready_ms:.0f} ms; {found.requests} requests, {found.sent_bytes:,} bytes",
                flush=True,
            )
    nursery.close()
    return results


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int, default=[100, 5000])
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    main(options.sizes, options.runs)
