"""A snapshot made of a few events, as the lake would hold them."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from bos.kpi.engine import evaluate
from bos.kpi.engines import lacking
from bos.ports import silent
from bos.resources import share
from bos.telemetry.ingest import import_events
from bos.telemetry.lake import Lake
from bos.telemetry.schema import EVENTS, METRICS

SPARK = "local[2]"
ARRIVED = datetime(2027, 1, 1, tzinfo=UTC)
"""When rows were imported that do not say so: after all that the tests let happen."""


@dataclass(frozen=True)
class Files:
    """What the engine needs of a snapshot."""

    id: str
    files: tuple[str, ...]


@pytest.fixture
def spark():
    """Return the setting of a Spark of two threads, which all tests of this process share."""
    if missing := lacking(SPARK):
        pytest.skip(f"needs Spark: {missing}")
    return SPARK


def pytest_generate_tests(metafunc):
    """Run what asks for an engine on each, but tests of very many examples on DuckDB alone."""
    if "engine" in metafunc.fixturenames:
        alone = metafunc.definition.get_closest_marker("duckdb")
        others = [] if alone else [pytest.param(SPARK, marks=pytest.mark.full)]
        metafunc.parametrize("engine", ["duckdb", *others], indirect=True)


@pytest.fixture
def engine(request):
    """Return the setting of each engine in turn."""
    return request.getfixturevalue("spark") if request.param == SPARK else request.param


@pytest.fixture
def each_engine(engine, request, monkeypatch):
    """Let the ``evaluate`` that the tests of a module call compute on each engine in turn."""
    monkeypatch.setattr(request.module, "evaluate", partial(evaluate, engine=engine))


@pytest.fixture
def snapshot(tmp_path):
    """Return a function from events (dicts of the lake's columns) to a snapshot with one file of them."""
    numbers = count()

    def write(events):
        number = next(numbers)
        path = tmp_path / f"part-{number}.parquet"
        rows = [
            {"event_id": f"e{i:04}", "flow": "f", "ingested_at": ARRIVED, **event} for i, event in enumerate(events)
        ]
        pq.write_table(pa.Table.from_pylist(rows, schema=EVENTS), path)
        return Files(f"f@{number}", (str(path),))

    return write


@pytest.fixture
def points(tmp_path):
    """Return a function from (signal, time, value), and when it was imported, to a snapshot of such points.

    Each has labels of its own, unless they are ``alike``.
    """
    numbers = count()

    def write(rows, *, alike=False):
        number = next(numbers)
        path = tmp_path / f"points-{number}.parquet"
        found = [
            {
                "signal": signal,
                "time": time,
                "value": value,
                "labels": {"i": "" if alike else str(i)},
                "ingested_at": imported[0] if imported else ARRIVED,
            }
            for i, (signal, time, value, *imported) in enumerate(rows)
        ]
        pq.write_table(pa.Table.from_pylist(found, schema=METRICS), path)
        return Files(f"f/metrics@{number}", (str(path),))

    return write


@pytest.fixture
def no_files():
    return Files("f@0", ())


def load(name):
    """Return a module of this folder that is no test."""
    spec = importlib.util.spec_from_file_location(f"kpi_{name}", Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def oracle():
    """Return the module ``oracle.py``."""
    load("oracle_time")
    load("oracle_clock")
    load("oracle_ways")
    return load("oracle")


@pytest.fixture(scope="session")
def loan_log(real_data, tmp_path_factory):
    """Return a real bank's loan applications (BPI Challenge 2012, van Dongen), read as the blueprint says."""
    folder = tmp_path_factory.mktemp("bpi")
    text = (share("data") / "blueprints" / "loan-application.yaml").read_text(encoding="utf-8")
    binding = yaml.safe_load(text)["template"]["binding"]
    lake = Lake(folder / "lake")
    import_events(
        lake, "loans", real_data("bpi2012.xes.gz"), format="xes", mapping=binding["mapping"], batch="one",
        rejects=folder / "rejects", progress=silent, memory_limit="1GB", time_zone=None, currency=binding["currency"],
    )  # fmt: skip
    return lake.snapshot("loans")
