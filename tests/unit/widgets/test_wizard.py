"""The wizard without a browser: what it makes of messages that a page would never send, and of faults of BOS."""

from __future__ import annotations

import json
import logging
import re

import pytest

from bos.errors import Unavailable
from widgets.surface.surface import script
from widgets.wizard import Wizard
from widgets.wizard import state as drafts

FLOW = "loan-payment-processing"
HOSTILE = ["<img src=x onerror=alert(1)>", "'; DROP TABLE document; --", "\u200fabc", "{{7*7}}", "a" * 5000, "🏦" * 50]


def say(wizard, **message):
    """Send what a browser sends."""
    wizard._receive(message)
    return wizard.surface.view


def field(wizard, name, value, rev=1):
    return say(wizard, type="field", field=name, value=value, rev=rev)


def act(wizard, action, value=None):
    return say(wizard, type="action", action=action, value=value)


def text(view):
    """Return everything a page says."""
    return json.dumps(view, ensure_ascii=False, default=str)


@pytest.fixture
def wizard(wb):
    """Return a wizard on the pilot flow; the draft is thrown away afterwards."""
    wizard = Wizard(wb, query=f"flow={FLOW}")
    yield wizard
    draft = wb.templates.draft(FLOW)
    if draft.revision:
        wb.templates.discard_draft(FLOW, revision=draft.revision)


@pytest.mark.parametrize("value", HOSTILE)
def test_a_text_of_any_kind_is_kept_as_it_is_and_stays_text(wizard, wb, value):
    view = field(wizard, "description", value)
    assert wb.templates.draft(FLOW).document["description"] == value
    assert view["ack"] == 1


def test_a_text_that_is_too_long_is_told_at_its_field_until_it_is_shorter(wizard, wb):
    view = field(wizard, "description", "a" * 10_001)
    (told,) = view["summary"]
    assert told["field"] == "description"
    assert re.fullmatch(
        r"\w[\w ]* is too long\. Use at most 10000 characters\.|\w[\w ]* must have 10,000 .*", told["text"]
    )
    assert "not saved" in view["status"].lower()
    assert (view["ack"], view["banners"], wb.templates.draft(FLOW).revision) == (0, [], 0)
    view = field(wizard, "description", "Short.", rev=2)
    assert (view["ack"], view["summary"], view["banners"]) == (2, [], [])
    assert wb.templates.draft(FLOW).document["description"] == "Short."


@pytest.mark.parametrize("value", ["\u202eabc", "a\u2066b", "a\x07b"])
def test_a_character_that_no_text_may_have_is_told_at_its_field(wizard, wb, value):
    view = field(wizard, "description", value)
    (told,) = view["summary"]
    assert told["field"] == "description"
    assert "U+" in told["text"]
    assert (view["ack"], wb.templates.draft(FLOW).revision) == (0, 0)


def test_a_refusal_is_gone_once_the_draft_is_kept(wizard, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(wizard._desk.draft, "save", failing)
        assert field(wizard, "title", "One")["banners"]
    assert field(wizard, "title", "Two", rev=2)["banners"] == []


def test_what_is_saved_is_acknowledged_ahead_of_the_page_and_only_then(wizard, wb, monkeypatch):
    told = []

    def said(ack):
        told.append((ack, wb.templates.draft(FLOW).document["description"], wizard.surface.view["ack"]))

    monkeypatch.setattr(wizard.surface, "kept", said)
    with monkeypatch.context() as patch:
        patch.setattr(wizard._desk.draft, "save", failing)
        field(wizard, "description", "Typed while away.")
    assert told == []
    field(wizard, "description", "Kept.", rev=2)
    assert told == [(2, "Kept.", 0)]
    assert wizard.surface.view["ack"] == 2


def failing():
    """Stand for a home that cannot be reached."""
    raise Unavailable("The database is away.")


@pytest.mark.parametrize(
    ("name", "action"),
    [("new.step", "add_step"), ("submit.rationale", "submit"), ("feedback.text", "give")],
)
def test_what_a_form_takes_has_a_length(wizard, name, action):
    wizard._journey.enter("check" if action == "submit" else "define")
    field(wizard, name, "a" * 10_001)
    (told,) = act(wizard, action)["summary"]
    assert told["field"] == name
    assert "characters or fewer" in told["text"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", "another"),
        ("outcomes", []),
        ("outcomes[overall_return_rate]", None),
        ("outcomes[gone].title", "x"),
        ("outcomes[overall_return_rate].measure", {}),
        ("outcomes[overall_return_rate].measure.__class__", "x"),
        ("process_signals[due].affects", "text"),
        ("process_signals[due].affects", [1]),
        ("title", {"a": 1}),
        ("title", ["a"]),
        ("role.everything", "coe"),
        ("outcomes[overall_return_rate].target.direction", "sideways"),
        ("outcomes[gone].warning", "3"),
        ("outcomes[gone].form.kind", "count"),
        ("flow.steps[].title", "x"),
        ("..", "x"),
        ("", "x"),
        (None, None),
    ],
)
def test_a_field_no_page_has_is_refused_and_nothing_is_changed(wizard, wb, name, value):
    before = wb.templates.draft(FLOW)
    view = field(wizard, name, value)
    assert "BOS did not do that" in text(view["banners"])
    after = wb.templates.draft(FLOW)
    assert (after.revision, after.document) == (before.revision, before.document)


