"""The plugins of a site as services see them, with the policy of each hook when a plugin fails."""

from __future__ import annotations

import copy
import math
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields as fields_of
from dataclasses import replace
from operator import attrgetter
from threading import Lock
from typing import Any, TypeVar

import orjson

from embedcomments.domain.comments import Author, Comment, Link
from embedcomments.domain.drafts import Draft
from embedcomments.domain.events import Listener
from embedcomments.domain.identities import Actor, Identity
from embedcomments.domain.protocols import PersonalData, WidgetModule, WidgetParts
from embedcomments.domain.sites import Site
from embedcomments.domain.threads import Thread
from embedcomments.domain.verdicts import Action, Decision, Refusal, Verdict, strictest
from embedcomments.host.choices import Choices
from embedcomments.host.dispatch import Answer, Dispatch, is_encodable, is_json_by, is_pairs
from embedcomments.host.settings import public_settings

# What of a draft a transform may not change.
_FIXED = attrgetter(*(field.name for field in fields_of(Draft) if field.name not in ("text", "author", "link")))
PERSONAL_DATA_TIMEOUT_S = 30.0
T = TypeVar("T")
MAX_PAGES = 10_000  # about 2 MB
ANSWER_DEPTH = 16  # more than any answer has around what a plugin adds


class HostedExtensions:
    """Answers domain.protocols.Extensions by way of the hooks."""

    def __init__(
        self, dispatch: Dispatch, choices: Choices, asset_urls: Callable[[str], Sequence[WidgetModule]]
    ) -> None:
        self._dispatch = dispatch
        self._choices = choices
        self._asset_urls = asset_urls
        self._pages: OrderedDict[tuple[int, str], None] = OrderedDict()
        self._pages_lock = Lock()

    def conduct(self, work: Callable[[], T]) -> T:
        """See Extensions.conduct."""
        return self._dispatch.conduct(work)

    def verify(self, site: Site, draft: Draft, proofs: Mapping[str, Any]) -> Refusal | Verdict | None:
        """See Extensions.verify. A plugin that fails refuses, for what it guards against may be at work, unless the
        site would rather look at such submissions itself. What another plugin refuses is refused all the same."""

        def arguments(plugin: str) -> dict[str, Any]:
            proof = proofs.get(plugin)
            return {"draft": draft, "proof": copy.deepcopy(proof) if isinstance(proof, dict) else {}}

        held: Verdict | None = None
        for answer in self._dispatch.call(site, "submission_verify", arguments, accepts=_is_refusal):
            if answer.failed and site.settings.on_failed_verify == "hold":
                held = held or Verdict(action=Action.HOLD, reason="The verification failed.", plugin=answer.plugin)
            elif answer.failed:
                return Refusal(
                    message="Your comment could not be checked just now. Try again soon.", plugin=answer.plugin
                )
            elif isinstance(answer.value, Refusal):
                return replace(answer.value, plugin=answer.plugin)
            elif answer.value is not None:
                said = replace(answer.value, plugin=answer.plugin)
                held = said if held is None or said.action is Action.SPAM else held
        return held

    def transform(self, site: Site, draft: Draft) -> Draft:
        """See Extensions.transform. A plugin that fails, or changes what it may not, is passed over."""

        fixed = _FIXED(draft)

        def accepts(value: Any) -> bool:
            return value is draft or (
                type(value) is Draft
                and _is_text(value.text)
                and (value.author is draft.author or _is_author(value.author))
                and (value.link is draft.link or value.link is None or _is_link(value.link))
                and _FIXED(value) == fixed
            )

        answers = self._dispatch.call(site, "comment_transform", _nothing, accepts=accepts, chain="draft", first=draft)
        changed: Draft = _last(answers, draft)
        return changed

    def check(self, site: Site, draft: Draft) -> Decision:
        """See Extensions.check. A plugin that fails has the comment held: a person will look."""
        verdicts = []
        for answer in self._dispatch.call(site, "comment_check", lambda _: {"draft": draft}, accepts=_is_verdict):
            if answer.failed:
                verdicts.append(Verdict(action=Action.HOLD, reason="The check failed.", plugin=answer.plugin))
            elif answer.value is not None:
                verdicts.append(replace(answer.value, plugin=answer.plugin))
        return strictest(verdicts)

    def html(self, site: Site, html: str, draft: Draft) -> str:
        """See Extensions.html."""
        answers = self._dispatch.call(
            site,
            "comment_html",
            lambda _: {"draft": draft},
            accepts=_is_text,
            chain="html",
            first=html,
        )
        return str(_last(answers, html))

    def comment_fields(self, site: Site, comments: Sequence[Comment], viewer: Actor) -> Mapping[str, Mapping[str, Any]]:
        """See Extensions.comment_fields."""
        if not comments:
            return {}
        subjects = tuple(comments)
        known = {comment.id for comment in subjects}
        fields: dict[str, dict[str, Any]] = {}
        for answer in self._dispatch.call(
            site,
            "comment_fields",
            lambda _: {"comments": subjects, "viewer": viewer},
            accepts=lambda value: is_json_by(str, value) and _is_json(value),
        ):
            for comment_id, value in _own(answer.value).items():
                if comment_id in known:
                    fields.setdefault(comment_id, {})[answer.plugin] = value
        return fields

    def thread_fields(self, site: Site, threads: Sequence[Thread], viewer: Actor) -> Mapping[int, Mapping[str, Any]]:
        """See Extensions.thread_fields."""
        subjects = tuple(threads)
        fields: dict[int, dict[str, Any]] = {}
        for answer in self._dispatch.call(
            site,
            "thread_fields",
            lambda _: {"threads": subjects, "viewer": viewer},
            accepts=lambda value: is_json_by(int, value) and _is_json(list(value.values())),
        ):
            for thread_id, value in _own(answer.value).items():
                fields.setdefault(thread_id, {})[answer.plugin] = value
        return fields

    def permits(self, site: Site, actor: Actor, action: str, comments: Sequence[Comment]) -> Mapping[str, bool]:
        """See Extensions.permits. A plugin that fails denies."""
        subjects = tuple(comments)
        allowed = {comment.id: True for comment in subjects}
        for answer in self._dispatch.call(
            site,
            "permissions",
            lambda _: {"actor": actor, "action": action, "subjects": subjects},
            accepts=lambda value: is_json_by(str, value) and all(isinstance(item, bool) for item in value.values()),
        ):
            if answer.failed:
                return dict.fromkeys(allowed, False)
            for comment_id, allows in (answer.value or {}).items():
                if comment_id in allowed and not allows:
                    allowed[comment_id] = False
        return allowed

    def widget(self, site: Site) -> WidgetParts:
        """See Extensions.widget."""
        config: dict[str, Any] = {}
        modules: list[WidgetModule] = []
        for item in self._choices.enabled(site):
            public = public_settings(item.plugin, item.settings)
            if public:
                config[item.plugin.name] = public
            modules.extend(
                module
                for module in self._asset_urls(item.plugin.name)
                if module.setting is None or item.settings.get(module.setting)
            )
        for answer in self._dispatch.call(
            site, "widget_config", _nothing, accepts=lambda value: is_json_by(str, value) and _is_json(value)
        ):
            if answer.value:
                config[answer.plugin] = {**config.get(answer.plugin, {}), **_own(answer.value)}
        return WidgetParts(config=config, modules=modules)

    def discovery_links(self, site: Site, thread: Thread | None) -> Sequence[tuple[str, str]]:
        """See Extensions.discovery_links."""
        answers = self._dispatch.call(site, "discovery_links", lambda _: {"thread": thread}, accepts=is_pairs)
        return [pair for answer in answers for pair in answer.value or ()]

    def page_seen(self, site: Site, url: str) -> None:
        """See Extensions.page_seen. Which pages were told of is forgotten when there are very many."""
        with self._pages_lock:
            if (site.id, url) in self._pages:
                return
            self._pages[site.id, url] = None
            if len(self._pages) > MAX_PAGES:
                self._pages.popitem(last=False)
        self._dispatch.call(site, "page_seen", lambda _: {"url": url}, accepts=_is_none)

    def event_listeners(self, site: Site) -> Sequence[Listener]:
        """See Extensions.event_listeners."""
        return [
            Listener(item.plugin.name, item.plugin.info.ignored_events)
            for item in self._choices.enabled(site)
            if "on_event" in item.plugin.hooks
            and ((setting := item.plugin.info.events_setting) is None or item.settings.get(setting))
        ]

    def judges(self, site: Site) -> Sequence[str]:
        """The site's plugins that say which comments may be published."""
        return [item.plugin.name for item in self._choices.enabled(site) if "comment_check" in item.plugin.hooks]

    def export_personal_data(self, site: Site, identity: Identity) -> PersonalData:
        """See Extensions.export_personal_data."""
        hook = "export_personal_data"
        answers = self._dispatch.call(
            site,
            hook,
            lambda _: {"identity": identity},
            accepts=lambda value: is_json_by(str, value) and _is_json(value),
            timeout_s=PERSONAL_DATA_TIMEOUT_S,
            rests=False,
        )
        failed = [answer.plugin for answer in answers if answer.failed]
        return PersonalData(
            known={answer.plugin: answer.value for answer in answers if answer.value},
            incomplete=[*failed, *self._switched_off(site, hook)],
        )

    def erase_personal_data(self, site: Site, identity: Identity) -> Sequence[str]:
        """See Extensions.erase_personal_data."""
        hook = "erase_personal_data"
        answers = self._dispatch.call(
            site,
            hook,
            lambda _: {"identity": identity},
            accepts=_is_none,
            timeout_s=PERSONAL_DATA_TIMEOUT_S,
            rests=False,
        )
        return [*(answer.plugin for answer in answers if answer.failed), *self._switched_off(site, hook)]

    def _switched_off(self, site: Site, hook: str) -> list[str]:
        """Plugins with that hook which the site switched off: they may still have what they once stored."""
        return [
            item.plugin.name
            for item in self._choices.all(site)
            if not item.enabled
            and hook in item.plugin.hooks
            and self._choices.stored(site, item.plugin.name).enabled is False
        ]


