"""Numbers, events and dashboards as tables, over each transport: pandas, Arrow, and what people see."""

from __future__ import annotations

import gc
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from bos.client.named import Fields
from bos.errors import NotFound, UsageError

pytestmark = pytest.mark.usefixtures("loans")

PLACE = ZoneInfo("America/New_York")
ROWS = 640
FIRST, SPLIT, END = (datetime(2026, month, 1, tzinfo=PLACE) for month in (1, 2, 3))


@pytest.fixture(scope="module")
def rows():
    """Return what is imported: two months of payments, some without a note, one with an empty one."""
    found = pd.DataFrame({"n": range(ROWS)})
    found["time"] = pd.Timestamp("2026-01-01T05:00:00Z") + pd.to_timedelta(found.n * 141, unit="m")
    found["case"] = "c" + (found.n // 2).astype(str)
    found["step"] = found.n.map(lambda n: "posted" if n % 2 else "received")
    found["amount"] = found.n.map(lambda n: f"{n}.{n % 100:02}")
    found["channel"] = found.n.map(lambda n: ("web", "branch", None)[n % 3 if n < ROWS - 6 else 0])
    return found


@pytest.fixture(scope="module")
def loans(wb, rows, tmp_path_factory):
    """Return a flow in the time of New York whose KPIs are a count, money, a ratio and one that is withheld."""
    fields = [{"id": "channel", "native": "channel", "type": "text"}]
    for name in ("received", "posted"):
        signal = {"title": name, "type": "process", "binding": {"event": name, "fields": fields}}
        wb.signals.put(f"loan.{name}", signal, rationale="First.")
    measures = {
        "posts": ("count(posted)", "count"),
        "money": ("sum(posted.amount)", "USD"),
        "share": ("ratio(count(posted where amount > 300), count(posted))", "ratio"),
    }
    sections = ("identity", "flow", "process_signals", "system_signals", "outcomes", "ownership")
    mapping = {"case": "case", "step": "step", "time": "time", "amount": "amount", "attr.channel": "channel"}
    template = {
        "title": "Loans",
        "currency": "USD",
        "time_zone": PLACE.key,
        "binding": {"mapping": mapping},
        "flow": {"correlation_key": ["case"], "steps": [{"id": "in", "title": "In"}, {"id": "done", "title": "Done"}]},
        "process_signals": [
            {"id": "received", "signal": "loan.received", "step": "in"},
            {"id": "posted", "signal": "loan.posted", "step": "done"},
        ],
        "outcomes": [
            {
                "id": name,
                "title": name.title(),
                "measure": {"formula": formula, "unit": unit, "dimensions": ["channel"]},
                "target": {"value": 100, "direction": "at_least"} if name == "posts" else None,
            }
            for name, (formula, unit) in measures.items()
        ],
        "ownership": [
            {"id": name.replace("_", "-"), "covers": name, "accountable": "process_owner"} for name in sections
        ],
    }
    wb.templates.put("loans-us", template, rationale="First.")
    path = tmp_path_factory.mktemp("frames") / "log.csv"
    rows.to_csv(path, index=False)
    flow = wb.flow("loans-us")
    flow.import_events(path, generated=True)
    return flow


def posted(rows, start, end):
    return rows[(rows.step == "posted") & (rows.time >= start) & (rows.time < end)]


def cents(found):
    return sum((Decimal(text) for text in found.amount), Decimal())


def test_money_is_decimal_to_the_last_cent_in_arrow_and_in_pandas(wb, rows):
    result = wb.kpi("loans-us", "money", by="month")
    expected = [cents(posted(rows, FIRST, SPLIT)), cents(posted(rows, SPLIT, END))]
    table = pa.table(result)
    assert pa.types.is_decimal128(table.schema.field("value").type)
    assert table["value"].to_pylist()[:2] == expected
    assert list(result.df["value"])[:2] == expected
    assert isinstance(result.df["value"][0], Decimal)
    quick = result.to_pandas(exact=False)["value"]
    assert (str(quick.dtype), quick[0]) == ("Float64", float(expected[0]))
    assert wb.kpi("loans-us", "money")["money"] == cents(posted(rows, FIRST, datetime(2027, 1, 1, tzinfo=UTC)))


def test_counts_are_whole_numbers_and_floats_stand_beside_exact_money(wb, loans, rows):
    counts = loans.kpis.posts.evaluate(by="month")
    assert pa.table(counts).schema.field("value").type == pa.int64()
    assert (str(counts.df["value"].dtype), str(counts.df["n"].dtype)) == ("Int64", "Int64")
    assert counts.df["value"].sum() == (rows.step == "posted").sum()
    mixed = wb.kpi("loans-us", "posts", "money", "share", end=END, start=FIRST)
    money = cents(posted(rows, FIRST, END))
    table = pa.table(mixed)
    assert table.schema.field("value").type == pa.float64()
    assert table["value_exact"].to_pylist()[1] == money
    assert list(mixed.df["value"])[:2] == [len(posted(rows, FIRST, END)), money]
    assert "value_exact" not in mixed.df.columns
    assert str(mixed.to_pandas(exact=False)["value"].dtype) == "Float64"
    assert mixed.to_pandas(exact=False)["value"][1] == float(money)


def test_buckets_are_of_the_zone_of_the_flow_and_the_table_says_so(wb):
    result = wb.kpi("loans-us", "posts", by="month")
    starts = result.df["bucket_start"]
    assert str(starts.dt.tz) == PLACE.key
    assert [moment.to_pydatetime() for moment in starts[:2]] == [FIRST, SPLIT]
    assert starts[0].hour == 0
    assert pa.table(result).schema.field("bucket_start").type == pa.timestamp("us", PLACE.key)
    assert (result.attrs["time_zone"], result.attrs["time_zones"]) == (PLACE.key, {"posts": PLACE.key})
    assert PLACE.key in repr(result)


def test_the_attributes_say_what_the_numbers_rest_on_and_go_along_into_files(wb, loans, tmp_path):
    result = wb.kpi("loans-us", "posts", "money", start=FIRST, end=END)
    attrs = result.df.attrs
    assert attrs["units"] == {"posts": "count", "money": "USD"}
    told = {name: attrs[name] for name in ("currency", "flow", "template_version", "snapshot", "generated", "run")}
    run = result.run
    assert told == {
        "currency": "USD", "flow": "loans-us", "template_version": 1, "snapshot": loans.status().snapshot,
        "generated": True, "run": run.run,
    }  # fmt: skip
    assert attrs["approval"] == {"posts": "provisional", "money": "provisional"}
    assert datetime.fromisoformat(attrs["start"]) == FIRST
    metadata = pa.table(result).schema.metadata
    assert json.loads(metadata[b"bos.units"]) == attrs["units"]
    path = tmp_path / "frame.parquet"
    result.to_pandas(exact=False).to_parquet(path)
    assert pd.read_parquet(path).attrs["currency"] == "USD"


def test_a_missing_field_is_null_and_no_text(wb, rows):
    frame = wb.kpi("loans-us", "posts", dimensions=["channel"]).df
    found = dict(
        zip(frame["channel"].astype(object).where(frame["channel"].notna(), None), frame["value"], strict=True)
    )
    wanted = rows[rows.step == "posted"].groupby("channel", dropna=False).size()
    assert found == {None if pd.isna(name) else name: count for name, count in wanted.items()}


def test_an_empty_bucket_is_null_with_its_count_and_never_a_zero(wb):
    frame = wb.kpi("loans-us", "share", start=datetime(2025, 1, 1, tzinfo=UTC), end=datetime(2025, 2, 1, tzinfo=UTC)).df
    assert frame["value"].isna().all()
    assert list(frame["n"]) == [0]


def test_what_is_compared_with_nothing_says_why(wb, rows):
    frame = wb.kpi("loans-us", "posts", "money", by="month", compare="previous").df
    first, second = (frame[(frame.kpi == "money")].iloc[at] for at in (0, 1))
    assert first["before"] is None
    assert "not covered" in first["before_reason"]
    then = cents(posted(rows, FIRST, SPLIT))
    assert second["before"] == then
    assert pd.isna(second["before_reason"])
    assert second["difference"] == cents(posted(rows, SPLIT, END)) - then
    assert second["before_start"].to_pydatetime() == FIRST
    nothing = wb.kpi("loans-us", "posts", start=FIRST, end=SPLIT, compare="previous")
    assert nothing.df["before"].isna().all()
    assert "not covered" in nothing.df["before_reason"][0]
    assert "nothing to compare with" in repr(nothing)
    assert "nothing to compare with" in nothing._repr_html_()


def test_a_misspelt_name_is_answered_with_the_nearest_and_with_what_there_is(wb):
    with pytest.raises(NotFound) as kpi:
        wb.kpi("loans-us", "post")
    assert "Did you mean posts?" in kpi.value.hint
    assert "posts, money, share" in kpi.value.hint
    with pytest.raises(NotFound) as flow:
        wb.kpi("loan-us", "posts")
    assert "Did you mean loans-us?" in flow.value.hint
    with pytest.raises(UsageError) as field:
        wb.kpi("loans-us", "posts", dimensions=["chanel"])
    assert "Did you mean channel?" in field.value.hint
    with pytest.raises(NotFound, match="no step 'recieved'") as step:
        wb.events("loans-us", steps="recieved")
    assert "Its steps are in, done" in step.value.hint
    with pytest.raises(UsageError, match="no column 'amout'") as column:
        wb.events("loans-us", columns=["amout"])
    assert "Did you mean amount?" in column.value.hint
    with pytest.raises(KeyError, match="did you mean posts"):
        wb.kpi("loans-us", "posts")["post"]


def test_tab_completes_flows_kpis_and_dimensions(wb, loans):
    assert "loans_us" in dir(wb.flow)
    assert "loans-us" in wb.flow._ipython_key_completions_()
    assert wb.flow.loans_us.id == wb.flow["loans-us"].id == wb.flow("loans-us").id
    assert {"posts", "money", "share"} <= set(dir(loans.kpis))
    assert list(loans.kpis) == ["posts", "money", "share"]
    assert loans.kpis["posts"].evaluate()["posts"] == loans.evaluate()["posts"]
    assert loans.kpis.posts.dimensions.channel == "channel"
    fields = loans.kpis.posts.dimensions
    assert [name for name in dir(fields) if not name.startswith("_")] == ["channel"]
    assert (list(fields), len(fields), fields[0], repr(fields)) == (["channel"], 1, "channel", "('channel',)")
    assert Fields(["count", "index"]).count == "count"
    assert loans.evaluate()._ipython_key_completions_() == ["posts", "money", "share"]
    with pytest.raises(AttributeError, match="Did you mean posts"):
        _ = loans.kpis.post
    with pytest.raises(NotFound) as caught:
        wb.flow["loans_us"]
    assert "Did you mean loans-us?" in caught.value.hint
    assert not hasattr(wb.flow, "_repr_mimebundle_")
    assert "count(posted)" in loans.kpis.posts._repr_html_()


def test_other_libraries_take_a_table_as_it_is(wb, rows):
    taken = wb.events("loans-us")
    assert pa.table(taken).num_rows == len(taken) == ROWS
    found = duckdb.sql("SELECT step, count(*), sum(amount) FROM taken GROUP BY step ORDER BY step").fetchall()
    wanted = [(step, len(part), cents(part)) for step, part in rows.groupby("step")]
    assert found == wanted
    assert pd.DataFrame.from_arrow(taken).shape == (ROWS, 9)
    result = wb.kpi("loans-us", "money")
    assert duckdb.sql("SELECT value FROM result").fetchall() == [(result["money"],)]


def test_events_are_chosen_by_case_and_column_and_a_limit_says_what_it_left_out(wb, rows):
    one = wb.events("loans-us", cases="c7", columns=["step", "amount"])
    assert one.arrow.column_names == ["step", "amount"]
    assert list(one.df["amount"]) == [Decimal(text) for text in rows[rows.case == "c7"].amount]
    some = wb.events("loans-us", cases=["c7", "c9"], steps="done")
    assert list(some.df["case_id"]) == ["c7", "c9"]
    assert (some.attrs["total"], some.attrs["cut"]) == (2, False)
    first = wb.events("loans-us", limit=5)
    assert (len(first), first.df.attrs["total"], first.df.attrs["cut"]) == (5, ROWS, True)
    words = f"The limit left {ROWS - 5} of {ROWS} events out."
    assert words in repr(first)
    assert words in first._repr_html_()
    assert "left" not in repr(wb.events("loans-us"))


def test_events_come_in_pieces_and_their_file_is_gone_when_they_are_there(wb, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    taken = wb.events("loans-us")
    assert list(tmp_path.iterdir()) == []
    assert sum(batch.num_rows for batch in taken.batches()) == ROWS
    table = pa.table(taken)
    del taken
    gc.collect()
    assert table["case_id"][ROWS - 1].as_py() == f"c{ROWS // 2 - 1}"
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "absent"))
    with pytest.raises(UsageError, match="cannot be kept"):
        wb.events("loans-us")


