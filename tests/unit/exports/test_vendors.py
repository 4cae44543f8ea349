"""Dashboards for Grafana and Splunk: the same text each time, of the vendors' shapes, whatever people write."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from grafana_foundation_sdk.models import dashboard as classic
from grafana_foundation_sdk.models import dashboardv2
from hypothesis import given
from hypothesis import strategies as st

from bos.actions import exports
from bos.dashboards.exports.cards import Card
from bos.dashboards.exports.grafana import grafana
from bos.dashboards.exports.splunk import splunk
from tests.unit.exports.made import cards_of, run_of

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "golden" / "exports"
CHECKS = ROOT / "tests" / "exports"
PAGE = "https://bos.test/api/v1/dashboard-runs/1/html"
TARGETS = ("grafana", "grafana-v2", "splunk")
HOSTILE = "</script>]]><b>\"'\\\n$x$ ${datasource} [[y]] \u202eRTL {{z}} `q` \u0627"


def made(target, cards=None, run=None):
    cards = cards_of() if cards is None else cards
    run = run or run_of(*(card.tile for card in cards))
    return splunk(run, cards) if target == "splunk" else grafana(run, cards, shape=target, page=PAGE)


def elements(told):
    """Return the panels of either shape of Grafana as type, title, description and text or query."""
    if "panels" in told:
        for panel in told["panels"]:
            yield panel["type"], panel["title"], panel.get("options", {}).get("content"), panel.get("targets")
        return
    for element in told["spec"]["elements"].values():
        own = element["spec"]
        queries = [one["spec"]["query"]["spec"] for one in own["data"]["spec"]["queries"]]
        options = own["vizConfig"]["spec"]["options"]
        yield own["vizConfig"]["group"], own["title"], options.get("content"), queries


@pytest.mark.parametrize("target", TARGETS)
def test_the_text_is_the_golden_one(target):
    path = GOLDEN / f"{target}.json"
    content = made(target).content
    if os.environ.get("BOS_TEST_RENEW_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    assert content == path.read_bytes()


@pytest.mark.parametrize("target", TARGETS[:2])
def test_grafana_shows_each_number_with_query_limits_and_unit_and_the_rest_in_words(target):
    found = list(elements(json.loads(made(target).content)))
    assert [kind for kind, *_ in found] == ["stat", "text", "timeseries", "text"]
    (_, title, _, number), (_, other, words, _), (_, _, _, course), (_, _, about, _) = found
    assert (title, other) == ("Return rate", "Time of Return rate")
    assert (number[0]["expr"], number[0]["instant"]) == ('sum(x{channel="web"})', True)
    assert (course[0]["range"], course[0]["interval"]) == (True, "1h")
    assert "PromQL cannot say `duration`." in words
    for left in made(target).not_carried:
        assert left.why in about


def test_what_grafana_is_given_reads_back_as_its_own_types():
    told = json.loads(made("grafana").content)
    again = classic.Dashboard.from_json(told)
    assert again.to_json().keys() == told.keys()
    assert [panel.title for panel in again.panels] == [
        "Return rate",
        "Time of Return rate",
        "Return rate",
        "About this export",
    ]
    resource = json.loads(made("grafana-v2").content)
    assert (resource["apiVersion"], resource["kind"]) == ("dashboard.grafana.app/v2", "Dashboard")
    spec = dashboardv2.Dashboard.from_json(resource["spec"])
    placed = [item.spec.element.name for item in spec.layout.spec.items]
    assert sorted(placed) == sorted(spec.elements)


def test_colours_change_where_the_status_does():
    card, _ = cards_of()
    assert card.steps() == [(None, "green"), (0.02, "yellow"), (0.05, "red")]
    target = {"value": 0.995, "direction": "at_least", "source": ""}
    share = Card(card.tile, {**card.outcome, "target": target, "thresholds": []})
    assert share.steps() == [(None, "red"), (0.995, "green")]
    gap = {**card.outcome, "measure": {"formula": "gap(count(a), count(b))", "unit": "count"}, "thresholds": []}
    gap["target"] = {"value": 2, "direction": "at_most", "source": ""}
    assert Card(card.tile, gap).steps() == [(None, "red"), (-2, "green"), (2, "red")]


def test_splunk_follows_the_time_range_and_leaves_no_token_in_a_text():
    told = json.loads(made("splunk", cards_of(text='search x="$a$"', title="100 $ $b$")).content)
    assert told["dataSources"]["ds_rate"]["options"] == {
        "query": 'search x="$$a$$"',
        "queryParameters": {"earliest": "$bos_time.earliest$", "latest": "$bos_time.latest$"},
    }
    assert told["visualizations"]["viz_rate"]["title"] == "100 $$ $$b$$"
    limits = told["visualizations"]["viz_rate"]["context"]["limits"]
    assert [(one.get("from"), one.get("to")) for one in limits] == [(None, 0.02), (0.02, 0.05), (0.05, None)]
    assert "not run" in told["visualizations"]["viz_about"]["options"]["markdown"]


def test_a_query_in_which_grafana_would_see_a_variable_is_not_carried():
    parcel = made("grafana", cards_of(text='sum(x{a="${datasource}"})'))
    assert "expr" not in parcel.content.decode()
    assert {one.where for one in parcel.not_carried} >= {"rate", "time"}
    assert parcel.carried == ()


@given(text=st.one_of(st.just(HOSTILE), st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80)))
@pytest.mark.parametrize("target", TARGETS)
def test_no_text_breaks_out(target, text):
    cards = cards_of(text=text, title=text, why=text)
    run = run_of(*(card.tile for card in cards), title=text, description=text)
    content = made(target, cards, run).content
    assert b"<" not in content
    assert b"]]>" not in content
    told = json.loads(content)
    if target == "splunk":
        assert told["title"].replace("$$", "$") == text
        assert told["dataSources"]["ds_rate"]["options"]["query"].replace("$$", "$") == text
        return
    assert (told["title"] if target == "grafana" else told["spec"]["title"]) == text
    first, own = (
        one.replace("\N{FULLWIDTH DOLLAR SIGN}", "$").replace(" ", "")
        for one in (next(title for _, title, *_ in elements(told)), text)
    )
    assert first == own


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("count", [0, 1, 60])
def test_any_number_of_kpis_is_laid_out_with_nothing_over_another(target, count):
    cards = [
        replace(card, tile=card.tile.model_copy(update={"id": f"{card.tile.id}_{at}"}))
        for at in range(count)
        for card in cards_of()[:1]
    ]
    told = json.loads(made(target, cards).content)
    if target == "splunk":
        blocks = told["layout"]["layoutDefinitions"]["layout_1"]["structure"]
        places = [tuple(block["position"][name] for name in "xywh") for block in blocks]
        assert {block["item"] for block in blocks} == set(told["visualizations"])
    elif target == "grafana":
        places = [tuple(panel["gridPos"][name] for name in "xywh") for panel in told["panels"]]
        assert len({panel["id"] for panel in told["panels"]}) == len(places)
    else:
        items = [item["spec"] for item in told["spec"]["layout"]["spec"]["items"]]
        places = [tuple(item[name] for name in ("x", "y", "width", "height")) for item in items]
        assert {item["element"]["name"] for item in items} == set(told["spec"]["elements"])
    assert len(places) == 2 * count + 1  # each number, its course, and what is to be known of the export
    covered = [(x + dx, y + dy) for x, y, wide, high in places for dx in range(0, wide, 2) for dy in range(0, high, 2)]
    step = [(x, y) for x, y, _, _ in places]
    assert len(set(step)) == len(step)
    assert len(set(covered)) == len(covered)


@pytest.mark.parametrize("target", TARGETS)
def test_every_kpi_of_the_sample_is_a_query_or_is_listed_and_nothing_withheld_is_asked(ctx, ana, run, target):
    parcel = exports.dashboard(ctx, ana, run.run, target)
    tiles = {panel.id: panel for panel in run.panels if panel.kind == "kpi"}
    left = {one.where for one in parcel.not_carried}
    assert set(parcel.carried) | (left & set(tiles)) == set(tiles)
    assert not set(parcel.carried) & left - {
        one.where for one in parcel.not_carried if one.what.startswith("Time range")
    }
    assert all(not tiles[name].withheld_reason for name in parcel.carried)
    assert {panel.id for panel in run.panels if panel.kind in {"funnel", "times", "budget", "system", "split"}} <= left
    assert any("not fully approved" in mark for mark in parcel.marks)
    assert exports.dashboard(ctx, ana, run.run, target).content == parcel.content


@pytest.mark.full
def test_the_vendor_of_splunk_finds_nothing_wrong(ctx, ana, run, tmp_path):
    if not (CHECKS / "node_modules").is_dir():
        pytest.skip("needs the packages of tests/exports: make test-full installs them")
    kept = exports.dashboard(ctx, ana, run.run, "splunk").content
    hostile = made("splunk", cards_of(text=HOSTILE, title=HOSTILE)).content
    broken = json.loads(kept)
    broken["visualizations"]["viz_gateway_uptime"]["options"]["numberPrecision"] = "many"
    for content, good in ((kept, True), (hostile, True), (json.dumps(broken).encode(), False)):
        file = tmp_path / "definition.json"
        file.write_bytes(content)
        words = [ROOT / ".venv" / "bin" / "node", CHECKS / "splunk.js", file]
        told = subprocess.run(words, check=True, capture_output=True, text=True, timeout=120).stdout
        assert (json.loads(told) == []) is good, told


@pytest.mark.parametrize("target", TARGETS[:2])
@pytest.mark.parametrize("word", ["$datasource", "${datasource}", "[[datasource]]", "Cost $5 and $"])
def test_no_text_of_a_person_is_a_variable_of_grafana(target, word):
    cards = cards_of(title=f"Rate {word}")
    parcel = made(target, cards, run_of(*(card.tile for card in cards)))
    own = [text for text in _texts(json.loads(parcel.content)) if "Rate" in text]
    assert len(own) >= 4
    assert not any(re.search(r"\$(\w+)|\$\{|\[\[", text) for text in own)
    assert any("\N{FULLWIDTH DOLLAR SIGN}" in text or "[ [" in text for text in own)
    told = [(one.where, one.what) for one in parcel.not_carried if "as its variables" in one.why]
    assert told == [
        ("rate", f"Words of Rate {word}"),
        ("time", f"Words of Time of Rate {word}"),
    ]
    assert not any("as its variables" in one.why for one in made(target).not_carried)


def _texts(told):
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict | list):
        for part in told.values() if isinstance(told, dict) else told:
            yield from _texts(part)
