"""The words of a mail about held comments. What strangers wrote stands in it as a quotation, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from embedcomments.domain.comments import Comment
from embedcomments.domain.sites import Site
from embedcomments.domain.threads import Thread
from embedcomments.services.mailing.message import Mail, in_one_line

MAX_QUOTED = 1500
_TITLES = {"publish": "Publish", "spam": "Spam", "delete": "Delete"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """One comment of the mail. ``links``: addresses by what they do."""

    comment: Comment
    thread: Thread
    links: Mapping[str, str]


def notice_mail(
    *, to: str, site: Site, told: Sequence[Told], left_out: int, desk_url: str, unsubscribe_url: str
) -> Mail:
    """A mail about these comments; ``left_out``: how many more wait that it does not show."""
    where = in_one_line(site.title) or site.name
    total = len(told) + left_out
    subject = (
        f"{where}: a comment by {_name(told[0].comment)} waits" if total == 1 else f"{where}: {total} comments wait"
    )
    more = f"{left_out} more wait on the desk." if left_out else ""
    return Mail(
        to=to,
        subject=subject,
        text=_text(told, more, where, desk_url, unsubscribe_url),
        html=_html(told, more, where, desk_url, unsubscribe_url),
        # One click in the mail program ends them, by a POST that needs nothing else (RFC 8058).
        headers={"List-Unsubscribe": f"<{unsubscribe_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )


def _text(told: Sequence[Told], more: str, where: str, desk_url: str, unsubscribe_url: str) -> str:
    parts = []
    for item in told:
        lines = [f"{_name(item.comment)} on {_page(item.thread)}:", ""]
        # Split at every kind of break, so that none ends the quotation.
        lines += [f"> {line}" for line in _quoted(item.comment).splitlines()]
        lines += [f"  {in_one_line(reason)}" for reason in _reasons(item.comment)]
        lines += ["", *(f"{_TITLES[name]}: {link}" for name, link in item.links.items())]
        parts.append("\n".join(lines))
    parts += [more] if more else []
    parts.append(f"All that waits: {desk_url}")
    parts.append(
        "Each link shows the comment and a button; nothing happens before you press it. Links work for a week, until "
        f"the comment is decided.\nYou get this because you asked to hear of comments held on {where}.\n"
        f"No such mails any more: {unsubscribe_url}"
    )
    return "\n\n-- \n\n".join(parts[:-1]) + "\n\n-- \n" + parts[-1] + "\n"


def _html(told: Sequence[Told], more: str, where: str, desk_url: str, unsubscribe_url: str) -> str:
    # Mail programs know no style sheets worth the name: what little style there is stands on the elements.
    items = Markup("").join(
        Markup(
            '<p style="margin:24px 0 4px"><strong dir="auto">{name}</strong> on <bdi>{page}</bdi></p>'
            '<blockquote dir="auto" style="margin:0 0 8px;padding:4px 0 4px 14px;border-left:3px solid #0b6e4f;'
            'white-space:pre-wrap">{text}</blockquote>{reasons}<p style="margin:0">{links}</p>'
        ).format(
            name=_name(item.comment),
            page=_page(item.thread),
            text=_quoted(item.comment),
            reasons=Markup("").join(
                Markup('<p style="margin:0 0 8px;font-size:14px;opacity:.75">{}</p>').format(in_one_line(reason))
                for reason in _reasons(item.comment)
            ),
            links=Markup(" &nbsp;·&nbsp; ").join(
                Markup('<a href="{}">{}</a>').format(link, _TITLES[name]) for name, link in item.links.items()
            ),
        )
        for item in told
    )
    return str(
        Markup(
            '<!doctype html><meta charset="utf-8"><div style="font:16px/1.5 system-ui,sans-serif;max-width:38em">'
            '{items}<p style="margin:24px 0">{more} <a href="{desk}">See all that waits</a></p>'
            '<p style="font-size:13px;opacity:.75">Each link shows the comment and a button; nothing happens before '
            "you press it. Links work for a week, until the comment is decided. You get this because you asked to "
            'hear of comments held on <bdi>{where}</bdi>. <a href="{end}">No such mails any more</a></p></div>'
        ).format(items=items, more=more, desk=desk_url, where=where, end=unsubscribe_url)
    )


def _name(comment: Comment) -> str:
    return in_one_line(comment.author.name)[:80] or "Anonymous"


def _page(thread: Thread) -> str:
    return in_one_line(thread.title or thread.key)[:200]


def _quoted(comment: Comment) -> str:
    text = comment.source.replace("\r\n", "\n").replace("\r", "\n").strip()
    return text if len(text) <= MAX_QUOTED else text[:MAX_QUOTED].rstrip() + " …"


def _reasons(comment: Comment) -> Sequence[str]:
    return [line for line in (comment.reason or "").splitlines() if line.strip()][:5]
