"""What is asked of an engine, and where two engines could differ: texts that are read, cents, what is missing here."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import ibis
import pytest
from ibis.expr import datatypes as dt

from bos.errors import NotExpressible, Unavailable
from bos.kpi import BoundSeries, BoundSignal, FieldBinding, KpiSpec
from bos.kpi.engine import evaluate
from bos.kpi.engines import told
from bos.kpi.engines.spark_sql import to_sql

DAY = datetime(2026, 3, 29, tzinfo=UTC)
KINDS = ("number", "integer", "date", "time")
SIGNAL = BoundSignal("a", "A", fields={f"as_{kind}": FieldBinding("text", kind) for kind in KINDS})
READ = {
    # text: number, integer, day, hours after DAY
    "1.5": (1.5, None, None, None),
    " +3 ": (3.0, 3, None, None),
    "1e3": (1000.0, 1000, None, None),
    "1_000": (1000.0, 1000, None, None),
    ".5": (0.5, None, None, None),
    "5.": (5.0, 5, None, None),
    "9007199254740993": (9007199254740992.0, 9007199254740993, None, None),
    "1.5d": (None, None, None, None),
    "0x10": (None, None, None, None),
    "1e400": (None, None, None, None),
    "nan": (None, None, None, None),
    "1,000": (None, None, None, None),
    "": (None, None, None, None),
    "2026": (2026.0, 2026, None, None),
    "2026-03": (None, None, None, None),
    "2026-02-30": (None, None, None, None),
    "2026-03-29": (None, None, date(2026, 3, 29), 0),
    "2026/3/29": (None, None, date(2026, 3, 29), 0),
    "2026-03-29T01:00:00Z": (None, None, date(2026, 3, 29), 1),
    "2026-03-29 03:30:00+02": (None, None, date(2026, 3, 29), 1.5),
    "2026-03-29T03:30:00.25+0230": (None, None, date(2026, 3, 29), 1 + 0.25 / 3600),
    "2026-03-29T10:15Z": (None, None, date(2026, 3, 29), 10.25),
    "2026-03-29 25:00:00": (None, None, None, None),
}


@pytest.fixture
def recorded(snapshot):
    """Return a snapshot with an event for each text, its case; it happened when the text says, else a day before."""
    hours = {text: -24 if read[3] is None else read[3] for text, read in READ.items()}
    return snapshot([
        {"case_id": text, "step": "A", "event_time": DAY + timedelta(hours=hours[text]), "attributes": {"text": text}}
        for text in READ
    ])  # fmt: skip


@pytest.mark.parametrize(("kind", "column"), [("number", 0), ("integer", 1), ("date", 2)])
def test_texts_read_as_a_type_or_are_missing(engine, recorded, kind, column):
    asked = {"dimensions": ["case", f"as_{kind}"], "engine": engine}
    rows = evaluate(recorded, [KpiSpec("k", "count(a)")], {"a": SIGNAL}, **asked)
    found = {row.dimensions["case"]: row.dimensions[f"as_{kind}"] for row in rows}
    assert found == {text: read[column] for text, read in READ.items()}


def test_texts_read_as_times_or_are_missing(engine, recorded):
    spec = KpiSpec("k", "count(a where as_time = time)")
    rows = evaluate(recorded, [spec], {"a": SIGNAL}, dimensions=["case"], engine=engine)
    found = {row.dimensions["case"] for row in rows if row.value}
    assert found == {text for text, read in READ.items() if read[3] is not None}


def test_floating_points_become_cents_alike(engine, points, no_files):
    """A hundred times 1.005 is less than 100.5, and a hundred times 123456789.125 exactly a half."""
    cents = {1.005: "1.00", 0.125: "0.13", -0.125: "-0.13", 123456789.125: "123456789.13"}
    systems = {"paid": BoundSeries("paid", ("paid",), "EUR")}
    held = points([("paid", DAY + timedelta(days=i), value) for i, value in enumerate(cents)])
    spec = KpiSpec("k", "sum(paid)")
    rows = evaluate(no_files, [spec], {}, systems=systems, points=held, by="day", engine=engine)
    assert [row.value for row in rows] == [Decimal(value) for value in cents.values()]


def test_integers_and_their_mean_do_not_overflow(engine, snapshot):
    large = 2**62
    held = snapshot([
        {"case_id": str(i), "step": "A", "event_time": DAY, "attributes": {"text": str(large)}} for i in range(8)
    ])  # fmt: skip
    specs = [KpiSpec("sum", "sum(a.as_integer)"), KpiSpec("avg", "avg(a.as_integer)")]
    total, mean = evaluate(held, specs, {"a": SIGNAL}, engine=engine)
    assert (total.value, type(total.value), mean.value) == (8 * large, int, float(f"{large:.12g}"))


def test_without_java_spark_says_what_to_do(monkeypatch, no_files):
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    with pytest.raises(Unavailable, match=r"BOS_ENGINE is local\[2\], but") as caught:
        evaluate(no_files, [KpiSpec("k", "count(a)")], {"a": SIGNAL}, engine="local[2]")
    assert "bos-workbench[spark]" in caught.value.hint


def test_what_spark_cannot_say_is_named():
    @ibis.udf.scalar.builtin(signature=((dt.string,), dt.string))
    def mode_of_transport(text):
        """Stand for a function that only DuckDB has."""

    table = ibis.table({"v": dt.string}, name="t")
    with pytest.raises(NotExpressible, match="mode_of_transport") as caught:
        to_sql(table.select(found=mode_of_transport(table.v)))
    assert "duckdb" in caught.value.hint


def test_an_engine_is_told_with_its_version():
    assert told("duckdb").removeprefix("duckdb ")[0].isdigit()


@pytest.mark.full
def test_spark_starts_again_when_its_java_process_was_killed(spark, recorded):
    spec = KpiSpec("k", "count(a)")
    (before,) = evaluate(recorded, [spec], {"a": SIGNAL}, engine=spark)
    java = subprocess.run(["pgrep", "-P", str(os.getpid()), "java"], capture_output=True, text=True, check=True)
    for process in map(int, java.stdout.split()):
        os.kill(process, signal.SIGKILL)
    with pytest.raises(Unavailable, match="its Java process has ended"):
        evaluate(recorded, [spec], {"a": SIGNAL}, engine=spark)
    assert evaluate(recorded, [spec], {"a": SIGNAL}, engine=spark) == [before]


@pytest.mark.full
def test_the_zone_of_the_machine_changes_nothing(spark, recorded):
    """Java and Python of another process live in New York."""
    code = f"""
from dataclasses import dataclass
from bos.kpi import BoundSignal, KpiSpec
from bos.kpi.engine import evaluate

@dataclass
class Held:
    id: str = {recorded.id!r}
    files: tuple = {recorded.files!r}

options = {{"by": "day", "time_zone": "Asia/Kolkata", "memory_limit": "600MB"}}
signals = {{"a": BoundSignal("a", "A")}}
for engine in ("duckdb", {spark!r}):
    rows = evaluate(Held(), [KpiSpec("k", "count(a)")], signals, engine=engine, **options)
    print([(row.bucket_start, row.value) for row in rows])
"""
    there = {**os.environ, "TZ": "America/New_York"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=there)
    ours, theirs = done.stdout.splitlines()
    assert ours == theirs
    assert "tzinfo" in ours
