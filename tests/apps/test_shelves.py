"""Cost rules and calendars in a real browser: what flows share is written, saved, and chosen for a flow."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

import bos

TIME = 30_000
FLOW = "charged-flow"


@pytest.fixture(scope="module")
def charged(apps):
    with bos.connect(apps.home, url=apps.api_url, token=apps.token) as wb:
        wb.templates.create("loan-payment-processing", id=FLOW, title="Charged payments")
    return apps


@pytest.mark.full
def test_a_person_writes_what_a_failure_costs_and_chooses_it_for_a_kpi(charged, new_page):
    page = new_page(charged, width=1280)
    page.goto(charged.page("home"))
    page.get_by_role("link", name="Cost rules").click(timeout=TIME)
    expect(page.get_by_role("heading", level=1)).to_have_text("Cost rules", timeout=TIME)
    expect(page.get_by_text("USD 15.00 + 0.02 % of the amount in USD, at most USD 250.00")).to_be_visible()
    expect(page.get_by_role("list", name="Cost rules")).to_contain_text("Credited as of receipt, Charged payments")
    assert page.violations_in_both() == []

    press = lambda name: page.get_by_role("button", name=name, exact=True).click(timeout=TIME)  # noqa: E731
    press("New cost rule")
    press("Add a time")
    page.get_by_label("Later than").fill("1 day")
    press("Save the rule")
    expect(page.locator("#summary")).to_be_focused(timeout=TIME)
    expect(page.locator("#summary").get_by_role("listitem")).to_have_text(
        [
            "Enter the name of the rule", "Enter the currency as three capitals, such as USD",
            "Enter money with at most two decimals, such as 15.00", "Enter why",
        ]
    )  # fmt: skip
    assert page.violations_in_both() == []
    page.get_by_label("Name of the rule").fill("Hours <b>late</b>")
    page.get_by_label("Currency").fill("USD")
    page.get_by_label("Costs", exact=True).fill("7.50")
    page.get_by_label("Why").fill("Agreed in March.")
    press("Save the rule")
    expect(page.get_by_text("Saved: version 1 of Hours <b>late</b>.").first).to_be_visible(timeout=TIME)
    expect(page.get_by_role("list", name="Cost rules")).to_contain_text("USD 7.50 when later than 1 day")

    page.goto(charged.page("wizard", f"flow={FLOW}&stage=populate&item=outcomes[receipt_to_posted_p95]"))
    choice = page.get_by_label("Cost rule")
    choice.select_option(label="Hours <b>late</b>", timeout=TIME)
    expect(page.get_by_text("A failure costs USD 7.50 when later than 1 day.")).to_be_visible(timeout=TIME)
    page.get_by_label("Target", exact=False).first.fill("8 hours")
    page.goto(charged.page("wizard", f"flow={FLOW}&stage=populate&item=outcomes[return_cost]"))
    page.get_by_label("KPI whose failures are charged").select_option("receipt_to_posted_p95", timeout=TIME)
    expect(page.get_by_label("Formula")).to_have_value("cost(receipt_to_posted_p95)", timeout=TIME)
    expect(page.get_by_text("There is no telemetry of this flow yet", exact=False)).to_be_visible(timeout=TIME)


@pytest.mark.full
def test_a_person_adds_the_holidays_of_a_market_to_a_calendar(charged, new_page):
    page = new_page(charged, width=1280)
    page.goto(charged.page("home"))
    page.get_by_role("link", name="Calendars").click(timeout=TIME)
    row = page.get_by_role("list", name="Calendars").get_by_role("listitem").filter(has_text="US bank days")
    expect(row).to_contain_text("08:00 to 18:00 America/New_York, cut-off 17:00", timeout=TIME)
    row.get_by_role("button").click()
    page.get_by_label("Whose holidays").select_option("XFED", timeout=TIME)
    page.get_by_label("From year").fill("2030")
    page.get_by_label("To year").fill("2030")
    page.get_by_role("button", name="Add these holidays").click()
    expect(page.get_by_text("Added 11 days to the list below.").first).to_be_visible(timeout=TIME)
    assert page.violations_in_both() == []
    page.get_by_label("Why").fill("Published for 2030.")
    page.get_by_role("button", name="Save the calendar").click()
    expect(page.get_by_text("Saved: version 2 of US bank days.").first).to_be_visible(timeout=TIME)
    with bos.connect(charged.home, url=charged.api_url, token=charged.token) as wb:
        assert "2030-11-28" in wb.calendars.get("bank-us").document["clock"]["holidays"]
