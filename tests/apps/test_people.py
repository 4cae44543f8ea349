"""Who owns what, and people and roles, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

import bos

TIME = 30_000
FLOW = "owned"


@pytest.fixture(scope="module")
def owned(apps):
    with bos.connect(apps.home, url=apps.api_url, token=apps.token) as wb:
        wb.templates.create("loan-payment-processing", id=FLOW, title="Owned <i>payments</i>")
    return apps


def act_as(apps, page, role):
    http = page.context.request
    people = {one["role"]: one["person"] for one in http.get(f"{apps.api_url}/api/v1/session").json()["sample_people"]}
    assert http.post(f"{apps.api_url}/api/v1/session/acting", data={"person": people[role]}).ok


@pytest.mark.full
def test_who_owns_what_is_shown_for_all_flows_for_one_and_for_a_role(owned, new_page):
    page = new_page(owned, width=1280)
    page.goto(owned.page("owners"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Who owns what", timeout=TIME)
    table = page.get_by_role("region", name="Flows, their roles and who holds them")
    expect(table.get_by_role("row").filter(has_text="Owned <i>payments</i>")).to_have_count(7)
    page.get_by_label("Role", exact=True).select_option(label="Compliance")
    mine = table.get_by_role("row").filter(has_text="Owned <i>payments</i>")
    expect(mine).to_have_count(1)
    expect(mine).to_contain_text("Chiara Lombardi")
    mine.get_by_text("Field by field").click()
    parts = page.get_by_role("region", name="Owned <i>payments</i>: who answers for which fields")
    expect(parts).to_contain_text("KPI “Credited as of receipt”")
    row = parts.get_by_role("row").filter(has_text="Overall return rate")
    assert row.get_by_role("cell").first.inner_text() == "Thresholds"
    expect(parts.get_by_role("row").filter(has_text="Step “Due”")).to_have_count(0)
    page.get_by_label("Role", exact=True).select_option("")
    expect(parts.get_by_role("row").filter(has_text="Step “Due”")).to_contain_text("and 7 more")
    assert page.violations_in_both() == []
    assert page.seen.errors == []


@pytest.mark.full
def test_an_administrator_lets_somebody_in_gives_a_role_takes_it_back_and_lets_them_in_no_more(owned, new_page):
    page = new_page(owned, width=1280)
    page.goto(owned.page("people"))
    press = lambda name: page.get_by_role("button", name=name, exact=True).click(timeout=TIME)  # noqa: E731
    press("Let somebody in")
    press("Let them in")
    told = page.locator("#summary").get_by_role("listitem")
    expect(told).to_have_text(["Enter the id", "Enter the name people read", "Enter why"])
    assert page.violations() == []
    page.get_by_label("Id").fill("bea.ek")
    page.get_by_label("Name people read").fill("<b>Bea</b> Ek")
    page.get_by_label("Why").fill("New here.")
    press("Let them in")
    expect(page.get_by_role("status")).to_contain_text("BOS knows <b>Bea</b> Ek now.")

    press("Give a role")
    page.get_by_label("Role", exact=True).select_option(label="Finance control")
    page.get_by_label("Where", exact=True).select_option("flow")
    page.get_by_label("Flow").select_option(FLOW)
    page.get_by_label("Last day").fill("soon")
    page.get_by_label("Why").fill("Her work.")
    press("Give the role")
    expect(page.locator("#summary")).to_contain_text("Write the day as 2027-03-31")
    page.get_by_label("Last day").fill("2090-12-31")
    press("Give the role")
    expect(page.get_by_role("status")).to_contain_text("holds the role now")
    held = page.get_by_role("region", name="Roles <b>Bea</b> Ek holds").get_by_role("row").nth(1)
    for words in ("Finance control", "on the flow Owned <i>payments</i>", "1 Jan 2091 00:00 UTC", "Her work."):
        expect(held).to_contain_text(words)
    assert page.violations_in_both() == []

    held.get_by_text("Take back").click()
    page.get_by_label("Why").fill("Not any more.")
    press("Take the role back")
    expect(page.get_by_text("Holds no role.")).to_be_visible()
    press("Let in no more")
    page.get_by_label("Why").fill("She left.")
    page.locator("[data-key^=form-disable]").get_by_role("button", name="Let in no more").click()
    expect(page.get_by_role("status")).to_contain_text("is let in no more")
    press("Erase name and addresses")
    expect(page.get_by_text("whom nobody lets in again")).to_be_visible()
    assert page.violations() == []
    page.get_by_label("Why").fill("Request 7.")
    press("Erase for good")
    expect(page.get_by_role("status")).to_contain_text("Name and addresses of bea.ek are erased.")
    expect(page.get_by_role("button", name="Let in again")).to_have_count(0)
    with bos.connect(owned.home, url=owned.api_url, token=owned.token) as wb:
        found = wb.people.show("bea.ek")
        assert (found.bindings, found.disabled_at is not None) == ((), True)
        assert (found.display, found.erased_at is not None) == ("Erased person", True)
        (given,) = wb.people.roles(person="bea.ek", ended=True)
        assert (given.role, given.scope, given.value, given.rationale) == ("finance_control", "flow", FLOW, "Her work.")
    assert page.seen.errors == []


@pytest.mark.full
def test_what_only_somebody_serves_is_shown_and_who_does_not_manage_is_offered_nothing_to_change(owned, new_page):
    page = new_page(owned, width=1280)
    act_as(owned, page, "finance_control")
    page.goto(owned.page("people", "person=sample-viewer"))
    expect(page.get_by_role("heading", name="sample person").first).to_be_visible(timeout=TIME)
    expect(page.get_by_text("Others can do all that")).to_be_visible()
    for name in ("Give a role", "Let in no more", "Let somebody in"):
        assert page.get_by_role("button", name=name).count() == 0
    page.get_by_role("button", name="All people").click()
    page.get_by_role("button", name="Let somebody stand in for you").click()
    page.get_by_label("Stands in").select_option("sample-business-owner")
    page.get_by_label("Last day").fill("2000-01-01")
    page.get_by_label("Why").fill("Holiday.")
    page.get_by_role("button", name="Let them stand in").click()
    expect(page.get_by_role("alert")).to_contain_text("BOS did not do that")
    assert page.get_by_label("Why").input_value() == "Holiday.", "what was typed stays"
    assert page.seen.errors == []
