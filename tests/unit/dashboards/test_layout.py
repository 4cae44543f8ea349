"""Dashboards of three and of sixty KPIs, and what a person arranges of them."""

import re
from types import SimpleNamespace

import pandas as pd
import pytest

from bos.actions import blueprints, dashboards, documents, kpis
from bos.auth.actor import Actor
from bos.dashboards.layout import MANY
from bos.dashboards.sections import groups
from bos.errors import Forbidden, UsageError
from bos.resources import share
from bos.telemetry.ingest import import_events

MOST_KB = {3: 250, 60: 2000}
"""The size of a page at most, in KB, with the stylesheet, every table and every query in it."""
BAD = {"breach", "warning"}


@pytest.fixture(scope="module", params=[3, 60])
def sized(request, ctx, ana, sample, resized):
    """Return how many KPIs a flow has, and its id; its log is the sample of the pilot."""
    blueprint = blueprints.show(ctx, ana, sample)
    name = f"flow-of-{request.param}"
    wanted = resized(documents.show(ctx, ana, "template", sample).document, name, request.param)
    documents.put(ctx, ana, "template", name, wanted, rationale="Other KPIs.")
    binding = blueprint.template["binding"]
    path = share("data") / "samples" / "loan-payments.csv"
    import_events(ctx.lake, name, path, mapping=binding["mapping"], batch="one", rejects=ctx.rejects,
                  time_zone=binding["time_zone"], currency="USD")  # fmt: skip
    return request.param, name


def test_a_dashboard_is_one_section_of_few_kpis_and_groups_of_many_each_shown_once(ctx, ana, sized):
    count, name = sized
    run = dashboards.build(ctx, ana, name)
    page = dashboards.html(ctx, ana, run.run)
    kpis = [panel for panel in run.panels if panel.kind == "kpi"]
    assert len(kpis) == count
    assert len(page.encode()) / 1000 < MOST_KB[count]
    assert re.findall(r'<article class="bos-tile[^"]*" id="([^"]+)"', page) == [panel.id for panel in kpis]
    if count <= MANY:
        assert list(groups(run)) == ["Value outcomes"]
        assert "bos-contents" not in page.split("</style>")[1]
        assert "bos-fold" not in page.split("</style>")[1]
        return
    found = groups(run)
    assert next(iter(found)) == "Money"
    assert all(panel.money for panel in found["Money"])
    assert {panel.status for panel in found["In breach or in warning"]} <= {"breach", "warning"}
    assert not any(
        panel.status in {"breach", "warning"}
        for title in found.keys() - {"Money", "In breach or in warning"}
        for panel in found[title]
    )
    named = re.search(r'<ul class="bos-contents__all">(.*?)</ul>', page)[1]
    assert sorted(re.findall(r'href="#([^"]+)"', named)) == sorted(panel.id for panel in kpis)
    assert page.count('<details class="bos-fold"') == sum(panel.kind in {"trend", "budget"} for panel in run.panels)


def choice(name, **more):
    return {"id": name, "title": "", "section": "", "hidden": False, **more}


@pytest.mark.parametrize(
    ("sections", "shown"),
    [
        (["", "", ""], {"Value outcomes": [0, 1, 2]}),
        (["", "Mornings", ""], {"Mornings": [1], "Other value outcomes": [0, 2]}),
        (["Mornings", "", "Evenings"], {"Mornings": [0], "Evenings": [2], "Other value outcomes": [1]}),
        (["Mornings", "Mornings"], {"Mornings": [0, 1]}),
        ([], {"Value outcomes": []}),
    ],
)
def test_what_nobody_gave_a_section_stands_below_the_sections(sections, shown):
    panels = [SimpleNamespace(kind="kpi", section=name, place=place) for place, name in enumerate(sections)]
    found = groups(SimpleNamespace(panels=panels))
    told = [(title, [panel.place for panel in inside]) for title, inside in found.items()]
    assert told == list(shown.items())


