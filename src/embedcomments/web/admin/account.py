"""One's own account: name, mail about held comments, sessions; and the page to prove again who one is."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request

from embedcomments.domain.errors import InvalidRequest, RateLimited
from embedcomments.domain.notices import Pace
from embedcomments.services.limits import network_of
from embedcomments.services.people import actor_of
from embedcomments.web.admin import session
from embedcomments.web.admin.access import Everybody, needs
from embedcomments.web.admin.browser import network_hash
from embedcomments.web.admin.frame import draw, path_on_desk
from embedcomments.web.parts import parts

blueprint = Blueprint("admin_account", __name__)

ACCOUNT = "/admin/account"


@blueprint.get("/admin/account")
@needs(Everybody.SIGNED_IN)
def show() -> Response:
    """The page as it is stored."""
    return _page()


@blueprint.post("/admin/account")
@needs(Everybody.SIGNED_IN)
def change() -> Response:
    """One of the page's forms, none of which needs a new proof."""
    moderator = session.require_moderator()
    session.check_csrf()
    own = parts()
    action = request.form.get("action")
    if action == "rename":
        try:
            own.accounts.rename(moderator.id, request.form.get("name", ""), by=actor_of(moderator))
        except InvalidRequest as error:
            return _page(errors=error.data["errors"], name=request.form.get("name", "")[:200], status=422)
        return back_to_account("Saved.")
    if action == "notices":
        for site in own.sites.all():
            pace = request.form.get(f"pace-{site.id}")
            if pace in list(Pace) and moderator.moderates(site.id):
                own.notices.wish(moderator, site.id, Pace(pace))
        return back_to_account("Saved. You get mail as you chose.")
    if action == "end":
        ended = own.signing_in.end_one(moderator.id, request.form.get("session", ""))
        return back_to_account("That session was ended." if ended else "That session is over already.")
    if action == "end_others":
        number = own.signing_in.end_others(moderator.id, session.session_secret() or "")
        return back_to_account("All other sessions were ended." if number else "There is no other session than this.")
    return back_to_account("Nothing was done: the page asked for something unknown.", bad=True)


@blueprint.get("/admin/account/confirm")
@needs(Everybody.SIGNED_IN)
def ask_proof() -> Response:
    """The form to prove again who one is."""
    return _draw_proof(request.args.get("next", ""))


@blueprint.post("/admin/account/confirm")
@needs(Everybody.SIGNED_IN)
def prove() -> Response:
    """Give the session another secret and go on."""
    session.require_moderator()
    session.check_csrf()
    back = request.form.get("next", "")
    secret = session.session_secret() or ""
    try:
        new = parts().signing_in.prove_again(secret, request.form.get("password", ""), request.form.get("code", ""))
    except RateLimited as error:
        response = _draw_proof(back, status=429, wrong=error.message)
        response.headers["Retry-After"] = str(error.data["retry_after_s"])
        return response
    if new is None:
        return _draw_proof(back, status=403, wrong="That is not right, or the code was used already.")
    response = _to(path_on_desk(back, ACCOUNT))
    session.renew_session(response, new)
    return response


def back_to_account(notice: str, *, bad: bool = False) -> Response:
    """See the account's page, which shows ``notice`` once."""
    response = _to(ACCOUNT)
    session.give_notice(response, notice, bad=bad)
    return response


def _page(*, errors: dict[str, list[str]] | None = None, name: str | None = None, status: int = 200) -> Response:
    own = parts()
    found = session.current_session()
    if found is None:
        raise session.SignInNeeded
    moderator = found.moderator
    account = own.accounts.get(moderator.id)
    wishes = own.notices.wishes(moderator.id)
    here = network_hash(network_of(request.remote_addr or ""))
    return draw(
        "account.html",
        status=status,
        account=account,
        name=moderator.name if name is None else name,
        errors=errors or {},
        sessions=[
            {
                "id": row.id,
                "device": row.device or "An unknown browser",
                "is_this": row.id == found.row.id,
                "same_network": row.network == here,
                "network": row.network[:4],
                "created_at": row.created_at,
                "seen_at": row.seen_at,
            }
            for row in own.signing_in.sessions_of(moderator.id)
        ],
        mail_is_set_up=own.mailing.is_set_up,
        desks=[
            {"site": site, "role": role.value, "pace": wishes.get(site.id, Pace.NEVER).value}
            for site in own.sites.all()
            if (role := moderator.role_on(site.id)) is not None
        ],
    )


def _draw_proof(back: str, *, status: int = 200, wrong: str = "") -> Response:
    account = parts().accounts.get(session.require_moderator().id)
    return draw(
        "confirm.html",
        status=status,
        wrong=wrong,
        next=path_on_desk(back, ACCOUNT),
        has_password=account.password_hash is not None,
        has_totp=account.totp_secret is not None,
    )


def _to(url: str) -> Response:
    return redirect(url, code=303)  # type: ignore[return-value]
