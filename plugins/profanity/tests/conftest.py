"""Contexts with settings, and drafts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

import embedcomments_profanity
from embedcomments.api import Draft, PluginContext
from embedcomments.testing import make_context
from embedcomments.testing import make_draft as testing_draft


@pytest.fixture
def make_ctx() -> Callable[..., PluginContext]:
    return partial(make_context, embedcomments_profanity)


@pytest.fixture
def make_draft() -> Callable[..., Draft]:
    return testing_draft
