"""The dashboard in real Chromium, on the apps host and a real server."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

import bos
from bos.resources import share

FLOW = "loan-payment-processing"


@pytest.fixture(scope="module")
def wb(apps):
    """Return a workbench on the pilot flow with the sample log."""
    with bos.connect(apps.home, url=apps.api_url, token=apps.token) as wb:
        if FLOW not in {row.id for row in wb.templates.list()}:
            wb.templates.create(FLOW)
        wb.flow(FLOW).import_events(share("data") / "samples" / "loan-payments.csv")
        yield wb


@pytest.fixture
def page(apps, wb, new_page):
    del wb
    found = new_page(apps, width=1440)
    found.goto(apps.page("dashboard", f"flow={FLOW}"))
    found.wait_for_selector(".bos-tile", timeout=60_000)
    return found


def test_the_app_shows_the_numbers_of_the_api_and_filters_by_keyboard(page, wb):
    run = wb.flow(FLOW).dashboard()
    tiles = {p.id: p.shown for p in run.panels if p.kind == "kpi"}
    seen = {name: page.inner_text(f"#{name} .bos-tile__value") for name in tiles}
    assert seen == tiles
    page.get_by_label("Only loan type").select_option("auto")
    page.get_by_role("button", name="Refresh").press("Enter")
    expect(page.locator("#credited_as_of_receipt .bos-status")).to_contain_text("Withheld", timeout=30_000)
    expect(page.get_by_role("status")).to_have_text("The dashboard is up to date.")
    assert page.get_by_label("Only loan type").input_value() == "auto"


def test_a_failure_is_a_sentence_and_the_page_stays(page):
    page.get_by_label("From day").fill("2026-03-02")
    page.get_by_label("To day, which counts").fill("2026-01-01")
    page.get_by_role("button", name="Refresh").click()
    expect(page.get_by_role("alert")).to_contain_text("The window ends before it begins.", timeout=30_000)
    assert page.get_by_label("From day").input_value() == "2026-03-02"
    assert page.locator(".bos-tile").count() == 11
    found = Axe().run(page, context=".bos", options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    assert [rule["id"] for rule in found.response["violations"]] == []
    assert page.seen.foreign == []
    assert page.title() == "Loan Payment Processing · dashboard · BOS"
