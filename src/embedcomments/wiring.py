"""The one place where an instance is put together from its configuration."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import ModuleType

from embedcomments import __version__
from embedcomments.domain.configuration import Config
from embedcomments.domain.protocols import Clock, Outbound
from embedcomments.domain.sites import normalise_origin
from embedcomments.host.choices import Choices
from embedcomments.host.contexts import Contexts
from embedcomments.host.declarations import Importer
from embedcomments.host.dispatch import Dispatch
from embedcomments.host.extensions import HostedExtensions
from embedcomments.host.health import Health
from embedcomments.host.lifecycle import Lifecycle
from embedcomments.host.loading import load_plugins
from embedcomments.host.plugins import Plugins
from embedcomments.host.reports import FailureReports
from embedcomments.host.tables import with_tables
from embedcomments.host.work import LEASE, PluginWork
from embedcomments.services.accounts import Accounts
from embedcomments.services.auditing import Auditing
from embedcomments.services.clock import SystemClock
from embedcomments.services.commenting import Commenting
from embedcomments.services.desk_mail import ADDRESS_JOB, INVITATION_JOB, LINK_JOB, DeskMail
from embedcomments.services.exporting import Exporting
from embedcomments.services.feed.desk import DeskFeed
from embedcomments.services.feed.hints.carrier import HintCarrier
from embedcomments.services.feed.hints.sqlite import SqliteHints
from embedcomments.services.feed.hub import Hub
from embedcomments.services.feed.log import DatabaseChanges, DatabaseLog
from embedcomments.services.fingerprints import Fingerprints
from embedcomments.services.freshness import Freshness
from embedcomments.services.housekeeping import Housekeeping
from embedcomments.services.importing.own import FORMAT, read_own
from embedcomments.services.importing.wordpress import read_wordpress
from embedcomments.services.importing.write import ImportWriter
from embedcomments.services.jobs import JobRunner
from embedcomments.services.limits import RateLimits
from embedcomments.services.mailing.mailing import MAIL_JOB, Mailing
from embedcomments.services.mailing.settings import mail_settings
from embedcomments.services.moderating import Moderating
from embedcomments.services.notices import NOTICE_JOB, Notices
from embedcomments.services.outbound import GuardedOutbound
from embedcomments.services.overview import Overviews
from embedcomments.services.own_jobs import OwnJobs
from embedcomments.services.passwords import Passwords
from embedcomments.services.people import People
from embedcomments.services.privacy import Privacy
from embedcomments.services.reading import Reading
from embedcomments.services.recording import Recorder
from embedcomments.services.rendering import TextRenderer
from embedcomments.services.sanitizing import Sanitizer
from embedcomments.services.sealing import Sealer
from embedcomments.services.second_factor import SecondFactor
from embedcomments.services.signing_in import SigningIn
from embedcomments.services.sites import Sites
from embedcomments.services.threads import Threads
from embedcomments.services.tokens import Tokens, load_secret_key
from embedcomments.services.undoing import Undoing
from embedcomments.services.writers import Writers
from embedcomments.storage.database import Database
from embedcomments.storage.meta import get_fact, set_fact
from embedcomments.storage.migrate import migrate
from embedcomments.web.assets import Assets
from embedcomments.web.feed.loop import FeedLoop
from embedcomments.web.feed.route import limits_from
from embedcomments.web.kept_answers import KeptAnswers
from embedcomments.web.parts import Parts

SECRET_KEY_FILE = "secret.key"
DEFAULT_PUBLIC_URL = "http://localhost:8080"
PUBLIC_URL_FACT = "public_url"


@dataclass(frozen=True, kw_only=True)
class Instance:
    """Everything of one instance in one process. ``start`` it where requests are served, ``stop`` it at the end.

    ``importers``: by name, the core's and those of plugins.
    """

    parts: Parts
    feed_log: DatabaseLog
    feed_loop: FeedLoop
    desk_feed: DeskFeed
    jobs: JobRunner
    reports: FailureReports
    hints: HintCarrier
    import_writer: ImportWriter
    importers: Mapping[str, Importer]
    exporting: Exporting
    privacy: Privacy
    housekeeping: Housekeeping

    def start(self) -> None:
        """Begin to work off jobs, and tell the plugins. Not before a fork."""
        threading.Thread(target=self.parts.kept.warm, name="embedcomments-warm", daemon=True).start()
        self.jobs.start()
        self.parts.lifecycle.started()

    def stop(self, deadline_s: float = 15.0) -> None:
        """Say goodbye to sockets, finish the job at hand, tell the plugins, and close."""
        self.feed_loop.stop(deadline_s)
        self.jobs.stop()
        self.parts.lifecycle.stopping()
        self.reports.close()
        self.close()

    def close(self) -> None:
        """Write what waits and give connections back."""
        self.hints.stop()
        self.parts.database.close()


def prepare(config: Config, *, with_plugins: bool = True) -> None:
    """Make the data directory, and bring the database and plugins' tables up to date, without keeping anything open.

    ``with_plugins`` False loads no plugin and leaves their tables to ``build``.
    Raises Conflict when the database is newer than this program, Unavailable when it cannot be written to.
    """
    database, _ = _open(config, None if with_plugins else [])
    load_secret_key(config.data_dir / SECRET_KEY_FILE)
    database.close()


def build(
    config: Config,
    *,
    clock: Clock | None = None,
    outbound: Outbound | None = None,
    plugin_modules: list[ModuleType] | None = None,
) -> Instance:
    """An instance on ``config.data_dir``, which is made when it is not there, with its database brought up to date.

    ``clock``, ``outbound`` and ``plugin_modules`` (instead of what is installed) are for tests.
    Raises Conflict when the database is newer than this program, Unavailable when it cannot be written to.
    """
    clock = clock or SystemClock()
    database, plugins = _open(config, plugin_modules)
    public_url = _public_url(config, database)
    own_origin = normalise_origin("/".join(public_url.split("/")[:3]))
    freshness = Freshness(database)
    sites = Sites(database, freshness, clock, own_origin)
    sites.ensure_default()
    secret_key = load_secret_key(config.data_dir / SECRET_KEY_FILE)
    tokens = Tokens(secret_key)
    fingerprints = Fingerprints(secret_key)
    outbound = outbound or GuardedOutbound(
        ports=config.outbound_ports, allow=config.outbound_allow, user_agent=_user_agent(config.contact or public_url)
    )

    limits = RateLimits(config.redis_url)
    passwords = Passwords()
    second_factor = SecondFactor(Sealer(tokens.derived_key("totp")))
    signing_in = SigningIn(database, clock, passwords, second_factor, limits)
    people = People(database, clock, passwords)
    mailing = Mailing(database, clock, mail_settings(config.smtp_url, config.mail_from), lambda: jobs.wake())
    accounts = Accounts(database, clock, passwords, second_factor, tokens)
    desk_mail = DeskMail(
        mailing=mailing,
        signing_in=signing_in,
        people=people,
        accounts=accounts,
        sites=sites.all,
        public_url=public_url,
    )
    notices = Notices(
        database=database,
        clock=clock,
        mailing=mailing,
        tokens=tokens,
        site_by_id=sites.by_id,
        moderating=lambda: moderating,
        public_url=public_url,
    )
    own_jobs = {
        MAIL_JOB: mailing.run,
        LINK_JOB: desk_mail.run_link,
        INVITATION_JOB: desk_mail.run_invitation,
        ADDRESS_JOB: desk_mail.run_address,
        NOTICE_JOB: notices.run,
    }

    assets = Assets(plugins)
    choices = Choices(database, plugins, config.plugins, clock)
    contexts = Contexts(
        database=database,
        choices=choices,
        commenting=lambda: commenting,
        moderating=lambda: moderating,
        undoing=lambda: undoing,
        threads=lambda: threads,
        auditing=lambda: auditing,
        listeners=lambda site: extensions.event_listeners(site),
        mailing=mailing,
        judges=lambda site: extensions.judges(site),
        outbound=outbound,
        tokens=tokens,
        writers=Writers(database),
        fingerprints=fingerprints,
        clock=clock,
        public_url=public_url,
        wake=lambda: jobs.wake(),
    )
    dispatch = Dispatch(choices, contexts.of, Health(), timeout_s=config.hook_timeout_s)
    extensions = HostedExtensions(dispatch, choices, assets.modules)
    renderer = _renderer(plugins)

    feed_log = DatabaseLog(database, sites, tokens, extensions, own_origin, clock)
    desk_feed = DeskFeed(DatabaseChanges(database), partial(_may_watch, signing_in))

    def on_news() -> None:
        freshness.hint()
        desk_feed.news()

    hub = Hub(feed_log, on_news=on_news, also_watched=lambda: desk_feed.is_watched)
    hints = _hints(config, database, hub)
    recorder = Recorder(database, extensions, hints, sites.by_id)
    commenting = Commenting(database, extensions, renderer, tokens, clock, recorder, fingerprints)
    moderating = Moderating(database, recorder, hints, clock, renderer)
    undoing = Undoing(database, recorder, clock)
    auditing = Auditing(database, clock)
    threads = Threads(database, hints, clock)
    work = PluginWork(database, sites, choices, dispatch, contexts.of, clock)
    housekeeping = Housekeeping(database, clock, sites)
    reports = FailureReports(database, dispatch.health, clock)

    def every_minute() -> None:
        work.schedule()
        notices.schedule()
        housekeeping.run()
        reports.write()

    jobs = JobRunner(database, clock, OwnJobs(own_jobs, work.run).run, LEASE, every_minute)
    lifecycle = Lifecycle(plugins, dispatch, choices, sites, contexts.of)
    kept = KeptAnswers(freshness, sites.accepts)
    for path in assets.files:
        kept.add_file(path, partial(assets.snapshot, path))
    parts = Parts(
        config=config,
        clock=clock,
        database=database,
        sites=sites,
        reading=Reading(database, extensions, renderer, clock),
        commenting=commenting,
        moderating=moderating,
        overviews=Overviews(database, clock),
        undoing=undoing,
        auditing=auditing,
        threads=threads,
        renderer=renderer,
        signing_in=signing_in,
        people=people,
        accounts=accounts,
        second_factor=second_factor,
        sealer=Sealer(tokens.derived_key("desk")),
        mailing=mailing,
        desk_mail=desk_mail,
        notices=notices,
        tokens=tokens,
        limits=limits,
        freshness=freshness,
        extensions=extensions,
        plugins=plugins,
        choices=choices,
        contexts=contexts,
        dispatch=dispatch,
        assets=assets,
        kept=kept,
        public_url=public_url,
        lifecycle=lifecycle,
        open_sockets=lambda: feed_loop.sockets,
    )
    feed_loop = FeedLoop(hub, limits_from(config), companions=(hints, desk_feed))
    desk_feed.attach(feed_loop)
    return Instance(
        parts=parts,
        feed_log=feed_log,
        feed_loop=feed_loop,
        desk_feed=desk_feed,
        jobs=jobs,
        reports=reports,
        hints=hints,
        import_writer=ImportWriter(database, renderer, hints, clock),
        importers=_importers(plugins),
        exporting=Exporting(database),
        privacy=Privacy(database, extensions, recorder, clock),
        housekeeping=housekeeping,
    )


def _open(config: Config, plugin_modules: list[ModuleType] | None) -> tuple[Database, Plugins]:
    config.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(config.database_url or f"sqlite:///{config.sqlite_path}")
    try:
        migrate(database)
    except BaseException:
        database.close()
        raise
    found = load_plugins(plugins_dir=config.plugins_dir, disabled=config.disabled_plugins, modules=plugin_modules)
    return database, with_tables(database, found)


def _may_watch(signing_in: SigningIn, session: str, site_id: int) -> bool:
    moderator = signing_in.moderator(session)
    return moderator is not None and moderator.moderates(site_id)


def _public_url(config: Config, database: Database) -> str:
    """As configured, else as the last server on this database was: commands have no port of their own to tell."""
    if config.public_url:
        url = config.public_url.rstrip("/")
        with database.read() as connection:
            known = get_fact(connection, PUBLIC_URL_FACT)
        if known != url:
            database.write(lambda connection: set_fact(connection, PUBLIC_URL_FACT, url))
        return url
    with database.read() as connection:
        return get_fact(connection, PUBLIC_URL_FACT) or DEFAULT_PUBLIC_URL


def _user_agent(contact: str) -> str:
    return f"embedcomments/{__version__} (+{contact})"


def _hints(config: Config, database: Database, hub: Hub) -> HintCarrier:
    if config.redis_url:
        # Inside, because redis is an extra that most instances do without.
        from embedcomments.services.feed.hints.redis import RedisHints

        return RedisHints(hub, config.redis_url)
    if not database.is_sqlite:
        # Inside, because psycopg is an extra as well.
        from embedcomments.services.feed.hints.postgres import PostgresHints

        return PostgresHints(hub, database.url.render_as_string(hide_password=False))
    return SqliteHints(hub, lambda: database.data_version() or 0)


def _renderer(plugins: Plugins) -> TextRenderer:
    tags: set[str] = set()
    attributes: dict[str, set[str]] = {}
    classes: dict[str, set[str]] = {}
    for plugin in plugins.loaded:
        for allow in plugin.html_allow:
            tags |= allow.tags
            for tag, names in allow.attributes.items():
                attributes.setdefault(tag, set()).update(names)
            for tag, names in allow.classes.items():
                classes.setdefault(tag, set()).update(names)
    sanitizer = Sanitizer(tags=tags, attributes=attributes, classes=classes)
    return TextRenderer(sanitizer, [item.configure for plugin in plugins.loaded for item in plugin.renderers])


def _importers(plugins: Plugins) -> dict[str, Importer]:
    own = (
        Importer(name="wordpress", title="WordPress export (WXR)", read=read_wordpress),
        Importer(name=FORMAT, title="An export of embedcomments", read=read_own),
    )
    return {item.name: item for plugin in plugins.loaded for item in plugin.importers} | {
        item.name: item for item in own
    }