def test_a_dashboard_is_a_table_of_its_tiles(wb, rows):
    board = wb.dashboard("loans-us", start=SPLIT, end=END)
    frame = board.df.set_index("panel")
    assert sorted(frame.index) == ["money", "posts", "share"]
    now, then = posted(rows, SPLIT, END), posted(rows, FIRST, SPLIT)
    assert frame.loc["posts", "value"] == len(now)
    assert (frame.loc["posts", "target"], frame.loc["posts", "direction"]) == (100, "at_least")
    assert frame.loc["posts", "status"] == ("ok" if len(now) >= 100 else "breach")
    assert frame.loc["money", "value"] == cents(now)
    assert list(frame["n"]) == [len(now)] * 3
    assert board.attrs["generated"] is True
    assert wb.dashboard_run(board.run) == board
    shown = board._repr_html_()
    assert "With generated telemetry" in shown
    assert "Posts" in shown
    assert (frame.loc["posts", "earlier_value"], frame.loc["money", "earlier_value"]) == (len(then), cents(then))
    assert (frame["compared_value"] == frame["value"]).all()
    assert (frame["compared_period"] == frame["period"]).all()
    alone = (
        wb.dashboard("loans-us").df.set_index("panel").loc["posts"]
    )  # nothing lies before all: its last bucket is compared
    assert alone["compared_period"].startswith("Last whole ")
    assert alone["compared_value"] - alone["earlier_value"] == alone["difference"]
    assert alone["compared_value"] < alone["value"]


