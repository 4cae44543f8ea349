"""The approvals inbox in a real browser: what waits, what it changes, and every way to answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from playwright.sync_api import expect

import bos
from bos.model.diff import Change
from bos.model.numbers import exact

TIME = 30_000
_NUMBERS = count(1)


@pytest.fixture
def flow(apps):
    """Return a flow of its own for a test, made by the operator, whose values wait for signatures."""
    name = f"inbox-{next(_NUMBERS)}"
    with bos.connect(apps.home, url=apps.api_url, token=apps.token) as wb:
        wb.templates.create("loan-payment-processing", id=name, title=name)
    return name


@pytest.fixture
def as_role(apps, new_page):
    """Return a function to the inbox of the sample person with a role."""

    def opened(role, **options):
        page = new_page(apps, **options)
        http = page.context.request
        people = {
            one["role"]: one["person"] for one in http.get(f"{apps.api_url}/api/v1/session").json()["sample_people"]
        }
        assert http.post(f"{apps.api_url}/api/v1/session/acting", data={"person": people[role]}).ok
        page.goto(apps.page("approvals"))
        expect(page.get_by_role("heading", level=1)).to_have_text("What waits for you", timeout=TIME)
        return page

    return opened


def section(page, name):
    return page.locator(f'[data-key="template-{name}"]')


def mine(wb, name, role):
    return [group for group in wb.changes(id=name, state="unsigned") if role in {one.role for one in group.waiting_for}]


@pytest.mark.full
def test_a_signer_sees_what_they_sign_and_signs_it(apps, as_role, flow):
    with bos.connect(apps.home, url=apps.api_url, token=apps.token) as wb:
        before = mine(wb, flow, "finance_control")
        page = as_role("finance_control")
        here = section(page, flow)
        expect(here).to_contain_text("live, and provisional until")
        assert here.get_by_role("button", name="Look and decide").count() == len(before)
        assert page.violations_in_both() == []
        here.get_by_role("button", name="Look and decide").first.click()
        expect(page.get_by_role("heading", name="Your decision")).to_be_visible(timeout=TIME)
        expect(page.get_by_text("Signatures it needs")).to_be_visible()
        assert page.violations() == []
        page.get_by_role("button", name="Sign", exact=True).click()
        expect(page.get_by_role("status")).to_contain_text("Signed", timeout=TIME)
        assert len(mine(wb, flow, "finance_control")) == len(before) - 1
        section(page, flow).get_by_role("button", name="Decide all").click()
        page.get_by_role("button", name="Sign all").click()
        expect(section(page, flow)).to_have_count(0, timeout=TIME)
        assert mine(wb, flow, "finance_control") == []
    assert page.seen.errors == []


ANSWERS = [("Reject", "rejected", "Rejected."), ("Ask for rework", "rework", "Sent back for rework.")]


@pytest.mark.full
@pytest.mark.parametrize(("answer", "state", "told"), ANSWERS)
def test_whoever_refuses_says_why_and_the_live_value_stays(apps, as_role, flow, answer, state, told):
    with bos.connect(apps.home, url=apps.api_url, token=apps.token) as wb:
        page = as_role("finance_control")
        section(page, flow).get_by_role("button", name="Decide all").click()
        page.get_by_role("button", name="Sign all").click()
        expect(section(page, flow)).to_have_count(0, timeout=TIME)
        live = wb.templates.get(flow)
        outcome = next(one for one in live.document["outcomes"] if one.get("target"))
        path = f"outcomes[{outcome['id']}].target"
        new = {**outcome["target"], "value": 0.0777}
        done = wb.templates.submit(
            flow, [Change(op="set", path=path, new=new)], base_version=live.version, rationale="Wider <b>now</b>."
        )
        group = done.held[0].group
        page.reload()
        row = section(page, flow).get_by_role("row").filter(has_text=exact(0.0777, outcome["measure"]["unit"]))
        expect(row).to_contain_text(exact(outcome["target"]["value"], outcome["measure"]["unit"]), timeout=TIME)
        row.get_by_role("button", name="Look and decide").click()
        expect(page.get_by_text("Wider <b>now</b>.")).to_be_visible(timeout=TIME)
        page.get_by_role("button", name=answer).click()
        expect(page.locator("#summary")).to_contain_text("Say what has to be different.", timeout=TIME)
        page.get_by_label("Comment").fill("Too wide.")
        page.get_by_role("button", name=answer).click()
        expect(page.get_by_role("status")).to_contain_text(told, timeout=TIME)
        expect(section(page, flow)).to_have_count(0)
        after = wb.change(group)
        assert (after.state, after.reason) == (state, "Too wide.")
        assert wb.templates.get(flow).document["outcomes"] == live.document["outcomes"]


@pytest.mark.full
def test_nobody_is_shown_what_they_proposed_themselves_and_a_viewer_nothing(apps, as_role, new_page, flow):
    page = new_page(apps)
    page.goto(apps.page("approvals"))
    expect(page.get_by_role("heading", level=1)).to_have_text("What waits for you", timeout=TIME)
    expect(section(page, flow)).to_have_count(0)
    viewer = as_role("viewer", width=390)
    expect(viewer.get_by_text("You hold no role that signs.")).to_be_visible()
    assert viewer.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.full
def test_what_somebody_else_decided_meanwhile_is_told_and_changes_nothing(as_role, flow):
    page, other = as_role("finance_control"), as_role("finance_control")
    section(page, flow).get_by_role("button", name="Look and decide").first.click()
    section(other, flow).get_by_role("button", name="Look and decide").first.click()
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Signed", timeout=TIME)
    other.get_by_role("button", name="Sign", exact=True).click()
    expect(other.get_by_role("alert")).to_contain_text("does not wait for you any more", timeout=TIME)


@pytest.mark.full
def test_whoever_decides_on_a_waiver_sees_it_in_the_inbox_and_agrees_or_refuses(apps, as_role, flow):
    ends = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    with bos.connect(apps.home, url=apps.api_url, token=apps.token) as wb:
        path = mine(wb, flow, "finance_control")[0].changes[0].path
        http = as_role("coe").context.request
        body = {"path": path, "ends": ends, "reason": "Finance <b>control</b> is away."}
        asked = http.post(f"{apps.api_url}/api/v1/templates/{flow}/waivers", data=body)
        assert asked.status == 201
        page = as_role(asked.json()["waiting_for"])
        row = page.get_by_role("region", name="Waivers that wait for you").get_by_role("row").filter(has_text=flow)
        expect(row).to_have_count(1)
        expect(row).to_contain_text("Finance <b>control</b> is away.")
        assert page.violations_in_both() == []
        row.get_by_role("button", name="Look and decide").click()
        expect(page.get_by_role("heading", name="Your decision on a waiver")).to_be_visible(timeout=TIME)
        page.get_by_role("button", name="Refuse", exact=True).click()
        expect(page.locator("#summary")).to_contain_text("Say what has to be different.")
        assert page.violations() == []
        page.get_by_role("button", name="Agree", exact=True).click()
        expect(page.get_by_role("status")).to_contain_text("Agreed: the value counts as signed", timeout=TIME)
        assert [one.state for one in wb.templates.waivers(flow)] == ["standing"]
        expect(row).to_have_count(0)
    assert page.seen.errors == []
