"""Why a ping is refused: the numbers of the specifications, and a sentence each."""

from __future__ import annotations

from enum import IntEnum


class FaultCode(IntEnum):
    """Positive and 0: Pingback 1.0, section 3. Negative: "Specification for Fault Code Interoperability" of XML-RPC."""

    NOT_WELL_FORMED = -32700
    METHOD_NOT_FOUND = -32601
    INVALID_PARAMETERS = -32602
    GENERIC = 0
    SOURCE_MISSING = 16
    LINK_MISSING = 17
    TARGET_MISSING = 32
    TARGET_UNUSABLE = 33
    ALREADY_REGISTERED = 48
    ACCESS_DENIED = 49
    UPSTREAM_FAILED = 50


class Fault(Exception):
    """A refusal. The sentence is ours and repeats nothing that was sent. ``retry_after_s`` above 0: it was too much at
    once, and may be told again then."""

    def __init__(self, code: FaultCode, sentence: str, *, retry_after_s: int = 0) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.retry_after_s = retry_after_s
