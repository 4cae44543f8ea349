"""Two edits of one draft: nothing either of them did is lost without somebody choosing so."""

from __future__ import annotations

import copy

from hypothesis import given
from hypothesis import strategies as st

from bos.model.diff import diff, same
from widgets.wizard import state as drafts
from widgets.wizard.merge import merge, settle


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
