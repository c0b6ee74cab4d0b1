"""The record of a site: who did what, with filters, and to be downloaded."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Blueprint, Response, request

from embedcomments.domain.audit import AuditEntry, AuditFilter, Subject
from embedcomments.domain.comments import Comment
from embedcomments.domain.ids import is_id
from embedcomments.domain.permissions import Right
from embedcomments.domain.sites import Site
from embedcomments.services.auditing import entry_json
from embedcomments.storage import comments as comment_rows
from embedcomments.storage import moderators as moderator_rows
from embedcomments.web.admin import session
from embedcomments.web.admin.access import needs, require_right
from embedcomments.web.admin.frame import admin_url, draw, go, open_site
from embedcomments.web.admin.told import changes_of, words_of
from embedcomments.web.parts import parts

blueprint = Blueprint("admin_record", __name__)

PAGE = 50
MAX_TEXT = 1000
GROUPS = (
    ("comment.", "Comments"),
    ("thread.", "Threads"),
    ("plugin.", "Plugins"),
    ("settings.", "Settings"),
    ("origin.", "Origins"),
    ("site.", "Sites"),
    ("job.", "Jobs"),
    ("people.", "People"),
)
# Of those who work at the desk; shown to those who answer for them.
ACCOUNTS = ("account.", "Sign-ins and accounts")
COLUMNS = ("id", "at", "site", "actor_kind", "actor", "action", "subject", "before", "after", "reason", "batch")
_FILTERS = ("action", "actor", "subject", "batch", "since", "until")


@blueprint.get("/admin/<site>/record")
@needs(Right.SEE_RECORD)
def show(site: str) -> Response:
    """A page of the record, newest first."""
    found, _ = open_site(site)
    asked = _asked()
    which = _filter(found, asked, request.args.get("before", ""))
    own = parts()
    lines = own.auditing.list(which, PAGE + 1)
    shown = lines[:PAGE]
    with own.database.read() as connection:
        ids = [line.subject.id for line in shown if line.subject.kind == "comment" and is_id(line.subject.id)]
        comments = comment_rows.comments_by_id(connection, ids)
        names = moderator_rows.names_by_id(connection, [_number(line) for line in shown])
    groups = [*GROUPS, ACCOUNTS] if _answers_for_people(found) else GROUPS
    plugins = [(f"{item.plugin.name}.", item.plugin.info.title) for item in own.choices.enabled(found)]
    return draw(
        "record.html",
        found,
        lines=[_line(line, comments, names) for line in shown],
        groups=[*groups, *plugins],
        asked=asked,
        is_filtered=any(asked.values()),
        next_url=_url("record", {**asked, "before": str(shown[-1].id)}) if len(lines) > PAGE else None,
        first_url=_url("record", asked) if which.before is not None else None,
        downloads=[("CSV", _url("record.csv", asked)), ("JSON Lines", _url("record.jsonl", asked))],
        may_undo=bool(asked["batch"]) and any(_is_undoable(line) for line in shown),
    )


@blueprint.post("/admin/<site>/record")
@needs(Right.SEE_RECORD)
def undo(site: str) -> Response:
    """Put back what was done at once."""
    found, _ = open_site(site)
    session.check_csrf()
    require_right(Right.CHANGE_COMMENTS, found)
    batch = request.form.get("batch", "")
    if request.form.get("action") != "undo" or not is_id(batch):
        return go("record", found, "Nothing was done: the page asked for something unknown.", bad=True)
    done = parts().undoing.undo(found, batch, actor=session.acting())
    sentence = f"{_counted(len(done.changed))} put back."
    if done.refused:
        sentence += f" {_counted(len(done.refused))} left as they are, for they were changed since."
    return go(f"record?{urlencode({'batch': done.id if done.changed else batch})}", found, sentence)


@blueprint.get("/admin/<site>/record.csv")
@needs(Right.SEE_RECORD)
def as_csv(site: str) -> Response:
    """All lines that the filters leave, oldest first, for a spreadsheet."""
    found, _ = open_site(site)
    return _download(found, "csv", "text/csv; charset=utf-8", _csv(_rows(found)))


@blueprint.get("/admin/<site>/record.jsonl")
@needs(Right.SEE_RECORD)
def as_json_lines(site: str) -> Response:
    """The same, one JSON object a line."""
    found, _ = open_site(site)
    lines = (orjson.dumps(row) + b"\n" for row in _rows(found))
    return _download(found, "jsonl", "application/jsonl", lines)


def _rows(site: Site) -> Iterator[dict[str, Any]]:
    names = {site.id: site.name}
    entries = parts().auditing.all(_filter(site, _asked(), ""))
    return (entry_json(entry, names) for entry in entries)


def _csv(rows: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_cell(row[name]) for name in COLUMNS])
        if buffer.tell() > 65_536:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _cell(value: Any) -> str:
    if isinstance(value, dict) and set(value) == {"kind", "id"}:
        text = f"{value['kind']}:{value['id']}"
    elif isinstance(value, dict):
        text = orjson.dumps(value).decode()
    else:
        text = "" if value is None else str(value)
    # What readers wrote stands here too: a spreadsheet would run a cell that begins so as a formula.
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _download(site: Site, ending: str, content_type: str, body: Iterator[bytes]) -> Response:
    response = Response(body, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="record-{site.name}.{ending}"'
    return response


def _asked() -> dict[str, str]:
    return {name: request.args.get(name, "").strip()[:MAX_TEXT] for name in _FILTERS}


def _filter(site: Site, asked: Mapping[str, str], before: str) -> AuditFilter:
    kind, _, subject = asked["subject"].partition(":")
    until = _day(asked["until"])
    people: frozenset[int] = frozenset()
    owns_everything = session.require_moderator(site).owns_everything
    if _answers_for_people(site) and not owns_everything:
        people = frozenset(account.moderator.id for account in parts().people.of_site(site.id))
    return AuditFilter(
        site_id=site.id,
        people=people,
        with_instance=owns_everything,
        action=asked["action"],
        actor=asked["actor"],
        subject=Subject(kind=kind, id=subject) if kind and subject else None,
        batch=asked["batch"] or None,
        since=_day(asked["since"]),
        until=until and until + timedelta(days=1),  # that day included
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None,
    )


def _answers_for_people(site: Site) -> bool:
    """Whether they see when the others of the desk came and went, and what they changed about their accounts."""
    return session.require_moderator(site).may(Right.MANAGE_PEOPLE, site.id)


def _day(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC) if "1970" <= text[:4] < "9999" else None
    except ValueError:
        return None


def _url(path: str, values: Mapping[str, str]) -> str:
    chosen = {name: value for name, value in values.items() if value}
    url = admin_url(path)
    return f"{url}?{urlencode(chosen)}" if chosen else url


def _is_undoable(line: AuditEntry) -> bool:
    return line.subject.kind == "comment" and bool({"state", "pinned", "closed"} & set(line.after or {}))


def _number(line: AuditEntry) -> int:
    """The id of the moderator whom a line is about, 0 for other lines."""
    text = line.subject.id
    return int(text) if line.subject.kind == "moderator" and text.isascii() and text.isdigit() and len(text) < 19 else 0


def _line(line: AuditEntry, comments: Mapping[str, Comment], names: Mapping[int, str]) -> dict[str, Any]:
    comment = comments.get(line.subject.id) if line.subject.kind == "comment" else None
    return {
        "at": line.at,
        "actor": line.actor,
        "actor_kind": line.actor_kind.value,
        "action": line.action,
        "words": words_of(line.action),
        "changes": changes_of(line.before, line.after),
        "reason": line.reason,
        "subject": line.subject,
        "person": names.get(_number(line)),
        "subject_url": admin_url(f"comments/{comment.id}") if comment else None,
        "excerpt": _excerpt(comment),
        "writer": comment and comment.author.name,
        "same_url": _url("record", {"subject": f"{line.subject.kind}:{line.subject.id}"}),
        "batch_url": _url("record", {"batch": line.batch}) if line.batch else None,
    }


def _excerpt(comment: Comment | None) -> str:
    text = " ".join(comment.source.split()) if comment else ""
    return text if len(text) <= 90 else text[:90].rsplit(" ", 1)[0] + "…"


def _counted(number: int) -> str:
    return "1 comment" if number == 1 else f"{number} comments"
