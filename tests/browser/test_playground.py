"""The playground: what is chosen shows at once, and what is copied looks the same on another page."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from axe import AXE, findings
from host_pages import HostPages, served
from nursery import QuickServer
from playwright.sync_api import Page, expect
from readers import NO_CHANCE, Reader

from embedcomments.web.admin.snippets import LANGUAGES

FOLDER = Path(__file__).parents[2] / "examples" / "playground"
Readers = Callable[..., Reader]


def made(port: int, server: str, site: str, key: str) -> ThreadingHTTPServer:
    spec = importlib.util.spec_from_file_location("example_playground", FOLDER / "serve.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    server_of: Callable[..., ThreadingHTTPServer] = module.PlaygroundServer
    return server_of(port, server, site, key)


@pytest.fixture
def playground(open_server: QuickServer, key: str) -> Iterator[str]:
    """Its address, for a thread with a conversation."""
    top = open_server.comment("A comment", key=key, author={"name": "Anahit"}).json["comment"]["id"]
    open_server.comment("An answer", key=key, parent_id=top)
    with served(made(0, open_server.url, "default", key)) as site:
        yield f"http://localhost:{site.server_port}/"


def looks(page: Page) -> list[str]:
    """What the choices of these tests change of the thread."""
    found: list[str] = page.evaluate(
        """() => {
            const element = document.querySelector("embed-comments");
            const inside = (selector) => getComputedStyle(element.shadowRoot.querySelector(selector));
            return [
                inside(".avatar").display, inside(".number").display, inside(".form").borderTopLeftRadius,
                inside(".thread").colorScheme, inside(".number").color, inside("h2").fontFamily,
                element.shadowRoot.querySelector(".thread").lang, `${element.offsetWidth}`,
            ];
        }"""
    )
    return found


def test_keyboard_alone_changes_the_widget_and_copies_what_is_pasted(
    playground: str, host: HostPages, key: str, new_reader: Readers
) -> None:
    reader = new_reader(script=NO_CHANCE, permissions=["clipboard-read", "clipboard-write"])
    page = reader.page
    reader.open(playground)
    plain = looks(page)
    page.get_by_role("radio", name="Plain").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("embed-comments")).to_have_attribute("data-design", "newspaper")
    reader.wait_for(lambda: looks(page)[0] == "none" != plain[0], "the newspaper")
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    for name, choice in {"lang": "hy", "font": "mono", "radius": "1.25rem", "width": "30rem"}.items():
        page.locator(f"select[name={name}]").select_option(choice)
    page.get_by_label("Numbers").focus()
    page.keyboard.press("Space")
    reader.is_ready()
    expect(page.locator("embed-comments .thread")).to_have_attribute("lang", "hy")
    chosen = looks(page)
    assert all(before != after for before, after in zip(plain, chosen, strict=True)), chosen

    copied = []
    for button in page.get_by_role("button", name="Copy").all():
        button.press("Enter")
        expect(page.locator(".said")).to_have_text("Copied.")
        copied.append(page.evaluate("navigator.clipboard.readText()"))
    tag, css = copied
    assert "data-theme" in tag
    assert "light-dark(" in css
    tag = tag.replace(" data-", f' data-key="{key}" data-', 1)
    dress = "body { font: 1.0625rem/1.6 Charter, serif; margin: 0; padding: 0 100px }"
    head = f'<!doctype html><html lang="en"><title>A page</title><style>{dress}{css}</style>'
    address = host.add("/pasted", f"{head}<body>{tag}")
    pasted = new_reader()
    pasted.open(address)
    assert looks(pasted.page) == chosen

    again = new_reader()
    again.open(page.url)
    assert looks(again.page) == chosen
    again.page.get_by_role("button", name="Start over").click()
    again.is_ready()
    again.wait_for(lambda: looks(again.page) == plain, "the start")
    assert again.page.url == playground


def test_weak_accent_is_said_to_be_weak(playground: str, new_reader: Readers) -> None:
    reader = new_reader()
    reader.open(f"{playground}?own=on&light=%23ffee00")
    expect(reader.page.locator(".advice")).to_contain_text("1.2:1 on a light page")
    reader.page.get_by_label("Light", exact=True).nth(2).fill("#003355")
    expect(reader.page.locator(".advice")).to_be_empty()


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there; run: npm ci (in widget/)")
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("query", ["", "?page=dark&design=cards&lang=ar&own=on"])
def test_playground_has_no_findings(playground: str, new_reader: Readers, width: int, query: str) -> None:
    reader = new_reader(script=NO_CHANCE, viewport={"width": width, "height": 844}, reduced_motion="reduce")
    reader.open(playground + query)
    if width == 390:
        reader.page.locator("summary").first.press("Enter")
        expect(reader.page.get_by_role("radio", name="Cards")).to_be_visible()
    assert findings(reader.page) == []
    assert reader.page.evaluate("document.documentElement.scrollWidth") == width


def test_languages_are_those_of_the_widget() -> None:
    listed = re.search(r'LANGUAGES = "(.*?)"', (FOLDER / "playground.js").read_text("utf-8"))
    assert listed is not None
    assert set(listed[1].split()) == set(LANGUAGES)
