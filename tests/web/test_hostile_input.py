"""Whatever is sent: a problem with a 4xx, or a valid answer; never a 500."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from site_client import SiteClient
from werkzeug.test import TestResponse

SUBMIT = "/api/v1/sites/default/comments"
PREVIEW = "/api/v1/sites/default/preview"
LIMIT = 65_536
VALUES: list[Any] = [None, True, False, 0, -1, 1.5, 2**63, 2**64 - 1, -(2**63), "", "\x00", [], {}, [[]], {"": {}}]
FIELDS = [
    ("thread",),
    ("thread", "key"),
    ("thread", "url"),
    ("thread", "title"),
    ("author",),
    ("author", "name"),
    ("author", "email"),
    ("author", "url"),
    ("parent_id",),
    ("text",),
    ("extensions",),
    ("extensions", "spam"),
]


@pytest.fixture(scope="module")
def mine(shared: SiteClient) -> dict[str, str]:
    """A comment whose author may change it, by address and token."""
    written = shared.write("Mine", key="mine")
    return {"address": f"/api/v1/comments/{written['comment']['id']}", "token": written["edit_token"]}


def is_good(answer: TestResponse) -> bool:
    """Whether it is a valid answer, or a problem that blames the client."""
    if answer.status_code < 300:
        return answer.content_type == "application/json" and answer.json is not None
    problem = answer.json
    return (
        400 <= answer.status_code < 500
        and answer.content_type == "application/problem+json"
        and problem["status"] == answer.status_code
        and isinstance(problem["code"], str)
        and isinstance(problem["detail"], str)
    )


def everywhere(client: SiteClient, mine: dict[str, str], body: bytes, **how: Any) -> list[TestResponse]:
    """The answers of all calls that read a body."""
    sent = {"data": body, "content_type": "application/json", **how}
    return [
        client.call("POST", SUBMIT, **sent),
        client.call("POST", PREVIEW, **sent),
        client.call("PATCH", mine["address"], token=mine["token"], **sent),
    ]


@pytest.mark.parametrize(
    "body, code",
    [
        (b"", "malformed_request"),
        (b"{", "malformed_request"),
        (b"[]", "malformed_request"),
        (b"null", "malformed_request"),
        (b'"text"', "malformed_request"),
        (b'{"text": NaN}', "malformed_request"),
        (b'{"text": Infinity}', "malformed_request"),
        (b'{"text": "\xff"}', "malformed_request"),
        (b'{"text": "\xed\xa0\x80"}', "malformed_request"),
        (b'{"text": "\\ud800"}', "malformed_request"),
        (b'{"\\udfff": 1}', "malformed_request"),
        (b'{"text": "a\nb"}', "malformed_request"),
        (b"\xef\xbb\xbf{}", "malformed_request"),
        ('{"text": "x"}'.encode("utf-16"), "malformed_request"),
        (b"text=x&thread=y", "malformed_request"),
        (b'{"text": ' + b"[" * 40 + b"]" * 40 + b"}", "malformed_request"),
        (b'{"text": ' + b"[" * 30_000 + b"]" * 30_000 + b"}", "malformed_request"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "malformed_request"),
        (b'{"text": ' + b"9" * 5000 + b"}", "malformed_request"),
        (b'{"text": 1e999}', "malformed_request"),
        (b'{"text": 18446744073709551616}', "invalid_request"),
        (b'{"text": 9223372036854775808}', "invalid_request"),
        (b"{}", "invalid_request"),
        (b'{"": "", "text": 1, "text": 2}', "invalid_request"),
        (b"[" * 50_000 + b"]" * 50_000, "body_too_large"),
        (b'{"text": "' + b"x" * LIMIT + b'"}', "body_too_large"),
        (b" " * 8_000_000, "body_too_large"),
    ],
    ids=range(27),
)
def test_body_that_is_no_use_is_told_in_a_problem(
    shared: SiteClient, mine: dict[str, str], body: bytes, code: str
) -> None:
    status = {"malformed_request": 400, "invalid_request": 422, "body_too_large": 413}[code]
    for answer in everywhere(shared, mine, body):
        assert is_good(answer)
        assert (answer.status_code, answer.json["code"]) == (status, code), answer.text


def test_body_may_be_as_long_as_the_limit(shared: SiteClient) -> None:
    head, tail = b'{"thread": {"key": "long"}, "text": "x", "pad": "', b'"}'
    body = head + b"p" * (LIMIT - len(head) - len(tail)) + tail
    assert shared.post(body).status_code == 201
    assert shared.post(body[:-2] + b'x"}').status_code == 413


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/xml", "multipart/form-data; boundary=x", "nonsense", "a/b; \xff"]
)
def test_content_type_does_not_matter(shared: SiteClient, content_type: str) -> None:
    body = json.dumps({"thread": {"key": "types"}, "text": "x"}).encode()
    assert shared.post(body, content_type=content_type).status_code == 201


def test_second_of_two_equal_names_counts(shared: SiteClient) -> None:
    answer = shared.post(b'{"thread": {"key": "twice"}, "text": "one", "text": "two"}')
    assert (answer.status_code, answer.json["comment"]["source"]) == (201, "two")


@pytest.mark.parametrize("field", FIELDS, ids=".".join)
def test_field_of_any_type_is_taken_or_told(shared: SiteClient, field: tuple[str, ...]) -> None:
    for value in VALUES:
        body: dict[str, Any] = {"thread": {"key": "types"}, "author": {}, "text": "Hello", "extensions": {}}
        holder = body
        for name in field[:-1]:
            holder = holder[name]
        holder[field[-1]] = value
        answer = shared.post(body)
        assert is_good(answer), (value, answer.text)


@pytest.mark.parametrize(
    "key",
    [
        *("", " ", "k" * 100_000, "\x00", "a\nb", "\u202e", "😀" * 1000, "javascript:x", "//"),
        *("http://", "http://[", "http://a:b@c:99999/", "http://exa\u2100mple.com/", "HTTP://A//B//", "http://%zz/"),
        "http://a/?" + "&".join("a" * 400),
    ],
)
def test_key_of_any_form_is_taken_or_told(shared: SiteClient, key: str) -> None:
    assert is_good(
        shared.submit("Hello", key=key or None) if key else shared.post({"thread": {"key": ""}, "text": "x"})
    )
    for path in ("thread", "counts"):
        assert is_good(shared.get(f"/api/v1/sites/default/{path}", query_string={"key": key}))


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/sites/default/thread?key=%",
        "/api/v1/sites/default/thread?key=%zz%ff%00",
        "/api/v1/sites/default/thread?key=a&after=%ff&sort=oldest",
        "/api/v1/sites/default/thread?key=a&key=b&sort=top&sort=new",
        "/api/v1/sites/default/thread?key[]=a",
        "/api/v1/sites/default/thread?;;&&==",
        "/api/v1/sites/default/thread?key=%ed%a0%80",
        "/api/v1/sites/%ed%a0%80/thread?key=a",
        "/api/v1/sites/..%2f/thread?key=a",
        "/api/v1/sites/default/counts?key=%ff&key=%fe",
        "/api/v1/comments/%zz/replies?after=%00",
        "/api/v1/comments/../comments/x",
        "/p/%ff/%00/%zz",
        "/%ff%fe",
    ],
)
def test_broken_addresses_are_told(shared: SiteClient, path: str) -> None:
    for method in ("GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT"):
        answer = shared.call(method, path)
        assert answer.status_code < 500, (method, answer.text)
        assert method in ("HEAD", "OPTIONS") or is_good(answer)


@pytest.mark.parametrize(
    "name", ["Authorization", "Origin", "Idempotency-Key", "If-None-Match", "Accept-Encoding", "User-Agent", "Cookie"]
)
def test_header_of_any_form_is_taken_or_told(shared: SiteClient, mine: dict[str, str], name: str) -> None:
    for value in ("", " ", "x" * 100_000, "\xff\xfe", "Bearer " + "a." * 30_000, "Bearer \xe9", ";,=" * 5000, '"' * 99):
        headers = {name: value}
        for answer in (
            shared.get("/api/v1/sites/default/thread?key=headers", headers=headers),
            shared.get(mine["address"], headers=headers),
            shared.submit("Hello", key="headers", headers=headers),
            shared.call("PATCH", mine["address"], headers=headers, json={"text": "Mine"}),
        ):
            assert answer.status_code == 304 or is_good(answer), (name, value[:20], answer.text)


@pytest.mark.parametrize(
    "unit",
    [
        "[",
        "*",
        "_a ",
        "`",
        "<",
        "> ",
        "- ",
        "![",
        "[a](",
        "|a",
        "&#",
        "http://a",
        "a@b.c ",
        "\\",
        "1. ",
        "~~",
        "(",
        "\t",
    ],
)
def test_pathological_markdown_is_rendered_in_time(shared: SiteClient, unit: str) -> None:
    text = (unit * 10_000)[:10_000]
    assert is_good(shared.call("POST", PREVIEW, json={"text": text}))


_LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=40)
_NAMES = st.sampled_from([name for field in FIELDS for name in field]) | st.text(max_size=8)
_JSON = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=6), max_leaves=20
)
_TEXT = st.text(max_size=200)
_BODY = st.fixed_dictionaries(
    {},
    optional={
        "thread": st.fixed_dictionaries({}, optional={"key": _TEXT, "url": _TEXT, "title": _TEXT}) | _JSON,
        "author": st.fixed_dictionaries({}, optional={"name": _TEXT, "email": _TEXT, "url": _TEXT}) | _JSON,
        "text": _TEXT | _JSON,
        "parent_id": _TEXT | _JSON,
        "extensions": _JSON,
    },
)
fuzzed = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@fuzzed
@given(body=_BODY | _JSON)
def test_any_json_is_taken_or_told(shared: SiteClient, mine: dict[str, str], body: Any) -> None:
    for answer in everywhere(shared, mine, json.dumps(body).encode()):
        assert is_good(answer), answer.text


@fuzzed
@given(body=st.binary(max_size=300))
def test_any_bytes_are_taken_or_told(shared: SiteClient, mine: dict[str, str], body: bytes) -> None:
    for answer in everywhere(shared, mine, body):
        assert is_good(answer), answer.text


@fuzzed
@given(text=st.text(st.characters(codec="utf-8"), min_size=1, max_size=300))
def test_text_of_any_characters_is_rendered(shared: SiteClient, text: str) -> None:
    answer = shared.submit(text, key="any")
    assert is_good(answer)
    if answer.status_code == 201:
        shown = shared.get(answer.headers["Location"]).json["comment"]
        assert shown["html"] == answer.json["comment"]["html"]
        assert "<script" not in shown["html"]


@fuzzed
@given(key=st.text(max_size=60), sort=_TEXT, after=_TEXT, limit=_TEXT)
def test_query_of_any_form_is_taken_or_told(shared: SiteClient, key: str, sort: str, after: str, limit: str) -> None:
    query = {"key": key, "sort": sort, "after": after, "limit": limit}
    for path in ("thread", "counts", "latest"):
        assert is_good(shared.get(f"/api/v1/sites/default/{path}", query_string=query))
    assert is_good(shared.get("/api/v1/sites/default/thread", query_string={"key": key or "k"}))
    page = shared.get("/api/v1/sites/default/thread.html", query_string={"key": key, "after": after})
    assert page.status_code in (200, 422)
