"""What HTTP needs of the rest, handed over in one piece by wiring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app

from embedcomments.domain.configuration import Config
from embedcomments.domain.protocols import Clock, Extensions
from embedcomments.host.choices import Choices
from embedcomments.host.contexts import Contexts
from embedcomments.host.dispatch import Dispatch
from embedcomments.host.lifecycle import Lifecycle
from embedcomments.host.plugins import Plugins
from embedcomments.services.accounts import Accounts
from embedcomments.services.auditing import Auditing
from embedcomments.services.commenting import Commenting
from embedcomments.services.desk_mail import DeskMail
from embedcomments.services.freshness import Freshness
from embedcomments.services.limits import RateLimits
from embedcomments.services.mailing.mailing import Mailing
from embedcomments.services.moderating import Moderating
from embedcomments.services.notices import Notices
from embedcomments.services.overview import Overviews
from embedcomments.services.people import People
from embedcomments.services.reading import Reading
from embedcomments.services.rendering import TextRenderer
from embedcomments.services.sealing import Sealer
from embedcomments.services.second_factor import SecondFactor
from embedcomments.services.signing_in import SigningIn
from embedcomments.services.sites import Sites
from embedcomments.services.threads import Threads
from embedcomments.services.tokens import Tokens
from embedcomments.services.undoing import Undoing
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
    overviews: Overviews
    undoing: Undoing
    auditing: Auditing
    threads: Threads
    renderer: TextRenderer
    signing_in: SigningIn
    people: People
    accounts: Accounts
    second_factor: SecondFactor
    sealer: Sealer
    mailing: Mailing
    desk_mail: DeskMail
    notices: Notices
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
    open_sockets: Callable[[], int]
    public_url: str


def parts() -> Parts:
    """Those of the app that handles this request."""
    found: Parts = current_app.extensions[KEY]
    return found
