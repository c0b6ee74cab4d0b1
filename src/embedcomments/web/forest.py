"""Comments below one another, as templates show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from embedcomments.domain.comments import Comment


@dataclass(slots=True)
class Node:
    """A comment with the answers below it. ``to``: the one that it answers, where its place does not say so.
    ``more``: the address of the rest of its branch."""

    comment: Comment
    to: Comment | None = None
    answers: list[Node] = field(default_factory=list)
    more: str | None = None


def as_forest(comments: Sequence[Comment], nesting: int) -> list[Node]:
    """The comments below one another, ``nesting`` levels of answers deep; deeper ones stand at the last level in the
    order of reading. One whose parent is not among them stands at the top."""
    nodes: dict[str, Node] = {}
    levels: dict[str, tuple[int, list[Node]]] = {}  # of each comment its level, and the list it stands in
    tops: list[Node] = []
    for comment in comments:
        node = nodes[comment.id] = Node(comment)
        above = nodes.get(comment.parent_id or "")
        level, beside = levels[above.comment.id] if above else (-1, tops)
        if above is not None and level >= nesting:
            node.to = above.comment
            levels[comment.id] = (level, beside)
        else:
            levels[comment.id] = (level + 1, above.answers if above else tops)
        levels[comment.id][1].append(node)
    return tops
