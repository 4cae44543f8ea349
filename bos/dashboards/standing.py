"""How a number stands: against its target and thresholds, against the period before, and how far it is approved."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bos.errors import FormulaError
from bos.kpi.nodes import Cumulative, Gap
from bos.kpi.parser import parse
from bos.model.answers.dashboards import Comparison, Status, TargetMark
from bos.model.numbers import NOTHING, Number, beside, exact, points, shown
from bos.model.outcomes import direction_of
from bos.model.roles import ROLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bos.model.answers.changes import Approval
    from bos.model.answers.dashboards import Panel

WORST: tuple[Status, ...] = ("breach", "warning", "withheld", "no_data", "ok", "none")
"""Statuses from the worst to the best; a KPI without a target decides nothing."""
_SIDE_MARKS = {None: "", True: " · better", False: " · worse"}
_MARKS = {"held": "Change held", "waived": "Waived"}
_UNSIGNED = {
    ("provisional", False): "Not approved yet",
    ("provisional", True): "Not approved yet, and a change is held",
    ("held", True): "Change held · approved value shown",
}
_SIDES = {"at_most": ("at most", "above"), "at_least": ("at least", "below")}


@dataclass(frozen=True, slots=True)
class Standing:
    """A status and its words."""

    status: Status
    words: str


def target_mark(target: Mapping[str, Any] | None, unit: str) -> TargetMark | None:
    """Return a target as people read it."""
    if target is None:
        return None
    text = f"{_SIDES[target['direction']][0]} {exact(target['value'], unit)}"
    return TargetMark(value=target["value"], direction=target["direction"], shown=text, source=target["source"])


def is_gap(outcome: Mapping[str, Any]) -> bool:
    """Return whether a KPI is a gap: being below nothing is as far off as being above it."""
    try:
        measure = parse(outcome["measure"]["formula"])
    except FormulaError:
        return False
    return isinstance(measure.of if isinstance(measure, Cumulative) else measure, Gap)


def distance(value: Number, outcome: Mapping[str, Any]) -> Decimal:
    """Return what of a value is held against target and limits: of a gap its size, whichever side it is on."""
    number = Decimal(str(value))
    return abs(number) if is_gap(outcome) else number


def standing(value: Number, unit: str, outcome: Mapping[str, Any]) -> Standing:
    """Return how a value stands: a breach or warning names the level that was passed on the wrong side."""
    target, thresholds = outcome["target"], outcome["thresholds"]
    if value is None:
        return Standing("no_data", NOTHING)
    side = direction_of(target, thresholds)
    if side is None:
        return Standing("none", "No target set")
    number, sign = distance(value, outcome), (1 if side == "at_most" else -1)
    for level, word in (("breach", "Breach"), ("warning", "Warning")):
        limits = [threshold["value"] for threshold in thresholds if threshold["level"] == level]
        passed = [limit for limit in limits if (number - Decimal(str(limit))) * sign > 0]
        if passed:
            limit = max(passed) if sign > 0 else min(passed)
            return Standing(level, f"{word}: {_beyond(outcome, number, limit, unit)}")  # type: ignore[arg-type]
    if target is not None and (number - Decimal(str(target["value"]))) * sign > 0:
        status: Status = "warning" if thresholds else "breach"
        return Standing(status, f"Target missed: {_beyond(outcome, number, target['value'], unit)}")
    return Standing("ok", "On target" if target is not None else "Within its limits")


def unjudged(words: str, outcome: Mapping[str, Any]) -> Standing:
    """Return how a number stands whose events ended before its period did, as ``words`` say: nobody knows."""
    decides = direction_of(outcome["target"], outcome["thresholds"]) is not None
    return Standing("no_data" if decides else "none", words)


def _beyond(outcome: Mapping[str, Any], number: Decimal, limit: float, unit: str) -> str:
    """Return on which side of a limit a number is; where it would read as if it were on another, the number too.

    Two totals are so far apart, whichever is larger.
    """
    side = direction_of(outcome["target"], outcome["thresholds"])
    told, bound = beside(number, limit, unit)
    near = "" if told == shown(str(number), unit) else f"{told}, "
    if side == "at_most" and is_gap(outcome):
        return f"{near}more than {bound} apart"
    return f"{near}{_SIDES[side or 'at_most'][1]} {bound}"


def worst(statuses: Iterable[Status]) -> Status:
    """Return the worst of statuses; ``none`` of nothing. There is no mean: one breach is a breach."""
    return min(statuses, key=WORST.index, default="none")


@dataclass(frozen=True, slots=True)
class Overall:
    """How a dashboard stands: the worst of its KPIs, which need attention, and how many are approved."""

    status: Status
    words: str
    attention: tuple[str, ...]
    approval: str


def overall(panels: Sequence[Panel], hidden: Sequence[Panel] = ()) -> Overall:
    """Return how the KPIs of a dashboard stand together; those that are hidden count, and are said to be."""
    kpis = [panel for panel in (*panels, *hidden) if panel.kind == "kpi"]
    bad = sorted((p for p in kpis if p.status in {"breach", "warning"}), key=lambda p: WORST.index(p.status))
    counts = {word: sum(panel.status == word for panel in kpis) for word in ("breach", "warning")}
    told = [f"{count} in {word}" for word, count in counts.items() if count]
    gone = [panel for panel in kpis if panel.status in {"withheld", "no_data"}]
    ended = sum(panel.status == "no_data" and panel.value is not None for panel in gone)
    told += [f"{len(gone) - ended} without a value"] if len(gone) > ended else []
    told += [f"{ended} without a verdict"] if ended else []
    targets = sum(panel.status != "none" for panel in kpis)
    every = f"{len(kpis)} KPI{'' if len(kpis) == 1 else 's'}"
    on_target = "The KPI with a target is on it" if targets == 1 else f"All {targets} KPIs with a target are on it"
    words = f"{_in_a_row(told)}, of {every}" if told else on_target
    if not told and not targets:
        words = f"{every}, none with a target"
    words += _hidden_of([panel.status for panel in hidden if panel.kind == "kpi"])
    approval = _approval_of(every, [panel.approval.state for panel in kpis if panel.approval is not None])
    return Overall(worst(panel.status for panel in kpis), words, tuple(panel.id for panel in bad), approval)


def _in_a_row(parts: Sequence[str]) -> str:
    *rest, last = parts
    return f"{', '.join(rest)} and {last}" if rest else last


def _hidden_of(statuses: Sequence[Status]) -> str:
    """Return how many KPIs are hidden, and how many of them need attention; nothing where none is."""
    if not statuses:
        return ""
    counts = {word: statuses.count(word) for word in ("breach", "warning")}
    told = [f"{'one' if count == 1 else count} of them in {word}" for word, count in counts.items() if count]
    if len(statuses) == 1:
        told = [f"in {word}" for word, count in counts.items() if count]
    return f"; {', '.join([f'{len(statuses)} hidden', *told])}"


def _approval_of(every: str, states: Sequence[str]) -> str:
    waiting, waived = sum(state in {"provisional", "held"} for state in states), states.count("waived")
    told = [f"{waiting} of {every} {'is' if waiting == 1 else 'are'} not fully approved"] if waiting else []
    if waived:
        told.append(f"{waived} of {every} {'counts' if waived == 1 else 'count'} as approved by a waiver")
    return ", ".join(told)


def comparison(now: Number, before: Number, unit: str, period: str, side: str | None, *, of: str = "") -> Comparison:
    """Return the change from the period before; ``of`` names what is compared where it is not the value shown."""
    difference = None if now is None or before is None else float(Decimal(str(now)) - Decimal(str(before)))
    better = None if difference is None or side is None or not difference else (difference < 0) == (side == "at_most")
    if difference is None:
        words = f"Nothing to compare with in {period}" if before is None else f"No value to compare with {period}"
    elif not difference:
        words = f"Unchanged against {period}"
    else:
        arrow = "▲" if difference > 0 else "▼"
        amount = points(difference) if unit == "ratio" else shown(abs(difference), unit)
        words = f"{arrow} {amount} against {period}{_SIDE_MARKS[better]}"
    return Comparison(
        period=period,
        value=before,
        shown=shown(before, unit),
        difference=difference,
        better=better,
        words=f"{of}: {words}" if of else words,
        of=of,
        now=now if of else None,
    )


def unsided(change: Comparison) -> Comparison:
    """Return a change as it is told of what cannot be judged: neither better nor worse."""
    return change.model_copy(update={"better": None, "words": change.words.removesuffix(_SIDE_MARKS[change.better])})


def approval_words(approval: Approval | None) -> str:
    """Return how far a number is approved, in words; nothing where that is not known."""
    if approval is None:
        return ""
    if approval.state == "approved":
        return "Approved"
    if approval.state == "waived":
        until = f"{approval.until:%-d %B %Y}" if approval.until else ""
        return f"Waived until {until}: {approval.reason}"
    waits = f" · waits for {listed(approval.waiting_for)}" if approval.waiting_for else ""
    return f"{_UNSIGNED[approval.state, approval.held]}{waits}"


def approval_mark(approval: Approval | None) -> str:
    """Return the short words of a badge; nothing where a number is approved or needs no approval."""
    if approval is not None and approval.state == "provisional":
        return _UNSIGNED[approval.state, approval.held]
    return _MARKS.get(approval.state, "") if approval else ""


def listed(waiting: Sequence[str]) -> str:
    """Return roles as a part of a sentence."""
    roles = [ROLES.get(role, role) for role in waiting]
    lower = [role if role.isupper() or role[:3] == "SRE" else role[0].lower() + role[1:] for role in roles]
    return lower[0] if len(lower) == 1 else f"{', '.join(lower[:-1])} and {lower[-1]}"
