"""Numbers that may be shown, and those that are withheld: worked by hand over a few payments."""

import copy
from datetime import UTC, datetime, timedelta

import pytest

from bos.actions import dashboards, documents, explaining, kpis, reruns, restating, reviews
from bos.errors import Invalid, UsageError
from tests.unit.actions.kpis.conftest import EVENTS, TEMPLATE, outcome, signal

STEPS = ("initiated", "received", "posted", "returned")
ORPHANS = [
    ("x1", "payment.received", "2026-02-10T10:00:00Z", "1.00", "web"),
    ("x2", "payment.posted", "2026-02-11T10:00:00Z", "2.00", "web"),
]


@pytest.fixture
def trusted(ctx, ana, add):
    """Return a function that makes the flow with bounds of trust, of the flow or of KPIs, and expected signals."""

    def make(trust=None, *, arrival=None, own=None, flow_calendar=None, events=EVENTS, window=None):
        for name in STEPS:
            content = signal(name) | ({"arrival": arrival} if arrival and name == "received" else {})
            documents.put(ctx, ana, "signal", f"payment.{name}", content, rationale="First.")
        template = copy.deepcopy(TEMPLATE)
        template["flow"] |= {
            "steps": [{"id": name, "title": name.title()} for name in STEPS],
            "edges": [
                {"id": f"e{number}", "source": source, "target": target}
                for number, (source, target) in enumerate(
                    [
                        ("initiated", "initiated"),
                        ("initiated", "received"),
                        ("received", "posted"),
                        ("received", "returned"),
                    ]
                )
            ],
            "calendar": flow_calendar,
        }
        for use in template["process_signals"]:
            use["step"] = use["id"]
        template["outcomes"] += [
            outcome("came", "count(received)", dimensions=["channel"]),
            outcome("gap", "gap(sum(received.amount), sum(posted.amount))", "USD"),
            outcome("share", "derived(came / sent)", "ratio"),
        ]
        for one in template["outcomes"]:
            if one["id"] == "came":
                one["measure"]["window"] = window
            if one["id"] in (own or {}):
                one["trust"] = own[one["id"]]
        if trust is not None:
            template["trust"] = trust
        documents.put(ctx, ana, "template", "payments", template, rationale="First.")
        add("first", events)
        return "payments"

    return make


def march(day, hour=0):
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def value_of(run, kpi, bucket=None):
    (found,) = (one for one in run.values if one.kpi == kpi and one.bucket_start == bucket)
    return found


def marks(value):
    return {mark.aspect: (mark.ok, mark.withholds) for mark in value.trust}


def test_what_a_number_rests_on_is_told_without_bounds(ctx, ana, trusted):
    flow = trusted(events=[*EVENTS, *ORPHANS])
    came = value_of(kpis.evaluate(ctx, ana, flow, kpis=["came"]), "came")
    assert (came.value, came.withheld_reason) == (3, None)
    words = {mark.aspect: mark.words for mark in came.trust}
    # received: p1, p2 and x1, of which x1 was never initiated
    assert words["correlation"].startswith("66.7\u202f% of 3 cases known from the beginning on")
    assert words["duplicates"] == "0 of 9 rows dropped as duplicates."
    assert words["freshness"] == "Newest 10 Feb 2026 05:00; nobody said how often it is expected."
    assert marks(came)["approval"] == (False, False)
    assert {mark.ok for mark in came.trust if mark.aspect != "approval"} == {None}


def test_too_few_cases_known_from_their_first_step_on(ctx, ana, trusted):
    flow = trusted({"correlated": 0.6}, own={"came": {"correlated": 0.7}}, events=[*EVENTS, *ORPHANS])
    run = kpis.evaluate(ctx, ana, flow, kpis=["came", "sent", "amount", "share"])
    came = value_of(run, "came")
    assert came.value is None
    assert came.withheld_reason == "66.7\u202f% of 3 cases known from the beginning on (at least 70.0\u202f%)."
    assert (value_of(run, "sent").value, marks(value_of(run, "sent"))["correlation"]) == (3, (True, True))
    # what is derived from it is withheld by the same bound: of p1, p2, p3 and x1 three are known
    assert value_of(run, "share").value == 1.0
    strict = kpis.evaluate(ctx, ana, flow, kpis=["share"], start=datetime(2026, 2, 4, tzinfo=UTC))
    assert value_of(strict, "share").withheld_reason.startswith("0\u202f% of 1 case ")


