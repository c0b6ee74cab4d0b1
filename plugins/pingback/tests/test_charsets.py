"""Pages are decoded as browsers do."""

from __future__ import annotations

import pytest

from embedcomments_pingback.charsets import decode_page

RUSSIAN = "Все люди рождаются свободными"


@pytest.mark.parametrize(
    "body, content_type, expected",
    [
        ("Անահիտ".encode(), "text/html", "Անահիտ"),
        ("Անահիտ".encode()[:-1], "text/html", "Անահի"),
        ("Անահիտ".encode(), "text/html; charset=UTF-8", "Անահիտ"),
        (RUSSIAN.encode("cp1251"), 'text/html; charset="windows-1251"', RUSSIAN),
        (RUSSIAN.encode("koi8-r"), "text/html;charset=KOI8-R; x=y", RUSSIAN),
        (b"\xef\xbb\xbf" + "né".encode(), "text/html; charset=iso-8859-1", "né"),
        ("né".encode("utf-16"), "text/html", "né"),
        (b"\xfe\xff" + "né".encode("utf-16-be"), "text/html", "né"),
        ("né “x”".encode("cp1252"), "text/html", "né “x”"),
        ("né “x”".encode("cp1252"), "text/html; charset=latin1", "né “x”"),
        (b'<META Charset="shift_jis">' + "日本".encode("cp932"), "text/html", '<META Charset="shift_jis">日本'),
        (
            b'<meta http-equiv=content-type content="text/html; charset=gb2312">' + "中国".encode("gbk"),
            "text/html",
            '<meta http-equiv=content-type content="text/html; charset=gb2312">中国',
        ),
        (
            b"<?xml version='1.0' encoding='iso-8859-2'?>" + "żółw".encode("iso8859-2"),
            "application/xhtml+xml",
            "<?xml version='1.0' encoding='iso-8859-2'?>żółw",
        ),
        (b"<meta charset=utf-16>" + "né".encode(), "text/html", "<meta charset=utf-16>né"),
        (b"+ADw-script+AD4-", "text/html; charset=utf-7", "+ADw-script+AD4-"),
        (b"eA==", "text/html; charset=base64", "eA=="),
        (b"a", "text/html; charset*=utf-8''utf-8", "a"),
        (b"a", "text/html; charset=\x00\r\n", "a"),
        (b"", "", ""),
    ],
)
def test_the_first_statement_about_the_encoding_wins(body: bytes, content_type: str, expected: str) -> None:
    assert decode_page(body, content_type) == expected
