"""Late and missing data is never 0, and a true 0 is 0: small logs on a real database, worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from html import unescape

import pandas as pd
import pytest

from bos.reports import weekly

KPIS = (
    ("sent_count", "count(sent)"),
    ("posted_share", "ratio(count(posted), count(sent))", "ratio"),
    ("returns", "count(returned)"),
    ("return_share", "ratio(count(returned), count(sent))", "ratio"),
    ("kept", "derived(sent_count - returns)"),
)


def at(week, weekday, hour=15):
    return f"{date.fromisocalendar(2026, week, weekday)}T{hour:02d}:00:00Z"


def every_day(step, weeks, days=range(1, 8)):
    return [(f"sent-{w}-{d}", step, at(w, d)) for w in weeks for d in days]


def events():
    """Return what was sent each day of weeks 6 to 10, posted to week 9, returned on three days of weeks 6 and 9."""
    rare = [(f"sent-{w}-{d}", "returned", at(w, d, 16)) for w, d in ((6, 1), (6, 2), (9, 3))]
    return [*every_day("sent", range(6, 11)), *every_day("posted", range(6, 10)), *rare]


def made(small):
    """Make the flow; its last KPI is a median of nothing in most weeks."""
    to_return = small.outcome("to_return", "p50(duration(sent -> returned))", "seconds", anchor="returned")
    small.make(*(small.outcome(*kpi) for kpi in KPIS), to_return)


@pytest.fixture
def kpis(small):
    """Return a function from a week to the KPIs of its review, of a flow with the events above."""
    made(small)
    small.add(*events())
    return small.kpis


def test_a_ratio_whose_numerator_fell_silent_has_no_data_and_is_not_nought(kpis):
    found = kpis("2026-W10")["posted_share"]
    assert (found.value, found.shown, found.status, found.fresh) == (None, "No data", "no_data", False)
    assert found.freshness == "No data since 1 Mar 2026 10:00: Posted"
    assert not found.exception
    assert [(point.label, point.value) for point in found.weeks] == [
        ("W06", 1), ("W07", 1), ("W08", 1), ("W09", 1), ("W10", None),
    ]  # fmt: skip


def test_what_did_not_happen_while_the_flow_went_on_is_a_true_nought(kpis):
    found = kpis("2026-W10")
    for name, shown in (("returns", "0"), ("return_share", "0\u202f%")):
        assert (found[name].value, found[name].shown, found[name].fresh) == (0, shown, True)
        assert found[name].status == "none"
        assert [point.value for point in found[name].weeks][1:3] == [0, 0]
    assert [point.value for point in found["returns"].weeks] == [2, 0, 0, 1, 0]
    assert found["returns"].as_of == datetime(2026, 2, 25, 16, tzinfo=UTC)
    assert (found["kept"].value, found["kept"].shown) == (7, "7")
    assert (found["to_return"].value, found["to_return"].shown) == (None, "No case")
    assert found["to_return"].status_words == "No case in the week"


def test_the_numbers_are_those_that_pandas_counts_by_hand(kpis):
    frame = pd.DataFrame(events(), columns=["case", "step", "time"])
    local = pd.to_datetime(frame.time, utc=True).dt.tz_convert("America/New_York")
    counted = pd.crosstab(local.dt.isocalendar().week, frame.step)
    for week in (6, 7, 8, 9, 10):
        found, row = kpis(f"2026-W{week:02d}"), counted.loc[week]
        assert found["sent_count"].value == row["sent"]
        assert found["returns"].value == row["returned"]
        assert found["kept"].value == row["sent"] - row["returned"]
        assert found["return_share"].value == pytest.approx(row["returned"] / row["sent"])
        assert found["posted_share"].value == (row["posted"] / row["sent"] if row["posted"] else None)


def test_a_rare_and_uneven_signal_that_is_quiet_for_longer_than_it_ever_was_is_a_true_nought(small, kpis):
    small.add(*every_day("sent", range(11, 13)))  # it was quiet for 23 days once, from 3 to 25 February
    assert [kpis(week)["returns"].value for week in ("2026-W11", "2026-W12")] == [0, 0]  # for 18 and 25 days


def test_a_flow_that_stopped_has_no_data_at_all_and_who_owns_it_finds_out_why(small, kpis):
    found = kpis("2026-W12")
    assert {kpi.value for kpi in found.values()} == {None}
    assert {kpi.shown for kpi in found.values()} == {"No data"}
    assert found["sent_count"].freshness == "No data since 8 Mar 2026 11:00: Sent"
    review = small.review("2026-W12")
    assert any("find the missing data of Sent count" in text for text in review.act)
    cause = "No data since 8 Mar 2026 11:00: Sent. That leaves Sent count"
    assert any(text.startswith(cause) for text in review.missing)
    assert not any("No data" in text for text in review.changed)


def test_a_flow_that_stops_within_the_week_says_how_far_its_numbers_go(small, kpis):
    small.add(*every_day("sent", [11], days=range(1, 6)), *every_day("posted", [11], days=[1]))
    found = kpis("2026-W11")
    assert (found["sent_count"].value, found["sent_count"].fresh) == (5, False)
    assert found["sent_count"].freshness == "Data of the whole flow ends on 13 Mar 2026, before the week does"
    assert (found["returns"].value, found["returns"].status) == (None, "no_data")
    assert (
        "Data of the whole flow ends on 13 Mar 2026, before the week does. So the week is not whole in Sent count."
        in small.review("2026-W11").missing
    )


@pytest.mark.full
def test_a_number_whose_events_ended_within_the_week_is_no_exception_and_has_no_verdict(small):
    """Of week 10 everything was sent; what was posted ended on its Friday, in the second half of the week."""
    target = {"value": 0.9, "direction": "at_least"}
    small.make(
        small.outcome("posted_share", "ratio(count(posted), count(sent))", "ratio", target),
        small.outcome("sent_count", "count(sent)"),
    )
    small.add(
        *every_day("sent", range(6, 11)), *every_day("posted", range(6, 10)), *every_day("posted", [10], range(1, 6))
    )
    found = small.kpis("2026-W10")
    posted, sent = found["posted_share"], found["sent_count"]
    assert (posted.value, posted.status, posted.exception) == (pytest.approx(5 / 7), "no_data", False)
    assert posted.status_words == "Nothing of Posted since 6 Mar 2026 10:00"
    assert posted.freshness == "Data of Posted ends on 6 Mar 2026, before the week does"
    assert posted.change.endswith("against the week before")
    assert (sent.status_words, sent.fresh) == ("No target set", True)
    review = small.review("2026-W10")
    whole = f"{posted.freshness}. So the week is not whole in Posted share."
    assert (review.missing[0], review.attention[0]) == (whole, whole)
    assert not [text for text in (*review.changed, *review.decide) if "Posted share" in text]
    small.add(*every_day("posted", [10], [6, 7]))
    assert small.kpis("2026-W10")["posted_share"].status_words == "On target"


def test_a_signal_that_was_never_recorded_has_no_data(small):
    made(small)
    small.add(*every_day("sent", range(6, 11)))
    found = small.kpis("2026-W10")["returns"]
    assert (found.value, found.freshness) == (None, "No data was recorded yet: Returned")
    assert small.kpis("2026-W10")["sent_count"].value == 7


def test_a_kpi_with_a_zone_of_its_own_is_cut_at_the_week_of_that_zone(small):
    small.make(small.outcome("home", "count(sent)"), small.outcome("tokyo", "count(sent)", time_zone="Asia/Tokyo"))
    small.add(
        ("a", "sent", "2026-03-01T14:30:00Z"),  # Sunday in both
        ("b", "sent", "2026-03-01T15:30:00Z"),  # Monday in Tokyo
        ("c", "sent", "2026-03-02T06:00:00Z"),  # Monday in both
        ("d", "sent", "2026-03-08T14:30:00Z"),  # Sunday in both
        ("e", "sent", "2026-03-08T15:30:00Z"),  # Monday in Tokyo
        ("f", "sent", "2026-03-09T12:00:00Z"),
    )
    found = small.kpis("2026-W10")
    assert (found["home"].value, found["tokyo"].value) == (3, 3)
    assert [point.value for point in found["home"].weeks] == [2, 3]
    assert [point.value for point in found["tokyo"].weeks] == [1, 3]
    assert found["home"].period == ""
    assert found["tokyo"].period == "Mon 2 Mar \N{EN DASH} Sun 8 Mar 2026, Asia/Tokyo"
    assert found["tokyo"].freshness == "Data to 8 Mar 2026 23:30"
    assert found["tokyo"].weeks[-1].start == datetime(2026, 3, 1, 15, tzinfo=UTC)


def test_the_pack_is_made_and_each_number_leads_to_owner_definition_query_and_data(small, kpis):
    del kpis
    review = small.review("2026-W10")
    html = "".join(make(review).html for make in (weekly.front, weekly.exceptions, weekly.routine, weekly.systems))
    meanings = weekly.definitions(review).html
    for kpi in review.kpis:
        assert f'href="#definition-{kpi.kpi}"' in html
        told = meanings.split(f'id="definition-{kpi.kpi}"')[1].split("</section>")[0]
        assert "Process owner" in told
        assert kpi.formula in unescape(told)
        assert kpi.query in unescape(told)
        assert f"{kpi.as_of:%Y-%m-%d %H:%M} UTC" in told
        assert kpi.freshness in told
    row = html.split('href="#definition-posted_share"')[1].split("</tr>")[0]
    assert "<td>No data</td>" in row
    assert "No data since 1 Mar 2026 10:00: Posted" in row
    assert "0" not in row.split("No data since")[0].replace("posted_share", "")
