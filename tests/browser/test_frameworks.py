"""The examples with frameworks: threads come, change their key and go with the pages of an app, and nothing stays."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from nursery import QuickServer
from playwright.sync_api import Page, WebSocket, expect
from readers import Reader

EXAMPLES = Path(__file__).parents[2] / "examples"
NODE = shutil.which("node")
VITE = EXAMPLES / "node_modules" / "vite" / "bin" / "vite.js"
HTMX = EXAMPLES / "node_modules" / "htmx.org" / "dist" / "htmx.min.js"
ASTRO = EXAMPLES / "astro" / "node_modules" / "astro" / "astro.js"


def build(name: str, server: str, folder: Path) -> None:
    """The example as its own command builds it, in ``folder``."""
    if name == "htmx":
        for file in (EXAMPLES / "htmx" / "site").iterdir():
            (folder / file.name).write_text(file.read_text("utf-8").replace("__SERVER__", server), "utf-8")
        shutil.copy(HTMX, folder)
        return
    program = [str(ASTRO), "build"] if name == "astro" else [str(VITE), "build", "--emptyOutDir"]
    settings = {"VITE_COMMENTS": server, "PUBLIC_COMMENTS": server, "ASTRO_TELEMETRY_DISABLED": "1"}
    done = subprocess.run(
        [NODE or "node", *program, "--outDir", str(folder)],
        cwd=EXAMPLES / name,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


class Files(SimpleHTTPRequestHandler):
    """Files of a folder, as hosts of such sites serve them: /summer is summer.html, summer/index.html or the app."""

    def translate_path(self, path: str) -> str:
        exact = Path(super().translate_path(path))
        root = Path(self.directory)
        choices = (exact, exact.with_suffix(".html"), exact / "index.html", root / "index.html")
        return str(next(choice for choice in choices if choice.is_file()))

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=str(folder))) as site:
        thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{site.server_port}/"
        site.shutdown()
        thread.join()


def instances(page: Page) -> int:
    """How many thread elements live in the page's memory, once what nobody holds is gone."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    prototype = session.send("Runtime.evaluate", {"expression": "customElements.get('embed-comments').prototype"})
    found = session.send("Runtime.queryObjects", {"prototypeObjectId": prototype["result"]["objectId"]})
    count = session.send(
        "Runtime.callFunctionOn",
        {
            "objectId": found["objects"]["objectId"],
            "functionDeclaration": "function () { return this.length; }",
            "returnByValue": True,
        },
    )
    session.detach()
    value: int = count["result"]["value"]
    return value


@pytest.mark.parametrize("name", ["react", "vue", "svelte", "htmx", "astro"])
def test_thread_comes_changes_and_goes_with_the_pages(
    name: str, open_server: QuickServer, new_reader: Callable[..., Reader], tmp_path: Path
) -> None:
    needed = {"astro": ASTRO, "htmx": HTMX}.get(name, VITE)
    if not needed.exists() or not NODE:
        assert os.environ.get("CI") != "true", f"{name} is not installed"
        pytest.skip("It is not installed; run: make frameworks")
    build(name, open_server.url, tmp_path)
    open_server.comment("Snow in April", key=f"{name}/")
    open_server.comment("Thunder", key=f"{name}/summer")
    reader = new_reader()
    page = reader.page
    sockets: list[WebSocket] = []
    ended: list[WebSocket] = []

    def watch(socket: WebSocket) -> None:
        sockets.append(socket)
        socket.on("close", lambda closed: ended.append(closed))

    page.on("websocket", watch)

    def go(title: str) -> None:
        page.get_by_role("link", name=title).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        expect(page).to_have_title(title)
        expect(page.locator("nav [aria-current=page]")).to_have_text(title)

    with serving(tmp_path) as address:
        reader.open(address)
        page.evaluate("window.isSamePage = true")
        expect(reader.comment("Snow in April")).to_be_visible()
        go("Summer")
        expect(reader.comment("Thunder")).to_be_visible()
        expect(reader.comment("Snow in April")).to_have_count(0)
        reader.post("And hail", name="Ida")
        go("Winter")
        expect(reader.thread).to_have_count(0)
        for _ in range(3):
            go("Spring")
            expect(reader.comment("Snow in April")).to_be_visible()
            go("Summer")
            expect(reader.comment("And hail")).to_be_visible()
            go("Winter")
            expect(reader.thread).to_have_count(0)
        page.go_back()
        expect(reader.comment("And hail")).to_be_visible()
        open_server.comment("Live", key=f"{name}/summer")
        reader.show_arrivals(1)
        expect(reader.comment("Live")).to_be_visible()
        go("Winter")
        assert page.evaluate("window.isSamePage"), "the page was loaded anew"
        # Five came. The browser and a framework may hold the last that they dealt with, however many there were.
        reader.wait_for(lambda: instances(page) <= 2, "the end of the elements")
        reader.wait_for(lambda: len(ended) == len(sockets), "the end of the sockets")
