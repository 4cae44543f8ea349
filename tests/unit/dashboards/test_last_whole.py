"""One page speaks of one last whole week: by the clock of the log, of points by theirs where they lag, and says so."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bos.actions import blueprints, changes, dashboards, kpis
from bos.model.diff import Change
from bos.telemetry.ingest import import_events, import_metrics

FLOW = "loan-payment-processing"
MEASURES = {
    "debits": ("count(initiated)", "count"),
    "returns": ("count(returned)", "count"),
    "rate": ("ratio(count(returned), count(initiated))", "ratio"),
    "retries": ("count(retried)", "count"),
    "soon": ("conversion(initiated -> returned, within = 2 days)", "ratio"),
    "uptime": ("availability(gateway_availability)", "ratio"),
}
METRICS = {"signal": "signal", "time": "time", "value": "value"}
LAST, BEFORE = "30 Mar \N{EN DASH} 5 Apr 2026", "23 Mar \N{EN DASH} 29 Mar 2026"


NEW_YORK = ZoneInfo("America/New_York")
APRIL = datetime(2026, 4, 1, tzinfo=NEW_YORK)


def daily(first, last):
    """Return noon in New York of each day of 2026 from one (month, day) to another, both of which count."""
    begin, end = (date(2026, *day) for day in (first, last))
    days = [begin + timedelta(days=n) for n in range((end - begin).days + 1)]
    return [datetime.combine(day, time(12), NEW_YORK).astimezone(UTC) for day in days]


def written(path, head, rows):
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([head, *rows])
    return path


def made(ctx, ana, flow, events, points):
    """Return a flow with the KPIs above, events by step and moments of points."""
    blueprints.create(ctx, ana, FLOW, id=flow)
    asked = [
        Change(op="add", path=f"outcomes[{name}]", new={"id": name, "title": name, "measure": dict(
            zip(("formula", "unit"), measure, strict=True))})
        for name, measure in MEASURES.items()
    ]  # fmt: skip
    changes.submit(ctx, ana, "template", flow, base_version=1, changes=asked, rationale="Debits.")
    rows = [(f"c{n}", step, at.isoformat()) for step, found in events.items() for n, at in enumerate(found)]
    path = written(ctx.lake.root.parent / f"{flow}.csv", ("case", "step", "time"), rows)
    mapping = {name: name for name in ("case", "step", "time")}
    import_events(ctx.lake, flow, path, mapping=mapping, batch="one", rejects=ctx.rejects, currency="USD")
    rows = [("gateway_availability", at.isoformat(), 0.75 if at >= APRIL else 1) for at in points]
    path = written(ctx.lake.root.parent / f"{flow}-points.csv", tuple(METRICS), rows)
    import_metrics(ctx.lake, flow, path, mapping=METRICS, batch="two", rejects=ctx.rejects)
    return flow


def told(ctx, ana, flow):
    """Return of each KPI which week its tile holds against which other."""
    run = dashboards.build(ctx, ana, flow, by="day")
    found = {one.id: one.change for one in run.panels if one.kind == "kpi" and one.id in MEASURES}
    return {name: (change.of, change.period, change.now, change.value) for name, change in found.items() if change}


@pytest.fixture(scope="module")
def over(ctx, ana):
    """Return the tiles of a log taken out of a system: its last case began on 5 April, and was returned in May."""
    debits = daily((1, 5), (4, 5))
    returns = [at + timedelta(days=33) for at in debits]
    retries = daily((1, 5), (3, 29))
    events = {"payment.initiated": debits, "payment.returned": returns, "payment.retried": retries}
    return told(ctx, ana, made(ctx, ana, "over", events, daily((1, 5), (4, 20))))


def test_what_comes_late_of_cases_makes_no_last_whole_week_of_its_own(over):
    assert over["debits"] == (f"Last whole week, {LAST}", BEFORE, 7, 7)
    assert over["returns"] == over["debits"]
    assert over["rate"][:2] == over["debits"][:2]


def test_points_that_go_on_after_the_log_are_told_in_its_last_whole_week(over):
    assert over["uptime"] == (f"Last whole week, {LAST}", BEFORE, pytest.approx(5.75 / 7), 1)


def test_a_kpi_whose_events_ended_before_the_last_whole_week_names_another_as_what_it_is(over):
    earlier = "16 Mar \N{EN DASH} 22 Mar 2026"
    assert over["retries"] == (f"Last week with all of its data, {BEFORE}", earlier, 7, 7)


def test_points_that_end_before_the_last_whole_week_does_are_told_in_their_own(ctx, ana):
    debits = daily((1, 5), (4, 6))
    found = told(ctx, ana, made(ctx, ana, "behind", {"payment.initiated": debits}, daily((1, 7), (4, 3))))
    assert found["debits"][:2] == (f"Last whole week, {LAST}", BEFORE)
    assert found["uptime"][:2] == (f"Last whole week of its points, {BEFORE}", "16 Mar \N{EN DASH} 22 Mar 2026")


def test_the_week_in_which_points_began_is_held_against_nothing(ctx, ana):
    debits = daily((3, 2), (4, 6))
    flow = made(ctx, ana, "began", {"payment.initiated": debits}, daily((3, 25), (4, 6)))
    run = dashboards.build(ctx, ana, flow, by="day")
    debits, uptime = (next(one.change for one in run.panels if one.id == name) for name in ("debits", "uptime"))
    assert (debits.of, debits.period) == (f"Last whole week, {LAST}", BEFORE)
    assert uptime.difference is None
    assert uptime.words == "No counterpart in the earlier period: no two whole weeks in a row rest on enough"


def test_a_weekend_on_which_a_dead_feed_alone_came_makes_no_week_less_whole(ctx, ana):
    today = datetime.now(NEW_YORK).date()
    friday = today - timedelta(days=(today.weekday() - 4) % 7)
    noons = [datetime.combine(friday - timedelta(days=n), time(12), NEW_YORK).astimezone(UTC) for n in range(110)]
    debits = [at for at in noons if at.weekday() < 5]
    events = {"payment.initiated": debits, "payment.returned": noons[16:], "payment.retried": debits}
    found = told(ctx, ana, made(ctx, ana, "weekends", events, debits))
    sunday = friday - timedelta(days=5)
    assert found["debits"][0].startswith("Last whole week, ")
    assert found["debits"][0].endswith(f"{sunday.day} {sunday:%b %Y}")
    assert found["debits"][2:] == (5, 5)


def test_a_week_that_an_outage_after_it_would_have_decided_has_no_verdict_of_that_kpi_alone(ctx, ana):
    noons, out = daily((1, 5), (4, 5)), daily((3, 15), (3, 19))
    returns = [at + timedelta(hours=22) for at in noons if at not in out]
    flow = made(ctx, ana, "outage", {"payment.initiated": noons, "payment.returned": returns}, noons)
    week = {"start": datetime(2026, 3, 9, tzinfo=NEW_YORK), "end": datetime(2026, 3, 16, tzinfo=NEW_YORK)}

    def of(**window):
        run = kpis.evaluate(ctx, ana, flow, kpis=["soon", "returns", "debits"], **window)
        return {one.kpi: (one.value, one.ended and one.ended.words) for one in run.values}

    found = of(**week)
    assert found["debits"] == (7, None)
    assert found["returns"] == (7, None)
    words = "No data from 15 Mar 2026 10:00 to 21 Mar 2026 10:00: Payment returned"
    assert found["soon"] == (pytest.approx(6 / 7), words)
    earlier = {name: moment - timedelta(days=7) for name, moment in week.items()}
    assert of(**earlier)["soon"] == (1, None)
