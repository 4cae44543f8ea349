"""Numbers that would stand only because events are missing: none, and since when."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bos.actions import blueprints, changes, dashboards, documents, kpis
from bos.dashboards.exports.rows import of_dashboard
from bos.model.diff import Change
from bos.telemetry.ingest import import_events

LAST_WEEK = {"start": datetime(2026, 2, 23, 5, tzinfo=UTC), "end": datetime(2026, 3, 1, 5, tzinfo=UTC), "by": "day"}


def panel(run, name):
    return next(one for one in run.panels if one.id == name)


def add(ctx, ana, flow, version, formulas, unit="count"):
    """Add KPIs to a flow."""
    asked = [
        Change(op="add", path=f"outcomes[{name}]", new={
            "id": name, "title": name, "measure": {"formula": formula, "unit": unit},
            "target": {"value": 1, "direction": "at_most"},
        }) for name, formula in formulas.items()
    ]  # fmt: skip
    changes.submit(ctx, ana, "template", flow, base_version=version, changes=asked, rationale="More numbers.")


@pytest.fixture
def silent(ctx, ana):
    """Return the id of a flow with a debit on each of 28 days and a return on each of the first 14."""
    path = ctx.lake.root.parent / "silent.csv"
    if path.exists():
        return "silent"
    blueprints.create(ctx, ana, "loan-payment-processing", id="silent")
    binding = blueprints.show(ctx, ana, "loan-payment-processing").template["binding"]
    rows = ["payment_id,event,occurred_at,channel,loan_type"]
    for day in range(1, 29):
        rows.append(f"i{day},payment.initiated,2026-02-{day:02}T10:00:00,ach,auto")
        if day <= 14:
            rows.append(f"i{day},payment.returned,2026-02-{day:02}T12:00:00,ach,auto")
    path.write_text("\n".join(rows) + "\n")
    mapping = {"case": "payment_id", "step": "event", "time": "occurred_at"}
    mapping |= {"attr.channel": "channel", "attr.loan_type": "loan_type"}
    import_events(
        ctx.lake, "silent", path, mapping=mapping, batch="one", rejects=ctx.rejects,
        time_zone=binding["time_zone"], currency="USD",
    )  # fmt: skip
    return "silent"


@pytest.mark.full
def test_a_ratio_whose_numerator_fell_silent_has_no_data_and_a_true_nought_stays_nought(ctx, ana, silent):
    run = dashboards.build(ctx, ana, silent, **LAST_WEEK)
    rate = panel(run, "overall_return_rate")
    assert (rate.value, rate.status, rate.shown) == (None, "no_data", "No data")
    assert rate.status_words == "No data since 14 Feb 2026 12:00: Payment returned"
    whole = dashboards.build(ctx, ana, silent, by="week")
    assert panel(whole, "overall_return_rate").value == pytest.approx(14 / 28)
    late = {"start": datetime(2026, 2, 8, 5, tzinfo=UTC), "end": LAST_WEEK["end"]}
    gone = panel(dashboards.build(ctx, ana, silent, **late), "overall_return_rate")  # it fell silent in its first half
    assert (gone.value, gone.status_words) == (None, rate.status_words)
    assert panel(whole, "trend.overall_return_rate").rows[-1][1] is None
    exported = [row for row in of_dashboard(whole, ()).rows if row.kpi == "overall_return_rate"]
    (last,) = [row for row in exported if row.part == "bucket"][-1:]
    assert (last.value, last.status, last.status_words) == (None, "no_data", rate.status_words)
    most = dashboards.build(
        ctx, ana, silent, start=datetime(2026, 2, 2, 5, tzinfo=UTC), end=datetime(2026, 2, 22, 5, tzinfo=UTC)
    )
    assert panel(most, "overall_return_rate").value == pytest.approx(13 / 20)
    early = {"start": datetime(2026, 2, 2, 5, tzinfo=UTC), "end": datetime(2026, 2, 9, 5, tzinfo=UTC)}
    assert panel(dashboards.build(ctx, ana, silent, **early), "unauthorised_return_rate").value == 0


def test_a_running_value_ends_where_its_signal_fell_silent(ctx, ana, silent):
    """Returns stop on the 14th of 28 days; the running total of debits goes on."""
    formulas = {"returned_so_far": "returned", "debits_so_far": "initiated"}
    asked = [
        Change(op="add", path=f"outcomes[{name}]", new={
            "id": name, "title": name, "measure": {"formula": f"cumulative(count({signal}))", "unit": "count"},
        }) for name, signal in formulas.items()
    ]  # fmt: skip
    changes.submit(ctx, ana, "template", silent, base_version=1, changes=asked, rationale="Running totals.")
    run = dashboards.build(ctx, ana, silent, by="day")
    returned, debits = (panel(run, name) for name in formulas)
    assert (returned.value, returned.status_words) == (None, "No data since 14 Feb 2026 12:00: Payment returned")
    assert returned.change is None
    assert (debits.value, debits.change.value, debits.change.difference) == (28, 15, 7)
    assert [row[1] for row in panel(run, "trend.returned_so_far").rows] == [*range(1, 15), *[None] * 14]
    assert [row[1] for row in panel(run, "trend.debits_so_far").rows] == list(range(1, 29))


@pytest.mark.full
def test_what_is_derived_has_no_data_where_one_of_its_parts_has_none(ctx, ana, silent):
    version = documents.show(ctx, ana, "template", silent).version
    add(ctx, ana, silent, version, {"came": "count(initiated)", "back": "count(returned)"})
    add(ctx, ana, silent, version + 1, {"net": "derived(came - back)", "twice": "derived(came + came)"})
    run = dashboards.build(ctx, ana, silent, **LAST_WEEK)
    told = "No data since 14 Feb 2026 12:00: Payment returned"
    assert [(one.value, one.status_words) for one in (panel(run, "back"), panel(run, "net"))] == [(None, told)] * 2
    assert panel(run, "net").status == "no_data"
    assert (panel(run, "came").value, panel(run, "twice").value) == (6, 12)
    whole = dashboards.build(ctx, ana, silent, by="week")
    assert panel(whole, "net").value == 28 - 14
    assert [row[1] for row in panel(whole, "trend.net").rows][-1] is None


def test_an_evaluation_has_no_number_where_a_dashboard_has_none(ctx, ana, silent):
    """Returns stop on the 14th of 28 days; nothing was ever left unmatched. Debits of another channel are a true 0."""
    version = documents.show(ctx, ana, "template", silent).version
    formulas = {"gone": "count(returned)", "never": "count(unmatched)", "web": "count(initiated where channel = 'web')"}
    add(ctx, ana, silent, version, formulas | {"less": "derived(web - gone)"})
    board = dashboards.build(ctx, ana, silent, **LAST_WEEK)
    window = {"start": LAST_WEEK["start"], "end": LAST_WEEK["end"]}
    run = kpis.evaluate(ctx, ana, silent, **window, compare="2 weeks")
    for one in run.values:
        tile = panel(board, one.kpi)
        assert one.value == tile.value
        assert one.no_data is None or one.no_data.words == tile.status_words
        assert (one.no_data is not None) == tile.status_words.startswith("No data ")
    told = {one.kpi: one for one in run.values}
    assert (told["web"].value, told["web"].no_data) == (0, None)
    assert (told["gone"].no_data.signal, told["gone"].no_data.title) == ("returned", "Payment returned")
    assert told["never"].no_data.since is None
    assert (told["gone"].compared.value, told["gone"].compared.difference) == (5, None)  # until the 14th at 10:00
    assert told["never"].compared.withheld_reason == "No data was recorded yet: Payment not matched."
    by_day = kpis.evaluate(ctx, ana, silent, kpis=["gone", "never", "web", "less"], **window, by="day")
    for name in ("gone", "never", "web", "less"):
        course = [one.value for one in by_day.values if one.kpi == name]
        assert course == [row[1] for row in panel(board, f"trend.{name}").rows]
    assert {one.value for one in by_day.values if one.kpi == "web"} == {0}


@pytest.mark.full
def test_what_is_open_is_known_as_long_as_what_opens_and_closes_it_goes_on(ctx, ana, silent):
    """Debits on each of 28 days, returns on the first 14; nothing was ever left unmatched or posted."""
    version = documents.show(ctx, ana, "template", silent).version
    formulas = {
        "unreturned": "balance(initiated -> returned)",
        "unposted_returns": "balance(returned -> posted)",
        "unmatched_open": "balance(unmatched -> matched)",
    }
    add(ctx, ana, silent, version, formulas)
    run = dashboards.build(ctx, ana, silent, **LAST_WEEK)
    assert panel(run, "unreturned").value == 14
    back, never = panel(run, "unposted_returns"), panel(run, "unmatched_open")
    assert (back.value, back.status_words) == (None, "No data since 14 Feb 2026 12:00: Payment returned")
    assert (never.value, never.status) == (None, "no_data")
    assert never.status_words == "No data was recorded yet: Payment not matched"
    early = {"start": datetime(2026, 2, 2, 5, tzinfo=UTC), "end": datetime(2026, 2, 9, 5, tzinfo=UTC)}
    assert panel(dashboards.build(ctx, ana, silent, **early), "unposted_returns").value == 8


@pytest.mark.full
def test_a_flow_that_stopped_is_named_and_not_one_of_its_signals(ctx, ana, silent):
    version = documents.show(ctx, ana, "template", silent).version
    add(ctx, ana, silent, version, {"still_open": "balance(initiated -> returned)"})
    path = ctx.lake.root.parent / "late.csv"
    path.write_text("payment_id,event,occurred_at\ni99,payment.initiated,2026-04-01T10:00:00\n")
    mapping = {"case": "payment_id", "step": "event", "time": "occurred_at"}
    more = {"batch": "late", "rejects": ctx.rejects, "time_zone": "America/New_York", "currency": "USD"}
    import_events(ctx.lake, silent, path, mapping=mapping, **more)
    week = {"start": datetime(2026, 3, 9, 4, tzinfo=UTC), "end": datetime(2026, 3, 16, 4, tzinfo=UTC)}
    stopped = panel(dashboards.build(ctx, ana, silent, **week), "still_open")
    assert (stopped.value, stopped.status_words) == (None, "No data since 28 Feb 2026 10:00: the whole flow")


def test_a_number_without_an_earlier_counterpart_says_so_on_its_tile(ctx, ana, silent):
    """The log begins on 2 February, so nothing is a week before its first week."""
    first = {"start": datetime(2026, 2, 2, 5, tzinfo=UTC), "end": datetime(2026, 2, 9, 5, tzinfo=UTC), "by": "day"}
    run = dashboards.build(ctx, ana, silent, **first)
    words = "No counterpart in the earlier period: no two whole weeks in a row rest on enough"
    tiles = [one for one in run.panels if one.kind == "kpi"]
    valued = [one for one in tiles if one.value is not None]
    assert len(valued) > 2
    for one in valued:
        assert (one.change.words, one.change.value, one.change.difference) == (words, None, None)
    assert not [one for one in tiles if one.value is None and one.change]
    assert dashboards.html(ctx, ana, run.run).count(f'<p class="bos-tile__note">{words}</p>') == len(valued)
