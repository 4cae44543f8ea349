"""The tables of people, groups of people, the roles they hold and who stands in for whom."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, Index, Table, Text, text

from bos.store.tables import metadata

person = Table(
    "person",
    metadata,
    Column("person", Text, primary_key=True),
    Column("display", Text, nullable=False),
    Column("email", Text, nullable=False, server_default=text("''")),
    Column("source", Text, nullable=False, server_default=text("'created'")),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("disabled_at", DateTime(timezone=True)),
    Column("erased_at", DateTime(timezone=True)),
    CheckConstraint("erased_at IS NULL OR disabled_at IS NOT NULL", name="erased"),
    CheckConstraint("source IN ('local', 'sample', 'created', 'sign-on')", name="source"),
)
"""People that BOS knows; ``source`` says from where. A disabled one cannot sign in and holds nothing.

An erased one has neither name nor address any more, and is never let in again.
"""

person_identity = Table(
    "person_identity",
    metadata,
    Column("identity", Text, primary_key=True),
    Column("person", Text, ForeignKey("person.person"), nullable=False),
    Index("person_identity_person_idx", "person"),
)
"""By what else a person is known, such as the address their commits in git carry; in lower case."""

people_group = Table(
    "people_group",
    metadata,
    Column("people_group", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("follows", Text, nullable=False, server_default=text("''")),
)
"""Groups of people; ``follows`` names the group at the provider of the sign-on that says who is in it."""

sign_on = Table(
    "sign_on",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("person", Text, ForeignKey("person.person"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Index("sign_on_person_idx", "issuer", "person", unique=True),
)
"""Who somebody is that a provider vouches for: a person has one subject there, for good until it is undone."""

membership = Table(
    "membership",
    metadata,
    Column("people_group", Text, ForeignKey("people_group.people_group"), primary_key=True),
    Column("person", Text, ForeignKey("person.person"), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("membership_person_idx", "person"),
)
"""Who is in a group."""

role_binding = Table(
    "role_binding",
    metadata,
    Column("role_binding", Text, primary_key=True),
    Column("person", Text, ForeignKey("person.person")),
    Column("people_group", Text, ForeignKey("people_group.people_group")),
    Column("role", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("value", Text, nullable=False, server_default=text("''")),
    Column("starts", DateTime(timezone=True), nullable=False),
    Column("ends", DateTime(timezone=True)),
    Column("given_by", Text, nullable=False),
    Column("rationale", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    CheckConstraint("scope IN ('all', 'flow', 'tag')", name="scope"),
    CheckConstraint("(scope = 'all') = (value = '')", name="value"),
    CheckConstraint("(person IS NULL) <> (people_group IS NULL)", name="holder"),
    CheckConstraint("ends IS NULL OR ends >= starts", name="ends"),
    Index("role_binding_person_idx", "person"),
    Index("role_binding_people_group_idx", "people_group"),
    Index("role_binding_role_idx", "role"),
)
"""A role of a person or a group, on all flows, one flow or those with a tag, from ``starts`` until before ``ends``."""

delegation = Table(
    "delegation",
    metadata,
    Column("delegation", Text, primary_key=True),
    Column("person", Text, ForeignKey("person.person"), nullable=False),
    Column("delegate", Text, ForeignKey("person.person"), nullable=False),
    Column("starts", DateTime(timezone=True), nullable=False),
    Column("ends", DateTime(timezone=True), nullable=False),
    Column("given_by", Text, nullable=False),
    Column("rationale", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    CheckConstraint("ends >= starts", name="ends"),
    CheckConstraint("person <> delegate", name="delegate"),
    Index("delegation_person_idx", "person"),
    Index("delegation_delegate_idx", "delegate"),
)
"""Who stands in for whom, from ``starts`` until before ``ends``."""

subject_key = Table(
    "subject_key",
    metadata,
    Column("lookup", Text, primary_key=True),
    Column("key", Text),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("erased_at", DateTime(timezone=True)),
)
"""The own keys of people, by a keyed hash: of their name in telemetry, of their id for those BOS knows.

Whoever was erased has none any more.
"""
