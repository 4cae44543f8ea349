"""The approvals inbox as data: what is empty stands apart from what has a value, and is decided at once."""

from datetime import UTC, datetime

import pytest

from bos.model.answers.changes import Group
from bos.model.diff import Change
from widgets.approvals.view import State, is_empty, view

AT = datetime(2026, 3, 2, tzinfo=UTC)
LIVE = {
    "title": "Payments",
    "outcomes": [{"id": "sent", "title": "Sent", "target": {"value": 3}, "cost_rule": None, "thresholds": []}],
}


def group(name, new, *, state="unsigned", old=None):
    return Group(
        group=name, kind="template", id="payments", state=state, text=(), authors=("ana",), rationale="New.",
        base_version=1, waiting_for=(), signatures=(), at=AT,
        changes=(Change(op="set", path=f"outcomes[sent].{name}", old=old, new=new),),
    )  # fmt: skip


def texts(element):
    if isinstance(element, dict):
        return [text for value in element.values() for text in texts(value)]
    if isinstance(element, list | tuple):
        return [text for value in element for text in texts(value)]
    return [element] if isinstance(element, str) else []


def test_what_has_a_value_stands_before_what_is_empty_which_is_decided_at_once():
    groups = (group("cost_rule", None), group("target", {"value": 3}), group("thresholds", []))
    said = texts(view(State(groups=groups, documents={("template", "payments"): LIVE}))["body"])
    order = [
        "1 value is live, and provisional until it is signed.", "Sent · Target",
        "2 parts are empty, and provisional until that is signed.", "Sent · Cost rule", "Sent · Thresholds",
    ]  # fmt: skip
    assert [text for text in said if text in order] == order
    assert {"Decide all 3 together", "Decide the 2 empty ones together"} <= set(said)


@pytest.mark.parametrize(
    ("one", "empty"),
    [
        (group("cost_rule", None), True),
        (group("thresholds", []), True),
        (group("target", 0), False),
        (group("watch", False), False),
        (group("target", None, state="waiting", old={"value": 3}), False),
    ],
)
def test_a_value_that_is_taken_away_or_is_nought_is_no_empty_one(one, empty):
    assert is_empty(one) is empty
