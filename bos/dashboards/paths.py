"""Panels of the step graph: who reached each step and went on, and how long the ways took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.dashboards import figures
from bos.dashboards.periods import thin
from bos.dashboards.standing import approval_words
from bos.kpi import parse
from bos.kpi.journeys import Departure, Way
from bos.kpi.nodes import Conformance, MustEnd
from bos.kpi.refs import leaves
from bos.model.answers.dashboards import Panel, PanelQuery
from bos.model.numbers import duration, grouped, percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bos.dashboards.board import Board
    from bos.kpi import BoundSignal
    from bos.kpi.journeys import Journeys, Stage
    from bos.model.answers.changes import Approval

FUNNEL_COLUMNS = ("Step", "Went on to", "Cases", "Share of the step", "Reached the next step later, by any way")
TIMES_COLUMNS = ("From step", "To step", "Cases", "Median (s)", "p95 (s)")
REST = {"in_flight": "In flight", "dropped": "Dropped off", "ended": "May end here"}


def departures(template: Mapping[str, Any], signals: Mapping[str, BoundSignal]) -> tuple[Departure, ...]:
    """Return the steps that a bound signal tells, each with its ways out to steps that one tells too.

    A step with several signals is told by the one that is named like it, else by the first of the template.
    """
    own, ends = marks(template, signals), final_steps(template)
    found = []
    for step in template["flow"]["steps"]:
        name = step["id"]
        if name not in own:
            continue
        ways = tuple(
            Way(edge["id"], edge["target"], own[edge["target"]])
            for edge in template["flow"]["edges"]
            if edge["source"] == name and edge["target"] in own
        )
        leads = [edge["target"] for edge in template["flow"]["edges"] if edge["source"] == name]
        final = name in ends or not all(target in own for target in leads)
        found.append(Departure(name, own[name], ways, final))
    return tuple(found)


def final_steps(template: Mapping[str, Any]) -> set[str]:
    """Return the steps a case may end with: those whose signals a ``must_end`` rule of a KPI names."""
    steps = {use["id"]: use["step"] for use in template["process_signals"]}
    found = set()
    for outcome in template["outcomes"]:
        for leaf in leaves(parse(outcome["measure"]["formula"])):
            if isinstance(leaf, Conformance) and isinstance(leaf.rule, MustEnd):
                found |= {steps.get(end.signal) for end in leaf.rule.ends}
    return {step for step in found if step}


def marks(template: Mapping[str, Any], signals: Mapping[str, BoundSignal]) -> dict[str, BoundSignal]:
    """Return step → the bound signal that says a case has reached it."""
    found: dict[str, BoundSignal] = {}
    for use in template["process_signals"]:
        step, signal = use["step"], signals.get(use["id"])
        if step and signal is not None and signal.bound and (step not in found or use["id"] == step):
            found[step] = signal
    return found


def funnel(
    board: Board, found: Journeys, *, as_of: datetime | None, approval: Approval | None, withheld: str | None = None
) -> Panel:
    """Return who reached each step and where they went on to; ``withheld`` says why nothing is shown.

    Without ``as_of`` there are no events at all: then nothing is counted, not 0.
    """
    titles = board.steps() if as_of else {}
    by_step = {stage.step: stage for stage in found.stages}
    rows: list[tuple[Any, ...]] = []
    for step, title in titles.items():
        stage = by_step.get(step)
        if stage is None:
            if not withheld:
                rows.append((title, "Not known: no signal tells this step", None, None, None))
            continue
        rows.append((title, "Reached", stage.reached, 1.0 if stage.reached else None, None))
        for passage in stage.passages:
            share = passage.took / stage.reached if stage.reached else None
            rows.append((title, titles[passage.target], passage.took, share, passage.converted))
        for name, words in REST.items():
            count = getattr(stage, name)
            if count:
                rows.append((title, words, count, count / stage.reached, None))
    told = [by_step[step] for step in titles if step in by_step]
    parts = {
        "Went on": [stage.reached - stage.in_flight - stage.dropped - stage.ended for stage in told],
        "In flight": [stage.in_flight for stage in told],
        "Dropped off": [stage.dropped for stage in told],
        "May end here": [stage.ended for stage in told],
    }
    entry = told[0].reached if told else None
    return Panel(
        id="funnel",
        kind="funnel",
        title="From step to step",
        summary=f"Withheld: {withheld}" if withheld else _funnel_words(titles, told),
        owner=board.owner("flow"),
        unit="cases",
        period=board.period,
        value=None if withheld else entry,
        shown="Withheld" if withheld else f"{grouped(entry)} cases" if entry is not None else "No data",
        status="withheld" if withheld else "none" if any(stage.reached for stage in told) else "no_data",
        status_words=f"Withheld: {withheld}" if withheld else "" if told else "No data",
        withheld_reason=withheld,
        approval=approval,
        approval_words=approval_words(approval),
        as_of=as_of,
        n=entry or 0,
        columns=FUNNEL_COLUMNS,
        rows=tuple(rows),
        queries=_queries(found, told, titles),
        figure=figures.stacked([titles[stage.step] for stage in told], parts, title="From step to step")
        if told
        else None,
    )


def _funnel_words(titles: Mapping[str, str], told: Sequence[Stage]) -> str:
    if not told or not any(stage.reached for stage in told):
        return "No case reached any step in this period."
    first = told[0]
    text = f"{grouped(first.reached)} cases reached {titles[first.step]}"
    losing = max(told, key=lambda stage: stage.dropped)
    if losing.dropped:
        some = f"{grouped(losing.dropped)} of {grouped(losing.reached)} ({percent(losing.dropped / losing.reached)})"
        text += f"; most drop off after {titles[losing.step]}: {some}"
    flight = sum(stage.in_flight for stage in told)
    return f"{text}; {grouped(flight)} are in flight, counted at each step where they wait."


def _slowest(ways: Sequence[tuple[str, str, int, float | None, float | None]]) -> str:
    """Return which way took longest; one of small numbers is not it."""
    many = [way for way, few in zip(ways, thin([one[2] for one in ways]), strict=True) if not few]
    source, target, cases, half, most = max(many, key=lambda way: way[3] or 0)
    way = f"The slowest way is {source} → {target}"
    if cases == 1:
        return f"{way}: the one case that went it took {duration(half or 0)}."
    told = f"half of {grouped(cases)} cases took at most {duration(half or 0)}, 95 % at most {duration(most or 0)}"
    left = len(ways) - len(many)
    less = f" Left out {'is 1 way' if left == 1 else f'are {left} ways'} of small numbers." if left else ""
    return f"{way}: {told}.{less}"


def times(
    board: Board, found: Journeys, *, as_of: datetime | None, approval: Approval | None, withheld: str | None = None
) -> Panel:
    """Return how long each way took: from a case's first event of a step to the next step's first at or after it."""
    titles = board.steps()
    rows = [
        (titles[stage.step], titles[passage.target], passage.converted, passage.p50, passage.p95)
        for stage in found.stages
        for passage in stage.passages
    ]
    told = [row for row in rows if row[2]]
    names = [f"{row[0]} → {row[1]}" for row in told]
    parts = {"Median": [row[3] for row in told], "p95": [row[4] for row in told]}
    words = _slowest(told) if told else "No case went from one step to another in this period."
    return Panel(
        id="times",
        kind="times",
        title="Time from step to step",
        summary=f"Withheld: {withheld}" if withheld else words,
        owner=board.owner("flow"),
        unit="seconds",
        period=board.period,
        status="withheld" if withheld else "none" if told else "no_data",
        status_words=f"Withheld: {withheld}" if withheld else "" if told else "No data",
        withheld_reason=withheld,
        approval=approval,
        approval_words=approval_words(approval),
        as_of=as_of,
        n=sum(row[2] for row in told),
        columns=TIMES_COLUMNS,
        rows=tuple(rows),
        queries=_queries(found, [stage for stage in found.stages if stage.passages], titles),
        figure=figures.side_by_side(names, parts, title="Time from step to step") if told else None,
    )


def _queries(found: Journeys, stages: Sequence[Stage], titles: Mapping[str, str]) -> tuple[PanelQuery, ...]:
    """Return the statement of each step, after those that make the tables all of them read."""
    if not stages:
        return ()
    first = PanelQuery(title="Every step: the tables that the other queries read", text=found.sql)
    return (first, *(PanelQuery(title=titles[stage.step], text=stage.sql) for stage in stages))
