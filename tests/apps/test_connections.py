"""The page of connections in a browser: made, changed, tested, a secret that is never shown, dead letters decided."""

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
STRANGE = "<img src=x onerror=alert(1)>\u00e9 \u4e2d"
STATE = "JSON.stringify([Object.entries(sessionStorage), Object.entries(localStorage)])"


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


@pytest.mark.full
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
    expect(ledger).to_contain_text("Unproven")
    expect(rows.last).not_to_contain_text("Unproven")
    page.get_by_text("What is unproven", exact=False).click()
    expect(page.get_by_text("It met nothing but the ledger of a test.")).to_be_visible()
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


def press(page, name):
    page.get_by_role("button", name=name, exact=True).first.click(timeout=TIME)


def begin(page, apps, connector):
    page.goto(apps.page("connections"))
    press(page, "New connection")
    press(page, f"Choose {connector}")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"New connection: {connector}", timeout=TIME)


def put(page, **values):
    for label, value in values.items():
        page.get_by_label(label.replace("_", " "), exact=True).fill(value)


def hidden(page, apps):
    """Return whether what was typed as a secret is nowhere but in its field."""
    places = (page.evaluate(STATE), page.evaluate("document.documentElement.outerHTML"), apps.log.read_text())
    return not any(HUSH in text for text in places)


