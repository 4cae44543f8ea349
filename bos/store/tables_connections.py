"""The tables of connections: their secrets, how it goes with each, what is pulled, told, put there, what came."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from bos.store.tables import metadata

connection_secret = Table(
    "connection_secret",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("origin", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("sealed", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
"""A secret of a connection, encrypted with the key that ``key`` names, for the system at ``origin`` alone."""

pull = Table(
    "pull",
    metadata,
    Column("flow", Text, primary_key=True),
    Column("signal", Text, primary_key=True),
    Column("upto", DateTime(timezone=True), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("added", BigInteger, nullable=False),
    Column("problem", Text, nullable=False, server_default=text("''")),
    Column("failed_at", DateTime(timezone=True)),
    Column("rejected", JSONB),
)
"""Up to when (not included) a signal of a flow was read, when that was, and how many rows it has brought in all; why
the last pull could not read it, empty where it could, and when one could not last; how many rows of the last pull that
had such could not be taken (``rows``), ``at`` its end, with the ``reasons`` and the imports they are kept as those of
(``batches``)."""

delivery = Table(
    "delivery",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("connection", Text, nullable=False),
    Column("flow", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("message", JSONB, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("tried_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("reference", Text),
    Column("link", Text),
    Column("reason", Text),
    Column("hint", Text),
    CheckConstraint("state IN ('waiting', 'sent', 'dead', 'given up')", name="state"),
)
"""One message to one system. ``key`` stays the same however often it is tried; the oldest that waits for a connection
and a flow goes first, not before ``due_at``. ``reference`` and ``link`` are the receipt, ``reason`` and ``hint`` why
the last attempt did not deliver it."""

Index(
    None,
    delivery.c.connection,
    delivery.c.flow,
    delivery.c.seq,
    postgresql_where=text("state = 'waiting'"),
)

connection_state = Table(
    "connection_state",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("pause", Integer, nullable=False),
    Column("open_until", DateTime(timezone=True)),
    Column("tried_at", DateTime(timezone=True)),
    Column("worked_at", DateTime(timezone=True)),
    Column("failed_at", DateTime(timezone=True)),
    Column("reason", Text),
    Column("hint", Text),
    Column("refused_at", DateTime(timezone=True)),
    Column("refused_why", Text),
    Column("refused_hint", Text),
)
"""How it goes with a connection: failures in a row, until when it is left alone and for how many seconds (``pause``),
when it was last tried, worked and failed, and why; when somebody was last turned away (``refused``), and why."""


placed_dashboard = Table(
    "placed_dashboard",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("flow", Text, primary_key=True),
    Column("version", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
"""Which run of a flow's dashboard BOS put into a system last, and the version that has there."""

taken_file = Table(
    "taken_file",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("flow", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("problem", Text, nullable=False),
    Column("added", BigInteger, nullable=False),
    Column("read", BigInteger, nullable=False),
    Column("rejected", BigInteger, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True)),
    Column("batch", Text, nullable=False, server_default=text("''")),
)
"""What became of a file of a folder at ``at``: the content that was taken last, or the ``problem`` it has now; how many
rows its contents brought in all; how many rows the content that was taken last has, and how many of them were rejected;
when it was found with another content than was taken before; the ``batch`` of the content that was taken last, which is
that of its last reading where it was read again."""

hook_delivery = Table(
    "hook_delivery",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("flow", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False),
    Column("job", Text, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("body", LargeBinary),
    Column("problem", Text, nullable=False),
    Column("added", BigInteger, nullable=False),
    Column("read", BigInteger, nullable=False, server_default=text("0")),
    Column("rejected", BigInteger, nullable=False, server_default=text("0")),
    Column("reasons", JSONB, nullable=False, server_default=text("'{}'")),
    Column("absent", JSONB, nullable=False, server_default=text("'[]'")),
)
"""What somebody sent to BOS: waiting, done or dead. Its bytes are there until it is done. Of the rows that were
``read`` so many were ``rejected``; ``reasons`` says of each reason how many. No row had the fields ``absent``."""

feedback_receipt = Table(
    "feedback_receipt",
    metadata,
    Column("feedback", Text, primary_key=True),
    Column("connection", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("told_at", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False),
    Column("done", Boolean, nullable=False),
    Column("gone", Boolean, nullable=False),
    Column("asked_at", DateTime(timezone=True)),
)
"""Where feedback is in a system that was told of it, longer than its delivery is kept; several may share a reference.
``address`` is that of the connection then: a reference means something to the system there alone.
``state``, ``done`` and ``gone`` are what the system said of the reference at ``asked_at``."""

Index(None, feedback_receipt.c.connection, feedback_receipt.c.reference)
