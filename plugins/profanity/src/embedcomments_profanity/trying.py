"""The page of the desk on which a site's own words are tried out on its comments before they are saved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from marshmallow import ValidationError

from embedcomments.api import Comment, CommentState, Page, PluginContext, PluginRequest, Redirect
from embedcomments_profanity.actions import find_in_text
from embedcomments_profanity.matcher import Hit
from embedcomments_profanity.settings import ProfanitySettings

PATH = "words"
_FIELDS = ("extra_words", "allowed_words")
_TRIED = 1000
_AT_ONCE = 500
_SHOWN = 50
_AROUND = 48


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A word in a comment that is found now and was not, or the other way round, with what stands around it."""

    comment_id: str
    before: str
    written: str
    after: str
    action: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """What other words would have done to ``read`` comments. ``found`` and ``passed``: the first of each kind, of
    ``n_found`` and ``n_passed``."""

    read: int
    n_found: int
    n_passed: int
    found: Sequence[Change]
    passed: Sequence[Change]


def words_page(ctx: PluginContext, request: PluginRequest) -> Page | Redirect:
    """The words of the site; try others on its newest comments, or save them."""
    if request.method != "POST":
        return _page({name: "\n".join(ctx.settings[name]) for name in _FIELDS})
    typed = {name: request.form.get(name, "").replace("\r\n", "\n") for name in _FIELDS}
    try:
        words = _load(typed)
    except ValidationError as error:
        return _page(typed, wrong=_sentences(error.messages_dict))
    if request.form.get("action") == "save":
        ctx.save_settings(words)
        return Redirect(path=PATH, notice="Saved. The words hold from now on.")
    return _page(typed, trial=try_words(ctx, words))


def try_words(ctx: PluginContext, words: Mapping[str, Sequence[str]]) -> Trial:
    """What these words in place of the site's own would change, by its newest thousand comments."""
    settings = {**ctx.settings, **words}
    read = n_found = n_passed = 0
    found: list[Change] = []
    passed: list[Change] = []
    for comment in islice(_newest(ctx), _TRIED):
        read += 1
        present, other = (_found(comment, values) for values in (ctx.settings, settings))
        n_found += len(other.keys() - present.keys())
        n_passed += len(present.keys() - other.keys())
        found += [_change(comment, *other[span]) for span in sorted(other.keys() - present.keys())]
        passed += [_change(comment, *present[span]) for span in sorted(present.keys() - other.keys())]
        del found[_SHOWN:], passed[_SHOWN:]
    return Trial(read=read, n_found=n_found, n_passed=n_passed, found=found, passed=passed)


def _page(typed: Mapping[str, str], *, wrong: Mapping[str, str] | None = None, trial: Trial | None = None) -> Page:
    return Page(
        template="words.html",
        status=422 if wrong else 200,
        values={"typed": typed, "wrong": wrong or {}, "trial": trial, "tried": _TRIED, "shown": _SHOWN},
    )


def _load(typed: Mapping[str, str]) -> dict[str, list[str]]:
    lines = {name: [line.strip() for line in text.split("\n") if line.strip()] for name, text in typed.items()}
    loaded: dict[str, list[str]] = ProfanitySettings(only=_FIELDS).load(lines)
    return loaded


def _sentences(messages: Mapping[str, Any]) -> dict[str, str]:
    def flat(of: Any) -> Iterator[str]:
        if isinstance(of, Mapping):
            of = of.values()
        if isinstance(of, str):
            yield of
        else:
            for item in of:
                yield from flat(item)

    return {name: " ".join(dict.fromkeys(flat(of))) for name, of in messages.items()}


def _newest(ctx: PluginContext) -> Iterator[Comment]:
    before: str | None = None
    while True:
        some = ctx.comments.list(
            states=(CommentState.PUBLISHED, CommentState.HELD), before=before, limit=_AT_ONCE, hidden_threads=True
        )
        yield from some
        if len(some) < _AT_ONCE:
            return
        before = some[-1].id


def _found(comment: Comment, settings: Mapping[str, Any]) -> dict[tuple[int, int], tuple[Hit, str]]:
    findings = find_in_text(comment.source, settings, comment.source_format)
    return {(finding.hit.start, finding.hit.end): (finding.hit, finding.action) for finding in findings}


def _change(comment: Comment, hit: Hit, action: str) -> Change:
    text = comment.source
    return Change(
        comment_id=comment.id,
        before=text[max(0, hit.start - _AROUND) : hit.start],
        written=text[hit.start : hit.end],
        after=text[hit.end : hit.end + _AROUND],
        action=action,
    )
