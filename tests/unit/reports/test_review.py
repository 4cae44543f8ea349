"""The data of the weekly review against the engine, the manifest of the generator and a hand-made calendar."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from bos.actions.review_words import age, period, week_of
from bos.errors import NotFound, UsageError
from bos.model.answers.feedback import FeedbackAnswer, FeedbackReceipt
from bos.model.answers.reports import ReviewFeedback
from bos.reports import weekly

FLOW = "loan-payment-processing"


def test_the_week_with_a_planted_incident_says_so_first(pilot, wb):
    review = wb.flow(FLOW).weekly_review(pilot.week_of("posting_backlog"))
    first = review.kpis[0]
    planted = next(one for one in pilot.manifest.incidents if one.id == "posting_backlog")
    assert first.kpi == "receipt_to_posted_p95"
    assert first.kpi in planted.kpis
    assert {kpi.kpi for kpi in review.kpis if kpi.exception} >= {first.kpi, "credited_as_of_receipt"}
    assert review.changed[0].startswith(f"{first.title}: {first.shown} (not approved yet).")
    assert "against the week before" in first.change
    assert "worse" in next(kpi.change for kpi in review.kpis if kpi.kpi == "credited_as_of_receipt")
    flags = [kpi.exception for kpi in review.kpis]
    assert flags == sorted(flags, reverse=True)


def test_the_numbers_are_those_of_an_evaluation_of_the_same_window(pilot, wb):
    review = wb.flow(FLOW).weekly_review(pilot.week_of("posting_backlog"))
    values = wb.flow(FLOW).evaluate(start=review.start, end=review.end)
    assert {kpi.kpi: kpi.value for kpi in review.kpis} == {v.kpi: v.value for v in values.values}
    assert {kpi.kpi: kpi.n for kpi in review.kpis} == {v.kpi: v.n for v in values.values}


@pytest.mark.full
def test_the_same_state_gives_the_same_review_and_feedback_another(pilot, wb):
    week = pilot.week_of("account_file")
    first = wb.flow(FLOW).weekly_review(week)
    assert wb.flow(FLOW).weekly_review(week) == first
    wb.flow(FLOW).give_feedback("Why did returns jump?")
    after = wb.flow(FLOW).weekly_review(week)
    assert after.pack != first.pack
    assert [one.feedback.text for one in after.feedback] == ["Why did returns jump?"]
    assert "1 piece of feedback waits for an answer." in after.decide


def test_a_week_without_events_has_no_data_and_never_a_nought(wb):
    review = wb.flow(FLOW).weekly_review("2026-W40")
    assert all(kpi.value is None and kpi.shown == "No data" and not kpi.fresh for kpi in review.kpis)
    assert all("No data" in kpi.freshness for kpi in review.kpis)


@pytest.mark.parametrize("week", ["2026-W54", "2026-10", "", "2026-W00", "9999-W01"])
def test_what_is_no_week_is_refused(wb, week):
    with pytest.raises(UsageError, match="is no week"):
        wb.flow(FLOW).weekly_review(week)


def test_a_week_that_is_not_over_is_refused(wb):
    with pytest.raises(UsageError, match="not over"):
        wb.flow(FLOW).weekly_review("2999-W01")
    with pytest.raises(NotFound):
        wb.flow("nothing").weekly_review("2026-W10")


def test_a_week_with_a_clock_change_has_an_hour_less_or_more():
    hours = {week: (week_of(week, "Europe/Amsterdam")[1] - week_of(week, "Europe/Amsterdam")[0]).total_seconds() / 3600
             for week in ("2026-W13", "2026-W43", "2026-W20")}  # fmt: skip
    assert hours == {"2026-W13": 167, "2026-W43": 169, "2026-W20": 168}
    assert "Mon 23 Mar" in period(*week_of("2026-W13", "Europe/Amsterdam"), "Europe/Amsterdam")
    start, end = week_of("2026-W13", "UTC")
    assert age(start, end) == "7 days old"
    assert age(end, end) == "given after the week"


def test_the_table_of_feedback_says_where_it_is_elsewhere_as_text():
    at = datetime(2026, 3, 2, tzinfo=UTC)
    there = [
        FeedbackReceipt(connection="jira", told_at=at, words=f"PAY-{number}: In <b>Progress</b>") for number in (1, 2)
    ]
    said = FeedbackAnswer(
        id="f1", flow="x", type="idea", title="T", text="T", status="planned", answer="Soon.", author="ana", at=at,
        version=1, changed_by="ana", changed_at=at, receipts=tuple(there),
    )  # fmt: skip
    html = weekly.feedback(SimpleNamespace(feedback=[ReviewFeedback(feedback=said, age="1 day")])).html
    words = "In &lt;b&gt;Progress&lt;/b&gt;"
    assert f"planned: Soon. · PAY-1: {words} · PAY-2: {words}" in html
