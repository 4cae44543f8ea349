"""KPIs of system signals whose points are missing: no number, and the words why, wherever they are read."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta

import pytest

from bos.actions import dashboards, documents, kpis, reviews
from bos.telemetry.ingest import import_metrics
from tests.unit.actions.kpis.conftest import TEMPLATE, outcome

FIRST, START, END = (
    datetime(2025, 12, 1, tzinfo=UTC),
    datetime(2026, 1, 1, tzinfo=UTC),
    datetime(2026, 2, 1, tzinfo=UTC),
)
DAYS = (END - FIRST).days
GAP = "gap(sum(total), sum(received.amount))"
TITLES = {"up": "Up", "queue": "Queue", "total": "Total", "good": "Good", "calls": "Calls"}
WRONG = datetime(2062, 3, 1, tzinfo=UTC)


def day(number, hour=9):
    """Return a moment of January 2026; December's days are 0 and less."""
    return START + timedelta(days=number - 1, hours=hour)


def every(days=range(-30, 32), hour=9):
    return [day(number, hour) for number in days]


@pytest.fixture
def measured(ctx, ana, flow, add):
    """Return a function that gives the flow a receipt a day, of 100, points of system signals by name, and KPIs."""

    def make(received=range(-30, 31), **points):
        for name, title in TITLES.items():
            unit = {"up": "ratio", "total": "USD"}.get(name, "count")
            content = {"id": f"gateway.{name}", "title": title, "type": "system", "unit": unit}
            documents.put(ctx, ana, "signal", content["id"], content, rationale="First.")
        template = copy.deepcopy(TEMPLATE) | {"time_zone": "UTC"}
        template["system_signals"] = [{"id": name, "signal": f"gateway.{name}", "affects": ["all"]} for name in TITLES]
        target = {"target": {"value": 0, "direction": "at_most"}}
        template["outcomes"] = [
            outcome("gap", GAP, "USD") | target,
            outcome("web_gap", GAP.replace(".amount", ".amount where channel = 'web'"), "USD"),
            outcome("available", "availability(up)", "ratio"),
            outcome("answered", "availability(good / calls)", "ratio"),
            outcome("waiting", "balance(queue)"),
            outcome("run_up", "cumulative(sum(total), grain_to_date = month)", "USD"),
            outcome("down", "derived(1 - available)", "ratio"),
            outcome("apart", "derived(gap * 2)", "USD"),
            outcome("got", "count(received)"),
        ]
        documents.put(ctx, ana, "template", flow, template, base_version=1, rationale="Points.")
        add("many", [(f"r{at.isoformat()}", "payment.received", at.isoformat(), "100.00", "web")
                     for at in every(received, 10)])  # fmt: skip
        more("points", **points)
        return flow

    def more(batch, **points):
        path = ctx.home.path / f"{batch}.csv"
        lines = [
            f"gateway.{name},{at.isoformat()},{100 if name == 'total' else 1}"
            for name, own in points.items()
            for at in own
        ]
        path.write_text("\n".join(["signal,time,value", *lines]) + "\n")
        mapping = {name: name for name in ("signal", "time", "value")}
        import_metrics(ctx.lake, flow, path, mapping=mapping, batch=batch, rejects=ctx.rejects)

    make.more = more
    return make


@pytest.fixture
def told(ctx, ana, flow):
    """Return a function that tells the values of KPIs of January: number, words of no data, why it is withheld."""

    def ask(*names, start=START, end=END, **asked):
        run = kpis.evaluate(ctx, ana, flow, kpis=list(names), start=start, end=end, **asked)
        return [(one.value, one.no_data and one.no_data.words, one.withheld_reason) for one in run.values]

    return ask


def test_a_period_that_points_ended_early_in_has_no_number_nor_has_what_is_derived_and_it_says_since_when(
    measured, told
):
    early = every(range(-30, 6))
    measured(up=early, queue=early, total=early, good=early, calls=every())
    since = "No data since 5 Jan 2026 09:00: "
    assert told("available", "waiting", "gap", "answered", "run_up") == [
        (None, f"{since}{title}", None) for title in ("Up", "Queue", "Total", "Good", "Total")
    ]
    assert told("got") == [(31, None, None)]
    assert told("down", "apart") == [(None, f"{since}Up", None), (None, f"{since}Total", None)]
    assert told("available", "down", start=day(10, 0)) == [(None, f"{since}Up", None)] * 2


@pytest.mark.full
def test_points_that_go_on_or_end_late_or_were_seen_seldom_leave_the_number(measured, told):
    late = every(range(-30, 20))
    measured(up=late, queue=every((3, 4)), total=every(), good=every(), calls=every())
    numbers = [
        value for value, missing, _ in told("available", "waiting", "gap", "answered", "down", "apart") if not missing
    ]
    assert numbers == [1, 1, 0, 1, 0, 0]


