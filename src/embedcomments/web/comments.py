"""Writing comments over HTTP."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from flask import Blueprint, Response, request

from embedcomments.domain.comments import Author, Comment, CommentState
from embedcomments.domain.errors import BadToken, InvalidRequest
from embedcomments.domain.identities import Actor
from embedcomments.domain.sites import Site
from embedcomments.domain.threads import ThreadRef
from embedcomments.services.commenting import Submission
from embedcomments.services.views import Json, moment, public_comment
from embedcomments.web.answers import bearer_token, json_answer
from embedcomments.web.bodies import json_object, read_json_object, read_whole_body
from embedcomments.web.cors import remember_site, require_origin
from embedcomments.web.kept_answers import own_origin
from embedcomments.web.parts import Parts, parts
from embedcomments.web.schemas import MAX_TITLE, NewCommentSchema, TextSchema, load
from embedcomments.web.threads import comment_for

blueprint = Blueprint("comments", __name__, url_prefix="/api/v1")

_NEW_COMMENT = NewCommentSchema()
_TEXT = TextSchema()
MAX_IDEMPOTENCY_KEY = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """What came with a new comment, beside the site. Headers are as WSGI has them, None where there are none."""

    body: bytes
    address: str
    user_agent: str
    authorization: str | None
    idempotency_key: str | None


def admit(own: Parts, site: Site, *, origin: str | None, here: str, address: str) -> None:
    """Before anything of a comment is read. ``here`` is the server's own origin. Raises OriginNotAllowed,
    RateLimited."""
    own.sites.require_origin(site, origin, here)
    own.limits.hit("post", address, own.config.posts_per_minute)


def take(own: Parts, site: Site, sent: Sent) -> tuple[Json, int, str]:
    """The answer to a new comment, its status, and the address of the comment. Raises what Commenting.submit does,
    MalformedRequest, InvalidRequest."""
    values = load(_NEW_COMMENT, json_object(sent.body))
    thread = values["thread"]
    submission = Submission(
        thread=ThreadRef(
            key=own.reading.key(site, thread["key"]),
            url=thread["url"] or None,
            title=(thread["title"] or "")[:MAX_TITLE] or None,
        ),
        author=values["author"] or Author(),
        text=values["text"],
        parent_id=values["parent_id"],
        proofs=values["extensions"] or {},
        address=sent.address,
        user_agent=sent.user_agent[:500],
    )
    try:
        identity_id = own.commenting.author_of(bearer_token(sent.authorization)).identity_id
    except BadToken:
        identity_id = None  # a token of another time: a new person, rather than a lost comment
    accepted = own.commenting.submit(
        site,
        submission,
        identity_id=identity_id,
        idempotency_key=_idempotency_key(sent.idempotency_key),
        body_hash=hashlib.sha256(sent.body).hexdigest(),
    )
    answer = {
        "comment": _own_view(own, site, accepted.comment),
        "edit_token": accepted.edit_token,
        "editable_until": moment(accepted.editable_until),
    }
    status = 201 if accepted.comment.told_state is CommentState.PUBLISHED else 202
    return answer, status, f"/api/v1/comments/{accepted.comment.id}"


@blueprint.post("/sites/<site>/comments")
def submit(site: str) -> Response:
    """Take a new comment. Most never come here: see HotPosts."""
    own = parts()
    found = remember_site(own.sites.get(site))
    headers, address = request.headers, request.remote_addr or ""
    admit(own, found, origin=headers.get("Origin"), here=own_origin(request.environ), address=address)
    sent = Sent(
        body=read_whole_body(request, own.config.max_body_bytes),
        address=address,
        user_agent=headers.get("User-Agent", ""),
        authorization=headers.get("Authorization"),
        idempotency_key=headers.get("Idempotency-Key"),
    )
    answer, status, place = take(own, found, sent)
    return json_answer(answer, status, {"Location": place})


@blueprint.patch("/comments/<comment_id>")
def edit(comment_id: str) -> Response:
    """Change one's own comment."""
    own, comment, site, actor = _own_comment(comment_id)
    values = load(_TEXT, read_json_object(request, own.config.max_body_bytes))
    edited = own.commenting.edit(site, comment, values["text"], actor)
    return json_answer(
        {
            "comment": _own_view(own, site, edited),
            "editable_until": moment(own.commenting.editable_until(site, edited)),
        }
    )


@blueprint.delete("/comments/<comment_id>")
def withdraw(comment_id: str) -> Response:
    """Delete one's own comment."""
    own, comment, site, actor = _own_comment(comment_id)
    gone = own.commenting.withdraw(site, comment, actor)
    return json_answer({"comment": public_comment(gone) if own.reading.is_shown(site, gone) else None})


@blueprint.post("/sites/<site>/preview")
def preview(site: str) -> Response:
    """How a text would look."""
    own = parts()
    found = remember_site(own.sites.get(site))
    require_origin(found)
    own.limits.hit("preview", request.remote_addr or "", own.config.posts_per_minute * 3)
    values = load(_TEXT, read_json_object(request, own.config.max_body_bytes))
    if len(values["text"]) > found.settings.max_length:
        sentence = f"A comment has at most {found.settings.max_length} characters."
        raise InvalidRequest(sentence, errors={"text": [sentence]})
    return json_answer({"html": own.commenting.preview(found, values["text"])})


def _own_comment(comment_id: str) -> tuple[Parts, Comment, Site, Actor]:
    own = parts()
    found = own.reading.comment(comment_id)
    site = remember_site(own.sites.by_id(found.site_id))
    require_origin(site)
    own.limits.hit("post", request.remote_addr or "", own.config.posts_per_minute)
    token = bearer_token(request.headers.get("Authorization"))
    if token is None:
        raise BadToken("This takes the edit token that came with the comment.")
    return own, found, site, own.commenting.author_of(token)


def _own_view(own: Parts, site: Site, comment: Comment) -> dict[str, object]:
    view = comment_for(own, site, comment, Actor(identity_id=comment.identity_id))
    view.pop("editable_until", None)
    return view


def _idempotency_key(key: str | None) -> str | None:
    if key is None:
        return None
    if not 1 <= len(key) <= MAX_IDEMPOTENCY_KEY or not key.isprintable():
        sentence = f"An Idempotency-Key has 1 to {MAX_IDEMPOTENCY_KEY} printable characters."
        raise InvalidRequest(sentence, errors={"Idempotency-Key": [sentence]})
    return key