def test_a_bound_that_is_missed_by_a_hair_reads_otherwise_than_what_is_held_against_it(ctx, ana, trusted):
    flow = trusted({"correlated": 0.667}, events=[*EVENTS, *ORPHANS])
    came = value_of(kpis.evaluate(ctx, ana, flow, kpis=["came"]), "came")
    assert came.withheld_reason == "66.67\u202f% of 3 cases known from the beginning on (at least 66.7\u202f%)."


def test_cases_may_begin_with_what_the_template_names(ctx, ana, trusted):
    flow = trusted({"correlated": 0.9, "begins": ["initiated", "received"]}, events=[*EVENTS, *ORPHANS])
    run = kpis.evaluate(ctx, ana, flow, kpis=["came", "to_post"])
    assert value_of(run, "came").value == 3
    # received or posted: p1, p2, x1 and x2, of which x2 has neither beginning
    assert value_of(run, "to_post").withheld_reason.startswith("75.0\u202f% of 4 cases known from the beginning on")


@pytest.mark.parametrize("order", [1, -1])
def test_of_beginnings_that_differ_behind_a_kpi_the_one_that_knows_the_fewest_cases_counts(ctx, ana, trusted, order):
    names = ["initiated", "returned"][::order]
    own = {kpi: {"correlated": 0.7, "begins": [name]} for kpi, name in zip(("came", "sent"), names, strict=True)}
    own["came"]["correlated"] = 0.1
    flow = trusted(own=own, events=[*EVENTS, *ORPHANS])
    run = kpis.evaluate(ctx, ana, flow, kpis=["share"])
    # initiated or received: p1, p2, p3 and x1; three were initiated, one was returned, and together they know all three
    assert value_of(run, "share").withheld_reason.startswith("25.0\u202f% of 4 cases known from the beginning on")


def test_buckets_are_judged_each_by_their_own_cases(ctx, ana, trusted):
    flow = trusted({"correlated": 0.6}, events=[*EVENTS, *ORPHANS])
    run = kpis.evaluate(ctx, ana, flow, kpis=["came"], by="week", dimensions=["channel"])
    told = {(one.bucket_start.date().isoformat(), one.dimensions["channel"]): one for one in run.values}
    weeks = {key: (one.value, bool(one.withheld_reason)) for key, one in told.items()}
    # New York: p1 and p2 in the weeks of 26 January and 2 February... x1 in that of 9 February
    assert weeks["2026-01-26", "web"] == (1, False)
    assert weeks["2026-01-26", "branch"] == (1, False)
    assert weeks["2026-02-09", "web"] == (None, True)
    assert weeks["2026-02-09", "branch"] == (None, True)
    assert weeks["2026-02-02", "web"] == (None, False)  # the flow was quiet from the 3rd on, for longer than before
    assert all(one.trust == () for one in run.values)


def test_signals_that_are_late_by_the_clock_on_the_wall(ctx, ana, trusted):
    flow = trusted({"fresh": True}, arrival={"every": "2 days"})
    # the newest of Received is of 1 February 10:00 UTC, so it is due until 3 February 10:00 UTC
    at = {
        moment: value_of(kpis.evaluate(ctx, ana, flow, kpis=["came"], end=moment), "came")
        for moment in (
            datetime(2026, 1, 31, 11, tzinfo=UTC),
            datetime(2026, 2, 3, 10, tzinfo=UTC),
            datetime(2026, 2, 3, 10, 0, 0, 1, tzinfo=UTC),
        )
    }
    early, last, late = at.values()
    assert (early.value, marks(early)["freshness"]) == (1, (True, True))  # later ones have come, so nothing is missing
    assert (last.value, marks(last)["freshness"]) == (2, (True, True))
    assert late.value is None
    assert late.withheld_reason == "Late: Received, newest 1 Feb 2026 05:00 (expected every 2 days)."
    now = kpis.evaluate(ctx, ana, flow, kpis=["came", "sent"])
    assert value_of(now, "came").value is None
    assert value_of(now, "sent").value == 3  # it reads no signal that anybody expects


