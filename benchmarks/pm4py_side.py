"""PM4Py's side of bench_pm4py.py, run by the interpreter of an environment of its own; BOS never imports this.

``python pm4py_side.py TASK ANSWER``: two JSON files, what is asked and what came of it. An XES file is read by the
reader that the task names, Parquet by pandas, of the columns that are needed.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from statistics import fmean, median
from typing import Any

import pandas as pd
import pm4py
from side import peak, timed, told

CASE, STEP, TIME = "case:concept:name", "concept:name", "time:timestamp"


def load(task: dict[str, Any]) -> pd.DataFrame:
    if task["format"] == "xes":
        return pm4py.read_xes(task["source"], variant=task["reader"])
    names = {task["columns"]["case"]: CASE, task["columns"]["step"]: STEP, task["columns"]["time"]: TIME}
    read = pd.read_parquet(task["source"], columns=list(names)).rename(columns=names)
    return pm4py.format_dataframe(read, case_id=CASE, activity_key=STEP, timestamp_key=TIME)


def durations(log: pd.DataFrame, ways: list[list[str]]) -> dict[str, list[float]]:
    """Return cases, mean, median and total of seconds: of whole cases, and between steps that come once a case."""
    found = {"case": _figures(pm4py.get_all_case_durations(log))}
    for first, then in ways:
        both = pm4py.filter_event_attribute_values(log, STEP, [first, then], level="event", retain=True)
        both = pm4py.filter_case_size(both, 2, 2)
        found[f"{first} -> {then}"] = _figures(pm4py.get_all_case_durations(both))
    return found


def _figures(seconds: list[float]) -> list[float]:
    return [len(seconds), fmean(seconds), median(seconds), sum(seconds)]


def main(task: dict[str, Any]) -> dict[str, Any]:
    rounds = []
    for number in range(task["rounds"]):
        took: dict[str, float] = {}
        log = timed(took, "load", lambda: load(task))
        if task["format"] == "xes":  # Parquet comes in this order; not counted, as bench_pm4py.py says
            log = log.sort_values([CASE, TIME, STEP], kind="stable", ignore_index=True)
        variants = timed(took, "variants", lambda: pm4py.get_variants(log))  # noqa: B023 - called at once
        rework = timed(took, "rework", lambda: pm4py.get_rework_cases_per_activity(log))  # noqa: B023
        spans = timed(took, "durations", lambda: durations(log, task["ways"]))  # noqa: B023
        rounds.append(took)
        if number == 0:
            memory = peak()
    paths = [(list(path), count) for path, count in variants.items()]
    return {"rounds": rounds, "peak_mb": memory, "answers": told(paths, rework, spans)}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    Path(sys.argv[2]).write_text(json.dumps(main(json.loads(Path(sys.argv[1]).read_text()))))
