"""The feedback widget: its Python against a real server, its script in a real browser."""

from __future__ import annotations

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

import bos
from widgets.feedback import Feedback

FLOW = "loan-payment-processing"
PAGE = """<!doctype html><html lang="en"><head><title>Feedback</title><style>%s</style></head>
<body class="bos"><main><h1>Flow</h1><div id="el"></div></main></body></html>"""
MODEL = """async ([source, state]) => {
  const module = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  const heard = [];
  window.sent = [];
  window.state = state;
  window.change = (more) => { window.state = { ...window.state, ...more }; heard.forEach((one) => one()); };
  const model = { get: () => window.state, on: (_, one) => heard.push(one), send: (one) => window.sent.push(one) };
  window.draw = () => module.default.render({ model, el: document.getElementById("el") });
  window.draw();
}"""


def test_what_is_said_is_kept_once_with_what_is_looked_at_and_listed(wb):
    widget = Feedback(wb, FLOW, panels=[("stp_rate", "Straight-through rate")], run="r1", version=1)
    message = {"give": {"text": "Too low?", "type": "problem", "panel": "stp_rate", "key": "w1"}}
    widget._on_message(None, message, None)
    widget._on_message(None, message, None)
    rows = [row for row in widget.state["rows"] if row["text"] == "Too low?"]
    assert len(rows) == 1
    assert widget.state["kept"] == "w1"
    assert wb.flow(FLOW).feedback()[0].dashboard_run == "r1"


def test_a_failure_is_a_sentence_and_nothing_counts_as_kept(served):
    with bos.connect(served[0].home, url=served[1]) as wb:
        widget = Feedback(wb, FLOW)
        widget._on_message(None, {"give": {"text": " ", "key": "w2"}}, None)
        assert "says nothing" in widget.state["error"] or "text" in widget.state["error"]
    widget._on_message(None, {"give": {"text": "Closed.", "key": "w3"}}, None)
    assert widget.state["error"]
    assert widget.state["kept"] == ""


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as p:
        found = p.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-sync"])
        yield found
        found.close()


@pytest.fixture
def page(browser, wb):
    widget = Feedback(wb, FLOW, panels=[("stp_rate", "Straight-through rate")])
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.route("http://bos.test/", lambda route: route.fulfill(body=PAGE % widget._css, content_type="text/html"))
    page.goto("http://bos.test/")
    page.evaluate(MODEL, [widget._esm, json.loads(json.dumps(widget.state))])
    yield page
    context.close()


def test_feedback_is_given_by_keyboard_alone_and_the_text_survives_failure_and_reload(page):
    page.get_by_label("What do you want to say?").focus()
    page.keyboard.type("<b>Why?</b>")
    page.keyboard.press("Control+Enter")
    (sent,) = page.evaluate("window.sent")
    assert (sent["give"]["text"], sent["give"]["type"], sent["give"]["panel"]) == ("<b>Why?</b>", "question", "")
    page.evaluate("window.change({ error: 'The server does not answer.' })")
    assert page.get_by_label("What do you want to say?").input_value() == "<b>Why?</b>"
    assert page.get_by_role("status").inner_text() == "It was not kept. Your text is still here."
    page.evaluate("window.draw()")
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Send feedback").click()
    assert page.evaluate("window.sent.at(-1).give.key") == sent["give"]["key"]
    row = {"id": "f", "text": "<b>Why?</b>", "who": "Ana", "status": "Open", "mark": "none", "answer": ""}
    page.evaluate("([key, row]) => window.change({ kept: key, error: '', rows: [row] })", [sent["give"]["key"], row])
    assert page.get_by_label("What do you want to say?").input_value() == ""
    assert page.locator(".bos-list b").count() == 0
    assert "<b>Why?</b>" in page.locator(".bos-list").inner_text()


@pytest.mark.parametrize("error", ["", "The server does not answer."])
def test_the_form_has_no_violation_of_accessibility(page, error):
    page.evaluate("(error) => window.change({ error })", error)
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_an_empty_text_is_told_before_anything_is_sent(page):
    page.get_by_role("button", name="Send feedback").click()
    assert page.evaluate("window.sent") == []
    assert page.locator(".bos-error").inner_text().endswith("Write a sentence first.")
