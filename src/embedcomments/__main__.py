"""``python -m embedcomments``."""

from embedcomments.cli import main

main()
