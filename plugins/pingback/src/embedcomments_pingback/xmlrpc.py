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
