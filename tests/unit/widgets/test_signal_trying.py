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


@pytest.mark.usefixtures("connected")
def test_it_is_tried_in_the_shell_too(served, monkeypatch):
    settings, url = served
    monkeypatch.setenv("BOS_URL", url)
    asked = ["connector", "try", FLOW, SIGNAL, "--over", "splunk", "--query", "index=payments"]
    done = CliRunner().invoke(app, [*asked, "--map", "case=payment,amount=amount", "--home", str(settings.home)])
    assert done.exit_code == 0, done.output
    assert "P0" in done.output
    assert "the amount has more than two decimals" in done.output
