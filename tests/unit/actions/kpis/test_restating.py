"""Values of then beside those of now: late events, compaction, new definitions; counted by hand."""

from datetime import UTC, datetime

import pytest

from bos.actions import changes, kpis, restating
from bos.errors import NotFound
from bos.model.diff import Change

LATE = (
    ("p3", "payment.returned", "2026-03-20T10:00:00Z", "7.25", "web"),  # of a debit of February
    ("p9", "payment.initiated", "2026-02-09T09:00:00Z", "1.00", "web"),
    ("p8", "payment.initiated", "2026-04-09T09:00:00Z", "2.00", "web"),  # after the period
)
FEBRUARY = {"start": datetime(2026, 2, 1, 5, tzinfo=UTC), "end": datetime(2026, 3, 1, 5, tzinfo=UTC)}


def told(found):
    return {one.kpi: (one.then, one.now, one.difference) for one in found.items}


def late(found, kpi):
    return {event.signal: (event.came, event.left) for one in found.items if one.kpi == kpi for event in one.late}


def test_what_stands_is_left_out(ctx, ana, flow):
    run = kpis.evaluate(ctx, ana, flow, **FEBRUARY)
    found = restating.restated(ctx, ana, run.run)
    assert (found.items, found.compared) == ((), 6)
    assert found.then_snapshot == found.now_snapshot == "payments@1"


def test_a_late_return_changes_the_rate_of_the_month_its_debit_was_made_in(ctx, ana, flow, add):
    run = kpis.evaluate(ctx, ana, flow, **FEBRUARY)
    add("late", LATE)
    ctx.lake.compact(flow)
    found = restating.restated(ctx, ana, run.run)
    # February: debits p2, p3 and now p9; returned are p2 and now p3, both in March: before, none was ever recorded
    assert told(found) == {
        "sent": (2, 3, 1),
        "return_rate": (0.5, 0.666666666667, 0.166666666667),
        "amount": (57.75, 58.75, 1),
    }
    assert late(found, "return_rate") == {"returned": (1, 0), "initiated": (1, 0)}
    assert late(found, "sent") == {"initiated": (1, 0)}
    (rate,) = (one for one in found.items if one.kpi == "return_rate")
    assert rate.words == ("Arrived since: 1 Returned, 1 Initiated.",)
    assert kpis.run(ctx, ana, run.run) == run


def test_by_months_and_channels_each_value_has_its_own_cause(ctx, ana, flow, add):
    run = kpis.evaluate(ctx, ana, flow, kpis=["sent"], by="month", dimensions=["channel"])
    add("late", LATE)
    found = restating.restated(ctx, ana, run.run)
    assert [(one.bucket_start.month, one.dimensions, one.then, one.now) for one in found.items] == [
        (2, {"channel": "web"}, 1, 2)
    ]
    assert late(found, "sent") == {"initiated": (1, 0)}


def test_events_that_were_left_out_are_told(ctx, ana, flow):
    run = kpis.evaluate(ctx, ana, flow, kpis=["sent"])
    ctx.lake.retain(flow, datetime(2026, 2, 1, 12, tzinfo=UTC))
    found = restating.restated(ctx, ana, run.run)
    assert told(found) == {"sent": (3, 1, -2)}
    assert late(found, "sent") == {"initiated": (0, 2)}
    assert found.items[0].words == ("Left out since: 2 Initiated.",)


def test_another_definition_stands_beside_and_is_no_restatement(ctx, ana, flow):
    run = kpis.evaluate(ctx, ana, flow, kpis=["sent", "amount"], **FEBRUARY)
    change = Change(op="set", path="outcomes[sent].measure", new={"formula": "count(received)", "unit": "count"})
    changes.submit(ctx, ana, "template", flow, base_version=1, changes=[change], rationale="Received counts.")
    found = restating.restated(ctx, ana, run.run)
    assert [(one.kpi, one.then, one.now, one.live) for one in found.items] == [("sent", 2, 2, 1)]
    assert found.items[0].words == ("Template version 2 defines it otherwise: its value is beside.",)
    assert (found.template_version, found.live_version) == (1, 2)


def test_a_run_that_is_not_there_is_told(ctx, ana):
    with pytest.raises(NotFound, match="no run"):
        restating.restated(ctx, ana, "nothing")


def test_what_is_known_to_be_nothing_since_the_flow_went_on_is_said_so(ctx, ana, flow, add):
    june = {"start": datetime(2026, 6, 1, tzinfo=UTC), "end": datetime(2026, 7, 1, tzinfo=UTC)}
    run = kpis.evaluate(ctx, ana, flow, kpis=["sent_back"], **june)
    (value,) = run.values
    assert (value.value, value.no_data.words) == (None, "No data since 5 Mar 2026 10:00: Returned")
    add("june", [("p7", "payment.initiated", "2026-06-29T09:00:00Z", "1.00", "web")])
    (item,) = restating.restated(ctx, ana, run.run).items
    assert (item.then, item.now, item.late) == (None, 0, ())
    (words,) = item.words
    assert words.startswith("It was: No data since 5 Mar 2026 10:00: Returned. Other events of the flow arrived since")
