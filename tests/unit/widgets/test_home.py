"""The home page offers what the person may do."""

from __future__ import annotations

import pytest

from bos.model.answers.people import SamplePerson, SessionAnswer
from widgets.home.view import State, view


def texts(node):
    """Return every text in a view."""
    if isinstance(node, str):
        return [node]
    below = node.values() if isinstance(node, dict) else node if isinstance(node, list | tuple) else ()
    return [text for one in below for text in texts(one)]


@pytest.mark.parametrize(("rights", "may"), [(("template.read", "template.write"), True), (("template.read",), False)])
def test_who_only_reads_is_not_offered_to_begin_a_flow(wb, rights, may):
    session = SessionAnswer(person="p", display="P", may=rights, signed_in="p")
    state = State(blueprints=tuple(wb.blueprints()), session=session)
    shown = texts(view(state)["body"])
    assert ("Make this flow" in shown) is may
    assert ("Describe a new flow" in shown) is may
    assert any(text.startswith("There are no flows yet.") for text in shown)


def test_who_holds_no_role_is_told_whom_to_ask_and_by_which_name(wb):
    session = SessionAnswer(person="p", display="P", may=("self.read",), signed_in="p")
    shown = texts(view(State(blueprints=tuple(wb.blueprints()), session=session))["body"])
    assert any("no role yet" in text for text in shown)
    assert any("know you here as p." in text for text in shown)
    assert not any(text.startswith("There are no flows yet.") for text in shown)


def test_a_row_names_the_sample_person_and_not_their_id(wb):
    made = wb.templates.create("loan-payment-processing", id="named-people").template.id
    rows = tuple(row for row in wb.templates.list() if row.id == made)
    sample = SamplePerson(
        person=rows[0].author, display="Priya Natarajan", role="process_owner", role_title="Process owner"
    )
    own = {"person": "p", "display": "P", "signed_in": "p", "may": ("template.read",)}
    session = SessionAnswer(**own, sample_people=(sample,))
    shown = " ".join(texts(view(State(flows=rows, session=session))["body"]))
    assert "by Priya Natarajan" in shown
    orphan = rows[0].model_copy(update={"unowned": ("finance_control", "sre")})
    nobody = " ".join(texts(view(State(flows=(orphan,), session=session))["body"]))
    assert "Nobody holds Finance control, SRE / application owner" in nobody
    assert "Nobody holds" not in shown
    stranger = SessionAnswer(**own)
    assert f"by {rows[0].author}" in " ".join(texts(view(State(flows=rows, session=stranger))["body"]))
