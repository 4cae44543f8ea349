"""What goes in comes out: hostile text in CSV, Parquet and XES, against readers that are not ours."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from xml.sax.saxutils import quoteattr

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bos.errors import UsageError
from bos.telemetry.ingest import import_events
from bos.telemetry.lake import Lake

HOSTILE = [
    "'; drop table lake; --",
    "a,b;c\td|e",
    'say "hi"',
    "line\nbreak",
    "=1+1",
    "𝔘ñï",
    " pad ",
    "%2F",
]
MARKS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXT = st.one_of(st.sampled_from(HOSTILE), st.text(MARKS, min_size=1, max_size=12))
NOT_XML = "\x7f\ufffe\uffff"
MAPPING = {"case": "case", "step": "step", "time": "time", "resource": "who", "attr.note": "note", "attr.a=b": "x,y"}
COLUMNS = ["case", "step", "time", "who", "note", "x,y"]
T = "2026-01-31T10:00:00Z"
ROWS = st.lists(st.tuples(TEXT, TEXT, st.just(T), TEXT | st.just(""), TEXT | st.just(""), TEXT), min_size=1, max_size=8)


def events(bench, flow):
    query = "select case_id, step, event_time, resource, attributes from lake"
    return sorted((c, s, t, r or "", sorted(dict(a).items())) for c, s, t, r, a in bench.query(query, flow=flow))


def expected(frame):
    moment = datetime(2026, 1, 31, 10, tzinfo=UTC)
    rows = frame[COLUMNS].itertuples(index=False, name=None)
    attributes = ({key: value for key, value in (("a=b", last), ("note", note)) if value} for *_, note, last in rows)
    rows = frame[COLUMNS].itertuples(index=False, name=None)
    return sorted((c, s, moment, w, sorted(a.items())) for (c, s, _, w, _, _), a in zip(rows, attributes, strict=True))


@pytest.mark.full
@settings(max_examples=30)
@given(ROWS)
def test_hostile_text_survives_csv_as_pandas_and_the_csv_module_read_it(tmp_path_factory, bench, rows):
    bench.folder = tmp_path_factory.mktemp("trip")
    stream = io.StringIO(newline="")
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([COLUMNS, *rows])
    report = bench.events(stream.getvalue(), MAPPING)
    assert (report.added, report.rejected) == (len(rows), 0)
    stream.seek(0)
    assert events(bench, "loan") == expected(pd.DataFrame(list(csv.reader(stream))[1:], columns=COLUMNS))
    frame = pd.DataFrame(rows, columns=COLUMNS, dtype="str")
    frame.to_parquet(bench.folder / "log.parquet")
    assert bench.events(bench.folder / "log.parquet", MAPPING).added == 0


def as_xml(text):
    """Leave out what XML cannot carry."""
    return "".join(mark for mark in text if mark >= " " and mark not in NOT_XML) or "x"


@settings(max_examples=30)
@given(st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=8))
def test_hostile_text_survives_xes(tmp_path_factory, bench, rows):
    legal = [
        tuple("".join(c for c in t if c >= " " and c not in "\x7f\ufffe\uffff") or "x" for t in row) for row in rows
    ]
    log = "".join(
        f"<trace><string key='concept:name' value={quoteattr(case)}/><event>"
        f"<string key='concept:name' value={quoteattr(step)}/><date key='time:timestamp' value='{T}'/>"
        f"<string key={quoteattr('k' + note)} value={quoteattr(note)}/></event></trace>"
        for case, step, note in legal
    )
    bench.folder = tmp_path_factory.mktemp("trip")
    bench.events(bench.file(f"<log xmlns='http://www.xes-standard.org/'>{log}</log>", "log.xes"), {})
    found = sorted((c, s, a) for c, s, a in bench.query("select case_id, step, attributes from lake"))
    assert found == sorted((case, step, [("k" + note, note)]) for case, step, note in legal)


def test_xes_takes_nested_attributes_and_the_attributes_of_a_case_in_any_shape(bench):
    log = f"""<log xmlns="http://www.xes-standard.org/"><extension name="x"/><trace>
      <event><date key="time:timestamp" value="{T}"/><string key="concept:name" value="a"/>
        <string key="cost" value="7"><string key="unit" value="EUR"/></string><!-- no --><list key="tags"><values>
        <string key="t" value="x"/></values></list><string value="no key"/><string key="empty" value=""/></event>
      <string key="concept:name" value="1"/><float key="amount" value="20000.0"/></trace></log>"""
    mapping = {"amount": "case:amount", "attr.requested": "case:amount"}
    bench.events(bench.file(log, "log.xes"), mapping)
    ((case, amount, attributes),) = bench.query("select case_id, amount::varchar, attributes from lake")
    assert (case, amount) == ("1", "20000.00")
    assert dict(attributes) == {"cost": "7", "cost/unit": "EUR", "tags/t": "x", "requested": "20000.0"}


def test_a_trace_longer_than_a_batch_is_read_in_parts(bench, monkeypatch):
    monkeypatch.setattr("bos.telemetry.xes_file.BATCH_ROWS", 10)
    event = '<event><string key="concept:name" value="s%d"/><date key="time:timestamp" value="%s"/></event>'
    trace = '<trace><string key="concept:name" value="%d"/>%s</trace>'
    sizes = [35, 1, 10, 0, 20]
    traces = "".join(trace % (i, "".join(event % (n, T) for n in range(size))) for i, size in enumerate(sizes))
    report = bench.events(bench.file(f"<log>{traces}</log>", "log.xes"), {})
    assert report.added == sum(sizes)
    counts = dict(bench.query("select case_id, count(distinct step) from lake group by 1"))
    assert counts == {str(i): size for i, size in enumerate(sizes) if size}


def test_a_home_with_odd_letters_works_and_one_that_cannot_is_told(tmp_path):
    for name in ("with space", "ünï", "br[a]cket", "star*q?", "quote'\"", "hash#", "x" * 200):
        lake = Lake(tmp_path / name)
        source = tmp_path / "log.csv"
        source.write_text(f"case,step,time\n1,a,{T}\n")
        mapping = {"case": "case", "step": "step", "time": "time"}
        for batch, added in (("a", 1), ("b", 0)):
            assert import_events(lake, "f", source, mapping=mapping, batch=batch, rejects=tmp_path).added == added
        (file,) = lake.snapshot("f").files
        assert file.startswith(str(tmp_path / name))
        assert pd.read_parquet(file).case_id.tolist() == ["1"]


def test_a_home_whose_name_the_table_format_cannot_spell_is_refused(tmp_path):
    with pytest.raises(UsageError, match="percent sign"):
        Lake(tmp_path / "per%20cent").snapshot("f")
