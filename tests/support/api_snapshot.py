"""What plugins rely on, as text: every name of ``embedcomments.api`` with its fields, members and signatures.

``python tests/support/api_snapshot.py`` writes tests/contract/api.txt anew. A name that is new, gone or different is
marked with the version at the top of CHANGELOG.md, and tests/contract/test_api.py fails until that version's section
names it: so nothing that plugins rely on changes without its reader being told.
"""

from __future__ import annotations

import dataclasses
import enum
import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FunctionType
from typing import Any

from embedcomments import api

ROOT = Path(__file__).parents[2]
SNAPSHOT = ROOT / "tests" / "contract" / "api.txt"
CHANGELOG = ROOT / "CHANGELOG.md"
GONE = "  (gone)"
_HEAD = re.compile(r"(\w+)(?: — changed in (\S+))?")
_SECTION = re.compile(r"^## (\d+\.\d+\.\d+)(.*)$", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Entry:
    """One name: what it is, line by line, and the version that changed it last (None: as it was at first)."""

    lines: tuple[str, ...]
    changed_in: str | None = None


def present(module: Any = api) -> dict[str, tuple[str, ...]]:
    """By name, what the module offers now."""
    return {name: tuple(f"  {line}" for line in _describe(getattr(module, name))) for name in module.__all__}


def read(text: str) -> dict[str, Entry]:
    """The entries of a snapshot."""
    entries: dict[str, Entry] = {}
    for block in text.split("\n\n"):
        if not block.strip() or block.startswith("#"):
            continue
        head, *lines = block.rstrip("\n").split("\n")
        found = _HEAD.fullmatch(head)
        assert found is not None, f"{head!r} does not begin an entry of the snapshot"
        entries[found[1]] = Entry(tuple(lines), found[2])
    return entries


def write(entries: Mapping[str, Entry]) -> str:
    """The snapshot's text."""
    blocks = ["# Made by tests/support/api_snapshot.py; see there."]
    for name, entry in sorted(entries.items()):
        head = name if entry.changed_in is None else f"{name} — changed in {entry.changed_in}"
        blocks.append("\n".join([head, *entry.lines]))
    return "\n\n".join(blocks) + "\n"


def renewed(earlier: Mapping[str, Entry], now: Mapping[str, tuple[str, ...]], version: str) -> dict[str, Entry]:
    """The earlier entries brought to what is there now; what differs is marked with ``version``."""
    entries = {}
    for name in {*earlier, *now}:
        lines = now.get(name, (GONE,))
        known = earlier.get(name)
        if known is not None and known.lines == lines:
            entries[name] = known
        else:
            entries[name] = Entry(lines, version if earlier else None)
    return entries


def sections(changelog: str) -> dict[str, str]:
    """The changelog's text by version, newest first."""
    parts = _SECTION.split(changelog)
    return dict(zip(parts[1::3], parts[3::3], strict=True))


def unnamed(entries: Mapping[str, Entry], changelog: str) -> list[str]:
    """Changed names that the section of their version does not name in backticks."""
    by_version = sections(changelog)
    return [
        f"{name} (changed in {entry.changed_in})"
        for name, entry in sorted(entries.items())
        if entry.changed_in is not None and not re.search(rf"`{name}\b", by_version.get(entry.changed_in, ""))
    ]


def _describe(item: Any) -> Iterator[str]:
    if not isinstance(item, type):
        kind = f"def {inspect.signature(item)}" if isinstance(item, FunctionType) else _value(item)
        yield kind
        return
    bases = ", ".join(base.__name__ for base in item.__bases__ if base not in (object,))
    yield f"class({bases})" if bases else "class"
    if issubclass(item, enum.Enum):
        yield from (f"{member.name} = {member.value!r}" for member in item)
        return
    if dataclasses.is_dataclass(item):
        for field in dataclasses.fields(item):
            yield f"{field.name}: {field.type}{_default(field)}"
    elif isinstance(vars(item).get("code"), str):
        yield f"code = {item.code!r}"  # type: ignore[attr-defined]
    if not item.__module__.startswith("embedcomments."):
        return  # somebody else's, such as click's
    for name, member in sorted(_members(item).items()):
        if isinstance(member, property):
            yield f"{name}: property {inspect.signature(member.fget).return_annotation}"  # type: ignore[arg-type]
        elif isinstance(member, FunctionType):
            yield f"{name}{inspect.signature(member)}"


def _members(item: type) -> dict[str, Any]:
    own = [cls for cls in reversed(item.__mro__) if cls.__module__.startswith("embedcomments.")]
    return {name: member for cls in own for name, member in vars(cls).items() if not name.startswith("_")}


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is not dataclasses.MISSING:
        return f" = {field.default!r}"
    if field.default_factory is not dataclasses.MISSING:
        return f" = {field.default_factory.__name__}()"
    return ""


def _value(item: Any) -> str:
    return re.sub(r" object at 0x[0-9a-f]+", "", repr(item))


def main() -> None:
    """Write the snapshot anew."""
    version = next(iter(sections(CHANGELOG.read_text("utf-8"))))
    earlier = read(SNAPSHOT.read_text("utf-8")) if SNAPSHOT.exists() else {}
    entries = renewed(earlier, present(), version)
    SNAPSHOT.write_text(write(entries), "utf-8")
    for name in unnamed(entries, CHANGELOG.read_text("utf-8")):
        print(f"CHANGELOG.md has to name, in backticks: {name}")


if __name__ == "__main__":
    main()
