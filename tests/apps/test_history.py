"""The page of a history in a real browser: versions, what changed between any two, and the way back."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

import bos
from bos.model.diff import Change
from bos.model.numbers import exact

FLOW = "with-history"


def change(wb, path, new, why):
    version = wb.templates.get(FLOW).version
    wb.templates.submit(FLOW, [Change(op="set", path=path, new=new)], base_version=version, rationale=why)


@pytest.mark.full
def test_versions_are_told_compared_and_rolled_back_with_a_reason(apps, new_page):
    with bos.connect(apps.home, url=apps.api_url, token=apps.token) as wb:
        wb.templates.create("loan-payment-processing", id=FLOW, title="Payments")
        change(wb, "description", "Second words", "Said <b>better</b>.")
        change(wb, "description", "Third words", "Better still.")
    page = new_page(apps, width=1280)
    page.goto(apps.page("home"))
    page.get_by_label("Flows").get_by_role("link", name="History of Payments", exact=True).click(timeout=30_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("History of Payments", timeout=30_000)
    assert page.locator("h3").all_inner_texts() == ["Version 3", "Version 2", "Version 1"]
    expect(page.get_by_text("Said <b>better</b>.")).to_be_visible()
    table = page.get_by_role("region", name="From version 2 to version 3")
    assert table.get_by_role("row").nth(1).inner_text().split("\t") == ["Description", "Second words", "Third words"]
    page.get_by_label("From version", exact=True).select_option("3")
    expect(page.get_by_text("Both versions have the same content.")).to_be_visible()
    page.get_by_label("From version", exact=True).select_option("1")
    expect(page.get_by_role("region", name="From version 1 to version 3")).to_contain_text("Third words")
    assert page.violations_in_both() == []

    page.get_by_role("button", name="Roll back to version 2").click()
    expect(page.get_by_role("heading", name="Roll back to version 2")).to_be_visible()
    confirm = page.get_by_role("button", name="Roll back to version 2", exact=True).first
    confirm.click()
    expect(page.locator("#summary")).to_contain_text("Say why you roll back.")
    assert page.violations() == []
    page.get_by_label("Why").fill("The second words were right.")
    confirm.click()
    expect(page.get_by_role("status")).to_contain_text("Rolled back to version 2, as version 4.", timeout=30_000)
    assert page.locator("h3").first.inner_text() == "Version 4"
    assert page.seen.errors == []
    with bos.connect(apps.home, url=apps.api_url, token=apps.token) as wb:
        now = wb.templates.get(FLOW)
        assert (now.document["description"], now.rationale) == ("Second words", "The second words were right.")


@pytest.mark.full
def test_a_roll_back_on_a_version_that_is_not_live_any_more_changes_nothing_and_says_so(apps, new_page):
    name = "history-two-tabs"
    with bos.connect(apps.home, url=apps.api_url, token=apps.token) as wb:
        wb.templates.create("loan-application", id=name, title="Two tabs")
        wb.templates.submit(
            name, [Change(op="set", path="description", new="Second")], base_version=1, rationale="Second."
        )
        page = new_page(apps, width=390)
        page.goto(apps.page("history", f"flow={name}"))
        page.get_by_role("button", name="Roll back to version 1").click(timeout=30_000)
        page.get_by_label("Why").fill("Back.")
        wb.templates.submit(
            name, [Change(op="set", path="description", new="Third")], base_version=2, rationale="Third."
        )
        page.get_by_role("button", name="Roll back to version 1", exact=True).first.click()
        expect(page.get_by_role("alert")).to_be_visible(timeout=30_000)
        assert wb.templates.get(name).document["description"] == "Third"
    assert page.get_by_label("Why").input_value() == "Back.", "what was typed stays"
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_an_address_of_no_flow_is_told_in_a_sentence(apps, new_page):
    page = new_page(apps)
    page.goto(apps.page("history", "flow=nothing-of-the-kind"))
    expect(page.get_by_role("alert")).to_contain_text("This history cannot be shown", timeout=30_000)
    assert page.seen.errors == []


def approve(apps, name):
    """Let the sample people sign everything that waits for a flow."""
    with apps.client() as http:
        http.base_url = apps.api_url
        people = {one["role"]: one["person"] for one in http.get("/api/v1/session").json()["sample_people"]}
        for _ in range(10):
            groups = http.get("/api/v1/changes", params={"limit": 1000}).json()["items"]
            open_ = [(one["group"], one["waiting_for"]) for one in groups if one["id"] == name and one["waiting_for"]]
            if not open_:
                return
            for role in {waiting["role"] for _, roles in open_ for waiting in roles}:
                http.post("/api/v1/session/acting", json={"person": people[role]})
                for group, roles in open_:
                    if role in {waiting["role"] for waiting in roles}:
                        http.post(f"/api/v1/changes/{group}/signatures", json={"decision": "approve"})
            http.post("/api/v1/session/acting", json={"person": None})
    raise AssertionError("something waits still")


@pytest.mark.full
def test_a_way_back_that_needs_signatures_changes_nothing_yet_and_says_so(apps, new_page):
    name = "history-held"
    with bos.connect(apps.home, url=apps.api_url, token=apps.token) as wb:
        wb.templates.create("loan-payment-processing", id=name, title="Held back")
        approve(apps, name)
        first = wb.templates.get(name)
        outcome = next(one for one in first.document["outcomes"] if one.get("target"))
        unit = outcome["measure"]["unit"]
        new = {**outcome["target"], "value": 0.0123}
        wb.templates.submit(
            name,
            [Change(op="set", path=f"outcomes[{outcome['id']}].target", new=new)],
            base_version=first.version,
            rationale="Tighter.",
        )
        approve(apps, name)
        second = wb.templates.get(name)
        assert second.version > first.version
        page = new_page(apps)
        page.goto(apps.page("history", f"flow={name}"))
        page.get_by_role("button", name="Roll back to version 1").click(timeout=30_000)
        table = page.get_by_role("region", name="What rolling back changes")
        expect(table).to_contain_text(exact(0.0123, unit))
        page.get_by_label("Why").fill("Back to the blueprint.")
        page.get_by_role("button", name="Roll back to version 1", exact=True).first.click()
        told = "Nothing is rolled back yet. 1 value waits for signatures before it changes."
        expect(page.get_by_role("status")).to_contain_text(told, timeout=30_000)
        assert wb.templates.get(name).version == second.version
        page.get_by_role("button", name="Roll back to version 1").click()
        expect(page.get_by_text("These proposals wait for signatures now.")).to_be_visible()
        told = f"{exact(0.0123, unit)} → at most {exact(outcome['target']['value'], unit)}"
        expect(page.locator(".wz-plain").first).to_contain_text(told)
