"""The events of one case behind a number: single rows, with the right and the journal entry of the cases themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.actions.cases import names_of
from bos.actions.definitions import live_definitions
from bos.actions.kpis import chosen
from bos.actions.question import Question
from bos.actions.reading import note_read
from bos.actions.rights import permit_flow
from bos.errors import NotFound, UsageError
from bos.model.answers.cases import CaseEvent, CaseEvents
from bos.model.numbers import shown
from bos.store import jobs
from bos.store.engine import reading

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bos.actions.context import Context
    from bos.actions.definitions import Definitions
    from bos.auth.actor import Actor
    from bos.telemetry.table import Snapshot

MOST = 1_000


def case_events(
    ctx: Context,
    actor: Actor,
    flow: str,
    kpi: str,
    case: str,
    *,
    limit: int = MOST,
    snapshot: int | None = None,
) -> CaseEvents:
    """Return every event of a case, in the order of time (at one instant, of their ids), in the zone of the KPI.

    Names of people are as the lake holds them: pseudonyms, where a signal's class of personal data says so.
    ``snapshot`` is a version of the lake (``None``: the newest).

    Raises:
        NotFound: there is no such flow, KPI, snapshot or case.
        Forbidden: whoever asks may not read single rows.
        UsageError: the limit is out of range.
        Unavailable: the lake cannot be read.
    """
    if not 1 <= limit <= MOST:
        raise UsageError(f"The limit is {limit}.", where="limit", hint=f"Ask for 1 to {MOST:,} events.")
    with reading(ctx.engine) as connection:
        permit_flow(connection, actor, "telemetry.rows", flow)
        found = live_definitions(connection, flow)
        generated = jobs.has_generated(connection, flow)
    (spec,) = chosen(found, (kpi,))
    held = ctx.lake.snapshot(flow, snapshot)
    note_read(ctx, actor, flow, {"what": "case", "kpi": kpi, "case": case, "limit": limit, "snapshot": held.id})
    total, items = _read(held, found, case, limit, ctx.settings.memory_limit)
    if not total:
        hint = "Ids of cases are listed with the cases behind a number."
        raise NotFound(f"The flow {flow} has no case {case[:200]!r}.", where="case", hint=hint)
    return CaseEvents(
        flow=flow,
        kpi=spec.id,
        case=case,
        time_zone=Question().window(found, kpi).time_zone,
        total=total,
        items=items,
        snapshot=held.id,
        generated=generated,
    )


def _read(
    held: Snapshot, found: Definitions, case: str, limit: int, memory_limit: str
) -> tuple[int, tuple[CaseEvent, ...]]:
    from bos.kpi.connection import moment, opened  # noqa: PLC0415 - loaded only where events are read
    from bos.kpi.journeys import emitted  # noqa: PLC0415 - as above

    bound = {name: signal for name, signal in found.bound().items() if signal.event}
    of = "".join(f", {emitted(signal)}" for signal in bound.values())
    of_event = "event_id, step, epoch_us(event_time), effective_date, amount, currency, resource"
    chosen_rows = "FROM events WHERE case_id = ? ORDER BY event_time, event_id LIMIT ?"
    sql = f"SELECT count(*) OVER (), {of_event}{of} {chosen_rows}"
    with opened(held, memory_limit=memory_limit) as cursor:
        rows = cursor.execute(sql, [case, limit]).fetchall()
    told = _Told(found, tuple(bound), moment)
    return (rows[0][0] if rows else 0), tuple(told.event(row[1:8], row[8:]) for row in rows)


class _Told:
    """Says what the events of a flow are called: by the signals they are of, and the steps that emit these."""

    def __init__(self, found: Definitions, bound: tuple[str, ...], moment: Callable[[int], datetime]) -> None:
        self._moment = moment
        self._bound = bound
        self._names = names_of(found, "UTC")
        steps = {step["id"]: step["title"] for step in found.doc["flow"]["steps"]}
        self._steps = {use["id"]: steps.get(use["step"], "") for use in found.doc["process_signals"]}

    def event(self, row: tuple[Any, ...], of: tuple[bool | None, ...]) -> CaseEvent:
        """Return an event; ``of`` says for each signal whether it is one of its."""
        event_id, recorded, micros, effective, amount, currency, by = row
        signals = tuple(name for name, is_one in zip(self._bound, of, strict=True) if is_one)
        titles = [self._names.titles.get(name, name) for name in signals]
        places = dict.fromkeys(self._steps[name] for name in signals if self._steps[name])
        return CaseEvent(
            event_id=event_id,
            at=self._moment(micros),
            recorded=recorded,
            title=", ".join(titles) or recorded,
            signals=signals,
            step=", ".join(places),
            effective_date=effective,
            amount=None if amount is None else str(amount),
            currency=currency,
            shown="" if amount is None else shown(amount, currency or ""),
            by=by,
        )
