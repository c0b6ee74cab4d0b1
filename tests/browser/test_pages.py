"""The pages that people embed threads in: ours, strange ones, and hostile ones."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import pytest
from host_pages import HostPages, served
from nursery import QuickServer
from playwright.sync_api import expect
from readers import NO_CHANCE, Reader
from werkzeug.serving import make_server

Readers = Callable[..., Reader]
EXAMPLES = Path(__file__).parents[2] / "examples"


def example(path: str) -> ModuleType:
    """A module of an example."""
    spec = spec_from_file_location(
        f"browsed_{path.replace('/', '_').removesuffix('.py').replace('-', '_')}", EXAMPLES / path
    )
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@contextmanager
def running(site: ThreadingHTTPServer) -> Iterator[str]:
    with served(site):
        yield f"http://localhost:{site.server_port}"


def fill(server: QuickServer, key: str, number: int) -> list[dict[str, Any]]:
    """Post so many comments; as they were taken."""
    return [server.comment(f"Comment {n}", key=key).json["comment"] for n in range(1, number + 1)]


def test_permalink_to_a_comment_far_down_scrolls_to_it_and_marks_it(
    open_server: QuickServer, page_url: str, key: str, new_reader: Readers
) -> None:
    comments = fill(open_server, key, 130)
    deep = open_server.comment("Deep", key=key, parent_id=comments[119]["id"]).json["comment"]
    reader = new_reader(reduced_motion="reduce")
    reader.open(f"{page_url}#comment-{deep['id']}")
    article = reader.thread.locator(f"#comment-{deep['id']}")
    expect(article).to_have_class(re.compile(r"\baimed\b"))
    expect(article).to_be_in_viewport()
    assert reader.comment("Comment 1").count() == 1
    # "Show more" brings the rest once, with what is there already.
    reader.thread.get_by_role("button", name="Show more").click()
    expect(reader.thread.locator("article")).to_have_count(131)
    expect(reader.thread.get_by_role("button", name="Show more")).to_have_count(0)
    assert sorted(reader.texts(), key=len)[:1] == ["Deep"]
    assert [text for text in reader.texts() if text != "Deep"] == [f"Comment {n}" for n in range(1, 131)]


def test_later_pages_and_long_branches_come_when_asked_for(
    open_server: QuickServer, page_url: str, key: str, new_reader: Readers
) -> None:
    top = open_server.comment("Top", key=key).json["comment"]
    for number in range(1, 41):
        assert open_server.comment(f"Answer {number}", key=key, parent_id=top["id"]).status == 201
    fill(open_server, key, 90)
    reader = new_reader()
    reader.open(page_url)
    reader.thread.get_by_role("button", name="Show 10 more replies").click()
    expect(reader.comment("Answer 40")).to_be_visible()
    reader.thread.get_by_role("button", name="Show more").click()
    expect(reader.comment("Comment 90")).to_be_visible()
    wanted = ["Top", *(f"Answer {n}" for n in range(1, 41)), *(f"Comment {n}" for n in range(1, 91))]
    assert reader.texts() == wanted


def test_narrow_screen_never_scrolls_sideways(
    open_server: QuickServer, page_url: str, key: str, new_reader: Readers
) -> None:
    parent = None
    for depth in range(12):
        # Letters, because a text that differs in its numbers alone is a repetition, which the spam filter holds.
        text = f"At depth {'abcdefghijkl'[depth]} `{'x' * 60}` https://example.com/{'long/' * 20} {'W' * 90}"
        posted = open_server.comment(text, key=key, parent_id=parent, author={"name": "N" * 90})
        assert posted.status == 201
        parent = posted.json["comment"]["id"]
    open_server.comment("| a | b |\n|---|---|\n" + f"| {'w' * 80} | {'v' * 80} |\n\n```\n{'c' * 200}\n```", key=key)
    reader = new_reader(viewport={"width": 320, "height": 640})
    reader.open(page_url)
    reader.write("y" * 200)
    reader.page.wait_for_function("document.scrollingElement.scrollWidth <= 320")
    expect(reader.thread.locator("article")).to_have_count(13)
    assert reader.page.evaluate("document.scrollingElement.scrollWidth") <= 320


def test_one_can_write_and_answer_with_the_keyboard_alone(page_url: str, new_reader: Readers) -> None:
    reader = new_reader()
    reader.open(page_url)
    keyboard = reader.page.keyboard
    focused = """() => {
        let at = document.activeElement;
        while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
        return [at?.localName, at?.className, at?.name].join(" ").trim();
    }"""

    def tab_to(what: str) -> None:
        for _ in range(25):
            keyboard.press("Tab")
            if what in reader.page.evaluate(focused):
                return
        raise AssertionError(f"{what} was not reached")

    tab_to("textarea")
    keyboard.type("By keyboard")
    expect(reader.thread.locator("form.new button.post")).to_be_visible()
    tab_to("input  name")
    keyboard.type("Keys")
    tab_to("button post")
    keyboard.press("Enter")
    expect(reader.comment("By keyboard")).to_be_focused()
    expect(reader.comment("By keyboard").locator(".name")).to_have_text("Keys")
    tab_to("reply")
    keyboard.press("Enter")
    expect(reader.thread.locator("form.reply textarea")).to_be_focused()
    keyboard.type("An answer")
    keyboard.press("Control+Enter")
    expect(reader.comment("An answer")).to_be_focused()
    assert reader.texts() == ["By keyboard", "An answer"]


def test_strict_policy_is_not_violated_by_anything_one_does(open_server: QuickServer, new_reader: Readers) -> None:
    violations = """document.addEventListener("securitypolicyviolation", (event) =>
        (window.violations ??= []).push(`${event.violatedDirective} ${event.blockedURI}`));"""
    with running(example("strict-csp/serve.py").StrictServer(0, open_server.url)) as origin:
        reader, other = new_reader(script=NO_CHANCE + violations), new_reader()
        reader.open(origin)
        other.open(origin)
        form = reader.write("Under a *policy*", name="Strict")
        form.get_by_role("button", name="Preview").click()
        expect(form.locator(".preview em")).to_have_text("policy")
        form.locator("button.post").click()
        other.show_arrivals(1)
        other.post("An answer", to="Under a policy")
        reader.show_arrivals(1)
        reader.comment("Under a policy").locator(".edit-own").click()
        expect(reader.thread.locator("form.edit textarea")).to_have_value("Under a *policy*")
        reader.thread.locator("form.edit .cancel").click()
        assert reader.texts() == other.texts() == ["Under a policy", "An answer"]
        assert reader.page.evaluate("window.violations ?? []") == []


def test_single_page_app_adds_changes_and_removes_threads(open_server: QuickServer, new_reader: Readers) -> None:
    for key, text in (("spring", "Of spring"), ("autumn/leaves", "Of leaves"), ("autumn/soup", "Of soup")):
        open_server.comment(text, key=key)
    with running(example("spa/serve.py").AppServer(0, open_server.url)) as origin:
        reader = new_reader()
        reader.open(origin)
        assert reader.texts() == ["Of spring"]
        for name, wanted in (
            ("Autumn", ["Of leaves", "Of soup"]),
            ("Winter", []),
            ("Summer", []),
            ("Spring", ["Of spring"]),
            ("Autumn", ["Of leaves", "Of soup"]),
        ):
            reader.page.get_by_role("link", name=name).click()
            expect(reader.thread).to_have_count({"Autumn": 2, "Winter": 0}.get(name, 1))
            reader.wait_for(lambda: reader.texts() == wanted, f"{name} with {wanted}")  # noqa: B023
        # Moved by the page, a thread stays as it is, with what was begun in it.
        reader.thread.first.locator("form.new textarea").fill("Half a thought")
        reader.page.evaluate(
            "document.querySelector('embed-comments').parentElement.append(document.querySelector('embed-comments'))"
        )
        assert reader.texts() == ["Of soup", "Of leaves"]
        expect(reader.thread.last.locator("form.new textarea")).to_have_value("Half a thought")


def test_flask_site_shows_each_post_its_own_thread_and_counts(open_server: QuickServer, new_reader: Readers) -> None:
    open_server.comment("About hello", key="hello")
    for text in ("About tea", "More about tea"):
        open_server.comment(text, key="tea")
    app = example("flask-site/app.py").create_app(open_server.url)
    site = make_server("127.0.0.1", 0, app, threaded=True)
    site.daemon_threads = True  # type: ignore[attr-defined]
    with served(site) as site:  # type: ignore[type-var]
        reader = new_reader()
        origin = f"http://localhost:{site.server_port}"
        reader.open(f"{origin}/tea")
        assert reader.texts() == ["About tea", "More about tea"]
        reader.open(f"{origin}/hello")
        assert reader.texts() == ["About hello"]
        reader.page.goto(origin)
        expect(reader.page.locator("[data-embedcomments-count=hello]")).to_have_text("1")
        expect(reader.page.locator("[data-embedcomments-count=tea]")).to_have_text("2")


@pytest.fixture(scope="module")
def newspaper(start_server: Callable[..., QuickServer], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The demo: the newspaper with what was imported from its export; its server and its origin."""
    server = start_server()
    with served(example("newspaper/serve.py").NewspaperServer(0, server.url)) as site:
        export = (EXAMPLES / "newspaper" / "comments.wxr.xml").read_text("utf-8").replace("__ORIGIN__", site.origin)
        file = tmp_path_factory.mktemp("export") / "comments.xml"
        file.write_text(export, "utf-8")
        policy = str(EXAMPLES / "newspaper" / "policy.md")
        server.run("site", "add", "demo", "--origin", site.origin, "--policy", policy)
        server.run("import", "wordpress", str(file), "--site", "demo")
        yield server, site.origin


