"""The dashboard in real Chromium, on the apps host and a real server."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

import bos
from bos.generate import generate
from bos.resources import share

FLOW = "loan-payment-processing"
COLUMNS = {"signal": "signal", "time": "time", "value": "value"}


@pytest.fixture(scope="module")
def wb(apps):
    """Return a workbench on the pilot flow with the sample log."""
    with bos.connect(apps.home, url=apps.api_url, token=apps.token) as wb:
        if FLOW not in {row.id for row in wb.templates.list()}:
            wb.templates.create(FLOW)
        wb.flow(FLOW).import_events(share("data") / "samples" / "loan-payments.csv")
        yield wb


@pytest.fixture(scope="module")
def generated(start_apps, tmp_path_factory):
    """Return a running pair, and a workbench on it, with generated events and points of the pilot flow."""
    pair = start_apps()
    made = generate(tmp_path_factory.mktemp("generated"), events=10_000, days=28)
    with bos.connect(pair.home, url=pair.api_url, token=pair.token) as wb:
        wb.templates.create(FLOW)
        flow = wb.flow(FLOW)
        for events in (made.events, made.late):
            flow.import_events(events, generated=True)
        flow.import_metrics(made.metrics, map=COLUMNS, generated=True)
        yield pair, wb


@pytest.fixture
def open_page(apps, wb, new_page):
    """Return a function to the dashboard, shown in a signed-in browser; a pair of one's own may be given."""
    del wb

    def show(pair=apps, query=f"flow={FLOW}", wait=".bos-tile", **options):
        page = new_page(pair, **{"width": 1440, **options})
        page.goto(pair.page("dashboard", query))
        page.wait_for_selector(wait, timeout=60_000)
        return page

    return show


def fits(page):
    """Wait until the page scrolls sideways nowhere; tables and wide pictures scroll in boxes of their own.

    After a change of the window Jupyter's panels take their new size a moment later, so one look could be too early.
    """
    page.wait_for_function(
        """() => {
          const around = [];
          for (let one = document.querySelector("main"); one; one = one.parentElement) around.push(one);
          return around.every((one) => one.scrollWidth <= one.clientWidth);
        }""",
        timeout=30_000,
    )


def test_the_app_shows_the_numbers_of_the_api_and_filters_by_keyboard(open_page, wb):
    page = open_page()
    run = wb.flow(FLOW).dashboard()
    tiles = {p.id: p.shown for p in run.panels if p.kind == "kpi"}
    seen = {name: page.inner_text(f"#{name} .bos-tile__value") for name in tiles}
    assert seen == tiles
    page.get_by_label("Only loan type").select_option("auto")
    page.get_by_role("button", name="Refresh").press("Enter")
    expect(page.locator("#credited_as_of_receipt .bos-status")).to_contain_text("Withheld", timeout=30_000)
    expect(page.get_by_role("status")).to_have_text("The dashboard is up to date.")
    assert page.get_by_label("Only loan type").input_value() == "auto"
    assert page.get_by_label("Compare with").input_value() == "previous"
    page.get_by_label("Compare with").select_option("1 year")
    page.get_by_role("button", name="Refresh").press("Enter")
    noted = page.locator(".bos-tile__note", has_text="1 year earlier to compare with")
    expect(noted.first).to_be_visible(timeout=30_000)
    assert page.get_by_label("Compare with").input_value() == "1 year"
    expect(page.get_by_role("button", name="Refresh")).to_be_focused()
    assert page.violations() == []


