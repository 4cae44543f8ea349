"""A signal's source tried on its page, in a browser, over a double of Splunk."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.apps.test_wizard import PILOT, SHOWN, accessible, heading, open_wizard, press, wb  # noqa: F401 - fixtures
from tests.doubles.splunk import TOKEN, Double, serving


@pytest.fixture(scope="module")
def splunk(wb):  # noqa: F811
    """Return a workbench with a connection to a Splunk that has three bookings."""
    first = int((datetime.now(UTC) - timedelta(minutes=30)).timestamp())
    events = [
        {"_time": first + i, "_indextime": first + i, "index": "payments", "payment": f"P{i}", "amount": amount,
         "channel": "the mobile application of the bank <b>in Groningen</b>", "uid": f"event-number-{i}"}
        for i, amount in enumerate(("10.50", "20.00", "1.005"))
    ]  # fmt: skip
    with serving(Double(events=events)) as url:
        document = {"id": "splunk-try", "title": "Splunk of payments", "connector": "splunk", "address": url}
        wb.connections.put("splunk-try", document, rationale="Payments.")
        wb.connections.give_secret("splunk-try", "token", TOKEN, rationale="Made for BOS.")
        yield wb


@pytest.mark.full
def test_a_source_is_tried_before_it_is_saved_and_what_is_typed_stays(open_wizard, splunk):  # noqa: F811
    page = open_wizard(f"flow={PILOT}&stage=populate&item=process_signals[posted]", width=390, height=800)
    press(page, "Change the signal")
    heading(page, "Change the signal: " + splunk.signals.get("payment.posted").document["title"])
    press(page, "Try it")
    expect(page.locator("#summary")).to_be_focused()
    assert page.locator("#summary").get_by_role("listitem").all_text_contents() == [
        "Choose the connection to try",
        "Enter the query to try",
    ]
    page.get_by_label("Connection", exact=True).select_option("splunk-try")
    page.get_by_label("Query").fill("index=payments")
    page.get_by_label("Which column is what").fill(
        "case = payment\namount = amount\nevent_id = uid\nattr.channel = channel"
    )
    page.get_by_label("Language", exact=True).select_option("spl")
    fields = page.get_by_label("Fields (optional)")
    fields.fill(f"{fields.input_value()}\nfee = FEE_AMT, number")
    page.get_by_label("Narrowed to").fill("channel = mobile")
    page.get_by_label("Pulled every").fill("5 minutes")
    press(page, "Try it")
    table = page.get_by_role("table", name="The first 3 rows as events")
    expect(table).to_be_visible(timeout=SHOWN)
    expect(page.locator("#tried")).to_be_focused()
    expect(page.get_by_text("2 would become events. Nothing was stored.")).to_be_visible()
    assert "P0" in table.inner_text()
    assert "the amount has more than two decimals" in table.inner_text()
    assert "attr.FEE_AMT" in page.get_by_text("No row has the column").inner_text()
    expect(page.get_by_text("2 of the events are not of this signal")).to_be_visible()
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    box = page.get_by_role("region", name="The first 3 rows as events")
    assert box.evaluate("node => node.scrollWidth > node.clientWidth")
    if folder := os.environ.get("BOS_TEST_SHOTS"):
        page.screenshot(path=f"{folder}/try-narrow.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 900})
        page.screenshot(path=f"{folder}/try-wide.png", full_page=True)
        fields.scroll_into_view_if_needed()
        page.screenshot(path=f"{folder}/try-fields.png")
    page.get_by_label("Query").fill('index="payments')
    press(page, "Try it")
    expect(page.get_by_role("alert").filter(has_text="Unbalanced quotes")).to_be_visible(timeout=SHOWN)
    page.reload()
    expect(page.get_by_label("Query")).to_have_value('index="payments', timeout=SHOWN)
    expect(page.get_by_label("Which column is what")).to_have_value(
        "case = payment\namount = amount\nevent_id = uid\nattr.channel = channel"
    )
    assert splunk.signals.get("payment.posted").document["binding"]["connection"] is None
    assert page.seen.errors == []
