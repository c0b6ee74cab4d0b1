"""Who acts: a writer without an account, a moderator, the system, or nobody known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from embedcomments.domain.permissions import Right, Role


class Badge(StrEnum):
    """What a site says of a writer beside their name; the widget has the words in every language."""

    AUTHOR = "author"
    MODERATOR = "moderator"
    STAFF = "staff"


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """A writer as one device knows them: made with the first comment, proven by its edit token.
    ``badge`` is one of ``Badge`` or None."""

    id: str
    site_id: int
    name: str
    created_at: datetime
    badge: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Moderator:
    """Somebody who may sign in to the desk. ``roles``: by the id of a site; None stands for every site."""

    id: int
    name: str
    roles: Mapping[int | None, Role] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Plugins are handed this object: nobody may give themselves a role by way of it.
        object.__setattr__(self, "roles", MappingProxyType(dict(self.roles)))

    def role_on(self, site_id: int) -> Role | None:
        """The higher of the role there and of that on all sites; None when they have neither."""
        found = [role for site, role in self.roles.items() if site is None or site == site_id]
        return next((role for role in found if all(role.includes(other) for other in found)), None)

    def moderates(self, site_id: int) -> bool:
        """Whether they have any role on that site."""
        return self.role_on(site_id) is not None

    def may(self, right: Right, site_id: int) -> bool:
        """Whether their role on that site has this right."""
        role = self.role_on(site_id)
        return role is not None and role.allows(right)

    @property
    def owns_everything(self) -> bool:
        """Whether they are an owner of the whole instance, who may also add sites."""
        return self.roles.get(None) is Role.OWNER


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
COMMAND_LINE = Actor(kind=ActorKind.SYSTEM, name="command line")


def actor_named(actor: Actor | str) -> Actor:
    """``actor``; a name alone is that of a moderator."""
    return Actor(kind=ActorKind.MODERATOR, name=actor) if isinstance(actor, str) else actor
