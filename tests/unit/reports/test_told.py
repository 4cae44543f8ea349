"""What systems are told of a pack says what the pack says first: missing data, decisions, exceptions."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime

import pytest

from bos.actions import documents
from bos.actions.outbox import relay
from bos.actions.reports import PUBLISHED
from bos.auth.actor import Actor
from bos.model.answers.dashboards import DashboardRun, DashboardWindow, Panel
from bos.model.roles import SIGNING_ROLES
from bos.reports import dashboard, weekly
from bos.store import deliveries, outbox
from bos.store.engine import reading, transaction

NOW = datetime(2026, 3, 9, 9, 30, tzinfo=UTC)
SRE = Actor("sam", "Sam", roles=SIGNING_ROLES)


@pytest.fixture
def told(small):
    """Return a function from the seal of a pack to the paragraphs that a channel is sent of it."""

    def of(seal):
        slack = {"title": "Slack", "connector": "slack", "address": "https://slack.com/api"}
        slack |= {"settings": {"channel": "C1"}, "tells": {"payments": ["pack"]}}
        documents.put(small.ctx, SRE, "connection", "slack", slack, rationale="Why.")
        pack = asdict(seal) | {"title": "Payments", "folder": "f", "report": "weekly", "at": NOW.isoformat()}
        with transaction(small.ctx.engine) as session:
            outbox.add(session, [(PUBLISHED, pack)], NOW)
        while relay(small.ctx, lambda *_: None):
            pass
        with reading(small.ctx.engine) as session:
            return deliveries.first(session, "slack", "payments").message["paragraphs"]

    return of


def sent(weeks):
    """Return what was sent, an event on each day of some weeks."""
    days = [(week, day) for week in weeks for day in range(1, 8)]
    return [(f"c{w}-{d}", "sent", f"{date.fromisocalendar(2026, w, d)}T15:00:00Z") for w, d in days]


def test_missing_data_and_what_is_not_approved_are_told_before_exceptions(small, told):
    target = {"value": 20, "direction": "at_least"}
    small.make(small.outcome("sent_count", "count(sent)", target=target), small.outcome("returns", "count(returned)"))
    small.add(*sent(range(6, 11)))
    review = small.review("2026-W10")
    assert [(kpi.kpi, kpi.exception, kpi.status) for kpi in review.kpis] == [
        ("sent_count", True, "breach"), ("returns", False, "no_data"),
    ]  # fmt: skip
    missing, systems, *decide, exception = told(weekly.seal(review))
    assert missing == "No data was recorded yet: Returned. That leaves Returns without a value."
    assert systems == "No data was recorded yet: Errors, Latency."
    page = weekly.front(review).html
    places = [page.index(words) for words in (missing, systems, *decide, "It misses its target")]
    assert places == sorted(places)
    assert "2026-W10 · data is missing · 1 exception" in page
    assert tuple(decide) == review.decide
    assert any("not approved" in words for words in decide)
    assert exception == review.changed[0]
    assert exception.startswith("Sent count: 7")


def test_data_that_ends_within_the_week_is_told_where_nothing_else_is_wrong(small, told):
    small.make(small.outcome("sent_count", "count(sent)"), system_signals=[])
    small.add(*sent(range(6, 10)), *sent([10])[:5])
    review = small.review("2026-W10")
    assert review.act == ("Process owner: find the missing data of Sent count.",)
    assert told(weekly.seal(review))[0] == review.missing[0]
    assert review.missing[0].endswith(". So the week is not whole in Sent count.")


def test_nothing_needs_attention_only_where_the_pack_has_nothing(small, told):
    small.make(small.outcome("sent_count", "count(sent)"), system_signals=[])
    small.add(*sent(range(6, 11)))
    review = small.review("2026-W10")
    assert told(weekly.seal(review)) == list(review.decide) == [review.decide[0]]
    assert "No data is known to be missing." in weekly.front(review).html
    quiet = review.model_copy(update={"attention": ()})
    assert weekly.seal(quiet).attention == []


@pytest.mark.parametrize(
    ("status", "attention", "words"),
    [
        ("breach", ("rate",), ["1 in breach, of 1 KPI.", "1 of 1 KPI is not fully approved."]),
        ("no_data", (), ["1 without a value, of 1 KPI.", "1 of 1 KPI is not fully approved."]),
        ("ok", (), []),
    ],
)
def test_a_dashboard_report_tells_breaches_and_numbers_without_a_value(status, attention, words):
    panel = Panel(id="rate", kind="kpi", title="Rate", summary="", owner="sre", period="March", status=status)
    run = DashboardRun(
        run="r", dashboard="d", dashboard_version=1, flow="payments", title="Payments", template_version=1,
        snapshot=None, at=NOW, author="ana", window=DashboardWindow(by="day", time_zone="UTC", words="March"),
        status_words=words[0].rstrip(".") if words else "The KPI with a target is on it", attention=attention,
        approval_words="1 of 1 KPI is not fully approved" if words else "", panels=(panel,), result_hash="x",
    )  # fmt: skip
    assert dashboard.seal(run).attention == words
