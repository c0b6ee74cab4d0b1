"""The HTML that an owner pastes into pages, as they chose."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import escape

from embedcomments.domain.sites import DEFAULT_SITE, Site

# What the widget speaks, each in its own words.
LANGUAGES = {
    "ar": "العربية",
    "az": "Azərbaycanca",
    "bg": "Български",
    "cs": "Čeština",
    "da": "Dansk",
    "de": "Deutsch",
    "el": "Ελληνικά",
    "en": "English",
    "es": "Español",
    "fa": "فارسی",
    "fi": "Suomi",
    "fr": "Français",
    "he": "עברית",
    "hi": "हिन्दी",
    "hu": "Magyar",
    "hy": "Հայերեն",
    "id": "Bahasa Indonesia",
    "it": "Italiano",
    "ja": "日本語",
    "ka": "ქართული",
    "ko": "한국어",
    "nb": "Norsk bokmål",
    "nl": "Nederlands",
    "pl": "Polski",
    "pt": "Português (Brasil)",
    "ro": "Română",
    "ru": "Русский",
    "sv": "Svenska",
    "th": "ไทย",
    "tr": "Türkçe",
    "uk": "Українська",
    "vi": "Tiếng Việt",
    "zh-Hans": "简体中文",
    "zh-Hant": "繁體中文",
}
CHOICES: Mapping[str, frozenset[str]] = {
    "lang": frozenset(LANGUAGES),
    "theme": frozenset({"light", "dark"}),
    "design": frozenset({"newspaper", "cards"}),
    "sort": frozenset({"newest", "top"}),
    "live": frozenset({"off"}),
}


def snippet(site: Site, public_url: str, **attributes: str) -> str:
    """The script tag. ``attributes`` become ``data-…``; those that are "" are left to the widget."""
    said = {"site": "" if site.name == DEFAULT_SITE else site.name, **attributes}
    words = "".join(f' data-{name}="{escape(value)}"' for name, value in said.items() if value)
    return f'<script async src="{public_url}/embed.js"{words}></script>'


def placed(site: Site, public_url: str, key: str = "") -> str:
    """An element where the discussion shall stand, and the script once for the page."""
    words = f' data-key="{escape(key)}"' if key else ""
    return f"<embed-comments{words}></embed-comments>\n{snippet(site, public_url, auto='off')}"


def counted(site: Site, public_url: str, key: str) -> str:
    """The number of comments of ``key`` on a page that lists articles."""
    number = f'<span data-embedcomments-count="{escape(key)}"></span>'
    return f"{number}\n{snippet(site, public_url, auto='off')}"
