"""Texts that are no name and no value, for they are too long: the row alone is rejected, and says which it is."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bos.telemetry import lengths, values
from bos.telemetry.json_lines import as_csv, json_lines

T = "2026-01-31T10:00:00Z"
MAP = {"case": "case", "step": "step", "time": "time", "event_id": "id", "resource": "who", "attr.memo": "memo"}
NAME, VALUE = "ü" * lengths.LONGEST_NAME, "ü" * lengths.LONGEST_VALUE
GOOD = {"case": NAME, "step": NAME, "time": T, "id": NAME, "who": NAME, "memo": VALUE}
WRONG = [
    ({"case": NAME + "x"}, lengths.LONG["case"]),
    ({"step": NAME + "x"}, lengths.LONG["step"]),
    ({"id": NAME + "x"}, lengths.LONG["event_id"]),
    ({"who": NAME + "x"}, lengths.LONG["resource"]),
    ({"memo": VALUE + "x"}, lengths.LONG_VALUE),
    ({"case": NAME + "x", "memo": VALUE + "x"}, lengths.LONG["case"]),
]


def csv_of(rows):
    return "\n".join(",".join(row) for row in ([*GOOD], *(row.values() for row in rows)))


def put_down(bench, rows):
    """Return a file as JSON lines and deliveries are put down for an import."""
    said = bench.file("\n".join(map(json.dumps, rows)), "rows.jsonl")
    as_csv(lambda: json_lines(said, name=said.name), file := said.with_suffix(".csv"))
    return file


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_text_that_is_too_long_costs_its_row_alone_and_the_longest_is_taken(bench, tmp_path, kind):
    rows = [GOOD, *({**GOOD, "id": f"i{n}", **wrong} for n, (wrong, _) in enumerate(WRONG))]
    if kind == "parquet":
        source = tmp_path / "rows.parquet"
        pq.write_table(pa.Table.from_pylist(rows), source)
    else:
        source = bench.file(csv_of(rows), "rows.csv") if kind == "csv" else put_down(bench, rows)
    report = bench.events(source, MAP)
    assert (report.read, report.added, report.rejected) == (7, 1, 6)
    assert [reject.reason for reject in report.reject_sample] == [reason for _, reason in WRONG]
    assert [len(row["raw"]) > lengths.LONGEST_VALUE for row in bench.reject_rows(report)] == [True] * 6
    assert bench.query("select length(case_id), length(attributes['memo']) from lake") == [(500, 20_000)]


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_a_case_of_megabytes_is_told_as_one(bench, tmp_path, kind):
    rows = [GOOD | {"case": "C" * 5_000_000, "id": "big"}, GOOD]
    if kind == "parquet":
        source = tmp_path / "rows.parquet"
        pq.write_table(pa.Table.from_pylist(rows), source)
    else:
        source = put_down(bench, rows)
    report = bench.events(source, MAP)
    assert (report.added, report.reasons) == (1, {lengths.LONG["case"]: 1})


def test_a_number_or_time_of_megabytes_is_none_and_what_nothing_reads_may_be_as_long_as_it_likes(bench):
    rows = [GOOD | {"id": "a", "sum": "1" * 3_000_000}, GOOD | {"id": "t", "time": f"{T[:-1]}.{'0' * 3_000_000}Z"}]
    rows += [GOOD | {"id": "u", "unread": "x" * 3_000_000}]
    report = bench.events(put_down(bench, rows), MAP | {"amount": "sum"})
    assert (report.added, report.reasons) == (1, {values.NOT_AN_AMOUNT: 1, values.NOT_A_TIME: 1})


def test_the_labels_of_points_are_held_to_the_same_and_the_name_of_their_signal(bench):
    head = f"signal,time,value,host\n{NAME},{T},1,{VALUE}\n"
    rows = f"{NAME}x,{T},1,a\ncpu,{T},1,{VALUE}x\n"
    mapping = {"signal": "signal", "time": "time", "value": "value", "label.host": "host"}
    report = bench.metrics(head + rows, mapping)
    assert (report.added, report.reasons) == (1, {lengths.LONG["signal"]: 1, lengths.LONG_VALUE: 1})


def test_an_attribute_whose_name_is_too_long_costs_its_event_alone(bench):
    event = '<event><string key="concept:name" value="a"/><date key="time:timestamp" value="{}"/>{}</event>'
    named = [event.format(T, f'<string key="{"k" * size}" value="v"/>') for size in (500, 501)]
    log = f'<log><trace><string key="concept:name" value="1"/>{"".join(named)}</trace></log>'
    report = bench.events(bench.file(log, "log.xes"), {})
    assert (report.added, report.reasons) == (1, {lengths.LONG_ATTRIBUTE: 1})