def test_an_explanation_is_a_table_whose_amounts_sum_to_the_change(loans, rows):
    told = loans.explain("money", start=SPLIT, end=END, dimension="channel")
    assert list(told.df.columns) == ["kind", "of", "missing", "amount"]
    assert told.df["amount"].sum() == pytest.approx(told.difference, abs=1e-9)
    wanted = cents(posted(rows, SPLIT, END)) - cents(posted(rows, FIRST, SPLIT))
    assert told.difference == pytest.approx(float(wanted))
    assert "<svg" in told._repr_html_()
    assert told.df.attrs["kpi"] == "money"
    assert told.attrs["generated"] is True


def test_cases_and_restated_values_are_tables(wb, loans, rows, tmp_path):
    behind = loans.cases("money", limit=10)
    assert len(behind.df) == 10
    assert (behind.attrs["total"], behind.attrs["cut"]) == ((rows.step == "posted").sum(), True)
    assert "left" in behind._repr_html_()
    assert "With generated telemetry" in behind._repr_html_()
    assert str(behind.df["at"].dt.tz) == PLACE.key
    astray = loans.broken(limit=2)
    assert astray.df.empty
    assert list(astray.df.columns) == ["kpi", "rule", "case", "at", "why", "events", "missing", "due"]
    run = loans.evaluate(["money"], start=FIRST, end=SPLIT).run
    late = tmp_path / "late.csv"
    late.write_text("case,step,time,amount,channel\nlate,posted,2026-01-05T00:00:00Z,1.25,web\n")
    loans.import_events(late)
    frame = wb.restated(run.run).df
    assert list(frame["difference"]) == [Decimal("1.25")]
    assert frame["words"][0]


