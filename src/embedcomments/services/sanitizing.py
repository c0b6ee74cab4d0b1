"""What HTML may reach a page. Ammonia's allow list by way of nh3, one kept cleaner."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import nh3

TAGS = frozenset(
    [
        "p",
        "br",
        "hr",
        "em",
        "strong",
        "b",
        "i",
        "s",
        "del",
        "ins",
        "u",
        "code",
        "pre",
        "blockquote",
        "ul",
        "ol",
        "li",
        "a",
        "h3",
        "h4",
        "h5",
        "h6",
        "sup",
        "sub",
        "q",
        "cite",
        "abbr",
        "kbd",
        "samp",
        "var",
        "mark",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "dl",
        "dt",
        "dd",
        "bdi",
        "bdo",
        "span",
    ]
)
ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "a": frozenset({"href", "title"}),
    "abbr": frozenset({"title"}),
    "ol": frozenset({"start"}),
    "th": frozenset({"align"}),
    "td": frozenset({"align"}),
    "bdo": frozenset({"dir"}),
    "p": frozenset({"dir"}),
}
CODE_CLASSES = frozenset(
    {
        "language-" + name
        for name in [
            "text",
            "python",
            "js",
            "ts",
            "html",
            "css",
            "json",
            "sh",
            "sql",
            "c",
            "cpp",
            "java",
            "go",
            "rust",
            "xml",
            "yaml",
            "diff",
        ]
    }
)
SCHEMES = frozenset({"http", "https", "mailto"})
LINK_RELATION = "nofollow ugc noopener noreferrer external"
# What runs code, loads from elsewhere, takes input, or is parsed by rules of its own (which have fooled sanitizers).
_RUNS_CODE = frozenset(
    [
        "html",
        "head",
        "body",
        "title",
        "noscript",
        "noembed",
        "noframes",
        "xmp",
        "plaintext",
        "listing",
        "foreignobject",
        "annotation-xml",
        "animate",
        "set",
        "use",
        "area",
        "source",
        "track",
        "picture",
        "portal",
        "fencedframe",
        "image",
        "option",
        "dialog",
        "script",
        "style",
        "iframe",
        "object",
        "embed",
        "link",
        "meta",
        "base",
        "form",
        "input",
        "button",
        "textarea",
        "select",
        "svg",
        "math",
        "template",
        "frame",
        "frameset",
        "applet",
        "audio",
        "video",
        "img",
    ]
)
# ``class`` has a list of its own (HtmlAllow.classes); ``rel`` and ``target`` of links are ours to say.
_RISKY_ATTRIBUTES = frozenset(
    [
        "style",
        "src",
        "srcset",
        "srcdoc",
        "action",
        "formaction",
        "id",
        "name",
        "class",
        "rel",
        "target",
        "ping",
        "poster",
        "background",
        "data",
        "cite",
        "is",
        "slot",
    ]
)


def is_harmless(tag: str, attributes: Iterable[str]) -> bool:
    """Whether a plugin may have this element with these attributes allowed: nothing that runs code, loads or styles."""
    return tag.lower() not in _RUNS_CODE and not any(
        name.lower().startswith(("on", "xlink:")) or name.lower() in _RISKY_ATTRIBUTES for name in attributes
    )


class Sanitizer:
    """Cleans HTML to the allow list, widened by what plugins declared."""

    def __init__(
        self,
        *,
        tags: Iterable[str] = (),
        attributes: Mapping[str, Iterable[str]] | None = None,
        classes: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        allowed: dict[str, set[str]] = {tag: set(names) for tag, names in ATTRIBUTES.items()}
        for tag, names in (attributes or {}).items():
            allowed.setdefault(tag, set()).update(names)
        allowed_classes: dict[str, set[str]] = {"code": set(CODE_CLASSES)}
        for tag, names in (classes or {}).items():
            allowed_classes.setdefault(tag, set()).update(names)
        self._cleaner = nh3.Cleaner(
            tags=set(TAGS | set(tags)),
            attributes=allowed,
            allowed_classes=allowed_classes,
            url_schemes=set(SCHEMES),
            link_rel=LINK_RELATION,
            strip_comments=True,
            clean_content_tags={"script", "style"},
        )

    def clean(self, html: str) -> str:
        """``html`` with everything beyond the allow list removed; text stays."""
        return self._cleaner.clean(html)