def test_points_that_ended_in_the_second_half_leave_the_number_without_a_verdict(ctx, ana, flow, measured):
    late = every(range(-30, 20))
    measured(up=late, queue=late, total=late, good=every(), calls=every())
    run = kpis.evaluate(ctx, ana, flow, kpis=["available", "waiting", "gap", "answered", "down"], start=START, end=END)
    ended = [(one.value is None, one.ended and one.ended.words) for one in run.values]
    since = [f"Nothing of {title} since 19 Jan 2026 09:00" for title in ("Up", "Queue", "Total", "Up")]
    assert ended == [(False, since[0]), (False, since[1]), (True, None), (False, None), (False, since[3])]
    gap = run.values[2].no_data  # of 12 receipts no total came
    assert gap.words == "No data since 19 Jan 2026 09:00: Total"
    board = dashboards.build(ctx, ana, flow, start=START, end=END)
    tiles = {one.id: one for one in board.panels if one.kind == "kpi"}
    assert (tiles["gap"].value, tiles["gap"].status) == (None, "no_data")
    assert (tiles["available"].value, tiles["available"].status) == (1, "none")
    assert since[0] in tiles["available"].status_words


@pytest.mark.full
def test_a_period_that_points_are_missing_from_the_middle_or_the_beginning_of_is_no_number(measured, told):
    measured(up=every([*range(-30, 4), *range(29, 32)]), total=every([*range(-30, -2), *range(25, 32)]))
    assert told("available", "down", "gap") == [
        *[(None, "No data from 3 Jan 2026 09:00 to 29 Jan 2026 09:00: Up", None)] * 2,
        (None, "No data from 28 Dec 2025 09:00 to 25 Jan 2026 09:00: Total", None),
    ]
    assert told("available", start=day(27, 0)) == [(1, None, None)]
    assert told("waiting") == [(None, "No data was recorded yet: Queue", None)]


def test_days_without_a_total_and_without_anything_to_hold_against_it_are_no_hole(add, measured, told):
    """On a holiday only wires were received, and no file of the web came."""
    held = [number for number in range(-30, 32) if number != 19]
    measured(received=held[:-1], total=every(held))
    assert told("gap", "web_gap") == [(0, None, None)] * 2
    add("wires", [("w19", "payment.received", day(19, 11).isoformat(), "7.00", "wire")])
    hole = "No data from 18 Jan 2026 09:00 to 20 Jan 2026 09:00: Total"
    assert told("gap", "web_gap") == [(None, hole, None), (0, None, None)]
    assert told("gap", "web_gap", start=day(20, 0)) == [(0, None, None)] * 2


@pytest.mark.full
def test_a_gap_with_a_side_that_began_later_than_the_other_has_no_number(measured, told):
    measured(total=every(range(20, 32)), good=every(range(20, 32)), calls=every(range(19, 32)), up=every(range(20, 32)))
    until = "No data until 20 Jan 2026 09:00: Total"
    assert told("gap", "apart", "answered", "available") == [
        *[(None, until, None)] * 2,
        (pytest.approx(12 / 13), None, None),
        (1, None, None),
    ]
    assert told("gap", start=day(20, 0)) == [(0, None, None)]


def test_what_was_good_of_calls_that_were_recorded_later_says_until_when_and_not_that_more_is_good(
    ctx, ana, measured, told
):
    """Until the 20th nothing tells how many calls there were, so more is good than there is in all."""
    flow = measured(good=every(), calls=every(range(20, 32)))
    assert told("answered") == [(None, "No data until 20 Jan 2026 09:00: Calls", None)]
    days = {"start": day(18, 0), "end": day(22, 0), "by": "day"}
    yet = "No data was recorded yet: Calls"
    assert told("answered", **days) == [(None, yet, None)] * 2 + [(1, None, None)] * 2
    assert told("answered", start=day(20, 0)) == [(1, None, None)]
    row = next(row for row in reviews.weekly(ctx, ana, flow, "2026-W03", version="1").kpis if row.kpi == "answered")
    assert (row.shown, row.status, row.freshness, row.withheld) == ("No data", "no_data", yet, "")
    assert not row.fresh


def test_more_that_is_good_than_there_is_in_all_is_withheld_where_no_points_are_missing(ctx, ana, measured, told):
    flow = measured(good=[*every(), *every(range(13, 15), 10)], calls=every())
    why = "Points of 'good' and 'calls' do not count: some are negative, or more is good than there is in all."
    assert told("answered") == [(None, None, why)]
    row = next(row for row in reviews.weekly(ctx, ana, flow, "2026-W03", version="1").kpis if row.kpi == "answered")
    assert (row.shown, row.status, row.withheld) == ("Withheld", "withheld", why)


