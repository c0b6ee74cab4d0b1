"""Which pages may call: CORS for the API and for plugins' routes."""

from __future__ import annotations

from flask import Flask, Response, g, request

from embedcomments.domain.sites import Site
from embedcomments.web.kept_answers import EXPOSED, own_origin
from embedcomments.web.parts import parts

_PREFIXES = ("/api/", "/p/")
_ALLOWED_HEADERS = "Authorization, Content-Type, Idempotency-Key"


def remember_site(site: Site) -> Site:
    """Note which site this request is about, for the CORS headers of its answer."""
    g.site = site
    return site


def require_origin(site: Site) -> None:
    """Raises OriginNotAllowed for a page that may not use the site."""
    parts().sites.require_origin(site, request.headers.get("Origin"), own_origin(request.environ))


def register_cors(app: Flask) -> None:
    """Answer preflights, and grant what a site's pages may read."""

    @app.before_request
    def preflight() -> Response | None:
        if request.method != "OPTIONS" or not request.path.startswith(_PREFIXES):
            return None
        # The real request tells which site it is about, and is refused there if need be.
        response = Response(status=204)
        origin = request.headers.get("Origin")
        if origin is not None and (origin == own_origin(request.environ) or parts().sites.any_accepts(origin)):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, PATCH, DELETE"
            response.headers["Access-Control-Allow-Headers"] = _ALLOWED_HEADERS
            response.headers["Access-Control-Max-Age"] = "7200"
        response.headers["Vary"] = "Origin"
        return response

    @app.after_request
    def grant(response: Response) -> Response:
        if not request.path.startswith(_PREFIXES):
            return response
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Cache-Control", "no-store")
        if request.method == "OPTIONS" or "Access-Control-Allow-Origin" in response.headers:
            return response
        if "Vary" in response.headers:
            response.vary.add("Origin")
        else:
            response.headers["Vary"] = "Origin"
        origin = request.headers.get("Origin")
        if origin is None:
            return response
        site: Site | None = getattr(g, "site", None)
        sites = parts().sites
        accepted = sites.any_accepts(origin) if site is None else sites.accepts(site, origin)
        if accepted or origin == own_origin(request.environ):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = EXPOSED
        return response
