"""Authors of plugins find the widget's types in the package that they installed."""

from importlib import resources
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "widget" / "embedcomments.d.ts"


def test_package_holds_the_types_of_this_build() -> None:
    packaged = resources.files("embedcomments") / "web" / "static" / "embedcomments.d.ts"
    assert packaged.read_text("utf-8") == SOURCE.read_text("utf-8")
