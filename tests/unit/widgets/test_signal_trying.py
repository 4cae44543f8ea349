"""A signal's source edited and tried in the wizard, without a browser, against the real API and doubles of systems."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from bos.cli.main import app
from tests.doubles.splunk import TOKEN, Double, serving
from tests.unit.widgets.test_signal_page import FLOW, Page, act, each, fields, text

USE, SIGNAL = "process_signals[due]", "payment.due"
MAPPING = "case = payment\namount = amount\n"


@pytest.fixture(scope="module")
def splunk():
    first = int((datetime.now(UTC) - timedelta(minutes=30)).timestamp())
    events = [
        {"_time": first + i, "_indextime": first + i, "index": "payments", "payment": f"P{i}", "amount": amount}
        for i, amount in enumerate(("10.50", "20.00", "1.005"))
    ]
    with serving(Double(events=events)) as url:
        yield url


@pytest.fixture
def connected(wb, splunk):
    """Return a workbench with a connection to the double."""
    if "splunk" not in {row.id for row in wb.connections.list()}:
        document = {"title": "Splunk of payments", "connector": "splunk", "address": splunk}
        wb.connections.put("splunk", {"id": "splunk", **document}, rationale="Payments.")
        wb.connections.give_secret("splunk", "token", TOKEN, rationale="Made for BOS.")
    return wb


def attempt(page, **values):
    """Type, press Try it, and return the page when the answer is there."""
    page.type(**values)
    act(page.wizard, "try_signal")
    until = time.monotonic() + 20
    while page.wizard.state.busy and time.monotonic() < until:
        time.sleep(0.02)
    while page.wizard.surface.view["status"] == "Reading a few rows\u2026" and time.monotonic() < until:
        time.sleep(0.02)
    page.view = page.wizard.surface.view
    return page.view


def tables(view):
    return {one["caption"]: one for one in each(view["body"]) if one.get("t") == "table"}


def test_what_is_missing_is_said_beside_its_field_and_nothing_is_asked(connected):
    page = Page(connected, USE, SIGNAL)
    attempt(page, mapping="case: payment")
    assert page.wrong() == [
        "Choose the connection to try",
        "Enter the query to try",
        "Each line of Which column is what must be a field and its column, such as case = payment_id",
    ]
    assert page.wizard.state.tried is None
    assert ["splunk", "Splunk of payments"] in [
        list(option) for one in each(page.view["body"]) if one.get("label") == "Connection" for option in one["options"]
    ]


def test_only_what_can_be_pulled_is_offered_besides_the_one_it_has(connected):
    others = {
        "arrive": {"connector": "files", "address": "file:///tmp", "settings": {"flow": FLOW}},
        "alerts": {
            "connector": "hooks",
            "address": "hook://alerts.bank.example",
            "settings": {"flow": FLOW, "shape": "json", "signature": "token"},
        },
        "talk": {"connector": "slack", "address": "https://slack.com/api", "settings": {"channel": "C0123456789"}},
    }
    for name, document in others.items():
        connected.connections.put(name, {"id": name, "title": name.title(), **document}, rationale="Made.")
    page = Page(connected, USE, SIGNAL)
    (offered,) = (one["options"] for one in each(page.view["body"]) if one.get("label") == "Connection")
    kinds = {row.connection: row.connector for row in connected.connections.health()}
    assert others.keys() < kinds.keys()
    assert {kinds[value] for value, _ in offered if value} <= {"splunk", "prometheus", "grafana", "appdynamics"}
    assert "splunk" in {value for value, _ in offered}
    for name in others:
        connected.connections.delete(name, rationale="Over.")


def test_sample_rows_are_shown_as_events_and_what_is_typed_stays(connected):
    page = Page(connected, USE, SIGNAL)
    version = page.live.version
    view = attempt(page, connection="splunk", query="index=payments", mapping=MAPPING)
    table = tables(view)["The first 3 rows as events"]
    columns = table["columns"]
    got = [dict(zip(columns, row, strict=True)) for row in table["rows"]]
    assert [row["case"] for row in got] == ["P0", "P1", ""]
    assert [row["amount"] for row in got] == ["10.50", "20.00", ""]
    assert got[2]["Why none"] == "the amount has more than two decimals"
    assert got[0]["step"] == page.live.document["binding"]["event"]
    assert "2 would become events. Nothing was stored." in text(view["body"])
    assert "1 row becomes nothing: the amount has more than two decimals." in text(view["body"])
    assert view["focus"]["id"] == "tried"
    assert fields(view)["Query"] == "index=payments"
    assert fields(view)["Which column is what"] == MAPPING
    assert page.live.version == version
    assert connected.flow(FLOW).status().events == 0
    page.type(query="index=main")
    assert "The source was changed since these rows were read." in text(page.view["body"])


def test_where_no_row_fits_they_are_shown_as_they_came_without_what_may_name_persons(connected):
    view = attempt(Page(connected, USE, SIGNAL), connection="splunk", query="index=payments")
    (table,) = tables(view).values()
    assert table["caption"] == "The first 3 rows as splunk gave them"
    assert table["columns"] == ["Row", "amount"]
    said = text(view["body"])
    assert "3 rows become nothing: the case is missing." in said
    assert "(case), " in said
    assert "there are '_indextime', '_time', 'amount', 'index', 'payment'." in said
    assert "no value is shown of columns that no field takes" in said


def test_what_the_system_refuses_is_an_error_in_words(connected):
    page = Page(connected, USE, SIGNAL)
    view = attempt(page, connection="splunk", query='index="payments')
    assert "Unbalanced quotes" in text(view["body"])
    assert not tables(view)
    assert fields(view)["Query"] == 'index="payments'


def test_the_source_is_saved_as_it_was_tried_and_read_back(connected):
    page = Page(connected, "process_signals[received]", "payment.received")
    before = page.live.document["binding"]
    page.save(connection="splunk", query=" index=payments ", mapping=MAPPING, why="It is in Splunk.")
    mapping = {"case": "payment", "amount": "amount"}
    wanted = before | {"connection": "splunk", "query": "index=payments", "mapping": mapping}
    assert page.live.document["binding"] == wanted
    again = Page(connected, page.use, page.id)
    assert fields(again.view)["Which column is what"] == "case = payment\namount = amount"
    again.save(connection="", query="", mapping="", why="No more.")
    assert again.live.document["binding"] == before


def test_fields_where_language_and_interval_are_edited_and_read_back_as_they_are_live(connected):
    page = Page(connected, "process_signals[received]", "payment.received")
    before, kept = page.live.document["binding"], fields(page.view)["Fields"]
    added = f"{kept}\nfee = FEE, AMT, number\nnote = NOTE"
    page.save(
        connection="splunk", query="index=payments", language="spl", pulled="5 min",
        fields=f"{added}\n", where="status = OK\nkind = a = b", why="It is in Splunk.",
    )  # fmt: skip
    native = [
        *before["fields"],
        {"id": "fee", "native": "FEE, AMT", "type": "number"}, {"id": "note", "native": "NOTE", "type": "text"},
    ]  # fmt: skip
    wanted = {
        "connection": "splunk", "query": "index=payments", "language": "spl", "every": "5 minutes", "fields": native,
        "where": {"status": "OK", "kind": "a = b"},
    }  # fmt: skip
    assert page.live.document["binding"] == before | wanted
    again = Page(connected, page.use, page.id)
    shown = fields(again.view)
    assert shown["Fields"] == f"{added}, text"
    assert shown["Narrowed to"] == "kind = a = b\nstatus = OK"
    assert (shown["Language"], shown["Pulled every"]) == ("spl", "5 minutes")
    again.save(title="Posted again", why="A name.")
    assert again.live.document["binding"] == before | wanted


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"fields": "fee = FEE, numbr"}, "Each line of Fields must be a name"),
        ({"fields": "Fee = FEE"}, "Each line of Fields must be a name"),
        ({"fields": "fee = A\nfee = B"}, "Each line of Fields must be a name"),
        ({"where": "status"}, "Each line of Narrowed to must be a field"),
        ({"language": "spl", "query": ""}, "Enter the query that the language is of"),
        ({"pulled": "30 seconds"}, "Pulled every must be a span, such as 15 minutes"),
        ({"pulled": "5 minutes", "connection": ""}, "Pulled every needs a connection and a query"),
    ],
)
def test_what_is_wrong_with_the_source_is_said_beside_its_field(connected, typed, words):
    page = Page(connected, USE, SIGNAL)
    before = page.live.version
    page.save(**{"connection": "splunk", "query": "index=payments", "why": "Why.", **typed})
    (said,) = page.wrong()
    assert said.startswith(words)
    assert page.live.version == before


def test_a_source_is_tried_with_the_fields_and_what_it_is_narrowed_to(connected):
    page = Page(connected, USE, SIGNAL)
    narrowed = {"fields": "paid = amount, number", "where": "payment = P0"}
    view = attempt(page, connection="splunk", query="index=payments", mapping=MAPPING, **narrowed)
    said = text(view["body"])
    assert "2 would become events. Nothing was stored." in said
    assert "1 of the events are not of this signal" in said
    assert "attr.amount" in tables(view)["The first 3 rows as events"]["columns"]


@pytest.mark.usefixtures("connected")
def test_it_is_tried_in_the_shell_too(served, monkeypatch):
    settings, url = served
    monkeypatch.setenv("BOS_URL", url)
    asked = ["connector", "try", FLOW, SIGNAL, "--over", "splunk", "--query", "index=payments"]
    done = CliRunner().invoke(app, [*asked, "--map", "case=payment,amount=amount", "--home", str(settings.home)])
    assert done.exit_code == 0, done.output
    assert "P0" in done.output
    assert "the amount has more than two decimals" in done.output
