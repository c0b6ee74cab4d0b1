"""All that a plugin needs, and the only module it imports from embedcomments."""

from embedcomments.domain.comments import Author, Comment, CommentKind, CommentState, Link, SourceFormat
from embedcomments.domain.drafts import Draft, Proof
from embedcomments.domain.errors import EmbedCommentsError, OutboundError, OutboundForbidden, Rejected
from embedcomments.domain.events import CommentEvent, EventKind, PluginEvent
from embedcomments.domain.identities import Actor, ActorKind, Identity, Moderator
from embedcomments.domain.importing import ImportedComment, ImportedThread
from embedcomments.domain.protocols import Clock, Fetched, Outbound
from embedcomments.domain.sites import Site, SiteSettings
from embedcomments.domain.threads import Thread, ThreadRef, normalise_key
from embedcomments.domain.verdicts import Action, Refusal, Verdict
from embedcomments.host.context import Comments, Jobs, PluginContext, Tables
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
    WidgetAsset,
)
from embedcomments.host.markers import hookimpl

__all__ = [
    "Action",
    "Actor",
    "ActorKind",
    "AdminPage",
    "AuthProvider",
    "Author",
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
    "HtmlAllow",
    "Identity",
    "ImportedComment",
    "ImportedThread",
    "Importer",
    "Job",
    "Jobs",
    "Link",
    "Migrations",
    "Moderator",
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
    "Redirect",
    "Refusal",
    "Rejected",
    "Renderer",
    "Route",
    "Settings",
    "Site",
    "SiteSettings",
    "SourceFormat",
    "Tables",
    "Thread",
    "ThreadRef",
    "Verdict",
    "WidgetAsset",
    "hookimpl",
    "normalise_key",
]
