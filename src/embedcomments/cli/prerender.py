"""``embedcomments prerender``: threads as HTML, to be built into static pages."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import click
import orjson

from embedcomments.app import create_app
from embedcomments.cli.running import Setup, pass_setup
from embedcomments.domain.sites import DEFAULT_SITE, Site
from embedcomments.domain.threads import Sort
from embedcomments.web.parts import Parts
from embedcomments.web.prerendering import MOST, Prerendered, prerender
from embedcomments.web.words import Words, words_for

INDEX = "index.json"
_SLUG_LENGTH = 60
_OURS = re.compile(r"(?:[a-z0-9-]+-)?[0-9a-f]{16}\.html")


@click.command("prerender")
@click.argument("keys", metavar="[KEY]...", nargs=-1)
@click.option("--site", "site_name", default=DEFAULT_SITE, show_default=True)
@click.option(
    "--from",
    "list_file",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="A file with a KEY on each line; - reads what is piped in.",
)
@click.option("--all", "is_all", is_flag=True, help="All threads that have something to show.")
@click.option(
    "--into",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="A folder of its own: a file for each thread, and index.json, which tells which is whose.",
)
@click.option("--lang", default="en", show_default=True, help="The language of our words, as de or zh-Hant.")
@click.option("--sort", type=click.Choice([sort.value for sort in Sort]), default="oldest", show_default=True)
@click.option(
    "--most",
    type=click.IntRange(1, 100_000),
    default=MOST,
    show_default=True,
    help="Comments of a thread; a link leads to the others.",
)
@pass_setup
def prerender_(
    setup: Setup,
    keys: tuple[str, ...],
    site_name: str,
    list_file: Path | None,
    is_all: bool,
    folder: Path | None,
    lang: str,
    sort: str,
    most: int,
) -> None:
    """Write threads as HTML for a static build. KEY is a page's URL, or whatever names its thread.

    One thread is printed; several go --into a folder, where what earlier runs left is replaced. Put the HTML into
    <embed-comments data-key="KEY">…</embed-comments>: readers without JavaScript and search engines see it, for others
    the widget takes its place.
    """
    wanted = [*keys, *(_listed(list_file) if list_file else ())]
    if is_all == bool(wanted):
        raise click.UsageError("Name a KEY, a list of them by --from, or --all.")
    if folder is None and (is_all or len(wanted) > 1):
        raise click.UsageError("Say by --into where several threads shall be written.")
    words = words_for(lang)
    if words.is_english and not lang.lower().startswith("en"):
        raise click.BadParameter(f"There are no words in {lang!r}.", param_hint="--lang")
    with setup.instance() as instance, create_app(instance).app_context():
        own = instance.parts
        site = own.sites.get(site_name)
        found = _threads(own, site, own.reading.keys(site) if is_all else wanted, Sort(sort), words, most)
        if folder is None:
            _, thread = next(found)
            click.echo(thread.html, nl=False)
            return
        try:
            count = _write(folder, ((key, thread) for key, thread in found if not (is_all and thread.is_empty)))
        except OSError as error:
            raise click.ClickException(f"{folder} could not be written: {error.strerror or error}") from error
        click.echo(f"{count} threads of {site_name} are in {folder}.", err=True)


def _listed(file: Path) -> list[str]:
    try:
        with click.open_file(str(file), encoding="utf-8") as lines:
            return [line.strip() for line in lines if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file} cannot be read: {error}") from error


def _threads(
    own: Parts, site: Site, keys: Iterable[str], sort: Sort, words: Words, most: int
) -> Iterator[tuple[str, Prerendered]]:
    """Each thread with its key as it was asked for."""
    for key in keys:
        yield key, prerender(own, site, own.reading.key(site, key), sort=sort, words=words, most=most)


def _write(folder: Path, threads: Iterable[tuple[str, Prerendered]]) -> int:
    """The files of these threads and the index; how many threads there are. What the index before named and this one
    does not is removed: it may hold what was erased since."""
    folder.mkdir(parents=True, exist_ok=True)
    index: dict[str, dict[str, object]] = {}
    written: set[str] = set()
    for key, thread in threads:
        name = file_name(thread.key)
        _put(folder / name, thread.html.encode())
        written.add(name)
        index[key] = {"file": name, "title": thread.title, "count": thread.count}
    for left in _named_before(folder / INDEX) - written:
        (folder / left).unlink(missing_ok=True)
    _put(folder / INDEX, orjson.dumps(index, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
    return len(written)


def _named_before(index: Path) -> set[str]:
    """The files that an earlier run wrote, as far as their names are of our making."""
    try:
        entries = orjson.loads(index.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return set()
    entries = entries.values() if isinstance(entries, dict) else ()
    names = {str(entry.get("file")) for entry in entries if isinstance(entry, dict)}
    return {name for name in names if _OURS.fullmatch(name)}


def _put(file: Path, content: bytes) -> None:
    """Write a file whole, unless it has this content: builds look at times to see what changed."""
    if file.is_file() and file.read_bytes() == content:
        return
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.replace(file)


def file_name(key: str) -> str:
    """Of a thread: words of its address for people, and a digest of its key, so that no two are the same."""
    try:
        words = urlsplit(key).path
    except ValueError:
        words = key
    slug = re.sub("[^a-z0-9]+", "-", words.lower()).strip("-")[:_SLUG_LENGTH].strip("-")
    digest = hashlib.blake2b(key.encode(errors="surrogatepass"), digest_size=8).hexdigest()
    return f"{slug}-{digest}.html" if slug else f"{digest}.html"
