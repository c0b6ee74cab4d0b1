"""What each command prints and does, and that whatever goes wrong is told in a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest
from click.testing import Result
from site_client import Desk, SiteClient, csrf_of

from embedcomments.domain.comments import CommentState
from embedcomments.domain.configuration import Config
from embedcomments.domain.importing import ImportedThread
from embedcomments.host.declarations import Importer
from embedcomments.wiring import build

Run = Callable[..., Result]
UNIT_TEST = Path(__file__).parents[3] / "shared" / "data" / "import" / "wordpress-theme-unit-test.xml"
WXR = """<?xml version="1.0"?>
<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/"><channel><wp:wxr_version>1.2</wp:wxr_version>
<item><title>Post</title><link>https://blog.example/post</link><wp:post_id>1</wp:post_id>
<wp:comment_status>open</wp:comment_status>%s</item></channel></rss>"""
COMMENT = """<wp:comment><wp:comment_id>%(id)s</wp:comment_id><wp:comment_author>Ann</wp:comment_author>
<wp:comment_date_gmt>2024-01-0%(id)s 10:00:00</wp:comment_date_gmt><wp:comment_content>Text %(id)s</wp:comment_content>
<wp:comment_approved>%(approved)s</wp:comment_approved><wp:comment_type>%(type)s</wp:comment_type>
<wp:comment_parent>%(parent)s</wp:comment_parent></wp:comment>"""


def lines(result: Result) -> list[str]:
    """What was printed, without the blanks behind columns."""
    return [line.rstrip() for line in result.stdout.splitlines()]


def row(**values: Any) -> str:
    return COMMENT % {"approved": "1", "type": "comment", "parent": "0", **values}


@pytest.fixture
def client(data_dir: Path, no_plugins: list[ModuleType], run: Run) -> Any:
    """The instance that the commands work on, as a server beside them has it."""
    instance = build(Config(data_dir=data_dir, posts_per_minute=0), plugin_modules=no_plugins)
    yield SiteClient(instance)
    instance.close()


# Sites


def test_order_of_plugins_is_set_shown_and_taken_back(
    run: Run, client: SiteClient, no_plugins: list[ModuleType], make_plugin: Callable[..., ModuleType]
) -> None:
    no_plugins.extend([make_plugin("a"), make_plugin("b"), make_plugin("c", info={"enabled_by_default": False})])
    assert run("plugin", "order").stdout == "a\nb\nc (off)\n"
    assert run("plugin", "order", "c", "b").stdout == "c (off)\nb\na\n"
    run("site", "add", "other")
    assert run("plugin", "order", "--site", "other").stdout == "a\nb\nc (off)\n"
    assert run("plugin", "order").stdout == "c (off)\nb\na\n"
    assert "There is no plugin 'x'." in run("plugin", "order", "x", fails=True).stderr
    assert "Give names, or --default." in run("plugin", "order", "--default", "a", fails=True).stderr
    assert run("plugin", "order", "--default").stdout == "a\nb\nc (off)\n"


def test_site_says_what_becomes_of_failed_verification(run: Run, client: SiteClient) -> None:
    run("site", "add", "default", "--on-failed-verify", "hold", "--title", "T")
    assert client.parts.sites.get("default").settings.on_failed_verify == "hold"
    run("site", "add", "default", "--title", "Other")
    assert client.parts.sites.get("default").settings.on_failed_verify == "hold"
    run("site", "add", "default", "--on-failed-verify", "refuse")
    assert client.parts.sites.get("default").settings.on_failed_verify == "refuse"
    assert (
        "'publish' is not one of" in run("site", "add", "default", "--on-failed-verify", "publish", fails=True).stderr
    )


def test_site_is_added_with_origins_title_and_policy(run: Run, client: SiteClient, tmp_path: Path) -> None:
    policy = tmp_path / "policy.md"
    policy.write_text("Be *kind*.\n")
    added = run(
        "site", "add", "press", "--origin", "HTTPS://Press.example/", "--origin", "https://b.example", "--title",
        "The [b]Press[/]", "--policy", str(policy),
    )  # fmt: skip
    assert lines(added) == [
        "Pages of https://press.example may embed press.",
        "Pages of https://b.example may embed press.",
        'Paste into its pages:  <script async src="http://localhost:8080/embed.js" data-site="press"></script>',
    ]
    site = client.parts.sites.get("press")
    assert (site.title, site.origins, site.settings.policy) == (
        "The [b]Press[/]",
        ("https://b.example", "https://press.example"),
        "Be *kind*.",
    )
    client.write("Hello")
    assert lines(run("site", "list")) == [
        "name     title            origins                              published  held  spam",
        "default                   localhost (until one is registered)  1          0     0",
        "press    The [b]Press[/]  https://b.example                    0          0     0",
        "                          https://press.example",
    ]


def test_site_is_renamed(run: Run, client: SiteClient) -> None:
    client.write("Hello")
    assert 'data-site="letters"' in run("site", "rename", "default", "letters").stdout
    assert [comment["html"] for comment in client.thread(site="letters")["comments"]] == ["<p>Hello</p>"]
    run("site", "add", "press")
    assert "There is already a site named" in run("site", "rename", "letters", "press", fails=True).stderr


def test_site_is_deleted_when_its_name_is_written(run: Run, client: SiteClient) -> None:
    run("site", "add", "press")
    client.write("There", site="press")
    assert "Aborted!" in run("site", "delete", "press", fails=True).stderr  # nobody is there to answer
    assert [site.name for site in client.parts.sites.all()] == ["default", "press"]
    assert lines(run("site", "delete", "press", "--yes")) == ["The site press is deleted."]
    assert [site.name for site in client.parts.sites.all()] == ["default"]
    assert "the only site" in run("site", "delete", "default", "--yes", fails=True).stderr


def test_site_stays_when_a_plugin_fails_to_forget_it(
    run: Run, client: SiteClient, no_plugins: list[ModuleType], make_plugin: Callable[..., ModuleType]
) -> None:
    def fail(ctx: object) -> None:
        raise ValueError("no")

    no_plugins.append(make_plugin("bad", site_deleted=fail))
    run("site", "add", "press")
    refused = run("site", "delete", "press", "--yes", fails=True).stderr
    assert "Nothing was deleted, because Bad reported an error." in refused
    assert len(client.parts.sites.all()) == 2
    run("site", "delete", "press", "--yes", "--anyway")
    assert len(client.parts.sites.all()) == 1


def test_site_that_is_there_gets_further_origins_and_keeps_the_rest(run: Run, client: SiteClient) -> None:
    run("site", "add", "press", "--title", "Press")
    again = run("site", "add", "press", "--origin", "https://press.example")
    assert lines(again)[0] == "Pages of https://press.example may embed press."
    assert client.parts.sites.get("press").title == "Press"
    fresh = run("site", "add", "default")
    assert lines(fresh) == [
        "Until it has an origin, pages on this machine (localhost) may embed it.",
        'Paste into its pages:  <script async src="http://localhost:8080/embed.js"></script>',
    ]


def test_origin_is_removed_however_it_is_spelt(run: Run, client: SiteClient) -> None:
    run("site", "add", "default", "--origin", "https://a.example")
    removed = run("site", "remove-origin", "default", "https://A.example:443/")
    assert lines(removed) == ["Pages of https://a.example may not embed default any more."]
    assert client.parts.sites.get("default").origins == ()
    missing = run("site", "remove-origin", "default", "https://a.example", fails=True)
    assert missing.stderr == "Error: https://a.example was not registered for default.\n"


def test_site_is_not_added_with_an_origin_that_is_none(run: Run, client: SiteClient) -> None:
    run("site", "add", "press", "--origin", "https://a.example", "--origin", "press.example/path", fails=True)
    assert [site.name for site in client.parts.sites.all()] == ["default"]


@pytest.mark.parametrize("name", ["Press", "-x", "sign-in", "a b", ""])
def test_name_that_is_no_name_is_refused(run: Run, client: SiteClient, name: str) -> None:
    refused = run("site", "add", "--", name, fails=True)
    assert refused.stderr == "Error: A site's name has lower case letters, digits and hyphens, at most 63.\n"


# Import


def test_import_counts_what_it_brought_and_brings_nothing_twice(run: Run, client: SiteClient, tmp_path: Path) -> None:
    file = tmp_path / "export.xml"
    first = row(id=1) + row(id=2, approved="0") + row(id=3, parent="1") + row(id=4, approved="spam")
    file.write_text(WXR % (first + row(id=5, type="pingback") + row(id=6, parent="99") + row(id=7, approved="trash")))
    table = [
        "7 comments in 1 threads, 0 of them closed.",
        "1 answer a comment that is not in the file: they stand alone.",
        "kind      published  held  spam  deleted  all",
        "comment   3          1     1     1        6",
        "pingback  1          0     0     0        1",
    ]
    assert lines(run("import", "wordpress", str(file))) == table
    again = lines(run("import", "wordpress", str(file)))
    assert again[:2] == ["0 comments in 1 threads, 0 of them closed.", "7 were here from an earlier import."]
    assert len(again) <= 3
    page = client.thread("https://blog.example/post")
    assert [(item["html"], item["depth"]) for item in page["comments"]] == [
        ("<p>Text 1</p>", 0),
        ("<p>Text 3</p>", 1),
        ("<p>Text 5</p>", 0),
        ("<p>Text 6</p>", 0),
    ]
    file.write_text(WXR % (first + row(id=8)))
    assert lines(run("import", "wordpress", str(file)))[:2] == [
        "1 comments in 1 threads, 0 of them closed.",
        "4 were here from an earlier import.",
    ]


@pytest.mark.shared_data
def test_import_of_wordpress_own_test_data(run: Run, no_plugins: list[ModuleType]) -> None:
    assert lines(run("import", "wordpress", str(UNIT_TEST))) == [
        "32 comments in 52 threads, 49 of them closed.",
        "kind       published  held  spam  deleted  all",
        "comment    25         3     0     0        28",
        "pingback   2          0     0     0        2",
        "trackback  2          0     0     0        2",
    ]
    assert lines(run("import", "wordpress", str(UNIT_TEST))) == [
        "0 comments in 52 threads, 49 of them closed.",
        "32 were here from an earlier import.",
    ]


def test_import_that_fails_says_where_and_brings_nothing(run: Run, client: SiteClient, tmp_path: Path) -> None:
    file = tmp_path / "export.xml"
    for text, sentence in (
        ("", "The file is not well-formed XML"),
        ("<rss><channel><item></channel></rss>", "The file is not well-formed XML: mismatched tag, line 1"),
        ("<html></html>", "This is not a WordPress export: it begins with <html> instead of <rss>."),
        ('<!DOCTYPE x [<!ENTITY a "b">]><rss/>', "The file has a DTD"),
    ):
        file.write_text(text)
        assert sentence in run("import", "wordpress", str(file), fails=True).stderr
    assert client.stored() == []


def test_importer_and_site_must_be_there(run: Run, client: SiteClient, tmp_path: Path) -> None:
    file = tmp_path / "export.xml"
    file.write_text(WXR % "")
    unknown = run("import", "blogger", str(file), fails=True)
    assert unknown.stderr == "Error: There is no importer for 'blogger'. There are: embedcomments, wordpress.\n"
    nowhere = run("import", "wordpress", str(file), "--site", "nowhere", fails=True)
    assert nowhere.stderr == "Error: There is no site named 'nowhere' here.\n"
    assert "does not exist" in run("import", "wordpress", str(tmp_path / "missing"), fails=True).stderr


def test_plugins_importer_works_and_its_failure_is_told(
    run: Run, no_plugins: list[ModuleType], make_plugin: Callable[..., ModuleType], tmp_path: Path
) -> None:
    def read(stream: Any) -> list[ImportedThread]:
        if stream.read() != b"good":
            raise ValueError("no [good] here")
        return [ImportedThread(key="a", url=None, title=None, closed=True, comments=())]

    no_plugins.append(make_plugin("mine", register_importers=lambda: [Importer(name="mine", title="Mine", read=read)]))
    file = tmp_path / "export"
    file.write_text("good")
    assert lines(run("import", "mine", str(file))) == ["0 comments in 1 threads, 1 of them closed."]
    file.write_text("bad")
    assert "could not be read as mine: no [good] here" in run("import", "mine", str(file), fails=True).stderr


# Moderators, threads


@pytest.mark.parametrize("site", [None, "press"])
def test_moderators_link_signs_in(run: Run, client: SiteClient, site: str | None) -> None:
    client.parts.sites.add("press")
    printed = run("moderator", "link", "--name", "Ann", *(["--site", site] if site else []))
    found = re.fullmatch(r"http://localhost:8080(/admin/sign-in\?token=(\S+))\n", printed.stdout)
    assert found is not None
    desk = Desk(client)
    csrf = csrf_of(desk.get(found[1]).text)
    assert desk.send("/admin/sign-in", {"token": found[2]}, csrf=csrf).status_code == 303
    assert desk.get("/admin/press/site").status_code == 200
    assert desk.get("/admin/default/site").status_code == (401 if site else 200)
    missing = run("moderator", "link", "--site", "nowhere", fails=True)
    assert missing.stderr == "Error: There is no site named 'nowhere' here.\n"


def test_thread_is_closed_and_reopened_under_any_spelling_of_its_key(run: Run, client: SiteClient) -> None:
    key = "https://example.com/a"
    client.write("Hello", key=key)
    spelt = "HTTPS://example.com/a?utm_source=x"
    assert lines(run("thread", "close", spelt)) == [f"{spelt} is closed."]
    assert client.submit("Hello", key=key).status_code == 409
    assert lines(run("thread", "reopen", spelt)) == [f"{spelt} is open."]
    assert client.submit("Hello", key=key).status_code == 201
    missing = run("thread", "close", "nothing", fails=True)
    assert missing.stderr == "Error: There is no thread with that key.\n"


# Plugins


def test_plugins_are_listed_switched_on_and_off(
    run: Run, no_plugins: list[ModuleType], make_plugin: Callable[..., ModuleType]
) -> None:
    no_plugins += [
        make_plugin("one", info={"version": "1.2"}, comment_check=lambda draft: None, on_event=lambda event: None),
        make_plugin("two", info={"enabled_by_default": False}),
        ModuleType("[/odd]"),
    ]
    run("site", "add", "press")

    def listed() -> list[list[str]]:
        return [re.split(r"  +", line) for line in lines(run("plugin", "list"))]

    broken = ["[/odd] (module [/odd]) is disabled: It has no plugin_info of type PluginInfo."]
    assert listed() == [
        ["name", "version", "from", "on", "hooks"],
        ["one", "1.2", "module plugin_one", "everywhere", "comment_check, on_event"],
        ["two", "0.0.0", "module plugin_two", "nowhere"],
        broken,
    ]
    assert lines(run("plugin", "enable", "two", "--site", "press")) == ["two is on for press."]
    assert lines(run("plugin", "disable", "one")) == ["one is off for default."]
    assert [row[3] for row in listed()[1:3]] == ["press", "press"]
    missing = run("plugin", "enable", "three", fails=True)
    assert missing.stderr == "Error: There is no plugin 'three'; see: embedcomments plugin list\n"


def test_plugin_that_fails_when_it_is_switched_is_told(
    run: Run, no_plugins: list[ModuleType], make_plugin: Callable[..., ModuleType]
) -> None:
    def fail(ctx: Any) -> None:
        raise ValueError("no")

    no_plugins.append(make_plugin("one", site_disabled=fail))
    result = run("plugin", "disable", "one")
    assert lines(result) == ["one is off for default."]
    assert "It reported an error; the log above says which." in result.stderr


def test_plugins_own_commands_run_with_their_context(
    run: Run, no_plugins: list[ModuleType], make_plugin: Callable[..., ModuleType], client: SiteClient
) -> None:
    @click.command()
    @click.argument("site")
    def held(site: str) -> None:
        """Count what is held."""
        ctx = click.get_current_context().obj(site)
        click.echo(f"{ctx.plugin} {ctx.site.name} {ctx.comments.count(states=[CommentState.HELD])}")

    plugin = make_plugin("tool", info={"description": "A tool."}, register_commands=lambda: [held])
    no_plugins.append(plugin)
    comment = client.write("Hello")["comment"]["id"]
    client.set_state(comment, CommentState.HELD)
    assert lines(run("tool", "held", "default")) == ["tool default 1"]
    assert "  tool       A tool." in lines(run("--help"))
    assert "  held  Count what is held." in lines(run("tool", "--help"))
    assert run("tool", "held", "nowhere", fails=True).stderr == "Error: There is no site named 'nowhere' here.\n"
    run("plugin", "disable", "tool")
    off = run("tool", "held", "default", fails=True)
    assert off.stderr == "Error: The plugin tool is off on the site default.\n"
    assert "No such command 'nothing'" in run("nothing", fails=True).stderr


def test_a_shortcut_is_the_plugin_s_command_at_the_root(
    run: Run, no_plugins: list[ModuleType], make_plugin: Callable[..., ModuleType]
) -> None:
    @click.command()
    @click.argument("words", nargs=-1)
    def ring(words: tuple[str, ...]) -> None:
        """Ring a bell."""
        click.echo(f"{click.get_current_context().obj('default').plugin} {words}")

    no_plugins.append(make_plugin("tool", info={"shortcuts": ("ring",)}, register_commands=lambda: [ring]))
    assert lines(run("ring", "a", "b")) == lines(run("tool", "ring", "a", "b")) == ["tool ('a', 'b')"]
    assert "  ring       Ring a bell." in lines(run("--help"))
    assert "Ring a bell." in run("ring", "--help").stdout


# What goes wrong


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("posts_per_minute = ", "is not valid TOML"),
        ("\udcff", "is not valid TOML"),
        ("colour = 'red'", "Unknown setting 'colour' in the configuration file."),
        ("posts_per_minute = 'many'", "The setting 'posts_per_minute' cannot be 'many'; it must be int."),
        ("hook_timeout_s = 0", "The setting 'hook_timeout_s' cannot be 0; it must be float."),
        ("hook_timeout_s = nan", "The setting 'hook_timeout_s' cannot be nan; it must be float."),
        ("plugins = 5", "The setting 'plugins' cannot be 5"),
        ("plugins = {spam = 5}", "The setting 'plugins' cannot be {'spam': 5}"),
        ("outbound_ports = 80", "The setting 'outbound_ports' cannot be 80"),
        ("database_url = 'nonsense'", "The database cannot be used: Could not parse SQLAlchemy URL"),
        ("database_url = 'sqlite:////nowhere/at/all.db'", "The database's folder cannot be written to."),
        ("database_url = 'oracle://x/y'", "A package is missing for this configuration:"),
    ],
)
@pytest.mark.parametrize("command", [("site", "list"), ("serve", "--port", "0")])
def test_wrong_configuration_is_told_in_a_sentence(
    run: Run, no_plugins: list[ModuleType], data_dir: Path, text: str, sentence: str, command: tuple[str, ...]
) -> None:
    data_dir.mkdir()
    (data_dir / "embedcomments.toml").write_bytes(text.encode(errors="surrogateescape"))
    result = run(*command, fails=True)
    assert (result.stdout, result.exit_code) == ("", 1)
    assert result.stderr.startswith("Error: ")
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1
    assert "Usage:" in run("--help").stdout


def test_wrong_variable_is_told_in_a_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBEDCOMMENTS_TRUSTED_PROXIES", "all")
    result = run("site", "list", fails=True)
    assert result.stderr == "Error: The setting 'trusted_proxies' cannot be 'all'; it must be int.\n"


@pytest.mark.parametrize("command", [("site", "list"), ("serve", "--port", "0"), ("moderator", "link")])
def test_data_directory_that_cannot_be_is_told_in_a_sentence(
    run: Run, no_plugins: list[ModuleType], data_dir: Path, command: tuple[str, ...]
) -> None:
    data_dir.parent.joinpath("data").write_text("a file")
    result = run(*command, fails=True)
    assert "data" in result.stderr
    assert "Traceback" not in result.stderr
    data_dir.unlink()
    data_dir.mkdir()
    (data_dir / "embedcomments.sqlite3").mkdir()
    result = run(*command, fails=True)
    assert result.stderr.startswith("Error: The database cannot be ")
    (data_dir / "embedcomments.sqlite3").rmdir()
    (data_dir / "embedcomments.sqlite3").write_text("no database " * 100)
    result = run(*command, fails=True)
    assert result.stderr.startswith("Error: The database cannot be ")


def test_secret_key_is_made_once_and_for_nobody_else(run: Run, no_plugins: list[ModuleType], data_dir: Path) -> None:
    run("site", "list")
    key = data_dir / "secret.key"
    assert (key.stat().st_mode & 0o777, data_dir.stat().st_mode & 0o777) == (0o600, 0o700)
    before = key.read_text()
    run("site", "list")
    assert key.read_text() == before
    key.write_text("short")
    assert "secret.key is too short" in run("site", "list", fails=True).stderr


def test_version_is_that_of_the_package(run: Run) -> None:
    assert run("--version").stdout == f"embedcomments, version {version('embedcomments')}\n"
