"""Rules of the template: the graph, its signals, its ownership."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.errors import Problem
from bos.validate import outcomes, ownership
from bos.validate.mapping import mapping_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bos.validate import Resolve


def problems(document: dict[str, Any], resolve: Resolve) -> Iterator[Problem]:
    """Yield the problems of a template."""
    yield from mapping_problems("binding", document["binding"]["mapping"])
    yield from _graph(document["flow"])
    yield from _calendars(document["flow"], resolve)
    yield from _correlation(document["flow"])
    yield from _uses(document, resolve)
    yield from outcomes.problems(document, resolve)
    yield from ownership.problems(document)


def _graph(flow: dict[str, Any]) -> Iterator[Problem]:
    steps = {step["id"] for step in flow["steps"]}
    for edge in flow["edges"]:
        for end in ("source", "target"):
            if edge[end] not in steps:
                yield _absent_step(f"flow.edges[{edge['id']}].{end}", edge[end])
    if flow["edges"]:
        for step in sorted(steps - _reached(flow)):
            yield Problem(
                f"flow.steps[{step}].title",
                f"No way leads from or to the step {step}.",
                "Connect it, or take it out.",
                "flow.alone",
                severity="attention",
            )


def _reached(flow: dict[str, Any]) -> set[str]:
    return {edge[end] for edge in flow["edges"] for end in ("source", "target")}


def _absent_step(path: str, step: str) -> Problem:
    return Problem(
        path, f"There is no step {step!r} in the flow.", "Add the step, or name another.", "flow.step",
        (f"flow.steps[{step}]",),
    )  # fmt: skip


def _calendars(flow: dict[str, Any], resolve: Resolve) -> Iterator[Problem]:
    named = [("flow.calendar", flow["calendar"])]
    named += [(f"flow.steps[{step['id']}].calendar", step["calendar"]) for step in flow["steps"]]
    for path, calendar in named:
        if calendar and resolve("calendar", calendar) is None:
            yield Problem(path, f"There is no calendar {calendar!r}.", "Make it first, or name another.", "calendar")


def _correlation(flow: dict[str, Any]) -> Iterator[Problem]:
    if flow["correlation_key"]:
        return
    for step in flow["steps"]:
        if not step["correlation_key"]:
            yield Problem(
                f"flow.steps[{step['id']}].correlation_key",
                f"Nothing says which case an event of {step['title']} belongs to.",
                "Name the flow's correlation key, or the step's own.",
                "flow.correlation",
                ("flow.correlation_key",),
                "attention",
            )


def _uses(document: dict[str, Any], resolve: Resolve) -> Iterator[Problem]:
    steps = {step["id"] for step in document["flow"]["steps"]}
    process = {use["id"] for use in document["process_signals"]}
    for use in document["system_signals"]:
        if use["id"] in process:
            yield Problem(
                f"system_signals[{use['id']}].signal",
                f"The name {use['id']} stands for a process signal already.",
                "Formulas need one meaning per name; rename one.",
                "signal.twice",
                (f"process_signals[{use['id']}]",),
            )
    for section, type_ in (("process_signals", "process"), ("system_signals", "system")):
        for use in document[section]:
            path = f"{section}[{use['id']}]"
            yield from _reference(path, use, type_, resolve)
            yield from _places(path, use, type_, steps)


def _reference(path: str, use: dict[str, Any], type_: str, resolve: Resolve) -> Iterator[Problem]:
    signal = resolve("signal", use["signal"])
    if signal is None:
        yield Problem(
            f"{path}.signal", f"There is no signal {use['signal']!r}.", "Make it first, or name another.", "signal"
        )
    elif signal["type"] != type_:
        yield Problem(
            f"{path}.signal",
            f"{use['signal']} is a {signal['type']} signal and stands among the {type_} signals.",
            "Move it, or name another.",
            "signal.type",
        )


def _places(path: str, use: dict[str, Any], type_: str, steps: set[str]) -> Iterator[Problem]:
    if use["step"] and use["step"] not in steps:
        yield _absent_step(f"{path}.step", use["step"])
    for step in use["affects"]:
        if step not in steps:
            yield _absent_step(f"{path}.affects", step)
    if type_ == "process" and not use["step"]:
        yield Problem(
            f"{path}.step", f"No step emits {use['id']}.", "Name the step.", "signal.step", severity="attention"
        )
    if type_ == "system" and not use["affects"]:
        yield Problem(
            f"{path}.affects",
            f"Nothing says which steps {use['id']} can break.",
            "Name them.",
            "signal.affects",
            severity="attention",
        )
