"""The pack: real papermill, a real kernel, a real server, a real browser."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from nbformat.v4 import new_code_cell, new_notebook, new_output
from typer.testing import CliRunner

from bos.actions import pictured, reports
from bos.actions.context import open_context
from bos.actions.review_missing import missing_of
from bos.actions.review_words import few
from bos.auth.actor import Actor
from bos.cli.main import app
from bos.home import Home
from bos.model.answers.reports import ReviewKpi, ReviewSystem, WeeklyReview
from bos.model.roles import ROLES
from bos.reports import weekly
from bos.reports.render import html_of

FLOW = "loan-payment-processing"
HEADINGS = ["What data is missing", "What needs a decision", "What changed", "Who acts"]
WIDTH, HEIGHT = (210 - 28) / 25.4 * 96, (297 - 28) / 25.4 * 96
"""An A4 page within margins of 14 mm, in CSS pixels."""


@pytest.fixture(scope="module")
def pack(pilot, tmp_path_factory):
    """Return the folder of the pack of the week with the planted backlog."""
    from bos.reports.launch import launch  # noqa: PLC0415 - a face loads when it is used

    out = tmp_path_factory.mktemp("out")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BOS_URL", pilot.url)
        word = f"bos1.7.{'0c' * 32}.20260309T070000Z.{'k' * 43}.{'t' * 86}"
        done = launch(
            "weekly", FLOW, pilot.week_of("posting_backlog"), out, pilot.settings.home, checkpoint=word
        )  # fmt: skip
    assert done.status == 0, done.said
    return Path(done.folder)


@pytest.mark.full
def test_the_same_week_run_twice_gives_the_same_bytes_but_for_the_block_of_the_moment(pack, pilot, launched, tmp_path):
    again = launched("weekly", pilot.week_of("posting_backlog"), tmp_path)
    assert Path(again.folder).name == pack.name
    first, second = ((folder / "report.html").read_bytes() for folder in (pack, Path(again.folder)))
    moment = re.compile(rb'<footer class="bos-pack__made">.*?</footer>')
    assert (len(moment.findall(first)), len(moment.findall(second))) == (1, 1)
    assert moment.sub(b"", first) == moment.sub(b"", second)


@pytest.mark.full
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


def test_page_one_says_what_is_missing_what_to_decide_what_changed_and_who_acts(pack):
    html = (pack / "report.html").read_text()
    heads = re.findall(r"<h[123][^>]*>(.*?)</h[123]>", html)
    assert heads[1:6] == [*HEADINGS, "Exceptions"]
    assert heads[6] == "Receipt to posted: slowest 5 %"
    assert "With generated telemetry" in html


@pytest.mark.full
def test_a_browser_without_network_and_script_shows_it_accessibly(chromium, pack):
    for scheme in ("light", "dark"):
        context = chromium.new_context(color_scheme=scheme, viewport={"width": 390, "height": 800}, offline=True)
        page = context.new_page()
        asked = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(f"file://{pack}/report.html")
        assert asked == [f"file://{pack}/report.html"]
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.evaluate("document.documentElement.lang") == "en"
        assert Axe().run(page).response["violations"] == []
        context.close()


@pytest.mark.full
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


@pytest.mark.full
def test_hostile_feedback_is_shown_as_text(wb, pilot, launched, tmp_path):
    wb.flow(FLOW).give_feedback("<script>alert('x')</script><img src=x onerror=alert(1)>")
    done = launched("weekly", pilot.week_of("gateway_outage"), tmp_path)
    html = (Path(done.folder) / "report.html").read_text()
    assert "&lt;script&gt;" in html
    assert "<script" not in html
    assert "<img" not in html


@pytest.mark.full
def test_a_job_archives_a_pack_once_and_its_html_is_served(wb, pilot):
    week = pilot.week_of("posting_backlog")
    made = wb.flow(FLOW).report("weekly", period=week)
    again = wb.flow(FLOW).report("weekly", period=week)
    assert again == made
    assert [(one.pack, one.period) for one in wb.flow(FLOW).packs()] == [(made.pack, week)]
    html = wb.pack_html(made.pack)
    assert made.pack in html
    (word,) = re.findall(r"<code>(bos1\.[\w.-]+)</code>", html)
    assert wb.audit_verify(word).ok
    assert made.exceptions == 3, "credited as of receipt, the slowest 5 %, and straight through"
    later = wb.flow(FLOW).report("weekly", period="2026-W08")
    assert list(wb.flow(FLOW).packs()) == list(wb.packs()) == [later, made]
    assert list(wb.flow("nothing").packs()) == []
    assert _one_by_one(pilot.settings) == [later, made]


def _one_by_one(settings):
    """Return every pack, a page of one at a time."""
    ctx, found = open_context(settings), []
    reader = Actor("ana", "Ana", roles=frozenset({"viewer"}))
    try:
        page = reports.listing(ctx, reader, limit=1)
        while page.next:
            found += page.items
            page = reports.listing(ctx, reader, cursor=page.next, limit=1)
    finally:
        ctx.close()
    return [*found, *page.items]


class Clock(datetime):
    """A clock that shows a Monday morning in London: Sunday evening in New York, where the week is not over."""

    @classmethod
    def now(cls, tz=None):
        return datetime(2026, 2, 2, 2, tzinfo=UTC).astimezone(tz)


@pytest.mark.full
def test_the_command_takes_the_last_week_that_is_over_in_the_zone_of_the_flow(pilot, tmp_path, monkeypatch):
    monkeypatch.setenv("BOS_URL", pilot.url)
    monkeypatch.setenv("BOS_HOME", str(pilot.settings.home))
    monkeypatch.setattr("bos.cli.report.datetime", Clock)
    words = ["report", "run", "weekly", "--flow", FLOW, "--out", str(tmp_path), "--json"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    folder = Path(json.loads(done.stdout)["folder"])
    assert json.loads((folder / "pack.json").read_text())["period"] == "2026-W04"


def pages(pdf):
    """Return how many pages a PDF of Chromium has: it writes its page objects as plain text."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


