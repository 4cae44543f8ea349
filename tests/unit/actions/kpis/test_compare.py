"""KPIs held against an earlier period: hand-worked, and a generated log against pandas."""

# ruff: noqa: PD011 - values are those of a run, not of a DataFrame

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from bos.actions import kpis
from bos.errors import UsageError

NEW_YORK = ZoneInfo("America/New_York")
JANUARY, FEBRUARY, MARCH = (datetime(2026, month, 1, tzinfo=NEW_YORK) for month in (1, 2, 3))
OLDER = (
    ("o1", "payment.initiated", "2025-02-10T09:00:00Z", "20.10", "web"),
    ("o2", "payment.initiated", "2026-01-05T09:00:00Z", "30.00", "lockbox"),
)


@pytest.fixture
def longer(flow, add):
    add("older", OLDER)
    return flow


def test_a_year_that_the_log_covers_is_compared(ctx, ana, longer, add):
    add("oldest", [("o0", "payment.initiated", "2025-01-31T09:00:00Z", "5.00", "web")])
    run = kpis.evaluate(ctx, ana, longer, kpis=["amount"], start=FEBRUARY, end=MARCH, compare="1 year")
    assert told(run) == [(57.75, 20.1, 37.65, round(37.65 / 20.1, 11))]


def told(run):
    return [(v.value, v.compared.value, v.compared.difference, v.compared.change) for v in run.values]


def test_a_month_is_held_against_the_month_before(ctx, ana, longer):
    run = kpis.evaluate(ctx, ana, longer, kpis=["sent", "amount"], start=FEBRUARY, end=MARCH, compare="previous")
    assert told(run) == [(2, 2, 0, 0.0), (57.75, 130, -72.25, round(-72.25 / 130, 12))]
    assert {(v.compared.start, v.compared.end) for v in run.values} == {(JANUARY, FEBRUARY)}
    assert run.options["compare"] == "previous"
    assert kpis.run(ctx, ana, run.run) == run


def test_so_much_earlier_is_compared_by_the_calendar(ctx, ana, longer):
    run = kpis.evaluate(ctx, ana, longer, kpis=["sent", "amount"], start=FEBRUARY, end=MARCH, compare="1 year")
    # the log begins on 10 February 2025, so the February of that year is not whole
    assert told(run) == [(2, None, None, None), (57.75, None, None, None)]
    assert "10 Feb 2025" in run.values[0].compared.withheld_reason


def test_a_kpi_with_a_window_of_its_own_is_compared_over_that_window(ctx, ana, longer):
    end = datetime(2026, 3, 2, 14, tzinfo=UTC)
    run = kpis.evaluate(ctx, ana, longer, kpis=["sent"], end=end, compare="previous")
    # 30 days before 2 March, and the 30 days before those, from 1 January 09:00 on: the debits of the 5th and the 30th
    assert told(run) == [(2, 2, 0, 0.0)]
    assert run.values[0].compared.end == datetime(2026, 1, 31, 14, tzinfo=UTC)


def test_what_only_one_of_the_periods_has_is_told(ctx, ana, longer):
    asked = {"start": FEBRUARY, "end": MARCH, "dimensions": ["channel"], "compare": "previous"}
    run = kpis.evaluate(ctx, ana, longer, kpis=["sent"], **asked)
    found = {
        v.dimensions["channel"]: (v.value, v.compared.value, v.compared.difference, v.compared.change)
        for v in run.values
    }
    assert found == {"branch": (1, 0, 1, None), "web": (1, 1, 0, 0.0), "lockbox": (0, 1, -1, -1.0)}


def test_an_earlier_period_before_the_log_began_is_no_zero(ctx, ana, flow):
    run = kpis.evaluate(ctx, ana, flow, kpis=["sent"], by="month", compare="previous")
    first, second, third = run.values
    assert [v.compared.value for v in (first, second)] == [None, None]
    assert "the first record is of 30 Jan 2026 17:30" in second.compared.withheld_reason
    # of March there is something until the 5th: it is held against as much of February
    assert (third.value, third.compared.value, third.compared.difference) == (0, 2, -2)


def test_a_window_that_the_log_ends_in_is_held_against_the_same_part(ctx, ana, longer, add):
    add(
        "more",
        [
            ("m1", "payment.initiated", "2026-03-02T09:00:00Z", "1.00", "web"),
            ("m2", "payment.initiated", "2026-02-20T09:00:00Z", "1.00", "web"),
        ],
    )
    april = datetime(2026, 4, 1, tzinfo=NEW_YORK)
    # the log ends on 5 March 10:00: of February p2 and p3 count, sent by then, and m2 of the 20th does not
    for by in (None, "month"):
        run = kpis.evaluate(ctx, ana, longer, kpis=["sent"], start=MARCH, end=april, by=by, compare="previous")
        assert told(run) == [(1, 2, -1, -0.5)]


