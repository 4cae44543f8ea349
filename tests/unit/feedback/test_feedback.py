"""Feedback through the whole stack: client, HTTP, actions, store."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from bos.actions import feedback as actions
from bos.actions.context import open_context
from bos.auth.actor import Actor
from bos.cli.main import app
from bos.errors import Conflict, Forbidden, Invalid, NotFound
from bos.store import receipts
from bos.store.engine import transaction
from widgets.feedback import Feedback
from widgets.wizard.views.feedback import row_of

FLOW = "loan-payment-processing"
VERA = Actor("vera", "Vera", roles=frozenset({"viewer"}))
HOSTILE = ("<script>alert(1)</script>", "'; DROP TABLE document; --", "{{7*7}}", "\u200fevil", "a" * 9000, "é\n\tok")


def test_feedback_is_listed_newest_first_with_who_when_and_what_it_is_about(wb):
    first = wb.flow(FLOW).give_feedback("Why did returns jump?\nOn Tuesday.", panel="overall_return_rate")
    second = wb.flow(FLOW).give_feedback("Well done.", type="praise")
    found = wb.flow(FLOW).feedback()
    assert [one.id for one in found[:2]] == [second.id, first.id]
    assert (first.title, first.status, first.type, first.template_version) == (
        "Why did returns jump?", "open", "question", 1,
    )  # fmt: skip
    assert first.author == wb.me().person
    assert first.panel == "overall_return_rate"


def test_an_answer_keeps_who_asked_and_says_who_answered(wb):
    asked = wb.flow(FLOW).give_feedback("Please show money.", type="idea")
    done = wb.resolve_feedback(asked.id, status="planned", answer="With cost rules.")
    assert (done.status, done.answer, done.version, done.at) == ("planned", "With cost rules.", 2, asked.at)
    assert [one.id for one in wb.flow(FLOW).feedback(status="planned")] == [asked.id]


def test_what_is_done_or_declined_needs_an_answer(wb):
    asked = wb.flow(FLOW).give_feedback("And this?")
    for status in ("done", "declined"):
        with pytest.raises(Invalid, match="has no answer"):
            wb.resolve_feedback(asked.id, status=status, answer="  ")
    assert wb.flow(FLOW).feedback()[0].status == "open"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_comes_back_as_it_was_given(wb, text):
    assert wb.flow(FLOW).give_feedback(text).text == text
    assert wb.flow(FLOW).feedback()[0].text == text


@pytest.mark.parametrize("text", ["", "  \n ", "a\x00b", "a\u202eb", "x" * 10_001])
def test_a_text_that_says_nothing_or_cannot_be_stored_is_refused(wb, text):
    with pytest.raises(Invalid):
        wb.flow(FLOW).give_feedback(text)


def test_the_same_key_keeps_feedback_once_and_another_text_is_refused(wb):
    first = wb.flow(FLOW).give_feedback("Once.", key="k1")
    assert wb.flow(FLOW).give_feedback("Once.", key="k1").id == first.id
    with pytest.raises(Conflict):
        wb.flow(FLOW).give_feedback("Twice.", key="k1")


def test_nobody_can_say_something_about_a_flow_that_is_not_there(wb):
    with pytest.raises(NotFound):
        wb.flow("nothing").give_feedback("Hello?")
    with pytest.raises(NotFound):
        wb.flow("nothing").feedback()
    with pytest.raises(NotFound):
        wb.resolve_feedback("f0", status="done", answer="Yes.")


def test_who_only_reads_may_give_feedback_and_not_answer_it(served):
    ctx = open_context(served[0])
    try:
        given_ = actions.give(ctx, VERA, FLOW, "May I?")
        assert given_.author == "vera"
        with pytest.raises(Forbidden):
            actions.resolve(ctx, VERA, given_.id, status="done", answer="No.")
        with pytest.raises(Invalid):
            actions.give(dataclasses.replace(ctx, idempotency_key="v"), VERA, FLOW, " ")
    finally:
        ctx.close()


@settings(max_examples=25)
@given(text=st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf")), min_size=1, max_size=300))
def test_any_text_with_a_visible_character_can_be_given(served, text):
    ctx = _context(served)
    if text.strip():
        assert actions.give(ctx, VERA, FLOW, text).text == text.strip()


_CONTEXTS = {}


def _context(served):
    return _CONTEXTS.setdefault("one", open_context(served[0]))


@pytest.fixture(scope="module", autouse=True)
def _closed():
    yield
    for ctx in _CONTEXTS.values():
        ctx.close()
    _CONTEXTS.clear()


def test_the_command_line_adds_lists_and_resolves(served, monkeypatch):
    settings_, url = served
    monkeypatch.setenv("BOS_URL", url)

    def run(*words, status=0):
        done = CliRunner().invoke(app, [*words, "--home", str(settings_.home)])
        assert done.exit_code == status, done.output
        return done.stdout

    name = run("feedback", "add", FLOW, "From the shell.", "--type", "problem").split()[-1].rstrip(".")
    assert "From the shell." in run("feedback", "list", FLOW)
    assert '"type": "problem"' in run("feedback", "list", FLOW, "--json")
    run("feedback", "resolve", name, "--status", "done", "--answer", "Mended.")
    assert "Mended." in run("feedback", "list", FLOW)
    run("feedback", "resolve", name, "--status", "done", "--answer", " ", status=1)


def test_where_feedback_is_in_other_systems_is_shown_by_library_command_and_page(served, wb, monkeypatch):
    settings_, url = served
    monkeypatch.setenv("BOS_URL", url)
    asked = wb.flow(FLOW).give_feedback("Is it known?")
    at = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    row = {
        "feedback": asked.id,
        "connection": "jira",
        "address": "https://jira.example",
        "reference": "PAY-17",
        "told_at": at,
    }
    ctx = open_context(settings_)
    try:
        with transaction(ctx.engine) as session:
            receipts.add(session, {**row, "link": "https://jira.example/browse/PAY-17"})
            (kept,) = receipts.held(session, "jira", row["address"], ["PAY-17"])
            receipts.write(session, kept, {"state": "In <b>Progress</b>", "asked_at": at})
    finally:
        ctx.close()
    (receipt,) = wb.show_feedback(asked.id).receipts
    assert (receipt.reference, receipt.state, receipt.done, receipt.asked_at) == (
        "PAY-17", "In <b>Progress</b>", False, at,
    )  # fmt: skip
    assert wb.flow(FLOW).feedback()[0] == wb.show_feedback(asked.id)
    shown = Feedback(wb, FLOW)
    shown.look_at(run="", version=None, panels=[])
    words = "PAY-17: In <b>Progress</b>"
    assert shown.state["rows"][0]["elsewhere"] == [[words, receipt.link, "as of 2026-03-02 09:30 UTC"]]
    assert row_of(wb.show_feedback(asked.id), {"outcomes": []})["words"].endswith(f" · {words}")
    for command in (("list", FLOW), ("show", asked.id)):
        done = CliRunner().invoke(app, ["feedback", *command, "--home", str(settings_.home)], terminal_width=400)
        assert (done.exit_code, words in done.stdout) == (0, True), done.output
    done = CliRunner().invoke(app, ["feedback", "show", "f0", "--home", str(settings_.home)])
    assert done.exit_code != 0


def test_a_person_asks_a_system_now_by_library_and_command(served, wb, monkeypatch):
    settings_, url = served
    monkeypatch.setenv("BOS_URL", url)
    content = {"id": "jira-now", "title": "J", "connector": "jira", "address": "https://localhost:1",
               "settings": {"project": "PAY", "email": "bos@bank.example"}}  # fmt: skip
    wb.connections.put("jira-now", content, rationale="Why.")
    done = wb.connections.ask("jira-now")
    assert (done.asked, done.done, done.gone) == (0, 0, 0)
    shell = CliRunner().invoke(app, ["connector", "states", "jira-now", "--home", str(settings_.home)])
    assert shell.stdout == "jira-now was asked for 0: 0 done there, 0 not there any more.\n", shell.output
    with pytest.raises(NotFound):
        wb.connections.ask("nothing")
