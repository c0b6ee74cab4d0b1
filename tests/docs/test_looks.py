"""The page of pictures shows every design, and stays light."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
MOST_BYTES = 1_500_000


def test_every_picture_is_there_and_shown_once() -> None:
    shown = re.findall(r'src="(screenshots/[\w.-]+)"', (DOCS / "looks.md").read_text("utf-8"))
    there = {file.relative_to(DOCS).as_posix() for file in (DOCS / "screenshots").iterdir()}
    assert sorted(shown) == sorted(there)
    assert len(there) == 3 * 2 * 2 * 2  # designs, light and dark, widths, directions
    assert sum((DOCS / name).stat().st_size for name in there) < MOST_BYTES
