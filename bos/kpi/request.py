"""What is asked, checked: KPIs with all they use as trees, and the signals that their cells read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bos.errors import Invalid, NotExpressible, Problem
from bos.kpi import nodes as n
from bos.kpi.check import check, dimension_faults
from bos.kpi.failures import charge_of
from bos.kpi.parser import parse
from bos.kpi.program import Used
from bos.kpi.refs import points_read, refs, selections

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bos.kpi.arithmetic import Known
    from bos.kpi.binding import BoundSeries, BoundSignal
    from bos.kpi.cells import Cell
    from bos.kpi.nodes import Measure
    from bos.kpi.options import Options
    from bos.kpi.spec import KpiSpec


@dataclass(frozen=True, slots=True)
class Asked:
    """KPIs as trees, with all they use, and what is wrong with those that cannot be computed.

    Attributes:
        table: id → (anchor, measure), of what is right.
        faults: id of a KPI that was asked for → its problems and those of what it uses; their paths begin with the id.
    """

    table: Known
    faults: Mapping[str, Sequence[Problem]]

    def reason(self, kpi: str) -> str:
        """Return in words why a KPI cannot be computed; empty where it can."""
        told = dict.fromkeys(" ".join(filter(None, (one.message, one.hint))) for one in self.faults.get(kpi, ()))
        return f"It cannot be computed: {' '.join(told)}" if told else ""

    def refuse(self) -> None:
        """Raise Invalid with every problem, or NotExpressible where only the engine's limits are in the way."""
        problems = tuple(dict.fromkeys(problem for found in self.faults.values() for problem in found))
        if not problems:
            return
        impossible = all(problem.code == "not-expressible" for problem in problems)
        kind = NotExpressible if impossible else Invalid
        raise kind(problems[0].message, where=problems[0].path, hint=problems[0].hint, problems=problems)


def asked(
    kpis: Sequence[KpiSpec],
    known: Sequence[KpiSpec],
    bound: tuple[Mapping[str, BoundSignal], Mapping[str, BoundSeries]],
    options: Options,
) -> Asked:
    """Return the KPIs and all they use, checked."""
    signals, systems = bound
    every = {kpi.id: kpi for kpi in (*known, *kpis)}
    table: dict[str, tuple[str, Measure]] = {}
    problems: dict[str, list[Problem]] = {}
    uses: dict[str, tuple[str, ...]] = {}
    waiting = [kpi.id for kpi in kpis]
    while waiting:
        name = waiting.pop()
        if name in problems:
            continue
        problems[name] = [p for p in check(every[name], signals, every.values(), systems) if p.severity == "error"]
        if problems[name]:
            continue
        measure = parse(every[name].formula)
        table[name] = _placed(every[name], measure, every)
        uses[name] = refs(measure).kpis
        waiting += uses[name]
        faults = (f for field in options.read for f in dimension_faults(*table[name], field, signals))
        problems[name] += [Problem("dimensions", message, hint, "unknown-field") for message, hint in faults]
    told = {name: [replace(one, path=f"{name}.{one.path}") for one in found] for name, found in problems.items()}
    return Asked(table, {kpi.id: [one for name in _reached(kpi.id, uses) for one in told[name]] for kpi in kpis})


def _reached(name: str, uses: Mapping[str, tuple[str, ...]]) -> dict[str, None]:
    found: dict[str, None] = {}
    ahead = [name]
    while ahead:
        one = ahead.pop()
        if one not in found:
            found[one] = None
            ahead += uses.get(one, ())
    return found


def checked(
    kpis: Sequence[KpiSpec],
    known: Sequence[KpiSpec],
    bound: tuple[Mapping[str, BoundSignal], Mapping[str, BoundSeries]],
    options: Options,
) -> Known:
    """Return id → (anchor, measure) of the KPIs and of all they use, once every problem is ruled out."""
    found = asked(kpis, known, bound, options)
    found.refuse()
    return found.table


def _placed(spec: KpiSpec, measure: Measure, every: Mapping[str, KpiSpec]) -> tuple[str, Measure]:
    """Return what is computed of a KPI, and what places it: of a cost the charge for the KPI it names."""
    if not isinstance(measure, n.Cost):
        return spec.anchor, measure
    charge = charge_of(every[measure.of])
    if isinstance(charge, tuple):
        raise TypeError(charge)
    return every[measure.of].anchor, charge


def unbound_of(cell: Cell, signals: Mapping[str, BoundSignal]) -> str | None:
    """Return the name of a signal that is not bound to recorded events, if the cell needs one."""
    names = [selection.signal for selection in selections(cell.leaf)]
    names += [cell.anchor] if cell.anchor in signals else []
    return next((name for name in names if not signals[name].bound), None)


def used_by(cells: Sequence[Cell], signals: Mapping[str, BoundSignal], systems: Mapping[str, BoundSeries]) -> Used:
    """Return the signals that cells read."""
    names = {selection.signal for cell in cells for selection in selections(cell.leaf)}
    names |= {cell.anchor for cell in cells if cell.anchor in signals}
    series = {points.signal for cell in cells for points in points_read(cell.leaf)}
    return Used(tuple(signals[name] for name in sorted(names)), tuple(systems[name] for name in sorted(series)))
