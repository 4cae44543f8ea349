"""A number whose events stopped before its end stands, and nobody says that it is on target or missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bos.actions import budgets, dashboards, documents, kpis
from bos.actions.dashboard_sources import Sources
from bos.actions.definitions import live_definitions
from bos.actions.looking import look
from bos.dashboards.exports.rows import of_dashboard, of_evaluation
from bos.dashboards.standing import overall
from bos.model.answers.dashboards import Panel
from bos.store.engine import reading
from tests.unit.actions.kpis.conftest import TEMPLATE, outcome, signal

TOLD = "Nothing of Returned since 14 Feb 2026 12:00"
FORMULAS = {
    "back": "count(returned)",
    "out": "balance(initiated -> returned)",
    "rest": "derived(came - back)",
    "came": "count(initiated)",
}
DEAD = ("back", "out", "rest")


def utc(day, hour=0, month=2):
    return datetime(2026, month, day, hour, tzinfo=UTC)


@pytest.fixture
def dead(ctx, ana, add):
    """Return the id of a flow with a payment on each day of February, and a return on each of its first 14 days."""
    for name in ("initiated", "received", "posted", "returned"):
        documents.put(ctx, ana, "signal", f"payment.{name}", signal(name), rationale="First.")
    template = TEMPLATE | {"time_zone": "UTC"}
    template["outcomes"] = [
        outcome(name, formula)
        | {"target": {"value": 1, "direction": "at_most"}, "watch": {"every": "1 hour", "over": "20 days"}}
        for name, formula in FORMULAS.items()
    ]
    template["outcomes"].append(outcome("no_target", "count(returned)"))
    documents.put(ctx, ana, "template", "payments", template, rationale="First.")
    days = [(f"p{day}", "payment.initiated", f"2026-02-{day:02}T10:00:00Z", "1.00", "web") for day in range(1, 29)]
    days += [(f"p{day}", "payment.returned", f"2026-02-{day:02}T12:00:00Z", "1.00", "web") for day in range(1, 15)]
    add("all", days)
    return "payments"


def sources(ctx, flow):
    with reading(ctx.engine) as connection:
        found = live_definitions(connection, flow)
    events, points = ctx.lake.snapshot(flow), ctx.lake.metrics_snapshot(flow)
    return Sources(found=found, events=events, metrics=points, memory_limit=ctx.settings.memory_limit)


# window → what was initiated and returned in it; what is open at its end
WINDOWS = [
    ({}, 28, 14, 14),
    pytest.param({"start": utc(2), "end": utc(22)}, 20, 13, 7, marks=pytest.mark.full),
]


@pytest.mark.parametrize(("window", "came", "back", "out"), WINDOWS)
def test_a_feed_that_died_leaves_its_numbers_without_a_verdict(ctx, ana, dead, window, came, back, out):
    run = dashboards.build(ctx, ana, dead, **window, by="day")
    asked = kpis.evaluate(ctx, ana, dead, **window)
    tiles, values = ({one.id: one for one in run.panels if one.kind == "kpi"}, {one.kpi: one for one in asked.values})
    expected = {"back": back, "out": out, "rest": came - back}
    assert {name: (tiles[name].value, tiles[name].status, tiles[name].status_words) for name in DEAD} == {
        name: (value, "no_data", TOLD) for name, value in expected.items()
    }
    assert {name: (one.value, one.ended and one.ended.words) for name, one in values.items()} == {
        **{name: (value, TOLD) for name, value in expected.items()},
        "no_target": (back, TOLD),
        "came": (came, None),
    }
    assert (values["out"].ended.signal, values["out"].ended.since) == ("returned", utc(14, 12))
    assert (tiles["no_target"].status, tiles["no_target"].status_words) == ("none", TOLD)
    assert (tiles["came"].status, run.attention) == ("breach", ("came",))
    assert run.status_words == "1 in breach and 3 without a verdict, of 5 KPIs"
    assert not [name for name in DEAD if tiles[name].change and tiles[name].change.better is not None]
    page = dashboards.html(ctx, ana, run.run)
    assert f'<span class="bos-status" data-status="no_data">{TOLD}</span>' in page
    assert f'<li><a href="#back">Back</a>: {back} · {TOLD}</li>' in page
    outcomes = {one["id"]: one for one in documents.show(ctx, ana, "template", dead).document["outcomes"]}
    tables = (of_dashboard(run, ()), of_evaluation(asked, outcomes, "UTC", generated=False, marks=()))
    for table in tables:
        rows = {row.kpi: (row.status, row.status_words) for row in table.rows if row.part == "total"}
        assert [rows[name] for name in DEAD] == [("no_data", TOLD)] * 3
        assert rows["came"][0] == "breach"


def test_a_watch_neither_alarms_on_it_nor_says_that_all_is_well(ctx, dead):
    seen = look(sources(ctx, dead), FORMULAS, utc(22))
    assert {name: (one.state, one.told["value"]) for name, one in seen.items()} == {
        **dict.fromkeys(DEAD, ("no_data", None)),
        "came": ("breach", 20),
    }
    assert {seen[name].told["words"] for name in DEAD} == {TOLD}
    gone = look(sources(ctx, dead), ["came"], utc(5, month=3))["came"]
    assert (gone.state, gone.told["words"]) == ("no_data", "Nothing of the whole flow since 28 Feb 2026 10:00")


def test_what_comes_late_of_old_cases_is_the_end_of_the_log_and_no_silence_of_what_begins_them(ctx, ana, dead, add):
    late = [(f"p{day}", "payment.received", f"2026-03-{day:02}T09:00:00Z", "1.00", "web") for day in range(1, 15)]
    add("late", late)
    told = {one.kpi: one.ended and one.ended.words for one in kpis.evaluate(ctx, ana, dead).values}
    assert (told["came"], told["back"]) == (None, TOLD)
    add("new", [(f"n{day}", *rest) for day, (_, *rest) in enumerate(late)])
    told = {one.kpi: one.ended and one.ended.words for one in kpis.evaluate(ctx, ana, dead).values}
    assert (told["came"], told["back"]) == ("Nothing of Initiated since 28 Feb 2026 10:00", TOLD)


def test_a_feed_that_died_is_told_of_a_flow_that_is_fed_though_no_case_begins_any_more(ctx, ana, dead, add):
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    begun = [(f"n{ago}", "payment.initiated", today - timedelta(ago)) for ago in range(12, 41)]
    late = [(f"n{ago + 12}", "payment.received", today - timedelta(ago)) for ago in range(29)]
    add("now", [(case, step, at.isoformat(), "1.00", "web") for case, step, at in [*begun, *late]])
    (value,) = kpis.evaluate(ctx, ana, dead, kpis=["came"], start=today - timedelta(40)).values
    assert (value.value, value.no_data, value.ended.signal) == (29, None, "initiated")
    assert value.ended.since == today - timedelta(12)
    seen = look(sources(ctx, dead), ["came"], today)["came"]
    assert (seen.state, seen.told["words"][:13]) == ("no_data", "No data since")  # it died in the first half


def test_a_log_that_ends_is_no_silence_and_a_period_that_goes_on_after_it_has_no_verdict(ctx, ana, dead):
    for window in ({}, {"end": utc(1, month=3)}, {"start": utc(20)}, {"start": utc(20), "end": utc(1, month=3)}):
        (value,) = kpis.evaluate(ctx, ana, dead, kpis=["came"], **window).values
        assert (value.no_data, value.ended) == (None, None)
    (value,) = kpis.evaluate(ctx, ana, dead, kpis=["came"], start=utc(2), end=utc(5, month=3)).values
    assert (value.value, value.ended.signal) == (27, "")
    assert value.ended.words == "Nothing of the whole flow since 28 Feb 2026 10:00"


@pytest.mark.full
@pytest.mark.parametrize(("target", "used"), [(0.9, 0.5 / 0.9), (0.4, 0.5 / 0.4)])
def test_an_error_budget_whose_events_ended_says_so_and_its_tile_does(ctx, ana, dead, target, used):
    template = documents.show(ctx, ana, "template", dead).document
    rate = outcome("rate", "ratio(count(returned), count(initiated))", "ratio")
    template["outcomes"] = [rate | {"target": {"value": target, "direction": "at_most"}, "error_budget": "28 days"}]
    documents.put(ctx, ana, "template", dead, template, base_version=1, rationale="A budget.")
    (budget,) = budgets.listing(ctx, ana, dead).items
    assert (budget.status, budget.words, budget.forecast) == ("no_data", TOLD, None)
    assert (budget.value, budget.used) == (0.5, pytest.approx(used))
    tile = next(one for one in dashboards.build(ctx, ana, dead).panels if one.id == "rate")
    assert (tile.value, tile.status, tile.status_words) == (0.5, "no_data", TOLD)


def test_how_a_dashboard_stands_tells_what_has_no_verdict_from_what_has_no_value():
    def tile(status, value):
        return Panel(id=status, kind="kpi", title="A", summary="", owner="sre", period="", status=status, value=value)

    ok, dead, gone = tile("ok", 1), tile("no_data", 1), tile("no_data", None)
    assert (overall([ok, dead]).status, overall([ok, dead]).words) == ("no_data", "1 without a verdict, of 2 KPIs")
    every = overall([tile("breach", 2), tile("withheld", None), dead], [gone, ok])
    assert every.words == "1 in breach, 2 without a value and 1 without a verdict, of 5 KPIs; 2 hidden"
    assert overall([ok, tile("none", 1)]).words == "The KPI with a target is on it"
