"""In which order the hooks of plugins run: what plugins need comes first, then what a site wishes, then the name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from embedcomments.host.plugins import Plugin


def default_order(plugins: Sequence[Plugin]) -> tuple[Plugin, ...]:
    """By ``after``, then by name; plugins that wait for each other in a circle come by name."""
    left = {plugin.name: plugin for plugin in sorted(plugins, key=lambda plugin: plugin.name)}
    ordered: list[Plugin] = []
    while left:
        ready = next(
            (name for name, plugin in left.items() if not any(before in left for before in plugin.info.after)),
            next(iter(left)),
        )
        ordered.append(left.pop(ready))
    return tuple(ordered)


def wished_order(plugins: Sequence[Plugin], places: Mapping[str, int]) -> tuple[Plugin, ...]:
    """The plugins, given in their default order, by their ``places``; those that have none come last, as they were.
    Whatever a plugin names in ``after`` comes forward with it and stands before it."""
    if not places:
        return tuple(plugins)
    by_name = {plugin.name: plugin for plugin in plugins}
    ordered: dict[str, Plugin] = {}
    waiting: set[str] = set()

    def put(name: str) -> None:
        if name not in by_name or name in waiting:
            return
        waiting.add(name)
        for before in by_name[name].info.after:
            put(before)
        ordered[name] = by_name[name]

    for name in sorted(by_name, key=lambda name: places.get(name, len(by_name) + len(places))):
        put(name)
    return tuple(ordered.values())