def test_newspaper_shows_counts_and_threads_and_asks_nobody_else(newspaper: Any, new_reader: Readers) -> None:
    server, origin = newspaper
    reader = new_reader()
    reader.page.goto(origin)
    counts = reader.page.locator("[data-embedcomments-count]")
    for element, number in zip(counts.all(), ("25", "3", "2"), strict=True):
        expect(element).to_have_text(number)
    reader.page.get_by_role("link", name="How do you weigh a bridge?").click()
    reader.thread.scroll_into_view_if_needed()
    reader.is_ready()
    expect(reader.thread.locator("article")).to_have_count(3)
    reader.post("From a reader")
    reader.open(f"{origin}/articles/printing-house.html#comments")
    expect(reader.thread.locator("article")).to_have_count(28)
    reader.page.goto(f"{origin}/articles/night-tram.html#comments")
    reader.is_ready()
    expect(reader.thread.get_by_text("This discussion is closed.")).to_be_visible()
    assert reader.hosts() == {urlsplit(server.url).netloc, urlsplit(origin).netloc}
    assert reader.context.cookies() == []


def test_who_only_reads_leaves_nothing_behind_but_where_they_read_to(
    open_server: QuickServer, page_url: str, key: str, new_reader: Readers
) -> None:
    fill(open_server, key, 3)
    reader = new_reader()
    reader.open(page_url)
    expect(reader.thread.locator("article")).to_have_count(3)
    assert reader.context.cookies() == []
    kept = "[localStorage.length, sessionStorage.length, document.cookie.length]"
    assert reader.page.evaluate(kept) == [0, 0, 0]
    visited = reader.wait_for(lambda: reader.page.evaluate("Object.keys(localStorage)"), "the visit")
    assert visited == ["embedcomments:visits"]
    assert reader.page.evaluate(kept) == [1, 0, 0]
    assert not any("cookie" in request.all_headers() for request in reader.requests)
    assert {request.method for request in reader.requests} == {"GET"}


