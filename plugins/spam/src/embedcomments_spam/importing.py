"""Files of lists, read line by line: what the command line and the desk import."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain, islice
from pathlib import PurePath
from typing import IO, BinaryIO, cast

from sqlalchemy import Connection, func, select, update

from embedcomments.api import PluginContext
from embedcomments_spam import blocked, listing
from embedcomments_spam.listing import Kind, mark_of, network_in, normal_name, prefix_of
from embedcomments_spam.tables import insert_into, listed
from embedcomments_spam.tables import listing as listings

MAX_LINES, MAX_BYTES = 20_000_000, 2_000_000_000
MAX_LINE_BYTES = 1_000
_GUESSED_BY, _MOST = 50, 0.5
_SORTED_AT_ONCE, _WRITTEN_AT_ONCE = 200_000, 5_000
_SHOWN_BAD = 20
_MAX_NAME = 60
_EMAIL = re.compile(r"[^@\s]{1,64}@([^@\s]{1,253})")
_NO_NAME = re.compile(r"[^\w.-]+")
_SUFFIXES = (".gz", ".zip", ".txt", ".csv")

WORDS = "words"
"""The kind of lists of domains and words, which ``blocked`` keeps."""


class BadList(Exception):
    """The file cannot be imported; the message is a sentence for who brought it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """What came of a file: how many ``lines`` it had that say something, the ``entries`` that its list has now, and the
    numbers of the first lines that were passed over, of ``bad_lines`` in all."""

    name: str
    kind: str
    lines: int
    entries: int
    bad: tuple[int, ...]
    bad_lines: int

    @property
    def passed_over(self) -> str:
        """A sentence about the lines that are nothing, "" when there are none."""
        if not self.bad_lines:
            return ""
        more = f" and {self.bad_lines - len(self.bad):,} more" if self.bad_lines > len(self.bad) else ""
        what = {
            WORDS: "neither domain nor phrase",
            Kind.IP: "no Internet address or network",
            Kind.EMAIL: "no e-mail address",
            Kind.NAME: "no name",
            Kind.DOMAIN: "no domain",
        }[self.kind]
        return f"Passed over line {', '.join(map(str, self.bad))}{more}: {what}."


class _Bad:
    def __init__(self) -> None:
        self.first: list[int] = []
        self.count = 0

    def add(self, number: int) -> None:
        self.count += 1
        if len(self.first) < _SHOWN_BAD:
            self.first.append(number)


def read_file(
    ctx: PluginContext,
    file: BinaryIO,
    *,
    name: str = "",
    kind: str = "",
    max_lines: int = MAX_LINES,
    max_bytes: int = MAX_BYTES,
) -> Imported:
    """Import a file: plain, gzip, or the first text in a zip. ``kind``: of Kind, or ``words``; "" guesses it.
    ``max_bytes`` are of what was unpacked. Raises BadList; an earlier list of the same name then stays as it is."""
    try:
        lines = _lines(file, max_lines, max_bytes)
        first = list(islice(lines, _GUESSED_BY))
        kind = kind or _guessed(first)
        both = chain(first, lines)
        if kind == WORDS:
            return _read_words(ctx, both)
        return _read_list(ctx, both, list_name(name) or kind, Kind(kind))
    except (EOFError, OSError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise BadList("The file cannot be unpacked: it is damaged, or of another form than it says.") from error


def list_name(file_name: str) -> str:
    """What a list is called that came in a file of that name."""
    name = PurePath(file_name.replace("\\", "/")).name
    while name.casefold().endswith(_SUFFIXES):
        name = name.rpartition(".")[0]
    return _NO_NAME.sub("-", name).strip("-.")[:_MAX_NAME]


def _lines(file: BinaryIO, max_lines: int, max_bytes: int) -> Iterator[str]:
    stream = _unpacked(file)
    number = read = 0
    while line := stream.readline(MAX_LINE_BYTES):
        number += 1
        if number > max_lines:
            raise BadList(f"The file has more than {max_lines:,} lines.")
        yield line.decode("utf-8", "replace")
        while True:  # the rest of a line that is too long
            read += len(line)
            if read > max_bytes:
                raise BadList(f"The file is longer than {max_bytes // 1_000_000:,} megabytes.")
            if len(line) < MAX_LINE_BYTES or line.endswith(b"\n"):
                break
            line = stream.readline(MAX_LINE_BYTES)


def _unpacked(file: BinaryIO) -> IO[bytes]:
    buffered = file if isinstance(file, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, file))
    head = buffered.peek(4)[:4]
    if head.startswith(b"\x1f\x8b"):
        return cast(IO[bytes], gzip.GzipFile(fileobj=buffered))
    if head != b"PK\x03\x04":
        return buffered
    if not buffered.seekable():
        raise BadList("A zip cannot be read from a pipe: unpack it first.")
    archive = zipfile.ZipFile(buffered)
    for item in archive.infolist():
        if item.filename.casefold().endswith((".txt", ".csv")):
            return archive.open(item)
    raise BadList("There is no .txt or .csv in the zip.")


def _guessed(lines: Iterable[str]) -> str:
    """By the first lines: ``words`` unless most of them are addresses."""
    values = [value for value, _ in map(_fields, lines) if value]
    enough = max(1.0, _MOST * len(values))
    if sum(network_in(value) is not None for value in values) >= enough:
        return Kind.IP
    if sum(_EMAIL.fullmatch(value) is not None for value in values) >= enough:
        return Kind.EMAIL
    return WORDS


