"""Connections to the database: pooled, guarded, and with errors a person can read."""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DataError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bos.errors import BosError, Unavailable, UsageError
from bos.logs import incident
from bos.model.version import canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROLE = "bos_app"
"""The database role BOS works as: it may add to the journal and to the versions, and never change them."""

_LIMITS = (
    "SET statement_timeout = '60s'; SET lock_timeout = '20s'; "
    "SET idle_in_transaction_session_timeout = '120s'; SET TimeZone = 'UTC'"
)
_MAY_BE = (
    "SELECT pg_has_role(oid, CASE WHEN current_setting('server_version_num')::int < 160000 "
    "THEN 'MEMBER' ELSE 'SET' END) FROM pg_roles WHERE rolname = %s"
)
"""Whether this user may work as a role: before PostgreSQL 16, whoever is a member of it; since then, who may set it."""
_CONNECT_SECONDS = 10
_log = logging.getLogger(__name__)


def make_engine(url: str, *, tend: Callable[[], None] | None = None, pool_size: int = 8) -> Engine:
    """Return an engine on a migrated database. ``tend`` is called before each new connection.

    A connection that died while it waited in the pool is replaced unseen. Statements end after a minute, waits for a
    lock after twenty seconds. Every connection works as the role ``bos_app`` where the database has it.
    """
    engine = create_engine(
        url,
        pool_pre_ping=True,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=20,
        pool_recycle=1800,
        connect_args={"connect_timeout": _CONNECT_SECONDS},
        json_serializer=_to_json,
        json_deserializer=json.loads,
    )
    if tend is not None:
        event.listen(engine, "do_connect", lambda *_: tend())
    event.listen(engine, "connect", _become)
    return engine


def _to_json(value: Any) -> str:
    """Return one spelling per content, so that what was hashed and what is read back are the same."""
    return canonical(value).decode()


def _become(connection: Any, record: Any) -> None:
    """Set limits, and work as the application role from here on, where the database has it and the user may."""
    del record
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(_LIMITS)
        cursor.execute(_MAY_BE, (ROLE,))
        found = cursor.fetchone()
        if found and found[0]:
            cursor.execute(f"SET ROLE {ROLE}")
    connection.autocommit = False


def guarded(engine: Engine) -> bool:
    """Return whether BOS works as the role that cannot change journal and versions; triggers refuse it in any case."""
    with transaction(engine) as connection:
        return connection.exec_driver_sql("SELECT current_user").scalar() == ROLE


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that is committed at the end, or rolled back when anything is raised.

    Raises:
        Unavailable: the database does not answer, or not in time.
        UsageError: a value cannot be stored.
        Internal: a fault of ours; the log has the cause.
    """
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise readable(error) from None


@contextmanager
def trying(engine: Engine) -> Iterator[Connection]:
    """Open a transaction of which nothing is kept. Raises as :func:`transaction`."""
    try:
        with engine.connect() as connection:
            yield connection
            connection.rollback()
    except SQLAlchemyError as error:
        raise readable(error) from None


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that sees one state of the database throughout and cannot write. Raises as above."""
    try:
        with engine.connect() as connection:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection
    except SQLAlchemyError as error:
        raise readable(error) from None


@contextmanager
def alone(engine: Engine) -> Iterator[Connection]:
    """Open a connection that no one else gets; at the end it is closed, and the locks of its session are free.

    Raises:
        Unavailable: the database does not answer.
    """
    try:
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()  # it must not go back to the pool with its locks, nor take a place in it
    except SQLAlchemyError as error:
        raise readable(error) from None
    with connection:
        try:
            yield connection
        finally:
            with suppress(SQLAlchemyError):
                connection.exec_driver_sql("SELECT pg_advisory_unlock_all()")  # the end of a session takes a moment


def readable(error: SQLAlchemyError) -> BosError:
    """Return what to tell a person of a database error; the cause goes to the log under an incident number."""
    if isinstance(error, OperationalError | PoolTimeout) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    ):
        _log.warning("database: %s", getattr(error, "orig", error))
        return Unavailable("The database does not answer in time.", hint="Try again.")
    if isinstance(error, DataError):
        return UsageError("A value cannot be stored: it is too long, too large, or has a character no text may have.")
    return incident(_log, error)
