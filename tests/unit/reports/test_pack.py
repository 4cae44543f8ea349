"""The pack: real papermill, a real kernel, a real server, a real browser."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from bos.home import Home

FLOW = "loan-payment-processing"
CHROMIUM = "/usr/bin/chromium"
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--no-first-run"]  # fmt: skip


@pytest.fixture(scope="module")
def pack(pilot, tmp_path_factory):
    """Return the folder of the pack of the week with the planted backlog."""
    from bos.reports.launch import launch  # noqa: PLC0415 - a face loads when it is used

    out = tmp_path_factory.mktemp("out")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BOS_URL", pilot.url)
        done = launch("weekly", FLOW, pilot.week_of("posting_backlog"), out, pilot.settings.home)
    assert done.status == 0, done.said
    return Path(done.folder)


def test_the_same_week_run_twice_gives_the_same_bytes(pack, pilot, launched, tmp_path):
    again = launched("weekly", pilot.week_of("posting_backlog"), tmp_path)
    assert Path(again.folder).name == pack.name
    assert (Path(again.folder) / "report.html").read_bytes() == (pack / "report.html").read_bytes()


def test_the_pack_is_one_file_without_script_request_path_or_token(pack, pilot):
    html = (pack / "report.html").read_text()
    both = html + (pack / "notebook.ipynb").read_text() + (pack / "pack.json").read_text()
    assert len(html.encode()) < 1_500_000
    assert not re.search(r"<script|<link|<iframe|src=|url\(|@import|https?://", html)
    assert Home(pilot.settings.home).token() not in both
    for path in (str(pilot.settings.home), str(pack.parent), str(Path(__file__).parents[3])):
        assert path not in both
    told = json.loads((pack / "pack.json").read_text())
    assert (told["status"], told["period"]) == ("done", pilot.week_of("posting_backlog"))
    assert told["pack"] in html


def test_page_one_says_what_changed_what_to_decide_and_who_acts(pack):
    html = (pack / "report.html").read_text()
    heads = re.findall(r"<h[123][^>]*>(.*?)</h[123]>", html)
    assert heads[1:5] == ["What changed", "What needs a decision", "Who acts", "Exceptions"]
    assert heads[5] == "Credited as of receipt"
    assert "Generated data" in html


def test_a_browser_without_network_and_script_shows_it_accessibly(pack):
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        for scheme in ("light", "dark"):
            context = browser.new_context(color_scheme=scheme, viewport={"width": 390, "height": 800}, offline=True)
            page = context.new_page()
            asked = []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.goto(f"file://{pack}/report.html")
            assert asked == [f"file://{pack}/report.html"]
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            assert page.evaluate("document.documentElement.lang") == "en"
            assert Axe().run(page).response["violations"] == []
            context.close()
        browser.close()


def test_a_failed_cell_says_so_and_the_earlier_pack_stays(pack, launched):
    before = (pack / "report.html").read_bytes()
    done = launched("weekly", "2026-W11", pack.parent, flow="nothing")
    assert done.status == 1
    assert not done.folder
    assert any("failed in review: NotFound" in line for line in done.said)
    failed = next(pack.parent.glob("nothing-*.failed"))
    assert 'data-status="failed"' in (failed / "report.html").read_text()
    assert json.loads((failed / "pack.json").read_text())["status"] == "failed"
    assert (pack / "report.html").read_bytes() == before
    assert not list(pack.parent.glob(".making-*"))


@pytest.mark.parametrize(("report", "week"), [("weekly", "2026-W99"), ("weekly", "x; rm"), ("dashboard", "2026-W10")])
def test_a_wrong_parameter_is_refused_before_anything_runs(launched, tmp_path, report, week):
    done = launched(report, week, tmp_path)
    assert done.status == 2
    assert list(tmp_path.iterdir()) == []


def test_hostile_feedback_is_shown_as_text(wb, pilot, launched, tmp_path):
    wb.flow(FLOW).give_feedback("<script>alert('x')</script><img src=x onerror=alert(1)>")
    done = launched("weekly", pilot.week_of("gateway_outage"), tmp_path)
    html = (Path(done.folder) / "report.html").read_text()
    assert "&lt;script&gt;" in html
    assert "<script" not in html
    assert "<img" not in html


def test_a_job_archives_a_pack_once_and_its_html_is_served(wb, pilot):
    week = pilot.week_of("posting_backlog")
    made = wb.flow(FLOW).report("weekly", period=week)
    again = wb.flow(FLOW).report("weekly", period=week)
    assert again == made
    assert [(one.pack, one.period) for one in wb.flow(FLOW).packs()] == [(made.pack, week)]
    assert wb.packs()[0] == made
    html = wb.pack_html(made.pack)
    assert made.pack in html
    assert made.exceptions == 1