@pytest.mark.full
def test_of_generated_events_each_tile_each_table_and_each_system_equals_the_run_of_the_api(generated, open_page):
    pair, wb = generated
    page = open_page(pair)
    run = wb.dashboard_run(next(iter(wb.flow(FLOW).dashboard_runs())).run)
    assert run.generated
    tiles = {panel.id: panel for panel in run.panels if panel.kind == "kpi"}
    seen = {name: page.inner_text(f"#{name} .bos-tile__value") for name in tiles}
    assert seen == {name: panel.shown for name, panel in tiles.items()}
    suspense = {"suspense_age", "suspense_balance"}  # where nothing waits, or its signals ended long before the flow
    assert {name for name, panel in tiles.items() if panel.value is None} <= suspense
    chips = {name: page.inner_text(f"#{name} .bos-status") for name in tiles}
    assert chips == {name: panel.status_words for name, panel in tiles.items()}
    changes = {name: page.locator(f"#{name} .bos-tile__note").all_inner_texts() for name in tiles}
    assert changes == {name: [panel.change.words] if panel.change else [] for name, panel in tiles.items()}
    for panel in run.panels:
        rows = page.locator(f"article[id='{panel.id}'] tbody tr")
        assert rows.count() == len(panel.rows)
    for panel in (panel for panel in run.panels if panel.kind == "system"):
        assert page.inner_text(f"article[id='{panel.id}'] .bos-panel__words") == panel.summary
    reached = {row[0]: row[2] for row in run_rows(run, "funnel") if row[1] == "Reached"}
    for step, count in reached.items():
        row = page.locator("#funnel tbody tr").filter(has_text=re.compile(f"^{re.escape(step)}Reached"))
        assert int(re.sub(r"\D", "", row.locator("td").nth(1).text_content())) == count
    assert "With generated telemetry" in page.inner_text("main header")
    assert page.seen.foreign == []


def run_rows(run, name):
    return next(panel for panel in run.panels if panel.id == name).rows


@pytest.mark.full
def test_the_week_that_is_not_over_is_marked_in_words_shape_and_table(generated, open_page):
    pair, wb = generated
    page = open_page(pair)
    page.get_by_label("From day").fill("2026-01-05")
    page.get_by_label("To day (included)").fill("2026-01-21")
    page.get_by_label("Trends by").select_option("week")
    page.get_by_role("button", name="Refresh").click()
    expect(page.locator("main header")).to_contain_text("21 Jan 2026", timeout=30_000)
    run = wb.dashboard_run(next(iter(wb.flow(FLOW).dashboard_runs())).run)
    panel = next(panel for panel in run.panels if panel.kind == "trend" and "so far" in panel.summary)
    card = page.locator(f"article[id='{panel.id}']")
    expect(card.locator(".bos-legend")).to_contain_text(f"{run.window.by.capitalize()} so far")
    assert card.locator(".bos-chart__dot--part").count() >= 1
    assert card.locator(".bos-chart__line--part").count() >= 1
    last = card.locator("tbody tr").last.locator("th").text_content()
    assert last.endswith("so far")


@pytest.mark.full
def test_approval_is_said_once_at_the_top_short_on_a_tile_and_in_full_in_its_details(open_page, wb):
    page = open_page()
    run = wb.flow(FLOW).dashboard()
    panel = next(
        panel for panel in run.panels if panel.kind == "kpi" and panel.approval_words.startswith("Not approved")
    )
    assert run.approval_words in page.inner_text(".bos-banner >> nth=0")
    tile = page.locator(f"#{panel.id}")
    mark = tile.get_by_role("img", name=panel.approval_words)
    assert mark.get_attribute("title") == panel.approval_words
    assert mark.inner_text().strip() == "not"
    assert mark.bounding_box()["width"] < 50
    assert "waits for" not in tile.inner_text()
    tile.locator("summary", has_text="Details").press("Enter")
    expect(tile.locator("dl")).to_contain_text(panel.approval_words)
    assert page.violations() == []


@pytest.mark.full
def test_a_failure_is_a_sentence_and_the_page_stays(open_page):
    page = open_page()
    page.get_by_label("From day").fill("2026-03-02")
    page.get_by_label("To day (included)").fill("2026-01-01")
    page.get_by_role("button", name="Refresh").click()
    expect(page.get_by_role("alert")).to_contain_text("The window ends when it begins, or before.", timeout=30_000)
    assert page.get_by_label("From day").input_value() == "2026-03-02"
    assert page.locator(".bos-tile").count() == 17
    assert page.violations() == []
    assert page.seen.foreign == []
    assert page.title() == "Loan Payment Processing · dashboard · BOS"


def test_a_flow_that_is_not_there_is_told_and_leads_home(open_page):
    page = open_page(query="flow=nothing%20here", wait="main .bos-button")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no flow called nothing here")
    assert page.title() == "There is no flow called nothing here · BOS"
    assert page.get_by_role("main").get_by_role("link", name="My flows").get_attribute("href") == "home.ipynb"
    assert page.get_by_role("button", name="Give feedback").count() == 0
    assert page.violations() == []


