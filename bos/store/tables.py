"""The tables of the system of record. Migrations make them; ``python -m bos.store.migrate check`` compares the two."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

from bos.model.kinds import FOUND

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)


def _moment(name: str = "at", *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _one_of(column: str, *values: str) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})", name=column)


def _of_document() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["kind", "id"], ["document.kind", "document.id"])


document = Table(
    "document",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("head", Integer, nullable=False),
    Column("retired", Boolean, nullable=False, server_default=text("false")),
    CheckConstraint("head >= 1", name="head"),
)
"""What exists; ``head`` is the live version."""

version = Table(
    "version",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("doc", JSONB, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("rationale", Text, nullable=False),
    _moment(),
    Column("cause", Text, nullable=False),
    Column("words", ARRAY(Text), nullable=False),
    _of_document(),
    CheckConstraint("n >= 1", name="n"),
    _one_of("cause", "submission", "decision", "restore", "retire"),
)
"""Every content that was ever live, insert-only; ``words`` says what changed against the one before."""

approval = Table(
    "approval",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("value_hash", Text, nullable=False),
    Column("signed_by", ARRAY(Text), nullable=False),
    Column("held_group", Text, ForeignKey("held_group.held_group"), nullable=False),
    _moment(),
    _of_document(),
)
"""Values that are signed: the hash binds the signature to the value."""

held_group = Table(
    "held_group",
    metadata,
    Column("held_group", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("authors", ARRAY(Text), nullable=False),
    Column("rationale", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=text("''")),
    Column("base_version", Integer, nullable=False),
    Column("origin", JSONB),
    Column("batch", Text),
    _moment(),
    _of_document(),
    _one_of("state", "waiting", "unsigned", "live", "rejected", "withdrawn", "superseded", "rework"),
    Index(
        "held_group_open_idx",
        "kind",
        "id",
        postgresql_where=text("state IN ('waiting', 'unsigned', 'rework')"),
    ),
    Index("held_group_kind_id_at_idx", "kind", "id", "at", "held_group"),
    Index("held_group_state_at_idx", "state", "at", "held_group"),
    Index("held_group_at_idx", "at", "held_group"),
    Index("held_group_batch_idx", "batch", postgresql_where=text("batch IS NOT NULL")),
)
"""Changes that go live together or not at all; ``unsigned`` ones are live and wait for a signature.

``batch`` names the act on several documents they were proposed in, if it was one.
"""

held_change = Table(
    "held_change",
    metadata,
    Column("held_group", Text, ForeignKey("held_group.held_group"), primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("op", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("old", JSONB),
    Column("new", JSONB),
    _one_of("op", "set", "add", "remove"),
)

signature = Table(
    "signature",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("held_group", Text, ForeignKey("held_group.held_group"), nullable=False),
    Column("person", Text, nullable=False),
    Column("on_behalf_of", Text),
    Column("role", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("void", Boolean, nullable=False, server_default=text("false")),
    _moment(),
    _one_of("decision", "approve", "reject", "rework"),
    Index("signature_held_group_idx", "held_group"),
)
"""Decisions about groups; ``void`` ones counted once and count no more."""

author = Table(
    "author",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("how", Text, nullable=False),
    _moment(),
    _of_document(),
)
"""Who proposed a change to a field since its last signed value."""

draft = Table(
    "draft",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("base_version", Integer, nullable=False),
    Column("doc", JSONB, nullable=False),
    _moment(),
    CheckConstraint("revision >= 1", name="revision"),
    Index("draft_person_idx", "person", "kind", "id"),
)
"""Unfinished edits, one a person and document. A draft may be of a document that does not exist yet."""

relation = Table(
    "relation",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("target_kind", Text, primary_key=True),
    Column("target", Text, primary_key=True),
    _of_document(),
    Index("relation_target_idx", "target_kind", "target", "kind", "id"),
)
"""What live documents are tied to."""

search = Table(
    "search",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("tags", ARRAY(Text), nullable=False),
    Column("flow", Text, nullable=False, server_default=text("''")),
    Column("roles", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("state", Text, nullable=False),
    Column("author", Text, nullable=False),
    _moment(),
    Column("body", Text, nullable=False),
    Column("words", TSVECTOR, nullable=False),
    _one_of("state", "in review", "approved with changes held", "approved", "retired"),
    *(
        Index(f"search_words_{kind}_idx", "words", postgresql_using="gin", postgresql_where=text(f"kind = '{kind}'"))
        for kind in FOUND
    ),
    Index("search_tags_idx", "tags", postgresql_using="gin"),
    Index("search_roles_idx", "roles", postgresql_using="gin"),
    Index("search_flow_idx", "flow"),
    Index("search_kind_owner_id_idx", "kind", "owner", "id"),
    Index("search_kind_state_id_idx", "kind", "state", "id"),
)
"""One row a document and a KPI: what lists show and searches look through.