def test_months_without_the_same_days_are_not_compared(ctx, ana, longer):
    for first, last in ((28, 31), (29, 31), (30, 31)):
        window = {"start": datetime(2026, 3, first, tzinfo=NEW_YORK), "end": datetime(2026, 3, last, tzinfo=NEW_YORK)}
        run = kpis.evaluate(ctx, ana, longer, kpis=["sent"], compare="1 month", **window)
        assert "there are not the same days" in run.values[0].compared.withheld_reason
    same = {"start": datetime(2026, 3, 26, tzinfo=NEW_YORK), "end": datetime(2026, 3, 28, tzinfo=NEW_YORK)}
    run = kpis.evaluate(ctx, ana, longer, kpis=["sent"], compare="1 month", **same)
    assert run.values[0].compared.withheld_reason == "No data since 3 Feb 2026 04:00: Initiated."


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"compare": "last year"}, "nothing to compare with"),
        ({"compare": "previous"}, "Nothing lies before all"),
        ({"compare": "1 month", "by": "week"}, "not alike"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_words(ctx, ana, flow, options, words):
    with pytest.raises(UsageError, match=words):
        kpis.evaluate(ctx, ana, flow, **options)


@pytest.mark.parametrize(
    ("by", "compare", "back"),
    [
        ("day", "previous", pd.DateOffset(days=1)),
        ("day", "1 year", pd.DateOffset(years=1)),
        ("week", "previous", pd.DateOffset(weeks=1)),
        ("week", "52 weeks", pd.DateOffset(weeks=52)),
        ("month", "1 year", pd.DateOffset(years=1)),
        ("quarter", "previous", pd.DateOffset(months=3)),
    ],
)
def test_a_generated_log_compares_as_pandas_does(ctx, ana, flow, add, by, compare, back):
    rng = random.Random(11)
    began = datetime(2024, 1, 1, 6, tzinfo=UTC)
    rows = []
    for i in range(700):
        moment = began + timedelta(minutes=rng.randrange(2 * 365 * 1440))
        rows.append((f"g{i}", "payment.initiated", moment.isoformat(), f"{rng.randrange(1, 90000) / 100:.2f}", "web"))
    add("generated", rows)
    run = kpis.evaluate(
        ctx, ana, flow, kpis=["sent", "amount"], by=by, compare=compare, end=datetime(2026, 1, 1, tzinfo=NEW_YORK)
    )
    frame = pd.DataFrame(rows, columns=["case", "step", "time", "amount", "channel"])
    local = pd.to_datetime(frame["time"], format="ISO8601").dt.tz_convert("America/New_York").dt.tz_localize(None)
    frame["amount"] = frame["amount"].map(Decimal)
    length = {"day": pd.DateOffset(days=1), "week": pd.DateOffset(weeks=1), "month": pd.DateOffset(months=1),
              "quarter": pd.DateOffset(months=3)}[by]  # fmt: skip
    end, checked, silent = pd.Timestamp("2026-01-01"), 0, 0
    for value in run.values:
        bucket = pd.Timestamp(value.bucket_start.replace(tzinfo=None))
        earlier = bucket - back
        until, stopped = bucket + length, earlier + length
        if until > end:  # the last week ends with the window
            until, stopped = end, end - back
        now = frame["amount"][(local >= bucket) & (local < until)]
        then = frame["amount"][(local >= earlier) & (local < stopped)]
        if earlier.day != bucket.day and compare == "1 year":
            words = "No counterpart in the earlier period. So much earlier (1 year) there is no such day."
            assert (value.compared.value, value.compared.start, value.compared.withheld_reason) == (None, None, words)
        elif earlier < local.min().normalize():
            assert value.compared.withheld_reason
        elif value.no_data is not None or value.compared.withheld_reason:  # the log has no event for unusually long
            assert (len(now) * (value.no_data is not None), value.compared.difference) == (0, None)
            silent += 1
        elif value.kpi == "sent":
            assert (value.value, value.compared.value) == (len(now), len(then))
            checked += 1
        elif len(now) and len(then):
            difference = now.sum() - then.sum()
            assert Decimal(str(value.compared.difference)) == difference
            assert value.compared.change == pytest.approx(float(difference / then.sum()), rel=1e-11)
        else:
            assert value.compared.difference is None
    assert checked > 3
    assert silent <= checked / 10
