"""Retention: what a flow holds longer than its signals say."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bos.actions.definitions import live_definitions
from bos.actions.documents import may_read
from bos.auth.policy import allow
from bos.model.answers.telemetry import DueSignal, RetentionDue
from bos.store.engine import reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bos.actions.context import Context
    from bos.auth.actor import Actor
    from bos.telemetry.table import Kind

KINDS: tuple[Kind, ...] = ("events", "metrics")


def due(ctx: Context, actor: Actor, flow: str) -> RetentionDue:
    """Return the rows that a flow holds longer than its live signals say (``retention_days``), as of now.

    What several signals share is kept as long as one of them says. Rows of an event that no signal names are kept.

    Raises:
        NotFound: there is no such flow.
        Unavailable: the lake cannot be read.
    """
    allow(actor, "telemetry.read")
    with reading(ctx.engine) as connection:
        may_read(connection, actor, "template", flow)
    now = datetime.now(UTC)
    found = []
    for what, names in _kept(ctx, flow).items():
        rows = ctx.lake.expired(flow, _limits(names, now), what)
        for name, (days, signals) in sorted(names.items()):
            told = {"what": what, "name": name, "signals": tuple(sorted(signals)), "days": days}
            found.append(DueSignal(**told, before=_before(days, now), rows=rows.get(name, 0)))
    return RetentionDue(flow=flow, at=now, rows=sum(one.rows for one in found), signals=tuple(found))


def limits(ctx: Context, flow: str, now: datetime) -> dict[Kind, dict[str, datetime]]:
    """Return, for events and metrics, name → the moment (UTC) before which the live signals keep nothing.

    Raises:
        NotFound: there is no such flow.
    """
    return {what: _limits(names, now) for what, names in _kept(ctx, flow).items()}


def _limits(names: Mapping[str, tuple[int, set[str]]], now: datetime) -> dict[str, datetime]:
    return {name: _before(days, now) for name, (days, _) in names.items()}


def _before(days: int, now: datetime) -> datetime:
    return now - timedelta(days=days)


def _kept(ctx: Context, flow: str) -> dict[Kind, dict[str, tuple[int, set[str]]]]:
    """Return, for events and metrics, name → for how many days it is kept and which signals say so."""
    with reading(ctx.engine) as connection:
        found = live_definitions(connection, flow, systems=True)
    every: dict[Kind, dict[str, list[dict[str, Any]]]] = {what: defaultdict(list) for what in KINDS}
    for version in found.signals.values():
        if event := version.doc["binding"]["event"]:
            every["events"][event].append(version.doc)
    for use in found.doc["system_signals"]:
        if use["signal"] in found.systems:
            for name in {use["id"], use["signal"]}:
                every["metrics"][name].append(found.systems[use["signal"]].doc)
    return {
        what: {
            name: (max(doc["retention_days"] for doc in docs), {doc["id"] for doc in docs})
            for name, docs in names.items()
        }
        for what, names in every.items()
    }
