"""Error budgets of a flow, against pandas over the same points, and by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from bos.actions import budgets, dashboards, kpis, previews, reviews
from bos.errors import UsageError

LAST = datetime(2026, 3, 10, 12, tzinfo=UTC)
AT = LAST + timedelta(microseconds=1)


def probes(down=(), *, name="gateway.up", days=40, good=1.0, bad=0.0):
    """Return a point every five minutes to the last; bad within the spans of hours before the last."""
    for i in range(days * 24 * 12):
        ago = timedelta(minutes=5 * i)
        wrong = any(timedelta(hours=to) <= ago < timedelta(hours=since) for since, to in down)
        yield name, LAST - ago, bad if wrong else good


def of(ctx, ana, flow, **options):
    return {one.kpi: one for one in budgets.listing(ctx, ana, flow, **options).items}


def by_kpi(run):
    return {one["kpi"]: one for one in run.model_dump()["values"]}


def share(points, since, *, name="gateway.up"):
    frame = pd.DataFrame(points, columns=["signal", "time", "value"])
    kept = frame[(frame.signal == name) & (frame.time >= pd.Timestamp(AT - since)) & (frame.time < pd.Timestamp(AT))]
    return kept.value.mean(), len(kept)


def test_budgets_equal_those_of_pandas(ctx, ana, watched):
    points = [*probes([(700, 699), (60, 59), (3, 2)]), *probes(name="gateway.latency", good=0.2)]
    found = of(ctx, ana, watched(points))
    assert list(found) == ["return_rate", "available", "fast"]
    one = found["available"]
    month = timedelta(hours=719)  # thirty days of New York, one of them with 23 hours
    mean, count = share(points, month)
    assert (one.at, one.start, one.n) == (AT, AT - month, count)
    assert one.value == pytest.approx(mean, rel=1e-11)
    assert one.used == pytest.approx((1 - mean) / 0.01, rel=1e-9)
    assert one.left == pytest.approx(1 - one.used, rel=1e-9)
    for rate, hours in zip(one.burns, (1, 6, 72), strict=True):
        long, _ = share(points, timedelta(hours=hours))
        short, _ = share(points, timedelta(hours=hours / 12))
        assert (rate.long, rate.short) == (hours * 3600, hours * 300)
        assert rate.long_rate == pytest.approx((1 - long) / 0.01, abs=1e-9)
        assert rate.short_rate == pytest.approx((1 - short) / 0.01, abs=1e-9)
    assert one.lasts_until == AT + timedelta(days=30) * (one.left / one.burns[-1].long_rate)
    assert one.course[-1].left == pytest.approx(one.left, abs=1e-9)
    assert sum(point.n for point in one.course) == one.n
    assert (found["fast"].used, found["fast"].status, found["fast"].lasts_until) == (0, "ok", None)


def test_a_budget_says_when_it_will_be_used_up(ctx, ana, watched):
    """Of 7.19 hours that may be bad three were; an hour in the last 14 whole days is a pace of 0.3, which lasts."""
    flow = watched(
        [*probes([(700, 699), (60, 59), (3, 2)]), *probes([(161, 140)], name="gateway.latency", good=0.2, bad=1)]
    )
    found = of(ctx, ana, flow)
    calm, spent = found["available"].forecast, found["fast"].forecast
    assert (calm.outlook, calm.expected, calm.buckets) == ("lasts", None, 14)
    assert calm.words == "Will last at the present pace"
    assert "14 days goes on, and what leaves the window is given back" in calm.method
    # 1.67 hours of a week may be slow; 21 were, from 3 March 19:00 UTC: by 20:40, 15:40 in New York
    assert (spent.outlook, spent.used_up_on) == ("used_up", datetime(2026, 3, 3, 5, tzinfo=UTC))
    assert spent.words == "Already used up on 3 Mar 2026"
    assert found["return_rate"].forecast is None  # its events ended five days before the points did
    panel = next(one for one in dashboards.build(ctx, ana, flow).panels if one.id == "budget.fast")
    assert "Already used up on 3 Mar 2026." in panel.summary


def test_a_budget_of_a_ratio_of_events_counts_what_went_wrong(ctx, ana, watched):
    """One of three debits came back; four of ten may."""
    one = of(ctx, ana, watched(probes()))["return_rate"]
    assert (one.n, one.value, one.allowed) == (3, pytest.approx(1 / 3), 0.4)
    assert one.used == pytest.approx(5 / 6)
    assert one.at == datetime(2026, 3, 5, 10, 0, 0, 1, tzinfo=UTC)


def test_a_ratio_that_is_no_share_has_no_budget_to_use_up(ctx, ana, watched, add):
    flow = watched(probes())
    add("more", [("p2", "payment.returned", f"2026-03-05T09:0{n}:00Z", "1.00", "web") for n in range(4)])
    one = of(ctx, ana, flow)["return_rate"]  # one of three debits came back five times
    assert (one.value, one.used, one.left, one.status) == (None, None, None, "withheld")
    assert "more than all there is" in one.words


@pytest.mark.parametrize(
    ("down", "status", "words"),
    [
        ([], "ok", "100 % of the error budget left"),
        ([(1, 0)], "breach", "Error budget burns 100.0 times too fast over 1 h"),
        ([(2, 1)], "warning", "Error budget burns 1.4 times too fast over 3 d"),
        ([(300, 290)], "breach", "Error budget used up"),
        *(
            pytest.param(*case, marks=pytest.mark.full)
            for case in (
                ([(1, 0.5)], "ok", "93.0 % of the error budget left"),
                ([(2.1, 1.9), (0.3, 0)], "breach", "Error budget burns 33.3 times too fast over 1 h"),
                ([(60, 58), (1, 0.9)], "warning", "Error budget burns 2.9 times too fast over 3 d"),
            )
        ),
    ],
)
def test_how_a_budget_stands(ctx, ana, watched, down, status, words):
    one = of(ctx, ana, watched(probes(down)))["available"]
    assert (one.status, one.words.replace("\u202f", " ")) == (status, words)


def test_a_budget_without_points_lately_says_so_and_one_without_any(ctx, ana, watched):
    points = [point for point in probes() if point[1] < LAST - timedelta(days=5)]
    points.append(("gateway.latency", LAST, 0.1))
    found = of(ctx, ana, watched(points))
    one = found["available"]
    assert (one.status, one.words, one.used) == ("no_data", "No data since 5 Mar 2026 06:55", 0)
    assert one.at == LAST - timedelta(days=5, minutes=5) + timedelta(microseconds=1)
    assert found["fast"].status == "ok"
    early = of(ctx, ana, "payments", at=datetime(2026, 1, 1, tzinfo=UTC))["available"]
    assert (early.status, early.used, early.left, early.n) == ("no_data", None, None, 0)


def test_an_earlier_moment_sees_only_what_was_before_it(ctx, ana, watched):
    flow = watched(probes([(1, 0)]))
    assert of(ctx, ana, flow)["available"].status == "breach"
    assert of(ctx, ana, flow, at=LAST - timedelta(hours=1))["available"].status == "ok"
    with pytest.raises(UsageError):
        budgets.listing(ctx, ana, flow, at=datetime(2026, 1, 1))  # noqa: DTZ001 - without a zone


def test_a_dashboard_shows_the_budget_and_the_tile_says_that_it_burns(ctx, ana, watched):
    run = dashboards.build(ctx, ana, watched([*probes([(1, 0)]), *probes(name="gateway.latency", good=0.2)]))
    panels = {panel.id: panel for panel in run.panels}
    tile, budget = panels["available"], panels["budget.available"]
    assert (tile.status, tile.status_words) == (
        "breach", "Error budget burns 100.0 times too fast over 1 h",
    )  # fmt: skip
    assert tile.value == pytest.approx(1 - 12 / (40 * 24 * 12))
    assert (budget.kind, budget.status, budget.shown.replace("\u202f", " ")) == ("budget", "breach", "86.1 % left")
    assert "1.00 % of all may go wrong over 30 days" in budget.summary.replace("\u202f", " ")
    assert "It burns 100 over 1 h" in budget.summary.replace("\u202f", " ")
    assert len(budget.rows) == 31
    assert {(one.as_of, one.points) for one in (tile, budget, panels["trend.available"])} == {(LAST, True)}
    assert not panels["sent"].points
    assert budget.rows[-1][1] == pytest.approx(budget.value)
    page = dashboards.html(ctx, ana, run.run)
    assert "Error budget: Available" in page
    assert "newest point 10 Mar 2026 08:00" in page.replace("\u202f", " ")
    assert run.status == "breach"


def test_a_run_names_the_snapshot_of_the_points_it_read(ctx, ana, watched):
    flow = watched(probes(days=1))
    run = kpis.evaluate(ctx, ana, flow, kpis=["available", "sent"])
    metrics = ctx.lake.metrics_snapshot(flow).id
    assert (run.metrics_snapshot, run.snapshot) == (metrics, ctx.lake.snapshot(flow).id)
    assert {name: one["snapshot"] for name, one in by_kpi(run).items()} == {
        "available": f"{metrics} (points)", "sent": run.snapshot,
    }  # fmt: skip
    assert "signal/gateway.up" in run.documents
    assert kpis.evaluate(ctx, ana, flow, kpis=["sent"]).metrics_snapshot is None


def test_a_preview_of_an_unfinished_kpi_reads_points(ctx, ana, watched):
    flow = watched(probes([(1, 0)], days=1))
    document = {
        "id": flow,
        "system_signals": [{"id": "gw", "signal": "gateway.up", "affects": []}],
        "outcomes": [
            {"id": "mean", "title": "Mean", "measure": {"formula": "availability(gw)", "unit": "ratio"}},
        ],
    }
    found = previews.preview(ctx, ana, flow, document, "mean", by="day")
    assert found.value.value == pytest.approx(1 - 12 / 288)


def test_a_review_names_the_newest_point_and_says_where_there_is_none(ctx, ana, watched):
    flow = watched(probes([(1, 0)], days=3))
    found = {kpi.kpi: kpi for kpi in reviews.weekly(ctx, ana, flow, "2026-W10", version="1").kpis}
    there, gone = found["available"], found["fast"]
    assert (there.n, there.value, there.fresh) == (479, 1.0, True)
    assert there.freshness == "Data to 8 Mar 2026 23:55"
    assert (gone.value, gone.shown, gone.status, gone.fresh) == (None, "No data", "no_data", False)
    assert gone.freshness == "No data was recorded yet: Latency"


def test_a_kpi_of_points_that_are_missing_says_since_when(ctx, ana, watched):
    flow = watched([("gateway.up", LAST - timedelta(hours=hours), 1.0) for hours in range(48)])
    later = {"start": LAST + timedelta(days=3), "end": LAST + timedelta(days=4)}
    words = {"available": "No data since 10 Mar 2026 08:00: Up", "fast": "No data was recorded yet: Latency"}
    found = {one.kpi: one for one in kpis.evaluate(ctx, ana, flow, kpis=list(words), **later).values}  # noqa: PD011 - of a run
    assert {name: (one.value, one.no_data.words) for name, one in found.items()} == {
        name: (None, told) for name, told in words.items()
    }
    tiles = {one.id: one for one in dashboards.build(ctx, ana, flow, **later).panels if one.id in words}
    assert {name: (one.status, one.shown, one.status_words) for name, one in tiles.items()} == {
        name: ("no_data", "No data", told) for name, told in words.items()
    }
    held = kpis.evaluate(ctx, ana, flow, kpis=["available"], start=LAST - timedelta(days=1), end=LAST)
    assert held.values[0].no_data is None  # noqa: PD011 - of a run
