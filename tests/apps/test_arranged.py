"""Arranging, finding, choosing spans and sharing addresses on the dashboard, in real Chromium."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

import bos
from bos.resources import share

FLOW = "loan-payment-processing"
LOG = share("data") / "samples" / "loan-payments.csv"
READY = {"timeout": 60_000}


@pytest.fixture(scope="module")
def wb(apps):
    """Return a workbench on the pilot flow and on flows of 3 and of 60 KPIs, with the sample log."""
    with bos.connect(apps.home, url=apps.api_url, token=apps.token) as wb:
        if FLOW not in {row.id for row in wb.templates.list()}:
            wb.templates.create(FLOW)
            wb.flow(FLOW).import_events(LOG)
        yield wb


@pytest.fixture(scope="module")
def sized(wb):
    """Return a function from a number to the id of a flow of so many KPIs: those of the pilot, and copies of them."""

    def make(count):
        name = f"flow-of-{count}"
        if name in {row.id for row in wb.templates.list()}:
            return name
        doc = wb.templates.get(FLOW).document
        copies = [(own, number) for number in range(count) for own in doc["outcomes"]][:count]
        outcomes = [
            {**own, "id": f"{own['id']}_{number}", "title": f"{own['title']} {number}"} if number else own
            for own, number in copies
        ]
        kept = {f"outcomes[{one['id']}]" for one in outcomes}
        rows = [row for row in doc["ownership"] if not row["covers"].startswith("outcomes[") or row["covers"] in kept]
        wanted = {**doc, "id": name, "title": f"Flow of {count} KPIs", "outcomes": outcomes, "ownership": rows}
        wb.templates.put(name, wanted, rationale="Other KPIs.")
        wb.flow(name).import_events(LOG)
        return name

    return make


@pytest.fixture
def open_page(apps, new_page):
    """Return a function to the dashboard that an address names."""

    def show(query, wait=".bos-tile", **options):
        page = new_page(apps, **{"width": 1440, **options})
        page.goto(apps.page("dashboard", query))
        page.wait_for_selector(wait, timeout=60_000)
        return page

    return show


def settled(page):
    expect(page.locator("[aria-busy]")).to_have_count(0, **READY)


def order(page):
    return page.locator("article.bos-tile").evaluate_all("tiles => tiles.map((tile) => tile.id)")


@pytest.mark.full
@pytest.mark.parametrize("count", [3, 60])
@pytest.mark.parametrize("width", [390, 1600])
def test_a_dashboard_of_few_and_of_many_kpis_fits_and_is_accessible(open_page, sized, count, width):
    page = open_page(f"flow={sized(count)}", width=width, reduced_motion="reduce")
    assert len(order(page)) == count
    assert page.evaluate("document.querySelector('main').scrollWidth <= document.querySelector('main').clientWidth")
    assert page.violations_in_both() == []
    if count == 3:
        assert page.locator(".bos-contents").count() == 0
        return
    page.get_by_label("Find a KPI").fill("return rate 1")
    shown = page.locator("article.bos-tile:visible h3").all_inner_texts()
    assert shown
    assert all("return rate 1" in title.lower() for title in shown)
    expect(page.locator(".bos-contents [role=status]")).to_have_text(f"{len(shown)} of 60 KPIs are shown.")
    page.get_by_label("Find a KPI").fill("")
    page.get_by_label("Show", exact=True).select_option("bad")
    states = page.locator("article.bos-tile:visible .bos-status").evaluate_all(
        "all => all.map((s) => s.dataset.status)"
    )
    assert set(states) <= {"breach", "warning"}
    page.get_by_label("Show", exact=True).select_option("")
    fold = page.locator(".bos-fold:has(figure svg)").first
    fold.locator("summary").first.press("Enter")
    expect(fold.locator("figure svg")).to_be_visible()
    assert page.violations() == []


@pytest.mark.full
def test_what_is_arranged_is_a_version_and_hides_no_breach(open_page, wb, sized):
    name = sized(3)
    page = open_page(f"flow={name}")
    before = order(page)
    live = wb.dashboards.get(name).version
    page.get_by_role("button", name="Arrange").press("Enter")
    expect(page.get_by_role("heading", name="Arrange this dashboard")).to_be_focused(**READY)
    first, last = (page.locator(f".bos-arrange li[data-id='{one}']") for one in (before[0], before[2]))
    last.get_by_role("button", name="Up").press("Enter")
    expect(page.locator(".bos-arrange [role=status]")).to_contain_text("is 2 of")
    page.locator(f".bos-arrange li[data-id='{before[2]}']").get_by_role("button", name="Up").press("Enter")
    first.get_by_label("Title here").fill("Ours")
    first.get_by_label("Section").fill("For the morning call")
    page.locator(f".bos-arrange li[data-id='{before[1]}']").get_by_role("button", name="Hide").press("Enter")
    assert page.violations() == []
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.locator(".bos-arrange [role=alert]")).to_contain_text("Say in a sentence why")
    page.get_by_label("Why is this changed?").fill("The morning call reads it so.")
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.locator("article.bos-tile h3", has_text="Ours")).to_be_visible(**READY)
    settled(page)
    assert order(page) == [before[0], before[2]]  # what has no section stands below
    head = page.locator(f"#{before[0]} h3")
    assert head.get_attribute("title").startswith("In the template: ")
    assert page.get_by_role("heading", name="For the morning call").is_visible()
    run = wb.dashboard_run(next(iter(wb.flow(name).dashboard_runs())).run)
    (away,) = run.hidden
    told = f", in {away.status}" if away.status in {"breach", "warning"} else ""
    assert run.status_words.endswith(f"; 1 hidden{told}")
    assert run.status_words in page.inner_text(".bos-banner >> nth=0")
    assert wb.dashboards.get(name).version == live + 1
    assert next(iter(wb.dashboards.history(name))).rationale == "The morning call reads it so."
    page.get_by_role("button", name="Arrange").click()
    page.locator("summary", has_text="Undo").click(**READY)
    page.get_by_label("Former version").select_option(f"{live}")
    page.get_by_label("Why is this changed?").fill("Back to what it was.")
    page.get_by_role("button", name="Bring it back").click()
    expect(page.locator("article.bos-tile")).to_have_count(3, **READY)
    assert order(page) == before
    assert wb.dashboards.get(name).version == live + 2


@pytest.mark.full
def test_an_arrangement_that_is_not_saved_is_told_after_a_reload(open_page, wb, sized):
    name = sized(3)
    live = wb.dashboards.get(name).version
    page = open_page(f"flow={name}")
    one = order(page)[0]
    note = page.get_by_text("have not saved it yet")
    expect(note).to_be_hidden()
    page.get_by_role("button", name="Arrange").click()
    title = page.locator(f".bos-arrange li[data-id='{one}']").get_by_label("Title here")
    title.fill("Not saved", **READY)
    expect(note).to_be_hidden()
    page.reload()
    page.wait_for_selector(".bos-tile", timeout=60_000)
    expect(note).to_be_visible(**READY)
    assert page.violations() == []
    page.get_by_role("button", name="Go on arranging").press("Enter")
    expect(title).to_have_value("Not saved", **READY)
    expect(note).to_be_hidden()
    page.reload()
    page.wait_for_selector(".bos-tile", timeout=60_000)
    page.get_by_role("button", name="Drop it").press("Enter", **READY)
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    page.get_by_role("button", name="Keep it").press("Enter")
    expect(note).to_be_visible()
    page.get_by_role("button", name="Drop it").press("Enter")
    page.get_by_role("button", name="Drop it for good").press("Enter")
    expect(note).to_be_hidden()
    expect(page.get_by_role("button", name="Arrange")).to_be_focused()
    page.get_by_role("button", name="Arrange").press("Enter")
    expect(title).to_be_visible(**READY)
    expect(title).not_to_have_value("Not saved")
    assert wb.dashboards.get(name).version == live


@pytest.mark.full
def test_two_who_arrange_at_once_lose_nothing_and_are_told(open_page, wb, sized):
    name = sized(3)
    page = open_page(f"flow={name}")
    one = order(page)[0]
    page.get_by_role("button", name="Arrange").click()
    row = page.locator(f".bos-arrange li[data-id='{one}']")
    row.get_by_label("Title here").fill("Mine", **READY)
    page.get_by_label("Why is this changed?").fill("My reason.")
    live = wb.dashboards.get(name)
    theirs = {**live.document, "panels": [{"id": one, "title": "Theirs"}]}
    wb.dashboards.put(name, theirs, base_version=live.version, rationale="Their reason.")
    page.get_by_role("button", name="Save as a new version").click()
    alert = page.locator(".bos-arrange [role=alert]")
    expect(alert).to_contain_text("“Their reason.”", **READY)
    expect(alert).to_contain_text("Nothing of yours is lost")
    assert row.get_by_label("Title here").input_value() == "Mine"
    assert wb.dashboards.get(name).document["panels"][0]["title"] == "Theirs"
    assert page.violations() == []
    page.reload()
    page.wait_for_selector(".bos-tile", timeout=60_000)
    page.get_by_role("button", name="Arrange").click()
    expect(page.locator(".bos-arrange [role=status]")).to_contain_text("did not save is back", **READY)
    assert row.get_by_label("Title here").input_value() == "Mine"
    page.get_by_role("button", name="Save as a new version").click()
    page.get_by_role("button", name="Save mine on top").click(**READY)
    expect(page.locator("article.bos-tile h3", has_text="Mine")).to_be_visible(**READY)
    assert wb.dashboards.get(name).document["panels"][0]["title"] == "Mine"


@pytest.mark.full
def test_an_address_holds_the_view_and_a_hostile_one_is_told(open_page, wb):
    page = open_page(f"flow={FLOW}")
    page.get_by_label("Only channel").select_option("web")
    page.get_by_label("Compare with").select_option("1 week")
    page.get_by_role("button", name="Refresh").click()
    expect(page.locator("main header")).to_contain_text("only channel web", **READY)
    rows = page.locator("article[id='trend.stp_rate']")
    rows.locator("summary", has_text="Show data").click()
    rows.get_by_role("button", name=re.compile("^Only this period")).nth(1).press("Enter")
    expect(page.get_by_role("button", name="Whole period again")).to_be_visible(**READY)
    settled(page)
    run = wb.dashboard_run(next(iter(wb.flow(FLOW).dashboard_runs())).run)
    assert run.window.start is not None
    assert run.filters == {"channel": ("web",)}
    address = page.url
    assert "filter=channel%3Dweb" in address
    assert "compare=1+week" in address
    other = open_page(address.split("?", 1)[1])
    again = wb.dashboard_run(next(iter(wb.flow(FLOW).dashboard_runs())).run)
    assert (again.window, again.filters) == (run.window, run.filters)
    assert other.get_by_label("Only channel").input_value() == "web"
    page.go_back()
    expect(page.get_by_role("button", name="Whole period again")).to_have_count(0, **READY)
    other.get_by_label("Only channel").select_option("branch")
    other.get_by_role("button", name="Refresh").click()
    expect(other.locator("main header")).to_contain_text("only channel branch", **READY)
    other.go_back()  # to what the address said that it was opened by
    expect(other.locator("main header")).to_contain_text("only channel web", **READY)
    for bad in ("from=nonsense", "split=%3Cscript%3E", "by=decade", "from=2026-03-01&to=2020-01-01"):
        page = open_page(f"flow={FLOW}&{bad}")
        expect(page.get_by_role("alert").first).to_contain_text("The address asks for what cannot be shown.", **READY)
        assert len(order(page)) == 17
        assert page.url.endswith(f"flow={FLOW}")
    assert page.violations() == []
    assert page.seen.foreign == []


@pytest.mark.full
def test_a_span_that_is_dragged_over_a_trend_is_the_period_of_all(open_page, wb):
    page = open_page(f"flow={FLOW}")
    figure = page.locator("article[id='trend.overall_return_rate'] figure")
    figure.scroll_into_view_if_needed()
    buckets = [one.split("/") for one in figure.get_attribute("data-days").split(" ")]
    box = figure.locator("svg").bounding_box()
    plot = figure.locator("svg").get_attribute("data-plot").split(" ")
    left, right, width = map(float, plot[:3])
    ends = [box["x"] + part / width * box["width"] for part in (left + 1, right - 1)]
    page.mouse.move(ends[0], box["y"] + 40)
    page.mouse.down()
    page.mouse.move((ends[0] + ends[1]) / 2, box["y"] + 40)
    assert page.locator(".bos-brush:visible").count() == 1
    page.mouse.up()
    expect(page.get_by_role("button", name="Whole period again")).to_be_visible(**READY)
    start, end = (page.get_by_label(name).input_value() for name in ("From day", "To day (included)"))
    assert start == buckets[0][0][:10]
    assert end in {last for _, last in buckets[:-1]}
    page.get_by_role("button", name="Whole period again").press("Enter")
    expect(page.get_by_role("button", name="Whole period again")).to_have_count(0, **READY)
    run = wb.dashboard_run(next(iter(wb.flow(FLOW).dashboard_runs())).run)
    assert (run.window.start, run.window.end) == (None, None)