@pytest.mark.parametrize(
    "message",
    [
        {"type": "action", "action": "__init__"},
        {"type": "action", "action": "settle; import os"},
        {"type": "action", "action": None},
        {"type": "action", "action": "move", "value": None},
        {"type": "action", "action": "move", "value": ["flow.steps[gone]", 1]},
        {"type": "action", "action": "change", "value": "x"},
        {"type": "action", "action": "remove", "value": {"a": 1}},
        {"type": "action", "action": "submit"},
        {"type": "action", "action": "open", "value": "ownership[identity]"},
        {"type": "replay", "entries": "x"},
        {"type": "replay", "entries": [None, {"field": 3}]},
        {"type": "location", "query": "?flow=%00&stage=../../etc"},
        {"type": "location", "query": None},
        {"type": "nonsense"},
        {},
    ],
)
def test_a_message_no_page_sends_does_no_harm(wizard, wb, message):
    before = wb.templates.get(FLOW)
    view = say(wizard, **message)
    assert wb.templates.get(FLOW).version == before.version
    assert "Traceback" not in text(view)
    assert view["heading"]


def test_a_submit_needs_a_rationale_of_its_own_and_is_done_once(wizard, wb):
    field(wizard, "description", "Said once.")
    act(wizard, "stage", "check")
    view = act(wizard, "submit")
    assert [one["text"] for one in view["summary"]] == ["Enter why you make these changes"]
    field(wizard, "submit.rationale", " \n ")
    assert act(wizard, "submit")["summary"]
    field(wizard, "submit.rationale", "To say it once.")
    before = wb.templates.get(FLOW).version
    view = act(wizard, "submit")
    act(wizard, "submit")
    assert view["heading"] == "Build the dashboard"
    assert wb.templates.get(FLOW).version == before + 1
    assert wb.templates.history(FLOW)[0].rationale == "To say it once."


def test_a_change_of_an_approved_value_by_another_person_meanwhile_is_taken_in_before_submitting(wizard, wb):
    field(wizard, "description", "Mine.")
    live = wb.templates.get(FLOW)
    wb.templates.put(FLOW, {**live.document, "tags": ["theirs"]}, rationale="Theirs.", base_version=live.version)
    again = Wizard(wb, query=f"flow={FLOW}&stage=check")
    assert "Changes made elsewhere were taken in" in text(again.surface.view["banners"])
    field(again, "submit.rationale", "Mine now.")
    act(again, "submit")
    document = wb.templates.get(FLOW).document
    assert (document["description"], list(document["tags"])) == ("Mine.", ["theirs"])


def test_while_bos_cannot_be_reached_nothing_is_acknowledged_and_later_it_is_saved(wizard, wb, monkeypatch):
    def away(*_, **__):
        raise Unavailable("The server does not answer.", where="http://127.0.0.1:1")

    with monkeypatch.context() as patch:
        patch.setattr(wizard._desk.wb.templates, "save_draft", away)
        view = field(wizard, "description", "typed while away", rev=5)
    assert view["ack"] < 5
    assert view["status"] == "Not saved yet. BOS tries again with your next change."
    assert "127.0.0.1" not in text(view["banners"])
    view = field(wizard, "title", "Loan Payments", rev=6)
    assert view["ack"] == 6
    document = wb.templates.draft(FLOW).document
    assert (document["description"], document["title"]) == ("typed while away", "Loan Payments")


