"""pluggy's markers under the project's name."""

import pluggy

PROJECT = "embedcomments"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
