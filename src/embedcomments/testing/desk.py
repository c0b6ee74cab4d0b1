"""A browser on the desk, with its cookies."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


class Desk:
    """A moderator's browser, made by ``App.desk()``. Paths begin with ``/admin/``."""

    def __init__(self, http: FlaskClient, watched: Callable[[], AbstractContextManager[None]]) -> None:
        self.http = http
        self._watched = watched

    def sign_in(self, token: str) -> None:
        """By the token of a one-time link."""
        self.submit(f"/admin/sign-in?token={token}", {"token": token}, to="/admin/sign-in")

    def get(self, path: str, **how: Any) -> TestResponse:
        """A page."""
        with self._watched():
            return self.http.get(path, **how)

    def submit(
        self, page: str, form: Mapping[str, Any], *, to: str | None = None, follow: bool = False
    ) -> TestResponse:
        """Open ``page`` and send a form of it back (``to`` another address), with its CSRF token, as a browser does.
        ``follow``: answer with the page that the redirect leads to."""
        token = csrf_of(self.get(page).text)
        with self._watched():
            return self.http.post(to or page, data={**form, "csrf_token": token}, follow_redirects=follow)


def csrf_of(html: str) -> str:
    """The CSRF token in the page's first form. Raises LookupError when it has none."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', html)
    if found is None:
        raise LookupError("The page has no form with a CSRF token.")
    return found[1]
