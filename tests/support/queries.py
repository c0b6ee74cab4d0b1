"""Which statements an engine was sent."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event

# Asked anew whenever the sites' revisions were read too long ago: it comes by the clock, not by what is done.
_BY_THE_CLOCK = "SELECT site.id, site.rev "


@contextmanager
def statements_to(engine: Engine) -> Iterator[list[str]]:
    """The statements that pass SQLAlchemy meanwhile, in their order; the list is the reader's to clear."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not " ".join(statement.split()).startswith(_BY_THE_CLOCK):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
