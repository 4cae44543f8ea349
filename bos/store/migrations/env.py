"""Runs migrations on the connection that ``bos.store.migrate`` opened."""

from alembic import context

from bos.store import tables_people

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables_people.session.metadata,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
