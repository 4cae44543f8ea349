"""The frozen runs of a flow as a table, and what came of running one again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from widgets.published.messages import DIFFERENCE_COLUMNS, KINDS, RUN_COLUMNS, TEXT, say
from widgets.published.values import span
from widgets.surface import parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from widgets.published.runs import Again, Frozen
    from widgets.published.view import State
    from widgets.surface.parts import Element

_SHORT, _FEW, _WIDEST = 12, 3, 120
_FIRM = "\N{NO-BREAK SPACE}"


def frozen_runs(state: State) -> Element:
    """Return the newest runs, each with what it rests on, its SHA-256, and a button that computes it again."""
    if not state.runs:
        return parts.box()
    rows = [_row(state, run) for run in state.runs]
    more = [parts.text(TEXT["more"], "bos-hint")] if state.more else []
    table = parts.table(say("runs_table", zone=state.zone), RUN_COLUMNS, rows)
    return parts.box(parts.heading(TEXT["runs"]), parts.text(TEXT["runs_words"]), table, *more)


def outcome(state: State) -> Iterator[Element]:
    """Yield what came of the run that was computed again last."""
    found = state.done.get(state.newest)
    run = next((one for one in state.runs if one.run == state.newest), None)
    if found is None or run is None:
        return
    file = run.kind == "report"
    if found.same:
        yield parts.banner("ok", parts.text(say("same_file" if file else "same_long", at=state.at(run))))
        return
    inside = [parts.text(say("differs_file" if file else "differs_long", at=state.at(run)))]
    if found.reasons:
        inside.append(parts.plain(found.reasons))
    hashes = [say("then_hash", hash=run.result)]
    hashes.append(say("now_hash", hash=found.hash) if found.hash else TEXT["nothing_computed"])
    yield parts.banner("breach", *inside, parts.plain(hashes), *_differences(found), role="alert")


def _differences(found: Again) -> Iterator[Element]:
    if found.differences:
        rows = [(one.where, _part(one.then), _part(one.now)) for one in found.differences]
        yield parts.table(TEXT["differences"], DIFFERENCE_COLUMNS, rows)


def _part(value: object) -> str:
    """Return the beginning of a part that differs."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def _row(state: State, run: Frozen) -> tuple[Any, ...]:
    at = state.at(run)
    whole = parts.details(f"{run.result[:_SHORT]}…", parts.code(run.result, say("full", at=at)), key=f"hash-{run.run}")
    return (
        KINDS[run.kind],
        at.replace(" ", _FIRM),
        state.names.get(run.author, run.author),
        _of(state, run, at),
        TEXT["unknown"] if run.version is None else str(run.version),
        run.engine or TEXT["unknown"],
        run.snapshot,
        whole,
        parts.box(*_ways(state, run, at), look="wz-marks"),
    )


def _of(state: State, run: Frozen, at: str) -> str | Element:
    """Return what a run is of, which leads to its values; many KPIs are told by their number."""
    titles = [state.titles.get(name, name) for name in run.of] if not isinstance(run.of, str) else [run.of]
    words = ", ".join(titles) if len(titles) <= _FEW else say("kpis", n=len(titles))
    words = over(state, run, words)
    if run.kind == "report" or (state.told is not None and state.told.of.run == run.run):
        return words
    return parts.act(words, "see", run.run, about=say("see", at=at))


def over(state: State, run: Frozen, words: str) -> str:
    """Return what a run is of with what it is split by and its period, of KPIs; a dashboard and a pack say theirs."""
    if run.kind != "kpi":
        return words
    split = say("run_by", what=words, by=", ".join(run.by)) if run.by else words
    return say("run_over", what=split, period=span(run.start, run.end, state.zone))


def _ways(state: State, run: Frozen, at: str) -> Iterator[Element]:
    about = say("about", at=at)
    if state.busy is not None and state.busy.run == run.run:
        yield parts.text(TEXT["busy"])
        return
    done = state.done.get(run.run)
    if done is not None:
        yield parts.status(TEXT["same" if done.same else "differs"], "ok" if done.same else "breach")
    if state.may_compute or run.kind == "report":
        words = TEXT["hold" if run.kind == "report" else "again"]
        asked = [run.run, state.turns.get(run.run, 0)]
        why = {"why": TEXT["busy_why"], "id": f"again-{run.run}"} if state.busy is not None else {}
        yield parts.button(words, "again", asked, look="quiet", small=True, about=about, **why)
