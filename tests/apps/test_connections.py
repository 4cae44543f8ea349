"""The page of connections in a browser: how each is, a test, a secret that is never shown, dead letters decided."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

import bos
from bos.actions.context import open_context
from bos.settings import Settings
from bos.store import connection_states, deliveries
from bos.store.engine import transaction
from tests.unit.connectors.ledger_double import installed

TIME = 30_000
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HUSH = "hush-4711-hush"


@pytest.fixture(scope="module")
def connected(apps):
    """Return the apps with a ledger that failed, a message it could not be told, and a Prometheus."""
    with installed():
        with bos.connect(apps.home, url=apps.api_url, token=apps.token) as wb:
            for content in (
                {"id": "ledger", "title": "Ledger <i>of payments</i>", "connector": "ledger"},
                {"id": "prom", "title": "Prometheus of payments", "connector": "prometheus"},
            ):
                wb.connections.put(content["id"], content | {"address": "http://localhost:9"}, rationale="Why.")
        context = open_context(Settings.load(home=apps.home, env={}, database_url=apps.database_url))
        with transaction(context.engine) as session:
            told = {"connection": "ledger", "flow": "loans", "kind": "kpi.state", "due_at": AT, "created_at": AT}
            why = {"reason": "The ledger fails (HTTP 500).", "hint": "Ask those who run it.", "state": "dead"}
            for n in (1, 2):
                message = {"message": {"title": f"Breach <b>{n}</b>"}, "key": f"key-{n}", "attempts": 12}
                deliveries.add(session, [{**told, **why, **message}])
            values = {"failures": 2, "tried_at": AT, "failed_at": AT}
            connection_states.write(session, "ledger", {**values, "reason": why["reason"], "hint": why["hint"]})
        yield apps, context
        context.close()


def deliveries_of(context):
    with transaction(context.engine) as session:
        rows = session.exec_driver_sql("SELECT key, state FROM delivery WHERE connection = 'ledger' ORDER BY key")
        return {row.key: row.state for row in rows}


def test_somebody_sees_how_each_connection_is_tests_one_and_gives_it_a_secret(connected, new_page):
    apps, _ = connected
    page = new_page(apps, width=1280)
    page.goto(apps.page("home"))
    page.get_by_role("link", name="Connections").click(timeout=TIME)
    expect(page.get_by_role("heading", level=1)).to_have_text("Connections", timeout=TIME)
    rows = page.get_by_role("list", name="Connections").get_by_role("listitem")
    ledger = rows.first
    expect(ledger).to_contain_text("Ledger <i>of payments</i>")
    expect(ledger).to_contain_text("Failing")
    expect(ledger).to_contain_text("2 failures in a row: The ledger fails (HTTP 500).")
    expect(ledger).to_contain_text("Unproven: It met nothing but the ledger of a test")
    expect(rows.last).not_to_contain_text("Unproven")
    expect(ledger).to_contain_text("2 dead letters")
    assert page.violations_in_both() == []

    ledger.get_by_role("button", name="Test", exact=False).first.click()
    found = page.get_by_role("list", name="What the test of Ledger")
    expect(found).to_contain_text("localhost does not answer", timeout=TIME)
    expect(found).to_contain_text("Not well")

    ledger.get_by_role("button", name="Secrets").click()
    expect(page.get_by_text("token: not given")).to_be_visible(timeout=TIME)
    field = page.get_by_label("The secret", exact=True)
    expect(field).to_have_attribute("type", "password")
    page.get_by_role("button", name="Give the secret").click()
    expect(page.locator("#summary")).to_contain_text("Enter the secret", timeout=TIME)
    field.fill(HUSH)
    page.get_by_label("Why", exact=True).fill("Made by the platform team.")
    page.wait_for_timeout(700)  # what is typed has been sent, and the page shown again
    expect(field).to_have_value(HUSH)
    assert HUSH not in page.evaluate("JSON.stringify(Object.entries(sessionStorage))")
    assert HUSH not in page.evaluate("document.documentElement.outerHTML")
    assert page.violations_in_both() == []
    page.get_by_role("button", name="Give the secret").click()
    expect(page.locator(".bos-banner").first).to_contain_text("The token of Ledger", timeout=TIME)
    ledger.get_by_role("button", name="Secrets").click()
    expect(page.get_by_text("sent to http://localhost:9 alone", exact=False).last).to_be_visible(timeout=TIME)
    expect(page.get_by_label("The secret", exact=True)).to_have_value("")
    page.get_by_role("button", name="Close").click()
    assert page.seen.errors == []


def test_dead_letters_are_tried_again_or_given_up_with_a_reason(connected, new_page):
    apps, context = connected
    page = new_page(apps, width=1280)
    page.goto(apps.page("connections"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Connections", timeout=TIME)
    letters = page.get_by_role("list", name="Dead letters").get_by_role("listitem")
    expect(letters).to_have_count(2)
    expect(letters.last).to_contain_text("Breach <b>1</b>")
    letters.last.get_by_role("button", name="Try again").click()
    page.get_by_label("Why", exact=True).fill("The ledger is mended.")
    page.get_by_role("button", name="Try again", exact=True).first.click()
    expect(letters).to_have_count(1, timeout=TIME)
    letters.first.get_by_role("button", name="Give up").click()
    page.get_by_role("button", name="Give up", exact=True).first.click()
    expect(page.locator("#summary")).to_contain_text("Enter why", timeout=TIME)
    page.get_by_label("Why", exact=True).fill("Told by phone.")
    page.get_by_role("button", name="Give up", exact=True).first.click()
    expect(page.get_by_text("Nothing failed to be told.")).to_be_visible(timeout=TIME)
    assert deliveries_of(context) == {"key-1": "waiting", "key-2": "given up"}
    assert page.seen.errors == []
