"""The benchmark against PM4Py: what it compares, what it says where PM4Py is not there; each benchmark is described."""

import re
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
LOG = {"one": "a b c", "two": "a c b", "three": "a b b c", "four": "a b c"}
"""Case → its steps, an hour apart."""


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import bench_pm4py  # noqa: PLC0415 - found by the line above

    return bench_pm4py


def test_where_pm4py_cannot_be_installed_it_says_why_and_fails_only_when_asked(bench, monkeypatch, tmp_path, capsys):
    taken = tmp_path / "taken"
    taken.touch()
    monkeypatch.setattr(bench, "ENVIRONMENT", taken / "environment")
    for words, code in ((["--rounds", "1"], 0), (["--required"], 1)):
        monkeypatch.setattr(sys, "argv", ["bench_pm4py.py", *words])
        assert bench.main() == code
        told = capsys.readouterr().out
        assert told.startswith("Not measured: PM4Py could not be installed: ")
        assert "taken" in told
        assert "Goals met" not in told


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ({"a": 1, "b": [1.0, "x"]}, {"a": 1, "b": [1.0 + 1e-13, "x"]}, None),
        ({"a": 1}, {"a": 2}, "answers, a: 1 and 2"),
        ({"a": [1.0, 2.0]}, {"a": [1.0, 2.000001]}, "answers, a, 1: 2.0 and 2.000001"),
        ({"a": {}}, {"a": {"x": 3}}, "answers, a: ['x'] on one side only"),
        ({"a": [1]}, {"a": [1, 2]}, "answers, a: [1] and [1, 2]"),
    ],
)
def test_it_names_the_first_answer_that_differs(bench, one, other, words):
    assert bench.different(one, other) == words


def test_the_side_of_bos_tells_variants_rework_and_durations_as_worked_by_hand(bench, tmp_path):
    import bos_side  # noqa: PLC0415 - found beside the benchmark

    hour = 3_600
    rows = [
        (f"{case}-{at}", case, step, 1_767_607_200_000_000 + at * hour * 1_000_000)
        for case, steps in LOG.items()
        for at, step in enumerate(steps.split())
    ]
    names = ("event_id", "case_id", "event", "event_time")
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    columns["event_time"] = pa.array(columns["event_time"], pa.timestamp("us", tz="UTC"))
    pq.write_table(pa.table(columns), tmp_path / "log.parquet")
    task = {"source": str(tmp_path / "log.parquet"), "format": "parquet", "columns": bench.COLUMNS, "rounds": 1}
    done = bos_side.main({**task, "ways": [["a", "c"]]}, tmp_path)
    found = done["answers"]
    assert found["top"] == [[["a", "b", "c"], 2], [["a", "b", "b", "c"], 1], [["a", "c", "b"], 1]]
    assert (found["variants"], found["cases"], found["rework"]) == (3, 4, {"b": 1})
    assert found["durations"] == {
        "case": [4, 2.25 * hour, 2 * hour, 9 * hour],
        "a -> c": [4, 2 * hour, 2 * hour, 8 * hour],
    }
    assert set(done["rounds"][0]) == set(bench.PARTS)


def test_every_benchmark_is_described():
    page = (BENCHMARKS.parent / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    described = re.findall(r"^\| `(bench_\w+\.py)` \|", page, re.MULTILINE)
    assert described == sorted(path.name for path in BENCHMARKS.glob("bench_*.py"))


def test_all_of_them_take_the_options_that_make_bench_hands_to_each():
    programs = sorted(BENCHMARKS.glob("bench_*.py"))
    assert programs
    assert [one.name for one in programs if '"--rounds", type=int' not in one.read_text(encoding="utf-8")] == []
