"""Signing in by what a plugin brings."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from site_client import Desk, SiteClient

from embedcomments.api import AuthProvider, PluginResponse

BACK = "/admin/sign-in/id/complete"


@pytest.fixture
def answer() -> dict[str, Any]:
    """What the provider proves or does when the browser comes back."""
    return {"complete": lambda request: "vera@example.com"}


@pytest.fixture
def client(
    new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType], answer: dict[str, Any]
) -> SiteClient:
    provider = AuthProvider(
        name="id",
        title="<ID>",
        begin=lambda ctx, request: PluginResponse(status=303, headers={"Location": "https://id.example/"}),
        complete=lambda ctx, request: answer["complete"](request),
    )
    made = new_client(make_plugin("way", register_auth_providers=lambda: [provider]))
    made.parts.signing_in.one_time_token(name="Vera", site_id=None, email="Vera@example.com")
    return made


def test_whoever_the_provider_proves_is_signed_in(client: SiteClient, answer: dict[str, Any]) -> None:
    desk = Desk(client)
    assert "&lt;ID&gt;" in desk.get("/admin/default/health").text  # the way in is offered where it is missed
    assert desk.get("/admin/sign-in/id").headers["Location"] == "https://id.example/"
    came = desk.get(BACK)
    assert (came.status_code, came.headers["Location"]) == (303, "/admin/")
    assert "Vera" in desk.get("/admin/default/health").text
    assert Desk(client).get("/admin/default/health").status_code == 401


@pytest.mark.parametrize("proven", ["bob@example.com", "", None])
def test_whoever_is_no_moderator_is_not(client: SiteClient, answer: dict[str, Any], proven: str | None) -> None:
    answer["complete"] = lambda request: proven
    desk = Desk(client)
    desk.get("/admin/sign-in/id")
    page = desk.get(BACK)
    assert (page.status_code, "That did not prove the address of a moderator." in page.text) == (403, True)
    assert desk.get("/admin/default/health").status_code == 401


def test_answer_to_a_sign_in_that_began_elsewhere_is_not_asked_for(client: SiteClient, answer: dict[str, Any]) -> None:
    asked: list[str] = []

    def complete(request: Any) -> str:
        asked.append(request.headers["embedcomments-browser"])
        return "vera@example.com"

    answer["complete"] = complete
    assert Desk(client).get(BACK, headers={"embedcomments-browser": "forged"}).status_code == 403
    assert asked == []
    desk = Desk(client)
    desk.get("/admin/sign-in/id")
    assert desk.get(BACK, headers={"embedcomments-browser": "forged"}).status_code == 303
    assert desk.get(BACK).status_code == 403  # each begins anew
    assert len(asked) == 1
    assert len(asked[0]) == 32


@pytest.mark.parametrize("fault", ["raises", "exits", "answers nonsense"])
def test_provider_that_fails_is_counted_and_signs_nobody_in(
    client: SiteClient, answer: dict[str, Any], fault: str
) -> None:
    def fail(request: Any) -> Any:
        if fault == "answers nonsense":
            return 5
        raise (SystemExit if fault == "exits" else ValueError)("no")

    answer["complete"] = fail
    desk = Desk(client)
    desk.get("/admin/sign-in/id")
    assert desk.get(BACK).status_code == 503
    assert client.get("/healthz").json["plugins"]["failures"] == {"way": 1}
    assert desk.get("/admin/default/health").status_code == 401


def test_provider_is_gone_where_its_plugin_is_off_everywhere(client: SiteClient) -> None:
    client.parts.sites.add("press")
    client.parts.lifecycle.switch(client.parts.sites.get("default"), "way", on=False)
    assert Desk(client).get("/admin/sign-in/id").status_code == 303  # press has it
    client.parts.lifecycle.switch(client.parts.sites.get("press"), "way", on=False)
    desk = Desk(client)
    assert [desk.get(path).status_code for path in ("/admin/sign-in/id", BACK)] == [404, 404]
    assert "&lt;ID&gt;" not in desk.get("/admin/sign-in").text
