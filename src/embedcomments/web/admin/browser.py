"""What is remembered of the browser that somebody signs in with: enough to know it again, and no address."""

from __future__ import annotations

import hmac
import re

from flask import request

from embedcomments.services.limits import network_of
from embedcomments.services.signing_in import Browser
from embedcomments.web.admin import session
from embedcomments.web.parts import parts

# The first that fits: most browsers claim to be others as well.
_PROGRAMS = (
    ("Edge", r"\bEdg(?:e|A|iOS)?/"),
    ("Opera", r"\bOPR/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\b(?:Firefox|FxiOS)/"),
    ("Chrome", r"\b(?:Chrome|CriOS|HeadlessChrome)/"),
    ("Safari", r"\bSafari/"),
)
_SYSTEMS = (
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Android", r"\bAndroid\b"),
    ("Windows", r"\bWindows\b"),
    ("Mac", r"\bMacintosh\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("Linux", r"\bLinux\b"),
)


def present_browser() -> Browser:
    """The one that sent this request."""
    network = network_of(request.remote_addr or "")
    return Browser(
        device=device_of(request.headers.get("User-Agent", "")),
        network=network_hash(network),
        known_as=session.known_as(),
    )


def network_hash(network: str) -> str:
    """What tells one network from another without telling which it is."""
    return hmac.digest(parts().tokens.derived_key("network"), network.encode(), "sha256").hex()[:32]


def device_of(user_agent: str) -> str:
    """Such as "Firefox on Android", "" when it cannot be told."""
    text = user_agent[:500]
    program = next((name for name, pattern in _PROGRAMS if re.search(pattern, text)), "")
    system = next((name for name, pattern in _SYSTEMS if re.search(pattern, text)), "")
    return f"{program} on {system}" if program and system else program or system
