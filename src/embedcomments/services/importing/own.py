"""Reads our own format, which ``services.exporting`` writes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, BinaryIO

import orjson

from embedcomments.domain.comments import Author, CommentKind, CommentState, Link, SourceFormat
from embedcomments.domain.errors import InvalidRequest
from embedcomments.domain.importing import ImportedComment, ImportedThread

FORMAT = "embedcomments"
VERSION = 1


def read_own(stream: BinaryIO) -> list[ImportedThread]:
    """The threads of an export. Raises InvalidRequest, naming the line, for what is no such export."""
    threads: list[ImportedThread] = []
    thread: dict[str, Any] | None = None
    comments: list[dict[str, Any]] = []
    number = 0
    for number, line in enumerate(stream, 1):
        try:
            value = orjson.loads(line)
            if number == 1:
                _check_format(value)
            elif "thread" in value:
                if thread is not None:
                    threads.append(_thread(thread, comments))
                thread, comments = value["thread"], []
            elif thread is None:
                raise ValueError("a comment stands before the first thread")
            else:
                comments.append(value["comment"])
                _comment(value["comment"], {})  # a wrong one is told by its line
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidRequest(f"Line {number} is not of an export of embedcomments: {error}") from error
    if number == 0:
        raise InvalidRequest("The file is empty.")
    if thread is not None:
        threads.append(_thread(thread, comments))
    return threads


def _check_format(value: Any) -> None:
    if value["format"] != FORMAT:
        raise ValueError(f"its format is {value['format']!r}")
    if value["version"] != VERSION:
        raise InvalidRequest(f"This export is of version {value['version']}; this program reads version {VERSION}.")


def _thread(value: dict[str, Any], comments: list[dict[str, Any]]) -> ImportedThread:
    names = {item["id"]: item["external_id"] or item["id"] for item in comments}
    return ImportedThread(
        key=value["key"],
        url=value["url"],
        title=value["title"],
        closed=bool(value["closed"]),
        hidden=bool(value.get("hidden")),
        old_keys=tuple(map(str, value.get("old_keys", ()))),
        comments=tuple(_comment(item, names) for item in comments),
    )


def _comment(value: dict[str, Any], names: dict[str, str]) -> ImportedComment:
    """``names``: what comments are called from now on, by their id. One that another import brought keeps its name, so
    that running either import again brings nothing twice."""
    author, link, parent, edited = value["author"], value["link"], value["parent_id"], value["edited_at"]
    return ImportedComment(
        external_id=value["external_id"] or value["id"],
        parent_external_id=parent and names.get(parent, parent),
        kind=CommentKind(value["kind"]),
        state=CommentState(value["state"]),
        created_at=_moment(value["created_at"]),
        edited_at=edited and _moment(edited),
        author=Author(name=author["name"], email=author["email"], url=author["url"]),
        text=value["text"],
        source_format=SourceFormat(value["source_format"]),
        link=link and Link(url=link["url"], title=link["title"]),
        reason=value["reason"] or "",
        pinned=bool(value.get("pinned")),
        closed=bool(value.get("closed")),
        apart=bool(value.get("apart")),
    )


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return at
