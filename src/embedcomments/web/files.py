"""The loader, the widget's files and the way from the bare address to the desk, for what HotReads did not answer."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request
from werkzeug.exceptions import NotFound

from embedcomments.web.answers import kept_answer
from embedcomments.web.parts import parts

blueprint = Blueprint("files", __name__)


@blueprint.get("/embed.js")
@blueprint.get("/embed/<path:_path>")
def file(_path: str = "") -> Response:
    """A file of the widget.

    A browser may hold a loader of the version before this one for a while; the files that it asks for are gone,
    and it gets today's of the same name, which it must not keep.
    """
    own = parts()
    entry = own.kept.find(request.path, "")
    if entry is not None:
        return kept_answer(entry)
    current = own.assets.current(request.path)
    entry = own.kept.find(current, "") if current is not None else None
    if entry is None:
        raise NotFound("There is no such file.")
    response = kept_answer(entry)
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/")
def root() -> Response:
    """Whoever types the server's address looks for the desk."""
    return redirect("/admin/", code=302)  # type: ignore[return-value]
