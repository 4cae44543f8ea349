"""A notebook for analysts: it asks BOS for the numbers of a dashboard run again, and says whether they are the same.

Texts of people stand in it as data, never as code or markup. It holds no address and no token: ``bos.connect()`` finds
both.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from bos.dashboards.exports.parcel import Parcel, file_name, marks_of, sentences
from bos.model.answers.exports import NotCarried

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bos.model.answers.dashboards import DashboardRun

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&$])")
_CONNECT = """from datetime import datetime

import bos

wb = bos.connect()
run = wb.dashboard_run(RUN)"""
_VALUES = """tiles = [panel for panel in run.panels if panel.kind == "kpi"]
silent = [tile.id for tile in tiles if tile.status == "no_data" and tile.value is None]
counted = [tile.id for tile in tiles if not tile.withheld_reason and tile.id not in silent]
dashboard = {tile.id: tile.value for tile in tiles if tile.id in counted}
dashboard"""
_EVALUATE = """start, end = (moment and datetime.fromisoformat(moment) for moment in (START, END))
done = wb.flow(FLOW).evaluate(counted, start=start, end=end, snapshot=SNAPSHOT)
done.df"""
_FILTERED = """again = wb.flow(FLOW).dashboard(start=run.window.start, end=run.window.end, by=BY, filters=run.filters)
values = {panel.id: panel.value for panel in again.panels if panel.id in counted}
values"""
_COURSE = """course = wb.flow(FLOW).evaluate(counted, start=start, end=end, by=BY, snapshot=SNAPSHOT)
course.df.pivot_table(index="bucket_start", columns="kpi", values="value", aggfunc="first")"""
_VALUED = "values = {value.kpi: value.value for value in done.values}\n"
_COMPARE = """differences = {kpi: (EXPECTED[kpi], value) for kpi, value in values.items() if EXPECTED[kpi] != value}
assert dashboard == EXPECTED, "The run is not the one this notebook was made of."
assert not differences, f"These came out otherwise (then, now): {differences}"
print(f"{len(values)} numbers are the same as in the dashboard.")"""


def notebook(run: DashboardRun) -> Parcel:
    """Return a notebook (format 4.5) that runs from top to bottom with the BOS library."""
    left = tuple(_left(run))
    marks = marks_of(run)
    return Parcel(
        target="notebook",
        file=file_name(run.flow, run.run, "ipynb"),
        media_type="application/x-ipynb+json",
        content=_written(_cells(run, [*(f"Mark: {mark}" for mark in marks), "Not carried:", *sentences(left)])),
        carried=tuple(_expected(run)),
        marks=marks,
        not_carried=left,
    )


def _left(run: DashboardRun) -> Iterator[NotCarried]:
    for panel in run.panels:
        if panel.kind == "kpi" and panel.id not in _expected(run):
            yield NotCarried(what=panel.title, where=panel.id, why=panel.status_words)
        elif panel.kind in {"split", "funnel", "times", "system", "budget"}:
            words = "The notebook computes values and courses; this panel is read from the run (run.panels)."
            yield NotCarried(what=panel.title, where=panel.id, why=words)
    if run.filters:
        words = "An evaluation takes no filters: the dashboard is built again, on the newest data."
        yield NotCarried(what="Courses under a filter", why=words)


def _expected(run: DashboardRun) -> dict[str, Any]:
    """Return the numbers that the dashboard shows, by KPI."""
    tiles = [panel for panel in run.panels if panel.kind == "kpi"]
    silent = {tile.id for tile in tiles if tile.status == "no_data" and tile.value is None}
    return {tile.id: tile.value for tile in tiles if not tile.withheld_reason and tile.id not in silent}


def _cells(run: DashboardRun, notes: Sequence[str]) -> list[tuple[str, str]]:
    window, snapshot = run.window, run.snapshot.rpartition("@")[2] if run.snapshot else ""
    facts = {
        "RUN": run.run,
        "FLOW": run.flow,
        "START": window.start and window.start.isoformat(),
        "END": window.end and window.end.isoformat(),
        "BY": window.by,
        "SNAPSHOT": int(snapshot) if snapshot else None,
        "EXPECTED": _expected(run),
    }
    head = [
        f"# {_plain(run.title)}",
        _plain(f"{window.words} · run {run.run} · template version {run.template_version}"),
    ]
    cells = [
        ("markdown", "\n\n".join([*head, *(_plain(note) for note in notes)])),
        ("code", "\n".join(f"{name} = {value!a}" for name, value in facts.items())),
        ("code", _CONNECT),
        ("code", _VALUES),
    ]
    own = [_FILTERED, _COMPARE] if run.filters else [_EVALUATE, _COURSE, _VALUED + _COMPARE]
    return [*cells, *(("code", text) for text in own)]


def _plain(text: str) -> str:
    """Return a text as Markdown that shows it as it is, in one line."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def _written(cells: Sequence[tuple[str, str]]) -> bytes:
    made: list[dict[str, Any]] = [
        {
            "cell_type": kind,
            "id": f"bos-{at}",
            "metadata": {},
            "source": text.splitlines(keepends=True),
            **({"execution_count": None, "outputs": []} if kind == "code" else {}),
        }
        for at, (kind, text) in enumerate(cells)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book = {"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return (json.dumps(book, indent=1, sort_keys=True) + "\n").encode("ascii")
