"""Takes the pictures in docs/ from the running demo: ``make pictures``."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

from find_browser import system_browser as system_browser  # noqa: E402

OPTIONS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--hide-scrollbars"]


@contextmanager
def demo(folder: Path) -> Iterator[tuple[str, str]]:
    """The article's address and the moderator's link of a demo on ports of its own, with its data in ``folder``."""
    command = [sys.executable, str(ROOT / "examples/newspaper/demo.py"), "--site-port", "0", "--port", "0"]
    process = subprocess.Popen([*command, "--data-dir", str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if "Ctrl-C" in line:
            break
    article = re.search(r"http://\S+/articles/\S+", said)
    link = re.search(r"http://\S+/admin/sign-in\S+", said)
    assert article is not None, said
    assert link is not None, said
    try:
        yield article[0], link[0]
    finally:
        process.send_signal(2)
        process.wait(30)


def show_thread(page: Page, address: str) -> None:
    """Scroll to the discussion, once it stands."""
    page.goto(f"{address}#comments")
    page.wait_for_selector("embed-comments[data-status=ready]")
    page.evaluate("document.fonts.ready")
    page.evaluate("document.querySelector('#comments').scrollIntoView({block: 'start'})")
    page.wait_for_selector("embed-comments [part~=pause]")  # what comes with reading on, last of all


def take(browser: Browser, address: str, name: str, width: int, height: int, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    show_thread(page, address)
    page.screenshot(path=FOLDER / name)
    context.close()


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        demo(Path(folder)) as (article, link),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=system_browser(), args=OPTIONS)
        take(browser, article, "thread.png", 1000, 1900, "light")
        take(browser, article, "thread-phone.png", 390, 844, "dark")
        page = browser.new_page(viewport={"width": 1000, "height": 720})
        page.goto(link)
        page.click("button")
        page.wait_for_selector(".queue")
        page.screenshot(path=FOLDER / "desk.png")
        browser.close()


if __name__ == "__main__":
    main()
