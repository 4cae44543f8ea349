"""What the telemetry tests share: a lake in a folder with a space, and short ways to import and to read back."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import duckdb
import pytest

from bos.telemetry.ingest import import_events, import_metrics
from bos.telemetry.lake import Lake

CSV = {"case": "case", "step": "step", "time": "time"}


@dataclass
class Bench:
    """A lake to try things on."""

    folder: Path
    numbers: count = field(default_factory=lambda: count(1))

    @property
    def lake(self):
        return Lake(self.folder / "a lake")

    @property
    def rejects(self):
        return self.folder / "rejects"

    def file(self, content, name="log.csv"):
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def events(self, source, mapping=CSV, *, flow="loan", batch=None, **options):
        path = source if isinstance(source, Path) else self.file(source)
        options = {"rejects": self.rejects, "batch": batch or f"b{next(self.numbers)}", **options}
        return import_events(self.lake, flow, path, mapping=mapping, **options)

    def metrics(self, source, mapping=None, *, flow="loan", batch=None, **options):
        path = source if isinstance(source, Path) else self.file(source)
        mapping = mapping or {"time": "time", "value": "value"}
        options = {"rejects": self.rejects, "batch": batch or f"b{next(self.numbers)}", **options}
        return import_metrics(self.lake, flow, path, mapping=mapping, **options)

    def query(self, sql, *, flow="loan", version=None, kind="events"):
        """Run SQL in which ``lake`` stands for the rows of a snapshot."""
        lake = self.lake
        files = (lake.snapshot if kind == "events" else lake.metrics_snapshot)(flow, version).files
        with duckdb.connect() as connection:
            connection.execute("set timezone = 'UTC'")
            connection.read_parquet(list(files)).create_view("lake")
            table = connection.sql(sql).to_arrow_table()
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))

    def reject_rows(self, report):
        import csv  # noqa: PLC0415 - here only

        with report.reject_file.open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    def leftovers(self):
        """Return what a finished import should not leave: staging folders."""
        staging = self.lake.staging
        return [path for path in staging.iterdir() if path.is_dir()] if staging.is_dir() else []


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)
