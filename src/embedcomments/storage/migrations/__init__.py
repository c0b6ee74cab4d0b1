"""Alembic's revisions of the core's tables."""
