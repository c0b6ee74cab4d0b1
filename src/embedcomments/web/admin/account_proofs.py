"""What proves who somebody is: address, password, second factor. Each change needs a new proof first."""

from __future__ import annotations

from typing import Any

import segno
from flask import Blueprint, Response, request
from markupsafe import Markup

from embedcomments.domain.errors import BadToken, Conflict, InvalidRequest
from embedcomments.services.passwords import MIN_LENGTH
from embedcomments.services.people import actor_of
from embedcomments.web.admin import session
from embedcomments.web.admin.access import Everybody, needs
from embedcomments.web.admin.account import back_to_account
from embedcomments.web.admin.frame import draw
from embedcomments.web.parts import parts

blueprint = Blueprint("admin_account_proofs", __name__)

EMAIL, PASSWORD, SECOND = "/admin/account/email", "/admin/account/password", "/admin/account/second-factor"


@blueprint.get("/admin/account/email")
@needs(Everybody.SIGNED_IN)
def show_email() -> Response:
    """The form."""
    moderator = session.require_proof(EMAIL)
    return draw("account_email.html", email=parts().accounts.get(moderator.id).email or "", errors={})


@blueprint.post("/admin/account/email")
@needs(Everybody.SIGNED_IN)
def change_email() -> Response:
    """Another address, or none. Where there is mail it counts once a link that goes to it was used."""
    moderator = session.require_proof(EMAIL)
    session.check_csrf()
    typed = request.form.get("email", "")[:300]
    own = parts()
    try:
        if own.mailing.is_set_up and typed.strip():
            if not own.accounts.check_email(moderator.id, typed):
                return back_to_account("That is your address already.")
            own.desk_mail.ask_new_address(moderator.id, typed)
            return back_to_account(f"A link is on its way to {typed.strip()}. Your address changes once you use it.")
        before = own.accounts.change_email(moderator.id, typed, by=actor_of(moderator))
    except InvalidRequest as error:
        return draw("account_email.html", status=422, email=typed, errors=error.data["errors"])
    own.desk_mail.tell_change(before, "another e-mail address was set for")
    return back_to_account("Your address is saved." if typed.strip() else "Your address was removed.")


@blueprint.get("/admin/account/password")
@needs(Everybody.SIGNED_IN)
def show_password() -> Response:
    """The form."""
    session.require_proof(PASSWORD)
    return _draw_password()


@blueprint.post("/admin/account/password")
@needs(Everybody.SIGNED_IN)
def change_password() -> Response:
    """Another password; all other sessions end."""
    moderator = session.require_proof(PASSWORD)
    session.check_csrf()
    new = request.form.get("new", "")
    if new != request.form.get("again", ""):
        return _draw_password(errors={"again": ["The two are not the same."]}, status=422)
    try:
        parts().accounts.set_password(moderator.id, new, by=actor_of(moderator), keep_session=session.session_secret())
    except InvalidRequest as error:
        return _draw_password(errors=error.data["errors"], status=422)
    _tell(moderator.id, "the password was changed of")
    return back_to_account("Your password is saved. All other sessions were ended.")


@blueprint.get("/admin/account/second-factor")
@needs(Everybody.SIGNED_IN)
def show_second() -> Response:
    """A new secret to scan, or what is switched on."""
    moderator = session.require_proof(SECOND)
    if parts().accounts.get(moderator.id).totp_secret is not None:
        return _draw_second()
    return _draw_secret(parts().second_factor.new_secret())


@blueprint.post("/admin/account/second-factor")
@needs(Everybody.SIGNED_IN)
def change_second() -> Response:
    """Switch it on or off, or make new recovery codes."""
    moderator = session.require_proof(SECOND)
    session.check_csrf()
    own = parts()
    action = request.form.get("action")
    try:
        if action == "on":
            return _switch_on()
        if action == "off":
            own.accounts.switch_totp_off(moderator.id, by=actor_of(moderator))
            _tell(moderator.id, "the second step was switched off for")
            return back_to_account("Codes are not asked for any more.")
        if action == "codes":
            codes = own.accounts.renew_recovery_codes(moderator.id, by=actor_of(moderator))
            _tell(moderator.id, "new recovery codes were made for")
            return _draw_second(codes=codes)
    except Conflict as error:
        return back_to_account(error.message, bad=True)
    return back_to_account("Nothing was done: the page asked for something unknown.", bad=True)


def _switch_on() -> Response:
    own = parts()
    moderator = session.require_proof(SECOND)
    try:
        # The secret went to the browser sealed, with whose it is: nothing had to be stored before it was proven.
        owner, _, secret = own.sealer.open(request.form.get("sealed", "")).partition(" ")
    except BadToken:
        owner, secret = "", ""
    if owner != str(moderator.id):
        return back_to_account("The page was open for too long. Please begin again.", bad=True)
    try:
        codes = own.accounts.switch_totp_on(
            moderator.id,
            secret,
            request.form.get("code", ""),
            by=actor_of(moderator),
            keep_session=session.session_secret() or "",
        )
    except InvalidRequest as error:
        return _draw_secret(secret, errors=error.data["errors"], status=422)
    _tell(moderator.id, "the second step was switched on for")
    return _draw_second(codes=codes, notice="Codes are asked for from now on. All other sessions were ended.")


def _tell(moderator_id: int, what: str) -> None:
    own = parts()
    own.desk_mail.tell_change(own.accounts.get(moderator_id).email, what)


def _draw_password(*, errors: dict[str, list[str]] | None = None, status: int = 200) -> Response:
    moderator = session.require_moderator()
    account = parts().accounts.get(moderator.id)
    return draw(
        "account_password.html",
        status=status,
        errors=errors or {},
        has_password=account.password_hash is not None,
        email=account.email or "",
        least=MIN_LENGTH,
    )


def _draw_second(**more: Any) -> Response:
    account = parts().accounts.get(session.require_moderator().id)
    return draw("account_second.html", account=account, **{"codes": (), **more})


def _draw_secret(secret: str, *, errors: dict[str, list[str]] | None = None, status: int = 200) -> Response:
    own = parts()
    moderator = session.require_moderator()
    account = own.accounts.get(moderator.id)
    uri = own.second_factor.uri(secret, account.email or moderator.name)
    picture = segno.make(uri, error="m").svg_inline(border=4, omitsize=True, dark="#000", light="#fff", svgclass="qr")
    return draw(
        "account_second_new.html",
        status=status,
        errors=errors or {},
        picture=Markup(picture),
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        sealed=own.sealer.seal(f"{moderator.id} {secret}"),
        has_password=account.password_hash is not None,
        mail_is_set_up=own.mailing.is_set_up,
    )
