"""How often plugins failed reaches other processes by way of the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from types import ModuleType
from typing import Any

from embedcomments.host.health import Health
from embedcomments.host.reports import FailureReports, recent_failures


def test_failures_of_all_processes_add_up_and_go_after_a_day(
    new_host: Callable[..., Any], make_plugin: Callable[..., ModuleType]
) -> None:
    def fail(ctx: Any, draft: Any) -> None:
        raise RuntimeError("out of order")

    host = new_host(make_plugin("sick", comment_check=fail))
    database, clock = host.parts.database, host.parts.clock

    def told() -> dict[str, Counter[str]]:
        with database.read() as connection:
            return recent_failures(connection, clock.now())

    host.instance.reports.write()
    assert told() == {}
    host.submit("One")
    host.submit("Two")
    host.instance.reports.write()
    other = Health()
    other.failed("sick", "comment_check", "too slow")
    other.failed("ill", "route x", "no")
    FailureReports(database, other, clock).close()
    assert told() == {"sick": Counter(comment_check=3), "ill": Counter({"route x": 1})}
    clock.moment += timedelta(days=1)
    assert told() == {}
    host.submit("Three")
    host.instance.reports.write()
    assert told() == {"sick": Counter(comment_check=3)}
    with database.read() as connection:
        assert recent_failures(connection, clock.now() - timedelta(days=1)) == told()  # the other's is gone for good
