"""A difference leads from one content to the other, by ids and never by positions."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bos.errors import Invalid
from bos.model.diff import Change, apply, diff, same
from bos.model.paths import fields_of_item, flatten, get, is_item, item_of, outer_paths, split, within
from bos.model.template import Template
from bos.model.wording import before_and_after, compared, describe

NAMES = st.sampled_from(["a", "b", "c", "d", "e"])


def unique(strategy):
    return st.lists(strategy, unique_by=lambda item: item["id"], max_size=4)


STEPS = unique(st.fixed_dictionaries({"id": NAMES, "title": st.sampled_from(["One", "Two"])}))
OUTCOMES = unique(
    st.fixed_dictionaries(
        {
            "id": NAMES,
            "title": st.sampled_from(["One", "Two"]),
            "measure": st.fixed_dictionaries(
                {"formula": st.sampled_from(["count(a)", "count(b)"]), "unit": st.just("")}
            ),
            "target": st.none()
            | st.fixed_dictionaries({"value": st.sampled_from([1, 1.0, 0.5]), "direction": st.just("at_most")}),
        }
    )
)
CONTENTS = st.builds(
    lambda title, steps, outcomes, scope: Template.model_validate(
        {"id": "t", "title": title, "flow": {"steps": steps}, "outcomes": outcomes, "scope": scope}
    ).data(),
    st.sampled_from(["T", "U"]),
    STEPS,
    OUTCOMES,
    st.dictionaries(NAMES, st.lists(st.sampled_from(["x", "y"]), max_size=2), max_size=2),
)


@given(CONTENTS, CONTENTS)
def test_applying_a_difference_gives_the_other_content(old, new):
    before = copy.deepcopy(old)
    changes = diff("template", old, new)
    assert same(apply("template", old, changes), new)
    assert same(old, before)
    assert bool(changes) == (not same(old, new))


@given(CONTENTS, CONTENTS)
def test_the_difference_back_undoes_it(old, new):
    there = apply("template", old, diff("template", old, new))
    assert same(apply("template", there, diff("template", there, old)), old)


@given(CONTENTS, CONTENTS, st.randoms())
def test_the_order_in_which_changes_are_given_matters_only_among_additions(old, new, random):
    changes = diff("template", old, new)
    others = [change for change in changes if change.op != "add"]
    random.shuffle(others)
    shuffled = others + [change for change in changes if change.op == "add"]
    assert same(apply("template", old, shuffled), apply("template", old, diff("template", old, new)))


@given(CONTENTS)
def test_a_flat_content_has_every_value_under_a_path_that_finds_it(document):
    for path, value in flatten("template", document).items():
        assert get(document, path) == value


@given(CONTENTS)
def test_the_paths_around_a_field_are_those_it_lies_in(document):
    paths = list(flatten("template", document))
    known = {*paths, *(item for path in paths if (item := item_of(path))), *(path.partition(".")[0] for path in paths)}
    for path in paths:
        assert known & set(outer_paths(path)) == {outer for outer in known if within(path, outer)}


def test_an_added_item_is_one_change_and_so_is_a_removed_one(template):
    new = copy.deepcopy(template)
    removed = new["outcomes"].pop()
    new["outcomes"].append({**removed, "id": "stp_rate", "title": "STP rate"})
    assert [(c.op, c.path) for c in diff("template", template, new)] == [
        ("remove", "outcomes[returns]"),
        ("add", "outcomes[stp_rate]"),
    ]


def test_several_added_items_stand_in_the_order_they_were_given_whatever_their_names(template):
    new = copy.deepcopy(template)
    first = new["outcomes"][0]
    new["outcomes"] += [{**first, "id": name} for name in ("a_long_name", "short", "b")]
    assert apply("template", template, diff("template", template, new))["outcomes"] == new["outcomes"]


def test_a_list_inside_a_critical_field_is_one_value(template):
    new = copy.deepcopy(template)
    new["outcomes"][0]["thresholds"].append({"id": "far", "level": "breach", "value": 0.05})
    assert [c.path for c in diff("template", template, new)] == ["outcomes[returns].thresholds"]


def test_another_order_is_a_change_of_its_own(template):
    new = copy.deepcopy(template)
    new["flow"]["steps"].reverse()
    (change,) = diff("template", template, new)
    assert (change.path, change.new) == ("flow.steps[]", ["posted", "received"])


def test_an_order_keeps_items_it_does_not_name(template):
    change = Change(op="set", path="flow.steps[]", new=["posted", "gone"])
    assert [s["id"] for s in apply("template", template, [change])["flow"]["steps"]] == ["posted", "received"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (Change(op="set", path="outcomes[nope].title", new="x"), "is not there"),
        (Change(op="set", path="outcomes[returns].colour", new="x"), "not a field that can be set"),
        (Change(op="set", path="outcomes[returns].target.value", new=1), "not a field that can be set"),
        (Change(op="set", path="id", new="other"), "not a field that can be set"),
        (Change(op="set", path="a..b[", new=1), "is not a field path"),
        (Change(op="set", path="flow.steps[]", new=["received", "received"]), "list of different ids"),
        (Change(op="add", path="outcomes[returns]", new={"id": "returns"}), "is there already"),
        (Change(op="add", path="outcomes[x]", new={"id": "y"}), "with the id x"),
        (Change(op="add", path="outcomes[x]", new=3), "with the id x"),
        (Change(op="add", path="scope[x]", new={}), "not an item"),
        (Change(op="remove", path="outcomes[nope]"), "is not there"),
        (Change(op="remove", path="title"), "not an item"),
        (Change(op="remove", path="nowhere[x]"), "is not there"),
    ],
)
def test_a_change_that_fits_nothing_is_refused_in_words(template, change, message):
    with pytest.raises(Invalid, match=message) as caught:
        apply("template", template, [change])
    assert caught.value.problems[0].path == change.path


def test_every_wrong_change_is_reported_and_not_only_the_first(template):
    changes = [Change(op="remove", path="outcomes[a]"), Change(op="set", path="nope", new=1)]
    with pytest.raises(Invalid) as caught:
        apply("template", template, changes)
    assert len(caught.value.problems) == 2


def test_paths_know_their_item_and_what_lies_within():
    assert item_of("outcomes[returns].target") == "outcomes[returns]"
    assert item_of("flow.steps[]") is None
    assert item_of("title") is None
    assert is_item("outcomes[returns]")
    assert not is_item("outcomes[]")
    assert within("outcomes[a].target", "outcomes[a]")
    assert not within("outcomes[ab].target", "outcomes[a")
    assert split("a.b[c].d") == (("a", False), ("b", False), ("c", True), ("d", False))
    with pytest.raises(ValueError, match="not a field path"):
        split("a b..")


def test_fields_of_an_item_are_those_of_the_content(template):
    fields = fields_of_item("template", "outcomes[returns]", template["outcomes"][0])
    assert fields["outcomes[returns].regulation"] == ""
    assert set(fields) < set(flatten("template", template))


def test_a_difference_reads_as_a_person_would_say_it(template):
    new = copy.deepcopy(template)
    new["outcomes"][0]["target"]["value"] = 0.05
    new["title"] = "All payments"
    new["flow"]["steps"].append({"id": "done", "title": "Done", "description": "", "correlation_key": []})
    new["flow"]["steps"].pop(0)
    assert describe("template", diff("template", template, new), new, template) == (
        "Name of the flow: Payments → All payments",
        "Removed step “Received”",
        "Added step “Done”",
        "Return rate · Target: at most 3.00\u202f% → at most 5.00\u202f%",
    )


def test_levels_and_targets_are_told_in_the_unit_of_their_kpi(template):
    kpi = template["outcomes"][0]
    kpi["thresholds"] = [{"id": "late", "level": "breach", "value": 0.024125}]
    new = copy.deepcopy(template)
    new["outcomes"][0]["thresholds"][0]["value"] = 0.0305
    (change,) = diff("template", template, new)
    assert compared("template", change, new, template)[1:] == ("breach above 2.4125\u202f%", "breach above 3.05\u202f%")
    new["outcomes"][0]["measure"]["unit"] = "seconds"
    (found,) = (one for one in diff("template", template, new) if "thresholds" in one.path)
    assert compared("template", found, new, template)[1:] == ("breach above 0.024125", "breach above 0.0305")


AT_LEAST = {"value": 0.97, "direction": "at_least", "source": ""}


@pytest.mark.parametrize(
    ("target", "formula", "levels", "words"),
    [
        (AT_LEAST, "count(a)", (0.95, 0.9), "warning below 95.0 %, breach below 90.0 %"),
        ({**AT_LEAST, "direction": "at_most"}, "count(a)", (0.03, 0.061), "warning above 3.00 %, breach above 6.10 %"),
        (None, "count(a)", (0.95, 0.9), "warning below 95.0 %, breach below 90.0 %"),
        (None, "count(a)", (0.03, 0.061), "warning above 3.00 %, breach above 6.10 %"),
        (None, "count(a)", (None, 0.061), "breach at 6.10 %"),
        (AT_LEAST, "cumulative(gap(count(a), count(b)))", (0.95, 0.9), "warning at 95.0 %, breach at 90.0 %"),
    ],
)
def test_a_level_says_on_which_side_it_is_passed(template, target, formula, levels, words):
    kpi = template["outcomes"][0]
    kpi["target"], kpi["measure"] = target, {**kpi["measure"], "formula": formula, "unit": "ratio"}
    pairs = zip(("warning", "breach"), levels, strict=True)
    new = [{"id": level, "level": level, "value": value} for level, value in pairs if value is not None]
    change = Change(op="set", path=f"outcomes[{kpi['id']}].thresholds", old=[], new=new)
    _, before, after = compared("template", change, template)
    assert (before, after.replace("\u202f", " ")) == ("nothing", words)


def test_no_side_is_told_where_the_target_changes_its_direction_in_the_same_group(template):
    kpi = template["outcomes"][0]
    kpi["thresholds"] = [{"id": "late", "level": "breach", "value": 0.03}]
    path, turned = f"outcomes[{kpi['id']}]", {**kpi["target"], "direction": "at_least"}
    levels = [{"id": "late", "level": "breach", "value": 0.02}]
    changes = [
        Change(op="set", path=f"{path}.thresholds", old=kpi["thresholds"], new=levels),
        Change(op="set", path=f"{path}.target", old=kpi["target"], new=turned),
    ]
    both = before_and_after("template", changes, template)
    told = compared("template", changes[0], *both)[1:]
    assert [one.replace("\u202f", " ") for one in told] == ["breach at 3.00 %", "breach at 2.00 %"]
    assert before_and_after("template", changes[:1], template) == (template,)
    assert before_and_after("template", changes, {}) == ({},)


def test_a_change_is_told_side_by_side_as_in_the_sentence():
    old = {"title": "Old", "outcomes": [{"id": "a", "title": "Rate", "target": {"value": 1, "direction": "at_most"}}]}
    new = {"title": "New", "outcomes": [{"id": "b", "title": "Share"}]}
    cells = [compared("template", change, new, old) for change in diff("template", old, new)]
    assert cells == [
        ("Name of the flow", "Old", "New"),
        ("KPI “Rate”", "there", "not there"),
        ("KPI “Share”", "not there", "there"),
    ]
    long = [compared("template", change, {}, {}) for change in diff("template", {"title": "x"}, {"title": "y" * 900})]
    assert long == [("Name of the flow", "x", "y" * 900)], "side by side nothing is cut short"