def test_a_bucket_without_points_is_no_data_and_a_gap_in_it_has_no_number(measured, told):
    measured(up=every(range(-30, 27)), total=every(range(-30, 27)))
    days = {"start": day(25, 0), "end": day(29, 0), "by": "day"}
    since = "No data since 26 Jan 2026 09:00: "
    assert told("available", **days) == [(1, None, None)] * 2 + [(None, f"{since}Up", None)] * 2
    assert told("down", **days) == [(0, None, None)] * 2 + [(None, f"{since}Up", None)] * 2
    alone = "Only one of the two totals was recorded, so there is nothing to hold it against."
    for name in ("gap", "apart"):
        assert told(name, **days) == [(0, None, None)] * 2 + [(None, None, alone)] * 2


@pytest.mark.full
def test_an_hour_without_points_is_no_data_since_the_newest_before_it(measured, told):
    ours = [day(5, 8), day(5, 10) + timedelta(minutes=15), day(5, 13)]
    measured(up=ours, good=ours[:1], calls=ours)
    hours = {"start": day(5, 9), "end": day(5, 14), "by": "hour"}
    at_eight, at_ten = "No data since 5 Jan 2026 08:00: ", "No data since 5 Jan 2026 10:15: "
    words = [f"{at_eight}Up", None, f"{at_ten}Up", f"{at_ten}Up", None]
    assert told("available", **hours) == [(None if why else 1, why, None) for why in words]
    assert told("down", **hours) == [(None if why else 0, why, None) for why in words]
    assert told("answered", **hours)[1] == (None, f"{at_eight}Good", None)


@pytest.mark.full
def test_a_week_of_a_trend_whose_points_ended_on_its_first_days_is_no_data(measured, told):
    measured(up=every(range(-30, 14)), total=every(range(-30, 14)))  # the 12th is a Monday
    weeks = {"start": day(5, 0), "end": day(26, 0), "by": "week"}
    since = "No data since 13 Jan 2026 09:00: "
    assert told("available", **weeks) == [(1, None, None)] + [(None, f"{since}Up", None)] * 2
    assert told("gap", **weeks)[:2] == [(0, None, None), (None, f"{since}Total", None)]


@pytest.mark.full
def test_the_whole_log_is_no_number_where_points_ended_in_its_first_half(measured, told):
    measured(up=every(range(-30, -10)), total=every(range(-30, -10)))
    since = "No data since 20 Dec 2025 09:00: "
    whole = {"start": None, "end": None}
    assert told("available", "gap", "apart", **whole) == [
        (None, f"{since}{one}", None) for one in ("Up", "Total", "Total")
    ]


def test_a_dashboard_and_a_review_say_it_too(ctx, ana, measured):
    early = every(range(-30, 6))
    flow = measured(up=early, total=early)
    run = dashboards.build(ctx, ana, flow, start=START, end=END)
    tiles = {panel.id: panel for panel in run.panels if panel.kind == "kpi"}
    for name, title in (("gap", "Total"), ("available", "Up"), ("down", "Up")):
        words = f"No data since 5 Jan 2026 09:00: {title}"
        assert (tiles[name].value, tiles[name].status, tiles[name].status_words) == (None, "no_data", words)
    rows = {row.kpi: row for row in reviews.weekly(ctx, ana, flow, "2026-W02", version="1").kpis}
    for name, title in (("gap", "Total"), ("available", "Up"), ("down", "Up")):
        row = rows[name]
        assert (row.value, row.status, row.fresh) == (None, "no_data", False), name
        assert row.freshness == f"No data since 5 Jan 2026 09:00: {title}"


def test_one_point_in_the_future_changes_nothing_that_is_told_of_now(ctx, ana, measured):
    flow = measured(up=every(), total=every())

    def tell():
        run = dashboards.build(ctx, ana, flow)
        found = kpis.evaluate(ctx, ana, flow, kpis=["available", "down", "gap"])
        pack = reviews.weekly(ctx, ana, flow, "2026-W04", version="1")
        return (
            run.window,
            [(one.id, one.value, one.status_words, one.as_of) for one in run.panels if one.kind == "kpi"],
            [
                (one.value, one.no_data, [mark.words for mark in one.trust if mark.aspect == "freshness"])
                for one in found.values
            ],
            [(row.kpi, row.value, row.as_of, row.freshness) for row in pack.kpis],
        )

    before = tell()
    measured.more("wrong", up=[WRONG])
    assert tell() == before
