"""Page 1 begins with what is missing: what is silent, files not taken, what is withheld; damage makes no pack."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bos.errors import Unavailable
from bos.reports import weekly
from bos.store import taken_files
from bos.store.engine import transaction


def sent(weeks):
    """Return what was sent, an event on each day of some weeks of 2026."""
    days = [(week, day) for week in weeks for day in range(1, 8)]
    return [(f"c{w}-{d}", "sent", f"{date.fromisocalendar(2026, w, d)}T15:00:00Z") for w, d in days]


def arrived(small, connection, name, problem=""):
    """Record a file that arrived over a connection; one with a problem is not taken."""
    row = {"connection": connection, "flow": "payments", "name": name, "sha256": "" if problem else "ab" * 32}
    row |= {"problem": problem, "added": 0, "read": 0, "rejected": 0, "at": datetime(2026, 3, 9, tzinfo=UTC)}
    with transaction(small.ctx.engine) as session:
        taken_files.write(session, row)


def test_files_that_are_not_taken_are_told_by_their_number_and_where_they_arrived(small):
    small.make(small.outcome("sent_count", "count(sent)"), system_signals=[])
    small.add(*sent(range(6, 11)))
    arrived(small, "exports", "good.csv")
    assert small.review("2026-W10").missing == ()
    arrived(small, "exports", "bad.csv.gz", "The packed file is damaged.")
    assert small.review("2026-W10").missing == ("A file that arrived over exports is not taken.",)
    arrived(small, "branches", "worse.csv", "It has no column time.")
    review = small.review("2026-W10")
    assert review.missing == ("2 files that arrived over branches, exports are not taken.",)
    assert review.attention[0] == review.missing[0]


def test_what_is_withheld_is_told_with_its_reason_after_what_fell_silent(small):
    small.make(
        small.outcome("sent_count", "count(sent)"), small.outcome("returns", "count(returned)"),
        system_signals=[], trust={"approved": True},
    )  # fmt: skip
    small.add(*sent(range(6, 11)))
    review = small.review("2026-W10")
    row = next(kpi for kpi in review.kpis if kpi.kpi == "sent_count")
    assert (row.status, row.value) == ("withheld", None)
    assert row.status_words == f"Withheld: {row.withheld}"
    assert review.missing == (
        "No data was recorded yet: Returned. That leaves Returns without a value.",
        f"Withheld: Sent count, Returns. {row.withheld}",
    )
    assert not any("no exceptional variation" in words for words in review.changed)


@pytest.mark.parametrize("kind", ["events", "metrics"])
def test_a_damaged_file_of_the_lake_makes_no_review_and_is_named(small, kind):
    small.make(small.outcome("sent_count", "count(sent)"))
    small.add(*sent(range(6, 11)))
    small.points(("latency", "2026-03-03T10:00:00Z", "1"))
    assert small.review("2026-W10").kpis
    path = Path(small.ctx.lake.table("payments", kind).members()[0].path)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(Unavailable, match=path.name):
        small.review("2026-W10")


def test_a_feed_that_was_out_amid_the_week_is_told_first_and_its_numbers_are_in_no_routine(small):
    """Of each day four were sent and posted, but from Tuesday to Thursday of week 10 none were posted."""
    target = {"value": 0.9, "direction": "at_least"}
    small.make(
        small.outcome("posted_share", "ratio(count(posted), count(sent))", "ratio", target),
        small.outcome("posted_count", "count(posted)"), small.outcome("sent_count", "count(sent)"), system_signals=[],
    )  # fmt: skip
    moments = [(week, day, hour) for week in range(2, 11) for day in range(1, 8) for hour in (14, 16, 18, 20)]
    out = {(10, day, hour) for day in (2, 3, 4) for hour in (14, 16, 18, 20)}
    small.add(*(
        (f"c{w}-{d}-{h}", step, f"{date.fromisocalendar(2026, w, d)}T{h}:00:00Z")
        for w, d, h in moments for step in ("sent", "posted") if step == "sent" or (w, d, h) not in out
    ))  # fmt: skip
    review = small.review("2026-W10")
    rows = {row.kpi: row for row in review.kpis}
    silent = "No data from 2 Mar 2026 15:00 to 6 Mar 2026 09:00: Posted"
    assert {name: (row.unjudged, row.fresh) for name, row in rows.items()} == {
        "posted_share": (silent, True), "posted_count": (silent, True), "sent_count": ("", True),
    }  # fmt: skip
    assert (rows["posted_share"].value, rows["posted_share"].status) == (pytest.approx(16 / 28), "no_data")
    told = f"{silent}. So the week is not whole in Posted share, Posted count."
    assert (review.missing, review.attention[0]) == ((told,), told)
    assert "No data is known to be missing." not in weekly.front(review).html
    assert review.changed == (
        "1 KPI shows no exceptional variation.", "2 KPIs are not judged, since data is missing.",
    )  # fmt: skip
    assert review.act == ("Process owner: find the missing data of Posted share, Posted count.",)
