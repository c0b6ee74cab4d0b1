"""XML-RPC, as little of it as a pingback needs: a call of strings in, a string or a fault out."""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax import SAXException
from xml.sax.handler import ContentHandler, ErrorHandler
from xml.sax.saxutils import escape
from xml.sax.xmlreader import AttributesImpl

from defusedxml.common import DefusedXmlException
from defusedxml.sax import parseString

from embedcomments_pingback.faults import Fault, FaultCode

MAX_BODY_BYTES = 65_536
_MAX_DEPTH = 32

_CALL = ("methodCall",)
_NAME = (*_CALL, "methodName")
_VALUE = (*_CALL, "params", "param", "value")
_STRING = (*_VALUE, "string")
_KNOWN = frozenset({_CALL, _NAME, _VALUE[:2], _VALUE[:3], _VALUE, _STRING})


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A method call. ``arguments`` is None when any of them is something other than a string."""

    method: str
    arguments: tuple[str, ...] | None


def decode_call(body: bytes) -> Call:
    """The call in ``body``; values with and without ``<string>`` are strings (XML-RPC, "Scalar <value>s").

    Raises Fault for what is longer than 64 KB, not well-formed, deeper than 32 elements, not a call,
    or has a document type declaration (and so possibly entities).
    """
    if len(body) > MAX_BODY_BYTES:
        raise Fault(FaultCode.NOT_WELL_FORMED, "The call is too long.")
    reader = _CallReader()
    try:
        parseString(body, reader, errorHandler=ErrorHandler(), forbid_dtd=True)
    except (SAXException, DefusedXmlException, ValueError, LookupError) as error:
        # LookupError and ValueError: encodings that Python does not know or expat cannot read.
        raise Fault(FaultCode.NOT_WELL_FORMED, "The call is not well-formed XML without a DTD.") from error
    return reader.call()


def encode_result(sentence: str) -> str:
    """A successful answer that carries one string."""
    value = f"<params><param><value><string>{escape(sentence)}</string></value></param></params>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<methodResponse>{value}</methodResponse>\n'


def encode_fault(fault: Fault) -> str:
    """A refusal, as a struct of ``faultCode`` and ``faultString``."""
    members = (
        f"<member><name>faultCode</name><value><int>{fault.code:d}</int></value></member>"
        f"<member><name>faultString</name><value><string>{escape(fault.sentence)}</string></value></member>"
    )
    value = f"<fault><value><struct>{members}</struct></value></fault>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<methodResponse>{value}</methodResponse>\n'


def encode_call(method: str, *arguments: str) -> bytes:
    """A call of strings."""
    params = "".join(f"<param><value><string>{escape(text)}</string></value></param>" for text in arguments)
    call = f"<methodCall><methodName>{escape(method)}</methodName><params>{params}</params></methodCall>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{call}\n'.encode()


def decode_answer(body: bytes) -> tuple[int | None, str]:
    """The number and the sentence of a fault, or (None, what was said) of a success.

    Raises Fault for what is no answer of XML-RPC.
    """
    reader = _AnswerReader()
    try:
        parseString(body, reader, errorHandler=ErrorHandler(), forbid_dtd=True)
    except (SAXException, DefusedXmlException, ValueError, LookupError) as error:
        raise Fault(FaultCode.UPSTREAM_FAILED, "The answer is not well-formed XML without a DTD.") from error
    return reader.answer()


class _AnswerReader(ContentHandler):
    """Text of values by the name of their member; all that is needed of an answer."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._root = ""
        self._is_fault = False
        self._in = ""
        self._name: list[str] = []
        self._members: dict[str, str] = {}
        self._value: list[str] = []

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise SAXException("The answer is nested too deep.")
        self._root = self._root or name
        self._is_fault = self._is_fault or (name == "fault" and self._depth == 2)
        if name == "name":
            self._name = []
        if name in ("name", "value"):
            self._in = name
            self._value = []

    def characters(self, content: str) -> None:
        if self._in == "name":
            self._name.append(content)
        elif self._in == "value":
            self._value.append(content)

    def endElement(self, name: str) -> None:
        self._depth -= 1
        if name == "value" and self._in == "value":
            self._members.setdefault("".join(self._name).strip(), "".join(self._value).strip())
        if name in ("name", "value"):
            self._in = ""

    def answer(self) -> tuple[int | None, str]:
        if self._root != "methodResponse":
            raise Fault(FaultCode.UPSTREAM_FAILED, "That is no answer of XML-RPC.")
        if not self._is_fault:
            return None, self._members.get("", "")
        code = self._members.get("faultCode", "")
        number = int(code) if code.lstrip("-").isdecimal() and len(code) < 10 else 0
        return number, self._members.get("faultString", "")


class _CallReader(ContentHandler):
    """Follows the path of open elements; text counts only where a call has text."""

    def __init__(self) -> None:
        super().__init__()
        self._path: tuple[str, ...] = ()
        self._names: list[str] = []
        self._arguments: list[str] = []
        self._is_plain = True
        self._bare: list[str] = []
        self._strings: list[str] = []

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        if len(self._path) >= _MAX_DEPTH:
            raise SAXException("The call is nested too deep.")
        self._path = (*self._path, name)
        if self._path not in _KNOWN:
            self._is_plain = False
        if self._path == _VALUE:
            self._bare, self._strings = [], []
        elif self._path == _STRING:
            self._strings.append("")
        elif self._path == _NAME:
            self._names.append("")

    def characters(self, content: str) -> None:
        if self._path == _VALUE:
            self._bare.append(content)
        elif self._path == _STRING:
            self._strings[-1] += content
        elif self._path == _NAME:
            self._names[-1] += content

    def endElement(self, name: str) -> None:
        if self._path == _VALUE:
            bare = "".join(self._bare)
            if len(self._strings) > 1 or (self._strings and bare.strip()):
                self._is_plain = False
            self._arguments.append(self._strings[0] if self._strings else bare)
        self._path = self._path[:-1]

    def call(self) -> Call:
        if len(self._names) != 1:
            raise Fault(FaultCode.NOT_WELL_FORMED, "That is not a method call.")
        return Call(method=self._names[0].strip(), arguments=tuple(self._arguments) if self._is_plain else None)
