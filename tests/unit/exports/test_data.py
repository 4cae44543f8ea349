"""Numbers as CSV, Parquet and Excel: the same as in the run, exact, and never a formula."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import get_args

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bos.actions import dashboards, exports, kpis
from bos.dashboards.exports.data import data_file
from bos.dashboards.exports.guard import guarded, is_formula
from bos.dashboards.exports.rows import Row, Table
from bos.errors import UsageError
from bos.model.answers.exports import DashboardFormat, NotCarried

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def row(**changes):
    own = {"kpi": "gap", "title": "Gap", "part": "total", "period": "all", "value": None, "unit": "count", "n": 1}
    return Row(**{**own, **changes})


def table(*rows, **changes):
    own = {
        "flow": "f", "title": "F", "run": "abcdef0123456789", "at": AT, "template_version": 1, "by": "day",
        "time_zone": "UTC", "start": None, "end": None, "generated": False, "dimensions": ("channel",),
        "rows": rows, "marks": ("Not approved yet",), "not_carried": (NotCarried(what="Queries", why="No place."),),
    }  # fmt: skip
    return Table(**{**own, **changes})


def read_csv(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


def read_excel(content):
    sheet = openpyxl.load_workbook(io.BytesIO(content))["Data"]
    names = [cell.value for cell in sheet[1]]
    return [dict(zip(names, cells, strict=True)) for cells in sheet.iter_rows(min_row=2)]


def read_parquet(content):
    return pq.read_table(pa.BufferReader(content)).to_pylist()


@pytest.fixture(scope="module")
def files(ctx, ana, run):
    return {target: exports.dashboard(ctx, ana, run.run, target) for target in exports.DATA}


def wanted_of(run):
    """Return KPI, part, bucket or channel → value and n, as the panels of a run have them."""
    wanted = {(panel.id, "total", ""): (panel.value, panel.n) for panel in run.panels if panel.kind == "kpi"}
    for panel in run.panels:
        name = panel.id.rpartition(".")[2]
        if panel.kind == "trend":
            for start, value, n in panel.rows:
                wanted[name, "bucket", datetime.fromisoformat(start).astimezone(UTC).isoformat()] = (value, n)
        elif panel.kind == "split":
            wanted |= {(name, "dimension", told or ""): (value, n) for told, value, n, *_ in panel.rows}
    return wanted


@pytest.mark.full
def test_every_format_has_the_value_of_every_kpi_bucket_and_channel(run, files):
    wanted = wanted_of(run)
    assert {part for _, part, _ in wanted} == {"total", "bucket", "dimension"}
    found = {target: {} for target in files}
    for one in read_csv(files["csv"].content):
        if one["part"] != "note":
            moment = one["bucket_start"].replace("Z", "+00:00")
            value = Decimal(one["value"]) if one["value"] else None
            found["csv"][one["kpi"], one["part"], moment or one["dimension.channel"]] = (value, int(one["n"]))
    for one in read_parquet(files["parquet"].content):
        moment = one["bucket_start"].isoformat() if one["bucket_start"] else ""
        value = one["amount"] if one["unit"] == "USD" else one["value"]
        found["parquet"][one["kpi"], one["part"], moment or one["dimension.channel"] or ""] = (value, one["n"])
    for cells in read_excel(files["xlsx"].content):
        one = {name: cell.value for name, cell in cells.items()}
        moment = one["bucket_start"].replace(tzinfo=UTC).isoformat() if one["bucket_start"] else ""
        found["xlsx"][one["kpi"], one["part"], moment or one["dimension.channel"] or ""] = (one["value"], one["n"])
    for target, values in found.items():
        assert values.keys() == wanted.keys(), target
        for key, (value, n) in wanted.items():
            told, count = values[key]
            assert count == n
            assert (told is None) == (value is None), (target, key)
            assert told is None or float(told) == pytest.approx(float(value), rel=1e-15), (target, key)


def test_amounts_are_decimals_with_every_digit_in_every_format(files):
    money = [one for one in read_csv(files["csv"].content) if one["unit"] == "USD" and one["value"]]
    assert money
    assert all(len(one["value"].partition(".")[2]) == 2 for one in money)
    large = Decimal("98765432109876543.21")
    held = table(row(value=large, unit="USD"), row(value=Decimal("-0.10"), unit="USD"))
    assert [one["value"] for one in read_csv(data_file(held, "csv").content)[:2]] == [str(large), "-0.10"]
    assert [one["amount"] for one in read_parquet(data_file(held, "parquet").content)] == [large, Decimal("-0.10")]
    one, two = read_excel(data_file(held, "xlsx").content)
    assert (one["value"].value, one["value"].data_type) == (str(large), "s")
    assert (two["value"].value, two["value"].data_type, two["value"].number_format) == (-0.1, "n", "0.00")


def test_what_the_run_withholds_is_withheld_and_every_mark_is_carried(run, files):
    tiles = {panel.id: panel for panel in run.panels if panel.kind == "kpi"}
    totals = [one for one in read_csv(files["csv"].content) if one["part"] == "total"]
    assert len(totals) == len(tiles)
    for one in totals:
        tile = tiles[one["kpi"]]
        assert one["withheld_reason"] == (tile.withheld_reason or "")
        assert not (tile.withheld_reason and one["value"])
        assert one["approval"] == (tile.approval.state if tile.approval else "")
        assert one["status"] == tile.status
        assert one["target"] == (str(tile.target.value) if tile.target else "")
        assert one["snapshot"] == ((run.metrics_snapshot or "") if tile.points else run.snapshot)
    assert any("waits for" in mark for mark in files["csv"].marks)
    notes = [one for one in read_csv(files["csv"].content) if one["part"] == "note"]
    assert {one["title"] for one in notes} == {"Mark", "Not carried"}
    about = openpyxl.load_workbook(io.BytesIO(files["xlsx"].content))["About"]
    told = json.loads(pq.read_schema(pa.BufferReader(files["parquet"].content)).metadata[b"bos"])
    for parcel in files.values():
        assert {one.where for one in parcel.not_carried} >= {"funnel", "times"}
    for one in files["csv"].not_carried:
        assert any(one.why in line["status_words"] for line in notes)
        assert any(one.why in words for _, words in told)
        assert any(one.why in str(cells[1].value) for cells in about.iter_rows())


@pytest.mark.full
def test_a_withheld_kpi_has_no_number_in_any_file(ctx, ana, sample):
    """Under a filter of the loan type, what rests on events that do not say it is withheld."""
    thin = dashboards.build(ctx, ana, sample, by="day", split="channel", filters={"loan_type": ("auto",)})
    withheld = {panel.id for panel in thin.panels if panel.kind == "kpi" and panel.withheld_reason}
    assert withheld
    files = {target: exports.dashboard(ctx, ana, thin.run, target) for target in get_args(DashboardFormat)}
    rows = [one for one in read_csv(files["csv"].content) if one["kpi"] in withheld]
    assert {one["part"] for one in rows} >= {"total"}
    assert {one["value"] for one in rows} == {""}
    assert {one["value"] for one in read_parquet(files["parquet"].content) if one["kpi"] in withheld} == {None}
    assert {one["amount"] for one in read_parquet(files["parquet"].content) if one["kpi"] in withheld} == {None}
    sheet = [cells for cells in read_excel(files["xlsx"].content) if cells["kpi"].value in withheld]
    assert {cells["value"].value for cells in sheet} == {None}
    for target in ("notebook", "grafana", "grafana-v2", "splunk"):
        assert not withheld & set(files[target].carried), target
        assert withheld <= {one.where for one in files[target].not_carried}, target


def test_the_same_run_gives_the_same_bytes(ctx, ana, run, files):
    for target, parcel in files.items():
        again = exports.dashboard(ctx, ana, run.run, target)
        assert again.notes() == parcel.notes()
    with zipfile.ZipFile(io.BytesIO(files["xlsx"].content)) as book:
        assert not any(b"<f>" in book.read(name) for name in book.namelist())


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\u00a0=1", "\uff1d1", "\uff0b1",
     "\uff0d1", "\uff201", "\u200b=1", "\ufeff=1", "\ufe631", "\ufe66 1", "\u22121"],
)  # fmt: skip
def test_a_text_that_a_spreadsheet_would_run_is_no_formula(text):
    assert is_formula(text)
    held = table(row(title=text, dimensions={"channel": text}))
    (one,) = read_csv(data_file(replace(held, marks=(), not_carried=()), "csv").content)
    told = one["title"]
    assert one["dimension.channel"] == told
    assert (told[0], told.replace("'", "")) == ("'", text.replace("'", ""))
    (cells,) = read_excel(data_file(held, "xlsx").content)
    assert cells["title"].data_type == "s"
    assert cells["title"].quotePrefix
    assert read_parquet(data_file(held, "parquet").content)[0]["title"] == text


def formulas_in(content):
    """Return the cells that a spreadsheet would run, whichever character it takes for what parts them."""
    text = content.decode("utf-8")
    shown = [csv.reader(io.StringIO(text, newline=""), delimiter=parts) for parts in ",;\t"]
    return [
        cell for rows in shown for cells in rows for cell in cells if cell[:1] in set("=+-@\uff1d\uff0b\uff0d\uff20")
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x;=1+1", "x;'=1+1"),
        ("x; @SUM(A1);y", "x;' @SUM(A1);y"),
        ("a\tb\t+1", "a\tb\t'+1"),
        ("a\n\n-1+1", "a\n\n'-1+1"),
        ("=a;=b", "'=a;'=b"),
        ("a;b\nc", "a;b\nc"),
        (";", ";"),
    ],
)
def test_a_text_holds_no_formula_either_for_a_spreadsheet_that_parts_cells_elsewhere(text, expected):
    assert guarded(text) == expected
    content = data_file(table(row(title=text, dimensions={"channel": text}), marks=(text,)), "csv").content
    assert not formulas_in(content)
    (cells,) = read_excel(data_file(table(row(title=text)), "xlsx").content)
    assert cells["title"].value == text


def test_numbers_below_zero_stay_numbers_and_harmless_texts_stay_as_they_are():
    assert guarded("Loan payments = good, 50 - 20") == "Loan payments = good, 50 - 20"
    held = table(row(value=Decimal(-5)), row(value=Decimal("-1E-7")))
    assert [one["value"] for one in read_csv(data_file(held, "csv").content)[:2]] == ["-5", "-0.0000001"]
    numbers = read_excel(data_file(held, "xlsx").content)
    assert [(one["value"].value, one["value"].data_type) for one in numbers] == [(-5, "n"), (-1e-07, "n")]


@given(text=st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from(";=+-@'\""), max_size=60))
def test_no_text_breaks_a_file_or_begins_a_formula(text):
    held = table(row(title=text, dimensions={"channel": text}, value=Decimal(1)), marks=(text,))
    content = data_file(held, "csv").content
    told = read_csv(content)
    assert told[0]["title"] == guarded(text)
    assert told[0]["title"].replace("'", "") == text.replace("'", "")
    assert told[0]["value"] == "1"
    assert not formulas_in(content)
    assert read_parquet(data_file(held, "parquet").content)[0]["dimension.channel"] == text


def test_an_evaluation_is_exported_with_titles_targets_and_each_bucket(ctx, ana, sample):
    done = kpis.evaluate(ctx, ana, sample, by="week")
    parcel = exports.evaluation(ctx, ana, done.run, "csv")
    told = [one for one in read_csv(parcel.content) if one["part"] != "note"]
    values = [Decimal(one["value"]) if one["value"] else None for one in told]
    assert values == [None if v.value is None else Decimal(str(v.value)) for v in done.values]
    assert {one["bucket"] for one in told} == {"week"}
    rate = next(one for one in told if one["kpi"] == "overall_return_rate")
    assert (rate["target"], rate["target_direction"]) == ("0.15", "at_most")


def test_more_rows_than_a_sheet_has_are_refused():
    class Many(tuple):
        __slots__ = ()

        def __len__(self):
            return 2_000_000

    with pytest.raises(UsageError, match="An Excel sheet has"):
        data_file(table(rows=Many()), "xlsx")