def _fields(line: str) -> tuple[str, int]:
    """The entry of a line and how often it was reported: ``value``, or ``value,count,last seen``; "" for none."""
    text = line.strip("\ufeff \t\r\n\0")
    if not text or text.startswith("#"):
        return "", 0
    if "," not in text and not text.startswith('"'):
        return text, 1
    try:
        row = next(csv.reader([text]), [])
    except csv.Error:
        return text, 1
    count = row[1].strip() if len(row) > 1 else ""
    times = int(count) if count.isascii() and count.isdigit() and len(count) < 10 else 1
    return (row[0].strip() if row else ""), max(1, times)


def _entry(kind: Kind, value: str) -> str | None:
    """A line's value as it is compared; None for what is none of that kind."""
    if kind is Kind.IP:
        return network_in(value)
    if kind is Kind.EMAIL:
        return value.casefold() if _EMAIL.fullmatch(value) else None
    if kind is Kind.NAME:
        return normal_name(value) or None
    entries, _ = blocked.read_lines([value])
    return entries[0][0] if len(entries) == 1 and entries[0][1] else None


def _read_words(ctx: PluginContext, lines: Iterable[str]) -> Imported:
    wanted = list(islice(lines, blocked.MAX_LINES + 1))
    if len(wanted) > blocked.MAX_LINES:
        raise BadList(f"The file has more than {blocked.MAX_LINES:,} lines.")
    entries, bad = blocked.read_lines(wanted)
    for at in range(0, len(entries), _WRITTEN_AT_ONCE):
        some = entries[at : at + _WRITTEN_AT_ONCE]
        ctx.tables.write(partial(blocked.save, site_id=ctx.site.id, entries=some))
    with ctx.tables.read() as connection:
        count = blocked.count(connection, ctx.site.id)
    first = tuple(bad[:_SHOWN_BAD])
    return Imported(name="", kind=WORDS, lines=len(entries), entries=count, bad=first, bad_lines=len(bad))


def _read_list(ctx: PluginContext, lines: Iterable[str], name: str, kind: Kind) -> Imported:
    """Write the lines under an id of their own, and let it take the place of the earlier list once all are there."""
    list_id = ctx.tables.write(partial(_begin, site_id=ctx.site.id, name=name, kind=kind, now=ctx.now()))
    bad, prefixes, read = _Bad(), set[str](), 0
    marks: dict[int, int] = {}
    try:
        for number, line in enumerate(lines, 1):
            value, times = _fields(line)
            if not value:
                continue
            entry = _entry(kind, value)
            if entry is None:
                bad.add(number)
                continue
            read += 1
            if kind is Kind.IP:
                prefixes.add(prefix_of(entry))
            mark = mark_of(ctx, kind, entry)
            marks[mark] = max(times, marks.get(mark, 0))
            if len(marks) >= _SORTED_AT_ONCE:
                _write(ctx, list_id, marks)
                marks.clear()
        _write(ctx, list_id, marks)
        if not read:
            raise BadList(f"There is nothing in the file that is of the kind {kind}.")
        entries = _take_over(ctx, list_id, name, prefixes)
    except BaseException:
        listing.forget_list(ctx, list_id)
        raise
    listing.forget_unready(ctx, name)
    listing.forget_kept(ctx)
    first = tuple(bad.first)
    return Imported(name=name, kind=kind, lines=read, entries=entries, bad=first, bad_lines=bad.count)


def _begin(connection: Connection, site_id: int, name: str, kind: Kind, now: datetime) -> int:
    row = {
        "site_id": site_id,
        "name": name,
        "kind": kind.value,
        "entries": 0,
        "imported_at": round(now.timestamp() * 1000),
        "prefixes": "",
        "is_ready": False,
    }
    return int(connection.execute(listings.insert().values(row).returning(listings.c.id)).scalar_one())


def _write(ctx: PluginContext, list_id: int, marks: Mapping[int, int]) -> None:
    """In order, so that the table grows where it was just written."""
    ordered = sorted(marks.items())
    for at in range(0, len(ordered), _WRITTEN_AT_ONCE):
        rows = [{"list_id": list_id, "mark": m, "times": t} for m, t in ordered[at : at + _WRITTEN_AT_ONCE]]
        ctx.tables.write(partial(_insert, rows=rows))


def _insert(connection: Connection, rows: Sequence[Mapping[str, int]]) -> None:
    connection.execute(insert_into(connection, listed).on_conflict_do_nothing(), rows)


def _take_over(ctx: PluginContext, list_id: int, name: str, prefixes: set[str]) -> int:
    """Have the list be the one of its name; how many entries it has. Raises BadList when another import was quicker."""
    with ctx.tables.read() as connection:
        query = select(func.count()).select_from(listed).where(listed.c.list_id == list_id)
        entries = int(connection.execute(query).scalar_one())

    def work(connection: Connection) -> bool:
        here = (listings.c.site_id == ctx.site.id) & (listings.c.name == name)
        connection.execute(update(listings).where(here).values(is_ready=False))
        values = {"is_ready": True, "entries": entries, "prefixes": " ".join(sorted(prefixes))}
        taken = update(listings).where(listings.c.id == list_id).values(values).returning(listings.c.id)
        return connection.execute(taken).first() is not None

    if not ctx.tables.write(work):
        raise BadList("Another import of the same list ended first.")
    return entries
