"""Calls each run-time hook of a plugin with what readers send, and with what enemies send."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from embedcomments.api import (
    Actor,
    ActorKind,
    Author,
    CommentEvent,
    CommentKind,
    CommentState,
    Draft,
    EventKind,
    Identity,
    Link,
    Moderator,
    PluginEvent,
    Rejected,
    Role,
    SourceFormat,
)
from embedcomments.domain.errors import EmbedCommentsError
from embedcomments.domain.identities import SYSTEM
from embedcomments.host.dispatch import is_json_by
from embedcomments.host.health import Health
from embedcomments.host.plugins import Plugin
from embedcomments.testing.app import App
from embedcomments.testing.makers import KEY, make_comment, make_thread

# Half a surrogate pair is missing: no request that holds one gets past the JSON parser, so no hook ever meets it.
TEXTS = {
    "an ordinary text": "Thank you, that helped me!",
    "no text": "",
    "spaces": " \n\t ",
    "10,000 characters": "word " * 2_000,
    "one word of 10,000 letters": "a" * 10_000,
    "5,000 brackets": "[" * 5_000,
    "right-to-left text": "שלום עולם ‮abc‬ مرحبا",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈 👍🏽",
    "piled up accents": "z" + "\u0301" * 500,
    "NUL and control characters": "a\x00b\x07c\x1b[31m",
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)> [x](javascript:alert(1))",
    "words of a database and of templates": "'; DROP TABLE comment; -- {{ 7 * 7 }} ${7} %s %n",
}
PROOFS: tuple[dict[str, Any], ...] = (
    {},
    {"": None},
    {"x": [[[[{}]]]], "y": 10**18, "z": "\u0000" * 1000},
)

Probe = tuple[str, Callable[[], Any]]


def hook(app: App, plugin: Plugin, name: str) -> list[str]:
    """The first thing that went wrong in it, [] when it bore all."""
    dispatch = app.instance.parts.dispatch
    for what, call in _PROBES[name](app, plugin):
        dispatch.health = Health()  # or a plugin that failed before would rest and seem well
        app.failures.clear()
        with suppress(EmbedCommentsError):  # a refusal is an answer
            call()
        if app.failures:
            return [f"{app.failures[0].error} (with {what})"]
    return []


def _drafts(app: App) -> Iterator[tuple[str, Draft]]:
    for what, text in TEXTS.items():
        yield what, app.draft(text)
        yield f"{what} as the name", app.draft(name=text[:200])
    comment = make_comment(state=CommentState.PUBLISHED)
    yield "a reply", app.draft(parent=comment)
    yield "an edit", app.draft("Changed", previous=comment)
    yield "an imported text", app.draft("<p>Hello <b>you</b></p>", source_format=SourceFormat.HTML)
    mention = app.draft(
        "…", kind=CommentKind.PINGBACK, link=Link(url="https://a.example/\u202e?x=" + "y" * 2_000, title="")
    )
    yield "a mention", mention
    yield (
        "all fields",
        replace(
            app.draft(),
            author=Author(name="A", email="a@b.example", url="javascript:alert(1)"),
            address="::1",
            user_agent="x",
        ),
    )


def _verify(app: App, _: Plugin) -> Iterator[Probe]:
    for what, draft in _drafts(app):
        yield what, lambda draft=draft: app.instance.parts.extensions.verify(app.site, draft, {})  # type: ignore[misc]
    for proof in PROOFS:
        proofs = {plugin.name: proof for plugin in app.plugins}
        shown = f"the proof {proof!r}"[:60]
        yield shown, lambda proofs=proofs: app.instance.parts.extensions.verify(app.site, app.draft(), proofs)  # type: ignore[misc]


def _transform(app: App, _: Plugin) -> Iterator[Probe]:
    for what, draft in _drafts(app):
        yield what, lambda draft=draft: app.instance.parts.extensions.transform(app.site, draft)  # type: ignore[misc]


def _check(app: App, _: Plugin) -> Iterator[Probe]:
    for what, draft in _drafts(app):
        yield what, lambda draft=draft: app.instance.parts.extensions.check(app.site, draft)  # type: ignore[misc]


def _html(app: App, _: Plugin) -> Iterator[Probe]:
    for what, draft in _drafts(app):
        html = f"<p>{draft.text}</p>" if draft.text else ""
        yield what, lambda html=html, draft=draft: app.instance.parts.extensions.html(app.site, html, draft)  # type: ignore[misc]


def _comment_fields(app: App, _: Plugin) -> Iterator[Probe]:
    for who, viewer in _viewers(app):
        for many in (1, 100):
            comments = [make_comment(number, source=text) for number, text in enumerate(TEXTS.values())]
            comments = (comments * (many // len(comments) + 1))[:many]
            yield (
                f"{many} comments and {who}",
                lambda comments=comments, viewer=viewer: (  # type: ignore[misc]
                    app.instance.parts.extensions.comment_fields(app.site, comments, viewer)
                ),
            )


def _thread_fields(app: App, _: Plugin) -> Iterator[Probe]:
    threads = [make_thread(), make_thread(id=2, key="\u202e", url=None, title=None)]
    for who, viewer in _viewers(app):
        yield (
            f"two threads and {who}",
            lambda viewer=viewer: (  # type: ignore[misc]
                app.instance.parts.extensions.thread_fields(app.site, threads, viewer)
            ),
        )


def _permissions(app: App, _: Plugin) -> Iterator[Probe]:
    for who, viewer in _viewers(app):
        for action in ("reply", "edit", "delete", "an action of a later version"):
            yield (
                f"{action} by {who}",
                lambda viewer=viewer, action=action: (  # type: ignore[misc]
                    app.instance.parts.extensions.permits(app.site, viewer, action, [make_comment()])
                ),
            )


def _viewers(app: App) -> Iterator[tuple[str, Actor]]:
    yield "nobody", Actor()
    yield "a writer", Actor(identity_id=make_comment().id)
    owner = Moderator(id=1, name="Anahit", roles={None: Role.OWNER})
    yield "a moderator", Actor(kind=ActorKind.MODERATOR, moderator=owner)


def _events(app: App, plugin: Plugin) -> Iterator[Probe]:
    for what, text in TEXTS.items():

        def post(text: str = text) -> None:
            app.comment(text)
            app.run_jobs()

        yield f"a comment with {what}", post
    gone = CommentEvent(
        kind=EventKind.PUBLISHED, site_id=app.site.id, thread_key=KEY, comment_id=make_comment().id, actor="reader",
        at=app.clock.now(), actor_kind=ActorKind.READER,
    )  # fmt: skip
    for kind in EventKind:
        yield f"{kind} of a comment that is gone", _event(app, plugin, replace(gone, kind=kind))
    other = PluginEvent(name="other.happened", site_id=app.site.id, data={}, at=app.clock.now())
    yield "an event of another plugin", _event(app, plugin, other)


def _event(app: App, plugin: Plugin, event: Any) -> Callable[[], Any]:
    return lambda: _call(app, plugin, "on_event", event=event)


def _widget(app: App, _: Plugin) -> Iterator[Probe]:
    yield "nothing", lambda: app.instance.parts.extensions.widget(app.site)


def _links(app: App, _: Plugin) -> Iterator[Probe]:
    yield "a thread", lambda: app.instance.parts.extensions.discovery_links(app.site, make_thread())
    yield "a page without a thread", lambda: app.instance.parts.extensions.discovery_links(app.site, None)


def _seen(app: App, _: Plugin) -> Iterator[Probe]:
    yield "a page", lambda: app.instance.parts.extensions.page_seen(app.site, KEY)
    yield "a long address", lambda: app.instance.parts.extensions.page_seen(app.site, f"{KEY}?{'x' * 900}")


def _switched(app: App, plugin: Plugin) -> Iterator[Probe]:
    def switch() -> None:
        app.disable(plugin.name)
        app.enable(plugin.name)

    yield "the plugin switched off and on", switch


def _deleted(app: App, _: Plugin) -> Iterator[Probe]:
    def delete() -> None:
        parts = app.instance.parts
        parts.lifecycle.delete_site(parts.sites.add("checked"), actor=SYSTEM)

    yield "a site deleted", delete


def _lifecycle(app: App, _: Plugin) -> Iterator[Probe]:
    yield "a start", app.instance.parts.lifecycle.started
    yield "an end", app.instance.parts.lifecycle.stopping
    yield "another start", app.instance.parts.lifecycle.started


def _people(hook: str) -> Callable[[App, Plugin], Iterator[Probe]]:
    def probes(app: App, plugin: Plugin) -> Iterator[Probe]:
        for what, text in TEXTS.items():
            person = Identity(id=make_comment().id, site_id=app.site.id, name=text[:200], created_at=app.clock.now())
            yield f"a person named {what}", lambda person=person: _call(app, plugin, hook, identity=person)  # type: ignore[misc]
        with suppress(Rejected):  # by the plugin itself, which wants more than a text
            written = app.comment("What I wrote").identity_id or ""
            known = Identity(id=written, site_id=app.site.id, name="Nshan", created_at=app.clock.now())
            yield "a person who wrote a comment", lambda: _call(app, plugin, hook, identity=known)

    return probes


def _call(app: App, plugin: Plugin, hook: str, **arguments: Any) -> None:
    app.instance.parts.dispatch.call(
        app.site,
        hook,
        lambda _: arguments,
        # These two promise JSON by name, or nothing.
        accepts=lambda value: hook == "export_personal_data" and is_json_by(str, value),
        only=plugin.name,
    )


_PROBES: dict[str, Callable[[App, Plugin], Iterator[Probe]]] = {
    "submission_verify": _verify,
    "comment_transform": _transform,
    "comment_check": _check,
    "comment_html": _html,
    "comment_fields": _comment_fields,
    "thread_fields": _thread_fields,
    "permissions": _permissions,
    "on_event": _events,
    "widget_config": _widget,
    "discovery_links": _links,
    "page_seen": _seen,
    "site_enabled": _switched,
    "site_disabled": _switched,
    "site_deleted": _deleted,
    "plugin_started": _lifecycle,
    "plugin_stopping": _lifecycle,
    "export_personal_data": _people("export_personal_data"),
    "erase_personal_data": _people("erase_personal_data"),
}
