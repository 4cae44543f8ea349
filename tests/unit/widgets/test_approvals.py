"""The approvals inbox as data: what is proposed stands before what is live, and the values of a KPI together."""

from datetime import UTC, datetime

from bos.model.answers.changes import Group
from bos.model.diff import Change
from widgets.approvals.view import State, view

AT = datetime(2026, 3, 2, tzinfo=UTC)
LIVE = {
    "title": "Payments",
    "outcomes": [
        {"id": "sent", "title": "Sent", "target": {"value": 3}, "regulation": "Rule 1"},
        {"id": "back", "title": "Back", "target": {"value": 5}},
    ],
}


def group(kpi, name, new, *, state="unsigned", old=None):
    return Group(
        group=f"{kpi}.{name}", kind="template", id="payments", state=state, text=(), authors=("ana",), rationale="New.",
        base_version=1, waiting_for=(), signatures=(), at=AT,
        changes=(Change(op="set", path=f"outcomes[{kpi}].{name}", old=old, new=new),),
    )  # fmt: skip


def texts(element):
    if isinstance(element, dict):
        return [text for value in element.values() for text in texts(value)]
    if isinstance(element, list | tuple):
        return [text for value in element for text in texts(value)]
    return [element] if isinstance(element, str) else []


def test_what_is_proposed_stands_before_what_is_live_and_the_values_of_a_kpi_together():
    groups = (
        group("sent", "target", {"value": 3}), group("back", "target", {"value": 5}),
        group("sent", "regulation", "Rule 1"), group("sent", "thresholds", [], state="waiting", old=[1]),
    )  # fmt: skip
    said = texts(view(State(groups=groups, documents={("template", "payments"): LIVE}))["body"])
    order = [
        "1 proposed change: what is live now stays until the last signature is there.", "Sent · Thresholds",
        "3 values are live, and provisional until they are signed.", "Back · Target", "Sent · Regulation",
        "Sent · Target",
    ]  # fmt: skip
    assert [text for text in said if text in order] == order
    assert "Decide all 4 together" in said


def test_the_flow_that_a_link_names_stands_first():
    other = {**LIVE, "title": "Cards"}
    cards = group("sent", "target", {"value": 3}).model_copy(update={"id": "cards", "group": "cards"})
    groups = (group("sent", "target", {"value": 3}), cards)
    documents = {("template", "payments"): LIVE, ("template", "cards"): other}

    def order(flow):
        said = texts(view(State(flow=flow, groups=groups, documents=documents))["body"])
        return [text.split(" (")[0] for text in said if text.startswith(("Payments (", "Cards ("))]

    assert order("cards") == ["Cards", "Payments"]
    assert order("nowhere") == order("") == ["Payments", "Cards"]
