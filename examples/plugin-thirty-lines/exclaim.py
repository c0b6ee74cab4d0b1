"""Holds comments written in capitals. Put this file into the server's plugins folder."""

import marshmallow

from embedcomments.api import Action, Draft, PluginContext, PluginInfo, Settings, Verdict, hookimpl

plugin_info = PluginInfo(name="exclaim", title="Exclaim", description="Holds comments WRITTEN LIKE THIS.")


class ExclaimSettings(marshmallow.Schema):
    share = marshmallow.fields.Float(
        load_default=0.7,
        validate=marshmallow.validate.Range(0, 1),
        metadata={"title": "Share of capitals", "help": "Hold a comment when more of its letters are capitals."},
    )


@hookimpl
def register_settings() -> Settings:
    return Settings(schema=ExclaimSettings)


@hookimpl
def comment_check(ctx: PluginContext, draft: Draft) -> Verdict | None:
    cased = [letter for letter in draft.text if letter.lower() != letter.upper()]
    capitals = sum(letter.isupper() for letter in cased)
    if len(cased) < 12 or capitals <= ctx.settings["share"] * len(cased):  # "OK, NATO" is no shouting
        return None
    return Verdict(action=Action.HOLD, score=capitals / len(cased), reason="Written in capitals.")
