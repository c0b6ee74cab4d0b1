"""The queue and the health of the server, on the desk."""

from __future__ import annotations

import re
import shutil
from collections import namedtuple
from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape
from types import ModuleType
from typing import Any

import pytest
from queries import statements_to
from site_client import SiteClient, notice_of

from embedcomments.api import Job, PluginContext
from embedcomments.domain.audit import AuditFilter
from embedcomments.storage import jobs as job_rows
from embedcomments.web.admin import health
from embedcomments.web.admin import jobs as jobs_page

JOBS, HEALTH = "/admin/default/jobs", "/admin/default/health"
DiskUsage = namedtuple("DiskUsage", "total used free")


class Worker:
    """A client whose plugins "worker" and "other" have a job that fails as long as ``fails`` says so."""

    def __init__(self, new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType]) -> None:
        self.ran: list[Any] = []
        self.fails = True

        def run(ctx: PluginContext, payload: Any) -> None:
            self.ran.append((ctx.plugin, ctx.site.name, payload["name"]))
            if self.fails:
                raise ValueError("<no>")

        plugins = [
            make_plugin(name, register_jobs=lambda: [Job(name="work", run=run, max_attempts=1)])
            for name in ("worker", "other")
        ]
        self.client = new_client(*plugins)
        self.client.parts.sites.add("press")

    def enqueue(self, *names: str, plugin: str = "worker", site: str = "default", **how: Any) -> None:
        found = self.client.parts.sites.get(site)
        item = self.client.parts.choices.find(found, plugin)
        assert item is not None
        for name in names:
            self.client.parts.contexts.of(item, found).jobs.enqueue("work", {"name": name}, **how)

    def bury(self, *names: str, **how: Any) -> None:
        """Have jobs fail for good."""
        self.enqueue(*names, **how)
        self.client.instance.jobs.run_due()
        self.ran.clear()

    def states(self, site: str = "default") -> dict[tuple[str, str], int]:
        with self.client.parts.database.read() as connection:
            return job_rows.count_jobs(connection, self.client.parts.sites.get(site).id)


@pytest.fixture
def worker(new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType]) -> Worker:
    return Worker(new_client, make_plugin)


def shown(html: str) -> list[tuple[str, str]]:
    """Ids and titles of the jobs on the page."""
    return [(number, unescape(title)) for number, title in re.findall(r'<h2 id="job-(\d+)">(.*?)</h2>', html)]


def test_job_that_was_given_up_is_shown_with_its_error_and_not_what_it_is_about(worker: Worker) -> None:
    worker.bury("ani@example.com")
    html = worker.client.sign_in().get(JOBS).text
    assert [title for _, title in shown(html)] == ["Worker: work"]
    assert ">ValueError: &lt;no&gt;</pre>" in html
    assert "ani@example.com" not in html


def test_one_is_tried_again_or_thrown_away(worker: Worker) -> None:
    worker.bury("one", "two")
    desk = worker.client.sign_in()
    (two, _), (one, _) = shown(desk.get(JOBS).text)
    for action in ("retry", "discard", "run", "drop"):
        desk.submit("/admin/press/jobs", {"id": one, "action": action})
        assert notice_of(desk.get("/admin/press/jobs").text) == "That job is not there any more."
    assert worker.states() == {("worker", "dead"): 2}
    desk.submit(JOBS, {"id": one, "action": "retry"})
    assert notice_of(desk.get(JOBS).text) == "It will be tried again now."
    worker.fails = False
    assert worker.client.instance.jobs.run_due() == 1
    desk.submit(JOBS, {"id": two, "action": "discard"})
    assert notice_of(desk.get(JOBS).text) == "Discarded."
    assert (worker.ran, worker.states()) == ([("worker", "default", "one")], {})
    for nonsense in ("", "x", "-1", "9" * 40, "٣", two):
        desk.submit(JOBS, {"id": nonsense, "action": "retry"})
        assert notice_of(desk.get(JOBS).text) == "That job is not there any more."
    assert "<h2>Nothing was given up</h2>" in desk.get(JOBS).text
    entries = worker.client.parts.auditing.all(AuditFilter(action="job."))
    assert [(entry.action, entry.subject.id, entry.actor) for entry in entries] == [
        ("job.retry", one, "Anahit"),
        ("job.discard", two, "Anahit"),
    ]


def test_all_of_a_plugin_are_tried_again_or_thrown_away(worker: Worker) -> None:
    worker.bury("one", "two")
    worker.bury("three", plugin="other")
    worker.bury("there", site="press")
    desk = worker.client.sign_in()
    assert len(shown(desk.get(JOBS).text)) == 3
    here = f"{JOBS}?plugin=worker"
    assert [title for _, title in shown(desk.get(here).text)] == ["Worker: work"] * 2
    assert desk.submit(here, {"action": "retry_all"}).headers["Location"] == here
    assert notice_of(desk.get(here).text) == "2 jobs will be tried again now."
    assert worker.states() == {("worker", "waiting"): 2, ("other", "dead"): 1}
    desk.submit(JOBS, {"action": "discard_all"})
    assert notice_of(desk.get(JOBS).text) == "1 job discarded."
    assert worker.states() == {("worker", "waiting"): 2}
    assert worker.states("press") == {("worker", "dead"): 1}
    desk.submit(JOBS, {"action": "discard_all"})
    assert notice_of(desk.get(JOBS).text) == "There was nothing to do."