def test_an_event_with_a_wrong_time_in_the_future_is_no_arrival(ctx, ana, trusted):
    wrong = ("x9", "payment.received", "2062-03-01T10:00:00Z", "1.00", "web")
    flow = trusted({"fresh": True}, arrival={"every": "2 days"}, events=[*EVENTS, wrong])
    came = value_of(kpis.evaluate(ctx, ana, flow, kpis=["came"]), "came")
    assert came.withheld_reason.startswith("Late: Received, newest 1 Feb 2026 05:00")


def test_late_signals_are_only_told_where_the_template_does_not_ask_for_them(ctx, ana, trusted):
    flow = trusted(arrival={"every": "2 days"})
    came = value_of(kpis.evaluate(ctx, ana, flow, kpis=["came"]), "came")
    assert (came.value, marks(came)["freshness"]) == (2, (False, False))


def test_signals_that_are_late_by_working_time(ctx, ana, trusted):
    clock = {
        "time_zone": "America/New_York", "working_days": ["monday", "tuesday", "wednesday", "thursday", "friday"],
        "opens": "09:00", "closes": "17:00",
    }  # fmt: skip
    documents.put(ctx, ana, "calendar", "bank", {"id": "bank", "title": "Bank", "clock": clock}, rationale="First.")
    flow = trusted({"fresh": True}, arrival={"every": "3 hours", "clock": "business"}, flow_calendar="bank")
    # 1 February 2026 is a Sunday: three hours of working time are over on Monday, 12:00 in New York (17:00 UTC)
    ends = [datetime(2026, 2, 2, 17, tzinfo=UTC), datetime(2026, 2, 2, 17, 1, tzinfo=UTC)]
    on_time, late = (value_of(kpis.evaluate(ctx, ana, flow, kpis=["came"], end=end), "came") for end in ends)
    assert on_time.value == 2
    assert late.withheld_reason.endswith("(expected every 3 hours of working time).")


@pytest.mark.parametrize(
    ("arrival", "due", "words"),
    [
        # the newest of Received is of Sunday, 1 February, 05:00 in New York
        ({"every": "1 day", "by": "16:00"}, datetime(2026, 2, 2, 21, tzinfo=UTC), "day by 16:00"),
        ({"every": "1 day", "clock": "business"}, datetime(2026, 2, 3, 5, tzinfo=UTC), "working day"),
        ({"every": "2 days", "clock": "business", "by": "08:30"}, datetime(2026, 2, 3, 13, 30, tzinfo=UTC),
         "2 working days by 08:30"),
    ],
)  # fmt: skip
def test_files_that_are_late_by_the_time_of_day(ctx, ana, trusted, arrival, due, words):
    clock = {"time_zone": "America/New_York"}
    documents.put(ctx, ana, "calendar", "bank", {"id": "bank", "title": "Bank", "clock": clock}, rationale="First.")
    flow = trusted({"fresh": True}, arrival=arrival, flow_calendar="bank")
    ends = [due, due + timedelta(microseconds=1)]
    on_time, late = (value_of(kpis.evaluate(ctx, ana, flow, kpis=["came"], end=end), "came") for end in ends)
    assert on_time.value == 2
    assert late.withheld_reason.endswith(f"(expected every {words}).")


