"""The page by which a flow takes what a newer blueprint brings, in a real browser."""

from __future__ import annotations

import copy

import pytest
from playwright.sync_api import expect
from sqlalchemy import create_engine

import bos
from bos.model.version import digest
from bos.store.tables_approval import blueprint_version

TIME = 30_000
NAME = "loan-application"
FLOWS = ("upgraded-here", "upgraded-too")


@pytest.fixture(scope="module")
def behind(apps):
    """Make flows from the blueprint as it was before its newest change, which is made up here."""
    with bos.connect(apps.home, url=apps.api_url, token=apps.token) as wb:
        wb.templates.create(NAME, id=FLOWS[0])
        now = wb.templates.get(FLOWS[0]).document
        old = copy.deepcopy(now) | {"description": "As it was <b>before</b>."}
        old["outcomes"][0]["title"] = "An older title"
        kept = {name: value for name, value in old.items() if name != "blueprint"} | {"id": NAME}
        origin = {"name": NAME, "version": 1, "sha256": digest(kept)}
        engine = create_engine(apps.database_url)
        with engine.begin() as connection:
            row = {"blueprint": NAME, "template": kept, "at": wb.templates.get(FLOWS[0]).at, **origin}
            row.pop("name")
            connection.execute(blueprint_version.insert().values(**row))
        engine.dispose()
        for flow in FLOWS:
            version = wb.templates.get(flow).version if flow == FLOWS[0] else None
            document = {**old, "id": flow, "title": f"Flow {flow}", "blueprint": origin}
            wb.templates.put(flow, document, base_version=version, rationale="As of the older blueprint.")
    return apps


@pytest.mark.full
def test_a_person_takes_what_a_newer_blueprint_brings_for_one_flow_and_for_others(behind, new_page):
    page = new_page(behind, width=1280)
    page.goto(behind.page("home"))
    row = page.get_by_label("Flows").get_by_role("listitem").filter(has_text=f"Flow {FLOWS[0]}")
    expect(row).to_contain_text("Its blueprint has changed", timeout=TIME)
    row.get_by_role("link", name=f"Upgrade of Flow {FLOWS[0]}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        f"Upgrade Flow {FLOWS[0]} from its blueprint", timeout=TIME
    )
    offered = page.get_by_role("group", name="What the flow takes").get_by_role("checkbox")
    expect(offered).to_have_count(2)
    assert page.violations_in_both() == []

    page.get_by_role("button", name="Mark none", exact=True).click()
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(0)
    press = lambda name: page.get_by_role("button", name=name, exact=True).click(timeout=TIME)  # noqa: E731
    press("Take what is marked")
    told = page.locator("#summary").get_by_role("listitem")
    expect(told).to_have_text(["Choose what the flow takes", "Enter why"])
    assert page.violations() == []
    page.get_by_label("As it was <b>before</b>.").check()
    why = page.get_by_label("Why").first
    moved = why.evaluate_handle(
        """(area) => {
          const moved = [];
          const gone = (one) => [...one.removedNodes].map((node) => node.nodeName);
          const seen = (changes) => moved.push(...changes.flatMap(gone));
          new MutationObserver(seen).observe(area.parentElement, { childList: true });
          return moved;
        }"""
    )
    why.fill("The new standard.")
    expect(told).to_have_count(0)
    assert moved.json_value() == ["DIV"], "the error goes, and what is typed in stays where it is"
    press("Take what is marked")
    expect(page.get_by_role("status")).to_contain_text("1 change was left out.", timeout=TIME)
    expect(page.get_by_text("This flow has all that its blueprint has.")).to_be_visible()

    page.get_by_label(f"Flow {FLOWS[1]}").check()
    page.get_by_label("Why").fill("The same.")
    press("Upgrade these flows")
    expect(page.get_by_role("status")).to_contain_text("Upgraded 1 flow.", timeout=TIME)
    assert page.seen.errors == []
    with bos.connect(behind.home, url=behind.api_url, token=behind.token) as wb:
        shipped = wb.blueprint(NAME).template
        mine, other = (wb.templates.get(flow).document for flow in FLOWS)
        assert mine["description"] == other["description"] == shipped["description"]
        titles = [one["outcomes"][0]["title"] for one in (mine, other, shipped)]
        assert titles == ["An older title", shipped["outcomes"][0]["title"], shipped["outcomes"][0]["title"]]
        assert not [one for one in wb.templates.of_blueprint(NAME) if one.behind]


@pytest.mark.full
def test_a_flow_that_is_not_there_is_said_to_be_so(behind, new_page):
    page = new_page(behind)
    page.goto(behind.page("upgrade", "flow=%3Cb%3Enowhere"))
    expect(page.get_by_role("alert")).to_contain_text("This page cannot be shown", timeout=TIME)
    assert page.seen.errors == []
