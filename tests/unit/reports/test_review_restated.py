"""What earlier packs published stands, and beside it what late events make of it: small logs, counted by hand."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bos.reports import weekly
from bos.store import kpis
from bos.store.engine import transaction


def at(week, weekday, hour=15):
    return f"{date.fromisocalendar(2026, week, weekday)}T{hour:02d}:00:00Z"


@pytest.fixture
def made(small):
    """Make a flow of which weeks 6 and 7 are published, and return a function that publishes a week."""
    small.make(
        small.outcome("sent_count", "count(sent)"),
        small.outcome("return_share", "ratio(count(returned), count(sent))", "ratio", anchor="sent"),
    )
    small.add(*[(f"p-{w}-{d}", "sent", at(w, d)) for w in (6, 7, 8) for d in range(1, 6)])
    small.add(("p-6-1", "returned", at(6, 2)))

    def publish(week, name, moment):
        seal = weekly.seal(small.review(week))
        record = {
            "pack": name, "flow": "payments", "report": "weekly", "period": week, "at": f"2026-0{moment}T08:00:00Z",
            "author": "ana", "snapshot": seal.snapshot, "exceptions": 0, "html_sha256": "x", "size_bytes": 1,
            "values": seal.values, "template_version": seal.template_version,
        }  # fmt: skip
        values = {"run": name, "flow": "payments", "snapshot": seal.snapshot, "author": "ana", "record": record}
        with transaction(small.ctx.engine) as connection:
            kept = {**values, "result_hash": "x", "at": datetime.fromisoformat(record["at"])}
            kpis.write(connection, kept, kind="report")

    publish("2026-W06", "pack-6", "2-10")
    publish("2026-W07", "pack-7", "2-17")
    return publish


def told(review):
    return [(one.kpi, one.week, one.published, one.now, one.difference) for one in review.restated]


@pytest.mark.usefixtures("made")
def test_what_was_published_stands_where_nothing_came(small):
    review = small.review("2026-W08")
    assert review.restated == ()
    assert "Every value that an earlier pack published still stands." in weekly.restated(review).html


def test_late_returns_restate_the_week_their_payment_was_sent_in(small, made):
    before = small.review("2026-W08")
    small.add(("p-6-2", "returned", at(8, 5)), ("p-6-9", "sent", at(6, 3)))
    review = small.review("2026-W08")
    # week 6: 1 of 5 was returned; now there are 6, and 2 of them came back
    assert told(review) == [
        ("sent_count", "2026-W06", "5", "6", 1.0),
        ("return_share", "2026-W06", "20.0\u202f%", "33.3\u202f%", 0.133333333333),
    ]
    assert [one.words for one in review.restated] == ["Arrived since: 1 Sent.", "Arrived since: 1 Returned, 1 Sent."]
    assert review.restated[0].published_at == datetime(2026, 2, 10, 8, tzinfo=UTC)
    assert review.pack != before.pack
    assert "2 values of earlier weeks are restated: Sent count, Return share." in review.changed
    html = weekly.restated(review).html
    assert "20.0\u202f% (2026-02-10)" in html
    assert "33.3\u202f%" in html
    made("2026-W06", "pack-6-again", "3-01")  # a later pack of the week does not change what was published first
    assert told(small.review("2026-W08")) == told(review)
    assert small.review("2026-W06").restated == ()


@pytest.mark.usefixtures("made")
def test_a_review_is_made_though_a_file_of_then_is_gone(small):
    for name in small.ctx.lake.snapshot("payments").files:
        kept = Path(name)
    small.add(("p-6-9", "sent", at(6, 3)))
    small.ctx.lake.compact("payments")
    kept.unlink()
    (one,) = (found for found in small.review("2026-W08").restated if found.kpi == "sent_count")
    assert (one.published, one.now) == ("5", "6")
    assert one.words.startswith("The events that were known then cannot be read")


@pytest.mark.usefixtures("made")
def test_a_new_definition_is_told_as_the_cause(small):
    small.submit("outcomes[sent_count].measure", {"formula": "count(returned)", "unit": "count"}, "Counts returns.")
    (one, two) = small.review("2026-W08").restated
    assert [(found.kpi, found.week, found.published) for found in (one, two)] == [
        ("sent_count", "2026-W06", "5"),
        ("sent_count", "2026-W07", "5"),
    ]
    assert one.words == two.words == "The template is version 2; then it was 1."
