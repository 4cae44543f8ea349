"""Two edits of one draft: nothing either of them did is lost without somebody choosing so."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bos.model.diff import diff, same
from widgets.wizard import edits, trust, watch
from widgets.wizard import state as drafts
from widgets.wizard.merge import merge, settle
from widgets.wizard.views import conflict


def base():
    """Return a draft with two steps and two KPIs."""
    document = drafts.fresh("cards", "Cards")
    for title in ("Opened", "Refunded"):
        drafts.add_step(document, title)
    for name in ("rate", "days"):
        document["outcomes"].append(
            {"id": name, "title": name, "description": "", "tags": [], "target": None, "thresholds": [],
             "measure": {"formula": f"count({name})", "unit": "count"}, "regulation": "", "source": ""}
        )  # fmt: skip
    return document


FIELDS = ["title", "description", "flow.steps[opened].title", "outcomes[rate].title", "outcomes[days].description"]
WORDS = st.sampled_from(["one", "two", "three"])
SETS = st.tuples(st.just("set"), st.sampled_from(FIELDS), WORDS)
DROPS = st.tuples(st.just("drop"), st.sampled_from(["outcomes[rate]", "outcomes[days]"]), st.just(""))
ADDS = st.tuples(st.just("add"), st.sampled_from(["x", "y"]), WORDS)
EDITS = st.lists(st.one_of(SETS, DROPS, ADDS), max_size=5)


def edited(edits):
    """Return the draft after some edits; those of entries that are gone do nothing."""
    document = base()
    for how, where, word in edits:
        if how == "set":
            drafts.put(document, where, word)
        elif how == "drop":
            drafts.remove(document, where)
        elif drafts.find(document, f"outcomes[{where}]") is None:
            document["outcomes"].append({**copy.deepcopy(base()["outcomes"][0]), "id": where, "title": word})
    return document


@given(EDITS, EDITS)
def test_what_one_side_changed_alone_holds_and_what_both_changed_is_asked(mine, theirs):
    began, own, other = base(), edited(mine), edited(theirs)
    merged, clashes = merge(began, own, other)
    asked = [clash.path for clash in clashes]
    for change in diff("template", began, own):
        if change.path.endswith("[]") or any(change.path.startswith(path) for path in asked):
            continue
        if change.op == "remove":
            assert drafts.find(merged, change.path) is None
        else:
            assert same(drafts.find(merged, change.path), change.new)
    for change in diff("template", began, other):
        if change.path.endswith("[]") or any(change.path.startswith(path) for path in asked):
            continue
        held = drafts.find(merged, change.path)
        if change.op == "set" and held is not None:
            assert same(held, change.new)
    for clash in clashes:
        assert not same(clash.mine, clash.other)


@given(EDITS, EDITS)
def test_choosing_one_side_everywhere_gives_that_side_of_each_clash(mine, theirs):
    own, other = edited(mine), edited(theirs)
    merged, clashes = merge(base(), own, other)
    for clash in clashes:
        chosen = copy.deepcopy(merged)
        settle(chosen, clash.path, clash.mine)
        assert same(drafts.find(chosen, clash.path), clash.mine)
        settle(chosen, clash.path, clash.other)
        assert same(drafts.find(chosen, clash.path), clash.other)


def test_one_edit_alone_is_taken_whole():
    own = edited([("set", "title", "two"), ("add", "x", "one"), ("drop", "outcomes[rate]", "")])
    merged, clashes = merge(base(), own, base())
    assert clashes == ()
    assert same(merged, own)


def test_an_entry_that_one_changed_and_the_other_took_out_is_asked_as_a_whole():
    own = edited([("set", "outcomes[rate].title", "two")])
    _, clashes = merge(base(), own, edited([("drop", "outcomes[rate]", "")]))
    (clash,) = clashes
    assert clash.path == "outcomes[rate]"
    assert clash.mine["title"] == "two"
    assert clash.other is None


def typed(began, **fields):
    """Return a draft after things were typed into controls of its pages."""
    state = drafts.State(document=copy.deepcopy(began))
    for name, value in fields.items():
        edits.write(state, NAMES[name], value)
    return state.document


NAMES = {
    "known": "trust.correlated", "twice": "trust.duplicates", "late": "trust.fresh",
    "own": "outcomes[rate].trust.own", "own_known": "outcomes[rate].trust.correlated",
    "own_twice": "outcomes[rate].trust.duplicates", "own_total": "outcomes[rate].trust.control",
    "watched": "outcomes[rate].watch.on", "every": "outcomes[rate].watch.every",
    "worse": "outcomes[rate].watch.worse_after",
    "formula": "outcomes[rate].measure.formula", "unit": "outcomes[rate].measure.unit",
    "window": "outcomes[rate].measure.window", "split": "outcomes[rate].measure.dimensions",
    "target": "outcomes[rate].target.value", "side": "outcomes[rate].target.direction",
}  # fmt: skip
WATCHED = {"watched": "yes", "every": "1 hour"}


@pytest.mark.parametrize(
    ("before", "mine", "theirs", "path", "merged"),
    [
        ({}, {"known": "93 %"}, {"twice": "4 %"}, "trust", {**trust.NONE, "correlated": 0.93, "duplicates": 0.04}),
        ({"known": "98 %"}, {"known": "93 %", "late": "yes"}, {"twice": "4 %", "late": "yes"}, "trust",
         {**trust.NONE, "fresh": True, "correlated": 0.93, "duplicates": 0.04}),
        ({"known": "98 %"}, {"known": ""}, {"twice": "4 %"}, "trust", {**trust.NONE, "duplicates": 0.04}),
        ({"own": "own"}, {"own_known": "93 %"}, {"own_twice": "4 %"}, "outcomes[rate].trust",
         {**trust.NONE, "correlated": 0.93, "duplicates": 0.04}),
        (WATCHED, {"every": "2 h"}, {"worse": "3"}, "outcomes[rate].watch",
         {**watch.NEW, "every": "2 hours", "worse_after": 3}),
        ({}, {"formula": "count(days)"}, {"window": "60 days"}, "outcomes[rate].measure",
         {"formula": "count(days)", "unit": "count", "window": "60 days"}),
        ({"target": "5"}, {"target": "7"}, {"side": "at_least"}, "outcomes[rate].target",
         {"value": 7, "direction": "at_least"}),
    ],
)  # fmt: skip
def test_different_parts_of_one_field_are_taken_together(before, mine, theirs, path, merged):
    began = typed(base(), **before)
    found, clashes = merge(began, typed(began, **mine), typed(began, **theirs))
    assert clashes == ()
    held = drafts.find(found, path)
    assert {part: held[part] for part in merged} == merged


def test_the_same_part_is_asked_by_the_name_it_has_on_the_page_and_nothing_else_is():
    began = typed(base(), own="own", known="98 %", **WATCHED)
    own = typed(began, known="93 %", own_total="days", every="2 h", own_known="90 %")
    other = typed(began, known="95 %", twice="4 %", own_total="rate", every="3 h", own_known="90 %")
    merged, clashes = merge(began, own, other)
    state = drafts.State(document=own, clashes=clashes)
    asked = [
        (clash.label, *(conflict.told(state, clash.path, side) for side in (clash.mine, clash.other)))
        for clash in clashes
    ]
    assert sorted(asked) == [
        ("Cases known from their beginning on, at least", "93 %", "95 %"),
        ("rate: Control total that must agree", "days, apart by at most 0", "rate, apart by at most 0"),
        ("rate: Looked at every", "2 hours", "3 hours"),
    ]
    for clash in clashes:
        settle(merged, clash.path, clash.mine)
    assert merged["trust"] == {**trust.NONE, "correlated": 0.93, "duplicates": 0.04}
    assert drafts.find(merged, "outcomes[rate].trust") == drafts.find(own, "outcomes[rate].trust")
    assert drafts.find(merged, "outcomes[rate].watch") == drafts.find(own, "outcomes[rate].watch")


def test_a_definition_and_a_target_are_asked_by_parts_in_the_words_of_the_page():
    began = typed(base(), target="5", side="at_most")
    own = typed(began, unit="seconds", split="channel", target="3600", side="at_least", window="7 days")
    other = typed(began, unit="ratio", split="channel, code", target="0.5", side="at_most", formula="count(days)")
    merged, clashes = merge(began, own, other)
    assert drafts.find(merged, "outcomes[rate].measure.formula") == "count(days)"
    assert drafts.find(merged, "outcomes[rate].measure.window") == "7 days"
    assert drafts.find(merged, "outcomes[rate].target.direction") == "at_least"
    state = drafts.State(document=own, clashes=clashes)
    asked = [
        (one.label, conflict.told(state, one.path, one.mine), conflict.told(state, one.path, one.other))
        for one in clashes
    ]
    assert sorted(asked) == [
        ("rate: Can be split by", "channel", "channel, code"),
        ("rate: Target", "3,600 seconds", "0.5 seconds"),
        ("rate: Unit", "Time (seconds)", "Share (shown in per cent)"),
    ]


def test_bounds_that_one_took_out_and_the_other_changed_are_asked_as_a_whole_in_words():
    began = typed(base(), own="own")
    own, other = typed(began, own=""), typed(began, own_known="93 %")
    merged, (clash,) = merge(began, own, other)
    state = drafts.State(document=own, clashes=(clash,))
    assert (clash.path, clash.label) == ("outcomes[rate].trust", "rate: Bounds of trust of the KPI")
    assert conflict.told(state, clash.path, clash.mine) == "taken out, or empty"
    assert "Cases known from their beginning on, at least: 93 %" in conflict.told(state, clash.path, clash.other)
    settle(merged, clash.path, clash.mine)
    assert drafts.find(merged, "outcomes[rate].trust") is None
