"""What stands around each page of the desk: navigation, the sites, who is signed in; and the pages for errors."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, redirect, render_template, request
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from embedcomments.domain.errors import EmbedCommentsError
from embedcomments.domain.identities import Moderator
from embedcomments.domain.sites import Site
from embedcomments.host.choices import SitePlugin
from embedcomments.host.declarations import AdminPage
from embedcomments.services.views import moment
from embedcomments.web.admin import access, session
from embedcomments.web.admin.providers import offered
from embedcomments.web.admin.theme import current_theme
from embedcomments.web.parts import parts
from embedcomments.web.problems import describe, problem

_log = logging.getLogger(__name__)

SITES_NAMED = 20
# The core's pages by (path, title), in the groups of the navigation. Those of plugins stand where None does.
_NAVIGATION: tuple[tuple[str, tuple[tuple[str, str] | None, ...]], ...] = (
    ("Discussion", (("overview", "Overview"), None, ("threads", "Threads"), ("record", "Record"))),
    ("Site", (("site", "Site"), ("people", "People"), ("plugins", "Plugins"))),
    ("Server", (("sites", "Sites"), ("jobs", "Jobs"), ("health", "Health"))),
)


def admin_url(path: str = "", site: str | None = None) -> str:
    """The address of a page of the desk below ``/admin/SITE/``; ``site`` "" means the desk itself."""
    name = (request.view_args or {}).get("site", "") if site is None else site
    return f"/admin/{name}/{path}" if name else f"/admin/{path}"


def draw(template: str, site: Site | None = None, *, status: int = 200, **values: Any) -> Response:
    """A page in the frame, for the moderator who is signed in."""
    moderator = session.current_moderator()
    sites = _sites_of(moderator)
    notice, bad = session.take_notice()
    html = render_template(
        f"admin/{template}",
        status=status,
        site=site,
        sites=sites,
        moderator=moderator,
        nav=_navigation(site) if site is not None and moderator is not None else _ways_to(sites),
        notice=values.pop("notice", None) or notice,
        notice_kind=values.pop("notice_kind", "bad" if bad else "good"),
        theme=current_theme(),
        here=request.full_path.rstrip("?"),
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
    # Digits and our own words, which need no escaping: Markup.format costs twenty times as much, for each comment.
    return Markup(f'<time datetime="{moment(at)}" title="{at:%Y-%m-%d %H:%M:%S} UTC">{words}</time>')


def query_of(values: Mapping[str, object]) -> str:
    """What stands behind an address: the values that are not None, "" when there is none."""
    chosen = {name: value for name, value in values.items() if value is not None}
    return f"?{urlencode(chosen)}" if chosen else ""


def nav_pages(site: Site) -> list[tuple[SitePlugin, AdminPage]]:
    """The pages of the site's plugins that have a title and open to the moderator, in the order of the plugins."""
    moderator = session.current_moderator()
    role = None if moderator is None else moderator.role_on(site.id)
    return [
        (item, page)
        for item in parts().choices.enabled(site)
        for page in item.plugin.admin_pages
        if page.title and "GET" in page.methods and role is not None and role.includes(page.role)
    ]


def register_frame(app: Flask) -> None:
    """What templates of the desk may call."""
    app.jinja_env.filters["query"] = query_of
    app.jinja_env.globals.update(
        admin_url=admin_url,
        asset_url=lambda name: parts().assets.url(name),
        sign_out_url="/admin/sign-out",
        theme_url="/admin/theme",
        localtime=localtime,
    )


def sign_in_first(_error: session.SignInNeeded) -> Response:
    """The way in, instead of a page that is not for strangers."""
    if session.is_fragment():
        return problem(401, "sign_in_needed", "You are signed out.", title="Sign in first")
    return draw_sign_in(status=401, state="none", back=request.full_path if request.method == "GET" else "")


def prove_first(error: session.ProofNeeded) -> Response:
    """The page that asks again who they are, instead of one that needs to be sure."""
    response: Response = redirect(f"/admin/account/confirm?{urlencode({'next': error.back})}", code=303)  # type: ignore[assignment]
    return response


