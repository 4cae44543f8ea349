"""The page of connections, as data."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from bos.model.answers.connections import (
    ConnectionHealth,
    ConnectorAnswer,
    Diagnosis,
    FindingRow,
    IncomingRow,
    SecretRow,
    Want,
)
from bos.model.answers.deliveries import Delivery
from bos.model.answers.people import SessionAnswer
from bos.model.answers.pulls import Pulled
from bos.model.standing import repulled
from widgets.connections.arrivals import keyed
from widgets.connections.state import Reread, State
from widgets.connections.view import view
from widgets.surface import parts

AT = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
EVERYTHING = ("connection.read", "connection.test", "connection.secret", "delivery.decide")
HUSH = "hush-hush"
HOSTILE = "<script>alert(1)</script>"


def session(*may):
    return SessionAnswer(
        person="sam", display="Sam", roles=(), may=may, signed_in="sam", acting_as=None, demo=False, sample_people=(),
        expires_at=AT,
    )  # fmt: skip


def health(name="slack", **over):
    known = {
        "connection": name, "title": name.title(), "connector": "slack", "system": "Slack", "unproven": "", "tells": {},
        "state": "well", "pull_every": None, "breaker": "closed", "open_until": None, "failures": 0, "tried_at": AT,
        "worked_at": AT, "failed_at": None, "reason": "", "hint": "", "waiting": 0, "waiting_since": None, "dead": 0,
        "sent": 0, "upto": None, "lag_seconds": None, "rows": 0,
    }  # fmt: skip
    return ConnectionHealth.model_validate(known | over)


CONNECTOR = ConnectorAnswer(
    name="slack", title="Slack", schemes=("https",), settings=(), unproven="", reads=False, tells=True, ways=("tell",),
    secrets=(Want(name="token", help="A token.", needed=True), Want(name="signing", help="A key.", needed=False)),
)  # fmt: skip
LETTER = Delivery(
    delivery=7, connection="slack", flow="loans", kind="kpi.state", title=HOSTILE, state="dead", attempts=12,
    created_at=AT, reason="Slack is busy.", hint="Later.",
)  # fmt: skip


def shown(*rows, may=EVERYTHING, **more):
    given = {"connectors": {"slack": CONNECTOR}, "session": session(*may), **more}
    return view(State(health=rows, **given))


def lists(page):
    found = {}
    for box in page["body"]:
        for one in box.get("children", ()):
            if one.get("t") == "list":
                found[one["label"]] = one["rows"]
    return found


def actions(page):
    said = json.dumps(page)
    return {
        name for name in ("test", "message", "secrets", "give", "retry", "give-up") if f'"action": "{name}"' in said
    }


def test_what_is_worst_stands_first_and_says_why_and_until_when():
    until = datetime(2026, 3, 2, 14, 45, tzinfo=UTC)
    paused = {"state": "paused", "breaker": "open", "open_until": until, "failures": 5, "waiting": 3, "dead": 1}
    bad = health("slack", **paused, reason="Slack is busy (HTTP 429).", hint="Try again later.", worked_at=None)
    good = health("jira", upto=AT, rows=43200, pull_every="15 minutes", sent=4)
    first, second = lists(shown(good, bad))["Connections"]
    assert first["title"] == "Slack"
    assert first["words"] == (
        "Slack · no success yet · left alone until 2 Mar 2026 14:45 · "
        "5 failures in a row: Slack is busy (HTTP 429). Try again later · 3 waiting to be told · 1 dead letter"
    )
    assert first["marks"][0] == {"t": "status", "text": "Left alone", "status": "breach"}
    assert second["words"] == (
        "Slack · last success 2 Mar 2026 14:30 · 4 told · pulled every 15 minutes · "
        "read up to 2 Mar 2026 14:30, 43,200 rows"
    )


def test_a_dead_letter_stands_before_what_has_none_and_one_attempt_is_one():
    once = LETTER.model_copy(update={"attempts": 1})
    page = lists(shown(health("a"), health("b", dead=1), letters=(once,)))
    assert [row["title"] for row in page["Connections"]] == ["B", "A"]
    assert ", 1 attempt, since" in page["Dead letters"][0]["words"]


def test_files_that_are_not_taken_and_those_that_changed_are_named_with_the_reason():
    broken = {"flow": "loans", "name": HOSTILE, "problem": "The file has no column 'case'.", "at": AT}
    changed = {"flow": "loans", "name": "b.csv", "problem": "", "at": AT, "changed_at": AT}
    changed |= {"read": 120, "added": 118, "duplicates": 2, "unread_columns": ["branch", "teller"]}
    told = {"upto": AT, "rows": 7, "untaken": 1, "earlier": 2, "files": [broken, changed], "pull_every": "5 minutes"}
    row = health("drop", state="failing", **told)
    (told,) = lists(shown(row))["Connections"]
    assert told["words"].endswith(
        "pulled every 5 minutes · read up to 2 Mar 2026 14:30, 7 rows · 1 file is not taken · "
        "2 files were taken with an earlier mapping"
    )
    (files,) = told["inside"]
    assert files["items"] == [
        f"{HOSTILE} is not taken: The file has no column 'case'.",
        (
            "b.csv changed after it was taken; it was taken again, 2 Mar 2026 14:30 UTC: "
            "120 rows read, 118 new, 2 already there; columns not read: branch, teller."
        ),
    ]
    assert told["marks"][0]["text"] == "Failing"


def test_files_taken_with_an_earlier_mapping_are_read_again_by_whoever_may():
    file = {"flow": "loans", "connection": "drop", "name": HOSTILE, "problem": "", "at": AT, "earlier": True}
    row = health("drop", earlier=2, files=[file])
    head, key = "Files to read again (2)", f"drop/loans/{HOSTILE}"
    rights = ("connection.read", "telemetry.import", "telemetry.upkeep")
    (told,) = lists(shown(row, may=rights))[head]
    assert (told["title"], told["ends"][0]["action"], told["ends"][0]["value"]) == (HOSTILE, "reread", key)
    assert "Of Drop, into loans, taken 2 Mar 2026 14:30 with an earlier mapping." in told["words"]
    assert '"action": "read-again"' in json.dumps(shown(row, may=rights, rereading=key))
    assert head not in lists(shown(row, may=rights[:2], rereading=key))
    row = health("drop", files=[file | {"earlier": False, "short": "a-1.csv"}])
    (told,) = lists(shown(row, may=rights))["Files to read again (1)"]
    assert "withdrawn with a-1.csv, which had them first" in told["words"]
    assert told["ends"][0]["value"] == key


def test_rows_that_pulls_could_not_take_are_read_again_by_whoever_may_and_it_says_what_will_happen():
    rejected = {"flow": "loans", "signal": "booked", "rows": 8, "at": AT, "since": AT, "reasons": {"it is no time": 7}}
    row, key = health("splunk", rejected=[rejected]), "splunk/loans//booked"
    head, rights = "Rows that pulls could not take", ("connection.read", "telemetry.import")
    (told,) = lists(shown(row, may=rights))[head]
    assert (told["title"], told["ends"][0]["action"], told["ends"][0]["value"]) == ("booked of loans", "reread", key)
    assert told["words"].startswith("Over Splunk, 8 rows at 2 Mar 2026 14:30: it is no time (7), other reasons (1).")
    assert "From 2 Mar 2026 14:30 on" in told["words"]
    asked = json.dumps(shown(row, may=rights, rereading=key))
    assert '"action": "read-again"' in asked
    assert "BOS reads this signal again from 2 Mar 2026 14:30 up to now" in asked
    (looked,) = lists(shown(row, may=rights[:1]))[head]
    assert looked["ends"] == []
    (untold,) = lists(shown(health("splunk", rejected=[rejected | {"since": None, "reasons": {}}]), may=rights))[head]
    assert untold["ends"] == []
    assert untold["words"].endswith("whoever may read single rows of the flow sees why.")
    (running,) = lists(shown(row, may=rights, rereads={key: Reread("It is being read.")}))[head]
    assert running["ends"] == []
    assert head not in lists(shown(health("splunk")))


def test_a_connection_that_fails_by_its_rows_alone_says_so_and_where_they_are():
    why = "booked of loans: No row that was read can be taken: it is no time (8). Check which column is which."
    rejected = {"flow": "loans", "signal": "booked", "rows": 8, "at": AT, "since": AT}
    for failed in ({}, {"failed_at": AT, "worked_at": None}):
        row = health("splunk", state="failing", reason=why, rejected=[rejected], **failed)
        (told,) = lists(shown(row))["Connections"]
        assert "not one row of booked of loans could be taken; more stands below" in told["words"]
        assert "Check which column" not in told["words"]
    (told,) = lists(shown(health("splunk", state="failing", reason="late of loans: The query is wrong.")))[
        "Connections"
    ]
    assert told["words"].endswith("late of loans: The query is wrong")


def test_what_came_of_rows_that_were_pulled_again_is_said_in_numbers():
    one = {"signal": "booked", "connection": "splunk", "start": AT, "end": AT, "read": 12, "added": 4, "rejected": 1}
    done = Pulled.model_validate({"flow": "loans", "signals": [one | {"reasons": {"it is no time": 1}}]})
    assert repulled(done) == "12 rows read, 4 added, 7 known already, 1 that could not be taken: it is no time (1)."


def test_what_no_system_is_to_blame_for_says_why_without_a_count():
    row = health("drop", state="failing", failed_at=AT, worked_at=None, reason="'soon' is no word.", hint="Write done.")
    (told,) = lists(shown(row))["Connections"]
    assert "Last failure 2 Mar 2026 14:30: 'soon' is no word. Write done" in told["words"]


def test_what_the_newest_message_went_without_is_told():
    (row,) = lists(shown(health(sent=1, left_out="No chart: the token lacks files:write.")))["Connections"]
    assert row["words"].endswith("1 told · The newest message: No chart: the token lacks files:write")


def test_connections_that_are_unproven_are_marked_and_what_is_told_once_for_each_system():
    page = shown(*(health(name, unproven="It met nothing but a double.") for name in ("slack", "slack-2")))
    rows = lists(page)["Connections"]
    assert [[mark["text"] for mark in row["marks"]] for row in rows] == [["Well", "Unproven"]] * 2
    assert "double" not in json.dumps(rows)
    (told,) = [one for one in page["body"] if one.get("key") == "unproven"]
    assert told["children"][0]["pairs"] == [["Slack", "It met nothing but a double."]]


def test_what_was_sent_is_told_and_what_cannot_be_read_is_listed_and_read_again_with_a_reason():
    received = {"at": AT, "waiting": 2, "done": 1200, "dead": 1}
    received |= {"read": 9, "rejected": 1, "reasons": {"the case is missing": 1}, "absent": ["cur"]}
    received |= {"refused_at": AT, "refused": "Nothing is in the header x."}
    hooks = health("alerts", received=received, state="failing", connector="hooks", system="Webhooks")
    dead = IncomingRow(delivery="ab", at=AT, state="dead", problem=HOSTILE, added=0)
    kept = keyed("alerts", [dead, dead.model_copy(update={"delivery": "cd", "state": "done"})])
    page = lists(shown(hooks, unread=kept))
    (row,) = page["Connections"]
    assert row["words"] == (
        "Webhooks · last delivery 2 Mar 2026 14:30 · 2 wait to be read · 1,200 read · 1 could not be read · "
        "Of the last week, 1 of 9 rows cannot be read and are kept apart, as those of an import: "
        "the case is missing (1). No row had 'cur', which the mapping names · "
        "Somebody was turned away last 2 Mar 2026 14:30 UTC. Nothing is in the header x"
    )
    (told,) = page["What came and could not be read (1)"]
    assert (told["title"], told["words"], told["ends"]) == ("Alerts", f"Came 2 Mar 2026 14:30: {HOSTILE}", [])
    writer = shown(hooks, unread=kept, may=(*EVERYTHING, "connection.write"), rereading="alerts/ab")
    (told,) = lists(writer)["What came and could not be read (1)"]
    assert (told["ends"][0]["action"], told["ends"][0]["value"]) == ("reread", "alerts/ab")
    assert '"action": "read-again"' in json.dumps(writer)
    assert json.dumps(parts.heading("Alerts, came 2 Mar 2026 14:30", 3)) in json.dumps(writer)
    (fresh,) = lists(shown(health("alerts", received={}, state="untried")))["Connections"]
    assert fresh["words"] == "Slack · nothing has come yet"


def test_who_only_reads_can_do_nothing_and_sees_no_dead_letter():
    page = shown(health(), may=("connection.read",), letters=(LETTER,))
    assert actions(page) == set()
    assert HOSTILE not in json.dumps(page)
    assert actions(shown(health(), may=("connection.read", "connection.test"), letters=(LETTER,))) == {
        "test",
        "message",
    }
    assert actions(shown(health(), letters=(LETTER,))) == {"test", "message", "secrets", "retry", "give-up"}


@pytest.mark.parametrize(
    ("ways", "told"),
    [
        (("tell",), True),
        (("pull", "place"), False),
        (("pull",), False),
        (("receive",), False),
        (("place", "tell"), True),
    ],
)
def test_a_test_message_is_offered_where_a_system_can_be_told_one(ways, told):
    connector = CONNECTOR.model_copy(update={"ways": ways, "tells": not {"tell", "place"}.isdisjoint(ways)})
    page = shown(health(), connectors={"slack": connector})
    assert actions(page) == {"test", "secrets"} | ({"message"} if told else set())
    saved = shown(health(), connectors={"slack": connector}, saved="slack")
    assert ('"action": "message"' in json.dumps(saved)) is told


def test_a_secret_that_was_typed_or_given_is_in_no_view():
    row = SecretRow(connection="slack", name="token", origin="https://slack.com:443", good=True, by="sam", at=AT)
    state = State(
        health=(health(),), connectors={"slack": CONNECTOR}, session=session(*EVERYTHING), giving="slack", given=(row,),
        which="token", why="Made.",
    )  # fmt: skip
    state.secret = HUSH
    said = json.dumps(view(state))
    assert HUSH not in said + repr(state)
    assert "token: given by sam at 2 Mar 2026 14:30, sent to https://slack.com:443 alone" in said
    assert "signing: not given" in said


def test_what_a_test_found_is_listed_with_what_to_do():
    findings = (FindingRow(what="Answer", ok=False, words="Slack does not answer.", hint="Check the address."),)
    found = Diagnosis(
        connection="slack", connector="slack", unproven="", well=False, findings=findings, at=AT, seconds=0.1
    )
    (row,) = lists(shown(health(), found=found))["What the test of Slack found"]
    assert (row["title"], row["words"]) == ("Answer", "Slack does not answer. Check the address.")
    assert row["marks"][0]["text"] == "Not well"
