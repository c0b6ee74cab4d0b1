"""Who may import what, and where."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
PLUGINS = sorted(path.parent for path in (ROOT / "plugins").glob("*/pyproject.toml"))


def imported(tree: ast.AST) -> Iterator[tuple[str, ast.stmt]]:
    """Every absolute import as a dotted name, with its statement."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, ast.unparse(node)
            yield node.module or "", node


def test_there_are_plugins_to_look_at() -> None:
    assert [plugin.name for plugin in PLUGINS] == ["moderation", "pingback", "profanity", "reactions", "spam"]
    assert len(SOURCES) > 50


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin.name)
def test_our_plugins_import_the_api_the_standard_library_and_what_they_declare(plugin: Path) -> None:
    project = tomllib.loads((plugin / "pyproject.toml").read_text())["project"]
    declared = [*project["dependencies"], *chain(*project.get("optional-dependencies", {}).values())]
    own = {re.split(r"[^\w-]", wanted)[0].replace("-", "_") for wanted in declared} - {"embedcomments"}
    strange = {}
    for file in sorted((plugin / "src").rglob("*.py")):
        for name, node in imported(ast.parse(file.read_text())):
            top = name.split(".")[0]
            is_own = top == f"embedcomments_{plugin.name}" or top in own or top in sys.stdlib_module_names
            if not is_own and name != "embedcomments.api":
                strange[f"{file.relative_to(ROOT)}:{node.lineno}"] = name
    assert strange == {}


def _unexplained(file: Path) -> list[str]:
    """Imports inside functions that have no comment on their line or the one above."""
    lines = file.read_text().splitlines()
    found = []
    for function in ast.walk(ast.parse("\n".join(lines))):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        previous = 0
        for _, node in sorted(imported(function), key=lambda pair: pair[1].lineno):
            above = lines[node.lineno - 2].strip()
            reasoned = above.startswith("#") or re.search(r"#\s*(?!noqa|type:)\w", lines[node.lineno - 1])
            # One reason may stand above a block of imports.
            if not reasoned and previous not in (node.lineno - 1, node.lineno):
                found.append(f"{file.relative_to(ROOT)}:{node.lineno}")
            else:
                previous = node.end_lineno or node.lineno
    return found


def test_an_import_inside_a_function_bears_its_reason() -> None:
    plugins = [file for plugin in PLUGINS for file in (plugin / "src").rglob("*.py")]
    assert [place for file in [*SOURCES, *plugins] for place in _unexplained(file)] == []


def test_an_import_without_its_reason_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    file = tmp_path / "a.py"
    file.write_text(
        "import os\n\n\ndef f():\n    import re  # noqa: X\n    # Because.\n    import json\n    import ast\n\n"
        "    import io\n    import sys  # because\n"
    )
    assert _unexplained(file) == ["a.py:5", "a.py:10"]


def test_the_domain_knows_the_standard_library_only() -> None:
    strange = {
        f"{file.name}:{node.lineno}": name
        for file in (ROOT / "src/embedcomments/domain").glob("*.py")
        for name, node in imported(ast.parse(file.read_text()))
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("embedcomments.domain")
    }
    assert strange == {}
