"""The page of connections, as data."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from bos.model.answers.connections import ConnectionHealth, ConnectorAnswer, Diagnosis, FindingRow, SecretRow, Want
from bos.model.answers.deliveries import Delivery
from bos.model.answers.people import SessionAnswer
from widgets.connections.view import State, view

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
    name="slack", title="Slack", schemes=("https",), settings=(), unproven="", reads=False, tells=True,
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


def test_a_connection_that_is_unproven_says_so_and_what():
    (row,) = lists(shown(health(unproven="It met nothing but a double.")))["Connections"]
    assert [mark["text"] for mark in row["marks"]] == ["Well", "Unproven"]
    assert row["words"].endswith("Unproven: It met nothing but a double")


def test_who_only_reads_can_do_nothing_and_sees_no_dead_letter():
    page = shown(health(), may=("connection.read",), letters=(LETTER,))
    assert actions(page) == set()
    assert HOSTILE not in json.dumps(page)
    assert actions(shown(health(), may=("connection.read", "connection.test"), letters=(LETTER,))) == {
        "test",
        "message",
    }
    assert actions(shown(health(), letters=(LETTER,))) == {"test", "message", "secrets", "retry", "give-up"}


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
