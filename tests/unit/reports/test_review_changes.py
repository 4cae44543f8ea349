"""The section of changes: what the journal says of template, owners and targets in the week, with the rationale."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bos.reports import weekly
from bos.store.engine import reading

WEEK = "%G-W%V"
TARGET = {"value": 0.03, "direction": "at_most", "source": ""}
PATH = "outcomes[return_share].target"


@pytest.fixture
def flow(small):
    """Return the small flow with a target; nothing is signed yet."""
    kpi = small.outcome("return_share", "ratio(count(returned), count(sent))", "ratio", target=TARGET)
    small.begun = datetime.now(UTC)
    small.made = small.make(kpi, time_zone="UTC")
    return small


@pytest.fixture
def signed(flow):
    """Return the small flow with every value signed."""
    for mark in flow.made.provisional:
        flow.sign(mark.group)
    return flow


def review_of(flow, *, ago=timedelta()):
    """Return the review of this week, or of an earlier one, as it is made nine days from now."""
    return flow.review((flow.begun - ago).strftime(WEEK), now=flow.begun + timedelta(days=9))


def told(flow):
    """Return what the review of this week says, apart from what was made and signed at the start."""
    every = review_of(flow).changes
    return [one for one in every if one.what not in {"was made", "was approved"} or one.rationale != "First."]


def test_a_target_that_was_changed_is_told_with_before_after_who_and_why(flow):
    flow.submit(PATH, {**TARGET, "value": 0.02}, "The network asks for less.")
    (change,) = told(flow)
    assert change.words == ("Return share · Target: at most 3.00\u202f% → at most 2.00\u202f%",)
    assert (change.what, change.who) == ("went live, not signed yet", "ana")
    assert change.rationale == "The network asks for less."


def test_an_owner_who_was_changed_is_told(flow):
    flow.submit("ownership[outcomes].accountable", "business_owner", "The business owns its numbers.")
    (change,) = told(flow)
    assert change.words[0].endswith("Process owner → Accountable business owner")
    assert change.rationale == "The business owns its numbers."
    assert change.what.startswith("went live")


def test_a_held_change_says_that_it_waits_and_once_signed_keeps_why_it_was_proposed(signed):
    done = signed.submit(PATH, {**TARGET, "value": 0.01}, "A stricter goal.")
    (held,) = told(signed)
    assert held.words == ("Return share · Target: at most 3.00\u202f% → at most 1.00\u202f%",)
    assert (held.what, held.rationale) == ("proposed, waits for signatures", "A stricter goal.")
    review = review_of(signed)
    assert "1 proposed change waits for signatures." in review.decide
    signed.sign(done.held[0].group, "Agreed.")
    live = next(one for one in told(signed) if one.what == "went live")
    assert live.words == held.words
    assert live.rationale == "A stricter goal. · Agreed."
    assert live.who == "sam"


def test_an_item_that_was_added_or_removed_is_named_as_such(flow):
    flow.submit("outcomes[sent_count]", flow.outcome("sent_count", "count(sent)"), "We look at volume too.", op="add")
    flow.submit("system_signals[errors]", None, "It is not measured any more.", op="remove")
    words = [one.words[0] for one in told(flow)]
    assert words == ["Added KPI “Sent count”", "Removed system signal “errors”"]


def test_a_change_of_a_signal_the_flow_uses_is_told_too(flow):
    content = {"title": "Latency of the gateway", "type": "system", "unit": "seconds"}
    from bos.actions import documents  # noqa: PLC0415 - here only

    documents.put(flow.ctx, flow.ana, "signal", "gateway.latency", content, rationale="Named better.", base_version=1)
    (change,) = told(flow)
    assert "Latency → Latency of the gateway" in change.words[0]
    assert change.rationale == "Named better."


def test_a_week_without_changes_says_so(flow):
    review = review_of(flow, ago=timedelta(days=7))
    assert review.changes == ()
    assert "No template, owner or target was changed during the week." in weekly.changes(review).html


def test_the_section_shows_every_entry_of_the_journal_in_its_order(signed):
    signed.submit(PATH, {**TARGET, "value": 0.01}, "A <b>stricter</b> goal.")
    review = review_of(signed)
    html = weekly.changes(review).html
    assert "A &lt;b&gt;stricter&lt;/b&gt; goal." in html
    assert "<b>" not in html
    with reading(signed.ctx.engine) as connection:
        rows = connection.exec_driver_sql(
            "SELECT count(*) FROM journal WHERE kind IN ('template', 'signal') AND tag <> 'signature.approved'"
        ).scalar()
    assert len(review.changes) == rows == html.count('<tr><th scope="row"')
    moments = [one.at for one in review.changes]
    assert moments == sorted(moments)
