"""embedcomments: a comment system that any site embeds with one script tag."""

__version__ = "0.1.0"
