"""Published numbers in a real browser: then and restated, frozen runs, and running one again."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

import bos
from bos.model.numbers import shown
from bos.resources import share

FLOW, KPI = "published-numbers", "overall_return_rate"
SAMPLE = share("data") / "samples" / "loan-payments.csv"
NEW_YORK = ZoneInfo("America/New_York")
FEBRUARY = {"start": datetime(2026, 2, 1, tzinfo=NEW_YORK), "end": datetime(2026, 3, 1, tzinfo=NEW_YORK)}
DEBITS = {"ach", "web", "third_party"}

pytestmark = pytest.mark.full


def rows():
    with SAMPLE.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def rate(events):
    """Return debits that came back over debits that were made in February: events by their ids, in plain Python."""
    debits = {one["event_id"]: one for one in events if one["channel"] in DEBITS}.values()
    made = [
        one["case_id"]
        for one in debits
        if one["event"] == "payment.initiated"
        and datetime.fromisoformat(one["event_time"]).astimezone(NEW_YORK).month == 2
    ]
    return sum(one["event"] == "payment.returned" and one["case_id"] in made for one in debits) / len(made)


@pytest.fixture(scope="module")
def told(apps, tmp_path_factory):
    """Return a workbench on a flow whose February was told, and to which a return came late; the run, then and now."""
    late = tmp_path_factory.mktemp("late") / "late.csv"
    events = rows()
    back = {one["case_id"] for one in events if one["event"] == "payment.returned"}
    debit = next(
        one
        for one in events
        if one["event"] == "payment.initiated" and one["channel"] in DEBITS and one["case_id"] not in back
    )
    came = {
        **debit,
        "event_id": "late-1",
        "event": "payment.returned",
        "event_time": "2026-03-20T09:00:00-04:00",
        "code": "R01",
    }
    with late.open("w", encoding="utf-8", newline="") as stream:
        out = csv.DictWriter(stream, list(came))
        out.writeheader()
        out.writerow(came)
    with bos.connect(apps.home, url=apps.api_url, token=apps.token) as wb:
        wb.templates.create("loan-payment-processing", id=FLOW, title="Payments told")
        flow = wb.flow(FLOW)
        flow.import_events(SAMPLE)
        run = flow.evaluate([KPI, "stp_rate"], **FEBRUARY).run
        flow.import_events(late)
        yield wb, run, rate(events), rate([*events, came])


def test_a_restated_number_stands_beside_what_was_told_and_the_dashboard_leads_there(apps, new_page, told):
    _, run, then, now = told
    page = new_page(apps, width=1280)
    page.goto(apps.page("dashboard", f"flow={FLOW}&from=2026-02-01&to=2026-02-28"), timeout=60_000)
    page.locator(f"#{KPI}").get_by_role("link", name="Restated since it was told first").click(timeout=60_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Published numbers of Payments told", timeout=30_000)
    row = page.get_by_role("row").filter(has_text="Overall return rate").first
    cells = row.get_by_role("cell").all_inner_texts()
    assert cells[:2] == [shown(then, "ratio"), shown(now, "ratio")]
    assert cells[3:] == ["Restated", "Arrived since: 1 Payment returned."]
    assert parse_qs(urlsplit(page.url).query) == {"flow": [FLOW], "run": [run.run], "kpi": [KPI], "only": ["restated"]}
    page.get_by_label("KPI", exact=True).select_option("")
    page.get_by_label("Show").select_option("")
    expect(page.get_by_role("row").filter(has_text="Straight-through rate").first).to_contain_text("Stands")
    page.wait_for_url(lambda url: "only=" not in url and "kpi=" not in url)
    assert page.violations_in_both() == []
    assert page.seen.errors == []


def test_a_frozen_run_is_computed_again_once_and_says_whether_it_is_the_same(apps, new_page, told):
    wb, run, _, _ = told
    page = new_page(apps, width=400)
    page.goto(apps.page("published", f"flow={FLOW}&run={run.run}"))
    row = page.get_by_role("row").filter(has_text="KPI run")
    again = row.get_by_role("button", name="Run it again")
    again.dblclick(timeout=30_000)
    expect(page.locator(".bos-banner[data-tone=ok]")).to_contain_text(
        "comes out the same, byte for byte", timeout=30_000
    )
    expect(row).to_contain_text("The same")
    repeats = [one for one in wb.audit_entries(tag="run.repeated") if one.after["run"] == run.run]
    assert len(repeats) == 1
    row.locator("summary").click()
    expect(row).to_contain_text(run.result_hash)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")

    harmed = min(Path(apps.home, "lake", "events", FLOW).glob("*.parquet"), key=lambda one: one.stat().st_mtime)
    whole = harmed.read_bytes()
    harmed.write_bytes(whole[:-1])
    try:
        again.click()
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("does not come out the same", timeout=30_000)
        expect(alert).to_contain_text(harmed.name)
        assert str(apps.home) not in alert.inner_text()
    finally:
        harmed.write_bytes(whole)
    assert page.seen.errors == []


@pytest.mark.usefixtures("told")
def test_an_address_of_a_run_that_is_not_there_or_of_none_is_told(apps, new_page):
    page = new_page(apps)
    page.goto(apps.page("published", f"flow={FLOW}&run=nothing"))
    expect(page.get_by_role("alert")).to_contain_text("There is no run of this name.", timeout=30_000)
    page.goto(apps.page("published"))
    expect(page.get_by_role("alert")).to_contain_text("names no flow", timeout=30_000)
