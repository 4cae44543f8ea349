"""A Parquet file that has typed its columns is stored as the same file of texts is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
import pytest

from bos.telemetry import raw
from tests.unit.telemetry.conftest import Bench

MAPPING = {"case": "case", "step": "step", "time": "time", "amount": "amount", "effective_date": "day"}
MAPPING |= {"attr.paid": "amount", "attr.at": "time"}
AUTUMN, SPRING = datetime(2026, 10, 25, 2, 30, tzinfo=UTC), datetime(2026, 3, 29, 2, 30, tzinfo=UTC)
OLD, FINE = datetime(1969, 12, 31, 23, 59, tzinfo=UTC), datetime(2026, 1, 1, 10, 0, 0, 5, tzinfo=UTC)
INSTANTS = [OLD, AUTUMN, SPRING, None, FINE]
LOCAL = [moment and moment.replace(tzinfo=None) for moment in INSTANTS]
DAYS = [date(2026, 2, 28), None, date(1899, 1, 1), date(9999, 12, 31), date(2026, 1, 1)]
MONEY = [Decimal(text) if text else None for text in ("1.5000", "0.0001", "", "12345678901234567.0000", "-0.1000")]
WHOLE = [7, -3, None, 10**17, 0]
TYPES = {
    "local": (pa.array(LOCAL, pa.timestamp("us")), pa.array(DAYS, pa.date32()), pa.array(MONEY, pa.decimal128(22, 4))),
    "instant": (
        pa.array(INSTANTS, pa.timestamp("ns", "America/New_York")),
        pa.array(LOCAL, pa.timestamp("us")),
        pa.array(WHOLE, pa.int64()),
    ),
    "date": (
        pa.array(DAYS, pa.date32()),
        pa.array(INSTANTS, pa.timestamp("us", "UTC")),
        pa.array(WHOLE, pa.int64()).dictionary_encode(),
    ),
    "far": (
        pa.array([0, 316_000_000_000, 10, 20, 30], pa.timestamp("s")),
        pa.array([0, 4_000_000, 10, 20, 30], pa.date32()),
        pa.array(MONEY, pa.decimal256(40, 4)),
    ),
}


def as_text(column):
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", column.type.tz and "UTC"), safe=False)
    return pc.cast(column, pa.string())


def stored(folder, path):
    """Return what the lake has of a file, why how many rows were rejected, and those."""
    bench = Bench(folder)
    report = bench.events(path, MAPPING, batch="b", time_zone="Europe/Amsterdam", currency="EUR")
    kept = bench.query("select * exclude (ingested_at) from lake order by event_id")
    rejects = [(row["row"], row["reason"], row["raw"]) for row in bench.reject_rows(report)]
    return kept, report.reasons, rejects


@pytest.mark.parametrize("kind", TYPES)
def test_typed_columns_give_the_rows_and_the_rejects_that_their_texts_give(tmp_path, kind):
    times, days, amounts = TYPES[kind]
    names, steps = pa.array(["007", "1e3", "true", "c", "0.10"]), pa.array([1, 2, 3, 4, 5], pa.int32())
    typed = {"case": names, "step": steps, "time": times, "day": days, "amount": amounts}
    texts = pa.table({name: as_text(column) for name, column in typed.items()})
    for folder in ("typed", "texts", "csv"):
        (tmp_path / folder).mkdir()
    pq.write_table(pa.table(typed), tmp_path / "typed.parquet")
    pq.write_table(texts, tmp_path / "texts.parquet")
    pcsv.write_csv(texts, tmp_path / "texts.csv")
    found = stored(tmp_path / "typed", tmp_path / "typed.parquet")
    assert found[0]
    assert found[2]
    assert found == stored(tmp_path / "texts", tmp_path / "texts.parquet")
    assert found[:2] == stored(tmp_path / "csv", tmp_path / "texts.csv")[:2]


@pytest.mark.parametrize("field", ["case", "step", "time", "amount", "attr.more"])
def test_a_text_of_parquet_that_is_none_is_rejected(tmp_path, field):
    whole = {"case": "1", "step": "a", "time": "2026-01-01T10:00:00Z", "amount": "1.5", "attr.more": "x"}
    offsets = pa.array([0, 3, 3 + len(whole[field])], pa.int32()).buffers()[1]
    texts = pa.py_buffer(b"\xed\xa0\x80" + whole[field].encode())
    columns = {name: pa.array([text, text]) for name, text in whole.items()}
    columns |= {"step": pa.array(["a", "c\0"])} if field != "step" else {"case": pa.array(["1", "c\0"])}
    columns[field] = pa.Array.from_buffers(pa.string(), 2, [None, offsets, texts])
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    good = pq.read_table(tmp_path / "a.parquet").slice(1)
    other = "case" if field == "step" else "step"
    good = good.set_column(good.column_names.index(other), other, pa.array(["good"]))
    pq.write_table(pa.concat_tables([pq.read_table(tmp_path / "a.parquet"), good]), tmp_path / "b.parquet")
    bench = Bench(tmp_path)
    report = bench.events(tmp_path / "b.parquet", {name: name for name in whole})
    assert (report.added, report.reasons) == (1, {raw.NOT_UTF8: 1, raw.HAS_NUL: 1})
    assert "\\xed" in bench.reject_rows(report)[0]["raw"]
