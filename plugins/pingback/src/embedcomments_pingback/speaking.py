"""Telling an endpoint of a link, by webmention or pingback."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from embedcomments.api import Outbound, OutboundError
from embedcomments_pingback.addresses import host_of
from embedcomments_pingback.endpoints import Endpoint, Protocol
from embedcomments_pingback.excerpts import clean_text
from embedcomments_pingback.faults import Fault, FaultCode
from embedcomments_pingback.verification import TRANSIENT
from embedcomments_pingback.xmlrpc import decode_answer, encode_call

_MAX_ANSWER_BYTES = 16_384
_MAX_SENTENCE = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What an endpoint said, in one line. ``accepted``: it takes the link, or has it already."""

    accepted: bool
    sentence: str


def speak(outbound: Outbound, endpoint: Endpoint, source: str, target: str) -> Answer:
    """The endpoint's answer to "``source`` links to ``target``".

    Raises OutboundError when trying again may help, OutboundForbidden for an endpoint that is not a public one.
    """
    if endpoint.protocol is Protocol.WEBMENTION:
        return _webmention(outbound, endpoint.url, source, target)
    return _pingback(outbound, endpoint.url, source, target)


def _webmention(outbound: Outbound, url: str, source: str, target: str) -> Answer:
    """Source: W3C Webmention, section 3.1.3: any 2xx is success; 201 names a page about what comes of it."""
    body = urlencode({"source": source, "target": target}).encode()
    answer = outbound.post(url, body, content_type="application/x-www-form-urlencoded", max_bytes=_MAX_ANSWER_BYTES)
    _require_settled(url, answer.status)
    sentence = f"HTTP {answer.status}"
    if answer.status == 201 and (place := answer.headers.get("location", "")):
        sentence += f", see {place[:_MAX_SENTENCE]}"
    elif answer.content_type in ("text/plain", "application/json"):
        sentence += f": {_words(answer.body)}"
    return Answer(accepted=200 <= answer.status < 300, sentence=sentence)


def _pingback(outbound: Outbound, url: str, source: str, target: str) -> Answer:
    """Source: Pingback 1.0, section 2."""
    body = encode_call("pingback.ping", source, target)
    answer = outbound.post(url, body, content_type="text/xml", max_bytes=_MAX_ANSWER_BYTES)
    _require_settled(url, answer.status)
    if answer.status != 200:
        return Answer(accepted=False, sentence=f"HTTP {answer.status}")
    try:
        code, sentence = decode_answer(answer.body)
    except Fault as fault:
        return Answer(accepted=False, sentence=fault.sentence)
    words = clean_text(sentence)[:_MAX_SENTENCE]
    if code is None:
        return Answer(accepted=True, sentence=words or "Accepted")
    if code == FaultCode.UPSTREAM_FAILED:
        raise OutboundError(f"{host_of(url)} answered fault {code}: {words}")
    return Answer(accepted=code == FaultCode.ALREADY_REGISTERED, sentence=f"Fault {code}: {words}")


def _require_settled(url: str, status: int) -> None:
    if status >= 500 or status in TRANSIENT:
        raise OutboundError(f"{host_of(url)} answered {status}.")


def _words(body: bytes) -> str:
    return clean_text(body[:2_000].decode("utf-8", "replace"))[:_MAX_SENTENCE]