def test_more_duplicates_than_allowed(ctx, ana, trusted, tmp_path):
    flow = trusted({"duplicates": 0.1})
    assert value_of(kpis.evaluate(ctx, ana, flow, kpis=["sent"]), "sent").value == 3
    from bos.telemetry.ingest import import_events  # noqa: PLC0415 - beside its one use

    path = tmp_path / "ids.csv"
    rows = [f"e{number},q{number},payment.initiated,2026-02-05T09:00:00Z" for number in (1, 1, 2)]
    path.write_text("\n".join(["id,case,step,time", *rows]) + "\n")
    mapping = {name: name for name in ("case", "step", "time")} | {"event_id": "id"}
    import_events(ctx.lake, flow, path, mapping=mapping, batch="ids", rejects=ctx.rejects, currency="USD")
    sent = value_of(kpis.evaluate(ctx, ana, flow, kpis=["sent"]), "sent")
    # 7 events and 2 new ones, 1 of 10 twice
    assert (sent.value, marks(sent)["duplicates"]) == (5, (True, True))
    path.write_text("\n".join(["id,case,step,time", rows[0], "e3,q3,payment.initiated,2026-02-06T09:00:00Z"]) + "\n")
    import_events(ctx.lake, flow, path, mapping=mapping, batch="again", rejects=ctx.rejects, currency="USD")
    sent = value_of(kpis.evaluate(ctx, ana, flow, kpis=["sent"]), "sent")
    assert sent.withheld_reason == "2 of 12 rows dropped as duplicates (16.7\u202f%; at most 10.0\u202f%)."


def test_a_control_total_that_does_not_agree_with_the_ledger(ctx, ana, trusted):
    flow = trusted(own={"came": {"control": {"kpi": "gap", "at_most": "50.50"}}, "gap": {"control": {"kpi": "gap"}}})
    run = kpis.evaluate(ctx, ana, flow, kpis=["came", "gap", "sent"])
    # received 150.50, posted 100.00
    assert [value_of(run, name).value for name in ("came", "gap", "sent")] == [2, 50.5, 3]
    assert marks(value_of(run, "came"))["control"] == (True, True)
    weekly = kpis.evaluate(ctx, ana, flow, kpis=["came"], by="week", dimensions=["channel"])
    told = {one.bucket_start.date().isoformat(): one.withheld_reason for one in weekly.values}
    assert told["2026-01-26"] is None
    assert told["2026-02-02"] == "The control total is not known (Gap): It has no value here."


def test_a_control_total_just_too_far_from_the_ledger(ctx, ana, trusted):
    flow = trusted({"control": {"kpi": "gap", "at_most": "50.49"}})
    run = kpis.evaluate(ctx, ana, flow, kpis=["came", "gap"])
    reason = "Control total and ledger are USD 50.50 apart (Gap; at most USD 50.49)."
    assert value_of(run, "came").withheld_reason == reason
    assert value_of(run, "gap").value == 50.5  # the one that tells it is not withheld by itself


def test_a_control_total_that_may_not_be_shown_is_not_told_through_others(ctx, ana, trusted):
    own = {"came": {"control": {"kpi": "gap"}}, "gap": {"approved": True}}
    run = kpis.evaluate(ctx, ana, trusted(own=own), kpis=["came", "gap"])
    reason = value_of(run, "came").withheld_reason
    assert reason.startswith("The control total is not known (Gap): Not approved yet")
    assert "50.5" not in str(run.model_dump())


def test_what_may_not_be_shown_today_is_not_restated(ctx, ana, trusted):
    flow = trusted(events=[*EVENTS, *ORPHANS])
    run = kpis.evaluate(ctx, ana, flow, kpis=["came", "sent"])
    template = documents.show(ctx, ana, "template", flow).document
    template["trust"] = {"correlated": 0.7}
    documents.put(ctx, ana, "template", flow, template, base_version=1, rationale="Stricter.")
    (came,) = restating.restated(ctx, ana, run.run).items
    assert (came.kpi, came.then, came.now, came.live, came.difference) == ("came", 3, None, None, None)
    assert came.words[0].startswith("Withheld today: 66.7")


def test_values_that_wait_for_their_approval(ctx, ana, trusted):
    flow = trusted({"approved": True})
    sent = value_of(kpis.evaluate(ctx, ana, flow, kpis=["sent"]), "sent")
    assert sent.withheld_reason.startswith("Not approved yet")
    run = kpis.evaluate(ctx, ana, flow, kpis=["sent"])
    again = reruns.rerun(ctx, ana, run.run)
    assert (again.same, again.reasons) == (True, ())


