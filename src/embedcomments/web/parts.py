"""What HTTP needs of the rest, handed over in one piece by wiring."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from embedcomments.domain.configuration import Config
from embedcomments.domain.protocols import Clock, Extensions
from embedcomments.host.choices import Choices
from embedcomments.host.contexts import Contexts
from embedcomments.host.dispatch import Dispatch
from embedcomments.host.lifecycle import Lifecycle
from embedcomments.host.plugins import Plugins
from embedcomments.services.commenting import Commenting
from embedcomments.services.freshness import Freshness
from embedcomments.services.limits import RateLimits
from embedcomments.services.moderating import Moderating
from embedcomments.services.reading import Reading
from embedcomments.services.rendering import TextRenderer
from embedcomments.services.signing_in import SigningIn
from embedcomments.services.sites import Sites
from embedcomments.services.tokens import Tokens
from embedcomments.storage.database import Database
from embedcomments.web.assets import Assets
from embedcomments.web.kept_answers import KeptAnswers

KEY = "embedcomments"


@dataclass(frozen=True, kw_only=True)
class Parts:
    """One instance's services, for the blueprints. ``public_url`` has no slash at its end."""

    config: Config
    clock: Clock
    database: Database
    sites: Sites
    reading: Reading
    commenting: Commenting
    moderating: Moderating
    renderer: TextRenderer
    signing_in: SigningIn
    tokens: Tokens
    limits: RateLimits
    freshness: Freshness
    extensions: Extensions
    plugins: Plugins
    choices: Choices
    contexts: Contexts
    dispatch: Dispatch
    assets: Assets
    kept: KeptAnswers
    lifecycle: Lifecycle
    public_url: str


def parts() -> Parts:
    """Those of the app that handles this request."""
    found: Parts = current_app.extensions[KEY]
    return found
