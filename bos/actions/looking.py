"""One look at the watched KPIs of a flow: what each comes to, how it stands, what its failures cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from bos.actions.evaluation import Snapshots, values
from bos.actions.failure_money import cost_of
from bos.actions.question import Question, Window, before
from bos.actions.sides import rows_of
from bos.dashboards.periods import Held, words
from bos.dashboards.standing import standing
from bos.errors import BosError
from bos.model.answers.watching import Money, WatchState
from bos.model.numbers import NOTHING, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from bos.actions.dashboard_sources import Sources
    from bos.kpi import KpiSpec
    from bos.model.answers.kpis import KpiValue

_SHOWN = {"withheld": "Withheld", "no_data": NOTHING}
_STATES = {"none": "ok"}
"""Where nothing is open there is nothing to be in breach of."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of a KPI: its state, and what is told of it."""

    state: WatchState
    told: Mapping[str, Any]


def look(sources: Sources, kpis: Iterable[str], now: datetime) -> dict[str, Look]:
    """Return how KPIs of a flow stand at a moment (aware), each over the span its template says.

    What cannot be computed is withheld, with the reason; so is everything where the lake cannot be read.
    """
    wanted = list(kpis)
    windows: dict[Window, list[str]] = {}
    for name in wanted:
        windows.setdefault(_window(sources, name, now), []).append(name)
    try:
        return {name: seen for window, alike in windows.items() for name, seen in _seen(sources, alike, window)}
    except BosError as error:
        return unseen(wanted, error)


def unseen(kpis: Iterable[str], error: BosError) -> dict[str, Look]:
    """Return what is told of KPIs that could not be looked at."""
    reason = f"It could not be computed: {error.message}"
    return {name: Look("withheld", {"words": reason, "shown": "Withheld"}) for name in kpis}


def _window(sources: Sources, name: str, now: datetime) -> Window:
    doc = sources.found.doc
    outcome = next(one for one in doc["outcomes"] if one["id"] == name)
    zone = outcome["measure"]["time_zone"] or doc["time_zone"]
    return Window(before(now, outcome["watch"]["over"] or outcome["measure"]["window"], zone), now, zone)


def _seen(sources: Sources, names: Collection[str], window: Window) -> Iterator[tuple[str, Look]]:
    """Yield what is seen of KPIs that are looked at over one span."""
    found = sources.found
    specs = tuple(spec for spec in found.specs() if spec.id in names)
    ask = Question(start=window.start, end=window.end, judged=window.end)
    held = Snapshots(sources.events, sources.metrics)
    how: dict[str, Any] = {"memory_limit": sources.memory_limit, "engine": sources.engine, "silence": sources.silence}
    told = values(found, specs, held, ask, **how)
    costs = _costs(sources, [spec for spec in specs if spec.cost_rule is not None], window)
    period = words(window.start, window.end, Held(sources.events.first, sources.events.last), window.time_zone)
    outcomes = {outcome["id"]: outcome for outcome in found.doc["outcomes"]}
    for value in told:
        state, said = _stands(value, outcomes[value.kpi])
        yield (
            value.kpi,
            Look(
                state,
                {
                    "period": period,
                    "zone": window.time_zone,
                    "value": None if state == "no_data" else value.value,
                    "shown": _SHOWN.get(state) or shown(value.value, value.unit),
                    "unit": value.unit,
                    "n": value.n,
                    "words": said,
                    "snapshot": value.snapshot,
                    "template_version": found.template.version,
                    "money": costs.get(value.kpi) if state in {"ok", "warning", "breach"} else None,
                },
            ),
        )


def _stands(value: KpiValue, outcome: Mapping[str, Any]) -> tuple[WatchState, str]:
    """Return the state of a value and why; of events that ended before now nobody knows how they would stand."""
    if value.withheld_reason:
        return "withheld", value.withheld_reason
    gone = value.no_data or value.ended
    if gone is not None:
        return "no_data", gone.words
    found = standing(value.value, value.unit, outcome)
    return cast("WatchState", _STATES.get(found.status, found.status)), found.words


def _costs(sources: Sources, specs: Collection[KpiSpec], window: Window) -> dict[str, dict[str, str]]:
    """Return KPI → what its failures in the period cost; those whose cost is withheld are left out."""
    asked = {spec.id: cost_of(spec) for spec in specs}
    if not asked:
        return {}
    costs = tuple(asked.values())
    rows = rows_of(sources, costs, window, more=costs)
    kpis = {cost.id: name for name, cost in asked.items()}
    return {
        kpis[row.kpi]: Money(
            amount=str(row.value), currency=row.unit, shown=shown(str(row.value), row.unit)
        ).model_dump()
        for row in rows
        if row.value is not None
    }