def front_fits(chromium, html):
    """Assert that page 1 has the three headings, ends before page 2, and is a page when it is all there is."""
    context = chromium.new_context(viewport={"width": round(WIDTH), "height": round(HEIGHT)}, offline=True)
    page = context.new_page()
    page.set_content(html)
    page.emulate_media(media="print")
    front = page.locator(".bos-pack__front")
    assert front.count() == 1
    assert front.locator("h2").all_inner_texts() == HEADINGS
    assert front.bounding_box()["y"] + front.bounding_box()["height"] <= HEIGHT
    assert page.evaluate("document.documentElement.scrollWidth") <= round(WIDTH)
    every = pages(page.pdf(prefer_css_page_size=True))
    rest = page.evaluate(
        "() => { const front = document.querySelector('.bos-pack__front'); "
        "const main = front.closest('main'); const rest = [...main.children].filter(one => !one.contains(front)); "
        "rest.forEach(one => one.remove()); return rest.length }"
    )
    assert pages(page.pdf(prefer_css_page_size=True)) == 1
    assert (every > 1) == (rest > 0)
    context.close()


def test_page_one_of_a_real_pack_has_three_headings_and_is_one_page(chromium, pack):
    front_fits(chromium, (pack / "report.html").read_text(encoding="utf-8"))