def draw_sign_in(*, status: int = 200, state: str = "none", back: str = "", **values: Any) -> Response:
    """The page to sign in. ``back``: where to go afterwards."""
    return draw(
        "sign_in.html",
        status=status,
        state=state,
        site_name=_site_name(),
        providers=offered(),
        mail_is_set_up=parts().mailing.is_set_up,
        next=path_on_desk(back, ""),
        **{"csrf_field": session.csrf_field(session.SIGN_IN_FORM), **values},
    )


def path_on_desk(path: str, otherwise: str = "/admin/") -> str:
    """``path`` if it is one below /admin/, as a redirect must lead nowhere else whatever a form says."""
    is_plain = path.startswith("/admin/") and path.isascii() and path.isprintable() and "\\" not in path
    is_plain = is_plain and not path.startswith(("/admin/sign-in", "/admin/sign-out"))
    return path.rstrip("?") if is_plain and len(path) <= 500 else otherwise


def error_page(error: EmbedCommentsError | HTTPException) -> Response:
    """An error as a page of the desk, or as a problem for the script that asked."""
    status, title, detail = describe(error)
    if session.is_fragment():
        code = error.code if isinstance(error, EmbedCommentsError) else f"http_{status}"
        return problem(status, code, detail, title=title)
    site = _site_name()
    return draw("error.html", status=status, title=title, detail=detail, back_url=admin_url(site=site))


def unexpected_page(error: Exception) -> Response:
    """Something broke: logged in full, told without details."""
    _log.error("Unexpected error in %s %s", request.method, request.path, exc_info=error)
    detail = "It was logged. Going back and trying again may help."
    if session.is_fragment():
        return problem(500, "internal_error", detail, title="Something went wrong here")
    return draw("error.html", status=500, title="Something went wrong here", detail=detail, back_url=admin_url(site=""))


def _site_name() -> str:
    name = (request.view_args or {}).get("site", "")
    return name if name in {site.name for site in _sites_of(session.current_moderator())} else ""


def _sites_of(moderator: Moderator | None) -> list[Site]:
    return [site for site in parts().sites.all() if moderator is not None and moderator.moderates(site.id)]


def _navigation(site: Site) -> list[dict[str, Any]]:
    groups = []
    moderator = session.require_moderator()
    for title, pages in _NAVIGATION:
        entries = []
        for page in pages:
            if page is None:
                entries += _entries_of_plugins(site)
            elif access.may_open(moderator, admin_url(page[0], site.name), site.id):
                entries.append(_entry(site, *page))
        if entries:
            groups.append({"title": title, "entries": entries})
    return groups


def _ways_to(sites: list[Site]) -> list[dict[str, Any]]:
    """The navigation of pages that belong to no site, such as one's own account."""
    entries = [
        {"title": site.title or site.name, "href": admin_url(site=site.name), "current": False, "badge": None}
        for site in sites[:SITES_NAMED]
    ]
    return [{"title": "Sites", "entries": entries}] if entries else []


def _entry(site: Site, path: str, title: str) -> dict[str, Any]:
    href = admin_url(path, site.name)
    is_current = request.path == href or request.path.startswith(f"{href}/")
    return {"title": title, "href": href, "current": is_current, "badge": None}


def _entries_of_plugins(site: Site) -> list[dict[str, Any]]:
    entries = []
    pages = [(item, page, admin_url(f"{item.plugin.name}/{page.path}", site.name)) for item, page in nav_pages(site)]
    here = request.path.rstrip("/")
    named = {href.rstrip("/") for _, _, href in pages}
    for item, page, href in pages:
        # Pages that are not in the navigation themselves stand behind the first one of their plugin.
        is_behind = page.path == "" and here not in named and here.startswith(href)
        is_current = here == href.rstrip("/") or is_behind
        entries.append({"title": page.title, "href": href, "current": is_current, "badge": _badge(site, item, page)})
    return entries


def _badge(site: Site, item: SitePlugin, page: AdminPage) -> int | None:
    if page.badge is None:
        return None
    own = parts()
    context = own.contexts.of(item, site)
    badge = page.badge
    try:
        number = own.dispatch.guard(
            item.plugin.name, "badge", lambda: badge(context), timeout_s=own.config.hook_timeout_s
        )
    except (Exception, SystemExit):  # noqa: BLE001 - guard logged it; a page is not lost for a number
        return None
    return number if isinstance(number, int) and number else None
