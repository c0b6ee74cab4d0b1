"""A browser's and a writer's view of an instance in this process, through the whole WSGI application."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from embedcomments.app import create_app
from embedcomments.domain.comments import Author, Comment, CommentKind, CommentState, SourceFormat
from embedcomments.domain.importing import ImportedComment, ImportedThread
from embedcomments.storage import comments as comment_rows
from embedcomments.wiring import Instance

COMMENTS = "/api/v1/sites/{site}/comments"


class SiteClient:
    """Calls one instance. ``site`` and ``key`` are what posts and threads go to unless they say otherwise."""

    def __init__(self, instance: Instance, *, site: str = "default", key: str = "page") -> None:
        self.instance = instance
        self.parts = instance.parts
        self.app: Flask = create_app(instance)
        self.http: FlaskClient = self.app.test_client()
        self.site = site
        self.key = key

    def call(self, method: str, path: str, **how: Any) -> TestResponse:
        """An answer with its body read. ``token`` becomes the Authorization, ``origin`` the Origin."""
        headers = dict(how.pop("headers", {}))
        if (token := how.pop("token", None)) is not None:
            headers["Authorization"] = f"Bearer {token}"
        if (origin := how.pop("origin", None)) is not None:
            headers["Origin"] = origin
        return self.http.open(path, method=method, headers=headers, **how)

    def get(self, path: str, **how: Any) -> TestResponse:
        return self.call("GET", path, **how)

    def thread(self, key: str | None = None, **query: Any) -> Any:
        """The JSON of a page of the thread."""
        how = {name: query.pop(name) for name in ("headers", "origin", "site") if name in query}
        path = f"/api/v1/sites/{how.pop('site', self.site)}/thread"
        answer = self.get(path, query_string={"key": key or self.key, **query}, **how)
        assert answer.status_code == 200, answer.text
        return answer.json

    def post(self, body: Any, *, site: str | None = None, **how: Any) -> TestResponse:
        """Send ``body`` (JSON, or bytes as they are) as a new comment."""
        sent = {"data": body, "content_type": "application/json"} if isinstance(body, bytes) else {"json": body}
        return self.call("POST", COMMENTS.format(site=site or self.site), **{**sent, **how})

    def submit(self, text: str, *, key: str | None = None, site: str | None = None, **more: Any) -> TestResponse:
        """Post a comment. ``token``, ``origin`` and ``headers`` are the request's, the rest goes into the body."""
        how = {name: more.pop(name) for name in ("token", "origin", "headers") if name in more}
        return self.post({"thread": {"key": key or self.key}, "text": text, **more}, site=site, **how)

    def write(self, text: str, **how: Any) -> Any:
        """The JSON of the answer to a comment that is taken."""
        answer = self.submit(text, **how)
        assert answer.status_code in (201, 202), answer.text
        return answer.json

    def fill(self, texts: Sequence[str], *, below: str | None = None) -> None:
        """Many published comments in one transaction, a second apart: top-level ones, or answers to the one that
        says ``below`` (which then is the first of them)."""
        start = datetime(2026, 11, 24, tzinfo=UTC)
        comments = [
            ImportedComment(
                external_id=text,
                parent_external_id=below if text != below else None,
                kind=CommentKind.COMMENT,
                state=CommentState.PUBLISHED,
                created_at=start + timedelta(seconds=number),
                author=Author(name=f"Writer {number}"),
                text=text,
                source_format=SourceFormat.MARKDOWN,
            )
            for number, text in enumerate(texts)
        ]
        thread = ImportedThread(key=self.key, url=None, title=None, closed=False, comments=tuple(comments))
        self.instance.import_writer.write(self.parts.sites.get(self.site), [thread])

    def row(self, comment_id: str) -> Comment:
        """The comment as it is stored."""
        with self.parts.database.read() as connection:
            found = comment_rows.get_comment(connection, comment_id)
        assert found is not None
        return found

    def stored(self) -> list[Comment]:
        """All comments of the site, newest first."""
        which = comment_rows.Filter(site_id=self.parts.sites.get(self.site).id)
        with self.parts.database.read() as connection:
            return list(comment_rows.list_comments(connection, which, before=None, limit=10_000))

    def set_state(self, comment_id: str, state: CommentState) -> None:
        """As a moderator would."""
        self.parts.moderating.set_state(comment_id, state, actor="test")

    def sign_in(self, *, site: str | None = None, name: str = "Anahit", base_url: str = "http://localhost") -> Desk:
        """A browser of its own in which a moderator (of ``site``, or of all) is signed in."""
        desk = Desk(self, base_url)
        desk.sign_in(site=site, name=name)
        return desk


class Desk:
    """A browser on the desk, with its cookies."""

    def __init__(self, client: SiteClient, base_url: str = "http://localhost") -> None:
        self.http = client.app.test_client()
        self._parts = client.parts
        self._base_url = base_url

    def sign_in(self, *, site: str | None = None, name: str = "Anahit") -> None:
        """By a one-time link."""
        site_id = self._parts.sites.get(site).id if site else None
        token = self._parts.signing_in.one_time_token(name=name, site_id=site_id)
        page = self.get(f"/admin/sign-in?token={token}")
        answer = self.send("/admin/sign-in", {"token": token}, csrf=csrf_of(page.text))
        assert answer.status_code == 303, answer.text

    def get(self, path: str, **how: Any) -> TestResponse:
        return self.http.get(path, base_url=self._base_url, **how)

    def send(self, path: str, form: Mapping[str, Any], *, csrf: str | None = None, **how: Any) -> TestResponse:
        """Post a form with this CSRF token."""
        data = dict(form) if csrf is None else {**form, "csrf_token": csrf}
        return self.http.post(path, data=data, base_url=self._base_url, **how)

    def submit(self, page: str, form: Mapping[str, Any], **how: Any) -> TestResponse:
        """Open ``page`` and send a form of it back to it, as a browser does."""
        return self.send(page, form, csrf=csrf_of(self.get(page).text), **how)


def csrf_of(html: str) -> str:
    """The CSRF token in the page's first form."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert found is not None, html
    return found[1]


def notice_of(html: str) -> str:
    """The notice that a page of the desk shows, "" when there is none."""
    found = re.search(r'<p class="notice[^>]*>(.*?)</p>', html)
    return found[1] if found else ""


def at_path(module: ModuleType, file: Path) -> ModuleType:
    """The plugin as if it stood in ``file``: its templates and widget files are looked for beside it."""
    module.__file__ = str(file)
    return module