def test_what_is_told_of_a_pack_has_the_charts_of_its_first_exceptions_with_their_numbers_in_words(pack):
    page = (pack / "report.html").read_text(encoding="utf-8")
    pictures = pictured.of_pack(json.loads((pack / "pack.json").read_text())["charts"])
    exceptions = page.split("<h2>Exceptions</h2>")[1].split("</section>")[0].split("<article")[1:4]
    assert len(exceptions) > 1
    assert [one.name for one in pictures] == [f"chart-{n}.png" for n in range(1, len(exceptions) + 1)]
    for picture, part in zip(pictures, exceptions, strict=True):
        title = unescape(re.search(r"<h3>(.*?)</h3>", part)[1])
        table = re.search(r"<details>.*?<tbody>(.*?)</tbody>", part, re.DOTALL)[1]
        numbers = [unescape(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td></tr>", table)]
        assert len(numbers) > 5
        assert picture.alt.startswith(f"Chart: {title}, last {len(numbers)} weeks. ")
        assert all(number in picture.alt for number in numbers)
        assert picture.content[:4] == b"\x89PNG"
        assert len(picture.content) < 60_000


def test_page_one_stays_one_page_when_everything_goes_wrong_at_once(chromium):
    title = "Share of payments that were credited to the wrong day, by branch"
    rows = [_kpi(f"k{n}", f"{title} {n}") for n in range(40)]
    names = few([row.title for row in rows])
    told = tuple(
        f"{row.title}: 1 234 567.89 USD. ▲ 123 456.78 USD against the week before · worse. It lies outside its "
        "natural limits and has three of four weeks near a natural limit and has been for eight weeks on one side of "
        "its average and misses its target."
        for row in rows[:3]
    )
    review = WeeklyReview(
        pack="", flow=FLOW, title=title, owner="process_owner", week="2026-W10", start=_at(0), end=_at(7),
        time_zone="America/New_York", period="Mon 2 Mar - Sun 8 Mar 2026, America/New_York", template_version=3,
        template_at=_at(0), snapshot="loan@3", as_of=_at(7), generated=True, version="1",
        missing=missing_of(*_all_gone(rows), {"exports": 12, "branch-files": 1}),
        changed=(*told, "27 more exceptions are told below.", f"18 system signals are unusual: {names}."),
        decide=(f"What is done about {names}, which miss their target?", "12 proposed changes wait for signatures.",
                "40 live values are not approved by anybody yet.", "7 pieces of feedback wait for an answer."),
        act=tuple(f"{role}: explain {names}; find the missing data of {names}." for role in list(ROLES.values())[:6]),
        kpis=tuple(rows),
    )  # fmt: skip
    front_fits(chromium, html_of(_notebook(weekly.front(review), weekly.routine(review)), title=title))


def _at(days):
    return datetime(2026, 3, 2, 5, tzinfo=UTC) + timedelta(days=days)


def _all_gone(rows):
    """Return KPIs and system signals of which each lacks data for a cause of its own."""
    moments = [f"No data since {n % 28 + 1} Feb 2026 10:00, before the week ends" for n in range(40)]
    kinds = ["no_data", "ok", "withheld"]
    kpis = [
        row.model_copy(update={"status": kinds[n % 3], "fresh": n % 3 == 2, "freshness": f"{moments[n]}: {row.title}",
                               "withheld": f"{row.title} rests on 3 cases, fewer than 30." if n % 3 == 2 else ""})
        for n, row in enumerate(rows)
    ]  # fmt: skip
    same = {"owner": "sre", "unit": "ratio", "shown": "", "extent": "", "before": "", "change": "", "fresh": False}
    return kpis, [ReviewSystem(signal="s", title=f"Share {n}", freshness=words, **same)
                  for n, words in enumerate(moments)]  # fmt: skip


def _kpi(name, title):
    return ReviewKpi(
        kpi=name, title=title, owner="process_owner", unit="USD", formula="count(sent)", query="SELECT 1", n=1,
        value=1.0, shown="USD 1.00", before="USD 1.00", change="Unchanged", status="ok", status_words="On target",
        exception=int(name[1:]) < 30, weight=1,
    )  # fmt: skip


def _notebook(*sections):
    """Return an executed notebook that shows sections."""
    shown = [new_output("display_data", data={"text/html": section._repr_html_()}) for section in sections]
    return new_notebook(cells=[new_code_cell(outputs=[output]) for output in shown])