def test_a_flow_that_is_not_submitted_leads_to_the_wizard(open_page, wb):
    wb.templates.save_draft("planned", {"id": "planned", "title": "Planned flow"}, revision=0)
    page = open_page(query="flow=planned", wait="main .bos-button")
    expect(page.get_by_role("heading", level=1)).to_have_text("Planned flow is not submitted yet")
    way = page.get_by_role("main").get_by_role("link", name="Open it in the wizard")
    assert way.get_attribute("href") == "wizard.ipynb?flow=planned"
    assert page.violations() == []


def test_the_bar_leads_to_the_wizard_of_this_flow(open_page):
    page = open_page()
    link = page.get_by_role("navigation").get_by_role("link", name="Edit this flow")
    assert link.get_attribute("href") == f"wizard.ipynb?flow={FLOW}"


@pytest.mark.full
@pytest.mark.parametrize("width", [390, 1440])
def test_every_state_is_accessible_and_fits_in_light_and_dark_wide_and_narrow(generated, open_page, width):
    page = open_page(generated[0], width=width, reduced_motion="reduce")
    assert page.violations_in_both() == []
    fits(page)
    if width == 390:
        page.set_viewport_size({"width": 320, "height": 800})
        fits(page)
    for summary in page.locator("summary").all()[:6]:
        summary.press("Enter")
    fits(page)
    page.get_by_label("Only loan type").select_option("auto")
    page.get_by_label("From day").fill("2026-03-02")
    page.get_by_label("To day (included)").fill("2026-03-08")
    page.get_by_role("button", name="Refresh").click()
    expect(page.locator("#credited_as_of_receipt .bos-status")).to_contain_text("Withheld", timeout=30_000)
    assert page.violations_in_both() == []
    fits(page)
    page.get_by_label("To day (included)").fill("2026-01-01")
    page.get_by_role("button", name="Refresh").click()
    expect(page.get_by_role("alert")).to_contain_text("The window ends", timeout=30_000)
    assert page.violations_in_both() == []
    fits(page)


@pytest.mark.full
def test_a_split_leads_to_one_value_on_the_whole_dashboard_and_to_its_cases(generated, open_page):
    pair, wb = generated
    page = open_page(pair)
    page.get_by_label("Split by").select_option("channel")
    page.get_by_role("button", name="Refresh").click()
    part = page.locator("article[id='split.stp_rate'] tbody tr", has_text="lockbox")
    expect(part).to_be_visible(timeout=30_000)
    told = wb.flow(FLOW).evaluate(["stp_rate"], dimensions=["channel"])
    (lockbox,) = (value for value in told.values if value.dimensions["channel"] == "lockbox")
    assert part.locator("td").nth(1).inner_text() == f"{lockbox.n}"
    href = part.get_by_role("link", name="Cases of lockbox").get_attribute("href")
    assert page.violations() == []
    part.get_by_role("button", name="Only this lockbox").click()
    expect(page.locator("main header")).to_contain_text("only channel lockbox", timeout=30_000)
    assert page.get_by_label("Only channel").input_value() == "lockbox"
    assert page.locator("article[id='split.stp_rate'] tbody tr").count() == 1
    page.goto(page.url.rsplit("/", 1)[0] + "/" + href)
    expect(page.locator("main")).to_contain_text("channel lockbox", timeout=30_000)


@pytest.mark.full
def test_a_change_leads_to_why_and_its_causes_are_those_of_the_api(generated, open_page):
    pair, wb = generated
    page = open_page(pair)
    tile = page.locator("#stp_rate")
    compared = next(one for one in wb.flow(FLOW).dashboard().panels if one.id == "stp_rate").change
    tile.get_by_role("link", name="Why? the change of").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Why ", timeout=30_000)
    rows = page.get_by_role("table").locator("tbody tr")
    found = wb.flow(FLOW).explain("stp_rate", start=compared.start, end=compared.end)
    assert found.difference == pytest.approx(compared.difference, rel=1e-9)
    expect(rows).to_have_count(len(found.parts))
    expect(page.locator("main")).to_contain_text(found.rounded.words(found.rounded.total))
    assert page.violations_in_both() == []
    page.get_by_label("Taken apart by").select_option("")
    whole = wb.flow(FLOW).explain("stp_rate", start=compared.start, end=compared.end, dimension="")
    expect(rows).to_have_count(len(whole.parts), timeout=30_000)
    assert len(whole.parts) < len(found.parts)
    page.get_by_label("Earlier period").select_option("1 year")
    expect(page.get_by_role("alert")).to_contain_text("This change cannot be explained:", timeout=30_000)


