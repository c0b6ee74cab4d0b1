"""What the owner of a site may choose."""

from __future__ import annotations

from marshmallow import Schema, ValidationError, fields, validate

from embedcomments_pingback.addresses import is_web_page

MAX_FEEDS = 20


def _is_feed(address: str) -> None:
    if not is_web_page(address):
        raise ValidationError(f"{address} is not a web address.")


class PingbackSettings(Schema):
    """Settings of a site."""

    webmention = fields.Boolean(
        load_default=True,
        metadata={
            "title": "Accept webmentions",
            "help": "Other sites tell of their links by it, and take them back.",
        },
    )
    accept = fields.Boolean(
        load_default=False,
        metadata={
            "title": "Accept pingbacks",
            "help": "The older protocol, which WordPress speaks. It brings more spam than webmentions do.",
        },
    )
    trackback = fields.Boolean(
        load_default=False,
        metadata={
            "title": "Accept trackbacks",
            "help": "The oldest protocol. What a trackback says of itself is not shown; its page is fetched and read.",
        },
    )
    place = fields.String(
        load_default="thread",
        validate=validate.OneOf(["thread", "apart"], ["Among the comments, by time", "Apart, below the comments"]),
        metadata={
            "title": "Where links from other sites stand",
            "help": "Likes and reposts always stand apart, as a row of names. Links that came earlier move within five "
            "minutes; those that were answered stay.",
        },
    )
    excerpt_length = fields.Integer(
        load_default=200,
        validate=validate.Range(min=40, max=1000),
        metadata={"title": "Length of excerpts", "help": "Characters of text to show around the link."},
    )
    per_host_per_hour = fields.Integer(
        load_default=30,
        validate=validate.Range(min=1, max=100),
        metadata={"title": "Limit for each host", "help": "Links that are taken from one host in an hour."},
    )
    send = fields.Boolean(
        load_default=True,
        metadata={
            "title": "Tell other sites of links",
            "help": "When a page is first opened, those that it links to are told, by webmention or pingback.",
        },
    )
    send_comments = fields.Boolean(
        load_default=False,
        metadata={
            "title": "Also tell of links in readers' comments",
            "help": "Of published ones alone, two minutes later, at most five links of each.",
        },
    )
    robots = fields.Boolean(
        load_default=True,
        metadata={
            "title": "Keep to the robots.txt of other sites",
            "help": "What it asks programs not to read is neither checked for links nor told of ours.",
        },
    )
    send_max_age_days = fields.Integer(
        load_default=30,
        validate=validate.Range(min=1, max=36_500),
        metadata={
            "title": "Oldest page to send for, in days",
            "help": "Pages that say they are older send nothing by themselves; the command and the desk still can.",
        },
    )
    send_per_host_per_hour = fields.Integer(
        load_default=10,
        validate=validate.Range(min=1, max=100),
        metadata={"title": "Limit for each host that is told", "help": "What is too much for an hour is sent later."},
    )
    feeds = fields.List(
        fields.String(validate=_is_feed),
        load_default=list,
        validate=validate.Length(max=MAX_FEEDS),
        metadata={
            "title": "Feeds and sitemaps to watch",
            "help": "One address on each line: RSS, Atom or a sitemap of this site, for new and changed pages.",
        },
    )
    token_number = fields.Integer(
        load_default=1,
        validate=validate.Range(min=1, max=1_000_000),
        metadata={"title": "Number of the token for builds", "help": "Another number makes earlier tokens worthless."},
    )
