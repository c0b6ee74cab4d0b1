"""The commands: ``embedcomments …``. One module for each noun; ``root`` joins them."""

from embedcomments.cli.root import main

__all__ = ["main"]
