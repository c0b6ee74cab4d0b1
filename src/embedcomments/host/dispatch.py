"""Calls the hooks of a site's plugins: isolated from one another, in order, each within its time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from embedcomments.domain.sites import Site
from embedcomments.host.choices import Choices, SitePlugin
from embedcomments.host.context import PluginContext
from embedcomments.host.fence import Failure, Fence
from embedcomments.host.health import Health

_log = logging.getLogger(__name__)

HOOK_TIMEOUT_S = 2.0
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """What one plugin answered to a hook. ``failed``: it raised, hung, answered nonsense or rests; no ``value``."""

    plugin: str
    value: Any
    failed: bool = False


class Dispatch:
    """The one place from which hooks are called.

    ``on_failure(plugin, hook, failure)`` is told of each failure after it was counted, in the caller's thread; what it
    raises goes to the caller. Tests have failures raised by it (embedcomments.testing).
    """

    def __init__(
        self,
        choices: Choices,
        context: Callable[[SitePlugin, Site], PluginContext],
        health: Health,
        timeout_s: float = HOOK_TIMEOUT_S,
    ) -> None:
        self._choices = choices
        self._context = context
        self._fence = Fence()
        self._timeout_s = timeout_s
        self.health = health
        self.on_failure: Callable[[str, str, Failure], None] | None = None

    def has(self, site: Site, hook: str) -> bool:
        """Whether any enabled plugin implements it."""
        return any(hook in item.plugin.hooks for item in self._choices.enabled(site))

    def call(
        self,
        site: Site,
        hook: str,
        arguments: Callable[[str], Mapping[str, Any]],
        *,
        accepts: Callable[[Any], bool],
        chain: str | None = None,
        first: Any = None,
        timeout_s: float | None = None,
        only: str | None = None,
        rests: bool = True,
    ) -> list[Answer]:
        """One answer for each enabled plugin that implements ``hook``, in order. ``timeout_s``: None for that of the
        instance.

        ``arguments(plugin)`` makes what the hook is handed beside ``ctx``, anew for each. ``accepts`` says whether an
        answer is of the form the hook promises. With ``chain`` the argument of that name is the last good answer
        before, ``first`` to begin with. ``only``: this plugin alone. ``rests`` False: called however often it failed
        before, because a person asks for it.
        """
        answers: list[Answer | None] = []
        steps: list[Callable[[Any], Any]] = []
        names: list[str] = []
        for item in self._choices.enabled(site):
            implementation = item.plugin.hooks.get(hook)
            if implementation is None or (only is not None and item.plugin.name != only):
                continue
            if rests and not self.health.admits(item.plugin.name, hook):
                answers.append(Answer(item.plugin.name, None, failed=True))
                continue
            answers.append(None)
            names.append(item.plugin.name)

            def step(value: Any, item: SitePlugin = item, implementation: Any = implementation) -> Any:
                given = dict(arguments(item.plugin.name))
                given["ctx"] = self._context(item, site)
                if chain is not None:
                    given[chain] = value
                answer = implementation.call(given)
                if answer is not None and not accepts(answer):
                    raise TypeError(f"it answered {_shown(answer)}")
                return answer

            steps.append(step)
        limit_s = self._timeout_s if timeout_s is None else timeout_s
        results = self._fence.run(steps, first, timeout_s=limit_s, label=(hook, *names)) if steps else []
        performance = self._fence.performance
        told = performance is not None and performance.repeats
        recorded = iter([self._record(hook, *pair, rests, told=told) for pair in zip(names, results, strict=True)])
        return [answer if answer is not None else next(recorded) for answer in answers]

    def conduct(self, work: Callable[[], T]) -> T:
        """The answer of ``work``, in which several hooks are called, with one handover for them all. Raises what it
        raises. It may be run again from its beginning, with the hooks' earlier answers: it must have no other effect.
        """
        return self._fence.conduct(work)

    def guard(self, plugin: str, what: str, work: Callable[[], Any], *, timeout_s: float) -> Any:
        """The answer of a route, a page or a job of a plugin. Raises what it raised, TimeoutError for one too slow."""
        (result,) = self._fence.run([lambda _: work()], timeout_s=timeout_s)
        if isinstance(result, Failure):
            self._record(what, plugin, result, False)
            if result.exception is not None:
                raise result.exception
            raise TimeoutError(result.error)
        self.health.succeeded(plugin, what)
        return result

    def report(self, plugin: str, what: str, error: Exception) -> None:
        """Count and tell a failure that was noticed only afterwards, in what a plugin answered."""
        self._record(what, plugin, Failure(f"{type(error).__name__}: {error}"[:500], error), False)

    def _record(self, hook: str, plugin: str, result: Any, rests: bool, told: bool = False) -> Answer:
        if told:
            failed = isinstance(result, Failure)
            return Answer(plugin, None if failed else result, failed=failed)
        if isinstance(result, Failure):
            self.health.failed(plugin, hook, result.error, may_rest=rests)
            _log.error("Plugin %s failed in %s: %s", plugin, hook, result.error, exc_info=result.exception)
            if self.on_failure is not None:
                self.on_failure(plugin, hook, result)
            return Answer(plugin, None, failed=True)
        self.health.succeeded(plugin, hook)
        return Answer(plugin, result)


def _shown(answer: Any) -> str:
    return f"a {type(answer).__name__} that the hook does not promise"


def is_json_by(keys: type, answer: Any) -> bool:
    """Whether an answer is a mapping with keys of that type."""
    return isinstance(answer, Mapping) and all(isinstance(key, keys) for key in answer)


def is_pairs(answer: Any) -> bool:
    """Whether an answer is a sequence of pairs of text."""
    return isinstance(answer, Sequence) and all(
        isinstance(pair, tuple)
        and len(pair) == 2
        and all(isinstance(part, str) and is_encodable(part) for part in pair)
        for pair in answer
    )


def is_encodable(text: str) -> bool:
    """Whether UTF-8 has it: half a surrogate pair is no text that could be sent."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
