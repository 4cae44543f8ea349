"""Pages whose kernel is gone, in real Chromium: each says so, and none shows numbers of before as if they were new."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

import bos
from bos.resources import share

FLOW = "unanswered"
SOON = 16_000
SHOWN = 60_000


@pytest.fixture(scope="module")
def wb(apps):
    """Return a workbench on a flow of its own with the sample log."""
    with bos.connect(apps.home, url=apps.api_url, token=apps.token) as wb:
        wb.templates.create("loan-payment-processing", id=FLOW, title="Unanswered")
        wb.flow(FLOW).import_events(share("data") / "samples" / "loan-payments.csv")
        yield wb


def dashboard(apps, new_page, **options):
    page = new_page(apps, **options)
    page.goto(apps.page("dashboard", f"flow={FLOW}"))
    page.wait_for_selector(".bos-tile", timeout=SHOWN)
    return page


@pytest.mark.full
@pytest.mark.usefixtures("wb")
def test_a_dashboard_whose_kernel_is_gone_says_so_and_marks_the_numbers_of_before(apps, new_page):
    page = dashboard(apps, new_page)
    apps.kill_kernels()
    before = page.locator(".bos-tile__value").all_inner_texts()
    page.get_by_label("Only channel").select_option("web")
    page.get_by_role("button", name="Refresh").click()
    note = page.get_by_text("These are the numbers of before, not of what was asked for last.")
    expect(note).to_be_visible()
    assert page.locator(".bos-board > .bos-board").get_attribute("aria-busy") == "true"
    dimmed = "one => Number(getComputedStyle(one).opacity)"
    assert page.locator(".bos-board > .bos-board").evaluate(dimmed) < 0.6
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("BOS does not answer", timeout=SOON)
    expect(page.get_by_role("status").first).to_have_text("The dashboard was not built anew.")
    expect(page.get_by_role("button", name="Refresh")).to_be_disabled()
    expect(page.get_by_label("From day")).to_be_disabled()
    assert page.locator(".bos-tile__value").all_inner_texts() == before
    expect(note).to_be_visible()
    alert.get_by_role("button", name="Reload").click()
    page.wait_for_selector(".bos-tile", timeout=SHOWN)
    expect(page.get_by_role("button", name="Refresh")).to_be_enabled()
    expect(note).not_to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.full
@pytest.mark.usefixtures("wb")
def test_what_is_arranged_or_said_when_the_kernel_is_gone_is_told_as_unanswered_and_kept(apps, new_page):
    page, said = dashboard(apps, new_page), dashboard(apps, new_page)
    page.get_by_role("button", name="Arrange").click()
    page.get_by_label("Why is this changed?").fill("Rates first.", timeout=SHOWN)
    page.get_by_role("textbox", name="Title here of Straight-through rate").fill("Without a hand")
    said.get_by_role("button", name="Give feedback on the whole dashboard").click()
    said.get_by_label("What do you want to say?").fill("Is this right?")
    apps.kill_kernels()
    page.get_by_role("button", name="Save as a new version").click()
    said.get_by_role("button", name="Send feedback").click()
    expect(page.get_by_role("alert")).to_contain_text("BOS does not answer", timeout=SOON)
    expect(page.get_by_text("What you arranged is still in this tab.")).to_be_visible()
    inside = said.get_by_role("dialog")
    expect(inside.get_by_role("alert")).to_contain_text("BOS does not answer", timeout=SOON)
    expect(inside.get_by_text("Your text is still here.")).to_be_visible()
    assert inside.get_by_label("What do you want to say?").input_value() == "Is this right?"
    expect(inside.get_by_role("button", name="Close")).to_be_enabled()
    inside.get_by_role("button", name="Reload").click()
    said.wait_for_selector(".bos-tile", timeout=SHOWN)
    said.get_by_role("button", name="Give feedback on the whole dashboard").click()
    assert said.get_by_label("What do you want to say?").input_value() == "Is this right?"


@pytest.mark.full
@pytest.mark.usefixtures("wb")
def test_every_other_page_whose_kernel_is_gone_says_so(apps, new_page):
    first = new_page(apps)
    tabs = [first, *(first.context.new_page() for _ in range(5))]
    names = ("explanation", "cases", "watch", "calendars", "costs", "connections")
    for tab, name in zip(tabs, names, strict=True):
        tab.goto(apps.page(name, f"flow={FLOW}&kpi=stp_rate"))
        expect(tab.get_by_role("heading", level=1)).to_be_visible(timeout=SHOWN)
    apps.kill_kernels()
    for tab in tabs:
        expect(tab.get_by_role("alert").filter(has_text="BOS does not answer")).to_be_visible(timeout=SOON)
