"""Runs one set of revisions on the connection that ``storage.migrate.upgrade`` hands over."""

from alembic import context

connection = context.config.attributes["connection"]
ledger = context.config.attributes["ledger"]
target = context.config.attributes.get("target_metadata")

context.configure(connection=connection, version_table=ledger, target_metadata=target, render_as_batch=True)
context.run_migrations()
