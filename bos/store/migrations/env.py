"""Runs migrations on the connection that ``bos.store.migrate`` opened."""

from alembic import context

from bos.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, compare_server_default=True
)
with context.begin_transaction():
    context.run_migrations()
