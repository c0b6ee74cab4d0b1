"""The widget's files and those of plugins, as immutable answers under the hash of their bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from embedcomments.domain.protocols import WidgetModule
from embedcomments.host.plugins import Plugins
from embedcomments.services.snapshots import Snapshot, encode_snapshot

STATIC = Path(__file__).parent / "static"
_PAGES = ("admin.css", "desk.js", "deskfeed.js", "icon.svg", "people.css", "thread.css")
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
}


class Assets:
    """All files under /embed and the loader. ``files``: path to its bytes and suffix; ``snapshot`` compresses one."""

    def __init__(self, plugins: Plugins) -> None:
        self.files: dict[str, Path] = {}
        self._modules: dict[str, list[WidgetModule]] = {}
        self._page_files: dict[tuple[str, Path], str] = {}
        for file in sorted((STATIC / "embed").rglob("*")):
            if file.is_file() and file.suffix in _TYPES:
                self.files[f"/embed/{file.relative_to(STATIC / 'embed').as_posix()}"] = file
        for name in _PAGES:
            self.files[f"/embed/{_digest(STATIC / name)}/{name}"] = STATIC / name
        for plugin in plugins.loaded:
            for asset in plugin.assets:
                url = f"/embed/{_digest(asset.file)}/{plugin.name}-{asset.file.name}"
                self.files[url] = asset.file
                module = WidgetModule(plugin=plugin.name, url=url, when=asset.when, setting=asset.setting)
                self._modules.setdefault(plugin.name, []).append(module)
            for page in plugin.admin_pages:
                for file in (*page.scripts, *page.styles):
                    self.files[self.page_file(plugin.name, file)] = file
        self._names = {path.rsplit("/", 1)[1]: path for path in self.files}
        self.files["/embed.js"] = STATIC / "embed.js"

    def snapshot(self, path: str) -> Snapshot:
        """The file at ``path``, compressed as well as can be: some 50 ms for the largest, once in a process's life."""
        file = self.files[path]
        return encode_snapshot(file.read_bytes(), _TYPES[file.suffix], quality=11)

    def modules(self, plugin: str) -> Sequence[WidgetModule]:
        """The widget modules of a plugin."""
        return self._modules.get(plugin, ())

    def page_file(self, plugin: str, file: Path) -> str:
        """The path of a script or style of a plugin's page of the desk."""
        if (plugin, file) not in self._page_files:
            self._page_files[plugin, file] = f"/embed/{_digest(file)}/{plugin}-{file.name}"
        return self._page_files[plugin, file]

    def url(self, name: str) -> str:
        """The path of one of our own files by its name, such as ``admin.css``."""
        return self._names[name]

    def current(self, path: str) -> str | None:
        """Today's path of the file that an earlier version had at ``path``, None when there is none."""
        return self._names.get(path.rsplit("/", 1)[-1])


def _digest(file: Path) -> str:
    return hashlib.blake2b(file.read_bytes(), digest_size=6).hexdigest()