HOSTILE_STYLE = """<style>
* { all: unset !important; display: none !important; }
html, body, embed-comments { display: block !important; }
article, textarea, button, .body, .bar { visibility: hidden !important; position: fixed !important; left: -9999px }
button { pointer-events: none !important }
</style>"""


def test_hostile_style_and_base_of_the_page_change_nothing(
    open_server: QuickServer, host: HostPages, key: str, new_reader: Readers
) -> None:
    head = f'<base href="https://elsewhere.example/deep/" target="_blank">{HOSTILE_STYLE}'
    url = host.embed(open_server.url, key, head=head, above='<div id="title">x</div><form name="embedcomments"></form>')
    reader, other = new_reader(), new_reader()
    for each in (reader, other):
        each.open(url)
    posted = reader.post("In spite of it", name="Stubborn")
    other.show_arrivals(1)
    expect(other.comment("In spite of it")).to_be_visible()
    link = other.comment("In spite of it").locator("a.when")
    assert link.evaluate("(element) => element.href") == f"{url}#comment-{posted['comment']['id']}"
    assert "elsewhere.example" not in str(sorted(reader.hosts() | other.hosts()))


def test_storage_that_throws_costs_nothing_but_memory(page_url: str, new_reader: Readers) -> None:
    throwing = """for (const name of ["localStorage", "sessionStorage"])
        Object.defineProperty(window, name, { get() { throw new DOMException("no", "SecurityError"); } });"""
    reader = new_reader(script=NO_CHANCE + throwing)
    reader.open(page_url)
    reader.post("Without storage", name="Nobody")
    reader.post("An answer", to="Without storage")
    expect(reader.comment("An answer").locator(".edit-own")).to_be_visible()
    assert reader.texts() == ["Without storage", "An answer"]


