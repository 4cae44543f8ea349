"""The wizard in real Chromium: a business owner describes a flow, submits it, and has a dashboard with one click."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

import bos

SHOWN = 30_000
PILOT = "loan-payment-processing"


@pytest.fixture(scope="module")
def wb(apps):
    """Return a workbench on the pilot flow."""
    with bos.connect(apps.home, url=apps.api_url, token=apps.token) as wb:
        if PILOT not in {row.id for row in wb.templates.list()}:
            wb.templates.create(PILOT)
        yield wb


@pytest.fixture
def open_wizard(apps, wb, new_page):
    """Return a function from the query of an address to the page of the wizard, shown in a signed-in browser."""
    del wb

    def show(query="", **options):
        page = new_page(apps, **options)
        page.goto(apps.page("wizard", query))
        expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=SHOWN)
        return page

    return show


def heading(page, words):
    """Wait for a page of the wizard."""
    expect(page.get_by_role("heading", level=1)).to_have_text(words, timeout=SHOWN)


def press(page, name):
    """Press a button."""
    page.get_by_role("button", name=name, exact=True).click()


def accessible(page):
    """Check a state of the page: no violation of WCAG, one h1, a label on every field, one step that is current."""
    assert page.violations() == []
    assert page.locator("h1").count() == 1
    assert (
        page.evaluate(
            """() => [...document.querySelectorAll('.wz [aria-describedby]')].flatMap((one) =>
             one.getAttribute('aria-describedby').split(' ').filter((id) => !document.getElementById(id)))"""
        )
        == []
    )
    ids = page.evaluate("() => [...document.querySelectorAll('.wz [id]')].map((one) => one.id)")
    assert len(ids) == len(set(ids))


def saved(page):
    """Wait until everything typed is with the server."""
    expect(page.get_by_role("status")).to_have_text(re.compile(r"^Saved \d\d:\d\d:\d\d$"), timeout=SHOWN)
    page.wait_for_function("() => !Object.keys(sessionStorage).some((key) => key.startsWith('bos.typed.'))")


def begin(page, title):
    """Start an empty flow."""
    page.get_by_label("Name of the flow").fill(title)
    press(page, "Start")
    heading(page, "Define the flow")


def add_steps(page, *titles):
    """Add steps on Define."""
    for n, title in enumerate(titles, start=1):
        page.get_by_label("Add a step").fill(title)
        page.get_by_label("Add a step").press("Enter")
        expect(page.get_by_label(f"Step {n}", exact=True)).to_have_value(title)


def add_signal(page, title, event, name, step):
    """Add a new process signal on Populate."""
    press(page, "Add a process signal")
    heading(page, "Add a process signal")
    page.get_by_label("Name of the signal").fill(title)
    page.get_by_label("Event in the source").fill(event)
    page.get_by_label("Name in formulas").fill(name)
    page.get_by_label("Emitted by step").select_option(label=step)
    press(page, "Add the process signal")
    heading(page, "Populate the flow")
    expect(page.get_by_label("Process signals")).to_contain_text(title)


def log(path):
    """Write a small log: ten disputes, four of them returned, in two weeks."""
    rows = ["case,step,time"]
    for n in range(10):
        day = 5 + n if n < 5 else 7 + n
        rows.append(f"d{n},OPENED,2026-01-{day:02}T10:00:00Z")
        if n < 4:
            rows.append(f"d{n},REFUNDED,2026-01-{day:02}T12:00:00Z")
    path.write_text("\n".join(rows) + "\n")
    return path


def define(page):
    """Fill the stage Define, from the first page on."""
    heading(page, "Describe a business flow")
    accessible(page)
    begin(page, "Card Disputes")
    assert page.title() == "Define \u2013 Card Disputes \u2013 BOS"
    page.get_by_label("Description (optional)").first.fill("From the complaint to the refund.")
    add_steps(page, "Opened", "Refunded")
    saved(page)
    accessible(page)
    press(page, "Save and continue")


def populate(page):
    """Fill the stage Populate: two signals and a KPI."""
    heading(page, "Populate the flow")
    add_signal(page, "Dispute opened", "OPENED", "opened", "Opened")
    add_signal(page, "Dispute refunded", "REFUNDED", "refunded", "Refunded")
    accessible(page)
    press(page, "Add a KPI")
    page.get_by_label("Name of the KPI").fill("Refund rate")
    press(page, "Add the KPI")
    heading(page, "Refund rate")
    page.get_by_label("What kind of number").select_option("ratio")
    page.get_by_label("Counted", exact=True).select_option("refunded")
    page.get_by_label("Divided by", exact=True).select_option("opened")
    expect(page.get_by_label("Formula", exact=True)).to_have_value("ratio(count(refunded), count(opened))")
    page.get_by_label("Target (optional)").fill("30 %")
    page.get_by_label("Breach (optional)").fill("0.35")
    expect(page.get_by_label("Preview of the number")).to_contain_text("There is no telemetry of this flow yet")
    saved(page)
    accessible(page)
    press(page, "Save and return to the list")
    press(page, "Save and continue")


def submit(page):
    """Look at Validate and Check your answers, and submit with two clicks at once."""
    heading(page, "Validate the flow")
    expect(page.get_by_text("BOS has checked every field and found no problem.")).to_be_visible()
    accessible(page)
    press(page, "Save and continue")
    heading(page, "Check your answers")
    expect(page.get_by_role("row").filter(has_text="KPI Refund rate")).to_contain_text(
        "ratio(count(refunded), count(opened)) · Target: at most 30 %"
    )
    accessible(page)
    press(page, "Submit")
    expect(page.locator("#summary")).to_be_focused()
    expect(page.locator("#summary")).to_contain_text("Enter why you make these changes")
    assert page.title().startswith("Error: Check your answers")
    accessible(page)
    page.get_by_label("Why you make these changes").fill("Disputes are watched from now on.")
    page.get_by_role("button", name="Submit").dblclick()
    heading(page, "Build the dashboard")
    expect(page.locator("#submitted")).to_contain_text("version 1")
    accessible(page)


def test_an_owner_walks_from_an_empty_flow_to_a_dashboard_whose_numbers_are_those_of_the_api(open_wizard, wb, tmp_path):
    page = open_wizard(width=1440)
    define(page)
    populate(page)
    submit(page)
    assert [row.rationale for row in wb.templates.history("card-disputes")] == ["Disputes are watched from now on."]
    assert wb.templates.draft("card-disputes").revision == 0

    columns = {"case": "case", "step": "step", "time": "time"}
    wb.flow("card-disputes").import_events(log(tmp_path / "log.csv"), map=columns)
    press(page, "Build the dashboard")
    expect(page.get_by_role("heading", name="The dashboard is built")).to_be_focused(timeout=SHOWN)
    row = page.get_by_role("row").filter(has_text="Refund rate")
    assert wb.flow("card-disputes").evaluate(["refund_rate"])["refund_rate"] == 0.4
    expect(row).to_contain_text("40.0")
    expect(row).to_contain_text("Breach")
    accessible(page)

    press(page, "Continue to feedback")
    heading(page, "Feedback")
    page.get_by_label("What you want to say").fill("Why <b>40</b> per cent?")
    page.get_by_label("About").select_option(label="Refund rate")
    press(page, "Send feedback")
    expect(page.get_by_label("Feedback", exact=True)).to_contain_text("Why <b>40</b> per cent?")
    accessible(page)
    (said,) = wb.flow("card-disputes").feedback()
    assert (said.text, said.panel, said.template_version) == ("Why <b>40</b> per cent?", "refund_rate", 1)
    page.locator(".wz-step").first.click()
    heading(page, "Define the flow")
    expect(page.get_by_text("What people said: 1 entry still open")).to_be_visible()

    page.goto(page.url.replace("stage=define", "stage=populate&item=outcomes[refund_rate]"))
    preview = page.get_by_label("Preview of the number")
    expect(preview).to_contain_text("40.0", timeout=SHOWN)
    expect(preview).to_contain_text("Breach: in 1 of 1 whole week")
    accessible(page)
    assert page.seen.foreign == []
    assert page.seen.errors == []


@pytest.mark.full
def test_a_reload_in_the_middle_shows_the_same_page_with_everything_that_was_typed(open_wizard):
    page = open_wizard()
    begin(page, "Reloaded")
    add_steps(page, "First")
    page.get_by_label("Description (optional)").first.fill("typed and not yet saved")
    page.get_by_label("Add a step").fill("half a step")
    page.reload()
    heading(page, "Define the flow")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.get_by_label("Description (optional)").first).to_have_value("typed and not yet saved", timeout=SHOWN)
    expect(page.get_by_label("Step 1", exact=True)).to_have_value("First")
    expect(page.get_by_label("Add a step")).to_have_value("half a step")
    assert "flow=reloaded" in page.url


@pytest.mark.full
def test_when_its_kernel_dies_the_page_says_so_lets_nobody_type_and_a_reload_loses_nothing(apps, open_wizard, wb):
    page = open_wizard()
    begin(page, "Bereft")
    page.get_by_label("Name of the flow").fill("Bereft of its kernel")
    saved(page)
    apps.kill_kernels()
    page.get_by_label("Description (optional)").first.fill("typed into the void")
    banner = page.get_by_role("alert")
    expect(banner).to_contain_text("BOS does not answer", timeout=16_000)
    assert not page.get_by_label("Name of the flow").is_editable()
    assert wb.templates.draft("bereft").document["title"] == "Bereft of its kernel"
    press(page, "Reload")
    heading(page, "Define the flow")
    expect(page.get_by_label("Description (optional)").first).to_have_value("typed into the void", timeout=SHOWN)
    expect(page.get_by_label("Name of the flow")).to_have_value("Bereft of its kernel")
    saved(page)
    assert wb.templates.draft("bereft").document["description"] == "typed into the void"


def test_two_tabs_on_one_draft_keep_both_edits_and_ask_where_they_clash(open_wizard, wb):
    first = open_wizard()
    begin(first, "Shared Draft")
    second = open_wizard("flow=shared-draft")
    heading(second, "Define the flow")
    first.get_by_label("Description (optional)").first.fill("from the first tab")
    saved(first)
    second.get_by_label("Time zone").fill("Europe/Amsterdam")
    expect(second.get_by_text("Changes made elsewhere were taken in")).to_be_visible(timeout=SHOWN)
    expect(second.get_by_label("Description (optional)").first).to_have_value("from the first tab")
    draft = wb.templates.draft("shared-draft").document
    assert (draft["description"], draft["time_zone"]) == ("from the first tab", "Europe/Amsterdam")

    second.get_by_label("Name of the flow").fill("Named by the second")
    saved(second)
    first.get_by_label("Name of the flow").fill("Named by the first")
    heading(first, "Two values for one field")
    accessible(first)
    assert wb.templates.draft("shared-draft").document["title"] == "Named by the second"
    press(first, "Keep these choices")
    expect(first.locator("#summary")).to_contain_text("Choose a value for each field")
    first.get_by_label("Yours: Named by the first").check()
    press(first, "Keep these choices")
    heading(first, "Define the flow")
    expect(first.get_by_label("Name of the flow")).to_have_value("Named by the first")
    assert wb.templates.draft("shared-draft").document["title"] == "Named by the first"
    assert wb.templates.draft("shared-draft").document["time_zone"] == "Europe/Amsterdam"


def test_errors_are_summed_up_and_lead_to_their_fields_and_what_was_typed_stays(open_wizard):
    page = open_wizard()
    begin(page, "Faulty")
    page.get_by_label("Name of the flow").fill("")
    page.get_by_label("Time zone").fill("Europe/Nowhere")
    press(page, "Save and continue")
    summary = page.locator("#summary")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("heading")).to_have_text("There is a problem")
    told = summary.get_by_role("listitem").all_text_contents()
    assert told == [
        "Enter the name of the flow", "Time zone must be a name such as Europe/Amsterdam", "Add at least two steps",
    ]  # fmt: skip
    assert page.locator(".bos-error").all_text_contents() == told
    accessible(page)
    summary.get_by_text(told[1]).click()
    expect(page.get_by_label("Time zone")).to_be_focused()
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Nowhere")
    assert page.get_by_label("Time zone").get_attribute("aria-invalid") == "true"
    page.get_by_label("Time zone").fill("Europe/Paris")
    expect(summary.get_by_role("listitem")).to_have_count(2)


@pytest.mark.full
def test_stages_are_reached_in_one_click_and_one_that_cannot_start_says_why(open_wizard):
    page = open_wizard()
    begin(page, "Staged")
    later = page.get_by_role("navigation", name="Stages").get_by_role("button", name="Dashboard")
    assert later.get_attribute("aria-disabled") == "true"
    why = page.locator(f"#{later.get_attribute('aria-describedby')}")
    assert why.text_content() == "Submit the flow first: a dashboard shows what is live."
    expect(page.get_by_text("Step 1 of 5")).to_be_visible()
    assert page.locator("[aria-current=step]").count() == 1
    page.get_by_role("navigation", name="Stages").get_by_role("button", name="Validate").click()
    heading(page, "Validate the flow")
    expect(page.get_by_text("Step 3 of 5")).to_be_visible()
    page.go_back()
    heading(page, "Define the flow")
    page.go_forward()
    heading(page, "Validate the flow")


@pytest.mark.full
def test_from_check_your_answers_one_changes_an_answer_and_comes_back(open_wizard):
    page = open_wizard(f"flow={PILOT}&stage=check", width=390, height=800)
    heading(page, "Check your answers")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.get_by_role("row").filter(has_text="Description").get_by_role("button", name="Change").first.click()
    heading(page, "Define the flow")
    field = page.get_by_label("Description (optional)").first
    expect(field).to_be_focused()
    field.fill("Another description.")
    press(page, "Save and return to your answers")
    heading(page, "Check your answers")
    expect(page.get_by_role("row").filter(has_text="Another description.")).to_be_visible()
    expect(page.get_by_text("1 field goes live at once.")).to_be_visible()


PAGES = (
    ("stage=define", "Define the flow"),
    ("stage=populate", "Populate the flow"),
    ("stage=populate&item=outcomes[overall_return_rate]", "Overall return rate"),
    ("stage=populate&item=process_signals[%2B]", "Add a process signal"),
    ("stage=populate&item=system_signals[queue_age]", "Payment queue: age of the oldest"),
    ("stage=validate", "Validate the flow"),
    ("stage=dashboard", "Build the dashboard"),
)


@pytest.mark.full
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_the_pilot_are_accessible_on_a_telephone_light_and_dark(open_wizard, scheme):
    page = open_wizard(f"flow={PILOT}", width=390, height=800, color_scheme=scheme)
    for query, words in PAGES:
        page.evaluate(
            "query => { history.pushState({}, '', query); window.dispatchEvent(new PopStateEvent('popstate')); }",
            f"?flow={PILOT}&{query}",
        )
        heading(page, words)
        accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), query
    assert page.seen.errors == []


@pytest.mark.full
def test_an_address_of_no_flow_leads_to_the_first_page_and_says_so(open_wizard):
    page = open_wizard("flow=%3Cscript%3Ealert(1)%3C/script%3E")
    heading(page, "Describe a business flow")
    expect(page.get_by_text("is no flow of BOS")).to_be_visible()
    page = open_wizard(f"flow={PILOT}&stage=populate&item=outcomes[nothing]")
    heading(page, "Populate the flow")
    expect(page.get_by_text("that entry is no longer there")).to_be_visible()


@pytest.mark.full
def test_a_signal_of_the_flow_is_changed_on_its_own_page(open_wizard, wb):
    page = open_wizard(f"flow={PILOT}&stage=populate&item=process_signals[due]", width=390, height=800)
    press(page, "Change the signal")
    heading(page, re.compile("^Change the signal: "))
    accessible(page)
    page.get_by_label("Name of the signal").fill("")
    press(page, "Save the signal")
    expect(page.locator("#summary")).to_be_focused()
    told = page.locator("#summary").get_by_role("listitem").all_text_contents()
    assert told == ["Enter the name of the signal", "Enter why you change the signal"]
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.get_by_label("Name of the signal").fill("Instalment due")
    page.get_by_label("Why do you change it?").fill("It was not clear.")
    page.reload()
    expect(page.get_by_label("Name of the signal")).to_have_value("Instalment due", timeout=SHOWN)
    page.get_by_role("button", name="Save the signal").dblclick()
    heading(page, "Instalment due")
    expect(page.locator("#signal-told")).to_be_focused()
    expect(page.locator("#signal-told")).to_contain_text("Live at once: Signal")
    newest = wb.signals.history("payment.due")[0]
    assert (newest.version, newest.rationale) == (2, "It was not clear.")
