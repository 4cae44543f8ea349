"""Runs migrations on the connection that ``bos.store.migrate`` opened."""

from alembic import context

from bos.store import tables_approval, tables_connections, tables_people, tables_sessions, tables_watch

EVERY = {
    table.metadata
    for table in (
        tables_approval.waiver,
        tables_connections.connection_secret,
        tables_people.person,
        tables_sessions.session,
        tables_watch.watch_state,
    )
}
"""The tables of each of these modules stand in one collection, which is whole once they are imported."""

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=EVERY.pop(),
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
