"""Writes imported threads: each in one transaction, nothing lost, nothing twice when run again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from sqlalchemy import Connection

from embedcomments.domain.comments import Author, Comment, CommentKind, CommentState, SourceFormat
from embedcomments.domain.events import EventKind, Hint
from embedcomments.domain.identities import Actor, ActorKind
from embedcomments.domain.ids import is_id, new_id
from embedcomments.domain.importing import ImportedComment, ImportedThread
from embedcomments.domain.protocols import Clock, Publisher
from embedcomments.domain.sites import Site
from embedcomments.domain.threads import MAX_PINS, ThreadRef, normalise_key
from embedcomments.services.placing import new_comment
from embedcomments.services.rendering import TextRenderer
from embedcomments.storage import comments as comment_rows
from embedcomments.storage import moving
from embedcomments.storage import threads as thread_rows
from embedcomments.storage.database import Database

T = TypeVar("T")
IMPORT = Actor(kind=ActorKind.SYSTEM, name="import")


@dataclass(kw_only=True)
class ImportReport:
    """What an import did. ``comments``: new rows by (kind, state); ``known``: what an earlier run had brought;
    ``orphans``: comments whose parent is not in the export."""

    threads: int = 0
    closed: int = 0
    known: int = 0
    orphans: int = 0
    comments: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, other: ImportReport) -> None:
        """Count what another one counted as well."""
        self.threads += other.threads
        self.closed += other.closed
        self.known += other.known
        self.orphans += other.orphans
        for name, count in other.comments.items():
            self.comments[name] = self.comments.get(name, 0) + count


class ImportWriter:
    """Puts what an importer read into a site. Text goes through the sanitizer; no plugin judges it anew."""

    def __init__(self, database: Database, renderer: TextRenderer, publisher: Publisher, clock: Clock) -> None:
        self._database = database
        self._renderer = renderer
        self._publisher = publisher
        self._clock = clock

    def write(self, site: Site, threads: Iterable[ImportedThread]) -> ImportReport:
        """Import the threads. Running it again adds only what is new."""
        report = ImportReport()
        for thread in threads:
            seq, key, found = self._database.write(lambda c, thread=thread: self._thread(c, site, thread))  # type: ignore[misc]
            report.add(found)
            self._publisher.publish(Hint(site_id=site.id, key=key, seq=seq))
        return report

    def _thread(self, connection: Connection, site: Site, imported: ImportedThread) -> tuple[int, str, ImportReport]:
        report = ImportReport()  # of this attempt: a write may run more than once
        now = self._clock.now()
        key = normalise_key(imported.key, strip_parameters=frozenset(site.settings.strip_parameters))
        ref = ThreadRef(key=key, url=imported.url, title=imported.title)
        thread = thread_rows.ensure_thread(connection, site.id, ref, now)
        seq = thread.seq
        report.threads += 1
        if imported.closed:
            report.closed += 1
            thread_rows.set_closed(connection, thread.id, True)
        if imported.hidden:
            thread_rows.set_hidden(connection, thread.id, True)
        for old in imported.old_keys:
            spelt = normalise_key(old, strip_parameters=frozenset(site.settings.strip_parameters))
            if thread_rows.get_thread(connection, site.id, spelt) is None:
                moving.add_alias(connection, thread, spelt)
        room = MAX_PINS - comment_rows.count_pinned(connection, thread.id)
        ids = comment_rows.external_ids(connection, thread.id)
        known = comment_rows.comments_by_id(connection, list(ids.values()))
        placed: dict[str, Comment] = {name: known[comment_id] for name, comment_id in ids.items()}
        # An export of our own that comes back to its site names comments that were written here by their ids.
        own = [item.external_id for item in imported.comments if is_id(item.external_id)]
        for start in range(0, len(own), 500):
            here = comment_rows.comments_by_id(connection, own[start : start + 500])
            placed.update(
                (name, comment) for name, comment in here.items() if comment.thread_id == thread.id and name not in ids
            )
        for item in _parents_first(imported.comments, report):
            if item.external_id in placed:
                report.known += 1
                continue
            comment = self._comment(site, thread.id, item, _of(item.parent_external_id, placed))
            room -= comment.pinned
            if room < 0:
                comment = replace(comment, pinned=False)
            public = comment.is_public
            counts = public and site.settings.counts(comment)
            numbered = public and not comment.is_apart
            seq, number = thread_rows.advance(connection, thread.id, count=int(counts), number=numbered)
            comment = replace(comment, seq=seq, number=number if numbered else None)
            comment_rows.add_comment(connection, comment, external_id=item.external_id)
            if public:
                comment_rows.count_reply(connection, comment, +1)
            kind = EventKind.PUBLISHED if public else EventKind.SUBMITTED
            thread_rows.log(connection, thread.id, seq, kind, comment.id, IMPORT, now)
            placed[item.external_id] = comment
            name = (comment.kind.value, comment.state.value)
            report.comments[name] = report.comments.get(name, 0) + 1
        return seq, thread.key, report

    def _comment(self, site: Site, thread_id: int, item: ImportedComment, parent: Comment | None) -> Comment:
        is_markdown_excerpt = item.kind is not CommentKind.COMMENT and item.source_format is SourceFormat.MARKDOWN
        html = (
            self._renderer.plain(item.text)
            if is_markdown_excerpt
            else self._renderer.render(item.text, item.source_format)
        )
        author = Author(name=item.author.name[:200], email=item.author.email, url=item.author.url)
        reason = item.reason
        if reason is None and item.state is not CommentState.PUBLISHED:
            reason = "Imported"
        comment = new_comment(
            site_id=site.id,
            thread_id=thread_id,
            comment_id=new_id(item.created_at),
            parent=parent,
            kind=item.kind,
            state=item.state,
            created_at=item.created_at,
            author=author,
            identity_id=None,
            source=item.text,
            source_format=item.source_format,
            html=html,
            link=item.link,
            reason=reason or None,
            apart=item.apart,
        )
        pinned = item.pinned and not comment.depth
        return replace(comment, edited_at=item.edited_at, pinned=pinned, closed=item.closed)


def _of(external_id: str | None, items: Mapping[str, T]) -> T | None:
    return None if external_id is None else items.get(external_id)


def _parents_first(comments: Sequence[ImportedComment], report: ImportReport) -> list[ImportedComment]:
    """In order of time, but never an answer before what it answers. A parent that is not there, or that is its own
    descendant, is let go: the comment becomes a top-level one."""
    by_id = {item.external_id: item for item in comments}
    ordered: dict[str, ImportedComment] = {}
    for item in sorted(comments, key=lambda item: (item.created_at, item.external_id)):
        chain: list[ImportedComment] = []
        seen: set[str] = set()
        at: ImportedComment | None = item
        while at is not None and at.external_id not in ordered:
            if at.external_id in seen:
                chain[-1] = replace(chain[-1], parent_external_id=None)
                report.orphans += 1
                break
            seen.add(at.external_id)
            parent = _of(at.parent_external_id, by_id)
            if at.parent_external_id is not None and parent is None:
                at = replace(at, parent_external_id=None)
                report.orphans += 1
            chain.append(at)
            at = parent
        for link in reversed(chain):
            ordered[link.external_id] = link
    return list(ordered.values())
