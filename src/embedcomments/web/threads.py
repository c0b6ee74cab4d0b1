"""Reading threads over HTTP; what can be kept is handed to the table of kept answers."""

from __future__ import annotations

from collections.abc import Hashable

import orjson
from flask import Blueprint, Response, request

from embedcomments.domain.comments import Comment
from embedcomments.domain.errors import BadToken, CommentNotFound, InvalidRequest
from embedcomments.domain.identities import Actor
from embedcomments.domain.sites import Site
from embedcomments.domain.threads import Sort
from embedcomments.services.snapshots import Snapshot, encode_snapshot
from embedcomments.services.views import moment, own_comment
from embedcomments.storage import threads as thread_rows
from embedcomments.web.answers import bearer_token, json_answer, kept_answer
from embedcomments.web.cors import remember_site
from embedcomments.web.parts import Parts, parts

blueprint = Blueprint("threads", __name__, url_prefix="/api/v1")

_JSON = "application/json"


@blueprint.get("/sites/<site>/thread")
def thread(site: str) -> Response:
    """A page of a thread."""
    own = parts()
    found = remember_site(own.sites.get(site))
    key = own.reading.key(found, argument("key"))
    sort = sort_argument()
    after = request.args.get("after") or None

    def build() -> Snapshot:
        present = own.sites.get(site)
        page = own.reading.page(present, key, sort, after)
        return encode_snapshot(orjson.dumps(own.reading.page_json(present, page)), _JSON)

    origin = request.headers.get("Origin", "")
    if origin in found.origins and key.startswith(f"{origin}/"):
        own.extensions.page_seen(found, key)
    return kept_answer(
        own.kept.add(
            request.path, query_string(), lambda: own.sites.get(site), lambda: thread_mark(own, site, key), build
        )
    )


@blueprint.get("/sites/<site>/counts")
def counts(site: str) -> Response:
    """Counts for list pages."""
    own = parts()
    remember_site(own.sites.get(site))
    keys = list(dict.fromkeys(request.args.getlist("key")))
    own.reading.counts(own.sites.get(site), keys)

    def build() -> Snapshot:
        found = own.reading.counts(own.sites.get(site), keys)
        return encode_snapshot(orjson.dumps({"counts": found}), _JSON)

    return kept_answer(
        own.kept.add(request.path, query_string(), lambda: own.sites.get(site), own.freshness.stamp, build)
    )


@blueprint.get("/sites/<site>/latest")
def latest(site: str) -> Response:
    """The newest comments of a site."""
    own = parts()
    remember_site(own.sites.get(site))
    text = request.args.get("limit", "10")
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= 100):
        raise InvalidRequest("limit is a number from 1 to 100.", errors={"limit": ["1 to 100"]})

    def build() -> Snapshot:
        comments = own.reading.latest(own.sites.get(site), int(text))
        return encode_snapshot(orjson.dumps({"comments": comments}), _JSON)

    return kept_answer(
        own.kept.add(request.path, query_string(), lambda: own.sites.get(site), own.freshness.stamp, build)
    )


@blueprint.get("/comments/<comment_id>")
def comment(comment_id: str) -> Response:
    """One comment; to its author also the source, and while it is held."""
    own = parts()
    found = own.reading.comment(comment_id)
    site = remember_site(own.sites.by_id(found.site_id))
    actor = _author()
    return json_answer({"comment": comment_for(own, site, found, actor)})


@blueprint.get("/comments/<comment_id>/replies")
def replies(comment_id: str) -> Response:
    """The rest of a long branch."""
    own = parts()
    found = own.reading.comment(comment_id)
    site = remember_site(own.sites.by_id(found.site_id))
    if not own.reading.is_shown(site, found):
        raise CommentNotFound("There is no such comment.")
    comments, following = own.reading.replies(found, request.args.get("after"))
    return json_answer({"comments": own.reading.public_json(site, comments), "next": following})


def comment_for(own: Parts, site: Site, found: Comment, actor: Actor) -> dict[str, object]:
    """A comment as this reader may see it. Raises CommentNotFound."""
    is_author = found.identity_id is not None and actor.identity_id == found.identity_id
    if is_author and found.source:
        fields = own.extensions.comment_fields(site, [found], actor)
        until = own.commenting.editable_until(site, found)
        editable = until if until > own.clock.now() else None
        return {**own_comment(found, fields.get(found.id)), "editable_until": moment(editable)}
    if not own.reading.is_shown(site, found):
        raise CommentNotFound("There is no such comment.")
    (item,) = own.reading.public_json(site, [found], actor)
    return item


def _author() -> Actor:
    try:
        return parts().commenting.author_of(bearer_token(request.headers.get("Authorization")))
    except BadToken:
        return Actor()  # a token that says nothing to us must not keep anybody from reading


def thread_mark(own: Parts, site: str, key: str) -> Hashable:
    """What changes whenever a page of the thread would."""
    found = own.sites.get(site)
    with own.database.read() as connection:
        row = thread_rows.positions(connection, [(found.id, key)])
    return (found.id, found.rev, row.get((found.id, key), 0), own.reading.closes(found, key))


def argument(name: str) -> str:
    """A query parameter. Raises InvalidRequest when it is missing."""
    value = request.args.get(name, "")
    if not value:
        raise InvalidRequest(f"{name} is missing.", errors={name: ["This is needed."]})
    return value


def sort_argument() -> Sort:
    """``sort`` of the query. Raises InvalidRequest."""
    value = request.args.get("sort", Sort.OLDEST.value)
    try:
        return Sort(value)
    except ValueError:
        names = ", ".join(Sort)
        raise InvalidRequest(f"sort is one of {names}.", errors={"sort": [f"one of {names}"]}) from None


def query_string() -> str:
    """The query as it stands in the request line: part of the name under which an answer is kept."""
    return request.query_string.decode("latin-1")
