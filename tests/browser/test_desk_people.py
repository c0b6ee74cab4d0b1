"""People of the desk in a browser: invited, signed in with two steps, removed; with and without scripts, on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from axe import AXE, findings
from nursery import QuickServer
from playwright.sync_api import Page, expect
from readers import Reader

Readers = Callable[..., Reader]
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def server(start_server: Callable[..., QuickServer]) -> QuickServer:
    return start_server()


def enter(page: Page, server: QuickServer, name: str = "Anahit", *options: str) -> None:
    page.goto(server.run("moderator", "link", "--name", name, *options).strip())
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def is_fine(page: Page) -> None:
    """Nothing is wrong for axe, and nothing wider than the window."""
    if AXE.exists():
        assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_somebody_is_invited_and_signs_in_with_two_steps(
    scripts: bool, scheme: str, server: QuickServer, new_reader: Readers
) -> None:
    how: dict[str, Any] = {"java_script_enabled": scripts, "color_scheme": scheme, "reduced_motion": "reduce"}
    owner, guest = (new_reader(viewport={"width": 390, "height": 800}, **how).page for _ in range(2))
    enter(owner, server)
    owner.goto(f"{server.url}/admin/default/people")
    owner.get_by_role("radio", name="Reviewer").check()
    owner.get_by_role("button", name="Invite").click()
    link = owner.locator("#link").inner_text()
    expect(owner.get_by_role("button", name="Copy the link")).to_be_visible(visible=scripts)

    name, address = f"Bo {scheme} {scripts}", f"bo-{scheme}-{scripts}@example.com".lower()
    guest.goto(link)
    if scripts:
        is_fine(guest)
    guest.get_by_label("Your name").fill(name)
    guest.get_by_label("E-mail address").fill(address)
    guest.get_by_label("Password").fill(PASSWORD)
    guest.get_by_role("button", name="Accept").click()
    guest.goto(f"{server.url}/admin/account/second-factor")
    guest.get_by_text("Or type the secret").click()
    app = pyotp.TOTP(guest.locator(".secret").inner_text().replace(" ", ""))
    expect(guest.locator(".qr")).to_be_visible()
    if scripts:
        is_fine(guest)
    guest.get_by_label("Type the code that it shows.").fill(app.now())
    guest.get_by_role("button", name="Switch on").click()
    codes = guest.locator("#codes").inner_text().split()
    assert len(codes) == 10
    if scripts:
        is_fine(guest)

    guest.goto(f"{server.url}/admin/account")
    if scripts:
        is_fine(guest)
        guest.set_viewport_size({"width": 1200, "height": 800})  # where the way out is in sight
    guest.context.clear_cookies()
    guest.goto(f"{server.url}/admin/default/moderation/")
    guest.get_by_label("E-mail address").fill(address)
    guest.get_by_label("Password").fill(PASSWORD)
    guest.get_by_role("button", name="Sign in").click()
    if scripts:
        is_fine(guest)
    guest.get_by_label("Code").fill(codes[0])
    guest.get_by_role("button", name="Sign in").click()
    guest.wait_for_url(f"{server.url}/admin/default/moderation/")  # which was asked for

    owner.goto(f"{server.url}/admin/default/people")
    if scripts:
        is_fine(owner)
    owner.get_by_role("button", name=f"Remove {name}").click()
    if scripts:
        owner.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(owner.locator(".notice")).to_have_text("Removed. Their sessions were ended.")
    guest.goto(f"{server.url}/admin/default/moderation/")
    expect(guest.get_by_role("heading", level=1)).to_have_text("Sign in to the desk")
