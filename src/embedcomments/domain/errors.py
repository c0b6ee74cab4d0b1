"""The one tree of errors. Services raise them, ``web/problems.py`` maps them to HTTP."""

from __future__ import annotations

from typing import Any


class EmbedCommentsError(Exception):
    """Base of all errors that a caller may be told of.

    ``code`` is stable and part of the HTTP contract; the message is a sentence
    for people and may change. ``data`` goes into the answer beside them.
    """

    code = "error"

    def __init__(self, message: str, **data: Any) -> None:
        super().__init__(message)
        self.message = message
        self.data = data


class InvalidRequest(EmbedCommentsError):
    """The request is not of the documented form. ``data["errors"]``: field to list of sentences."""

    code = "invalid_request"


class MalformedRequest(EmbedCommentsError):
    """The request could not be read at all: not JSON, not UTF-8, nested too deep."""

    code = "malformed_request"


class BodyTooLarge(EmbedCommentsError):
    """The body is longer than this call takes."""

    code = "body_too_large"


class SiteNotFound(EmbedCommentsError):
    """No site has that name."""

    code = "site_not_found"


class ThreadNotFound(EmbedCommentsError):
    """No thread has that key, in a call that needs one."""

    code = "thread_not_found"


class CommentNotFound(EmbedCommentsError):
    """There is no such comment, or the caller may not know of it."""

    code = "comment_not_found"


class OriginNotAllowed(EmbedCommentsError):
    """The page's origin is not registered for the site."""

    code = "origin_not_allowed"


class ThreadClosed(EmbedCommentsError):
    """The thread takes no new comments."""

    code = "thread_closed"


class BranchClosed(EmbedCommentsError):
    """The comment, or one above it, takes no answers."""

    code = "branch_closed"


class Rejected(EmbedCommentsError):
    """A plugin refused the comment; the message is meant for its writer."""

    code = "rejected"


class RateLimited(EmbedCommentsError):
    """Too many requests. ``data["retry_after_s"]``: whole seconds to wait."""

    code = "rate_limited"


class BadToken(EmbedCommentsError):
    """The token is missing, forged or of another kind."""

    code = "bad_token"


class NotAllowed(EmbedCommentsError):
    """Known who asks, and they may not."""

    code = "not_allowed"


class EditWindowOver(EmbedCommentsError):
    """The comment is too old to be changed by its author."""

    code = "edit_window_over"


class IdempotencyKeyReused(EmbedCommentsError):
    """The key was used before with another body."""

    code = "idempotency_key_reused"


class Conflict(EmbedCommentsError):
    """The thing already exists or is in another state than the call needs."""

    code = "conflict"


class Unavailable(EmbedCommentsError):
    """The server cannot do it just now; trying again helps."""

    code = "unavailable"


class OutboundError(EmbedCommentsError):
    """A request to another server failed; trying again may help."""

    code = "outbound_failed"


class OutboundForbidden(OutboundError):
    """The address is one that this server never talks to. Final."""

    code = "outbound_forbidden"


class MailNotSetUp(Conflict):
    """This server has no way to send mail."""

    code = "mail_not_set_up"


class MailFailed(EmbedCommentsError):
    """The mail server did not take a mail; trying again may help."""

    code = "mail_failed"


class MailRefused(MailFailed):
    """The mail server refused a mail or its recipient. Final."""

    code = "mail_refused"


class ImportFailed(EmbedCommentsError):
    """The export file could not be read; nothing was imported."""

    code = "import_failed"


class PluginError(EmbedCommentsError):
    """A plugin's declaration is wrong; the plugin is disabled, the server goes on."""

    code = "plugin_error"
