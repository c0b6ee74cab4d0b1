"""A ping's way: the call, the answer, the job, the mention."""

from __future__ import annotations

import logging
import xmlrpc.client
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

import embedcomments_pingback as plugin
from embedcomments.api import (
    Author,
    CommentKind,
    Link,
    OutboundError,
    OutboundForbidden,
    PluginRequest,
    PluginResponse,
    SiteSettings,
)
from embedcomments_pingback.settings import PingbackSettings

SOURCE, TARGET = "https://other.example/entry?p=1", "https://blog.example/post"
PAGE = f'<title>An entry</title><p>Have you seen <a href="{TARGET}#comments">this</a>?'
Ping = Callable[..., Any]


@pytest.fixture
def ping(ctx: Any, ping_request: Callable[[bytes], PluginRequest]) -> Ping:
    """Call the route; the string of its answer or the number of its fault."""
    (route,) = plugin.register_routes()

    def send(*arguments: Any, method: str = "pingback.ping") -> str | int:
        response = route.handler(ctx, ping_request(xmlrpc.client.dumps(arguments, method).encode()))
        assert isinstance(response, PluginResponse)
        assert (response.status, response.content_type) == (200, "text/xml; charset=utf-8")
        try:
            return str(xmlrpc.client.loads(response.body)[0][0])
        except xmlrpc.client.Fault as fault:
            return fault.faultCode

    return send


@pytest.fixture
def work(ctx: Any) -> Callable[[], None]:
    """Run the jobs that wait, as the host would."""
    jobs = {job.name: job for job in plugin.register_jobs()}

    def run() -> None:
        for name, payload in list(ctx.jobs.waiting.values()):
            jobs[name].run(ctx, payload)
        ctx.jobs.waiting.clear()

    return run


def test_a_ping_becomes_a_mention(ctx: Any, ping: Ping, work: Callable[[], None]) -> None:
    ctx.outbound.publish(SOURCE, PAGE)
    assert (
        ping(f"{SOURCE}#top", f"{TARGET}?utm_source=x") == "Thank you. The link will be checked and may then be shown."
    )
    assert (ctx.outbound.asked, ctx.comments.submitted) == ([], [])
    work()
    assert ctx.comments.submitted == [
        {
            "key": TARGET,
            "url": TARGET,
            "title": None,
            "kind": CommentKind.PINGBACK,
            "link": Link(url=SOURCE, title="An entry"),
            "author": Author(name="other.example"),
            "text": "Have you seen this?",
        }
    ]
    assert ping(SOURCE, TARGET) == 48


def test_the_same_ping_twice_is_one_job(ctx: Any, ping: Ping) -> None:
    ping(SOURCE, TARGET)
    ping(f" {SOURCE} ", f"{TARGET}#x")
    ping(SOURCE, "https://blog.example/other")
    assert [payload["target"] for _, payload in ctx.jobs.waiting.values()] == [TARGET, "https://blog.example/other"]


@pytest.mark.parametrize(
    "source, target, fault",
    [
        (SOURCE, "https://elsewhere.example/post", 33),
        (SOURCE, "http://blog.example/post", 33),
        (SOURCE, "https://blog.example:8443/post", 33),
        (SOURCE, "https://blog.example@evil.example/", 33),
        (SOURCE, "https://blog.example.evil.example/", 33),
        (SOURCE, "post", 32),
        (SOURCE, "", 32),
        (SOURCE, "javascript:alert(1)", 32),
        (SOURCE, "https://[", 32),
        (SOURCE, "https://blog.example/" + "x" * 2_000, 32),
        ("", TARGET, 16),
        ("file:///etc/passwd", TARGET, 16),
        ("https://user:word@other.example/", TARGET, 16),
        ("https://other.example/a b", TARGET, 16),
        ("https://other.example:99999/", TARGET, 16),
        ("https://other.example/" + "x" * 2_000, TARGET, 16),
        (TARGET, TARGET, 0),
        (f"{TARGET}#x", TARGET, 0),
    ],
)
def test_what_is_wrong_by_itself_is_answered_at_once(
    ctx: Any, ping: Ping, source: str, target: str, fault: int
) -> None:
    assert ping(source, target) == fault
    assert ctx.jobs.waiting == {}


def test_calls_of_other_forms_get_faults_of_the_protocol(
    ctx: Any, ping: Ping, ping_request: Callable[[bytes], PluginRequest]
) -> None:
    assert ping([{"methodName": "pingback.ping", "params": [SOURCE, TARGET]}], method="system.multicall") == -32601
    assert ping(method="system.listMethods") == -32601
    assert ping(method="wp.getUsersBlogs") == -32601
    assert [ping(SOURCE), ping(SOURCE, TARGET, "x"), ping(1, 2), ping([SOURCE], TARGET)] == [-32602] * 4
    response = plugin.register_routes()[0].handler(ctx, ping_request(b"<!DOCTYPE x><x/>"))
    assert isinstance(response, PluginResponse)
    assert "<int>-32700</int>" in str(response.body)
    assert ctx.jobs.waiting == {}


def test_answers_do_not_tell_which_sources_exist(ctx: Any, ping: Ping) -> None:
    sources = [SOURCE, "https://none.example/", "http://127.0.0.1/", "http://169.254.169.254/", "http://intranet:22/"]
    assert len({ping(source, TARGET) for source in sources}) == 1
    assert ctx.outbound.asked == []


