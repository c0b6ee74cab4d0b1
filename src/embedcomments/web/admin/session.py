"""Who is signed in to the desk: the session cookie, the CSRF token, and what every answer of the desk carries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Response, g, request
from itsdangerous import BadData, URLSafeTimedSerializer
from markupsafe import Markup
from werkzeug.exceptions import RequestEntityTooLarge

from embedcomments.domain.errors import BodyTooLarge, NotAllowed, OriginNotAllowed
from embedcomments.domain.identities import Actor, Moderator
from embedcomments.domain.sites import Site
from embedcomments.services.people import actor_of
from embedcomments.services.signing_in import SESSION_LIFETIME, Session
from embedcomments.services.tokens import token_hash
from embedcomments.web.bodies import read_form
from embedcomments.web.kept_answers import own_origin
from embedcomments.web.parts import parts

CSRF_FIELD = "csrf_token"
SIGN_IN_FORM = "sign-in"  # what forms are bound to where nobody is signed in yet; Origin and Sec-Fetch-Site do the rest
VISIT_LIFETIME = timedelta(minutes=15)
NOTICE_LIFETIME = timedelta(minutes=2)
HALF_LIFETIME = timedelta(minutes=5)
KNOWN_LIFETIME = timedelta(days=365)
MAX_BODY_BYTES = 1_048_576


class SignInNeeded(Exception):
    """Nobody is signed in, or not for this site: the sign-in page is shown instead."""


class ProofNeeded(Exception):
    """They are signed in, but have to prove again who they are. ``back``: the page to come back to."""

    def __init__(self, back: str) -> None:
        super().__init__(back)
        self.back = back


def is_fragment() -> bool:
    """Whether a script of the page asks, and not the browser for a page. Scripts of other origins cannot: a header
    that they may not send without asking first (Fetch standard, CORS-safelisted request-header)."""
    return request.headers.get("Embedcomments-Fragment") == "1"


def take_form() -> None:
    """Read the form. Raises BodyTooLarge for one longer than any of ours, MalformedRequest."""
    request.max_content_length = MAX_BODY_BYTES
    try:
        read_form(request)
    except RequestEntityTooLarge as error:
        raise BodyTooLarge(f"What was sent is longer than the {MAX_BODY_BYTES:,} bytes that the desk takes.") from error


def forbid_other_origins() -> None:
    """Raise OriginNotAllowed for a form that another site's page sent."""
    if request.method in ("GET", "HEAD"):
        return
    origin = request.headers.get("Origin")
    foreign = request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")
    if foreign or (origin is not None and origin != own_origin(request.environ)):
        raise OriginNotAllowed("This form was sent from another site.")


def current_session() -> Session | None:
    """The session that the cookie proves."""
    if "session" not in g:
        secret = session_secret()
        g.session = parts().signing_in.session(secret) if secret else None
    found: Session | None = g.session
    return found


def current_moderator() -> Moderator | None:
    """Whoever the session cookie proves."""
    found = current_session()
    return None if found is None else found.moderator


def require_moderator(site: Site | None = None) -> Moderator:
    """Whoever is signed in, and may moderate ``site``. Raises SignInNeeded."""
    moderator = current_moderator()
    if moderator is None or (site is not None and not moderator.moderates(site.id)):
        raise SignInNeeded
    return moderator


def acting() -> Actor:
    """Whoever is signed in, as the record names them. Raises SignInNeeded."""
    return actor_of(require_moderator())


def require_proof(back: str) -> Moderator:
    """Whoever is signed in, and has proved who they are a short while ago. Raises SignInNeeded, ProofNeeded."""
    found = current_session()
    if found is None:
        raise SignInNeeded
    if not found.is_proven:
        raise ProofNeeded(back)
    return found.moderator


def session_secret() -> str | None:
    """What the session cookie holds."""
    return request.cookies.get(_cookie_name("session"))


def begin_session(response: Response, secret: str) -> None:
    """Hand a new session to the browser. The one it had ends: nobody goes on with a session that another planted."""
    before = session_secret()
    if before and before != secret:
        parts().signing_in.sign_out(before)
    _set(response, "session", secret, SESSION_LIFETIME)
    found = parts().signing_in.session(secret)
    if found is not None:
        _set(response, "known", _text(_signer("known").dumps(found.moderator.id)), KNOWN_LIFETIME)
    _set(response, "half", "", timedelta(0))


def renew_session(response: Response, secret: str) -> None:
    """Hand the same session's new secret to the browser."""
    _set(response, "session", secret, SESSION_LIFETIME)


def known_as() -> int | None:
    """Who signed in with this browser before, whoever uses it now."""
    try:
        found = _signer("known").loads(
            request.cookies.get(_cookie_name("known"), ""), max_age=int(KNOWN_LIFETIME.total_seconds())
        )
    except (BadData, ValueError):
        return None
    return found if isinstance(found, int) else None


def begin_half(response: Response, moderator_id: int) -> None:
    """Remember for a while that somebody passed the first of two steps in this browser."""
    _set(response, "half", _text(_signer("half").dumps(moderator_id)), HALF_LIFETIME)


def half() -> tuple[int, str] | None:
    """Who passed the first step here, and what forms are bound to; None when nobody did, or too long ago."""
    cookie = request.cookies.get(_cookie_name("half"), "")
    try:
        found = _signer("half").loads(cookie, max_age=int(HALF_LIFETIME.total_seconds()))
    except (BadData, ValueError):
        return None
    return (found, cookie) if isinstance(found, int) else None


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


def theme() -> str:
    """What the moderator chose in this browser, unchecked."""
    return request.cookies.get(_cookie_name("theme"), "")


def keep_theme(response: Response, value: str, lifetime: timedelta) -> None:
    """Remember it."""
    _set(response, "theme", value, lifetime)


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