def test_what_is_hidden_counts_for_how_it_stands_and_takes_its_trend_along(ctx, ana, sample):
    plain = dashboards.build(ctx, ana, sample)
    bad = next(panel for panel in plain.panels if panel.kind == "kpi" and panel.status in BAD)
    good = next(panel for panel in plain.panels if panel.kind == "kpi" and panel.status not in BAD)
    live = documents.show(ctx, ana, "dashboard", sample)
    panels = [choice(good.id, title="Ours", section="Mornings"), choice(bad.id, hidden=True)]
    doc = {**live.document, "panels": panels}
    documents.put(ctx, ana, "dashboard", sample, doc, base_version=live.version, rationale="To see it.")
    run = dashboards.build(ctx, ana, sample)
    assert run.status == plain.status
    assert set(run.attention) == set(plain.attention)
    assert run.status_words == f"{plain.status_words}; 1 hidden, in {bad.status}"
    assert [panel.id for panel in run.hidden] == [bad.id]
    assert {panel.id for panel in plain.panels} - {panel.id for panel in run.panels} == {bad.id, f"trend.{bad.id}"}
    first = run.panels[0]
    assert (first.id, first.title, first.own_title, first.section) == (good.id, "Ours", good.title, "Mornings")
    trend = next(panel for panel in run.panels if panel.id == f"trend.{good.id}")
    assert trend.title.startswith("Ours by ")
    page = dashboards.html(ctx, ana, run.run)
    assert f"<dt>Rests on</dt><dd>{first.n} events, cases or points</dd>" in page
    assert f"{bad.title}, hidden: {bad.shown}" in page
    assert f"<dt>Called in the template</dt><dd>{good.title}</dd>" in page
    assert {panel.id: panel.value for panel in run.panels} == {
        panel.id: panel.value for panel in plain.panels if panel.id.rpartition(".")[2] != bad.id
    }
    after = documents.show(ctx, ana, "dashboard", sample)
    documents.rollback(ctx, ana, "dashboard", sample, live.version, rationale="Back.", base_version=after.version)
    assert dashboards.build(ctx, ana, sample).status_words == plain.status_words


def test_who_may_not_change_a_dashboard_is_refused(ctx, ana, sample):
    viewer = Actor("vera", "Vera", roles=frozenset({"viewer"}))
    dashboards.build(ctx, ana, sample)
    live = documents.show(ctx, ana, "dashboard", sample)
    doc = {**live.document, "panels": [choice("stp_rate", hidden=True)]}
    with pytest.raises(Forbidden):
        documents.put(ctx, viewer, "dashboard", sample, doc, base_version=live.version, rationale="Away with it.")


@pytest.mark.full
def test_what_is_not_recorded_can_be_looked_at_alone(ctx, ana, tmp_path):
    """A table of six payments, two of which name no channel: the counts are those of the table."""
    blueprint = blueprints.show(ctx, ana, "loan-payment-processing")
    doc = {**blueprint.template, "id": "gaps", "title": "Gaps"}
    blueprints.create(ctx, ana, "loan-payment-processing", id="gaps", title=doc["title"])
    log = pd.read_csv(share("data") / "samples" / "loan-payments.csv", dtype=str)
    gone = log["case_id"].drop_duplicates().iloc[::5]
    log.loc[log["case_id"].isin(gone), "channel"] = None
    log.to_csv(tmp_path / "gaps.csv", index=False)
    binding = doc["binding"]
    import_events(ctx.lake, "gaps", tmp_path / "gaps.csv", mapping=binding["mapping"], batch="one",
                  rejects=ctx.rejects, time_zone=binding["time_zone"], currency="USD")  # fmt: skip
    every = dashboards.build(ctx, ana, "gaps", split="channel")
    alone = dashboards.build(ctx, ana, "gaps", filters={"channel": [None]})
    assert "only channel not recorded" in alone.window.words
    parts = {panel.id.partition(".")[2]: panel for panel in every.panels if panel.kind == "split" and panel.rows}
    told = {name: next((row for row in panel.rows if row[0] is None), None) for name, panel in parts.items()}
    assert sum(row is not None for row in told.values()) > 3
    tiles = {panel.id: panel for panel in alone.panels if panel.kind == "kpi"}
    assert {name: (tiles[name].value, tiles[name].n) for name, row in told.items() if row} == {
        name: row[1:3] for name, row in told.items() if row
    }
    both = dashboards.build(ctx, ana, "gaps", filters={"channel": [None, "web"]})
    reached = {row[0]: row[2] for row in panel_of(alone, "funnel").rows if row[1] == "Reached"}
    more = {row[0]: row[2] for row in panel_of(both, "funnel").rows if row[1] == "Reached"}
    received = log[(log["event"] == "payment.received")].drop_duplicates("case_id")
    assert reached["Received"] == received["channel"].isna().sum()
    assert more["Received"] == (received["channel"].isna() | (received["channel"] == "web")).sum()


def panel_of(run, name):
    return next(panel for panel in run.panels if panel.id == name)


def test_a_dimension_that_no_kpi_has_is_refused_and_those_there_are_named(ctx, ana, sample):
    with pytest.raises(UsageError, match="No KPI of this flow is split by 'nosuch'") as refused:
        kpis.evaluate(ctx, ana, sample, dimensions=["nosuch"])
    assert "channel" in refused.value.hint
