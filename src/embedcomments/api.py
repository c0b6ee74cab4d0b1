"""All that a plugin needs, and the only module it imports from embedcomments."""

from embedcomments.domain.audit import AuditEntry, Subject
from embedcomments.domain.comments import Author, Comment, CommentKind, CommentState, Link, Sender, SourceFormat
from embedcomments.domain.drafts import Draft, Proof
from embedcomments.domain.errors import (
    EmbedCommentsError,
    MailNotSetUp,
    NotAllowed,
    OutboundError,
    OutboundForbidden,
    Rejected,
)
from embedcomments.domain.events import CommentEvent, EventKind, PluginEvent
from embedcomments.domain.identities import Actor, ActorKind, Badge, Identity, Moderator
from embedcomments.domain.importing import ImportedComment, ImportedThread
from embedcomments.domain.networks import network_around
from embedcomments.domain.permissions import Right, Role
from embedcomments.domain.protocols import Clock, Fetched, Outbound
from embedcomments.domain.sites import Site, SiteSettings
from embedcomments.domain.threads import Thread, ThreadRef, normalise_key
from embedcomments.domain.verdicts import Action, Refusal, Verdict
from embedcomments.host.context import Audit, Comments, Jobs, Mail, PluginContext, Tables
from embedcomments.host.declarations import (
    AdminPage,
    AuthProvider,
    Command,
    EventType,
    Exporter,
    FeedDocument,
    HtmlAllow,
    Importer,
    Job,
    Migrations,
    Page,
    PluginInfo,
    PluginRequest,
    PluginResponse,
    Redirect,
    Renderer,
    Route,
    Settings,
    UploadedFile,
    WidgetAsset,
)
from embedcomments.host.markers import hookimpl
from embedcomments.host.queue import Queue
from embedcomments.services.moderating import Batch
from embedcomments.services.queue import Around, Found

__all__ = [
    "Action",
    "Actor",
    "ActorKind",
    "AdminPage",
    "Around",
    "Audit",
    "AuditEntry",
    "AuthProvider",
    "Author",
    "Badge",
    "Batch",
    "Clock",
    "Command",
    "Comment",
    "CommentEvent",
    "CommentKind",
    "CommentState",
    "Comments",
    "Draft",
    "EmbedCommentsError",
    "EventKind",
    "EventType",
    "Exporter",
    "FeedDocument",
    "Fetched",
    "Found",
    "HtmlAllow",
    "Identity",
    "ImportedComment",
    "ImportedThread",
    "Importer",
    "Job",
    "Jobs",
    "Link",
    "Mail",
    "MailNotSetUp",
    "Migrations",
    "Moderator",
    "NotAllowed",
    "Outbound",
    "OutboundError",
    "OutboundForbidden",
    "Page",
    "PluginContext",
    "PluginEvent",
    "PluginInfo",
    "PluginRequest",
    "PluginResponse",
    "Proof",
    "Queue",
    "Redirect",
    "Refusal",
    "Rejected",
    "Renderer",
    "Right",
    "Role",
    "Route",
    "Sender",
    "Settings",
    "Site",
    "SiteSettings",
    "SourceFormat",
    "Subject",
    "Tables",
    "Thread",
    "ThreadRef",
    "UploadedFile",
    "Verdict",
    "WidgetAsset",
    "hookimpl",
    "network_around",
    "normalise_key",
]
