"""Which browser the tests drive: the system's Chromium or Chrome, else Playwright's own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_CHROME = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
HOW_TO = "Install Chromium (apt install chromium) or run: .venv/bin/playwright install chromium"


def system_browser() -> str | None:
    """The path of a Chromium or Chrome that is installed, None when there is none."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return found or (str(MAC_CHROME) if MAC_CHROME.exists() else None)


def main() -> None:
    """Say which browser there is; where there is none, try to fetch Playwright's."""
    browser = system_browser()
    if browser is None:
        done = subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], capture_output=True)
        browser = "Playwright's Chromium" if done.returncode == 0 else f"none, so its tests are skipped. {HOW_TO}"
    print(f"Browser for the tests: {browser}")


if __name__ == "__main__":
    main()
