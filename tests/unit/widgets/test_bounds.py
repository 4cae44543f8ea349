"""Bounds of trust and the watch of a KPI as people type them, and what the draft keeps."""

import copy
import json

import pytest

from widgets.wizard import Wizard, edits, fields, places, trust, watch
from widgets.wizard.state import State, fresh
from widgets.wizard.views import trust as trust_view
from widgets.wizard.views import watch as watch_view

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


@pytest.mark.parametrize(
    ("typed", "kept", "shown"),
    [
        ("97 %", 0.97, "97 %"),
        ("0.97", 0.97, "97 %"),
        ("0.5%", 0.005, "0.5 %"),
        ("100 %", 1, "100 %"),
        ("0", 0, "0 %"),
        (" ", None, ""),
        ("150 %", "150 %", "150 %"),
        ("98", "98", "98"),
        ("1 s", "1 s", "1 s"),
        ("-1 %", "-1 %", "-1 %"),
        ("about half", "about half", "about half"),
    ],
)
def test_a_share_is_shown_in_per_cent_and_what_is_none_as_it_was_typed(document, typed, kept, shown):
    wrote(document, "trust", correlated=typed)
    assert document["trust"]["correlated"] == kept
    page = json.dumps(trust_view.of_flow(State(document=document)), ensure_ascii=False)
    assert f'"value": "{shown}"' in page or not shown
    assert bool(list(trust.problems(document, "trust"))) == isinstance(kept, str)


@pytest.mark.parametrize("typed", ["1 minute", "2 s", "3 %", "1.0", "0", "101", "1,000", "-1", "", "²", "many"])
@pytest.mark.parametrize("part", ["worse_after", "better_after"])
def test_looks_are_whole_numbers_and_nothing_else_is_made_of_what_was_typed(document, part, typed):
    path = "outcomes[sent]"
    assert watch.write(document, path, "on", "yes")
    document["outcomes"][1]["measure"]["window"] = "1 day"
    assert watch.write(document, path, part, typed)
    assert str(document["outcomes"][1]["watch"][part]) == typed
    assert [one.field for one in watch.problems(document, path)] == [f"{path}.watch.{part}"]
    assert watch.write(document, path, part, " 100 ")
    assert document["outcomes"][1]["watch"][part] == 100
    assert list(watch.problems(document, path)) == []


@pytest.mark.parametrize("window", [None, "1 day"])
def test_the_span_of_the_watch_is_optional_only_where_the_kpi_has_a_window(document, window):
    path = "outcomes[sent]"
    outcome = document["outcomes"][1]
    outcome["measure"]["window"] = window
    assert watch.write(document, path, "on", "yes")
    page = watch_view.of_kpi(State(document=document, item=path), outcome)
    over = next(one for one in _all(page) if one.get("name") == f"{path}.watch.over")
    assert bool(over.get("optional")) == (window is not None)
    assert bool(list(watch.problems(document, path))) == (window is None)


def _all(element):
    """Yield an element of a page and everything in it."""
    if isinstance(element, dict):
        yield element
    for inside in (
        element.values() if isinstance(element, dict) else element if isinstance(element, list | tuple) else ()
    ):
        yield from _all(inside)


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


@pytest.fixture
def tabs(wb):
    """Return two wizards of one flow, and functions that type in one and return bounds of the draft that is kept."""

    def typed(tab, name, value, rev):
        tab._receive({"type": "field", "field": name, "value": value, "rev": rev})
        return tab.surface.view

    def kept(*names):
        bounds = wb.templates.draft(FLOW).document["trust"]
        return [bounds[name] for name in names]

    yield *(Wizard(wb, query=f"flow={FLOW}") for _ in range(2)), typed, kept
    wb.templates.discard_draft(FLOW, revision=wb.templates.draft(FLOW).revision)


def test_two_tabs_that_set_different_bounds_lose_neither(tabs):
    one, other, typed, kept = tabs
    typed(other, "trust.duplicates", "4 %", 1)
    assert typed(one, "trust.correlated", "93 %", 7)["ack"] == 7
    assert kept("correlated", "duplicates") == [0.93, 0.04]
    view = typed(other, "trust.correlated", "95 %", 2)
    shown = json.dumps(view, ensure_ascii=False)
    assert view["heading"] == "Two values for one field"
    assert '"Cases known from their beginning on, at least"' in shown
    assert "Yours: 95 %" in shown
    assert "The other value: 93 %" in shown
    assert "choice.trust.duplicates" not in shown
    typed(other, "choice.trust.correlated", "mine", 3)
    other._receive({"type": "action", "action": "settle", "value": None})
    assert kept("correlated", "duplicates") == [0.95, 0.04]


@pytest.mark.parametrize(("saved", "lasts"), [(2, True), (9, False)])
def test_a_tab_that_another_one_keeps_ahead_of_loses_nothing(tabs, saved, lasts):
    """The other tab saves something just as this one has read what it saved before."""
    one, other, typed, kept = tabs
    took, values = one._desk.draft.took, [f"{number} %" for number in range(saved)]

    def ahead(draft):
        took(draft)
        if values:
            typed(other, "trust.duplicates", values.pop(), 9 - len(values))

    typed(other, "trust.duplicates", "11 %", 1)
    (before,) = kept("correlated")
    one._desk.draft.took = ahead
    assert typed(one, "trust.correlated", "93 %", 7)["ack"] == (7 if lasts else 0)
    assert kept("correlated") == [0.93 if lasts else before]
    assert one.state.unsaved is not lasts
    assert typed(one, "trust.correlated", "94 %", 8)["ack"] == 8
    assert kept("correlated", "duplicates") == [0.94, 0]


def test_what_is_typed_while_a_choice_is_open_waits_with_it_and_overwrites_nothing(tabs):
    one, other, typed, kept = tabs
    assert typed(one, "trust.correlated", "93 %", 1)["ack"] == 1
    (before,) = kept("duplicates")
    assert typed(other, "trust.correlated", "95 %", 1)["heading"] == "Two values for one field"
    view = typed(other, "trust.duplicates", "4 %", 2)
    assert (view["heading"], view["ack"]) == ("Two values for one field", 0)
    assert kept("correlated", "duplicates") == [0.93, before]
    assert "Yours: 96 %" in json.dumps(typed(other, "trust.correlated", "96 %", 3), ensure_ascii=False)
    assert typed(one, "trust.correlated", "91 %", 2)["ack"] == 2
    typed(other, "choice.trust.correlated", "mine", 4)
    other._receive({"type": "action", "action": "settle", "value": None})
    assert kept("correlated", "duplicates") == [0.91, before]
    assert other.surface.view["heading"] == "Two values for one field"
    typed(other, "choice.trust.correlated", "other", 5)
    other._receive({"type": "action", "action": "settle", "value": None})
    assert kept("correlated", "duplicates") == [0.91, 0.04]
    assert other.surface.view["ack"] == 5


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
