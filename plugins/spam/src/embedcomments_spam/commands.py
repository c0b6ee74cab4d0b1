"""``embedcomments spam``: the learned filter on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from hashlib import blake2b
from itertools import islice
from time import perf_counter
from typing import BinaryIO, cast

import click

from embedcomments.api import PluginContext
from embedcomments_spam import blocked, lessons
from embedcomments_spam.features import extract
from embedcomments_spam.filter import filter_of
from embedcomments_spam.importing import WORDS, BadList, read_file
from embedcomments_spam.learner import measure
from embedcomments_spam.listing import Kind, read_listings
from embedcomments_spam.listing import remove as remove_list
from embedcomments_spam.tables import SHARED

# So many are learned in one transaction: nothing else is written meanwhile.
_AT_ONCE = 250

_site = click.option("--site", "site_name", default="default", show_default=True)
_file = click.argument("file", type=click.File("rb"))


@click.command()
@_site
def stats(site_name: str) -> None:
    """Show what the filter learned and how right it is."""
    present = filter_of(_context(site_name))
    counts, authority = present.counts, present.authority
    click.echo(f"Learned from {counts.spam} spam and {counts.ham} other texts.")
    click.echo(
        f"Of the last {authority.decisions} decisions: precision {authority.precision:.3f}, "
        f"recall {authority.recall:.3f}."
    )
    allowed = "mark as spam" if authority.may_spam else "hold" if authority.may_hold else "nothing yet"
    click.echo(f"It may by itself: {allowed}.")


@click.command()
@_file
@_site
def train(file: BinaryIO, site_name: str) -> None:
    """Learn from FILE: JSON Lines of {"text": …, "spam": true|false}. Only moderators' decisions give authority."""
    ctx = _context(site_name)
    # An online model heeds the order, and a file is often sorted by its labels or threads: this one is as good as by
    # chance and the same for every order of the lines. A second pass mends what the first learned too early.
    examples = sorted(_examples(file), key=_drawn)
    for counts in (True, False):
        for at in range(0, len(examples), _AT_ONCE):
            some = [(extract(text), spam) for text, spam in examples[at : at + _AT_ONCE]]
            ctx.tables.write(partial(lessons.train, site_id=ctx.site.id, examples=some, counts_them=counts))
    click.echo(f"Learned from {len(examples)} texts.")


@click.command()
@_file
@_site
def test(file: BinaryIO, site_name: str) -> None:
    """Measure the filter on FILE, of the same form as for train; ends with one line of JSON. Learns nothing."""
    present = filter_of(_context(site_name))
    examples = list(_examples(file))
    if not examples:
        raise click.ClickException("There is no text in the file.")
    began = perf_counter()
    scores = [present.score(extract(text)) for text, _ in examples]
    us_per_comment = (perf_counter() - began) * 1e6 / len(examples)
    quality = asdict(measure(scores, [spam for _, spam in examples]))
    figures = {name: round(value, 4) for name, value in quality.items()}
    click.echo(json.dumps({**figures, "us_per_comment": round(us_per_comment, 1), "n": len(examples)}))


@click.command()
@_site
@click.option("--shared", is_flag=True, help="What all sites learned together as well.")
def reset(site_name: str, shared: bool) -> None:
    """Forget what the site's filter learned."""
    ctx = _context(site_name)
    for site_id in (ctx.site.id, SHARED) if shared else (ctx.site.id,):
        ctx.tables.write(partial(lessons.forget_all, site_id=site_id))
    click.echo("Forgotten.")


@click.command()
@_file
@_site
@click.option(
    "--kind",
    type=click.Choice([WORDS, *(kind.value for kind in Kind)]),
    help="What its lines are. Guessed for addresses and e-mail addresses; else it is words, which domains are part of.",
)
@click.option("--name", help="What the list is called; by default as its file is. The same name again replaces it.")
def block(file: BinaryIO, site_name: str, kind: str | None, name: str | None) -> None:
    """Block what FILE lists: domains and words one a line, lines of hosts files, or addresses and networks, e-mail
    addresses, names or domains as StopForumSpam publishes them (also value,count,last seen; .gz and .zip too). # begins
    a comment."""
    ctx = _context(site_name)
    try:
        found = read_file(ctx, file, name=name or str(getattr(file, "name", "")), kind=kind or "")
    except BadList as error:
        raise click.ClickException(error.message) from error
    if found.passed_over:
        click.echo(found.passed_over, err=True)
    if found.kind == WORDS:
        click.echo(f"Read {found.lines} entries; {found.entries} are blocked now.")
    else:
        click.echo(
            f"Read {found.lines:,} lines; the list {found.name} ({found.kind}) has {found.entries:,} entries now."
        )


@click.command()
@_site
def lists(site_name: str) -> None:
    """Show the imported lists of addresses, e-mail addresses, names and domains."""
    ctx = _context(site_name)
    with ctx.tables.read() as connection:
        present = [item for item in read_listings(connection, ctx.site.id, ctx.now()) if item.is_ready]
    for item in present:
        click.echo(f"{item.name}\t{item.kind}\t{item.entries}\t{item.imported_at:%Y-%m-%d %H:%M}")
    if not present:
        click.echo("There are no lists.", err=True)


@click.command()
@click.argument("file", type=click.File("rb"), required=False)
@_site
@click.option("--all", "everything", is_flag=True, help="All domains and words that were imported.")
@click.option("--list", "list_name", help="The list of that name (see lists).")
def unblock(file: BinaryIO | None, site_name: str, everything: bool, list_name: str | None) -> None:
    """Block the domains and words of FILE no more, or what a list has."""
    if [file is not None, everything, list_name is not None].count(True) != 1:
        raise click.UsageError("Name a FILE, or say --all or --list.")
    ctx = _context(site_name)
    if list_name is not None:
        if not remove_list(ctx, list_name):
            raise click.ClickException(f"There is no list {list_name}.")
        click.echo(f"The list {list_name} is gone.")
        return
    entries = None if file is None else _entries(file)
    ctx.tables.write(partial(blocked.remove, site_id=ctx.site.id, entries=entries))
    with ctx.tables.read() as connection:
        click.echo(f"{blocked.count(connection, ctx.site.id)} are blocked now.")


def _entries(file: BinaryIO) -> list[blocked.Entry]:
    lines = list(islice(file, blocked.MAX_LINES + 1))
    if len(lines) > blocked.MAX_LINES:
        raise click.ClickException(f"The file has more than {blocked.MAX_LINES:,} lines.")
    entries, bad = blocked.read_lines(line.decode("utf-8", "replace") for line in lines)
    if bad:
        more = f" and {len(bad) - 20} more" if len(bad) > 20 else ""
        click.echo(f"Passed over line {', '.join(map(str, bad[:20]))}{more}: neither domain nor phrase.", err=True)
    return entries


def _context(site_name: str) -> PluginContext:
    make = cast(Callable[[str], PluginContext], click.get_current_context().obj)
    return make(site_name)


def _drawn(example: tuple[str, bool]) -> bytes:
    return blake2b(example[0].encode(errors="replace"), digest_size=16).digest()


def _examples(file: BinaryIO) -> Iterator[tuple[str, bool]]:
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            example = json.loads(line)
            text, spam = example["text"], example["spam"]
        except (ValueError, KeyError, TypeError) as error:
            raise click.ClickException(f'Line {number} is not {{"text": …, "spam": true|false}}.') from error
        if not isinstance(text, str) or spam not in (True, False):
            raise click.ClickException(f'Line {number} is not {{"text": …, "spam": true|false}}.')
        yield text, bool(spam)