def test_page_that_changed_what_pages_can_change_still_works(
    open_server: QuickServer, host: HostPages, key: str, new_reader: Readers
) -> None:
    old_libraries = """<script>
        Array.prototype.first = function () { return this[0]; };
        Object.prototype.extra = "enumerable";
        String.prototype.trimmed = function () { return this.trim(); };
        window.name = "x"; window.status = "y";
    </script>"""
    reader = new_reader()
    reader.open(host.embed(open_server.url, key, head=old_libraries))
    reader.post("Works", name="Old page")
    assert reader.texts() == ["Works"]


def test_page_of_an_origin_that_is_not_registered_shows_no_comments(
    newspaper: Any, host: HostPages, new_reader: Readers
) -> None:
    server, _ = newspaper
    reader = new_reader()
    reader.page.goto(host.embed(server.url, "elsewhere", site="demo"))
    expect(reader.thread.get_by_role("alert")).to_contain_text("The comments could not be loaded.")
    # The browser says so in the console; that is no complaint of ours.
    reader.complaints[:] = [said for said in reader.complaints if "CORS policy" not in said]


def test_page_goes_on_when_the_server_is_gone(
    start_server: Callable[..., QuickServer], host: HostPages, new_reader: Readers
) -> None:
    server = start_server()
    server.comment("There", key="gone")
    url = host.embed(server.url, "gone")
    reader = new_reader()
    reader.open(url)
    server.kill()
    reader.page.evaluate("document.querySelector('embed-comments').dataset.key = 'other'")
    expect(reader.thread.get_by_text("The comments could not be loaded.")).to_be_visible()
    server.start()
    reader.thread.get_by_role("button", name="Try again").click()
    expect(reader.thread.get_by_text("Nobody has written yet.")).to_be_visible()


WATCH_PLACE = """
window.shifts = 0;
window.blank = 0;
new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => (shifts += value)))
  .observe({ type: "layout-shift", buffered: true });
// In each frame one of the two is seen, never neither or both.
const look = () => {
  const place = document.querySelector("embed-comments");
  const kept = place?.querySelector(".ec-prerendered");
  if (kept) {
    const own = place.shadowRoot?.querySelector(".list");
    if (!!kept.offsetHeight === !!own?.offsetHeight) blank++;
  }
  requestAnimationFrame(look);
};
look();
"""


def test_a_prerendered_thread_is_taken_over_without_a_flash(
    host: HostPages, open_server: QuickServer, key: str, new_reader: Readers
) -> None:
    for number in range(40):
        open_server.comment(f"Comment {number}", key=key)
    prerendered = open_server.get(f"/api/v1/sites/default/thread.html?part=1&key={key}").body.decode()
    url = host.add(
        "/prerendered",
        f"""<!doctype html><html lang="en"><title>A page</title><link rel="icon" href="data:,"><h1>A page</h1>
        <embed-comments data-key="{key}">{prerendered}</embed-comments>
        <script async src="{open_server.url}/embed.js"></script></html>""",
    )
    reader = new_reader(script=WATCH_PLACE)
    reader.open(url)
    assert len(reader.texts()) == 40
    assert reader.page.evaluate("blank") == 0
    assert reader.page.evaluate("shifts") < 0.01
    expect(reader.page.locator(".ec-prerendered")).to_be_hidden()


def test_a_prerendered_thread_stays_readable_while_the_server_is_gone(
    host: HostPages, open_server: QuickServer, key: str, new_reader: Readers
) -> None:
    open_server.comment("Built ahead", key=key)
    prerendered = open_server.get(f"/api/v1/sites/default/thread.html?part=1&key={key}").body.decode()
    url = host.add(
        "/prerendered",
        f"""<!doctype html><html lang="en"><title>A page</title><link rel="icon" href="data:,">
        <embed-comments data-key="{key}">{prerendered}</embed-comments>
        <script async src="{open_server.url}/embed.js"></script></html>""",
    )
    reader = new_reader()
    reader.page.route(re.compile(r"/thread\?"), lambda route: route.abort())
    reader.page.goto(url)
    expect(reader.thread.get_by_role("button", name="Try again")).to_be_visible()
    expect(reader.page.locator(".ec-prerendered").get_by_text("Built ahead")).to_be_visible()
    reader.page.unroute(re.compile(r"/thread\?"))
    reader.thread.get_by_role("button", name="Try again").click()
    expect(reader.page.locator(".ec-prerendered")).to_be_hidden()
    expect(reader.comment("Built ahead")).to_be_visible()
