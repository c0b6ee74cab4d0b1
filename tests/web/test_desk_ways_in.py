"""Passwords, mailed links and second steps: who gets in, who does not, and what neither of them learns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from argon2 import PasswordHasher
from mail_server import MailServer, mail_server
from site_client import Desk, SiteClient, csrf_of

from embedcomments.domain.audit import AuditFilter
from embedcomments.domain.identities import COMMAND_LINE
from embedcomments.storage import jobs as job_rows
from embedcomments.storage import moderators as rows
from embedcomments.storage.tables import job, moderator, recovery_code, session, sign_in_link

EMAIL, PASSWORD = "anahit@example.com", "correct horse battery"
SIGN_IN, BY_PASSWORD, BY_MAIL = "/admin/sign-in", "/admin/sign-in/password", "/admin/sign-in/mail"
SECOND_STEP, SECOND = "/admin/sign-in/second-step", "/admin/account/second-factor"


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def client(new_client: Callable[..., SiteClient], mail: MailServer) -> SiteClient:
    """An instance with mail, and one owner with a password."""
    made = new_client(smtp_url=mail.url, mail_from="comments@example.com", public_url="http://localhost")
    made.parts.signing_in.one_time_token(name="Anahit", site_id=None, email=EMAIL)
    made.parts.accounts.set_password(anahit(made), PASSWORD, by=COMMAND_LINE, keep_session=None)
    return made


def anahit(client: SiteClient) -> int:
    return client.parts.people.find("Anahit").moderator.id


def is_in(desk: Desk) -> bool:
    return desk.get("/admin/default/site").status_code == 200


def by_password(desk: Desk, password: str = PASSWORD, email: str = EMAIL, **more: Any) -> Any:
    csrf = csrf_of(desk.get(SIGN_IN).text)
    return desk.send(BY_PASSWORD, {"email": email, "password": password, **more.pop("form", {})}, csrf=csrf, **more)


def switch_on(client: SiteClient, clock: Any) -> tuple[pyotp.TOTP, list[str]]:
    """The app of Anahit, and her recovery codes."""
    desk = client.sign_in()
    page = desk.get(SECOND).text
    found = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', page)
    sealed = re.search(r'name="sealed" value="([^"]+)"', page)
    assert found is not None
    assert sealed is not None
    app = pyotp.TOTP(found[1].replace(" ", ""))
    form = {"action": "on", "sealed": sealed[1], "code": app.at(clock.now())}
    answer = desk.send(SECOND, form, csrf=csrf_of(page))
    assert answer.status_code == 200, answer.text
    codes = re.search(r'id="codes"[^>]*>([^<]+)<', answer.text)
    assert codes is not None
    clock.advance(seconds=60)
    return app, codes[1].split()


def actions(client: SiteClient) -> list[str]:
    return [entry.action for entry in reversed(client.parts.auditing.list(AuditFilter()))]


# Passwords


def test_address_and_password_sign_in_and_lead_where_one_wanted(client: SiteClient) -> None:
    desk = Desk(client)
    wanted = desk.get("/admin/default/plugins?x=1")
    assert wanted.status_code == 401
    assert '<input type="hidden" name="next" value="/admin/default/plugins?x=1">' in wanted.text
    answer = by_password(desk, email=" Anahit@Example.com ", form={"next": "/admin/default/plugins?x=1"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/default/plugins?x=1")
    assert is_in(desk)


@pytest.mark.parametrize(
    "back",
    [
        "https://elsewhere.example/", "//elsewhere.example", "/admin/\\..", "/admin/\r\nX: y", "/else", "/adminx",
        "/admin/sign-out", "/admin/sign-in?token=x", "javascript:alert(1)", "/admin/" + "x" * 600,
    ],
)  # fmt: skip
def test_signing_in_never_leads_off_the_desk(client: SiteClient, back: str) -> None:
    assert by_password(Desk(client), form={"next": back}).headers["Location"] == "/admin/"


def test_unknown_address_and_wrong_password_are_one_answer(client: SiteClient) -> None:
    answers = []
    for email, password in ((EMAIL, "wrong horse battery"), ("nobody@example.com", PASSWORD)):
        desk = Desk(client)
        answer = by_password(desk, password, email)
        assert not is_in(desk)
        text = re.sub(r'name="csrf_token" value="[^"]+"', "", answer.text).replace(email, "")
        answers.append((answer.status_code, text, [name for name, _ in answer.headers]))
    assert answers[0] == answers[1]
    assert answers[0][0] == 403
    assert "That address and password do not belong together." in answers[0][1]


def test_unknown_address_costs_a_check_of_a_password_as_well(
    client: SiteClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    real = PasswordHasher.verify

    def verify(self: PasswordHasher, stored: str, password: str) -> bool:
        checked.append(stored.rsplit("$", 2)[0])
        return bool(real(self, stored, password))

    monkeypatch.setattr(PasswordHasher, "verify", verify)
    by_password(Desk(client), "wrong horse battery")
    by_password(Desk(client), PASSWORD, "nobody@example.com")
    client.parts.signing_in.one_time_token(name="Bo", site_id=None, email="bo@example.com")
    by_password(Desk(client), PASSWORD, "bo@example.com")  # known, without a password
    assert len(checked) == 3
    assert set(checked) == {"$argon2id$v=19$m=65536,t=3,p=4"}


def test_guessing_waits_longer_and_longer_and_lets_others_in(client: SiteClient) -> None:
    desk = Desk(client)
    statuses = [by_password(desk, f"wrong horse battery {n}").status_code for n in range(6)]
    assert statuses == [403] * 5 + [429]
    waiting = by_password(desk)
    assert waiting.status_code == 429  # the right one as well
    assert 0 < int(waiting.headers["Retry-After"]) <= 60
    assert "That was a lot in a short time." in waiting.text
    assert not is_in(desk)
    # A link of the server gets in however much somebody guesses.
    assert is_in(client.sign_in())


def test_browser_that_was_signed_in_before_is_not_kept_out_by_guesses_from_elsewhere(client: SiteClient) -> None:
    known, stranger = Desk(client), Desk(client)
    assert by_password(known).status_code == 303
    known.send("/admin/sign-out", {}, csrf=csrf_of(known.get("/admin/account").text))
    for n in range(8):  # each from a network of its own
        by_password(Desk(client), "wrong horse battery", environ_base={"REMOTE_ADDR": f"203.0.113.{n}"})
    away = {"REMOTE_ADDR": "198.51.100.1"}
    assert by_password(stranger, environ_base=away).status_code == 429
    assert by_password(known, environ_base=away).status_code == 303


def test_right_password_forgives_the_wrong_ones_before_it(client: SiteClient) -> None:
    for _ in range(2):
        desk = Desk(client)
        for _ in range(4):
            assert by_password(desk, "wrong horse battery").status_code == 403
        assert by_password(desk).status_code == 303


def test_password_with_old_parameters_is_hashed_anew_when_it_is_used(client: SiteClient) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    client.parts.database.write(lambda c: rows.set_password(c, anahit(client), old))
    assert by_password(Desk(client)).status_code == 303
    stored = client.parts.accounts.get(anahit(client)).password_hash
    assert stored is not None
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert by_password(Desk(client)).status_code == 303


@pytest.mark.parametrize("wrong", ["", "short", "x" * 12, "x" * 300])
def test_password_that_is_too_weak_is_not_taken(client: SiteClient, wrong: str) -> None:
    desk = client.sign_in()
    answer = desk.submit("/admin/account/password", {"new": wrong, "again": wrong})
    assert answer.status_code == 422
    assert "A password has 12 to 256 characters" in answer.text
    assert by_password(Desk(client)).status_code == 303


def test_new_password_ends_all_other_sessions_and_links(client: SiteClient) -> None:
    desk, other = client.sign_in(), client.sign_in()
    token = client.parts.signing_in.one_time_token(name="Anahit", site_id=None)
    new = "another horse, another battery"
    assert desk.submit("/admin/account/password", {"new": new, "again": new + "x"}).status_code == 422
    assert is_in(other)
    assert desk.submit("/admin/account/password", {"new": new, "again": new}).status_code == 303
    assert actions(client)[-1] == "account.password"
    assert (is_in(desk), is_in(other)) == (True, False)
    assert not client.parts.signing_in.is_open(token)
    assert by_password(Desk(client)).status_code == 403
    assert by_password(Desk(client), new).status_code == 303


# Sessions


def test_session_that_was_planted_is_not_the_one_that_is_signed_in(client: SiteClient) -> None:
    desk, attacker = Desk(client), Desk(client)
    by_password(attacker)
    planted = attacker.http.get_cookie("embedcomments-session")
    assert planted is not None
    desk.http.set_cookie("embedcomments-session", planted.value)
    by_password(desk)
    cookie = desk.http.get_cookie("embedcomments-session")
    assert cookie is not None
    assert cookie.value != planted.value
    assert (is_in(desk), is_in(attacker)) == (True, False)


def test_form_of_another_site_signs_nobody_in(client: SiteClient) -> None:
    csrf = csrf_of(client.get(SIGN_IN).text)  # which anybody can have
    form = {"email": EMAIL, "password": PASSWORD}
    for headers in (
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        desk = Desk(client)
        assert desk.send(BY_PASSWORD, form, csrf=csrf, headers=headers).status_code == 403
        assert not is_in(desk)
    desk = Desk(client)
    assert desk.send(BY_PASSWORD, form).status_code == 403
    assert not is_in(desk)


def test_sessions_are_shown_without_addresses_and_end_one_by_one(client: SiteClient, clock: Any) -> None:
    firefox = "Mozilla/5.0 (Android 14; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0"
    safari = (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605 Version/17.0 Mobile/15 Safari/604.1"
    )
    here, phone, away = Desk(client), Desk(client), Desk(client)
    by_password(here, headers={"User-Agent": firefox})
    clock.advance(minutes=1)
    by_password(phone, headers={"User-Agent": safari})
    by_password(away, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    page = here.get("/admin/account").text
    devices = re.findall(r'<h3 id="session-[0-9a-f]{16}">([^<]+)</h3>', page)
    assert sorted(devices) == ["An unknown browser", "Firefox on Android", "Safari on iPhone"]
    assert page.count("This one") == 1
    assert page.count("In the network that you are in now.") == 1
    assert page.count("In another network") == 1
    with client.parts.database.read() as connection:
        stored = repr(connection.execute(session.select()).all())
    assert "203.0.113" not in stored
    assert "Mozilla" not in stored

    mark = re.search(r'session-([0-9a-f]{16})">Safari', page)
    assert mark is not None
    here.submit("/admin/account", {"action": "end", "session": mark[1]})
    assert (is_in(here), is_in(phone), is_in(away)) == (True, False, True)
    for wrong in ("", "0", mark[1], "%", "_" * 16):
        here.submit("/admin/account", {"action": "end", "session": wrong})
    assert is_in(away)
    here.submit("/admin/account", {"action": "end_others"})
    assert (is_in(here), is_in(away)) == (True, False)


def test_nobody_ends_the_session_of_another(client: SiteClient) -> None:
    other = client.sign_in(name="Bo")
    mark = re.search(r'id="session-([0-9a-f]{16})"', other.get("/admin/account").text)
    assert mark is not None
    client.sign_in().submit("/admin/account", {"action": "end", "session": mark[1]})
    assert is_in(other)


def test_proof_is_asked_for_again_after_a_quarter_of_an_hour(client: SiteClient, clock: Any) -> None:
    desk = client.sign_in()
    page = desk.get("/admin/account/email").text
    clock.advance(minutes=15)
    for answer in (
        desk.get("/admin/account/email"),
        desk.send("/admin/account/email", {"email": "new@example.com"}, csrf=csrf_of(page)),
        desk.send("/admin/default/people", {"action": "invite", "role": "owner"}, csrf=csrf_of(page)),
    ):
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/admin/account/confirm?next=%2Fadmin%2F")
    assert client.parts.accounts.get(anahit(client)).email == EMAIL
    assert client.parts.people.invitations(client.parts.sites.get("default").id) == []

    before = desk.http.get_cookie("embedcomments-session")
    confirm = "/admin/account/confirm?next=/admin/account/email"
    wrong = desk.send("/admin/account/confirm", {"password": "wrong"}, csrf=csrf_of(desk.get(confirm).text))
    assert wrong.status_code == 403
    form = {"password": PASSWORD, "next": "/admin/account/email"}
    right = desk.send("/admin/account/confirm", form, csrf=csrf_of(desk.get(confirm).text))
    assert (right.status_code, right.headers["Location"]) == (303, "/admin/account/email")
    after = desk.http.get_cookie("embedcomments-session")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    assert desk.submit("/admin/account/email", {"email": ""}).status_code == 303
    assert client.parts.accounts.get(anahit(client)).email is None
    copied = client.get("/admin/account", headers={"Cookie": f"embedcomments-session={before.value}"})
    assert copied.status_code == 401


def test_guessing_at_the_proof_waits_as_well(client: SiteClient, clock: Any) -> None:
    desk = client.sign_in()
    clock.advance(minutes=15)
    confirm = "/admin/account/confirm"
    statuses = [desk.submit(confirm, {"password": f"wrong {n}"}).status_code for n in range(6)]
    assert statuses == [403] * 5 + [429]
    assert is_in(desk)


# Links by mail


def link_in(server: MailServer) -> str:
    body = server.taken[-1][1].get_body(("plain",))
    assert body is not None
    found = re.search(r"http://localhost(/admin/\S+)", body.get_content())
    assert found is not None
    return found[1]


def ask_for_link(desk: Desk, email: str, **how: Any) -> Any:
    return desk.send(BY_MAIL, {"email": email, "password": ""}, csrf=csrf_of(desk.get(SIGN_IN).text), **how)


def test_mailed_link_signs_in_once_and_looking_does_not_use_it_up(client: SiteClient, mail: MailServer) -> None:
    desk = Desk(client)
    assert "Look into your mailbox" in ask_for_link(desk, EMAIL).text
    client.instance.jobs.run_due()
    assert [to for to, _ in mail.taken] == [EMAIL]
    link = link_in(mail)
    for _ in range(3):
        assert Desk(client).http.head(link).status_code == 200
        page = Desk(client).get(link)
        assert page.status_code == 200
        assert "Set-Cookie" not in page.headers
    token = link.partition("token=")[2]
    csrf = csrf_of(page.text)
    assert desk.send(SIGN_IN, {"token": token}, csrf=csrf).status_code == 303
    assert is_in(desk)
    again = Desk(client)
    assert again.send(SIGN_IN, {"token": token}, csrf=csrf).status_code == 410
    assert not is_in(again)


def test_mailed_link_is_over_after_half_an_hour(client: SiteClient, mail: MailServer, clock: Any) -> None:
    ask_for_link(Desk(client), EMAIL)
    client.instance.jobs.run_due()
    link = link_in(mail)
    clock.advance(minutes=29)
    assert Desk(client).get(link).status_code == 200
    clock.advance(minutes=1)
    assert Desk(client).get(link).status_code == 410


def test_asking_for_a_link_tells_nobody_whose_addresses_are_known(client: SiteClient, mail: MailServer) -> None:
    answers, queued = [], []
    for email in (EMAIL, "nobody@example.com"):
        answer = ask_for_link(Desk(client), email)
        answers.append((answer.status_code, answer.text.replace(email, ""), [name for name, _ in answer.headers]))
        with client.parts.database.read() as connection:
            queued.append(job_rows.queue_length(connection))
    assert answers[0] == answers[1]
    assert queued == [{"waiting": 1}, {"waiting": 2}]  # the same work for both
    client.instance.jobs.run_due()
    assert [to for to, _ in mail.taken] == [EMAIL]


def test_secret_of_a_mailed_link_is_in_no_table(client: SiteClient, mail: MailServer) -> None:
    ask_for_link(Desk(client), EMAIL)
    with client.parts.database.read() as connection:
        before = repr(connection.execute(job.select()).all())
    assert "token" not in before
    mail.data_answers[EMAIL] = "451 Later"
    client.instance.jobs.run_due()
    with client.parts.database.read() as connection:
        links = connection.execute(sign_in_link.select()).all()
        kept = repr(links) + repr(connection.execute(job.select()).all())
    del mail.data_answers[EMAIL]
    assert len(links) == 1  # of the mail that was not taken
    assert "/admin/sign-in" not in kept


def test_links_are_asked_for_a_few_times_only(client: SiteClient) -> None:
    desk = Desk(client)
    statuses = [ask_for_link(desk, f"{n}@example.com").status_code for n in range(6)]
    assert statuses == [200] * 5 + [429]
    per_address = [
        ask_for_link(Desk(client), EMAIL, environ_base={"REMOTE_ADDR": f"203.0.113.{n}"}).status_code for n in range(6)
    ]
    assert per_address == [200] * 5 + [429]


def test_server_without_mail_offers_no_links(new_client: Callable[..., SiteClient]) -> None:
    client = new_client()
    desk = Desk(client)
    assert "Mail me a link" not in desk.get(SIGN_IN).text
    answer = ask_for_link(desk, EMAIL)
    assert (answer.status_code, "Mail is not set up on this server." in answer.text) == (409, True)


# The second step


def test_password_alone_is_not_enough_with_a_second_step(client: SiteClient, clock: Any) -> None:
    app, _ = switch_on(client, clock)
    desk = Desk(client)
    answer = by_password(desk, form={"next": "/admin/default/plugins"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{SECOND_STEP}?next=/admin/default/plugins")
    assert not is_in(desk)
    assert desk.http.get_cookie("embedcomments-session") is None
    page = f"{SECOND_STEP}?next=/admin/default/plugins"
    wrong = desk.send(SECOND_STEP, {"code": "000000"}, csrf=csrf_of(desk.get(page).text))
    assert wrong.status_code == 403
    assert not is_in(desk)
    form = {"code": app.at(clock.now()), "next": "/admin/default/plugins"}
    right = desk.send(SECOND_STEP, form, csrf=csrf_of(desk.get(page).text))
    assert (right.status_code, right.headers["Location"]) == (303, "/admin/default/plugins")
    assert is_in(desk)
    assert desk.http.get_cookie("embedcomments-half") is None


def test_mailed_link_needs_the_second_step_and_that_of_the_server_does_not(
    client: SiteClient, mail: MailServer, clock: Any
) -> None:
    switch_on(client, clock)
    desk = Desk(client)
    ask_for_link(desk, EMAIL)
    client.instance.jobs.run_due()
    link = link_in(mail)
    token = link.partition("token=")[2]
    answer = desk.send(SIGN_IN, {"token": token}, csrf=csrf_of(desk.get(link).text))
    assert answer.headers["Location"].startswith(SECOND_STEP)
    assert not is_in(desk)
    assert is_in(client.sign_in())


def test_code_is_taken_once_in_all_browsers(client: SiteClient, clock: Any) -> None:
    app, _ = switch_on(client, clock)
    code = app.at(clock.now())
    answers = []
    for _ in range(2):
        desk = Desk(client)
        by_password(desk)
        answers.append(desk.submit(SECOND_STEP, {"code": code}).status_code)
    assert answers == [303, 403]
    earlier = app.at(clock.now() - timedelta(seconds=30))  # still within its time, but a later one was taken
    desk = Desk(client)
    by_password(desk)
    assert desk.submit(SECOND_STEP, {"code": earlier}).status_code == 403
    clock.advance(seconds=30)
    assert desk.submit(SECOND_STEP, {"code": app.at(clock.now())}).status_code == 303


def test_code_that_proved_the_app_signs_nobody_in(client: SiteClient, clock: Any) -> None:
    app, _ = switch_on(client, clock)
    clock.advance(seconds=-60)
    desk = Desk(client)
    by_password(desk)
    assert desk.submit(SECOND_STEP, {"code": app.at(clock.now())}).status_code == 403


@pytest.mark.parametrize("seconds, is_right", [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_clock_of_the_phone_may_be_half_a_minute_off(
    client: SiteClient, clock: Any, seconds: int, is_right: bool
) -> None:
    app, _ = switch_on(client, clock)
    clock.advance(minutes=5)
    desk = Desk(client)
    by_password(desk)
    typed = app.at(clock.now() + timedelta(seconds=seconds))
    assert (desk.submit(SECOND_STEP, {"code": f"{typed[:3]} {typed[3:]}"}).status_code == 303) == is_right


def test_recovery_code_gets_in_once_however_it_is_typed(client: SiteClient, clock: Any) -> None:
    _, codes = switch_on(client, clock)
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"(?:[a-z2-9]{4}-){3}[a-z2-9]{4}", code) for code in codes)
    for typed, status in (
        (codes[0], 303), (codes[0], 403), (codes[1].upper().replace("-", " "), 303), (f" {codes[1]}", 403)
    ):  # fmt: skip
        desk = Desk(client)
        by_password(desk)
        assert desk.submit(SECOND_STEP, {"code": typed}).status_code == status
    assert client.parts.accounts.get(anahit(client)).recovery_codes == 8
    with client.parts.database.read() as connection:
        stored = repr(connection.execute(recovery_code.select()).all())
    assert not any(code in stored or code.replace("-", "") in stored for code in codes)


def test_guessing_at_codes_waits(client: SiteClient, clock: Any) -> None:
    app, _ = switch_on(client, clock)
    desk = Desk(client)
    by_password(desk)
    statuses = [desk.submit(SECOND_STEP, {"code": f"{n:06}"}).status_code for n in range(6)]
    assert statuses == [403] * 5 + [429]
    assert desk.submit(SECOND_STEP, {"code": app.at(clock.now())}).status_code == 429


def test_second_step_without_the_first_leads_back(client: SiteClient, clock: Any) -> None:
    app, _ = switch_on(client, clock)
    desk = Desk(client)
    for cookie in (None, "nonsense", "MQ.x.y"):
        if cookie is not None:
            desk.http.set_cookie("embedcomments-half", cookie)
        assert desk.get(SECOND_STEP).headers["Location"] == SIGN_IN
        answer = desk.send(SECOND_STEP, {"code": app.at(clock.now())})
        assert (answer.status_code, answer.headers["Location"]) == (303, SIGN_IN)
    assert not is_in(desk)


def test_secret_of_the_app_is_sealed(client: SiteClient, clock: Any) -> None:
    app, _ = switch_on(client, clock)
    with client.parts.database.read() as connection:
        stored = repr(connection.execute(moderator.select()).all())
    assert app.secret not in stored
    assert PASSWORD not in stored


def test_secret_that_was_sealed_for_another_is_not_taken(client: SiteClient, clock: Any) -> None:
    other = client.sign_in(name="Bo").get(SECOND).text
    sealed = re.search(r'name="sealed" value="([^"]+)"', other)
    secret = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', other)
    assert sealed is not None
    assert secret is not None
    code = pyotp.TOTP(secret[1].replace(" ", "")).at(clock.now())
    for value in (sealed[1], "", "nonsense"):
        client.sign_in().submit(SECOND, {"action": "on", "sealed": value, "code": code})
    assert client.parts.accounts.get(anahit(client)).totp_secret is None


def test_wrong_code_does_not_switch_the_second_step_on(client: SiteClient, clock: Any) -> None:
    desk = client.sign_in()
    page = desk.get(SECOND).text
    sealed = re.search(r'name="sealed" value="([^"]+)"', page)
    assert sealed is not None
    answer = desk.send(SECOND, {"action": "on", "sealed": sealed[1], "code": "123"}, csrf=csrf_of(page))
    assert answer.status_code == 422
    assert "That is not the code the app shows now." in answer.text
    secret = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', page)
    assert secret is not None
    assert secret[0] in answer.text  # the app need not scan another
    assert client.parts.accounts.get(anahit(client)).totp_secret is None


def test_switching_the_second_step_on_ends_other_sessions_and_off_forgets_the_codes(
    client: SiteClient, clock: Any
) -> None:
    other = client.sign_in()
    switch_on(client, clock)
    assert not is_in(other)
    desk = client.sign_in()
    desk.submit(SECOND, {"action": "off"})
    account = client.parts.accounts.get(anahit(client))
    assert (account.totp_secret, account.recovery_codes) == (None, 0)
    assert by_password(Desk(client)).headers["Location"] == "/admin/"
    assert [action for action in actions(client) if action.startswith("account.totp")] == [
        "account.totp_on",
        "account.totp_off",
    ]


def test_proof_asks_for_the_code_as_well(client: SiteClient, clock: Any) -> None:
    app, _ = switch_on(client, clock)
    desk = client.sign_in()
    clock.advance(minutes=16)
    confirm = "/admin/account/confirm"
    assert desk.submit(confirm, {"password": PASSWORD, "code": ""}).status_code == 403
    assert desk.submit(confirm, {"password": "wrong", "code": app.at(clock.now())}).status_code == 403
    assert desk.submit(confirm, {"password": PASSWORD, "code": app.at(clock.now())}).status_code == 303


def test_change_of_what_proves_who_one_is_is_told_by_mail(client: SiteClient, mail: MailServer, clock: Any) -> None:
    desk = client.sign_in()
    new = "another horse, another battery"
    desk.submit("/admin/account/password", {"new": new, "again": new})
    switch_on(client, clock)
    desk = client.sign_in()
    desk.submit(SECOND, {"action": "codes"})
    desk.submit(SECOND, {"action": "off"})
    desk.submit("/admin/account/email", {"email": ""})
    client.instance.jobs.run_due()
    bodies = [message.get_body(("plain",)) for _, message in mail.taken]
    told = [body.get_content().split(" your account")[0] for body in bodies if body is not None]
    assert told == [
        "Just now the password was changed of",
        "Just now the second step was switched on for",
        "Just now new recovery codes were made for",
        "Just now the second step was switched off for",
        "Just now another e-mail address was set for",
    ]
    assert {to for to, _ in mail.taken} == {EMAIL}  # the one they had until then
    assert not any(secret in body for body in told for secret in (new, "new@example.com"))


def test_new_address_counts_once_a_link_that_goes_to_it_was_used(
    client: SiteClient, mail: MailServer, clock: Any
) -> None:
    def address() -> str | None:
        return client.parts.accounts.get(anahit(client)).email

    def ask(email: str) -> str:
        desk.submit("/admin/account/email", {"email": email})
        client.instance.jobs.run_due()
        to, message = mail.taken[-1]
        assert to == email
        body = message.get_body(("plain",))
        assert body is not None
        (link,) = re.findall(r"http://localhost(/admin/account/email/confirm\?token=\S+)", body.get_content())
        return str(link)

    def press(link: str) -> Any:
        stranger = Desk(client)
        page = stranger.get(link)
        if page.status_code != 200:
            return page
        token = link.partition("token=")[2]
        return stranger.send("/admin/account/email/confirm", {"token": token}, csrf=csrf_of(page.text))

    desk = client.sign_in()
    first, second = ask("first@example.com"), ask("second@example.com")
    for _ in range(2):
        assert "Is this your e-mail address?" in client.get(first).text  # mail scanners follow links
    assert address() == EMAIL
    assert "The address is confirmed" in press(second).text
    assert address() == "second@example.com"
    client.instance.jobs.run_due()
    assert mail.taken[-1][0] == EMAIL  # the old one is told
    assert [press(link).status_code for link in (first, second)] == [410, 410]
    late = ask("late@example.com")
    client.parts.signing_in.one_time_token(name="Bo", site_id=None, email="bo@example.com")
    client.parts.accounts.change_email(client.parts.people.find("Bo").moderator.id, "late@example.com", by=COMMAND_LINE)
    assert press(late).status_code == 410
    later = ask("later@example.com")
    clock.advance(days=1)
    assert press(later).status_code == 410
    assert client.get("/admin/account/email/confirm?token=x").status_code == 410
    assert address() == "second@example.com"
    answer = client.sign_in().submit("/admin/account/email", {"email": "late@example.com"})
    assert "Another account has that address." in answer.text


def test_who_came_and_went_stands_in_the_record(client: SiteClient, clock: Any) -> None:
    switch_on(client, clock)
    desk = Desk(client)
    by_password(desk)
    before = len(actions(client))
    assert actions(client).count("account.code_failed") == 0
    desk.send(SECOND_STEP, {"code": "000000"}, csrf=csrf_of(desk.get(SECOND_STEP).text))
    desk = client.sign_in()
    other = client.sign_in()
    other.submit("/admin/account", {"action": "end_others"})
    other.send("/admin/sign-out", {}, csrf=csrf_of(other.get("/admin/account").text))
    assert actions(client)[before:] == [
        "account.code_failed", "account.sign_in", "account.sign_in", "account.sessions_ended", "account.sign_out",
    ]  # fmt: skip
