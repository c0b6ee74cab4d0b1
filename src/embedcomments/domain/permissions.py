"""What the people of the desk may do: roles, rights, and the one table between them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What somebody is on a site, from the least to the most."""

    REVIEWER = "reviewer"
    MODERATOR = "moderator"
    OWNER = "owner"

    def allows(self, right: Right) -> bool:
        """Whether this role has that right."""
        return self.includes(LEAST_ROLE[right])

    def includes(self, other: Role) -> bool:
        """Whether this role may all that ``other`` may."""
        return _RANK[self] >= _RANK[other]


class Right(StrEnum):
    """One thing that somebody may do on a site."""

    SEE_COMMENTS = "see_comments"
    DECIDE_HELD = "decide_held"
    """Publish what is held, and hold what is published."""
    CHANGE_COMMENTS = "change_comments"
    """All else with comments and threads: spam, delete, restore, edit, pin, close, move, merge."""
    CHANGE_READERS = "change_readers"
    """Ban and unban those who write."""
    SEE_RECORD = "see_record"
    """The audit log."""
    MANAGE_SITE = "manage_site"
    """Settings, origins, plugins and their settings, jobs."""
    MANAGE_PEOPLE = "manage_people"
    """Invite to the desk, change roles, remove."""


LEAST_ROLE: Mapping[Right, Role] = MappingProxyType(
    {
        Right.SEE_COMMENTS: Role.REVIEWER,
        Right.DECIDE_HELD: Role.REVIEWER,
        Right.CHANGE_COMMENTS: Role.MODERATOR,
        Right.CHANGE_READERS: Role.MODERATOR,
        Right.SEE_RECORD: Role.MODERATOR,
        Right.MANAGE_SITE: Role.OWNER,
        Right.MANAGE_PEOPLE: Role.OWNER,
    }
)
_RANK = {role: rank for rank, role in enumerate(Role)}
