"""The numbers of a dashboard or of an evaluation as rows: KPI by bucket by value of a dimension."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from bos.dashboards.figures import missing_of, part_of
from bos.dashboards.standing import approval_words, standing, unjudged
from bos.model.answers.exports import NotCarried
from bos.model.numbers import is_money

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bos.model.answers.dashboards import DashboardRun, Panel
    from bos.model.answers.kpis import KpiRun, KpiValue

_WITHHELD = "Withheld: "
_CENT = Decimal("0.01")
Part = Literal["total", "bucket", "dimension"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One number: ``part`` says whether it is of the whole period, of a bucket of time, or of a value of a dimension.

    ``value`` is exact, ``dimensions`` maps each dimension to its value as text (``None``: not recorded).
    """

    kpi: str
    title: str
    part: Part
    period: str
    bucket_start: datetime | None = None
    dimensions: Mapping[str, str | None] = field(default_factory=dict)
    value: Decimal | None
    unit: str
    n: int
    target: float | None = None
    target_direction: str | None = None
    status: str = ""
    status_words: str = ""
    withheld_reason: str | None = None
    approval: str | None = None
    approval_words: str = ""
    snapshot: str | None = None

    @property
    def money(self) -> bool:
        """Whether the value is an amount."""
        return is_money(self.unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows with what they share; ``start`` and ``end`` are the period that was asked for."""

    flow: str
    title: str
    run: str
    at: datetime
    template_version: int
    by: str
    time_zone: str
    start: datetime | None
    end: datetime | None
    generated: bool
    dimensions: tuple[str, ...]
    rows: tuple[Row, ...]
    marks: tuple[str, ...]
    not_carried: tuple[NotCarried, ...]


def number(value: float | str | None, unit: str) -> Decimal | None:
    """Return a number of an answer digit for digit; an amount of whole cents has two decimals."""
    if value is None:
        return None
    found = Decimal(str(value))
    return found.quantize(_CENT) if is_money(unit) and found == round(found, 2) else found


def of_dashboard(run: DashboardRun, marks: tuple[str, ...]) -> Table:
    """Return the numbers of a dashboard: each KPI's, those of its split, those of its trend."""
    rows = tuple(row for panel in run.panels for row in _of_panel(run, panel))
    dimensions = (run.split,) if any(row.dimensions for row in rows) else ()
    return Table(
        flow=run.flow,
        title=run.title,
        run=run.run,
        at=run.at,
        template_version=run.template_version,
        by=run.window.by,
        time_zone=run.window.time_zone,
        start=run.window.start,
        end=run.window.end,
        generated=run.generated,
        dimensions=dimensions,
        rows=rows,
        marks=marks,
        not_carried=tuple(_left(run)),
    )


def _of_panel(run: DashboardRun, panel: Panel) -> Iterator[Row]:
    target = panel.target
    shared: dict[str, Any] = {
        "kpi": panel.id.rpartition(".")[2],
        "title": panel.title,
        "period": panel.period,
        "unit": panel.unit,
        "target": target.value if target else None,
        "target_direction": target.direction if target else None,
        "approval": panel.approval.state if panel.approval else None,
        "approval_words": panel.approval_words,
        "snapshot": run.metrics_snapshot if panel.points else run.snapshot,
    }
    if panel.kind == "kpi":
        value = None if panel.withheld_reason else number(panel.value, panel.unit)
        told: dict[str, Any] = {
            "status": panel.status,
            "status_words": panel.status_words,
            "withheld_reason": panel.withheld_reason,
        }
        yield Row(**shared, part="total", value=value, n=panel.n, **told)
    elif panel.kind == "split":
        for name, value, n, words, *_ in panel.rows:
            reason = words.removeprefix(_WITHHELD) if words.startswith(_WITHHELD) else None
            split: dict[str, Any] = {"dimensions": {run.split: name}, "status_words": words, "withheld_reason": reason}
            yield Row(**shared, part="dimension", value=number(value, panel.unit), n=n, **split)
    elif panel.kind == "trend" and not panel.withheld_reason:
        lesser, missing = part_of(panel.figure), missing_of(panel.figure)
        for start, value, n in panel.rows:
            when: dict[str, Any] = {
                "bucket_start": datetime.fromisoformat(start).astimezone(UTC),
                "status": "no_data" if start in missing else "",
                "status_words": missing.get(start) or lesser.get(start, ""),
            }
            yield Row(**shared, part="bucket", value=number(value, panel.unit), n=n, **when)


_KINDS = {
    "funnel": "A table of cases by step is no table of KPI values; read it from the run.",
    "times": "A table of times by step is no table of KPI values; read it from the run.",
    "budget": "The course of an error budget is derived from KPI values: read it with bos kpi budgets.",
    "system": "Points of system signals are no KPI values; read them from the run.",
}


def _left(run: DashboardRun) -> Iterator[NotCarried]:
    for panel in run.panels:
        if panel.kind in _KINDS:
            yield NotCarried(what=panel.title, where=panel.id, why=_KINDS[panel.kind])
    yield NotCarried(what="Queries", why="The file has numbers alone; the run keeps the SQL of each.")
    if any(panel.change and panel.change.value is not None for panel in run.panels):
        yield NotCarried(
            what="Change against an earlier period", why="A row is one value; build the dashboard of that period."
        )


def of_evaluation(
    run: KpiRun, outcomes: Mapping[str, Mapping[str, Any]], zone: str, *, generated: bool, marks: tuple[str, ...]
) -> Table:
    """Return the values of an evaluation; ``outcomes`` are the KPIs by name as the versions it read define them."""
    options = run.options
    dimensions = tuple(dict.fromkeys(name for value in run.values for name in value.dimensions))
    start, end = (options.get(name) and datetime.fromisoformat(options[name]) for name in ("start", "end"))
    left = [NotCarried(what="Queries", why="The file has numbers alone; the run keeps the SQL of each.")]
    if options.get("compare"):
        left.append(NotCarried(what="Earlier values", why="A row is one value; evaluate the earlier period."))
    return Table(
        flow=run.flow,
        title=run.flow,
        run=run.run,
        at=run.at,
        template_version=run.template_version,
        by=options.get("by") or "",
        time_zone=zone,
        start=start or None,
        end=end or None,
        generated=generated,
        dimensions=dimensions,
        rows=tuple(_of_value(value, outcomes.get(value.kpi)) for value in run.values),
        marks=marks,
        not_carried=tuple(left),
    )


def _of_value(value: KpiValue, outcome: Mapping[str, Any] | None) -> Row:
    target = outcome["target"] if outcome else None
    part: Part = "bucket" if value.bucket_start else "dimension" if value.dimensions else "total"
    stands = None
    if outcome is not None and part == "total":
        stands = unjudged(value.ended.words, outcome) if value.ended else standing(value.value, value.unit, outcome)
    status, words = "", ""
    if value.withheld_reason:
        status, words = "withheld", f"{_WITHHELD}{value.withheld_reason}"
    elif value.no_data is not None:
        status, words = "no_data", value.no_data.words
    elif value.ended is not None and stands is None:
        words = value.ended.words
    elif stands is not None:
        status, words = stands.status, stands.words
    return Row(
        kpi=value.kpi,
        title=outcome["title"] if outcome else value.kpi,
        part=part,
        period="",
        bucket_start=value.bucket_start and value.bucket_start.astimezone(UTC),
        dimensions={name: None if told is None else str(told) for name, told in value.dimensions.items()},
        value=None if value.withheld_reason else number(value.value, value.unit),
        unit=value.unit,
        n=value.n,
        target=target["value"] if target else None,
        target_direction=target["direction"] if target else None,
        status=status,
        status_words=words,
        withheld_reason=value.withheld_reason,
        approval=value.approval.state if value.approval else None,
        approval_words=approval_words(value.approval),
        snapshot=value.snapshot,
    )
