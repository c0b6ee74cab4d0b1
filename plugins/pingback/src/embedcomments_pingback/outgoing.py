"""Which links of a page of ours the linked pages should hear of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urldefrag

from embedcomments.api import Site
from embedcomments_pingback.addresses import is_web_page, origin_of, page_key
from embedcomments_pingback.moments import fingerprint
from embedcomments_pingback.outline import Region
from embedcomments_pingback.reading import Anchor, ReadPage

MAX_TARGETS = 50
# What readers wrote and what was paid for is nobody's word of ours.
_NOT_OURS = frozenset({"ugc", "sponsored"})
_DATES = ("article:published_time", "datepublished", "dc.date", "date")


@dataclass(frozen=True, kw_only=True, slots=True)
class Links:
    """``targets``: absolute http(s) URLs as they are linked to, of each page the first, in the order of the page.
    ``digest`` changes when the words around them do. ``canonical``: the key of the page by its own word, or None."""

    targets: tuple[str, ...]
    digest: str
    canonical: str | None
    published: datetime | None


def links_of(page: ReadPage, site: Site) -> Links:
    """The links of the page's own content to other sites: those in its e-content, else in its article, else in its
    main part, else anywhere but in navigation and footers."""
    outside = [
        (anchor, url)
        for anchor in page.anchors
        if anchor.region is not Region.CHROME and not anchor.rels & _NOT_OURS and (url := _target(page, anchor, site))
    ]
    best = max((anchor.region for anchor, _ in outside), default=Region.PAGE)
    chosen = [(anchor, url) for anchor, url in outside if anchor.region is best]
    words = ["".join(page.blocks[block]) for block in dict.fromkeys(anchor.block for anchor, _ in chosen)]
    targets = _each_once(url for _, url in chosen)[:MAX_TARGETS]
    canonical = page.related("canonical", ("link",))
    return Links(
        targets=targets,
        digest=fingerprint(page.title, *targets, *words),
        canonical=page_key(canonical, site) if canonical else None,
        published=_published(page),
    )


def targets_in(page: ReadPage, site: Site) -> tuple[str, ...]:
    """All pages of other sites that a text links to, each once, in its order."""
    urls = (_target(page, anchor, site) for anchor in page.anchors)
    return _each_once(url for url in urls if url is not None)


def _each_once(urls: Iterable[str]) -> tuple[str, ...]:
    """The first URL of each page, with its fragment: who checks looks for the very address that was told (W3C
    Webmention, 3.2.2; Pingback 1.0, section 2, "as given on the source page")."""
    first: dict[str, str] = {}
    for url in urls:
        first.setdefault(urldefrag(url).url, url)
    return tuple(first.values())


def _target(page: ReadPage, anchor: Anchor, site: Site) -> str | None:
    absolute = page.resolve(anchor.href)
    if absolute is None or not is_web_page(absolute):
        return None
    key = page_key(absolute, site)
    if key is None or site.accepts_origin(origin_of(key)):
        return None  # a page of the site's own
    return absolute


def _published(page: ReadPage) -> datetime | None:
    entry = next(page.outline.entries(), None)
    texts = [entry.first("published") if entry else "", *(page.names.get(name, "") for name in _DATES)]
    for text in texts:
        try:
            at = datetime.fromisoformat(text.strip())
        except ValueError:
            continue
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    return None
