"""The token by which a build may have pages sent for."""

from __future__ import annotations

from itsdangerous import BadSignature

from embedcomments.api import PluginContext

_PURPOSE = "send"


def make_token(ctx: PluginContext) -> str:
    """The site's token. It holds until its number is changed in the settings."""
    token = ctx.signer.dumps([_PURPOSE, ctx.site.id, ctx.settings["token_number"]])
    return token if isinstance(token, str) else token.decode()


def is_token(ctx: PluginContext, text: str) -> bool:
    """Whether that is the site's token."""
    try:
        known: object = ctx.signer.loads(text)
    except BadSignature:
        return False
    return known == [_PURPOSE, ctx.site.id, ctx.settings["token_number"]]
