"""Finds a plugin's module by what its author calls it."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from embedcomments.host.loading import ENTRY_POINTS, load_file


def find_plugin(what: str | Path, *, plugins_dir: Path | None = None) -> ModuleType:
    """The module of an installed plugin (its name), of a file in ``plugins_dir`` (its name) or of a file (its path).

    Raises LookupError when there is none, and whatever the module raises when it is imported.
    """
    file = Path(what)
    if file.suffix == ".py" or isinstance(what, Path):
        if not file.is_file():
            raise LookupError(f"There is no file {file}.")
        return load_file(file)
    for entry in entry_points(group=ENTRY_POINTS, name=str(what)):
        module = entry.load()
        if not isinstance(module, ModuleType):
            raise LookupError(f"The entry point {what} is no module.")
        return module
    if plugins_dir is not None and (plugins_dir / f"{what}.py").is_file():
        return load_file(plugins_dir / f"{what}.py")
    raise LookupError(f"No plugin named {what!r} is installed.")