@pytest.mark.full
def test_a_change_of_filtered_numbers_leads_to_why_with_the_filters(generated, open_page):
    pair, wb = generated
    filters = {"channel": ["web"]}
    page = open_page(pair, query=f"flow={FLOW}&filter=channel%3Dweb&split=channel")
    page.locator("#stp_rate").get_by_role("link", name="Why? the change of").click()
    expect(page.locator("dl")).to_contain_text("channel web", timeout=30_000)
    compared = next(one for one in wb.flow(FLOW).dashboard(filters=filters).panels if one.id == "stp_rate").change
    found = wb.flow(FLOW).explain("stp_rate", start=compared.start, end=compared.end, filters=filters)
    assert found.difference == pytest.approx(compared.difference, rel=1e-9)
    expect(page.locator("main")).to_contain_text(found.rounded.words(found.rounded.total))
    expect(page.get_by_role("table").locator("tbody tr")).to_have_count(len(found.parts))
    offered = (
        page.get_by_label("Taken apart by").locator("option").all_inner_texts()
        if page.get_by_label("Taken apart by").count()
        else []
    )
    assert "Channel" not in offered
    assert "filter=channel%3Dweb" in page.url
    assert page.seen.errors == []


@pytest.mark.full
def test_a_percentile_is_told_by_its_spread_and_its_parts_with_the_reason_why_no_sum_exists(generated, open_page):
    pair, wb = generated
    kpi = "receipt_to_posted_p95"
    change = next(one for one in wb.flow(FLOW).dashboard().panels if one.id == kpi).change
    page = open_page(pair)
    page.locator(f"#{kpi}").get_by_role("link", name="Why? the change of").click()
    expect(page.get_by_role("heading", name="Why no exact sum")).to_be_visible(timeout=30_000)
    found = wb.flow(FLOW).movement(kpi, start=change.start, end=change.end)
    assert found.difference == pytest.approx(change.difference, rel=1e-9)
    lies, moved = page.get_by_role("table").all()
    assert lies.locator("tbody tr td:nth-child(2)").all_inner_texts() == [
        f"{side.spread.n:,}" for side in (found.then, found.now)
    ]
    assert moved.locator("tbody th").all_inner_texts() == [one.of for one in found.parts]
    assert page.violations_in_both() == []
    assert page.seen.errors == []


@pytest.mark.full
def test_the_dashboard_is_exported_from_the_page(open_page, wb, tmp_path):
    page = open_page()
    for width in (800, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        fits(page)
        boxes = [
            page.locator(name).bounding_box()
            for name in ("#bos-refresh", "#bos-arrange", "#bos-export-to", "#bos-export")
        ]
        assert len({round(box["y"] + box["height"] / 2) for box in boxes}) == 1, "the actions stand in one line"
        assert boxes == sorted(boxes, key=lambda box: box["x"])
    for target, ending in (("csv", "csv"), ("grafana", "grafana.json")):
        page.get_by_label("Export as").select_option(target)
        with page.expect_download(timeout=60_000) as waiting:
            page.get_by_role("button", name="Export", exact=True).click()
        name = waiting.value.suggested_filename
        assert name.endswith(f".{ending}")
        waiting.value.save_as(tmp_path / name)
        run = next(iter(wb.flow(FLOW).dashboard_runs())).run
        assert (tmp_path / name).read_bytes() == wb.export_dashboard(run, target).content
        expect(page.get_by_role("status").first).to_contain_text(name)
        page.get_by_text(f"What {name} does not carry").click()
        expect(page.get_by_text("From step to step:").first).to_be_visible()
