"""The whole of it on one machine: the newspaper on one port, the comment server on another, with a conversation.

``make demo`` runs this where embedcomments and its plugins are installed. Everything is done with the commands that
a site's owner has; what was written stays in the data directory for the next time.
"""

from __future__ import annotations

import argparse
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from serve import NewspaperServer

FOLDER = Path(__file__).parent
SITE = "demo"
PATIENCE_S = 60
FIRST_ARTICLE = "/articles/printing-house.html"


class Embedcomments:
    """The command, on the demo's data."""

    def __init__(self, data_dir: Path, url: str) -> None:
        self._command = [sys.executable, "-m", "embedcomments", "--data-dir", str(data_dir)]
        self._url = url

    def run(self, *arguments: str) -> str:
        """What a command prints. Ends the demo with its words when it fails."""
        done = subprocess.run([*self._command, *arguments], capture_output=True, text=True, encoding="utf-8")
        if done.returncode:
            sys.exit(done.stderr or done.stdout)
        return done.stdout.strip()

    def serve(self, port: int) -> subprocess.Popen[bytes]:
        """The server, when it is ready. In a session of its own, so that Ctrl-C reaches this program alone."""
        command = [*self._command, "serve", "--port", str(port)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
        deadline = time.monotonic() + PATIENCE_S
        while not self._is_ready():
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                sys.exit("The comment server did not start; its words are above.")
            time.sleep(0.1)
        return process

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self._url}/readyz", timeout=2):
                return True
        except (OSError, urllib.error.URLError):
            return False


def seed(embedcomments: Embedcomments, origin: str) -> str:
    """Make the site and import the readers' conversation; what the import counted. Nothing comes twice."""
    embedcomments.run(
        "site", "add", SITE, "--origin", origin, "--title", "The Hrazdan Courier", "--policy", str(FOLDER / "policy.md")
    )
    embedcomments.run("plugin", "enable", "reactions", "--site", SITE)
    export = (FOLDER / "comments.wxr.xml").read_text("utf-8").replace("__ORIGIN__", origin)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "export.xml"
        file.write_text(export, "utf-8")
        return embedcomments.run("import", "wordpress", str(file), "--site", SITE)


def on_port(make: Callable[[int], NewspaperServer], wanted: int) -> NewspaperServer:
    """The newspaper on the port that was wished for, or on a free one."""
    try:
        return make(wanted)
    except OSError:
        return make(0)


def free_port(wanted: int) -> int:
    """``wanted`` when nobody has it, else another that is free."""
    for port in (wanted, 0):
        with socket.socket() as found:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                found.bind(("127.0.0.1", port))
            except OSError:
                continue
            number: int = found.getsockname()[1]
            return number
    raise OSError("There is no free port.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=Path("demo-data"))
    parser.add_argument("--site-port", type=int, default=8000, help="of the newspaper")
    parser.add_argument("--port", type=int, default=8080, help="of the comment server")
    options = parser.parse_args()
    port = free_port(options.port)
    url = f"http://localhost:{port}"
    embedcomments = Embedcomments(options.data_dir, url)
    with on_port(lambda number: NewspaperServer(number, url), options.site_port) as newspaper:
        threading.Thread(target=newspaper.serve_forever, daemon=True).start()
        print("Setting up …", flush=True)
        counts = seed(embedcomments, newspaper.origin)
        process = embedcomments.serve(port)
        try:
            link = embedcomments.run("moderator", "link", "--site", SITE, "--name", "Demo moderator")
            print(welcome(newspaper.origin, url, link, counts), flush=True)
            process.wait()
            sys.exit("The comment server ended by itself; its words are above.")
        except KeyboardInterrupt:
            print("\nStopping …", flush=True)
        finally:
            process.terminate()
            process.wait(PATIENCE_S)
            newspaper.shutdown()
    print("Bye. What was written is kept in", options.data_dir)


def welcome(origin: str, url: str, link: str, counts: str) -> str:
    """What the terminal says when all is ready."""
    imported = "\n".join(f"    {line}" for line in counts.splitlines())
    return f"""
  The newspaper       {origin}{FIRST_ARTICLE}
  The playground      {origin}/playground/
  The comment server  {url}
  The desk            {link}
                      (signs in once; "Queue" is where new writers' comments wait)

  The conversation came in by: embedcomments import wordpress comments.wxr.xml --site {SITE}
{imported}

  To have the same under your own page, paste:

    <script async src="{url}/embed.js" data-site="{SITE}"></script>

  Open the newspaper in two windows and write: a first comment waits in the queue, the next ones appear at once.
  Ctrl-C ends the demo.
"""


if __name__ == "__main__":
    main()
