"""One site: the snippet, its origins, what its owner chose, its name and its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, redirect, request

from embedcomments.domain.errors import Conflict, InvalidRequest
from embedcomments.domain.permissions import Right
from embedcomments.domain.sites import CLOSED_THREADS, MAX_NESTING, ON_FAILED_VERIFY, Site, SiteSettings
from embedcomments.domain.threads import MAX_KEY_LENGTH
from embedcomments.web.admin import session
from embedcomments.web.admin.access import needs
from embedcomments.web.admin.frame import draw, go, open_site
from embedcomments.web.admin.snippets import CHOICES, LANGUAGES, counted, placed, snippet
from embedcomments.web.parts import parts
from embedcomments.web.schemas import one_line

blueprint = Blueprint("admin_site", __name__)

FIELDS = (
    "title", "policy", "edit_window_min", "max_length", "nesting", "close_after_days", "closed_threads",
    "on_failed_verify", "count_mentions",
)  # fmt: skip
MAX_TITLE, MAX_POLICY, MAX_LENGTH, MAX_EDIT_WINDOW_MIN = 200, 20_000, 100_000, 60 * 24 * 365
MAX_DAYS = 36_500


@blueprint.get("/admin/<site>/site")
@needs(Right.MANAGE_SITE)
def show(site: str) -> Response:
    """The page as it is stored."""
    found, _ = open_site(site)
    return _page(found)


@blueprint.post("/admin/<site>/site")
@needs(Right.MANAGE_SITE)
def change(site: str) -> Response:
    """One of the page's forms."""
    found, _ = open_site(site)
    session.check_csrf()
    action = _ACTIONS.get(request.form.get("action", ""))
    if action is None:
        return go("site", found, "Nothing was done: the page asked for something unknown.", bad=True)
    return action(found)


def _add_origin(site: Site) -> Response:
    sent = request.form.get("origin", "")
    try:
        origin = parts().sites.add_origin(site, sent, actor=session.acting())
    except InvalidRequest as error:
        return _page(site, errors=error.data["errors"], origin=sent, status=422)
    if origin in site.origins:
        return go("site", site, f"Pages of {origin} could use this site already.")
    return go("site", site, f"Pages of {origin} may use this site now.")


def _remove_origin(site: Site) -> Response:
    parts().sites.remove_origin(site, request.form.get("origin", ""), actor=session.acting())
    return go("site", site, "That origin may not use this site any more.")


def _save(site: Site) -> Response:
    try:
        title, settings = _read_form(site.settings)
    except InvalidRequest as error:
        values = {name: request.form.get(name, "") for name in FIELDS}
        return _page(site, errors=error.data["errors"], values=values, status=422)
    parts().sites.save_settings(site, settings, title, actor=session.acting())
    return go("site", site, "Saved.")


def _rename(site: Site) -> Response:
    name = request.form.get("name", "").strip()
    try:
        renamed = parts().sites.rename(site, name, actor=session.acting())
    except (InvalidRequest, Conflict) as error:
        return _page(site, errors={"name": [str(error)]}, name=name, status=422)
    if name == site.name:
        return go("site", site, "It had that name already.")
    return go("site", renamed, f"The site is called {name} now. Its pages have to say so: paste the snippet anew.")


def _delete(site: Site) -> Response:
    name = request.form.get("name", "").strip()
    if name != site.name:
        wrong = f"Nothing was deleted: write {site.name} to say that you mean it."
        return _page(site, errors={"deleted": [wrong]}, status=422)
    anyway = request.form.get("anyway") == "true"
    try:
        failed = parts().lifecycle.delete_site(site, actor=session.acting(), anyway=anyway)
    except Conflict as error:
        return _page(site, errors={"deleted": [str(error)]}, status=409)
    told = f"{' and '.join(failed)} reported an error; see Health." if failed else ""
    if failed and not anyway:
        return _page(site, errors={"deleted": [f"Nothing was deleted, because {told}"]}, may_insist=True, status=409)
    response: Response = redirect("/admin/", code=303)  # type: ignore[assignment]
    session.give_notice(response, " ".join(filter(None, [f"The site {name} is deleted.", told])), bad=bool(failed))
    return response


_ACTIONS: dict[str, Callable[[Site], Response]] = {
    "add_origin": _add_origin,
    "remove_origin": _remove_origin,
    "save": _save,
    "rename": _rename,
    "delete": _delete,
}


def _page(
    site: Site,
    *,
    errors: dict[str, list[str]] | None = None,
    values: dict[str, Any] | None = None,
    origin: str = "",
    name: str | None = None,
    may_insist: bool = False,
    status: int = 200,
) -> Response:
    own = parts()
    settings = site.settings
    key = request.args.get("key", "").strip()[:MAX_KEY_LENGTH]
    chosen = {field: value for field, known in CHOICES.items() if (value := request.args.get(field, "")) in known}
    minutes = settings.edit_window_s / 60
    stored = {
        "title": site.title,
        "policy": settings.policy,
        "edit_window_min": int(minutes) if minutes == int(minutes) else round(minutes, 2),
        "max_length": settings.max_length,
        "nesting": settings.nesting,
        "close_after_days": settings.close_after_days,
        "closed_threads": settings.closed_threads,
        "on_failed_verify": settings.on_failed_verify,
        "count_mentions": "yes" if settings.count_mentions else "",
    }
    return draw(
        "site.html",
        site,
        status=status,
        snippet=snippet(site, own.public_url, key=key, **chosen),
        placed=placed(site, own.public_url, key),
        counted=counted(site, own.public_url, key or "https://example.com/article"),
        chosen={"key": key, **chosen},
        languages=LANGUAGES,
        origins=site.origins,
        may_delete=len(own.sites.all()) > 1,
        may_insist=may_insist,
        name=site.name if name is None else name,
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
    nesting = _number("nesting", 0, MAX_NESTING, errors, settings.nesting)
    days = _number("close_after_days", 0, MAX_DAYS, errors, settings.close_after_days)
    shown = request.form.get("closed_threads", settings.closed_threads)
    closed_threads = next((known for known in CLOSED_THREADS if known == shown), None)
    if closed_threads is None:
        errors["closed_threads"] = [f"One of: {', '.join(CLOSED_THREADS)}."]
    wanted = request.form.get("on_failed_verify", settings.on_failed_verify)
    on_failed_verify = next((known for known in ON_FAILED_VERIFY if known == wanted), None)
    if on_failed_verify is None:
        errors["on_failed_verify"] = [f"One of: {', '.join(ON_FAILED_VERIFY)}."]
    if errors or on_failed_verify is None or closed_threads is None:
        raise InvalidRequest("Some fields are not valid.", errors=errors)
    return title, replace(
        settings,
        policy=policy,
        edit_window_s=round(minutes * 60),
        max_length=int(length),
        nesting=int(nesting),
        close_after_days=int(days),
        closed_threads=closed_threads,
        on_failed_verify=on_failed_verify,
        count_mentions=bool(request.form.get("count_mentions", settings.count_mentions)),
    )


def _number(name: str, least: int, most: int, errors: dict[str, list[str]], stored: int | None = None) -> float:
    try:
        value = float(request.form.get(name, "" if stored is None else stored))
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        errors[name] = [f"A number from {least} to {most}."]
    return value