def test_closed_threads_and_sites_that_take_none_answer_49(ctx: Any, ping: Ping, work: Callable[[], None]) -> None:
    ctx.outbound.publish(SOURCE, PAGE)
    ping(SOURCE, TARGET)
    ctx.comments.close(TARGET)
    assert ping(SOURCE, TARGET) == 49
    work()
    ctx.comments.threads.clear()
    ping(SOURCE, TARGET)
    ctx.settings["accept"] = False
    assert ping(SOURCE, TARGET) == 49
    work()
    assert (ctx.outbound.asked, ctx.comments.submitted) == ([], [])


def test_without_registered_origins_pages_of_this_machine_are_targets(ctx: Any, ping: Ping) -> None:
    ctx.site = replace(ctx.site, origins=())
    assert ping(SOURCE, "http://localhost:8000/post") != 33
    assert ping(SOURCE, TARGET) == 33


def test_international_targets_have_the_spelling_of_browsers(ctx: Any, ping: Ping, work: Callable[[], None]) -> None:
    settings = SiteSettings(strip_parameters=("ref",))
    ctx.site = replace(ctx.site, origins=("https://xn--y9a3aq.example",), settings=settings)
    ctx.outbound.publish(SOURCE, '<a href="https://ՀԱՅ.example/գրառում?ref=me">x</a>')
    assert ping(SOURCE, "https://xn--y9a3aq.example/%D5%A3%D6%80%D5%A1%D5%BC%D5%B8%D6%82%D5%B4") != 33
    work()
    (mention,) = ctx.comments.submitted
    assert mention["key"] == "https://xn--y9a3aq.example/%D5%A3%D6%80%D5%A1%D5%BC%D5%B8%D6%82%D5%B4"


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_passing_trouble_is_tried_again(ctx: Any, ping: Ping, work: Callable[[], None], status: int) -> None:
    ping(SOURCE, TARGET)
    with pytest.raises(OutboundError):
        work()
    ctx.outbound.publish(SOURCE, PAGE, status=status)
    with pytest.raises(OutboundError):
        work()
    ctx.outbound.publish(SOURCE, PAGE)
    work()
    assert len(ctx.comments.submitted) == 1


def final_cases() -> list[Any]:
    return [
        pytest.param({"html": "<p>nothing</p>"}, 17, id="no link"),
        pytest.param({"html": f"<!-- {PAGE} -->"}, 17, id="comment"),
        pytest.param({"html": PAGE, "kind": "text/plain"}, 17, id="plain text"),
        pytest.param({"html": PAGE, "kind": "image/svg+xml"}, 17, id="drawing"),
        pytest.param({"html": PAGE, "kind": ""}, 17, id="no type"),
        pytest.param({"html": PAGE, "at": TARGET}, 17, id="redirect to the target"),
        pytest.param({"html": "x" * 262_144 + PAGE}, 17, id="too far down"),
        pytest.param({"html": "<!---->" * 40_000}, 17, id="tangled"),
        pytest.param({"html": PAGE, "status": 404}, 16, id="not found"),
        pytest.param({"html": PAGE, "status": 410}, 16, id="gone"),
        pytest.param({"html": PAGE, "status": 304}, 16, id="not modified"),
    ]


@pytest.mark.parametrize("page, fault", final_cases())
def test_what_will_not_change_is_logged_and_done(
    ctx: Any, ping: Ping, work: Callable[[], None], caplog: pytest.LogCaptureFixture, page: dict[str, Any], fault: int
) -> None:
    caplog.set_level(logging.INFO)
    ctx.outbound.publish(SOURCE, **page)
    ping(SOURCE, TARGET)
    work()
    assert ctx.comments.submitted == []
    assert f"fault {fault}." in caplog.text


def test_inside_addresses_and_rejections_are_final(
    ctx: Any, ping: Ping, work: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    ctx.outbound.pages[SOURCE] = OutboundForbidden("No.")
    ping(SOURCE, TARGET)
    work()
    ctx.outbound.publish(SOURCE, PAGE)
    ctx.comments.rejection = "Spam."
    ping(SOURCE, TARGET)
    work()
    assert ctx.comments.submitted == []
    assert [record.getMessage().rsplit(" ", 2)[-1] for record in caplog.records] == ["No.", "Spam."]


def test_one_host_gets_so_many_places_an_hour(ctx: Any, ping: Ping, work: Callable[[], None]) -> None:
    ctx.settings["per_host_per_hour"] = 2
    ctx.comments.add(TARGET, "https://other.example/old", ctx.now() - timedelta(hours=2))
    for at in range(4):
        source = f"https://{'OTHER' if at else 'other'}.example/{at}"
        ctx.outbound.publish(source, PAGE)
        ping(source, TARGET)
    ctx.outbound.publish("https://third.example/", PAGE)
    ping("https://third.example/", TARGET)
    work()
    links = [mention["link"].url for mention in ctx.comments.submitted]
    assert links == ["https://other.example/0", "https://OTHER.example/1", "https://third.example/"]


def test_discovery_announces_the_endpoint_while_pings_are_taken(ctx: Any) -> None:
    expected = [("pingback", "https://comments.example/p/pingback/blog/xmlrpc")]
    assert plugin.discovery_links(ctx, None) == expected
    ctx.comments.close(TARGET)
    assert plugin.discovery_links(ctx, ctx.comments.threads[TARGET]) == []
    ctx.settings["accept"] = False
    assert plugin.discovery_links(ctx, None) == []


def test_declarations_are_what_the_readme_says() -> None:
    (route,) = plugin.register_routes()
    assert (route.path, route.methods, route.max_body_bytes, route.per_minute) == ("xmlrpc", ("POST",), 65_536, 30)
    assert plugin.register_settings().schema is PingbackSettings
    assert PingbackSettings().load({}) == {"accept": True, "excerpt_length": 200, "per_host_per_hour": 30}
    assert plugin.plugin_info.name == "pingback"
