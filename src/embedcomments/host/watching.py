"""Sees that the files of plugins have changed, for servers that start anew by themselves in development."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

from embedcomments.host.loading import ENTRY_POINTS

Stamp = dict[Path, tuple[int, int]]


class Watch:
    """What plugins are made of, as it was when the watch was made: the files in ``plugins_dir``, and the folders of
    installed plugins, whether or not these can be loaded."""

    def __init__(self, plugins_dir: Path | None) -> None:
        self._plugins_dir = plugins_dir
        self._places = list(_installed())
        self._seen = self._look()

    def has_changed(self) -> bool:
        """Whether a file came, went or was written since."""
        return self._look() != self._seen

    def _look(self) -> Stamp:
        found: Stamp = {}
        files = list(self._plugins_dir.glob("*.py")) if self._plugins_dir is not None else []
        for place in self._places:
            files += [place] if place.suffix else [file for file in place.rglob("*") if file.suffix != ".pyc"]
        for file in files:
            try:
                stat = file.stat()
            except OSError:
                continue  # it went away just now
            if not file.is_dir():
                found[file] = (stat.st_mtime_ns, stat.st_size)
        return found


def _installed() -> Iterator[Path]:
    """The folder of each installed plugin, or its file when it is one. Nothing of a plugin is imported."""
    for entry in entry_points(group=ENTRY_POINTS):
        try:
            spec = importlib.util.find_spec(entry.module.split(".")[0])
        except (ImportError, ValueError):
            continue
        if spec is not None and spec.submodule_search_locations:
            yield from map(Path, spec.submodule_search_locations)
        elif spec is not None and spec.origin is not None:
            yield Path(spec.origin)
