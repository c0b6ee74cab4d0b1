"""The call by which a build of the site tells that pages are new or have changed."""

from __future__ import annotations

import json
from typing import Any

from embedcomments.api import PluginContext, PluginRequest, PluginResponse
from embedcomments_pingback.sending import request as request_page
from embedcomments_pingback.tokens import is_token

MAX_URLS = 100


def receive(ctx: PluginContext, request: PluginRequest) -> PluginResponse:
    """202 with ``{"queued": [keys], "foreign": [URLs]}`` for ``url`` (repeatable) of a form or ``{"urls": [...]}``.

    ``Authorization: Bearer`` with the site's token; 401 without, 400 for another body, 403 where sending is off.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not is_token(ctx, token.strip()):
        return _answer(401, {"detail": "This takes the site's token."}, {"WWW-Authenticate": "Bearer"})
    if not ctx.settings["send"]:
        return _answer(403, {"detail": "This site tells nobody of its links."})
    urls = _urls(request)
    if urls is None:
        return _answer(400, {"detail": f'Send 1 to {MAX_URLS} addresses: url=… in a form, or {{"urls": […]}}.'})
    keys = {url: request_page(ctx, url) for url in dict.fromkeys(urls)}
    found = list(dict.fromkeys(key for key in keys.values() if key is not None))
    return _answer(202, {"queued": found, "foreign": [url for url, key in keys.items() if key is None]})


def _urls(request: PluginRequest) -> list[str] | None:
    urls: Any = list(request.form_lists.get("url", ()))
    if not urls:
        try:
            urls = json.loads(request.body)["urls"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return None
    is_good = isinstance(urls, list) and 0 < len(urls) <= MAX_URLS and all(isinstance(url, str) for url in urls)
    return urls if is_good else None


def _answer(status: int, value: dict[str, Any], headers: dict[str, str] | None = None) -> PluginResponse:
    return PluginResponse(status=status, body=json.dumps(value), content_type="application/json", headers=headers or {})