def test_one_button_takes_a_bounded_number_and_the_oldest_first(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_page, "AT_ONCE", 2)
    worker.bury("one", "two", "three")
    desk = worker.client.sign_in()
    newest = shown(desk.get(JOBS).text)[0]
    desk.submit(JOBS, {"action": "discard_all"})
    assert notice_of(desk.get(JOBS).text) == "2 jobs discarded."
    assert shown(desk.get(JOBS).text) == [newest]


def test_waiting_job_runs_now_or_never(worker: Worker) -> None:
    worker.fails = False
    worker.enqueue("later", "never", after=timedelta(days=1))
    desk = worker.client.sign_in()
    here = f"{JOBS}?state=waiting"
    (never, _), (later, _) = shown(desk.get(here).text)
    desk.submit(here, {"id": later, "action": "run"})
    assert notice_of(desk.get(here).text) == "It will run now."
    desk.submit(here, {"id": never, "action": "drop"})
    worker.client.instance.jobs.run_due()
    assert (worker.ran, worker.states()) == ([("worker", "default", "later")], {})
    assert "<h2>Nothing waits</h2>" in desk.get(here).text
    assert "<h2>Nothing runs just now</h2>" in desk.get(f"{JOBS}?state=running").text


def test_jobs_stand_on_pages_of_fifty_and_cost_no_more_queries(worker: Worker) -> None:
    desk = worker.client.sign_in()
    counts = []
    with statements_to(worker.client.parts.database.engine) as seen:
        for more in (1, 50):
            worker.enqueue(*(str(number) for number in range(more)), after=timedelta(days=1))
            seen.clear()
            html = desk.get(f"{JOBS}?state=waiting").text
            counts.append(len(seen))
    assert counts[0] == counts[1]
    assert len(shown(html)) == 50
    older = re.search(r'<a class="btn" href="([^"]+)">Older', html)
    assert older is not None
    assert len(shown(desk.get(unescape(older[1])).text)) == 1


# Health


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    def have(free: int) -> None:
        monkeypatch.setattr(health.shutil, "disk_usage", lambda path: DiskUsage(100 << 30, (100 << 30) - free, free))

    real = shutil.disk_usage
    yield have
    health.shutil.disk_usage = real


def facts(html: str) -> dict[str, str]:
    return {
        unescape(title): " ".join(unescape(re.sub("<.*?>", " ", value)).split())
        for title, value in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", html)
    }


def test_health_tells_what_the_server_is_and_has(client: SiteClient, disk: Callable[..., None]) -> None:
    disk(20 << 30)
    html = client.sign_in().get(HEALTH).text
    found = facts(html)
    assert re.fullmatch(r"embedcomments \S+, Python 3\.\d+\.\d+", found["Version"])
    assert re.fullmatch(r"(SQLite|PostgreSQL) [\d.]+, \d[\d.]* [KM]iB", found["Database"])
    assert re.fullmatch(r"core \d{4}", found["Migrations"])
    assert found["Disk of the data directory"] == "20 GiB of 100 GiB free"
    assert found["Live feed"].startswith("0 open sockets")
    assert found["Last backup"].startswith("unknown")
    assert "Everything works." in html


@pytest.mark.parametrize("free", [4 << 30, 1 << 20])
def test_full_disk_needs_a_look(client: SiteClient, disk: Callable[..., None], free: int) -> None:
    disk(free)
    html = client.sign_in().get(HEALTH).text
    assert "Make room" in facts(html)["Disk of the data directory"]
    assert "Something needs a look." in html


def test_server_is_not_shown_to_the_moderator_of_one_site(client: SiteClient) -> None:
    html = client.sign_in(site="default").get(HEALTH).text
    assert facts(html) == {}
    assert "Everything works." in html


def test_health_tells_of_jobs_that_were_given_up_and_of_a_queue_that_stands_still(worker: Worker, clock: Any) -> None:
    desk = worker.client.sign_in()
    assert "None was given up" in desk.get(HEALTH).text
    worker.bury("one")
    html = desk.get(HEALTH).text
    assert ("1 given up" in html, "nobody works the queue off" in html) == (True, False)
    worker.enqueue("two")
    clock.advance(minutes=11)
    assert "nobody works the queue off" in desk.get(HEALTH).text


def test_failures_of_other_processes_are_told(worker: Worker) -> None:
    worker.client.parts.dispatch.health.failed("worker", "comment_check", "ValueError: no")
    worker.client.instance.reports.write()
    worker.client.parts.dispatch.health.__init__()  # type: ignore[misc]  # as in a process that saw none of it
    html = worker.client.sign_in().get(HEALTH).text
    assert "1 failure in other processes within a day." in html


@pytest.mark.parametrize(
    "number, words",
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 KiB"),
        (20480, "20 KiB"),
        (5 << 30, "5.0 GiB"),
        (3 << 40, "3.0 TiB"),
    ],
)
def test_sizes_are_told_as_people_read_them(number: int, words: str) -> None:
    assert health.size(number) == words
