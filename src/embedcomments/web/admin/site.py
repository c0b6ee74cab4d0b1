"""One site: the snippet, its origins, and what its owner chose."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, request
from markupsafe import escape

from embedcomments.domain.errors import InvalidRequest
from embedcomments.domain.sites import DEFAULT_SITE, ON_FAILED_VERIFY, Site, SiteSettings
from embedcomments.web.admin import session
from embedcomments.web.admin.frame import draw, go, open_site
from embedcomments.web.parts import parts
from embedcomments.web.schemas import one_line

blueprint = Blueprint("admin_site", __name__)

FIELDS = ("title", "policy", "edit_window_min", "max_length", "on_failed_verify")
MAX_TITLE, MAX_POLICY, MAX_LENGTH, MAX_EDIT_WINDOW_MIN = 200, 20_000, 100_000, 60 * 24 * 365


@blueprint.get("/admin/<site>/site")
def show(site: str) -> Response:
    """The page as it is stored."""
    found, _ = open_site(site)
    return _page(found)


@blueprint.post("/admin/<site>/site")
def change(site: str) -> Response:
    """One of the page's three forms."""
    found, _ = open_site(site)
    session.check_csrf()
    own = parts()
    action = request.form.get("action")
    if action == "add_origin":
        try:
            origin = own.sites.add_origin(found, request.form.get("origin", ""))
        except InvalidRequest as error:
            return _page(found, errors=error.data["errors"], origin=request.form.get("origin", ""), status=422)
        return go("site", found, f"Pages of {origin} may use this site now.")
    if action == "remove_origin":
        own.sites.remove_origin(found, request.form.get("origin", ""))
        return go("site", found, "That origin may not use this site any more.")
    if action != "save":
        return go("site", found, "Nothing was done: the page asked for something unknown.", bad=True)
    try:
        title, settings = _read_form(found.settings)
    except InvalidRequest as error:
        values = {name: request.form.get(name, "") for name in FIELDS}
        return _page(found, errors=error.data["errors"], values=values, status=422)
    own.sites.save_settings(found, settings, title)
    return go("site", found, "Saved.")


def snippet(site: Site, public_url: str) -> str:
    """The HTML that the owner pastes into pages."""
    name = "" if site.name == DEFAULT_SITE else f' data-site="{escape(site.name)}"'
    return f'<script async src="{public_url}/embed.js"{name}></script>'


def _page(
    site: Site,
    *,
    errors: dict[str, list[str]] | None = None,
    values: dict[str, Any] | None = None,
    origin: str = "",
    status: int = 200,
) -> Response:
    settings = site.settings
    minutes = settings.edit_window_s / 60
    stored = {
        "title": site.title,
        "policy": settings.policy,
        "edit_window_min": int(minutes) if minutes == int(minutes) else round(minutes, 2),
        "max_length": settings.max_length,
        "on_failed_verify": settings.on_failed_verify,
    }
    return draw(
        "site.html",
        site,
        status=status,
        snippet=snippet(site, parts().public_url),
        origins=site.origins,
        values=values or stored,
        errors=errors or {},
        origin=origin,
    )


def _read_form(settings: SiteSettings) -> tuple[str, SiteSettings]:
    errors: dict[str, list[str]] = {}
    title = one_line(request.form.get("title", ""))
    policy = request.form.get("policy", "").replace("\r\n", "\n").strip()
    if len(title) > MAX_TITLE:
        errors["title"] = [f"At most {MAX_TITLE} characters."]
    if len(policy) > MAX_POLICY:
        errors["policy"] = [f"At most {MAX_POLICY} characters."]
    minutes = _number("edit_window_min", 0, MAX_EDIT_WINDOW_MIN, errors)
    length = _number("max_length", 1, MAX_LENGTH, errors)
    wanted = request.form.get("on_failed_verify", settings.on_failed_verify)
    on_failed_verify = next((known for known in ON_FAILED_VERIFY if known == wanted), None)
    if on_failed_verify is None:
        errors["on_failed_verify"] = [f"One of: {', '.join(ON_FAILED_VERIFY)}."]
    if errors or on_failed_verify is None:
        raise InvalidRequest("Some fields are not valid.", errors=errors)
    return title, replace(
        settings,
        policy=policy,
        edit_window_s=round(minutes * 60),
        max_length=int(length),
        on_failed_verify=on_failed_verify,
    )


def _number(name: str, least: int, most: int, errors: dict[str, list[str]]) -> float:
    try:
        value = float(request.form.get(name, ""))
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        errors[name] = [f"A number from {least} to {most}."]
    return value