``flow`` is the flow it is of (a template's own id; empty where flows share it), ``roles`` answer for its fields.

A search asks kind by kind, so that a thousand signals do not drown the one flow. The words of each kind have an index
of their own: with one for all, each of these questions would go through the hits of every kind.

A KPI has the kind ``kpi`` and the id ``FLOW/KPI``; its row is written with the flow, whose version and state it has.
"""

facet = Table(
    "facet",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("facet", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("flow", Text, primary_key=True),
    Column("label", Text, nullable=False),
    _one_of("facet", "step", "system", "regulation"),
    Index("facet_facet_value_idx", "facet", "value", "kind", "id"),
    Index("facet_flow_idx", "flow"),
)
"""What a search narrows by. ``flow`` is the flow that says so, empty where a signal says it of itself."""

run = Table(
    "run",
    metadata,
    Column("run", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("flow", Text, nullable=False),
    Column("snapshot", Text),
    Column("author", Text, nullable=False),
    Column("record", JSONB, nullable=False),
    Column("result_hash", Text, nullable=False),
    _moment(),
    Index("run_flow_at_idx", "flow", "at", "run"),
)
"""What was computed, frozen: what was read, what was asked, what came out."""

job = Table(
    "job",
    metadata,
    Column("id", Text, primary_key=True),
    Column("task", Text, nullable=False),
    Column("arguments", JSONB, nullable=False),
    Column("state", Text, nullable=False),
    Column("done", BigInteger, nullable=False, server_default=text("0")),
    Column("total", BigInteger),
    Column("message", Text, nullable=False, server_default=text("''")),
    Column("result", JSONB),
    Column("error", JSONB),
    Column("author", Text, nullable=False),
    Column("on_behalf_of", Text),
    Column("origin", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("cancel", Boolean, nullable=False, server_default=text("false")),
    Column("runner", Text),
    Column("lease_until", DateTime(timezone=True)),
    _moment("created_at"),
    _moment("finished_at", nullable=True),
    _one_of("state", "queued", "running", "done", "failed", "cancelled"),
    Index("job_unfinished_idx", "created_at", "id", postgresql_where=text("state IN ('queued', 'running')")),
    Index("job_created_at_idx", "created_at", "id"),
)
"""Long work; a runner holds it by a lease that it renews."""

batch = Table(
    "batch",
    metadata,
    Column("flow", Text, primary_key=True),
    Column("batch", Text, primary_key=True),
    Column("what", Text, nullable=False),
    Column("generated", Boolean, nullable=False),
    Column("report", JSONB, nullable=False),
    Column("author", Text, nullable=False),
    _moment(),
    _one_of("what", "events", "metrics"),
)
"""What was imported into the lake."""

outbox = Table(
    "outbox",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("topic", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    _moment(),
)
"""What others must hear, until it is sent."""

idempotency_key = Table(
    "idempotency_key",
    metadata,
    Column("person", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request", Text, nullable=False),
    Column("answer", JSONB, nullable=False),
    _moment(),
    Index("idempotency_key_at_idx", "at"),
)
"""Writes that were done, so that a repetition gives the answer of then."""

journal = Table(
    "journal",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    _moment(),
    Column("actor", Text, nullable=False),
    Column("on_behalf_of", Text),
    Column("tag", Text, nullable=False),
    Column("kind", Text),
    Column("id", Text),
    Column("path", Text),
    Column("rationale", Text, nullable=False),
    Column("before", JSONB),
    Column("after", JSONB),
    Column("request_id", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("prev_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    CheckConstraint("seq >= 1", name="seq"),
    Index("journal_kind_id_seq_idx", "kind", "id", "seq"),
    Index("journal_tag_seq_idx", "tag", "seq"),
)
"""The audit trail: insert-only, each entry with the hash of the one before."""

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    _moment(),
    Column("text", Text, nullable=False),
)
"""Signed numbers and hashes of journal entries, insert-only; the key is not in the database."""
