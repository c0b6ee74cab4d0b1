"""What whoever runs the server looks at, and the description of the API."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from site_client import SiteClient
from sqlalchemy.exc import OperationalError


def test_api_is_described_in_valid_openapi(shared: SiteClient) -> None:
    document = shared.get("/api/v1/openapi.json").json
    assert document["openapi"] == "3.1.0"
    assert [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_description_lists_every_route_of_the_api(shared: SiteClient) -> None:
    document = shared.get("/api/v1/openapi.json").json
    described = {(path, method.upper()) for path, item in document["paths"].items() for method in item}
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule in shared.app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1") and not rule.websocket
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert described == served


def test_description_names_the_parameters_of_the_thread_page(shared: SiteClient) -> None:
    paths = shared.get("/api/v1/openapi.json").json["paths"]
    names = {
        path: [parameter["name"] for parameter in paths[f"/api/v1/sites/{{site}}/{path}"]["get"]["parameters"]]
        for path in ("thread", "thread.html", "counts", "latest")
    }
    assert names == {
        "thread": ["site", "key", "sort", "after"],
        "thread.html": ["site", "key", "sort", "after", "branch", "lang", "part"],
        "counts": ["site", "key"],
        "latest": ["site", "limit"],
    }


def test_healthz_names_the_plugins_and_how_often_they_failed(
    new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType]
) -> None:
    def broken(draft: Any) -> None:
        raise ValueError("secret words")

    client = new_client(make_plugin("good"), make_plugin("bad", comment_check=broken), ModuleType("empty"))
    client.write("Hello")
    assert client.get("/healthz").json == {
        "status": "ok",
        "plugins": {
            "loaded": ["bad", "good"],
            "broken": ["empty"],
            "failures": {"bad": 1},
            "resting": [],
        },
    }
    for _ in range(4):
        client.write("Hello")
    assert client.get("/healthz").json["plugins"]["resting"] == ["bad"]


def test_readyz_asks_the_database(client: SiteClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (client.get("/readyz").status_code, client.get("/readyz").json) == (200, {"status": "ok"})

    def fail() -> None:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    monkeypatch.setattr(client.parts.database, "read", fail)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (503, "unavailable")


def test_metrics_count_failures_and_jobs(
    new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType]
) -> None:
    def listen(event: Any) -> None:
        raise ValueError

    client = new_client(make_plugin("listener", on_event=listen))
    client.write("Hello")
    assert client.instance.jobs.run_due() == 1
    answer = client.get("/metrics")
    assert answer.content_type.startswith("text/plain")
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    assert lines == [
        'embedcomments_plugin_failures{hook="job on_event",plugin="listener"} 1.0',
        'embedcomments_jobs{state="waiting"} 1.0',
    ]


@pytest.mark.parametrize(
    "method, path, status, code",
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("GET", "/api/v1//sites/default/thread", 404, "not_found"),
        ("PUT", "/api/v1/sites/default/thread", 405, "method_not_allowed"),
        ("GET", "/api/v1/sites/default/comments", 405, "method_not_allowed"),
        ("TRACE", "/healthz", 405, "method_not_allowed"),
        ("BREW", "/healthz", 405, "method_not_allowed"),
        ("GET", "/api/v1/feed", 400, "malformed_request"),
        ("GET", "/p/nothing/default/", 404, "not_found"),
        ("GET", "/embed/nothing.js", 404, "not_found"),
    ],
)
def test_every_error_is_a_problem(shared: SiteClient, method: str, path: str, status: int, code: str) -> None:
    answer = shared.call(method, path)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert sorted(answer.json) == ["code", "detail", "status", "title", "type"]
    assert (answer.json["status"], answer.json["code"]) == (status, code)
    assert ("Allow" in answer.headers) == (status == 405)


def test_bare_address_leads_to_the_desk(shared: SiteClient) -> None:
    answer = shared.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")
