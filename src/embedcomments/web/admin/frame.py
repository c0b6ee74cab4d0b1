"""What stands around each page of the desk: navigation, the sites, who is signed in; and the pages for errors."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from flask import Flask, Response, redirect, render_template, request
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from embedcomments.domain.errors import EmbedCommentsError
from embedcomments.domain.identities import Moderator
from embedcomments.domain.sites import Site
from embedcomments.host.choices import SitePlugin
from embedcomments.host.declarations import AdminPage
from embedcomments.services.views import moment
from embedcomments.web.admin import session
from embedcomments.web.admin.providers import offered
from embedcomments.web.parts import parts
from embedcomments.web.problems import describe

_log = logging.getLogger(__name__)

BADGE_TIMEOUT_S = 1.0
_CORE_PAGES = (("site", "Site"), ("plugins", "Plugins"), ("health", "Health"))


def admin_url(path: str = "", site: str | None = None) -> str:
    """The address of a page of the desk below ``/admin/SITE/``; ``site`` "" means the desk itself."""
    name = (request.view_args or {}).get("site", "") if site is None else site
    return f"/admin/{name}/{path}" if name else f"/admin/{path}"


def draw(template: str, site: Site | None = None, *, status: int = 200, **values: Any) -> Response:
    """A page in the frame, for the moderator who is signed in."""
    moderator = session.current_moderator()
    notice, bad = session.take_notice()
    html = render_template(
        f"admin/{template}",
        status=status,
        site=site,
        sites=_sites_of(moderator),
        moderator=moderator,
        nav=_navigation(site) if site is not None and moderator is not None else [],
        notice=values.pop("notice", None) or notice,
        notice_kind=values.pop("notice_kind", "bad" if bad else "good"),
        **{"csrf_field": session.csrf_field(), **values},
    )
    return session.forget_notice(Response(html, status=status, content_type="text/html; charset=utf-8"))


def go(path: str, site: Site, notice: str = "", *, bad: bool = False) -> Response:
    """See another page of the desk, which shows ``notice`` once."""
    response: Response = redirect(admin_url(path, site.name), code=303)  # type: ignore[assignment]
    if notice:
        session.give_notice(response, notice, bad=bad)
    return response


def open_site(name: str) -> tuple[Site, Moderator]:
    """The site of a page's address, and who looks at it. Raises SignInNeeded, SiteNotFound.

    Strangers are asked to sign in before they hear whether a site exists.
    """
    session.require_moderator()
    site = parts().sites.get(name)
    return site, session.require_moderator(site)


def localtime(at: datetime) -> Markup:
    """A ``<time>`` that reads well without a script: how long ago for a day, then the date, in UTC."""
    seconds = (parts().clock.now() - at).total_seconds()
    words = f"{at.day} {at:%b %Y}, {at:%H:%M}"
    if 0 <= seconds < 86_400:
        minutes = int(seconds // 60)
        words = "just now" if minutes < 1 else f"{minutes} min ago" if minutes < 60 else f"{minutes // 60} h ago"
    return Markup('<time datetime="{}" title="{} UTC">{}</time>').format(moment(at), f"{at:%Y-%m-%d %H:%M:%S}", words)


def nav_pages(site: Site) -> list[tuple[SitePlugin, AdminPage]]:
    """The pages of the site's plugins that have a title, in the order of the plugins."""
    return [
        (item, page)
        for item in parts().choices.enabled(site)
        for page in item.plugin.admin_pages
        if page.title and "GET" in page.methods
    ]


def register_frame(app: Flask) -> None:
    """What templates of the desk may call."""
    app.jinja_env.globals.update(
        admin_url=admin_url,
        asset_url=lambda name: parts().assets.url(name),
        sign_out_url="/admin/sign-out",
        localtime=localtime,
    )


def sign_in_first(_error: session.SignInNeeded) -> Response:
    """The way in, instead of a page that is not for strangers."""
    return draw("sign_in.html", status=401, state="none", site_name=_site_name(), providers=offered())


def error_page(error: EmbedCommentsError | HTTPException) -> Response:
    """An error as a page of the desk."""
    status, title, detail = describe(error)
    site = _site_name()
    return draw("error.html", status=status, title=title, detail=detail, back_url=admin_url(site=site))


def unexpected_page(error: Exception) -> Response:
    """Something broke: logged in full, told without details."""
    _log.error("Unexpected error in %s %s", request.method, request.path, exc_info=error)
    detail = "It was logged. Going back and trying again may help."
    return draw("error.html", status=500, title="Something went wrong here", detail=detail, back_url=admin_url(site=""))


def _site_name() -> str:
    name = (request.view_args or {}).get("site", "")
    return name if name in {site.name for site in _sites_of(session.current_moderator())} else ""


def _sites_of(moderator: Moderator | None) -> list[Site]:
    return [site for site in parts().sites.all() if moderator is not None and moderator.moderates(site.id)]


def _navigation(site: Site) -> list[dict[str, Any]]:
    entries = []
    for item, page in nav_pages(site):
        href = admin_url(f"{item.plugin.name}/{page.path}", site.name)
        entries.append(
            {
                "title": page.title,
                "href": href,
                "current": request.path.rstrip("/") == href.rstrip("/"),
                "badge": _badge(site, item, page),
            }
        )
    for path, title in _CORE_PAGES:
        href = admin_url(path, site.name)
        entries.append({"title": title, "href": href, "current": request.path.startswith(href), "badge": None})
    return entries


def _badge(site: Site, item: SitePlugin, page: AdminPage) -> int | None:
    if page.badge is None:
        return None
    own = parts()
    context = own.contexts.of(item, site)
    badge = page.badge
    try:
        number = own.dispatch.guard(item.plugin.name, "badge", lambda: badge(context), timeout_s=BADGE_TIMEOUT_S)
    except (Exception, SystemExit):  # noqa: BLE001 - guard logged it; a page is not lost for a number
        return None
    return number if isinstance(number, int) and number else None
