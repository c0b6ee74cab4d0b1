"""Threads of a given length, imported as an owner would import them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

from running_server import RunningServer

START = datetime(2026, 1, 1, tzinfo=UTC)
SENTENCE = (
    "the printing house opens its doors again after eleven years and presses run once more for posters chapbooks "
    "small magazines of anyone who walks in before noon does know whether that face survived flood four six sizes "
    "did come by we will show you cases today"
)
WORDS = SENTENCE.split()


def key_of(comments: int) -> str:
    """The thread with so many comments."""
    return f"https://bench.example/{comments}"


def fill(server: RunningServer, *lengths: int) -> None:
    """Import one thread of each length into the default site; a third of the comments are answers."""
    export = server.data_dir.with_name("bench.xml")
    write_export(export, lengths)
    server.run("import", "wordpress", str(export))


def write_export(file: Path, lengths: tuple[int, ...]) -> None:
    """A WordPress export with a thread of each length, the same at every run."""
    rng = random.Random(7)
    items = "".join(_item(rng, number, length) for number, length in enumerate(lengths, 1))
    file.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/">'
        f"<channel><title>Bench</title><wp:wxr_version>1.2</wp:wxr_version>{items}</channel></rss>",
        "utf-8",
    )


def _item(rng: random.Random, number: int, length: int) -> str:
    comments = []
    for at in range(1, length + 1):
        parent = at - rng.randint(1, 4) if at > 4 and rng.random() < 0.33 else 0
        words = " ".join(rng.choice(WORDS) for _ in range(rng.randint(20, 60)))
        date = f"{START + timedelta(minutes=at):%Y-%m-%d %H:%M:%S}"
        comments.append(
            f"<wp:comment><wp:comment_id>{number}{at:06d}</wp:comment_id>"
            f"<wp:comment_author>Reader {rng.randint(1, 30)}</wp:comment_author>"
            f"<wp:comment_date_gmt>{date}</wp:comment_date_gmt><wp:comment_content>{escape(words)}.</wp:comment_content>"
            f"<wp:comment_approved>1</wp:comment_approved>"
            f"<wp:comment_parent>{f'{number}{parent:06d}' if parent else 0}</wp:comment_parent></wp:comment>"
        )
    return (
        f"<item><title>Thread of {length}</title><link>{key_of(length)}</link><wp:post_id>{number}</wp:post_id>"
        f"<wp:comment_status>open</wp:comment_status><wp:post_type>post</wp:post_type>{''.join(comments)}</item>"
    )
