"""Signing in by way of a plugin's provider: there, and back."""

from __future__ import annotations

import secrets
from dataclasses import replace

from flask import Blueprint, Response, redirect, request
from werkzeug.exceptions import NotFound

from embedcomments.domain.sites import Site
from embedcomments.host.choices import SitePlugin
from embedcomments.host.declarations import AuthProvider, PluginRequest, PluginResponse
from embedcomments.web.admin import providers, session
from embedcomments.web.admin.access import Everybody, needs
from embedcomments.web.admin.browser import present_browser
from embedcomments.web.admin.frame import admin_url, draw_sign_in
from embedcomments.web.parts import parts
from embedcomments.web.plugin_routes import plain_response, plugin_request, run_plugin, send

blueprint = Blueprint("admin_provider_pages", __name__)

CALLS_PER_MINUTE = 20
BROWSER_HEADER = "embedcomments-browser"


@blueprint.get("/admin/sign-in/<provider>")
@needs(Everybody.STRANGERS)
def begin(provider: str) -> Response:
    """The provider's redirect to whoever knows the moderator."""
    site, item, found = _provider(provider)
    browser = secrets.token_urlsafe(24)
    sent = _request(browser)
    context = parts().contexts.of(item, site)
    what = f"provider {found.name}"
    answer = run_plugin(item, what, lambda: found.begin(context, sent))

    def make() -> Response:
        if not isinstance(answer, PluginResponse):
            raise TypeError(f"it answered a {type(answer).__name__}")
        return plain_response(answer)

    response = send(item, what, make)
    session.begin_visit(response, browser)
    return response


@blueprint.get("/admin/sign-in/<provider>/complete")
@needs(Everybody.STRANGERS)
def complete(provider: str) -> Response:
    """Begin a session for the moderator whose address the provider proved."""
    site, item, found = _provider(provider)
    browser = session.visit()
    if not browser:
        return _refused()  # it did not begin in this browser: somebody else's answer must not sign anybody in
    sent = _request(browser)
    context = parts().contexts.of(item, site)
    what = f"provider {found.name}"
    email = run_plugin(item, what, lambda: found.complete(context, sent))

    def make() -> Response:
        if email is not None and not isinstance(email, str):
            raise TypeError(f"it answered a {type(email).__name__}")
        secret = parts().signing_in.session_for_email(email, present_browser()) if email else None
        if secret is None:
            return _refused()
        response: Response = redirect(admin_url(site=""), code=303)  # type: ignore[assignment]
        session.begin_session(response, secret)
        return response

    response = send(item, what, make)
    session.end_visit(response)
    return response


def _provider(name: str) -> tuple[Site, SitePlugin, AuthProvider]:
    parts().limits.hit("sign-in", request.remote_addr or "", CALLS_PER_MINUTE)
    found = providers.find(name)
    if found is None:
        raise NotFound("There is no such way to sign in.")
    return found


def _request(browser: str) -> PluginRequest:
    sent = plugin_request(0)
    return replace(sent, headers={**sent.headers, BROWSER_HEADER: browser})


def _refused() -> Response:
    return draw_sign_in(status=403, state="unproven")