@pytest.mark.parametrize("point", ["save_draft", "draft", "validate", "get", "put"])
def test_a_fault_anywhere_is_a_sentence_with_an_incident_number_that_the_log_has(wizard, monkeypatch, caplog, point):
    def broken(*_, **__):
        raise RuntimeError("secret reason /etc/passwd SELECT")

    monkeypatch.setattr(wizard._desk.wb.templates, point, broken)
    with caplog.at_level(logging.ERROR):
        field(wizard, "description", f"typed before the fault of {point}")
        act(wizard, "stage", "check")
        field(wizard, "submit.rationale", "Because.")
        act(wizard, "submit")
        view = say(wizard, type="location", query="?flow=other")
    said = text(wizard.surface.view) + text(view)
    assert "secret reason" not in said
    assert "RuntimeError" not in said
    numbers = [record.args[0] for record in caplog.records if "incident" in record.msg]
    assert numbers


def test_what_an_earlier_page_left_is_taken_over_unless_somebody_else_was_there(wizard, wb):
    live = wb.templates.draft(FLOW).document
    left = [
        {"field": "title", "value": "Left behind", "base": live["title"], "rev": 1},
        {"field": "description", "value": "Mine", "base": "what it was long ago", "rev": 2},
        {"field": "new.step", "value": "half", "base": "", "rev": 3},
    ]
    view = say(wizard, type="replay", entries=left)
    assert view["ack"] == 0
    assert view["heading"] == "Two values for one field"
    field(wizard, "choice.description", "mine", rev=4)
    assert act(wizard, "settle")["ack"] == 4
    assert wb.templates.draft(FLOW).document["title"] == "Left behind"
    assert wb.templates.draft(FLOW).document["description"] == "Mine"
    assert wizard.state.new["new.step"] == "half"


def test_the_script_of_the_surface_is_small_and_asks_for_nothing_from_elsewhere():
    assert len(script().encode()) < 60_000
    assert "import " not in script().replace("important", "")
    assert "http" not in script().replace("http://www.w3.org/2000/svg", "")


def test_a_workbench_lists_the_drafts_of_its_person(wizard, wb):
    field(wizard, "description", "A draft.")
    assert [draft.id for draft in wb.drafts() if draft.kind == "template"] == [FLOW]


def test_two_signals_of_a_flow_with_a_long_name_are_two_documents(wb):
    wizard = Wizard(wb, query="")
    field(wizard, "new.flow", "Consumer mortgage application handling for the whole retail bank")
    act(wizard, "create")
    field(wizard, "new.step", "Decided")
    act(wizard, "add_step")
    added = []
    for name, event in (("application_approved", "APPROVED"), ("application_rejected", "REJECTED"), ("again", "X")):
        act(wizard, "open", "process_signals[+]")
        for key, value in (
            ("name", name),
            ("title", name),
            ("event", event),
            ("step_of", "decided"),
            ("days", "2,555.0"),
        ):
            field(wizard, f"new.{key}", value)
        assert act(wizard, "add")["heading"] == "Populate the flow"
        added.append(wizard.state.document["process_signals"][-1]["signal"])
    assert len(set(added)) == 3
    assert [wb.signals.get(name).document["binding"]["event"] for name in added] == ["APPROVED", "REJECTED", "X"]
    act(wizard, "remove", "process_signals[again]")
    act(wizard, "open", "process_signals[+]")
    for key, value in (("name", "again"), ("title", "again"), ("event", "Y"), ("step_of", "decided")):
        field(wizard, f"new.{key}", value)
    act(wizard, "add")
    again = wizard.state.document["process_signals"][-1]["signal"]
    assert wb.signals.get(again).document["binding"]["event"] == "Y"


def test_what_clashes_is_not_acknowledged_before_the_person_has_chosen(wizard, wb):
    other = Wizard(wb, query=f"flow={FLOW}")
    field(other, "description", "theirs", rev=1)
    view = field(wizard, "description", "mine", rev=7)
    assert view["heading"] == "Two values for one field"
    assert (view["ack"], view["status"]) == (0, "Your values are saved once you choose.")
    field(wizard, "choice.description", "mine", rev=8)
    assert act(wizard, "settle")["ack"] == 8
    assert wb.templates.draft(FLOW).document["description"] == "mine"


def test_what_is_typed_belongs_to_the_person_who_types(wizard, wb):
    assert wb.session().person in wizard.surface.view["buffer"]


def test_going_back_to_a_kind_of_number_brings_its_formula_back(wizard):
    name = "outcomes[overall_return_rate]"
    before = wizard.state.document["outcomes"][0]["measure"]["formula"]
    field(wizard, f"{name}.form.kind", "time")
    assert wizard.state.document["outcomes"][0]["measure"]["formula"].startswith("p50(duration(")
    field(wizard, f"{name}.form.kind", "ratio")
    assert wizard.state.document["outcomes"][0]["measure"]["formula"] == before


