"""Pages made of plugins' templates: their inner part, and the frame around those that readers see."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from flask import Response, render_template
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from embedcomments.domain.sites import Site
from embedcomments.host.declarations import Page
from embedcomments.host.plugins import Plugin
from embedcomments.web.shielding import shield

# Of the languages that pages are written in, those that run from right to left.
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


def inner(plugin: Plugin, page: Page, values: Mapping[str, object]) -> Markup:
    """What the template makes of its own values, and of those that the host adds to them. Raises TypeError."""
    if plugin.folder is None:
        raise TypeError("it has no folder of templates")
    return Markup(
        _environment(plugin.folder / "templates").get_template(page.template).render({**page.values, **values})
    )


def public_page(site: Site, plugin: Plugin, page: Page, status: int) -> Response:
    """A page for readers: the site's name, and the plugin's part below it. It never stands in a frame."""
    html = render_template(
        "public_page.html",
        title=page.title or plugin.info.title,
        site_title=site.title or site.name,
        lang=page.lang,
        dir="rtl" if page.lang.split("-")[0] in _RIGHT_TO_LEFT else "ltr",
        content=inner(plugin, page, {}),
    )
    return shield(Response(html, status=status, content_type="text/html; charset=utf-8"))


@lru_cache(maxsize=64)
def _environment(folder: Path) -> Environment:
    return Environment(loader=FileSystemLoader(folder), autoescape=True, trim_blocks=True, lstrip_blocks=True)
