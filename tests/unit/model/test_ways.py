"""The ways of a flow as one value, and in words."""

from __future__ import annotations

import pytest

from bos.kpi.parser import parse
from bos.kpi.refs import refs
from bos.model.diff import Change
from bos.model.fields import field_of
from bos.model.ways import WAYS, as_one, draws, value_at, ways
from bos.model.wording import compared, describe

LIVE = {
    "flow": {
        "steps": [{"id": name, "title": name.title()} for name in ("received", "matched", "posted")],
        "edges": [
            {"id": "b", "source": "received", "target": "matched", "label": ""},
            {"id": "a", "source": "matched", "target": "posted", "label": "clean"},
            {"id": "c", "source": "matched", "target": "posted", "label": "by hand"},
        ],
    },
}
BACK = Change(op="add", path=f"{WAYS}[d]", new={"id": "d", "source": "returned", "target": "received"})
GONE = Change(op="remove", path=f"{WAYS}[b]", old=LIVE["flow"]["edges"][0])


def test_ways_are_sorted_each_once_whatever_they_are_called_and_however_they_are_listed():
    turned = {"flow": {**LIVE["flow"], "edges": [{**edge, "label": "x"} for edge in LIVE["flow"]["edges"][::-1]]}}
    assert ways(LIVE) == ways(turned) == value_at(LIVE, WAYS) == ["matched → posted", "received → matched"]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("flow.edges[a]", True),
        ("flow.edges[a].source", True),
        ("flow.edges[a].target", True),
        ("flow.edges[a].label", False),
        ("flow.edges[]", False),
        ("flow.edges", False),
        ("flow.steps[a]", False),
    ],
)
def test_a_way_is_drawn_by_its_ends(path, found):
    assert draws("template", path) is found
    assert not draws("dashboard", path)


def test_what_changes_in_the_ways_is_told_as_one_with_the_titles_of_the_steps():
    words = "Ways between steps: new: returned → Received; gone: Received → Matched; staying (1): Matched → Posted"
    title = Change(op="set", path="title", old="A", new="B")
    one = as_one("template", (title, BACK, GONE), LIVE)
    assert describe("template", one, LIVE) == (words, "Name of the flow: A → B")
    assert compared("template", one[0], LIVE) == (
        "Ways between steps",
        "Matched → Posted, Received → Matched",
        "new: returned → Received; gone: Received → Matched; staying (1): Matched → Posted",
    )
    assert as_one("template", (title,), LIVE) == (title,)


def test_changes_that_do_not_fit_any_more_are_told_one_by_one():
    again = Change(op="add", path=f"{WAYS}[a]", new={"id": "a", "source": "received", "target": "posted"})
    assert describe("template", as_one("template", (again,), LIVE), LIVE) == (
        "Added way between steps “received → posted”",
    )


def test_the_ways_are_a_field_that_is_signed_but_not_set():
    entry = field_of("template", WAYS)
    assert (entry.owner, entry.approver, entry.along) == ("process_owner", "data_steward", True)


@pytest.mark.parametrize(
    ("formula", "found"),
    [
        ("conformance(along_flow(received, posted where channel = 'web'))", ("received", "posted")),
        ("ratio(conformance(along_flow(received, posted)), count(matched))", ("received", "posted")),
        ("conformance(precedes(received, posted))", ()),
        ("derived(astray / 2)", ()),
    ],
)
def test_a_formula_says_which_signals_it_holds_against_the_ways(formula, found):
    assert refs(parse(formula)).along == found
