"""Bytes of a page to text, by the encodings that browsers know."""

from __future__ import annotations

import codecs
import re
from email.message import Message

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# WHATWG Encoding, section 4.2, as Python codecs. An allow list: Python also knows
# utf-7, base64 and others with which text means something else than it seems.
_CODECS = {
    **dict.fromkeys(("utf-8", "utf8", "unicode-1-1-utf-8"), "utf-8"),
    **dict.fromkeys(("ascii", "us-ascii", "iso-8859-1", "iso8859-1", "latin1", "cp1252", "windows-1252"), "cp1252"),
    **{f"windows-{page}": f"cp{page}" for page in (874, 1250, 1251, 1253, 1254, 1255, 1256, 1257, 1258)},
    **{f"iso-8859-{part}": f"iso8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
    **dict.fromkeys(("iso-8859-9", "latin5"), "cp1254"),
    **{name: name for name in ("koi8-r", "koi8-u", "euc-jp", "iso-2022-jp", "gb18030")},
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j"), "cp932"),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987", "windows-949"), "cp949"),
    **dict.fromkeys(("gbk", "gb2312", "x-gbk"), "gb18030"),
    **dict.fromkeys(("big5", "big5-hkscs"), "big5hkscs"),
    **dict.fromkeys(("utf-16", "utf-16le"), "utf-16-le"),
    "utf-16be": "utf-16-be",
}
_META = re.compile(rb"<meta\s[^>]{0,200}?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_-]{1,40})", re.IGNORECASE)
_XML = re.compile(rb"\s*<\?xml\s[^>]{0,200}?encoding\s*=\s*[\"']([a-zA-Z0-9_-]{1,40})")
_PRESCAN_BYTES = 1_024


def decode_page(body: bytes, content_type: str) -> str:
    """``body`` as text; what cannot be decoded becomes U+FFFD.

    The order is that of HTML, section 13.2.3.2: byte order mark, the ``Content-Type`` header given in
    ``content_type``, a declaration in the first 1,024 bytes; then UTF-8 if it is that, else windows-1252.
    """
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(codec, "replace")
    codec = _CODECS.get(_charset(content_type), "") or _declared(body[:_PRESCAN_BYTES])
    if codec:
        return body.decode(codec, "replace")
    try:
        # Not final: a body that was cut may end within a character.
        return codecs.getincrementaldecoder("utf-8")().decode(body)
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def _charset(content_type: str) -> str:
    message = Message()
    message["Content-Type"] = " ".join(content_type.split())
    value = message.get_param("charset", "")
    return value.strip().lower() if isinstance(value, str) else ""


def _declared(start: bytes) -> str:
    match = _META.search(start) or _XML.match(start)
    codec = _CODECS.get(match[1].decode("ascii").lower(), "") if match else ""
    # Were it UTF-16, this declaration could not have been read as ASCII.
    return "utf-8" if codec.startswith("utf-16") else codec
