"""The page of watched KPIs in a browser: a breach with its money, somebody who looks after it, somebody who hears."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

import bos
from bos.actions import watching
from bos.actions.context import open_context
from bos.resources import share
from bos.settings import Settings

TIME = 30_000
FLOW = "watched"
AT = datetime(2026, 4, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def watched(apps):
    """Return the apps with a flow of the sample log, a KPI of which was looked at once and is in breach."""
    with bos.connect(apps.home, url=apps.api_url, token=apps.token) as wb:
        made = wb.templates.create("loan-payment-processing", id=FLOW, title="Watched <i>payments</i>")
        content = wb.templates.get(FLOW).document
        for name in ("overall_return_rate", "stp_rate"):
            one = next(one for one in content["outcomes"] if one["id"] == name)
            one["watch"] = {"every": "1 hour", "over": "60 days"}
        wb.templates.put(FLOW, content, base_version=made.template.version, rationale="Watch them.")
        wb.flow(FLOW).import_events(share("data") / "samples" / "loan-payments.csv")
    context = open_context(Settings.load(home=apps.home, env={}, database_url=apps.database_url))
    watching.tick(context, AT)
    context.close()
    return apps


@pytest.mark.full
def test_a_breach_is_shown_first_and_somebody_looks_after_it(watched, new_page):
    page = new_page(watched, width=1280)
    page.goto(watched.page("home"))
    page.get_by_role("link", name="Watched KPIs").click(timeout=TIME)
    expect(page.get_by_role("heading", level=1)).to_have_text("Watched KPIs", timeout=TIME)
    page.goto(watched.page("watch", f"flow={FLOW}"))
    rows = page.get_by_role("list", name="Watched KPIs of Watched <i>payments</i>").get_by_role("listitem")
    expect(rows).to_have_count(2, timeout=TIME)
    breach = rows.first
    expect(breach).to_contain_text("Breach")
    expect(breach).to_contain_text("at stake")
    expect(breach).to_contain_text("Looked at every hour, over the last 60 days")
    breach.get_by_role("button", name="Look after it").click()
    page.get_by_role("button", name="Look after it", exact=True).click()
    expect(page.locator(".bos-error")).to_contain_text("Enter what you do about it")
    assert page.violations_in_both() == []
    page.get_by_label("What do you do about it?").fill("I ask the <b>bank</b>.")
    page.get_by_role("button", name="Look after it", exact=True).click()
    expect(rows.first).to_contain_text("looks after it since")
    expect(rows.first).to_contain_text("I ask the <b>bank</b>.")
    expect(rows.first.get_by_role("button", name="Change what you do")).to_be_visible()
    rows.first.get_by_role("button", name="Tell me of changes").click()
    expect(rows.first.get_by_role("button", name="Tell me no more")).to_be_visible()
    rows.first.get_by_role("button", name="Tell me no more").click()
    expect(rows.first.get_by_role("button", name="Tell me of changes")).to_be_visible()
    assert page.violations_in_both() == []
    assert page.seen.errors == []
