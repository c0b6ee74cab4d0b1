"""What plugins declare at registration: frozen, checked once, owned by the host afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

import click
import marshmallow
from markdown_it import MarkdownIt

from embedcomments.domain.events import EventKind
from embedcomments.domain.identities import ActorKind
from embedcomments.domain.permissions import Role

if TYPE_CHECKING:  # contexts are built from declarations; only their types go the other way
    from embedcomments.domain.identities import Moderator
    from embedcomments.domain.importing import ImportedThread
    from embedcomments.host.context import PluginContext


@dataclass(frozen=True, kw_only=True, slots=True)
class PluginInfo:
    """A plugin's name card: the module-level ``plugin_info`` of every plugin.

    ``name``: lower case letters, digits and ``-``. ``api``: the version of the hooks it was written for.
    ``after``: names of plugins whose hooks run before its own, whatever order a site chooses.
    ``enabled_by_default``: on sites that never chose. ``shortcuts``: names of its commands that are also
    ``embedcomments NAME``. ``events_setting``: a setting of it without which a site has no events for its ``on_event``;
    each event that is heard costs a job. ``ignored_events``: pairs of kind and actor's kind of which it has no use.
    """

    name: str
    title: str
    version: str = "0.0.0"
    description: str = ""
    api: int = 1
    after: tuple[str, ...] = ()
    enabled_by_default: bool = True
    shortcuts: tuple[str, ...] = ()
    events_setting: str | None = None
    ignored_events: frozenset[tuple[EventKind, ActorKind]] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """A marshmallow schema whose fields carry ``metadata``: ``scope`` ("site", the default, or "instance"),
    ``secret`` (never shown again), ``public`` (goes to the widget), ``help``, ``title``, ``widget="textarea"``,
    ``group`` (the heading of the form under which neighbours of the same group stand).
    Every field needs a ``load_default``."""

    schema: type[marshmallow.Schema]


@dataclass(frozen=True, kw_only=True, slots=True)
class Migrations:
    """A folder with Alembic ``versions/``. The tables are named ``PLUGIN_…`` (``-`` becomes ``_``). Revisions that
    make, change or write into any other table are undone, and the plugin is disabled visibly."""

    folder: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class UploadedFile:
    """A file that came with a form of an admin page. ``name`` is what the browser calls it: hostile input."""

    name: str
    content: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class PluginRequest:
    """An HTTP request as plugins see it. ``query`` and ``form`` hold the first value of each name,
    ``form_lists`` all; ``files`` those of a form with ``enctype="multipart/form-data"`` on an admin page, which may be
    1 MiB long. ``url`` is the full URL that was called; ``moderator`` is None outside admin pages.
    ``fragment``: a script of the admin page asks (see AdminPage), and gets what is answered without a frame.
    ``identity_id``: the writer whom an edit token in ``Authorization`` proves, None without."""

    method: str
    path: str
    url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    address: str
    form: Mapping[str, str] = field(default_factory=dict)
    form_lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    moderator: Moderator | None = None
    fragment: bool = False
    identity_id: str | None = None
    files: Mapping[str, UploadedFile] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class PluginResponse:
    """A plugin's answer. ``body`` of str is sent as UTF-8."""

    body: bytes | str = b""
    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """The inner part of a page: a Jinja template of the plugin's ``templates`` folder (escaped by default) and its
    values. Of an admin page the host adds frame, navigation and CSRF protection: each form holds
    ``{{ csrf_field }}``. A page that a route answers is for readers: it stands alone below the site's name, knows
    nobody, and what its forms may change must be proven by something in them, such as what ``ctx.signer`` signed.
    ``lang``: the language of its words (BCP 47), which the frame takes on."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    status: int = 200
    lang: str = "en"


@dataclass(frozen=True, kw_only=True, slots=True)
class Redirect:
    """See another admin page of the same plugin: ``path`` is relative to it ("" is its first page).
    ``notice`` is a sentence shown there once."""

    path: str = ""
    notice: str = ""


RouteHandler = Callable[["PluginContext", PluginRequest], "PluginResponse | Page | Mapping[str, Any] | Sequence[Any]"]
AdminHandler = Callable[["PluginContext", PluginRequest], "Page | Redirect | PluginResponse | Mapping[str, Any]"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """``/p/PLUGIN/SITE/PATH``. ``path`` has no leading slash and may be "". A Mapping or a list is answered as JSON, a
    Page as a page for readers.

    ``cors``: the site's pages may call it from the browser. Bodies longer than ``max_body_bytes`` are refused (413).
    """

    path: str
    handler: RouteHandler
    methods: tuple[str, ...] = ("GET",)
    max_body_bytes: int = 65_536
    cors: bool = True
    per_minute: int = 120


@dataclass(frozen=True, kw_only=True, slots=True)
class AdminPage:
    """``/admin/SITE/PLUGIN/PATH``: only for signed-in people of the site, never framed, POST with CSRF token.
    Pages with a ``title`` stand in the navigation; ``badge`` may give a number to show beside it.

    ``role``: the least role (``Role.REVIEWER``, ``MODERATOR``, ``OWNER``) to which it opens; ``post_role``: that for
    POST, where it is a greater one. Within the page ``ctx.comments`` does what the moderator's role allows and no more,
    else it raises NotAllowed; ``request.moderator.may(right, ctx.site.id)`` tells beforehand.

    ``scripts`` (ES modules, .js) and ``styles`` (.css) are files of the package, loaded with the page from this server
    under the hash of their bytes; the desk's policy allows nothing inline and no string as HTML (Trusted Types).
    A script may call the page with the header ``Embedcomments-Fragment: 1``: the same handler under the same rights,
    but a Page comes without its frame, a Redirect as JSON ``{"location", "notice"}`` and an error as problem+json.
    A Mapping is answered as JSON to anybody. ``live``: the page hears what happens to the site's comments, as
    ``embedcomments:changed`` on ``document`` (see docs/desk-scripts.md)."""

    path: str
    handler: AdminHandler
    title: str = ""
    methods: tuple[str, ...] = ("GET", "POST")
    badge: Callable[[PluginContext], int] | None = None
    scripts: tuple[Path, ...] = ()
    styles: tuple[Path, ...] = ()
    live: bool = False
    role: Role = Role.MODERATOR
    post_role: Role | None = None

    def least_role(self, method: str) -> Role:
        """The role that a request of that method needs."""
        return self.post_role if method == "POST" and self.post_role is not None else self.role


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """Work for later, durable and retried with backoff: ``run(ctx, payload)``.

    ``every_s``: runs on its own, once per site and period, with an empty payload. ``timeout_s`` is how long a run
    may take before another may start.
    """

    name: str
    run: Callable[[PluginContext, Mapping[str, Any]], None]
    every_s: int | None = None
    max_attempts: int = 8
    timeout_s: int = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class EventType:
    """An event of the plugin's own, published with ``ctx.publish(name, …)`` and heard through ``on_event``."""

    name: str
    description: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AuthProvider:
    """Another way for moderators to sign in, offered on ``/admin/sign-in`` while the plugin is on for any site.

    ``begin`` answers with a redirect to the provider, which sends the browser back to ``/admin/sign-in/NAME/complete``;
    ``complete`` gets its answer and returns the proven e-mail address of the moderator, or None. Both requests have the
    header ``embedcomments-browser``: the same words in the same browser, to be signed into the provider's ``state``
    and compared, so that nobody is signed in by the answer to another's request."""

    name: str
    title: str
    begin: Callable[[PluginContext, PluginRequest], PluginResponse]
    complete: Callable[[PluginContext, PluginRequest], str | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Renderer:
    """A change to the Markdown parser: ``configure(md)`` may ``md.use(plugin)`` or enable rules. Applied at start."""

    name: str
    configure: Callable[[MarkdownIt], object]


@dataclass(frozen=True, kw_only=True, slots=True)
class HtmlAllow:
    """What the sanitizer lets through beyond its own list. Elements and attributes that run code are refused
    at registration. ``classes``: tag to allowed class names."""

    tags: frozenset[str] = frozenset()
    attributes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    classes: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class WidgetAsset:
    """An ES module for the widget, served as an immutable file. ``when``: loaded with the thread, not before a reader
    uses the form, with threads alone of which the plugin's ``thread_fields`` said something ("fields"), or not before
    a reader opens the menu of a comment. A module behind the menu comes with the thread where the page's storage has
    something under ``embedcomments:PLUGIN``, or the page's address ends in a fragment that begins with
    ``embedcomments-PLUGIN``.
    ``setting``: the name of a setting of the plugin; only sites where it is true get the module."""

    file: Path
    when: Literal["form", "thread", "fields", "menu"] = "thread"
    setting: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedDocument:
    """A feed of the site, ``/p/PLUGIN/SITE/feeds/NAME``, told to feed readers in ``thread.html``."""

    name: str
    title: str
    content_type: str
    build: Callable[[PluginContext, PluginRequest], bytes]


@dataclass(frozen=True, kw_only=True, slots=True)
class Importer:
    """``embedcomments import NAME FILE``: reads an export of another system into threads, parents before children."""

    name: str
    title: str
    read: Callable[[BinaryIO], Sequence[ImportedThread]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Exporter:
    """``embedcomments export NAME``: writes a site to a file."""

    name: str
    title: str
    write: Callable[[PluginContext, BinaryIO], None]


Command = click.Command
