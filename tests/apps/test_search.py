"""The search in a real browser: by words, narrowed down, and the ways on from a hit."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

import bos

FLOW = "searched"

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def searched(apps):
    with bos.connect(apps.home, url=apps.api_url, token=apps.token) as wb:
        wb.templates.create("loan-payment-processing", id=FLOW, title="Okapi <b>payments</b>")
        wb.flow(FLOW).give_feedback("Is the okapi late again?")
    return apps


def titles(page):
    return page.get_by_label("What was found").locator("h2").all_inner_texts()


def test_words_find_flows_kpis_and_feedback_and_filters_narrow_them(searched, new_page):
    page = new_page(searched, width=1280)
    page.goto(searched.page("home"))
    page.get_by_role("link", name="Search", exact=True).click(timeout=30_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Search", timeout=30_000)
    expect(page.get_by_text("Type a word or choose what to narrow by.")).to_be_visible()
    page.get_by_label("Words").fill("okapi")
    expect(page.get_by_role("status")).to_contain_text("19 found", timeout=15_000)
    assert {"Okapi <b>payments</b>", "Is the okapi late again?"} <= set(titles(page))
    page.get_by_text("Narrow down").click()
    page.get_by_label("What", exact=True).select_option("kpi")
    expect(page.get_by_role("status")).to_contain_text("17 found")
    page.get_by_label("Regulation").select_option("reg z §1026.36(c)(1)(i)")
    expect(page.get_by_role("status")).to_contain_text("1 found")
    assert page.violations_in_both() == []
    page.get_by_role("link", name="Open in the wizard of").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Credited as of receipt", timeout=30_000)
    assert page.seen.errors == []


def test_a_signal_leads_to_what_uses_it_and_an_address_asks_by_itself(searched, new_page):
    page = new_page(searched, width=1280)
    page.goto(f"{searched.page('search')}?q=certificate&kind=signal")
    expect(page.get_by_role("status")).to_contain_text("1 found", timeout=30_000)
    page.get_by_role("button", name="What uses it").click()
    expect(page.get_by_text("Only what uses signal “payment-gateway.certificate-days-left”.")).to_be_visible()
    expect(page.get_by_label("What was found")).to_contain_text("Okapi <b>payments</b>")
    page.get_by_role("button", name="Begin anew").click()
    expect(page.get_by_text("Type a word or choose what to narrow by.")).to_be_visible()
    assert page.seen.errors == []
