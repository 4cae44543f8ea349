"""The Python half of feedback in a page, against a real server."""

from __future__ import annotations

import bos
from bos.settings import Settings
from widgets.feedback import Feedback

FLOW = "loan-payment-processing"


def said(text, key, panel="", kind="question"):
    return {"text": text, "type": kind, "panel": panel, "key": key}


def test_what_is_said_is_kept_once_with_what_is_looked_at_and_counted_while_it_is_open(wb):
    shown = []
    feedback = Feedback(wb, FLOW, shown.append)
    feedback.look_at(run="r1", version=1, panels=[("stp_rate", "Straight-through rate")])
    for _ in range(2):
        feedback.receive(said("Too low?", "w1", "stp_rate", "problem"))
    rows = [row for row in feedback.state["rows"] if row["text"] == "Too low?"]
    assert len(rows) == 1
    assert "about Straight-through rate · version 1 · run r1" in rows[0]["who"]
    assert (feedback.state["kept"], feedback.state["open"]["stp_rate"]) == ("w1", 1)
    assert shown[-1] == feedback.state
    assert wb.flow(FLOW).feedback()[0].dashboard_run == "r1"
    wb.resolve_feedback(rows[0]["id"], status="planned", answer="")
    feedback.look_at(run="r2", version=1, panels=[])
    assert "stp_rate" not in feedback.state["open"]


def test_a_text_that_is_refused_names_its_key_and_nothing_counts_as_kept(wb):
    feedback = Feedback(wb, FLOW)
    feedback.receive(said(" ", "w2"))
    assert feedback.state["error"] == "The feedback says nothing. Write a sentence."
    assert (feedback.state["failed"], feedback.state["kept"]) == ("w2", "")


def test_a_server_that_is_gone_is_told_in_a_sentence(serving, module_store_url, tmp_path):
    settings = Settings.load(home=tmp_path / "home", env={}, database_url=module_store_url)
    with serving(settings) as url:
        wb = bos.connect(settings.home, url=url)
        feedback = Feedback(wb, FLOW)
        feedback.look_at(run="r1", version=1, panels=[])
        assert feedback.state["listed"]
    feedback.receive(said("Is somebody there?", "w3"))
    assert feedback.state["error"].startswith("The server does not answer.")
    assert (feedback.state["failed"], feedback.state["kept"]) == ("w3", "")
    wb.close()


def test_a_fault_of_ours_shows_no_code_but_an_incident(wb, monkeypatch):
    feedback = Feedback(wb, FLOW)
    monkeypatch.setattr(feedback, "_wb", None)
    feedback.receive(said("Hello.", "w4"))
    assert "NoneType" not in feedback.state["error"]
    assert "incident" in feedback.state["error"].lower()


def test_only_the_newest_are_listed_and_all_are_counted(wb):
    before = len(wb.flow(FLOW).feedback())
    for number in range(51):
        wb.flow(FLOW).give_feedback(f"Number {number}.", panel="funnel")
    feedback = Feedback(wb, FLOW)
    feedback.look_at(run="", version=None, panels=[])
    assert (len(feedback.state["rows"]), feedback.state["all"]) == (50, before + 51)
    assert feedback.state["open"]["funnel"] == 51
