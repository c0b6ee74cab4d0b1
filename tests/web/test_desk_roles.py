"""Who may open what on the desk: every route says so, and says it to those who try."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import ModuleType

import pytest
from site_client import Desk, SiteClient, csrf_of

import embedcomments_moderation
from embedcomments.api import AdminPage, CommentState, NotAllowed, PluginResponse, Role
from embedcomments.domain.audit import AuditFilter
from embedcomments.domain.identities import COMMAND_LINE, Actor, Moderator
from embedcomments.domain.permissions import LEAST_ROLE, Right
from embedcomments.domain.sites import SiteSettings
from embedcomments.host.context import Comments
from embedcomments.host.moderators_comments import RIGHTS
from embedcomments.services.people import actor_of
from embedcomments.web.admin.access import NOT_YOURS, Access, Everybody
from embedcomments.web.admin.comment import DEEDS

STRANGERS, SIGNED_IN = Everybody.STRANGERS, Everybody.SIGNED_IN
# Every view of the desk with what it asks for. A new route stands here, or the first test below fails.
ACCESS: Mapping[str, Access] = {
    "GET /admin/": SIGNED_IN,
    "GET /admin/sign-in": STRANGERS,
    "POST /admin/sign-in": STRANGERS,
    "POST /admin/sign-in/password": STRANGERS,
    "POST /admin/sign-in/mail": STRANGERS,
    "GET /admin/sign-in/second-step": STRANGERS,
    "POST /admin/sign-in/second-step": STRANGERS,
    "GET /admin/sign-in/<provider>": STRANGERS,
    "GET /admin/sign-in/<provider>/complete": STRANGERS,
    "POST /admin/sign-out": STRANGERS,
    "GET /admin/invitation": STRANGERS,
    "POST /admin/invitation": STRANGERS,
    "GET /admin/decide": STRANGERS,
    "POST /admin/decide": STRANGERS,
    "GET /admin/unsubscribe": STRANGERS,
    "POST /admin/unsubscribe": STRANGERS,
    "POST /admin/theme": SIGNED_IN,
    "GET /admin/account": SIGNED_IN,
    "POST /admin/account": SIGNED_IN,
    "GET /admin/account/confirm": SIGNED_IN,
    "POST /admin/account/confirm": SIGNED_IN,
    "GET /admin/account/email": SIGNED_IN,
    "GET /admin/account/email/confirm": STRANGERS,
    "POST /admin/account/email/confirm": STRANGERS,
    "POST /admin/account/email": SIGNED_IN,
    "GET /admin/account/password": SIGNED_IN,
    "POST /admin/account/password": SIGNED_IN,
    "GET /admin/account/second-factor": SIGNED_IN,
    "POST /admin/account/second-factor": SIGNED_IN,
    "GET /admin/<site>/": Right.SEE_COMMENTS,
    "GET /admin/<site>/<plugin>/": Right.SEE_COMMENTS,
    "POST /admin/<site>/<plugin>/": Right.SEE_COMMENTS,
    "GET /admin/<site>/<plugin>/<path:path>": Right.SEE_COMMENTS,
    "POST /admin/<site>/<plugin>/<path:path>": Right.SEE_COMMENTS,
    "GET /admin/<site>/site": Right.MANAGE_SITE,
    "POST /admin/<site>/site": Right.MANAGE_SITE,
    "GET /admin/<site>/plugins": Right.MANAGE_SITE,
    "POST /admin/<site>/plugins": Right.MANAGE_SITE,
    "GET /admin/<site>/plugins/<plugin>": Right.MANAGE_SITE,
    "POST /admin/<site>/plugins/<plugin>": Right.MANAGE_SITE,
    "GET /admin/<site>/health": Right.MANAGE_SITE,
    "GET /admin/<site>/jobs": Right.MANAGE_SITE,
    "POST /admin/<site>/jobs": Right.MANAGE_SITE,
    "GET /admin/<site>/live": Right.SEE_COMMENTS,
    "GET /admin/<site>/sites": Right.SEE_COMMENTS,
    "POST /admin/<site>/sites": Right.MANAGE_SITE,
    "GET /admin/<site>/threads": Right.SEE_COMMENTS,
    "POST /admin/<site>/threads": Right.CHANGE_COMMENTS,
    "GET /admin/<site>/threads/one": Right.CHANGE_COMMENTS,
    "POST /admin/<site>/threads/one": Right.CHANGE_COMMENTS,
    "GET /admin/<site>/overview": Right.SEE_COMMENTS,
    "GET /admin/<site>/record": Right.SEE_RECORD,
    "POST /admin/<site>/record": Right.SEE_RECORD,
    "GET /admin/<site>/record.csv": Right.SEE_RECORD,
    "GET /admin/<site>/record.jsonl": Right.SEE_RECORD,
    "GET /admin/<site>/comments/<comment_id>": Right.SEE_COMMENTS,
    "POST /admin/<site>/comments/<comment_id>": Right.SEE_COMMENTS,
    "GET /admin/<site>/people": Right.MANAGE_PEOPLE,
    "POST /admin/<site>/people": Right.MANAGE_PEOPLE,
}


@pytest.fixture
def client(new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType]) -> SiteClient:
    """With pages of a plugin for each role, named by it, and one to which a form is sent by moderators alone."""

    def answer(ctx: object, request: object) -> PluginResponse:
        return PluginResponse(body="opened")

    pages = [AdminPage(path=role.value, title=role.value, handler=answer, role=role) for role in Role]
    pages += [
        AdminPage(path="undeclared", title="undeclared", handler=answer),
        AdminPage(path="form", title="form", handler=answer, role=Role.REVIEWER, post_role=Role.MODERATOR),
    ]
    return new_client(make_plugin("pages", register_admin_pages=lambda: pages), embedcomments_moderation)


def sign_in(client: SiteClient, role: Role, site: str = "default") -> Desk:
    """A browser in which somebody with that role on the site is signed in."""
    desk = Desk(client)
    site_id = client.parts.sites.get(site).id
    token = client.parts.signing_in.one_time_token(name=role.value, site_id=site_id, role=role)
    page = desk.get(f"/admin/sign-in?token={token}")
    assert desk.send("/admin/sign-in", {"token": token}, csrf=csrf_of(page.text)).status_code == 303
    return desk


def views_of(client: SiteClient) -> dict[str, Access]:
    """What each view of the desk asks for, by method and address; None where it does not say."""
    return {
        f"{method} {rule.rule}": getattr(client.app.view_functions[rule.endpoint], "desk_access", None)
        for rule in client.app.url_map.iter_rules()
        if rule.rule.startswith("/admin")
        for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}
    }


def test_every_route_of_the_desk_says_what_it_asks_for(client: SiteClient) -> None:
    assert views_of(client) == ACCESS


@pytest.mark.parametrize("role", list(Role))
def test_route_opens_to_whose_role_has_its_right_and_to_nobody_else(client: SiteClient, role: Role) -> None:
    desk = sign_in(client, role)
    csrf = csrf_of(desk.get("/admin/account").text)
    seen = {}
    for view, access in ACCESS.items():
        method, rule = view.split(" ", 1)
        if isinstance(access, Everybody):
            continue
        path = rule.replace("<site>", "default").replace("<plugin>", "moderation").replace("<path:path>", "x")
        path = path.replace("<comment_id>", "0" * 24)
        answer = desk.http.open(path, method=method, data={"csrf_token": csrf} if method == "POST" else None)
        seen[view] = NOT_YOURS not in answer.text
        assert seen[view] or answer.status_code == 403, (view, answer.status_code)
    allowed = {view: role.allows(access) for view, access in ACCESS.items() if isinstance(access, Right)}
    assert seen == allowed


def test_view_that_says_nothing_is_for_owners(client: SiteClient, monkeypatch: pytest.MonkeyPatch) -> None:
    view = client.app.view_functions["admin.admin_health.show"]
    monkeypatch.delattr(view, "desk_access")
    assert sign_in(client, Role.MODERATOR).get("/admin/default/health").status_code == 403
    assert sign_in(client, Role.OWNER).get("/admin/default/health").status_code == 200


@pytest.mark.parametrize("role", list(Role))
def test_plugins_page_opens_to_the_roles_that_it_declares(client: SiteClient, role: Role) -> None:
    desk = sign_in(client, role)
    opened = {
        page for page in [*Role, "undeclared", "form"] if desk.get(f"/admin/default/pages/{page}").text == "opened"
    }
    assert opened == {other for other in Role if role.includes(other)} | {"form"} | (
        {"undeclared"} if role.includes(Role.MODERATOR) else set()
    )
    csrf = csrf_of(desk.get("/admin/account").text)
    answer = desk.send("/admin/default/pages/form", {}, csrf=csrf)
    assert (answer.text == "opened") == role.includes(Role.MODERATOR)
    assert (answer.status_code == 403) == (role is Role.REVIEWER)


def test_navigation_shows_what_opens(client: SiteClient) -> None:
    def entries(role: Role) -> list[str]:
        html = sign_in(client, role).get("/admin/default/moderation/").text
        names = ("Queue", "reviewer", "moderator", "owner", "Site", "People", "Plugins", "Health")
        return [name for name in names if f">{name}</a>" in html]

    assert entries(Role.REVIEWER) == ["Queue", "reviewer"]
    assert entries(Role.MODERATOR) == ["Queue", "reviewer", "moderator"]
    assert entries(Role.OWNER) == ["Queue", "reviewer", "moderator", "owner", "Site", "People", "Plugins", "Health"]


def test_role_on_one_site_is_none_on_another(client: SiteClient) -> None:
    client.parts.sites.add("press")
    desk = sign_in(client, Role.OWNER, "press")
    assert desk.get("/admin/press/people").status_code == 200
    assert desk.get("/admin/default/people").status_code == 401
    assert desk.get("/admin/default/moderation/").status_code == 401


def test_changed_role_holds_at_once(client: SiteClient) -> None:
    desk = sign_in(client, Role.OWNER)
    assert desk.get("/admin/default/people").status_code == 200
    person = client.parts.people.find("owner").moderator
    site_id = client.parts.sites.get("default").id
    sign_in(client, Role.MODERATOR)
    other = client.parts.people.find("moderator").moderator
    client.parts.people.change_role(other.id, Role.OWNER, by=COMMAND_LINE, site_id=site_id)
    client.parts.people.change_role(person.id, Role.REVIEWER, by=COMMAND_LINE, site_id=site_id)
    assert desk.get("/admin/default/people").status_code == 403


def test_every_right_has_a_role_and_every_call_of_comments_a_right() -> None:
    assert set(LEAST_ROLE) == set(Right)
    calls = {name for name in vars(Comments) if not name.startswith("_")}
    assert set(RIGHTS) == calls


def states(client: SiteClient) -> dict[str, str]:
    return {comment.source: comment.state.value for comment in client.stored()}


@pytest.mark.parametrize(
    "role, action, before, after",
    [
        (Role.REVIEWER, "publish", CommentState.HELD, "published"),
        (Role.REVIEWER, "hold", CommentState.PUBLISHED, "held"),
        (Role.REVIEWER, "spam", CommentState.HELD, "held"),
        (Role.REVIEWER, "reject", CommentState.HELD, "held"),
        (Role.REVIEWER, "publish", CommentState.SPAM, "spam"),
        (Role.REVIEWER, "publish", CommentState.DELETED, "deleted"),
        (Role.MODERATOR, "spam", CommentState.HELD, "spam"),
        (Role.MODERATOR, "reject", CommentState.HELD, "deleted"),
        (Role.MODERATOR, "publish", CommentState.DELETED, "published"),
    ],
)
def test_queue_does_to_comments_what_the_role_allows(
    client: SiteClient, role: Role, action: str, before: CommentState, after: str
) -> None:
    comment = client.write("Hello")["comment"]
    client.set_state(comment["id"], before)
    desk = sign_in(client, role)
    csrf = csrf_of(desk.get("/admin/account").text)
    desk.send("/admin/default/moderation/", {"action": action, "id": comment["id"]}, csrf=csrf)
    assert states(client) == {"Hello": after}


def test_page_of_a_plugin_cannot_do_more_than_who_opened_it(
    new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType]
) -> None:
    tried: dict[str, type[Exception] | None] = {}

    def act(ctx: object, request: object) -> PluginResponse:
        comments: Comments = ctx.comments  # type: ignore[attr-defined]
        (comment,) = comments.list()
        batch = comments.new_batch()
        calls: dict[str, Callable[[], object]] = {
            "hold": lambda: comments.set_state(comment.id, CommentState.HELD, batch=batch, actor="Somebody else"),
            "hold many": lambda: comments.set_states([comment.id], state=CommentState.HELD),
            "undo": lambda: comments.undo(batch),
            "spam": lambda: comments.set_state(comment.id, CommentState.SPAM),
            "spam by name": lambda: comments.set_state(comment_id=comment.id, state=CommentState.SPAM),
            "spam many": lambda: comments.set_states([comment.id], CommentState.SPAM),
            "edit": lambda: comments.edit(comment.id, "Other words"),
            "pin": lambda: comments.pin(comment.id, True),
            "close": lambda: comments.close_branch(comment.id, True),
            "restore": lambda: comments.restore(comment.id),
            "erase": lambda: comments.erase(comment.id),
            "delete all": lambda: comments.delete_all(comment.identity_id or ""),
        }
        for name, call in calls.items():
            try:
                call()
                tried[name] = None
            except NotAllowed as error:
                tried[name] = type(error)
        return PluginResponse(body="done")

    page = AdminPage(path="", title="Act", handler=act, role=Role.REVIEWER)
    client = new_client(make_plugin("acts", register_admin_pages=lambda: [page]))
    client.write("Hello")
    assert sign_in(client, Role.REVIEWER).get("/admin/default/acts/").text == "done"
    allowed = {name for name, error in tried.items() if error is None}
    assert allowed == {"hold", "hold many", "undo"}
    assert states(client) == {"Hello": "published"}  # held, and that taken back
    record = client.parts.auditing.list(AuditFilter(site_id=client.parts.sites.get("default").id, action="comment."))
    assert {entry.actor for entry in record} == {"reviewer"}  # whatever name the page gave


def test_reviewer_takes_back_their_own_decisions_alone(client: SiteClient) -> None:
    comment = client.write("Hello")["comment"]
    client.set_state(comment["id"], CommentState.PUBLISHED)
    site = client.parts.sites.get("default")
    item = client.parts.choices.find(site, "moderation")
    assert item is not None
    sign_in(client, Role.REVIEWER)
    sign_in(client, Role.MODERATOR)
    people = {name: client.parts.people.find(name).moderator for name in ("reviewer", "moderator")}
    comments = {name: client.parts.contexts.for_moderator(item, site, who).comments for name, who in people.items()}
    theirs, own = comments["moderator"].new_batch(), comments["reviewer"].new_batch()
    comments["reviewer"].set_state(comment["id"], CommentState.HELD, batch=own)
    comments["reviewer"].undo(own)
    assert states(client) == {"Hello": "published"}
    comments["moderator"].set_state(comment["id"], CommentState.HELD, batch=theirs)
    with pytest.raises(NotAllowed):
        comments["reviewer"].undo(theirs)
    with pytest.raises(NotAllowed):
        comments["reviewer"].undo(batch=theirs)
    assert states(client) == {"Hello": "held"}


# Whatever page asks: the services themselves


def test_services_refuse_what_a_role_does_not_allow(client: SiteClient) -> None:
    own, site = client.parts, client.parts.sites.get("default")
    own.sites.add("press")
    comment = client.write("Hello")["comment"]
    client.set_state(comment["id"], CommentState.HELD)
    moderator = actor_of(Moderator(id=1, name="Bo", roles={site.id: Role.MODERATOR}))
    reviewer = actor_of(Moderator(id=2, name="Chris", roles={site.id: Role.REVIEWER}))
    stranger = actor_of(Moderator(id=3, name="Press", roles={own.sites.get("press").id: Role.OWNER}))
    batch = own.moderating.new_batch()
    own.moderating.set_state(comment["id"], CommentState.SPAM, actor=moderator, batch=batch)
    own.moderating.set_state(comment["id"], CommentState.HELD, actor=moderator)
    not_for_reviewers: list[Callable[[Actor], object]] = [
        lambda actor: own.moderating.set_state(comment["id"], CommentState.SPAM, actor=actor),
        lambda actor: own.moderating.edit(comment["id"], "Other words", actor=actor),
        lambda actor: own.moderating.erase(comment["id"], actor=actor),
        lambda actor: own.moderating.close_branch(comment["id"], True, actor=actor),
        lambda actor: own.moderating.set_closed(site, "page", True, actor=actor),
        lambda actor: own.undoing.restore(comment["id"], actor=actor),
        lambda actor: own.threads.set_hidden(site, "page", True, actor=actor),
        lambda actor: own.threads.move(site, "page", "other", actor=actor),
        lambda actor: own.threads.merge(site, "page", "other", actor=actor),
    ]
    not_for_moderators: list[Callable[[Actor], object]] = [
        lambda actor: own.sites.add("new", actor=actor),
        lambda actor: own.sites.rename(site, "new", actor=actor),
        lambda actor: own.sites.delete(site, actor=actor),
        lambda actor: own.sites.add_origin(site, "https://a.example", actor=actor),
        lambda actor: own.sites.remove_origin(site, "https://a.example", actor=actor),
        lambda actor: own.sites.save_settings(site, SiteSettings(), actor=actor),
        lambda actor: own.lifecycle.switch(site, "moderation", on=False, actor=actor),
        lambda actor: own.lifecycle.delete_site(site, actor=actor),
        lambda actor: own.choices.set_order(site, (), actor=actor),
        lambda actor: own.choices.save(site, "moderation", own.choices.stored(site, "moderation"), actor=actor),
    ]
    before = (client.row(comment["id"]), own.sites.all())
    for calls, actors in (
        (not_for_reviewers, (reviewer, stranger)),
        (not_for_moderators, (reviewer, moderator, stranger)),
    ):
        for call in calls:
            for actor in actors:
                with pytest.raises(NotAllowed):
                    call(actor)
    assert (client.row(comment["id"]), own.sites.all()) == before
    own.moderating.set_state(comment["id"], CommentState.PUBLISHED, actor=reviewer)
    assert states(client) == {"Hello": "published"}


def test_page_of_a_comment_lets_a_reviewer_decide_and_nothing_else(client: SiteClient) -> None:
    comment_id = client.write("Hello")["comment"]["id"]
    client.set_state(comment_id, CommentState.PUBLISHED)
    client.parts.moderating.edit(comment_id, "Hello again", actor="Vera", reason="secret reason")
    desk = sign_in(client, Role.REVIEWER)
    path = f"/admin/default/comments/{comment_id}"
    html = desk.get(path).text
    assert re.findall(r'name="action" value="(\w+)"', html) == ["hold"]
    assert "secret reason" not in html
    csrf = csrf_of(html)
    for action in DEEDS:
        if action != "hold":
            assert desk.send(path, {"action": action, "key": "x", "text": "x"}, csrf=csrf).status_code in (303, 403)
            assert client.row(comment_id).state is CommentState.PUBLISHED, action
            assert client.row(comment_id).source == "Hello again", action
    assert desk.send(path, {"action": "hold"}, csrf=csrf).status_code == 303
    assert client.row(comment_id).state is CommentState.HELD
    client.set_state(comment_id, CommentState.SPAM)
    assert desk.send(path, {"action": "publish"}, csrf=csrf).status_code == 403
    assert client.row(comment_id).state is CommentState.SPAM
    thread = client.parts.reading.thread_of(client.row(comment_id))
    assert (thread.key, thread.closed, thread.hidden) == ("page", False, False)
