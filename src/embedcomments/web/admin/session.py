"""Who is signed in to the desk: the session cookie, the CSRF token, and what every answer of the desk carries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Response, g, request
from itsdangerous import BadData, URLSafeTimedSerializer
from markupsafe import Markup

from embedcomments.domain.errors import NotAllowed, OriginNotAllowed
from embedcomments.domain.identities import Moderator
from embedcomments.domain.sites import Site
from embedcomments.services.signing_in import SESSION_LIFETIME
from embedcomments.services.tokens import token_hash
from embedcomments.web.bodies import read_form
from embedcomments.web.kept_answers import own_origin
from embedcomments.web.parts import parts

CSRF_FIELD = "csrf_token"
VISIT_LIFETIME = timedelta(minutes=15)
NOTICE_LIFETIME = timedelta(minutes=2)
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


MAX_BODY_BYTES = 1_048_576


class SignInNeeded(Exception):
    """Nobody is signed in, or not for this site: the sign-in page is shown instead."""


def take_form() -> None:
    """Read the form. Raises RequestEntityTooLarge for one longer than any of ours, MalformedRequest."""
    request.max_content_length = MAX_BODY_BYTES
    read_form(request)


def forbid_other_origins() -> None:
    """Raise OriginNotAllowed for a form that another site's page sent."""
    if request.method in ("GET", "HEAD"):
        return
    origin = request.headers.get("Origin")
    if origin is not None and origin != own_origin(request.environ):
        raise OriginNotAllowed("This form was sent from another site.")


def shield(response: Response) -> Response:
    """Headers of every page of the desk."""
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response


def current_moderator() -> Moderator | None:
    """Whoever the session cookie proves."""
    if "moderator" not in g:
        secret = session_secret()
        g.moderator = parts().signing_in.moderator(secret) if secret else None
    found: Moderator | None = g.moderator
    return found


def require_moderator(site: Site | None = None) -> Moderator:
    """Whoever is signed in, and may moderate ``site``. Raises SignInNeeded."""
    moderator = current_moderator()
    if moderator is None or (site is not None and not moderator.moderates(site.id)):
        raise SignInNeeded
    return moderator


def session_secret() -> str | None:
    """What the session cookie holds."""
    return request.cookies.get(_cookie_name("session"))


def begin_session(response: Response, secret: str) -> None:
    """Hand the session to the browser."""
    _set(response, "session", secret, SESSION_LIFETIME)


def end_session(response: Response) -> None:
    """Take the session cookie back."""
    _set(response, "session", "", timedelta(0))


def begin_visit(response: Response, browser: str) -> None:
    """Remember for a while that a sign-in by a provider began in this browser."""
    _set(response, "visit", browser, VISIT_LIFETIME)


def visit() -> str:
    """What the sign-in that began in this browser is known by, "" when none did."""
    return request.cookies.get(_cookie_name("visit"), "")


def end_visit(response: Response) -> None:
    """Take that back."""
    _set(response, "visit", "", timedelta(0))


def csrf_field(binding: str | None = None) -> Markup:
    """The hidden input for forms, bound to the session, or to ``binding`` where there is none yet."""
    value = _signer("csrf").dumps(_binding(binding))
    return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, value)


def check_csrf(binding: str | None = None) -> None:
    """Raise NotAllowed unless the form carries the token that ``csrf_field`` made."""
    try:
        found = _signer("csrf").loads(request.form.get(CSRF_FIELD, ""), max_age=int(SESSION_LIFETIME.total_seconds()))
    except BadData:
        found = None
    if found is None or found != _binding(binding):
        raise NotAllowed("The page was open for too long. Go back, reload it and try again.")


def give_notice(response: Response, sentence: str, *, bad: bool = False) -> None:
    """Have a sentence shown on the next page, once."""
    _set(response, "notice", _text(_signer("notice").dumps([sentence[:500], bad])), NOTICE_LIFETIME)


def take_notice() -> tuple[str, bool]:
    """The sentence left for this page and whether it is bad news; ("", False) when there is none."""
    cookie = request.cookies.get(_cookie_name("notice"))
    if not cookie:
        return "", False
    g.notice_was_shown = True
    try:
        sentence, bad = _signer("notice").loads(cookie, max_age=int(NOTICE_LIFETIME.total_seconds()))
    except (BadData, ValueError):
        return "", False
    return str(sentence), bool(bad)


def forget_notice(response: Response) -> Response:
    """Remove the notice that this answer shows."""
    if g.get("notice_was_shown") and response.status_code == 200:
        _set(response, "notice", "", timedelta(0))
    return response


def _signer(what: str) -> URLSafeTimedSerializer:
    return parts().tokens.desk_signer(what)


def _binding(binding: str | None) -> str:
    return token_hash(binding if binding is not None else session_secret() or "")


def _cookie_name(what: str) -> str:
    # The prefix makes browsers refuse the cookie from any other host or path; it needs TLS.
    return f"__Host-embedcomments-{what}" if request.is_secure else f"embedcomments-{what}"


def _set(response: Response, what: str, value: str, lifetime: timedelta) -> None:
    options: dict[str, Any] = {"path": "/", "httponly": True, "secure": request.is_secure, "samesite": "Lax"}
    response.set_cookie(_cookie_name(what), value, max_age=lifetime, **options)


def _text(token: str | bytes) -> str:
    return token if isinstance(token, str) else token.decode("ascii")
