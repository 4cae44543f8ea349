"""The pulse: every page has it, and a kernel that is at work answers while it is."""

from __future__ import annotations

import importlib
import pkgutil
from threading import Event
from types import SimpleNamespace

import anywidget

import widgets
from widgets.dashboard.app import Dashboard
from widgets.surface import Surface, pulse


def every_widget():
    for one in pkgutil.walk_packages(widgets.__path__, "widgets."):
        module = importlib.import_module(one.name)
        for name, found in vars(module).items():
            own = (
                isinstance(found, type) and issubclass(found, anywidget.AnyWidget) and found is not anywidget.AnyWidget
            )
            if own and found.__module__ == one.name:
                yield name, module


def test_every_page_asks_whether_its_kernel_is_there_and_says_where_it_is_not():
    found = dict(every_widget())
    assert set(found) == {"Surface", "Dashboard"}
    for module in found.values():
        script = module.script()
        assert script.count("function pulse(") == script.count("function lostBanner(") == 1
        assert script.count("pulse(") > 1
        assert script.count("lostBanner(") > 1


def test_a_ping_is_answered_and_told_to_nobody():
    sent, told = [], []
    pulse.answer({"type": "ping"}, sent.append, told.append, told.append)
    pulse.answer("no message", sent.append, told.append, told.append)
    assert (sent, told) == ([{"type": "pong"}], [])


def test_signs_of_life_are_sent_while_something_takes_long_and_end_with_it(monkeypatch):
    monkeypatch.setattr(pulse, "EVERY", 0.01)
    sent, three = [], Event()

    def send(message):
        sent.append(message)
        if len(sent) == 3:
            three.set()

    failed = []
    pulse.answer({"build": {}}, send, lambda _: three.wait(10), failed.append)
    assert failed == []
    assert three.is_set()
    count = len(sent)
    assert not Event().wait(0.05)
    assert len(sent) == count
    assert sent == [{"type": "pong"}] * count


def test_a_failure_is_not_swallowed_and_ends_the_signs_of_life(monkeypatch, caplog):
    monkeypatch.setattr(pulse, "EVERY", 0.01)
    sent, told = [], []

    def fail(_):
        raise LookupError

    pulse.answer({}, sent.append, fail, told.append)
    assert [words.startswith("That did not work. Quote incident ") for words in told] == [True]
    assert caplog.records[-1].exc_info[0] is LookupError
    count = len(sent)
    assert not Event().wait(0.05)
    assert len(sent) == count


def test_a_fault_of_a_page_is_a_sentence_with_a_number_and_its_cause_stands_in_the_log(caplog):
    def receive(message):
        raise KeyError(message["value"])

    surface = Surface({"body": [], "banners": []}, receive)
    surface._heard(None, {"type": "action", "action": "choose", "value": "no such word"}, None)
    (banner,) = surface.view["banners"]
    text = str(banner)
    number = caplog.records[-1].getMessage().removeprefix("incident ")
    assert f"Quote incident {number} to whoever runs BOS" in text
    assert "no such word" not in text
    assert "no such word" in caplog.text


class Broken(Dashboard):
    """A dashboard with a fault."""

    def visit(self, query):
        raise KeyError(query)


def test_a_fault_of_a_dashboard_is_told_as_that_of_any_page(caplog):
    nobody = SimpleNamespace(may=(), acting_as=None, display="Ana")
    page = Broken(SimpleNamespace(session=lambda: nobody), "loans")
    page._on_message(None, {"open": "by=no such word"}, None)
    number = caplog.records[-1].getMessage().removeprefix("incident ")
    assert page.state["error"].startswith(f"That did not work. Quote incident {number} ")
    assert "no such word" not in page.state["error"]
