"""What a page downloads until the first comment is seen, and to show a hundred of them."""

from __future__ import annotations

import json
from pathlib import Path

import embedcomments.web


def main() -> None:
    manifest = json.loads((Path(embedcomments.web.__file__).parent / "static" / "manifest.json").read_text())
    sizes = {name.rsplit("/", 1)[-1]: file["brotli"] for name, file in manifest["files"].items()}
    print(f"script until the first comment is visible: {sizes['embed.js'] + sizes['widget.js']} bytes of brotli")
    for name, size in sorted(sizes.items(), key=lambda item: -item[1]):
        print(f"  {name:14} {size:6}")