def test_somebody_makes_a_connection_on_the_page_and_tests_it(connected, new_page):
    apps, _ = connected
    page = new_page(apps, width=1280)
    begin(page, apps, "Prometheus")
    press(page, "Save the connection")
    expect(page.locator("#summary")).to_be_focused(timeout=TIME)
    expect(page.locator("#summary").get_by_role("listitem")).to_have_text(
        ["Enter the name of the connection", "Enter the address; it begins with https:// or http://", "Enter why"]
    )
    put(page, Name="Metrics <i>here</i>", Address="https://metrics.bank.example", Why="Metrics of the gateways.")
    secret = page.get_by_label("Token (optional)", exact=True)
    expect(secret).to_have_attribute("type", "password")
    secret.fill(HUSH)
    press(page, "Save the connection")
    expect(page.locator("#summary")).to_contain_text(
        "adds metrics.bank.example:443 to BOS_OUTGOING_HOSTS", timeout=TIME
    )
    expect(page.get_by_label("Address", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(secret).to_have_value(HUSH)
    assert hidden(page, apps)
    put(page, Address="http://localhost:9")
    page.get_by_label("Address", exact=True).press("Enter")
    expect(page.locator(".bos-banner").first).to_contain_text("Saved: version 1 of Metrics <i>here</i>.", timeout=TIME)
    assert hidden(page, apps)
    press(page, "Test Metrics <i>here</i>")
    found = page.get_by_role("list", name="What the test of Metrics")
    expect(found).to_contain_text("localhost does not answer", timeout=TIME)
    assert page.seen.errors == []
    assert page.seen.foreign == []


@pytest.mark.full
def test_a_connection_is_changed_in_two_tabs_and_nothing_typed_is_lost(connected, new_page):
    apps, context = connected
    one = new_page(apps, width=1280)
    begin(one, apps, "Splunk HEC")
    put(one, Name="HEC", Address="https://localhost:8088", Token=HUSH, Why="Told.")
    press(one, "Save the connection")
    expect(one.get_by_role("heading", name="HEC is saved")).to_be_visible(timeout=TIME)
    two = new_page(apps, width=1280)
    for page, owner in ((one, "of one"), (two, "of two")):
        page.goto(apps.page("connections"))
        press(page, "Change HEC")
        expect(page.get_by_label("Token (optional)", exact=True)).to_have_value("", timeout=TIME)
        page.get_by_label("What the system holds", exact=False).fill(f"The index {owner}.")
        put(page, Why="Asked for.")
    press(one, "Save the connection")
    expect(one.locator(".bos-banner").first).to_contain_text("Saved: version 2 of HEC.", timeout=TIME)
    press(two, "Save the connection")
    expect(two.get_by_role("alert")).to_contain_text("was changed since you opened it", timeout=TIME)
    expect(two.get_by_label("What the system holds", exact=False)).to_have_value("The index of two.")
    assert two.violations_in_both() == []
    two.reload()
    expect(two.get_by_label("What the system holds", exact=False)).to_have_value("The index of two.", timeout=TIME)
    expect(two.get_by_text("What you typed before is back.", exact=False).first).to_be_visible()
    put(two, Address="https://localhost:9443")
    expect(two.get_by_role("status").filter(has_text="bound to https://localhost:8088")).to_be_visible(timeout=TIME)
    press(two, "Save the connection")
    expect(two.locator("#summary")).to_contain_text("Enter the token", timeout=TIME)
    put(two, Token=HUSH)
    press(two, "Save the connection")
    expect(two.locator(".bos-banner").first).to_contain_text("Saved: version 3 of HEC.", timeout=TIME)
    assert hidden(two, apps)
    press(two, "Change HEC")
    two.get_by_text("Retire it", exact=True).click(timeout=TIME)
    put(two, Why="Over.")
    press(two, "Retire the connection")
    expect(two.locator(".bos-banner").first).to_contain_text("HEC is retired.", timeout=TIME)
    expect(two.get_by_role("list", name="Connections")).not_to_contain_text("HEC")
    with transaction(context.engine) as session:
        journal = session.exec_driver_sql("SELECT string_agg(j::text, ' ') FROM journal j").scalar_one()
    assert HUSH not in journal
    assert one.seen.errors == two.seen.errors == []


@pytest.mark.full
def test_every_form_of_a_connection_stands_on_a_narrow_page_and_takes_strange_texts_as_text(connected, new_page):
    apps, _ = connected
    page = new_page(apps, width=800)
    page.goto(apps.page("connections"))
    press(page, "New connection")
    chosen = page.get_by_role("button", name="Choose")
    expect(chosen.first).to_be_visible(timeout=TIME)
    names = [text.removeprefix("Choose").strip() for text in chosen.all_inner_texts()]
    assert {"Webhooks", "Slack", "Jira", "E-mail"} <= set(names)
    assert page.violations_in_both() == []
    for name in names:
        press(page, f"Choose {name}")
        expect(page.get_by_role("heading", level=1)).to_have_text(f"New connection: {name}", timeout=TIME)
        page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
        for field in page.locator("main input[type=text], main textarea").all():
            field.fill(STRANGE)
        for field in page.locator("main input[type=password]").all():
            field.fill(HUSH)
        press(page, "Save the connection")
        expect(page.locator("#summary")).to_be_focused(timeout=TIME)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), name
        assert page.locator("main img").count() == 0
        assert page.violations() == [], name
        assert hidden(page, apps)
        press(page, "Choose another system")
        expect(chosen.first).to_be_visible(timeout=TIME)
    assert page.seen.errors == []


@pytest.mark.full
def test_a_webhook_is_made_by_keyboard_and_says_where_it_is_sent_to(connected, new_page):
    apps, _ = connected
    with bos.connect(apps.home, url=apps.api_url, token=apps.token) as wb:
        wb.templates.create("loan-payment-processing", id="hooked", title="Hooked")
    page = new_page(apps, width=1280)
    begin(page, apps, "Webhooks")
    page.get_by_label("Name", exact=True).focus()
    write = page.keyboard.type
    write("Alerts")
    for _ in range(4):  # past short name, description and owner
        page.keyboard.press("Tab")
    write("hook://alertmanager.bank.example")
    page.get_by_label("Flow", exact=True).select_option("hooked")
    page.get_by_label("Shape", exact=True).select_option("alertmanager")
    page.get_by_label("Signature", exact=True).select_option("path")
    put(page, Key=HUSH, Why="Alerts.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Where Alerts sends to")).to_contain_text(
        "/api/v1/hooks/alerts", timeout=TIME
    )
    expect(page.get_by_text("the key is the last part of the address", exact=False)).to_be_visible()
    assert page.violations_in_both() == []
    assert hidden(page, apps)


@pytest.mark.full
def test_who_may_not_write_connections_sees_why_and_no_form(connected, new_page):
    apps, _ = connected
    page = new_page(apps, width=1280)
    people = page.request.get(f"{apps.api_url}/api/v1/session").json()["sample_people"]
    steward = next(one["person"] for one in people if one["person"] == "sample-data-steward")
    assert page.request.post(f"{apps.api_url}/api/v1/session/acting", data={"person": steward}).ok
    page.goto(apps.page("connections"))
    expect(page.get_by_text("You can look. SRE and CoE make and change connections", exact=False)).to_be_visible(
        timeout=TIME
    )
    assert page.get_by_role("button", name="New connection").count() == 0
    assert page.get_by_role("button", name="Change").count() == 0
