"""Changes taken apart: worked by hand over a flow of a few payments, with late data, new definitions and silence."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bos.actions import changes, documents, explaining, kpis
from bos.errors import NotExpressible, NotFound, UsageError
from bos.model.diff import Change
from bos.telemetry.ingest import import_events

JANUARY, FEBRUARY, MARCH = (datetime(2026, month, 1, tzinfo=ZoneInfo("America/New_York")) for month in (1, 2, 3))
OLDER = (
    ("o0", "payment.initiated", "2025-12-31T09:00:00Z", "5.00", "web"),
    ("o1", "payment.initiated", "2026-01-05T09:00:00Z", "30.00", "branch"),
    ("o2", "payment.initiated", "2026-01-06T09:00:00Z", "10.00", "web"),
    ("o1", "payment.returned", "2026-01-07T09:00:00Z", "30.00", "branch"),
)


@pytest.fixture
def longer(flow, add):
    add("older", OLDER)
    return flow


def by_channel_too(ctx, ana, flow, kpi):
    """Declare that a KPI can be split by the channel."""
    held = documents.show(ctx, ana, "template", flow)
    measure = next(one["measure"] for one in held.document["outcomes"] if one["id"] == kpi)
    change = Change(op="set", path=f"outcomes[{kpi}].measure", new={**measure, "dimensions": ["channel"]})
    changes.submit(ctx, ana, "template", flow, base_version=held.version, changes=[change], rationale="By channel.")


def told(found):
    return {(part.kind, part.of): part.amount for part in found.parts}


def summed(found):
    return sum(part.amount for part in found.parts)


def test_a_sum_is_taken_apart_by_the_channel(ctx, ana, longer):
    by_channel_too(ctx, ana, longer, "amount")
    found = explaining.explain(ctx, ana, longer, "amount", start=FEBRUARY, end=MARCH, dimension="channel")
    # January: web 100 and 10, branch 30; of all three 140 / 3 each. February: web 7.25, branch 50.50
    assert (found.then.value, found.now.value, found.difference) == (140.0, 57.75, -82.25)
    mean = 140 / 3
    assert told(found) == {
        ("volume", "web"): pytest.approx(-mean),
        ("mix", "web"): pytest.approx(-(55 - mean)),
        ("rate", "web"): pytest.approx(7.25 - 55),
        ("rate", "branch"): pytest.approx(50.50 - 30),
    }
    assert summed(found) == pytest.approx(found.difference, abs=1e-9)
    assert (found.then.start, found.then.end, found.dimension) == (JANUARY, FEBRUARY, "channel")


def test_a_rate_by_the_first_field_it_declares_or_as_a_whole(ctx, ana, longer):
    whole = explaining.explain(ctx, ana, longer, "return_rate", start=FEBRUARY, end=MARCH)
    # January: 1 of 3 debits came back, February: 1 of 2
    assert (whole.dimension, told(whole)) == (None, {("rate", None): pytest.approx(1 / 6)})
    by_channel_too(ctx, ana, longer, "return_rate")
    by_channel = explaining.explain(ctx, ana, longer, "return_rate", start=FEBRUARY, end=MARCH, dimension="channel")
    # web returns nothing, branch all; branch is half now and was a third: all of it is mix
    assert told(by_channel) == {
        ("mix", "branch"): pytest.approx((1 / 2 - 1 / 3) * (1 - 1 / 3)),
        ("mix", "web"): pytest.approx((1 / 2 - 2 / 3) * (0 - 1 / 3)),
    }
    sent = explaining.explain(ctx, ana, longer, "sent", start=FEBRUARY, end=MARCH)
    assert (sent.dimension, told(sent)) == ("channel", {("volume", "web"): -1.0})
    as_one = explaining.explain(ctx, ana, longer, "sent", start=FEBRUARY, end=MARCH, dimension="")
    assert (as_one.dimension, told(as_one)) == (None, {("volume", None): -1.0})


def test_late_data_since_a_run_is_a_part_of_its_own(ctx, ana, longer, add):
    run = kpis.evaluate(ctx, ana, longer, kpis=["sent", "amount"], start=JANUARY, end=FEBRUARY)
    add("late", [("l1", "payment.initiated", "2026-01-20T09:00:00Z", "8.00", "wire")])
    found = explaining.explain(ctx, ana, longer, "sent", start=FEBRUARY, end=MARCH, run=run.run)
    assert (found.then.value, found.now.value, found.difference) == (3.0, 2.0, -1.0)
    assert told(found) == {("data", None): 1.0, ("volume", "web"): -1.0, ("volume", "wire"): -1.0}
    same = explaining.explain(ctx, ana, longer, "amount", run=run.run)
    assert told(same) == {("data", None): 8.0}
    buckets = kpis.evaluate(ctx, ana, longer, kpis=["sent"], by="month")
    with pytest.raises(UsageError, match="no one value"):
        explaining.explain(ctx, ana, longer, "sent", run=buckets.run)


def test_a_new_definition_is_a_part_of_its_own(ctx, ana, longer):
    run = kpis.evaluate(ctx, ana, longer, kpis=["sent"], start=JANUARY, end=FEBRUARY)
    measure = {"formula": "count(initiated where channel = 'web')", "unit": "count", "dimensions": ["channel"]}
    change = Change(op="set", path="outcomes[sent].measure", new=measure)
    changes.submit(ctx, ana, "template", longer, base_version=1, changes=[change], rationale="Web alone.")
    found = explaining.explain(ctx, ana, longer, "sent", start=FEBRUARY, end=MARCH, run=run.run)
    assert (found.then.value, found.now.value) == (3.0, 1.0)
    assert told(found) == {("definition", None): -1.0, ("volume", "web"): -1.0}
    plain = explaining.explain(ctx, ana, longer, "sent", start=FEBRUARY, end=MARCH)
    assert plain.notes == ("The KPI was not defined in the earlier period, so its definition of now is used for both.",)
    assert told(plain) == {("volume", "web"): -1.0}


@pytest.mark.parametrize(
    ("kpi", "options", "error", "words"),
    [
        ("to_post", {}, NotExpressible, "cannot be taken apart"),
        ("kept", {}, NotExpressible, "cannot be taken apart"),
        ("nothing", {}, NotFound, "no KPI"),
        ("sent", {"compare": "1 year"}, UsageError, "not covered"),
        ("sent", {"start": None, "end": None}, UsageError, "Nothing lies before"),
        ("sent", {"compare": "then"}, UsageError, "nothing to compare with"),
        ("return_rate", {"start": datetime(2026, 2, 10, tzinfo=UTC)}, UsageError, "no value in the later period"),
        ("sent", {"start": MARCH, "end": FEBRUARY}, UsageError, "ends when it begins, or before"),
        ("sent", {"start": MARCH, "end": MARCH, "compare": "1 month"}, UsageError, "ends when it begins, or before"),
        ("sent", {"start": datetime(2026, 9, 1, tzinfo=UTC), "end": None}, UsageError, "begins after all that was"),
    ],
)
def test_what_cannot_be_explained_is_told_in_words(ctx, ana, longer, kpi, options, error, words):
    with pytest.raises(error, match=words):
        explaining.explain(ctx, ana, longer, kpi, **({"start": FEBRUARY, "end": MARCH} | options))


def test_amounts_of_two_currencies_are_not_taken_apart(ctx, ana, longer, tmp_path):
    path = tmp_path / "euro.csv"
    path.write_text("case,step,time,amount,channel\ne1,payment.initiated,2026-02-04T09:00:00Z,9.00,web\n")
    mapping = {name: name for name in ("case", "step", "time", "amount")} | {"attr.channel": "channel"}
    import_events(ctx.lake, longer, path, mapping=mapping, batch="euro", rejects=ctx.rejects, currency="EUR")
    by_channel_too(ctx, ana, longer, "amount")
    asked = {"start": FEBRUARY, "end": MARCH, "dimension": "channel"}
    with pytest.raises(UsageError, match="cannot be taken apart: Amounts are in more than one currency"):
        explaining.explain(ctx, ana, longer, "amount", **asked)
    assert explaining.explain(ctx, ana, longer, "sent", **asked).difference == 0
