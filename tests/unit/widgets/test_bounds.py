"""Bounds of trust and the watch of a KPI as people type them, and what the draft keeps."""

import copy

import pytest

from widgets.wizard import Wizard, edits, fields, places, trust, watch
from widgets.wizard.state import fresh

FLOW = "loan-payment-processing"


@pytest.fixture
def document():
    found = fresh("flow", "Flow")
    edits.add_outcome(found, "Ledger gap")
    found["outcomes"][0]["measure"]["formula"] = "gap(sum(received.amount), sum(posted.amount))"
    edits.add_outcome(found, "Sent")
    return found


def wrote(document, path, **typed):
    for part, value in typed.items():
        assert trust.write(document, path, part, value)
    return document


def test_what_is_typed_becomes_bounds_of_the_flow(document):
    wrote(document, "trust", fresh="yes", correlated="98 %", duplicates="0.5 %", approved="", begins=["due", "sent"])
    wrote(document, "trust", control="ledger_gap", most=" 12.50 ")
    assert document["trust"] == {
        "fresh": True,
        "correlated": 0.98,
        "begins": ["due", "sent"],
        "duplicates": 0.005,
        "control": {"kpi": "ledger_gap", "at_most": "12.50"},
        "approved": False,
    }
    assert list(trust.problems(document, "trust")) == []
    wrote(document, "trust", control="", correlated=" ", fresh="")
    assert document["trust"] == {**trust.NONE, "begins": ["due", "sent"], "duplicates": 0.005}


def test_a_kpi_has_bounds_of_its_own_or_those_of_the_flow(document):
    wrote(document, "outcomes[sent].trust", own="own")
    assert document["outcomes"][1]["trust"] == trust.NONE
    wrote(document, "outcomes[sent].trust", own="")
    assert document["outcomes"][1]["trust"] is None
    assert trust.totals(document) == [("ledger_gap", "Ledger gap")]


@pytest.mark.parametrize(
    ("path", "part", "typed"),
    [
        ("trust", "own", "own"),
        ("outcomes[nosuch].trust", "fresh", "yes"),
        ("trust", "correlated", ["1"]),
        ("trust", "begins", "due"),
        ("trust", "begins", [1]),
        ("trust", "control", None),
    ],
)
def test_what_no_page_sends_changes_nothing(document, path, part, typed):
    before = copy.deepcopy(document)
    assert not trust.write(document, path, part, typed)
    assert document == before


@pytest.mark.parametrize(
    ("part", "typed", "field"),
    [
        ("correlated", "abc", "trust.correlated"),
        ("correlated", "98", "trust.correlated"),
        ("duplicates", "-1 %", "trust.duplicates"),
        ("most", "12,50", "trust.most"),
        ("most", "-1", "trust.most"),
        ("most", "NaN", "trust.most"),
        ("most", "", "trust.most"),
    ],
)
def test_what_is_no_bound_is_told_at_its_field(document, part, typed, field):
    wrote(document, "trust", control="ledger_gap", **{part: typed})
    assert [one.field for one in trust.problems(document, "trust")] == [field]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("trust", ("validate", "", "trust.control")),
        ("trust.correlated", ("validate", "", "trust.correlated")),
        ("trust.control.at_most", ("validate", "", "trust.most")),
        ("outcomes[sent].trust.duplicates", ("populate", "outcomes[sent]", "outcomes[sent].trust.duplicates")),
    ],
)
def test_a_problem_of_the_bounds_leads_to_their_field(path, place):
    assert places.place_of(path) == place


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("15 min", "15 minutes"),
        ("1 day", "1 day"),
        ("4h", "4 hours"),
        (" 2 Weeks ", "2 weeks"),
        ("0 days", None),
        ("soon", None),
        ("1.5 h", None),
        ("99999 days", None),
    ],
)
def test_a_span_is_read_with_patience(typed, kept):
    assert fields.span(typed) == kept


def test_the_page_takes_bounds_and_the_draft_keeps_them(wb):
    wizard = Wizard(wb, query=f"flow={FLOW}")
    try:
        for rev, (name, value) in enumerate(
            (("trust.fresh", "yes"), ("trust.correlated", "97 %"), ("outcomes[stp_rate].trust.own", "own")), start=1
        ):
            wizard._receive({"type": "field", "field": name, "value": value, "rev": rev})
            assert wizard.surface.view["ack"] == rev
        kept = wb.templates.draft(FLOW).document
        assert (kept["trust"]["fresh"], kept["trust"]["correlated"]) == (True, 0.97)
        assert kept["trust"]["duplicates"] == wb.templates.get(FLOW).document["trust"]["duplicates"]
        own = next(one["trust"] for one in kept["outcomes"] if one["id"] == "stp_rate")
        assert own["correlated"] is None
        assert wb.templates.validate(kept).problems == ()
    finally:
        draft = wb.templates.draft(FLOW)
        wb.templates.discard_draft(FLOW, revision=draft.revision)


def test_how_a_kpi_is_watched_is_typed_and_told(document):
    path = "outcomes[sent]"
    assert not watch.write(document, path, "every", "1 h")  # it is not watched yet
    for part, typed in (("on", "yes"), ("every", "30 min"), ("over", "2 d"), ("worse_after", "3")):
        assert watch.write(document, path, part, typed)
    assert document["outcomes"][1]["watch"] == {
        "every": "30 minutes",
        "over": "2 days",
        "worse_after": 3,
        "better_after": 2,
    }
    assert list(watch.problems(document, path)) == []
    for part, typed in (("every", ""), ("over", ""), ("better_after", "0.5")):
        assert watch.write(document, path, part, typed)
    told = [one.field for one in watch.problems(document, path)]
    assert told == [f"{path}.watch.{part}" for part in ("every", "over", "better_after")]
    assert watch.write(document, path, "on", "")
    assert document["outcomes"][1]["watch"] is None
    assert not watch.write(document, "outcomes[nosuch]", "on", "yes")
    assert not watch.write(document, path, "on", ["yes"])
