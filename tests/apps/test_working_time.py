"""Working time in the wizard: the calendar of a flow and of a step, and the clock of a KPI, chosen by a person."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

import bos

FLOW = "timed-by-hand"
KPI = "receipt_to_posted_p95"
SHOWN = 30_000


@pytest.fixture(scope="module")
def wb(apps):
    """Return a workbench; BOS has a flow with a calendar, and a second calendar."""
    with bos.connect(apps.home, url=apps.api_url, token=apps.token) as wb:
        wb.templates.create("loan-payment-processing", id=FLOW, title="Timed by hand")
        wb.calendars.put("night-shift", {"title": "Night <i>shift</i>"}, rationale="First.")
        yield wb


@pytest.mark.full
def test_a_person_chooses_calendars_and_by_which_clock_a_kpi_counts(apps, wb, new_page):
    page = new_page(apps, width=1280)
    page.goto(apps.page("wizard", f"flow={FLOW}&stage=define"))
    calendar = page.get_by_label("Calendar (optional)", exact=True)
    expect(calendar).to_have_value("bank-us", timeout=SHOWN)
    calendar.select_option(label="Night <i>shift</i>")
    page.get_by_text("Description, correlation key, calendar, place").first.click()
    own = page.get_by_label("Calendar of the step (optional)").first
    expect(own).to_have_value("")
    own.select_option(label="US bank days")
    assert page.violations() == []
    page.get_by_role("button", name="Save and continue", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Populate", timeout=SHOWN)
    document = wb.templates.draft(FLOW).document
    assert document["flow"]["calendar"] == "night-shift"
    assert document["flow"]["steps"][0]["calendar"] == "bank-us"

    page.goto(apps.page("wizard", f"flow={FLOW}&stage=populate&item=outcomes[{KPI}]"))
    clock = page.get_by_label("Clock", exact=True)
    formula, unit = page.get_by_label("Formula", exact=True), page.get_by_label("Unit", exact=True)
    expect(clock).to_have_value("business", timeout=SHOWN)
    expect(unit).to_have_value("business seconds")
    clock.select_option(label="Time on the wall, nights and weekends too")
    expect(formula).to_have_value("p95(duration(received -> posted))", timeout=SHOWN)
    expect(unit).to_have_value("seconds")
    clock.select_option(label="Working time, by the calendar of its step")
    expect(formula).to_have_value("p95(duration(received -> posted, clock = business))", timeout=SHOWN)
    expect(unit).to_have_value("business seconds")
    assert page.violations() == []
    assert page.seen.errors == []
