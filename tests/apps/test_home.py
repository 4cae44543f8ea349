"""The home page in a real browser: flows, blueprints, and acting as a sample person."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

import bos


def test_a_flow_is_made_from_a_blueprint_and_is_listed_with_its_state_in_words(apps, new_page):
    page = new_page(apps, width=1440)
    page.goto(apps.page("home"))
    expect(page.get_by_role("heading", level=1)).to_have_text("My flows", timeout=30_000)
    page.get_by_role("button", name="Make this flow of Loan Application").click()
    expect(page.get_by_role("status")).to_contain_text("was made", timeout=30_000)
    row = page.get_by_label("Flows").get_by_role("listitem").filter(has_text="Loan Application")
    expect(row).to_contain_text("In review: some values are not approved yet")
    expect(row).to_contain_text("No telemetry yet")
    assert (
        row.get_by_role("link", name="Open dashboard").get_attribute("href") == "dashboard.ipynb?flow=loan-application"
    )
    assert page.title() == "My flows · BOS"
    assert page.seen.foreign == []
    assert page.violations() == []


def test_a_demo_lets_one_person_act_as_a_sample_person_and_says_so(apps, new_page):
    page = new_page(apps, width=390)
    page.goto(apps.page("home"))
    page.get_by_label("Act as").select_option(index=1)
    expect(page.locator(".bos-bar .bos-badge")).to_have_text("Sample person", timeout=30_000)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.get_by_label("Act as").select_option(index=0)
    expect(page.locator(".bos-bar .bos-badge")).to_have_count(0, timeout=30_000)


@pytest.mark.full
def test_who_signs_out_in_one_tab_loses_nothing_typed_in_another(apps, new_page):
    with bos.connect(apps.home, url=apps.api_url, token=apps.token) as wb:
        wb.templates.create("loan-payment-processing", id="signed-out")
    typing = new_page(apps)
    typing.goto(apps.page("wizard", "flow=signed-out"))
    description = typing.get_by_label("Description (optional)")
    description.fill("Typed before", timeout=30_000)
    expect(typing.get_by_role("status")).to_contain_text("Saved", timeout=30_000)

    leaving = typing.context.new_page()
    leaving.goto(apps.page("home"))
    leaving.get_by_role("link", name="Sign out").click()
    leaving.get_by_role("button", name="Sign out").click()
    expect(leaving.get_by_role("heading", level=1)).to_have_text("You are signed out")
    leaving.goto(apps.page("home"))
    expect(leaving.get_by_role("heading", level=1)).to_have_text("You are not signed in")

    description.fill("Typed before and after")
    expect(typing.get_by_role("alert")).to_contain_text("You are signed out of BOS.", timeout=30_000)
    typing.context.request.get(apps.home_url, max_redirects=0)
    typing.reload()
    expect(typing.get_by_label("Description (optional)")).to_have_value("Typed before and after", timeout=30_000)
    expect(typing.get_by_role("status")).to_contain_text("Saved", timeout=30_000)
    with bos.connect(apps.home, url=apps.api_url, token=apps.token) as wb:
        assert wb.templates.draft("signed-out").document["description"] == "Typed before and after"
