"""Name and e-mail: kept on the device by those who wish it, and by nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe import AXE, findings
from host_pages import HostPages
from nursery import QuickServer
from playwright.sync_api import Locator, expect
from readers import Reader

Readers = Callable[..., Reader]

EVERYTHING_KEPT = "JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage })"
COLOURS = "background: light-dark(#fff, #111); color: light-dark(#111, #eee)"
DARK_OR_LIGHT = f"<style>:root {{ color-scheme: light dark; {COLOURS} }}</style>"
ANI = {"name": "Ani Grigorian", "email": "ani@reader.example"}
needs_axe = pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there; run: npm ci (in widget/)")


def tick(form: Locator) -> Locator:
    """The box that says whether one wishes to be remembered."""
    return form.get_by_label("Remember me on this device")


def test_nothing_of_name_and_address_is_kept_of_those_who_do_not_wish_it(page_url: str, new_reader: Readers) -> None:
    reader = new_reader()
    reader.open(page_url)
    reader.post("Passing by", **ANI)
    kept = reader.page.evaluate(EVERYTHING_KEPT)
    assert [each for each in ("Ani", "Grigorian", "reader.example") if each in kept] == []
    form = reader.write("Once more")
    expect(form.locator("input[name=name]")).to_have_value("")
    expect(tick(form)).not_to_be_checked()


def test_those_who_wish_it_are_remembered_until_they_do_not(page_url: str, new_reader: Readers) -> None:
    reader = new_reader()
    reader.open(page_url)
    tick(reader.write("Staying", **ANI)).check()
    reader.post("Staying")
    reader.page.reload()
    reader.is_ready()
    form = reader.write("Back again")
    expect(form.locator("input[name=name]")).to_have_value(ANI["name"])
    expect(form.locator("input[name=email]")).to_have_value(ANI["email"])
    expect(tick(form)).to_be_checked()
    tick(form).uncheck()
    reader.post("Back again")
    kept = reader.page.evaluate(EVERYTHING_KEPT)
    assert [each for each in ("Ani", "Grigorian", "reader.example") if each in kept] == []


def test_a_page_may_tick_the_box(open_server: QuickServer, host: HostPages, key: str, new_reader: Readers) -> None:
    reader = new_reader()
    reader.open(host.embed(open_server.url, key, remember="on"))
    expect(tick(reader.write("Among friends"))).to_be_checked()


@needs_axe
@pytest.mark.parametrize("width", [1200, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_form(
    width: int, scheme: Any, open_server: QuickServer, host: HostPages, new_reader: Readers
) -> None:
    reader = new_reader(viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce")
    reader.open(host.embed(open_server.url, f"form {width} {scheme}", head=DARK_OR_LIGHT, remember="on"))
    form = reader.write("Words", **ANI)
    assert findings(reader.page, "embed-comments") == []
    box = tick(form).bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 24
