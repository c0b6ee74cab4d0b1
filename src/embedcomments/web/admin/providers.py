"""Which ways to sign in plugins bring, beside the one-time link."""

from __future__ import annotations

from embedcomments.domain.sites import Site
from embedcomments.host.choices import SitePlugin
from embedcomments.host.declarations import AuthProvider
from embedcomments.web.parts import parts


def offered() -> list[dict[str, str]]:
    """Title and address of each, for the page to sign in."""
    return [
        {"title": provider.title, "href": f"/admin/sign-in/{provider.name}"}
        for plugin in parts().plugins.loaded
        for provider in plugin.auth_providers
        if _site_of(plugin.name) is not None
    ]


def find(name: str) -> tuple[Site, SitePlugin, AuthProvider] | None:
    """The provider of that name with the plugin that brings it, as it is set on the first site where it is on."""
    for plugin in parts().plugins.loaded:
        for provider in plugin.auth_providers:
            if provider.name == name and (found := _site_of(plugin.name)) is not None:
                return (*found, provider)
    return None


def _site_of(plugin: str) -> tuple[Site, SitePlugin] | None:
    own = parts()
    for site in own.sites.all():
        item = own.choices.find(site, plugin)
        if item is not None:
            return site, item
    return None
