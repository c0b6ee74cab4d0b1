"""axe-core, as the widget's own tests have it, for any page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "widget" / "node_modules" / "axe-core" / "axe.min.js"


def findings(page: Page, within: str | None = None) -> list[str]:
    """What axe finds, one line for each element."""
    # By the protocol and not as a script of the page, which the desk's policy would not allow.
    page.evaluate(f"() => {{ if (!window.axe) {{ {AXE.read_text('utf-8')} }} }}")
    violations: Any = page.evaluate(
        """async (within) => (await axe.run(within ?? document, { resultTypes: ["violations"] })).violations""", within
    )
    return [f"{found['id']}: {node['html'][:200]}" for found in violations for node in found["nodes"]]
