"""axe-core finds nothing: in a thread of every kind of comment; light and dark. The desk: test_desk_pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe import AXE, findings
from host_pages import HostPages
from nursery import QuickServer
from playwright.sync_api import expect
from readers import NO_CHANCE, Reader

Readers = Callable[..., Reader]

pytestmark = pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there; run: npm ci (in widget/)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_thread_has_no_findings(
    scheme: str, open_server: QuickServer, host: HostPages, key: str, new_reader: Readers
) -> None:
    key = f"axe {scheme}"
    top = open_server.comment("Words and `code`\n\n> a quote\n\n```\ncode\n```", key=key, author={"name": "Anahit"})
    open_server.comment("An answer", key=key, parent_id=top.json["comment"]["id"], author={"url": "https://a.example"})
    gone = open_server.comment("To be removed", key=key).json
    open_server.comment("Below it", key=key, parent_id=gone["comment"]["id"])
    token = {"Authorization": f"Bearer {gone['edit_token']}"}
    open_server.call("DELETE", f"/api/v1/comments/{gone['comment']['id']}", headers=token)
    colours = "background: light-dark(#fff, #111); color: light-dark(#111, #eee)"
    head = f"<style>:root {{ color-scheme: light dark; {colours} }}</style>"
    reader = new_reader(script=NO_CHANCE, color_scheme=scheme, reduced_motion="reduce")
    reader.open(host.embed(open_server.url, key, head=head))
    assert findings(reader.page, "embed-comments") == []
    reader.post("Mine", name="Me")
    form = reader.write("Some text", to="An answer")
    form.get_by_role("button", name="Preview").click()
    expect(form.locator(".preview")).to_contain_text("Some text")
    open_server.comment("One more", key=key)
    expect(reader.thread.locator(".bar button")).to_be_visible()
    reader.comment("Mine").locator(".delete-own").click()
    assert findings(reader.page, "embed-comments") == []