def test_the_ways_of_the_flow_are_chosen_as_a_number_and_a_signal_it_has_not_is_told(wizard):
    name = "outcomes[overall_return_rate]"
    act(wizard, "open", name)
    field(wizard, f"{name}.form.kind", "along")
    signals = ", ".join(use["id"] for use in wizard.state.document["process_signals"])
    assert wizard.state.document["outcomes"][0]["measure"]["formula"] == f"conformance(along_flow({signals}))"
    field(wizard, f"{name}.form.signals", "received, nowhere")
    assert "it has none called nowhere" in text(act(wizard, "continue")["summary"])


@pytest.mark.parametrize(("unit", "wrong"), [("count", True), ("seconds", True), ("ratio", False)])
def test_a_unit_that_contradicts_the_formula_is_told(wizard, unit, wrong):
    act(wizard, "open", "outcomes[overall_return_rate]")
    field(wizard, "outcomes[overall_return_rate].measure.unit", unit)
    assert bool(act(wizard, "continue")["summary"]) is wrong


def test_a_signal_that_kpis_read_is_not_taken_out_without_a_word(wizard):
    view = act(wizard, "remove", "process_signals[returned]")
    assert "Still read by: Overall return rate" in text(view["banners"])
    assert view["steps"][1]["words"] != "Completed"


def test_a_draft_is_discarded_once_the_person_is_sure(wizard, wb):
    field(wizard, "description", "to be discarded")
    act(wizard, "stage", "check")
    assert "cannot be undone" in text(act(wizard, "discard")["banners"])
    assert wb.templates.draft(FLOW).revision > 0
    act(wizard, "discard", "yes")
    assert wb.templates.draft(FLOW).revision == 0


def test_a_step_between_two_others_leaves_a_way_behind():
    document = drafts.fresh("x", "X")
    for title in ("One", "Two", "Three"):
        drafts.add_step(document, title)
    drafts.remove_step(document, "two")
    assert [(edge["source"], edge["target"]) for edge in document["flow"]["edges"]] == [("one", "three")]


def test_a_new_flow_begins_without_the_steps_of_the_one_before():
    first = drafts.fresh("x", "X")
    drafts.add_step(first, "One")
    first["flow"]["correlation_key"].append("case_id")
    second = drafts.fresh("y", "Y")["flow"]
    assert (second["steps"], second["edges"], second["correlation_key"]) == ([], [], [])


def test_what_was_left_in_a_field_of_two_parts_is_taken_over_as_it_would_have_been_typed(wizard, wb):
    name = "outcomes[overall_return_rate]"
    left = [
        {"field": f"{name}.warning", "value": "11 %", "base": "0.12", "rev": 1},
        {"field": f"{name}.target.value", "value": "14 %", "base": "0.15", "rev": 2},
        {"field": "outcomes[exception_rate].target.value", "value": "5 %", "base": "", "rev": 2},
        {"field": "outcomes", "value": [], "base": None, "rev": 3},
    ]
    view = say(wizard, type="replay", entries=left)
    assert view["ack"] == 3
    assert "that entry is no longer there" in text(view["banners"])
    outcome = wb.templates.draft(FLOW).document["outcomes"][0]
    assert (outcome["thresholds"][0]["value"], outcome["target"]["value"]) == (0.11, 0.14)
    assert "warning" not in outcome
    first = next(one for one in wb.templates.draft(FLOW).document["outcomes"] if one["id"] == "exception_rate")
    assert first["target"] == {"value": 0.05, "direction": "at_most", "source": ""}
    assert len(wb.templates.draft(FLOW).document["outcomes"]) == 17


@pytest.mark.full
def test_nothing_computed_for_one_flow_is_shown_for_another(wizard, wb):
    wizard.state.run = wb.flow(FLOW).dashboard()
    assert "The dashboard is built" in text(act(wizard, "stage", "dashboard"))
    steps = Wizard(wb, query=f"flow={FLOW}").surface.view["steps"]
    assert next(step["words"] for step in steps if step["stage"] == "dashboard") == "Completed"
    wb.templates.create(FLOW, id="another", title="Another")
    view = say(wizard, type="location", query="?flow=another&stage=dashboard")
    assert view["heading"] == "Build the dashboard"
    assert "The dashboard is built" not in text(view)
