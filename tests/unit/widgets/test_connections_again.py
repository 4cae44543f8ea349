"""Rows of a pull read again from the page of connections: asked for, followed, and what came of it is told."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from bos.errors import InputError
from tests.unit.widgets.test_connections import AT, health, lists, session
from widgets.connections import ConnectionsPage

KEY = "splunk/loans//booked"
RIGHTS = ("connection.read", "telemetry.import")
ROWS = {"flow": "loans", "signal": "booked", "rows": 8, "at": AT, "since": AT, "reasons": {"it is no time": 8}}
PULLED = {"signal": "booked", "connection": "splunk", "start": AT, "end": AT, "read": 8, "added": 8, "rejected": 0}


class Workbench:
    """What the page asks: a pull is kept, and ends as it is told to."""

    def __init__(self, end, rights=RIGHTS):
        self.end, self.pulled, self.rights = end, [], rights
        self.rows = health("splunk", rejected=[ROWS])
        self.connections = SimpleNamespace(connectors=list, health=lambda: [self.rows])

    def session(self):
        return session(*self.rights)

    def flow(self, flow):
        return SimpleNamespace(start_pull=lambda signal, since: self.pulled.append((flow, signal, since)) or "job")

    def wait(self, job, progress):
        assert job == "job"
        progress(None)
        return self.end()


def read_again(wb):
    page = ConnectionsPage(wb)
    for action in ("reread", "read-again"):
        page._receive({"type": "action", "action": action, "value": KEY})
    deadline = time.monotonic() + 20
    while not all(one.over for one in page.state.rereads.values()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return page


def test_the_rows_are_pulled_from_where_they_began_and_what_came_of_it_is_told():
    def end():
        wb.rows = health("splunk")
        return SimpleNamespace(result={"flow": "loans", "signals": [PULLED]})

    wb = Workbench(end)
    page = read_again(wb)
    assert wb.pulled == [("loans", "booked", AT)]
    told = page.state.rereads[KEY]
    assert (told.words, told.failed) == ("booked of loans was read again: 8 rows read, 8 added.", False)
    assert "Rows that pulls could not take" not in lists(page.surface.view)


def test_where_they_still_cannot_be_taken_it_says_why_and_they_can_be_read_again():
    def end():
        raise InputError("No row that was read can be taken: it is no time (8).", where="binding", hint="Mend it.")

    page = read_again(Workbench(end))
    told = page.state.rereads[KEY]
    assert told.failed
    assert "No row that was read can be taken: it is no time (8)." in told.words
    (row,) = lists(page.surface.view)["Rows that pulls could not take"]
    assert row["ends"][0]["value"] == KEY


def test_those_of_a_pull_that_took_some_are_read_again_from_where_it_began():
    wb = Workbench(lambda: SimpleNamespace(result={"flow": "loans", "signals": [PULLED]}))
    wb.rows = health("splunk", rejected=[ROWS | {"since": None, "start": AT}])
    assert not read_again(wb).state.rereads[KEY].failed
    assert wb.pulled == [("loans", "booked", AT)]


@pytest.mark.parametrize("change", [{"since": None}, {"signal": "other"}])
def test_what_is_not_to_be_read_again_is_not_pulled(change):
    wb = Workbench(None)
    wb.rows = health("splunk", rejected=[ROWS | change])
    assert read_again(wb).state.rereads == {}
    assert wb.pulled == []
