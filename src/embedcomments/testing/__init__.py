"""For those who write plugins: an app in memory, a world around it, and the conformance check.

The fixtures ``embedcomments_app``, ``embedcomments_clock`` and ``embedcomments_network`` are there in every test of a
project that has embedcomments installed; see docs/plugin-testing.md. Names here are loaded when they are first used,
because pytest imports this package at each start, also in projects that test something else.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from embedcomments.testing.app import App, PluginFailed
    from embedcomments.testing.checking import Check, Report, check_plugin
    from embedcomments.testing.clock import ManualClock
    from embedcomments.testing.contexts import RecordedJobs, RecordedMail, make_context
    from embedcomments.testing.desk import Desk
    from embedcomments.testing.makers import make_comment, make_draft, make_import, make_request, make_site, make_thread
    from embedcomments.testing.network import FakeNetwork, SentRequest

_PLACES = {
    "App": "app",
    "Check": "checking",
    "Desk": "desk",
    "FakeNetwork": "network",
    "ManualClock": "clock",
    "PluginFailed": "app",
    "RecordedJobs": "contexts",
    "RecordedMail": "contexts",
    "Report": "checking",
    "SentRequest": "network",
    "check_plugin": "checking",
    "make_comment": "makers",
    "make_context": "contexts",
    "make_draft": "makers",
    "make_import": "makers",
    "make_request": "makers",
    "make_site": "makers",
    "make_thread": "makers",
}

__all__ = [
    "App",
    "Check",
    "Desk",
    "FakeNetwork",
    "ManualClock",
    "PluginFailed",
    "RecordedJobs",
    "RecordedMail",
    "Report",
    "SentRequest",
    "check_plugin",
    "make_comment",
    "make_context",
    "make_draft",
    "make_import",
    "make_request",
    "make_site",
    "make_thread",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_PLACES[name]}"), name)
