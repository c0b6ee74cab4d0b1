"""XML exports read as a stream: safely, forgiving what exporters get wrong, telling where a file is broken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from embedcomments.domain.errors import ImportFailed

# XML 1.0 has no place for these (section 2.2), yet people paste them into comments and exporters write them out.
_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\r")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_LEAD_BYTES = 4096


def read_elements(file: BinaryIO) -> Iterator[tuple[str, Element]]:
    """Pairs of ("start" or "end", element) in the order of the document.

    Whatever stands before the first ``<`` (a BOM, blank lines, a stray letter) and control characters that
    XML forbids are passed over. The caller clears the elements it is done with: nothing else frees them.

    Raises ImportFailed with ``line`` and ``column`` (both from 1) where the XML is broken, and without them
    for a file with a DTD: an export has none, and entities are how XML reads other files and fills memory.
    """
    stream = _Cleaned(file)
    try:
        yield from iterparse(stream, events=("start", "end"), forbid_dtd=True)
    except ParseError as error:
        line, column = error.position
        line, column = line + stream.skipped_lines, column + 1
        reason = str(error).split(":")[0]
        raise ImportFailed(
            f"The file is not well-formed XML: {reason}, line {line}, column {column}.", line=line, column=column
        ) from error
    except DefusedXmlException as error:
        raise ImportFailed(
            "The file has a DTD (<!DOCTYPE …>), which exports do not need and we do not read."
        ) from error
    except (LookupError, ValueError) as error:
        raise ImportFailed(f"The file's character encoding cannot be read: {error}.") from error


class _Cleaned:
    """The export without what stands before its first ``<`` and without control characters. Seekable files
    are not needed: a pipe will do. UTF-16 is left as it is, for there a zero byte means something."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        head = file.read(_LEAD_BYTES)
        self._keep_controls = head.startswith(_UTF16_MARKS)
        start = 0 if self._keep_controls else max(head.find(b"<"), 0)
        self.skipped_lines = head[:start].count(b"\n")
        self._head = head[start:]

    def read(self, size: int = -1) -> bytes:
        """The next bytes; b"" only at the end of the file."""
        while True:
            chunk, self._head = self._head or self._file.read(size), b""
            cleaned = chunk if self._keep_controls else chunk.translate(None, _CONTROLS)
            if cleaned or not chunk:
                return cleaned
