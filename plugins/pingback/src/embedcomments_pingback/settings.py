"""What the owner of a site may choose."""

from __future__ import annotations

from marshmallow import Schema, fields, validate


class PingbackSettings(Schema):
    """Settings of a site."""

    accept = fields.Boolean(
        load_default=True,
        metadata={"title": "Accept pingbacks", "help": "Show links from other sites among the comments."},
    )
    excerpt_length = fields.Integer(
        load_default=200,
        validate=validate.Range(min=40, max=1000),
        metadata={"title": "Length of excerpts", "help": "Characters of text to show around the link."},
    )
    per_host_per_hour = fields.Integer(
        load_default=30,
        validate=validate.Range(min=1, max=100),
        metadata={"title": "Limit for each host", "help": "Pingbacks that are taken from one host in an hour."},
    )
