"""Feedback on the dashboard in real Chromium: from a panel, by keyboard, through a failure, and what is kept."""

from __future__ import annotations

from contextlib import contextmanager

import psycopg
import pytest
from playwright.sync_api import expect
from psycopg import sql

import bos
from bos.resources import share

FLOW = "loan-payment-processing"


@pytest.fixture(scope="module")
def pair(start_apps):
    """Return a running pair whose database a test may take away."""
    return start_apps()


@pytest.fixture(scope="module")
def wb(pair):
    """Return a workbench on the pilot flow with the sample log."""
    with bos.connect(pair.home, url=pair.api_url, token=pair.token) as wb:
        wb.templates.create(FLOW)
        wb.flow(FLOW).import_events(share("data") / "samples" / "loan-payments.csv")
        yield wb


@pytest.fixture
def open_page(pair, wb, new_page):
    """Return a function to the dashboard, shown in a signed-in browser."""
    del wb

    def show(*, to="", **options):
        page = new_page(pair, **{"width": 1440, **options})
        page.goto(pair.page("dashboard", f"flow={FLOW}") + to)
        page.wait_for_selector(".bos-tile .bos-panel__said", timeout=60_000)
        return page

    return show


@contextmanager
def outage(database_url):
    """Let the database refuse everybody for a while, as one that is being restarted does."""
    server, _, rest = database_url.rpartition("/")
    name, _, query = rest.partition("?")
    admin = f"{server}/postgres{f'?{query}' if query else ''}".replace("postgresql+psycopg", "postgresql")
    change = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(change.format(sql.Identifier(name), sql.SQL("false")))
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            connection.execute(change.format(sql.Identifier(name), sql.SQL("true")))


def told(page):
    """Return where the form says what became of a text."""
    return page.locator("dialog [role=status]")


def panel_button(page, panel):
    return page.locator(f"[id='{panel}'] .bos-panel__said button")


@pytest.mark.full
def test_one_key_on_a_panel_opens_the_form_for_it_and_what_is_said_is_kept_with_all_it_is_about(open_page, wb):
    page = open_page()
    panel_button(page, "overall_return_rate").press("Enter")
    text = page.get_by_label("What do you want to say?")
    expect(text).to_be_focused()
    assert page.get_by_label("About").input_value() == "overall_return_rate"
    page.keyboard.type("Why <b>so</b> high?")
    page.keyboard.press("Tab")
    page.keyboard.type("Problem")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(told(page)).to_have_text("Thank you. It is kept, and listed below.", timeout=30_000)
    assert text.input_value() == ""
    page.keyboard.press("Escape")
    expect(panel_button(page, "overall_return_rate")).to_be_focused()
    kept = wb.flow(FLOW).feedback()[0]
    run = next(iter(wb.flow(FLOW).dashboard_runs()))
    assert (kept.text, kept.type, kept.panel, kept.dashboard_run) == (
        "Why <b>so</b> high?", "problem", "overall_return_rate", run.run,
    )  # fmt: skip
    assert kept.template_version == run.template_version
    assert kept.author == wb.me().person
    row = page.get_by_label("Feedback that was given").get_by_role("listitem").first
    expect(row).to_contain_text("Why <b>so</b> high?")
    expect(row).to_contain_text(f"Problem · {kept.author} · {kept.at:%Y-%m-%d %H:%M} UTC · about Overall return rate")
    expect(row.locator(".bos-status")).to_have_text("Open")
    assert page.locator("[id='overall_return_rate'] .bos-panel__said a[href^='#']").inner_text().startswith("1 open")
    assert page.locator(".bos-list b").count() == 0
    assert page.seen.foreign == []
    assert page.seen.errors == []


@pytest.mark.full
def test_every_panel_takes_feedback_and_the_count_falls_when_it_is_answered(open_page, wb):
    given = wb.flow(FLOW).give_feedback("Which ways are slow?", panel="times")
    page = open_page()
    panels = page.locator("article.bos-panel")
    assert panels.count() == panels.locator(".bos-panel__said button").count() > 20
    expect(page.locator("#times .bos-panel__said a[href^='#']")).to_contain_text("1 open")
    wb.resolve_feedback(given.id, status="done", answer="Those of the return file.")
    page.get_by_role("button", name="Refresh").click()
    expect(page.locator("#times .bos-panel__said a[href^='#']")).to_have_count(0, timeout=30_000)
    row = page.get_by_label("Feedback that was given").get_by_role("listitem").filter(has_text="Which ways are slow?")
    expect(row).to_contain_text("Answer: Those of the return file.")
    expect(row.locator(".bos-status")).to_have_text("Done")
    panel_button(page, "times").click()
    before = page.locator("dialog").get_by_role("list")
    expect(before).to_contain_text("Those of the return file.")


