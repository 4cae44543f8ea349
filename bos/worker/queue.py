"""The queue between workers: Procrastinate's tables, in a schema of their own in the same PostgreSQL.

The table ``job`` says what there is to do. The queue only says who is to look at it next: made again empty, it loses
nothing, for a worker puts every unfinished job into it when it starts.
"""

from __future__ import annotations

import hashlib

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.schema import SchemaManager
from psycopg import sql

from bos.errors import Unavailable

SCHEMA = "procrastinate"
JOB = "bos.job"
_LOCK = 0x424F53_51554555  # "BOSQUEU": one process makes the queue at a time
_CONNECT_SECONDS = 10


def make_queue(conninfo: str) -> App:
    """Return the queue of a database; it is not opened yet."""
    options = {"options": f"-c search_path={SCHEMA}", "connect_timeout": _CONNECT_SECONDS}
    return App(connector=PsycopgConnector(conninfo=conninfo, kwargs=options, min_size=1, max_size=6))


def prepare(conninfo: str) -> None:
    """Make the queue's tables, where they are missing or are those of another release of Procrastinate.

    Of two processes, the second waits.

    Raises:
        Unavailable: the database does not answer, or its user may not make a schema.
    """
    tables = SchemaManager.get_schema()
    release = hashlib.sha256(tables.encode()).hexdigest()
    try:
        with psycopg.connect(conninfo, connect_timeout=_CONNECT_SECONDS) as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            found = connection.execute(
                "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s", (SCHEMA,)
            ).fetchone()
            if found is None or found[0] != release:
                _make(connection, tables, release)
    except psycopg.errors.InsufficientPrivilege:
        raise Unavailable(
            "The user of the database may not make the schema of the queue.",
            hint=f"Grant it CREATE on the database; the schema is called {SCHEMA}.",
        ) from None
    except psycopg.OperationalError:
        raise Unavailable("The database does not answer.", hint="Check that it runs, and try again.") from None


def _make(connection: psycopg.Connection, tables: str, release: str) -> None:
    schema = sql.Identifier(SCHEMA)
    connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(schema))
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(schema))
    connection.execute(sql.SQL("SET LOCAL search_path = {}").format(schema))
    connection.execute(tables.encode())
    connection.execute(sql.SQL("COMMENT ON SCHEMA {} IS {}").format(schema, sql.Literal(release)))


async def put(queue: App, id_: str) -> None:
    """Put a job into the queue; one that waits there already is not put in twice."""
    try:
        await queue.configure_task(JOB, queueing_lock=id_).defer_async(id=id_)
    except AlreadyEnqueued:
        return
