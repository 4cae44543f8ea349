"""From a number of a dashboard to the cases behind it, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

import bos

TIME = 30_000
FLOW = "looked-into"
LOG = """case,step,time,amount,channel
1,payment.initiated,2026-02-02T10:00:00Z,10.00,ach
2,payment.initiated,2026-02-02T11:00:00Z,20.00,web
2,payment.returned,2026-02-04T11:00:00Z,20.00,web
3,payment.initiated,2026-02-03T11:00:00Z,30.00,web
<b>3</b>,payment.initiated,2026-02-03T12:00:00Z,30.00,web
<b>3</b>,payment.returned,2026-02-05T12:00:00Z,30.00,web
"""


@pytest.fixture(scope="module")
def looked(apps, tmp_path_factory):
    log = tmp_path_factory.mktemp("log") / "log.csv"
    log.write_text(LOG)
    with bos.connect(apps.home, url=apps.api_url, token=apps.token) as wb:
        wb.templates.create("loan-payment-processing", id=FLOW, title="Looked into")
        columns = {name: name for name in ("case", "step", "time", "amount")} | {"attr.channel": "channel"}
        wb.flow(FLOW).import_events(log, map=columns)
    return apps


@pytest.mark.full
def test_a_person_looks_at_the_cases_behind_a_number(looked, new_page):
    page = new_page(looked, width=1280)
    page.goto(looked.page("dashboard", f"flow={FLOW}"))
    tile = page.locator("#overall_return_rate")
    expect(tile).to_contain_text("50", timeout=TIME)
    tile.get_by_role("link", name="Cases behind Overall return rate").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cases behind Overall return rate", timeout=TIME)
    rows = page.get_by_role("table").get_by_role("row")
    expect(rows).to_have_count(3)
    expect(rows.nth(1)).to_contain_text("<b>3</b>")
    expect(rows.nth(1)).to_contain_text("USD 4.50")
    assert page.get_by_role("columnheader").all_inner_texts()[:3] == ["Case", "At", "Cost"]
    expect(page.get_by_role("table")).to_contain_text("2 of 2 cases or events")
    assert page.violations_in_both() == []
    page.get_by_role("radio", name="The other side of the ratio or gap").check()
    expect(rows).to_have_count(5, timeout=TIME)
    page.get_by_role("link", name="Events of case 2").click()
    for _ in range(2):
        expect(page.get_by_role("heading", level=1)).to_have_text("Case 2", timeout=TIME)
        expect(rows).to_have_count(3, timeout=TIME)
        expect(rows.nth(1)).to_contain_text("2 Feb 2026 06:00:00Payment initiatedInitiatedUSD 20")
        expect(rows.nth(2)).to_contain_text("4 Feb 2026 06:00:00Payment returnedReturnedUSD 20")
        assert page.violations_in_both() == []
        page.reload()
    page.get_by_role("link", name="Cases behind Overall return rate").click()
    expect(page.get_by_role("radio", name="The other side of the ratio or gap")).to_be_checked(timeout=TIME)
    with bos.connect(looked.home, url=looked.api_url, token=looked.token) as wb:
        read = [entry for entry in wb.audit_entries(tag="data.read", id=FLOW) if entry.after["what"] == "cases"]
    assert sorted({entry.after["part"] for entry in read}) == ["failed", "out_of"]


@pytest.mark.full
def test_a_case_that_breaks_a_rule_tells_why(looked, new_page):
    with bos.connect(looked.home, url=looked.api_url, token=looked.token) as wb:
        held = wb.templates.get(FLOW)
        rule = {"formula": "conformance(never_twice(initiated))", "unit": "cases"}
        outcomes = [*held.document["outcomes"], {"id": "twice", "title": "Initiated twice", "measure": rule}]
        changed = {**held.document, "id": "ruled", "outcomes": outcomes}
        wb.templates.put("ruled", changed, rationale="A rule.")
        log = LOG.replace("2,payment.returned", "2,payment.initiated")
        path = looked.home / "twice.csv"
        path.write_text(log)
        columns = {name: name for name in ("case", "step", "time", "amount")} | {"attr.channel": "channel"}
        wb.flow("ruled").import_events(path, map=columns)
    page = new_page(looked, width=1280)
    page.goto(looked.page("cases", "flow=ruled&kpi=twice&part=counted"))
    row = page.get_by_role("table").get_by_role("row").nth(1)
    expect(row).to_contain_text("and again on 4 February 2026 at 06:00: twice in all.", timeout=TIME)
    assert page.violations_in_both() == []


@pytest.mark.full
def test_an_address_that_leads_to_no_cases_says_so(looked, new_page):
    page = new_page(looked, width=1280)
    for query, words in (
        ("", "names no flow and KPI"), (f"flow={FLOW}&kpi=gone", "has no KPI"), ("flow=gone&kpi=x", "gone"),
        (f"flow={FLOW}&kpi=ach_file_gap&part=counted", "belong to no case"),
        (f"flow={FLOW}&kpi=gateway_uptime", "belong to no case"), (f"flow={FLOW}&kpi=stp_rate&start=soon", "no moment"),
    ):  # fmt: skip
        page.goto(looked.page("cases", query))
        expect(page.get_by_role("alert").first).to_contain_text(words, timeout=TIME)