@pytest.mark.full
def test_a_link_of_another_system_leads_to_the_feedback_which_says_where_it_is_there(open_page, pair, wb):
    given = wb.flow(FLOW).give_feedback("Is it known there?", panel="funnel")
    words = ("PAY-17", "https://jira.example/browse/PAY-17", "<img src=x onerror=alert(1)>")
    address = pair.database_url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(address) as connection:
        for row in (
            ("jira", "PAY-17", words[1], words[2], "2026-03-02 09:30Z"),
            ("odd", "X", "javascript:alert(1)", "", None),
        ):
            connection.execute(
                "INSERT INTO feedback_receipt (feedback, connection, reference, link, state, asked_at, address, "
                "told_at, done, gone) VALUES (%s, %s, %s, %s, %s, %s, '', now(), false, false)",
                (given.id, *row),
            )
    page = open_page(to=f"#said-{given.id}")
    row = page.get_by_label("Feedback that was given").locator(f"[data-said={given.id}]")
    expect(row).to_be_focused(timeout=30_000)
    expect(row).to_be_in_viewport()
    expect(row).to_contain_text("PAY-17, which was there before: <img src=x onerror=alert(1)>")
    expect(row).to_contain_text("as of 2026-03-02 09:30 UTC")
    expect(row).to_contain_text("Told to odd as X")
    link = row.get_by_role("link")
    assert link.count() == 1
    assert [link.get_attribute(name) for name in ("href", "target", "rel")] == [
        words[1], "_blank", "noopener noreferrer",
    ]  # fmt: skip
    assert row.locator("img").count() == 0
    assert page.violations() == []
    assert page.seen.errors == []


@pytest.mark.full
def test_while_the_store_is_away_the_text_stays_and_is_kept_once_afterwards(open_page, pair, wb):
    page = open_page()
    before = len(wb.flow(FLOW).feedback())
    panel_button(page, "trend.overall_return_rate").click()
    text = page.get_by_label("What do you want to say?")
    text.fill("Is the last week whole?")
    with outage(pair.database_url):
        text.press("Control+Enter")
        expect(told(page)).to_have_text("It was not kept. Your text is still here.", timeout=60_000)
        expect(page.locator("dialog .bos-error")).not_to_be_empty()
        expect(text).to_be_focused()
        assert text.input_value() == "Is the last week whole?"
        assert text.get_attribute("aria-invalid") == "true"
        assert page.violations() == []
        page.keyboard.press("Escape")
        panel_button(page, "trend.overall_return_rate").click()
        assert text.input_value() == "Is the last week whole?"
    page.reload()
    page.wait_for_selector(".bos-tile .bos-panel__said", timeout=60_000)
    panel_button(page, "funnel").click()
    assert text.input_value() == ""
    page.keyboard.press("Escape")
    panel_button(page, "trend.overall_return_rate").click()
    assert text.input_value() == "Is the last week whole?"
    page.get_by_role("button", name="Send feedback").click()
    expect(told(page)).to_contain_text("It is kept", timeout=30_000)
    found = wb.flow(FLOW).feedback()
    assert len(found) == before + 1
    assert found[0].panel == "trend.overall_return_rate"


def test_an_empty_text_is_told_before_anything_is_sent(open_page, wb):
    page = open_page()
    before = len(wb.flow(FLOW).feedback())
    page.get_by_role("button", name="Give feedback on the whole dashboard").click()
    assert page.get_by_label("About").input_value() == ""
    page.get_by_role("button", name="Send feedback").click()
    expect(page.locator("dialog .bos-error")).to_have_text("Write a sentence first.")
    assert page.locator("dialog .bos-error").is_visible()
    assert len(wb.flow(FLOW).feedback()) == before


@pytest.mark.full
@pytest.mark.parametrize("width", [390, 1440])
def test_the_form_is_accessible_open_wrong_and_sent_in_light_and_dark_wide_and_narrow(open_page, width):
    page = open_page(width=width, height=800, reduced_motion="reduce")
    panel_button(page, "funnel").click()
    assert page.violations_in_both() == []
    page.get_by_role("button", name="Send feedback").click()
    expect(page.locator("dialog .bos-error")).to_be_visible()
    assert page.violations_in_both() == []
    page.get_by_label("What do you want to say?").fill("Good.")
    page.get_by_role("button", name="Send feedback").click()
    expect(told(page)).to_contain_text("It is kept", timeout=30_000)
    assert page.violations_in_both() == []
    box = page.locator("dialog").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert page.evaluate("document.querySelector('dialog').scrollWidth <= document.querySelector('dialog').clientWidth")
    page.get_by_role("button", name="Close").click()
    expect(panel_button(page, "funnel")).to_be_focused()
    small = page.evaluate(
        """[...document.querySelectorAll(".bos-panel__said > *, dialog button")].filter((one) => {
          const box = one.getBoundingClientRect();
          return box.height && (box.height < 24 || box.width < 24);
        }).length"""
    )
    assert small == 0
