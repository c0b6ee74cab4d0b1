"""Who is a person, without an account, a cookie or a kept address."""

from __future__ import annotations

import ipaddress
import secrets
from dataclasses import dataclass

from itsdangerous import BadData

from embedcomments.api import PluginContext


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Somebody in front of one comment or page.

    ``voter`` is who may give one reaction, ``source`` the address it comes from; both are fingerprints that say
    nothing at another one. ``token`` is what a browser shows next time, None where addresses count.
    """

    voter: str
    source: str
    token: str | None = None


def person_at(ctx: PluginContext, subject: str, address: str, token: str | None) -> Person:
    """The person who calls from ``address``, about that comment (its id) or page.

    ``token`` is one that was given before, by anybody who says so: one that is forged or of another site makes a
    new browser.
    """
    source = _fingerprint(ctx, "address", subject, _network(address))
    if ctx.settings["one_vote_per"] == "address":
        return Person(voter=source, source=source)
    browser = _browser(ctx, token)
    if browser is None:
        browser = secrets.token_hex(16)
        made = ctx.signer.dumps([ctx.site.id, browser])
        token = made if isinstance(made, str) else made.decode("ascii")
    return Person(voter=_fingerprint(ctx, "browser", subject, browser), source=source, token=token)


def _fingerprint(ctx: PluginContext, kind: str, subject: str, who: str) -> str:
    """43 characters, keyed by the instance's secret. The subject is part of it, so that the rows of one person have
    nothing in common."""
    text = "\0".join(("fingerprint", kind, str(ctx.site.id), subject, who))
    return ctx.signer.make_signer().get_signature(text.encode(errors="replace")).decode("ascii")


def _network(address: str) -> str:
    """An IPv4 address, or the /64 that one subscriber has of IPv6 and changes addresses in."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))


def _browser(ctx: PluginContext, token: str | None) -> str | None:
    """The name that a token of ours for this site gives to a browser."""
    try:
        site_id, browser = ctx.signer.loads(token or "")
    except (BadData, TypeError, ValueError):  # signed, but another thing; or text that is no UTF-8
        return None
    return browser if site_id == ctx.site.id and isinstance(browser, str) else None