def _nothing(_plugin: str) -> dict[str, Any]:
    return {}


def _is_none(value: Any) -> bool:
    return value is None


def _last(answers: Sequence[Answer], first: Any) -> Any:
    good = [answer.value for answer in answers if not answer.failed and answer.value is not None]
    return good[-1] if good else first


def _is_refusal(value: Any) -> bool:
    if isinstance(value, Verdict):
        return _is_verdict(value) and value.action in (Action.HOLD, Action.SPAM)
    return isinstance(value, Refusal) and _is_text(value.message)


def _is_author(value: Any) -> bool:
    return (
        isinstance(value, Author)
        and _is_text(value.name)
        and (value.email is None or _is_text(value.email))
        and (value.url is None or _is_text(value.url))
    )


def _is_link(value: Any) -> bool:
    return isinstance(value, Link) and _is_text(value.url) and _is_text(value.title)


def _is_verdict(value: Any) -> bool:
    return (
        isinstance(value, Verdict)
        and isinstance(value.action, Action)
        and _is_text(value.reason)
        and isinstance(value.score, (int, float))
        and math.isfinite(value.score)
        and isinstance(value.is_hushed, bool)
    )


def _is_text(value: Any) -> bool:
    """Whether it is text that can be sent: half a surrogate pair cannot."""
    return isinstance(value, str) and is_encodable(value)


def _is_json(value: Any) -> bool:
    """Whether it is JSON that can be sent, also within an answer, which is nested itself."""
    for _ in range(ANSWER_DEPTH):
        value = [value]
    try:
        orjson.dumps(value)
    except TypeError:
        return False
    return True


def _own(answer: Mapping[Any, Any] | None) -> dict[Any, Any]:
    """The answer as it is now, whatever its plugin does to it afterwards. Its values are JSON."""
    if not answer:
        return {}
    values: list[Any] = orjson.loads(orjson.dumps(list(answer.values())))
    return dict(zip(answer, values, strict=True))
