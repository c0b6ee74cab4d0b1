"""Where the link of a mail leads that asks whether an address is the writer's. Nothing changes by opening it: mail
scanners follow links, people press buttons."""

from __future__ import annotations

from embedcomments.api import Page, PluginContext, PluginRequest
from embedcomments_moderation.verify_words import words_of
from embedcomments_moderation.verifying import confirm, read_claim, refuse

PER_MINUTE = 30
MAX_BODY_BYTES = 4_000


def verify_page(ctx: PluginContext, request: PluginRequest) -> Page:
    """The question, or what the button did."""
    is_answer = request.method == "POST"
    token = (request.form if is_answer else request.query).get("t", "")
    claim = read_claim(ctx, token)
    if claim is None:
        return _page(ctx, "over", status=410)
    if not is_answer:
        return _page(ctx, "ask", token=token)
    if request.form.get("answer") == "no":
        refuse(ctx, claim)
        return _page(ctx, "refused")
    return _page(ctx, "published" if confirm(ctx, claim) else "done")


def _page(ctx: PluginContext, step: str, *, token: str = "", status: int = 200) -> Page:
    language = ctx.settings["language"]
    words = words_of(language)
    values = {"step": step, "words": words, "site": ctx.site.title or ctx.site.name, "token": token}
    return Page(template="verify.html", values=values, title=words["title"], status=status, lang=language)
