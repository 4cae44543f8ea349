"""What is typed is read with patience, and what cannot be read stays as it was typed."""

from __future__ import annotations

import pytest

from bos.model.roles import SIGNING_ROLES
from widgets.wizard import checks, fields
from widgets.wizard.places import place_of
from widgets.wizard.state import State, fresh, put


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("0.03", 0.03), ("3 %", 0.03), ("3%", 0.03), ("1,000", 1000), (" 5 s ", 5), ("2 min", 120), ("2 minutes", 120),
        ("1.5 h", 5400), ("1 day", 86400), ("-7", -7), ("1 000", 1000), ("1,000,000.5", 1000000.5), ("0", 0),
    ],
)  # fmt: skip
def test_numbers_are_read_with_separators_spaces_and_units(typed, value):
    assert fields.number(typed) == value
    assert fields.read("outcomes[x].target.value", typed) == value


def test_a_target_of_money_reads_as_amounts_do_and_loses_no_digit_that_was_typed():
    assert [fields.amount(one, "USD") for one in (279, 352.65, 0.125)] == ["USD 279.00", "USD 352.65", "USD 0.125"]


def test_a_reason_that_is_too_long_is_told_before_it_is_sent_and_stays_as_it_was_typed():
    page = State()
    page.new["submit.rationale"] = "z" * 4_001
    (wrong,) = checks.submit(page)
    assert (wrong.field, wrong.text) == ("submit.rationale", "The reason must have 4,000 characters or fewer")
    assert len(page.new["submit.rationale"]) == 4_001


@pytest.mark.parametrize("typed", ["abc", "1,00", "3 percent", "1e5", "--1", "%", "5 apples", "1.2.3", "٣"])
def test_what_is_no_number_stays_as_it_was_typed(typed):
    assert fields.number(typed) is None
    assert fields.read("outcomes[x].breach", typed) == typed


@pytest.mark.parametrize("typed", ["1.000", "12.500", "-1.250 %", "1.000 h"])
def test_a_number_that_can_be_read_in_two_ways_is_none(typed):
    assert fields.unclear(typed)
    assert fields.read("outcomes[x].target.value", typed) == typed


@pytest.mark.parametrize("typed", ["0.035", "1.25", "1,000", "1000.125", "1.0000"])
def test_a_number_that_can_be_read_in_one_way_is_taken(typed):
    assert not fields.unclear(typed)
    assert fields.number(typed) == float(typed.replace(",", ""))


def test_a_number_of_more_digits_than_are_kept_is_none():
    assert fields.number("9007199254740991") == 9007199254740991
    assert fields.number("9" * 40) is None


def test_an_emptied_number_is_none_and_lists_are_split_at_commas():
    assert fields.read("outcomes[x].warning", "  ") is None
    assert fields.read("flow.correlation_key", " loan_id, payment_id ,") == ["loan_id", "payment_id"]
    assert fields.read("outcomes[x].measure.window", "") is None
    assert fields.read("process_signals[a].affects", ["b"]) == ["b"]
    assert fields.read("title", "  spaces stay ") == "  spaces stay "


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.03, "0.03"),
        (1000, "1000"),
        (None, ""),
        (["a", "b"], "a, b"),
        ("x", "x"),
        (1234567890123.45, "1234567890123.45"),
        (1e23, "1" + "0" * 23),
    ],
)
def test_a_value_is_shown_as_it_can_be_typed(value, shown):
    assert fields.show(value) == shown


def test_a_field_is_named_with_the_entry_it_belongs_to():
    document = fresh("x", "X")
    document["outcomes"].append({"id": "rate", "title": "Return rate"})
    assert fields.described(document, "outcomes[rate].target") == "Return rate: Target"
    assert fields.described(document, "title") == "Name of the flow"
    assert fields.described(document, "outcomes[gone].target") == "gone: Target"


def test_only_roles_that_sign_can_be_chosen():
    assert {name for name, _ in fields.roles()} == {"", *SIGNING_ROLES}


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("title", ("define", "", "title")),
        ("flow.steps[a].title", ("define", "", "flow.steps[a].title")),
        ("flow.steps[a]", ("define", "", "title")),
        ("outcomes[r].measure", ("populate", "outcomes[r]", "outcomes[r].measure.formula")),
        ("outcomes[r].measure.window", ("populate", "outcomes[r]", "outcomes[r].measure.window")),
        ("outcomes[r].target", ("populate", "outcomes[r]", "outcomes[r].target.value")),
        ("outcomes[r].thresholds", ("populate", "outcomes[r]", "outcomes[r].warning")),
        ("outcomes[r]", ("populate", "outcomes[r]", "outcomes[r].title")),
        ("process_signals[a]", ("populate", "process_signals[a]", "process_signals[a].signal")),
        ("outcomes[]", ("populate", "", "add.outcomes")),
        ("ownership", ("validate", "", "role.identity")),
        ("ownership[identity].accountable", ("validate", "", "role.identity")),
        ("scope", ("define", "", "title")),
    ],
)
def test_every_problem_has_a_place_where_it_is_mended(path, place):
    assert tuple(place_of(path)) == place


def test_a_value_cannot_be_put_into_an_entry_that_is_not_there():
    document = fresh("x", "X")
    assert not put(document, "outcomes[gone].title", "x")
    assert document == fresh("x", "X")