def test_runs_are_judged_again_as_of_then(ctx, ana, trusted, add):
    flow = trusted({"fresh": True}, arrival={"every": "2 days"})
    run = kpis.evaluate(ctx, ana, flow, kpis=["came"], end=datetime(2026, 2, 3, 10, tzinfo=UTC))
    late = kpis.evaluate(ctx, ana, flow, kpis=["came"])
    board = dashboards.build(ctx, ana, flow)
    add("late", [("p9", "payment.received", "2026-02-03T09:00:00Z", "5.00", "web")])
    for kept in (run, late, board):
        again = reruns.rerun(ctx, ana, kept.run)
        assert (again.same, again.differences) == (True, ())


def test_a_dashboard_withholds_the_tile_its_trend_and_its_parts(ctx, ana, trusted):
    flow = trusted({"correlated": 0.7}, events=[*EVENTS, *ORPHANS])
    board = dashboards.build(ctx, ana, flow, split="channel")
    panels = {panel.id: panel for panel in board.panels}
    came = panels["came"]
    assert (came.status, came.value, came.shown) == ("withheld", None, "Withheld")
    assert "known from the beginning on" in came.status_words
    assert panels["trend.came"].rows == ()
    assert "split.came" not in panels
    assert "split.sent" in panels
    page = dashboards.html(ctx, ana, board.run)
    assert "66.7\u202f% of 3 cases known from the beginning on (at least 70.0\u202f%)" in page


def test_a_withheld_kpi_has_no_number_in_the_weekly_review_nor_beside_its_query(ctx, ana, trusted):
    """Of the week of 9 February the one case has no beginning; of 60 days until its end two of three have one."""
    flow = trusted({"correlated": 0.7}, events=[*EVENTS, *ORPHANS], window="60 days")
    review = reviews.weekly(ctx, ana, flow, "2026-W07", version="1")
    came = next(row for row in review.kpis if row.kpi == "came")
    assert (came.status, came.value, came.shown) == ("withheld", None, "Withheld")
    assert came.standing == "Withheld over 60 days"
    assert came.change == "Nothing to compare with in the week before"
    assert [point.value for point in came.weeks if point.start >= datetime(2026, 2, 9, tzinfo=UTC)] in ([], [None])
    assert (came.exception, came.behaviour) == (False, None)
    told = kpis.query(ctx, ana, flow, "came", start=review.start, end=review.end).model_dump()
    assert "COUNT(" in told["sql"]
    assert {"value", "n", "shown"}.isdisjoint(told)


def test_a_dashboard_of_now_is_late_and_one_of_then_is_not(ctx, ana, trusted):
    flow = trusted({"fresh": True}, arrival={"every": "2 days"})
    now = dashboards.build(ctx, ana, flow)
    then = dashboards.build(
        ctx, ana, flow, start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 2, 2, tzinfo=UTC)
    )
    told = [next(panel for panel in board.panels if panel.id == "came").status for board in (now, then)]
    assert told == ["withheld", "none"]


def test_a_change_of_a_withheld_number_is_not_explained(ctx, ana, trusted):
    flow = trusted({"correlated": 0.7}, events=[*EVENTS, *ORPHANS])
    february, following = (datetime(2026, 2, day, tzinfo=UTC) for day in (8, 15))
    with pytest.raises(UsageError, match=r"cannot be taken apart: 0.% of 1 case known"):
        explaining.explain(ctx, ana, flow, "came", start=february, end=following)


@pytest.mark.parametrize(
    ("trust", "words"),
    [
        ({"control": {"kpi": "nosuch"}}, "no KPI 'nosuch'"),
        ({"control": {"kpi": "sent"}}, "holds no control total"),
        ({"correlated": 1.2}, "correlated"),
        ({"duplicates": -0.1}, "duplicates"),
        ({"control": {"kpi": "gap", "at_most": -1}}, "at_most"),
    ],
)
def test_bounds_that_make_no_sense_are_refused(trusted, trust, words):
    with pytest.raises(Invalid) as refused:
        trusted(trust)
    told = " ".join(f"{one.path} {one.message}" for one in refused.value.problems)
    assert words in told
