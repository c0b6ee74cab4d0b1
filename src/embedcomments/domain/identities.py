"""Who acts: a writer without an account, a moderator, the system, or nobody known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """A writer as one device knows them: made with the first comment, proven by its edit token."""

    id: str
    site_id: int
    name: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Moderator:
    """Somebody who may moderate. ``site_id`` None: every site."""

    id: int
    name: str
    site_id: int | None

    def moderates(self, site_id: int) -> bool:
        """Whether their rights reach that site."""
        return self.site_id is None or self.site_id == site_id


class ActorKind(StrEnum):
    """Where a request comes from."""

    READER = "reader"
    MODERATOR = "moderator"
    PLUGIN = "plugin"
    SYSTEM = "system"


@dataclass(frozen=True, kw_only=True, slots=True)
class Actor:
    """Who does or sees something. ``identity_id`` is proven by a token, never claimed."""

    kind: ActorKind = ActorKind.READER
    name: str = ""
    identity_id: str | None = None
    moderator: Moderator | None = None

    def moderates(self, site_id: int) -> bool:
        """Whether they may see and change everything on that site."""
        if self.kind in (ActorKind.SYSTEM, ActorKind.PLUGIN):
            return True
        return self.moderator is not None and self.moderator.moderates(site_id)


ANYBODY = Actor()
SYSTEM = Actor(kind=ActorKind.SYSTEM, name="system")