def test_what_people_wrote_stays_text_and_a_withheld_value_says_why(loans, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("case,step,time,amount,currency,channel\nx,posted,2026-01-06T00:00:00Z,1.00,EUR,<b>web\n")
    loans.import_events(
        other,
        map={"case": "case", "step": "step", "time": "time", "amount": "amount", "currency": "currency",
             "attr.channel": "channel"},
    )  # fmt: skip
    result = loans.evaluate()
    withheld = result.df[result.df.kpi == "money"]
    assert withheld["value"].isna().all()
    assert "currenc" in withheld["withheld_reason"].iloc[0]
    assert "currenc" in result.attrs["withheld"]["money"]
    assert "<b>web" not in loans.evaluate(["posts"], dimensions=["channel"])._repr_html_()
    assert "<b>web" not in loans.events(cases="x")._repr_html_()


def test_a_bar_shows_how_far_long_reading_is(wb, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setattr("bos.client.events._PATIENCE", 0.0)
    wb.events("loans-us", limit=5)
    assert "Events of loans-us" in screen.getvalue()


def test_values_over_time_are_a_picture_and_others_are_not(wb):
    result = wb.kpi("loans-us", "posts", "share", by="week", compare="previous")
    page = result.chart("share")._repr_html_()
    assert "bos-chart__line--prior" in page
    assert "share by week, America/New_York · With generated telemetry" in page
    assert ":root" not in page  # the page it stands on keeps its colours
    for wrong in (wb.kpi("loans-us", "posts"), wb.kpi("loans-us", "posts", by="week", dimensions=["channel"])):
        with pytest.raises(UsageError, match="no one line"):
            wrong.chart()
    with pytest.raises(UsageError, match="'shares'"):
        result.chart("shares")


def test_every_table_shows_itself_in_a_terminal(loans):
    told = loans.explain("posts", start=SPLIT, end=END, dimension="channel")
    assert repr(told).startswith("posts: from ")
    with pytest.raises(UsageError, match="The amounts are in EUR, but the unit of the KPI is USD"):
        loans.explain("money", start=SPLIT, end=END, dimension="channel")
    moved = loans.kpis.share.movement(start=SPLIT, end=END, dimension="channel")
    assert repr(moved).startswith("share: from ")
    assert list(moved.df.columns) == ["of", "missing", "then", "now", "difference", "unit", "then_n", "now_n"]
    assert moved.arrow.num_rows == len(moved.parts) > 1
    assert moved.df.attrs["difference"] == moved.difference
    assert "With generated telemetry" in repr(loans.dashboard())
    assert "counted" in repr(loans.cases("posts", limit=3))
