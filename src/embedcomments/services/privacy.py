"""What is known of a person, told or forgotten, the core's part and that of plugins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from embedcomments.domain.audit import Subject
from embedcomments.domain.comments import Comment, CommentState
from embedcomments.domain.errors import InvalidRequest
from embedcomments.domain.identities import Actor, ActorKind, Identity
from embedcomments.domain.ids import is_id
from embedcomments.domain.protocols import Clock, Extensions
from embedcomments.domain.sites import Site
from embedcomments.domain.verdicts import Verdict
from embedcomments.services.recording import Recorder
from embedcomments.services.views import moment
from embedcomments.storage import audit as audit_rows
from embedcomments.storage import comments as comment_rows
from embedcomments.storage import identities
from embedcomments.storage import threads as thread_rows
from embedcomments.storage.comments import Filter
from embedcomments.storage.database import Database

PAGE = 500
PRIVACY = Actor(kind=ActorKind.SYSTEM, name="privacy")


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """What was forgotten. ``incomplete``: by identity, the plugins that could not forget it; {} when all is done."""

    comments: int
    identities: Sequence[str]
    incomplete: dict[str, Sequence[str]]


class Privacy:
    """Finds a person on a site by ``email``, which nobody has proven, or by ``identity_id``: exactly one is given."""

    def __init__(self, database: Database, extensions: Extensions, recorder: Recorder, clock: Clock) -> None:
        self._database = database
        self._extensions = extensions
        self._recorder = recorder
        self._clock = clock

    def export(self, site: Site, *, email: str | None = None, identity_id: str | None = None) -> dict[str, Any]:
        """All that is known, as JSON. ``incomplete`` names the plugins that could not tell, by identity.

        Raises InvalidRequest for neither or both, or an id that is none.
        """
        which = self._which(site, email, identity_id)
        comments = list(self._comments(which))
        with self._database.read() as connection:
            threads = thread_rows.threads_by_id(connection, list({comment.thread_id for comment in comments}))
        people = self._people(site, comments, identity_id)
        told = {person.id: self._extensions.export_personal_data(site, person) for person in people}
        ids = [comment.id for comment in comments]
        with self._database.read() as connection:
            verdicts = comment_rows.verdicts_of(connection, site.id, ids)
        return {
            "site": site.name,
            "identities": [
                {"id": person.id, "name": person.name, "created_at": moment(person.created_at)} for person in people
            ],
            "comments": [
                {
                    **_json(comment, threads[comment.thread_id].key),
                    "verdicts": [_verdict(verdict) for verdict in verdicts.get(comment.id, ())],
                }
                for comment in comments
            ],
            "plugins": {person: dict(data.known) for person, data in told.items()},
            "incomplete": {person: list(data.incomplete) for person, data in told.items() if data.incomplete},
        }

    def erase(self, site: Site, *, email: str | None = None, identity_id: str | None = None) -> Erasure:
        """Forget the words, name, addresses and links of their comments, which stay as tombstones while there are
        answers, and have plugins forget the rest.

        A writer whom a plugin could not forget stays known by id, so that it can be asked again with that id.
        Raises InvalidRequest for neither or both, or an id that is none.
        """
        which = self._which(site, email, identity_id)
        comments = list(self._comments(which))
        people = self._people(site, comments, identity_id)
        incomplete: dict[str, Sequence[str]] = {}
        for person in people:  # first, for what plugins know may hang on the comments
            failed = self._extensions.erase_personal_data(site, person)
            if failed:
                incomplete[person.id] = failed
        at = self._clock.now()
        erased = 0
        for comment in comments:
            erased += int(
                self._recorder.change(comment.id, Comment.without_words, actor=PRIVACY, at=at).rev != comment.rev
            )

        def forget(connection: Connection) -> None:
            for person in people:
                audit_rows.forget_words(connection, Subject(kind="identity", id=person.id))
                if person.id in incomplete or self._has_others(connection, site, person.id):
                    identities.blank_identity(connection, person.id)
                else:
                    identities.forget_identity(connection, person.id)

        self._database.write(forget)
        return Erasure(comments=erased, identities=[person.id for person in people], incomplete=incomplete)

    def _which(self, site: Site, email: str | None, identity_id: str | None) -> Filter:
        if (email is None) == (identity_id is None):
            raise InvalidRequest("Say who is meant: by an e-mail address or by an identity.")
        if email is not None and not email.strip():
            raise InvalidRequest("The e-mail address is empty.")
        if identity_id is not None and not is_id(identity_id):
            raise InvalidRequest(f"{identity_id!r} is no identity: it has 24 letters and digits.")
        return Filter(site_id=site.id, email=email, identity_id=identity_id)

    def _comments(self, which: Filter) -> Iterator[Comment]:
        before: str | None = None
        while True:
            with self._database.read() as connection:
                page = comment_rows.list_comments(connection, which, before=before, limit=PAGE)
            yield from page
            if len(page) < PAGE:
                return
            before = page[-1].id

    def _people(self, site: Site, comments: Sequence[Comment], identity_id: str | None) -> list[Identity]:
        """The identities that wrote these comments, and the one that was asked for."""
        first = {c.identity_id: c for c in comments if c.identity_id is not None}  # newest first: the oldest remains
        found: list[Identity] = []
        with self._database.read() as connection:
            for person in sorted({*first, *([identity_id] if identity_id else [])}):
                known = identities.get_identity(connection, person)
                if known is not None and known.site_id == site.id:
                    found.append(known)
                elif person in first:  # forgotten here, though perhaps not by a plugin
                    found.append(Identity(id=person, site_id=site.id, name="", created_at=first[person].created_at))
        return found

    def _has_others(self, connection: Connection, site: Site, person: str) -> bool:
        """Whether comments under another address are left of that identity."""
        states = [state for state in CommentState if state is not CommentState.DELETED]
        return comment_rows.count_comments(connection, Filter(site_id=site.id, identity_id=person, states=states)) > 0


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "plugin": verdict.plugin,
        "action": verdict.action.value,
        "score": verdict.score,
        "reason": verdict.reason,
    }


def _json(comment: Comment, key: str) -> dict[str, Any]:
    return {
        "id": comment.id,
        "thread": key,
        "parent_id": comment.parent_id,
        "identity_id": comment.identity_id,
        "kind": comment.kind.value,
        "state": comment.state.value,
        "created_at": moment(comment.created_at),
        "edited_at": comment.edited_at and moment(comment.edited_at),
        "author": {"name": comment.author.name, "email": comment.author.email, "url": comment.author.url},
        "text": comment.source,
        "link": comment.link and {"url": comment.link.url, "title": comment.link.title},
    }
