"""The decoder takes what clients send, and refuses the rest quickly."""

from __future__ import annotations

import time
import xmlrpc.client

import pytest

from embedcomments_pingback.faults import Fault, FaultCode
from embedcomments_pingback.xmlrpc import MAX_BODY_BYTES, Call, decode_call, encode_fault, encode_result

PING = Call(method="pingback.ping", arguments=("https://a.example/1?x=1&y=2", "https://blog.example/p"))


def call(*values: str, name: str = "pingback.ping") -> bytes:
    params = "".join(f"<param><value>{value}</value></param>" for value in values)
    return f"<methodCall><methodName>{name}</methodName><params>{params}</params></methodCall>".encode()


SOURCE, TARGET = "https://a.example/1?x=1&amp;y=2", "https://blog.example/p"


@pytest.mark.parametrize(
    "body",
    [
        xmlrpc.client.dumps(PING.arguments or (), "pingback.ping").encode(),
        call(f"<string>{SOURCE}</string>", f"<string>{TARGET}</string>"),
        call(SOURCE, TARGET),
        call(f"\n  <string>{SOURCE}</string>\n", TARGET),
        call(f"<string><![CDATA[{SOURCE.replace('amp;', '')}]]></string>", TARGET),
        call("https://a.example/1&#63;x=1&#x26;y=2", f"https://blog<!-- c -->.example{'/p'}", name=" pingback.ping "),
        b'<?xml version="1.0" encoding="ISO-8859-1"?>' + call(SOURCE, TARGET),
        b"\xef\xbb\xbf" + call(SOURCE, TARGET),
        ('<?xml version="1.0" encoding="UTF-16"?>' + call(SOURCE, TARGET).decode()).encode("utf-16"),
    ],
)
def test_calls_of_real_clients_are_read(body: bytes) -> None:
    assert decode_call(body) == PING


@pytest.mark.parametrize(
    "value",
    [
        *(
            "<i4>1</i4>",
            "<int>99999999999999999999999999999999</int>",
            "<double>1e999</double>",
            "<boolean>1</boolean>",
        ),
        *("<nil/>", "<base64>aHR0cA==</base64>", "<dateTime.iso8601>19980717T14:08:55</dateTime.iso8601>"),
        *("<array><data><value>x</value></data></array>", "<struct><member><name>a</name></member></struct>"),
        *(
            "<string>a</string><string>b</string>",
            "a<string>b</string>",
            "<string><b>a</b></string>",
            "<i4>" + "9" * 60_000,
        ),
    ],
)
def test_other_types_are_no_arguments(value: str) -> None:
    body = call(value, TARGET)
    if value.endswith("9"):
        body = call(value + "</i4>", TARGET)
    assert decode_call(body) == Call(method="pingback.ping", arguments=None)


def test_other_methods_keep_their_names() -> None:
    inner = "<array><data><value><struct><member><name>methodName</name></member></struct></value></data></array>"
    assert decode_call(call(inner, name="system.multicall")) == Call(method="system.multicall", arguments=None)
    assert decode_call(b"<methodCall><methodName>x</methodName></methodCall>") == Call(method="x", arguments=())


LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (at, b"&l%d;" % (at - 1) * 10) for at in range(1, 10))
HOSTILE = {
    "billion laughs": b'<!DOCTYPE m [<!ENTITY l0 "ha">' + LAUGHS + b"]>" + call("&l9;", "x"),
    "quadratic": b'<!DOCTYPE m [<!ENTITY a "' + b"a" * 30_000 + b'">]>' + call("&a;" * 10_000, "x"),
    "external entity": b'<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + call("&x;", "x"),
    "parameter entity": b'<!DOCTYPE m [<!ENTITY % x SYSTEM "http://127.0.0.1/x.dtd"> %x;]>' + call("x", "x"),
    "external dtd": b'<!DOCTYPE m SYSTEM "http://127.0.0.1/x.dtd">' + call("x", "x"),
    "plain dtd": b"<!DOCTYPE methodCall>" + call("x", "x"),
    "unknown entity": call("&nbsp;", "x"),
    "deep": b"<a>" * 20_000,
    "deep value": call("<value>" * 4_000 + "</value>" * 4_000),
    "deep and closed": b"<methodCall>" + b"<a>" * 8_000 + b"</a>" * 8_000 + b"</methodCall>",
    "many attributes": b"<methodCall " + b" ".join(b"a%d=''" % at for at in range(6_000)) + b"/>",
    "long attribute": b"<methodCall a='" + b"&lt;" * 16_000 + b"'/>",
    "invalid utf-8": call("x", "x").replace(b"x<", b"\xff\xfe<"),
    "surrogate": call("&#xD800;", "x"),
    "nul": call("&#0;", "x"),
    "control": call("\x01", "x"),
    "unknown encoding": b'<?xml version="1.0" encoding="x-none"?>' + call("x", "x"),
    "multi-byte encoding": b'<?xml version="1.0" encoding="shift_jis"?>' + call("x", "x"),
    "utf-7": b'<?xml version="1.0" encoding="utf-7"?>+ADw-methodCall/+AD4-',
    "two roots": call("x", "x") * 2,
    "cut": call("x", "x")[:-5],
    "empty": b"",
    "blank": b" \n",
    "not xml": b'{"methodName": "pingback.ping"}',
    "html": b"<!DOCTYPE html><p>hello",
    "other root": b"<methodResponse><methodName>x</methodName></methodResponse>",
    "no name": b"<methodCall><params/></methodCall>",
    "two names": b"<methodCall><methodName>a</methodName><methodName>b</methodName></methodCall>",
    "too long": b"<methodCall>" + b" " * MAX_BODY_BYTES + b"</methodCall>",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_calls_are_refused_quickly(body: bytes) -> None:
    start = time.thread_time()
    with pytest.raises(Fault) as refusal:
        decode_call(body)
    assert time.thread_time() - start < 0.1
    assert refusal.value.code is FaultCode.NOT_WELL_FORMED


@pytest.mark.parametrize("part", ["&amp;", "&#65;", "<!---->", "<?a?>", "<![CDATA[]]>", "x\n"])
def test_long_calls_of_many_parts_are_read_quickly(part: str) -> None:
    body = call(part * (65_000 // len(part)), "x")
    start = time.thread_time()
    arguments = decode_call(body).arguments
    assert time.thread_time() - start < 0.1
    assert arguments is not None
    assert arguments[1] == "x"


def test_answers_are_read_by_another_implementation() -> None:
    assert xmlrpc.client.loads(encode_result("Thanks & <bye>")) == (("Thanks & <bye>",), None)
    for code in FaultCode:
        with pytest.raises(xmlrpc.client.Fault) as refusal:
            xmlrpc.client.loads(encode_fault(Fault(code, "No & <no>")))
        assert (refusal.value.faultCode, refusal.value.faultString) == (int(code), "No & <no>")
