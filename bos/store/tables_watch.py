"""The tables of what is watched: how each KPI stands, and who wants to hear of it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from bos.store.tables import metadata

watch_state = Table(
    "watch_state",
    metadata,
    Column("flow", Text, primary_key=True),
    Column("kpi", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("course", Text),
    Column("seen", Text),
    Column("times", Integer, nullable=False),
    Column("changes", Integer, nullable=False),
    Column("slot", BigInteger, nullable=False),
    Column("looked_at", DateTime(timezone=True), nullable=False),
    Column("told", JSONB, nullable=False),
    Column("acknowledged_by", Text),
    Column("acknowledged_at", DateTime(timezone=True)),
    Column("acknowledgement", Text),
)
"""How a watched KPI stands: the state that counts and since when, the looks since that were of another (``course``,
``seen``, ``times``), how often it changed, the last span that was looked at (``slot``), what came out (``told``)."""

watch_subscription = Table(
    "watch_subscription",
    metadata,
    Column("flow", Text, primary_key=True),
    Column("kpi", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
)
"""Who hears of a KPI's changes of state; an empty ``kpi`` is every KPI of the flow."""
