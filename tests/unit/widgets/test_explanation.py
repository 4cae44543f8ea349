"""The page that says why a KPI changed, as data."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from types import SimpleNamespace
from xml.etree import ElementTree as ET

from bos.model.answers.explanation import Explanation, ExplanationPart, ExplanationSide
from bos.model.answers.movement import Moved, Movement, MovementSide, Spread
from widgets.explanation.app import ExplanationPage
from widgets.explanation.view import MOST, State, view
from widgets.explanation.waterfall import Step, waterfall

HOSTILE = "<script>alert(1)</script> & a name that is much longer than there is room for"


def explained(*parts, unit="ratio", then=0.5, **more):
    amounts = sum(part.amount for part in parts)
    sides = [
        ExplanationSide(
            start=datetime(2026, month, 1, tzinfo=UTC), end=datetime(2026, month + 1, 1, tzinfo=UTC), value=value
        )
        for month, value in ((1, then), (2, then + amounts))
    ]
    return Explanation(
        flow="f", kpi="k", unit=unit, then=sides[0], now=sides[1], difference=amounts, parts=parts, template_version=3,
        snapshot="f@2", dimension="channel", **more,
    )  # fmt: skip


def shown(found, **more):
    return view(State("f", "k", titles=("Flow", "Kept"), fields=("channel",), found=found, zone="Europe/Paris", **more))


def drawn(page):
    (svg,) = re.findall(r'"svg": ("<svg.*?</svg>")', json.dumps(page))
    return ET.fromstring(json.loads(svg))  # noqa: S314 - what the test itself made


def test_the_causes_stand_from_the_largest_to_the_smallest_and_lead_from_one_value_to_the_other():
    page = shown(
        explained(
            ExplanationPart(kind="mix", of="web", amount=-0.02),
            ExplanationPart(kind="rate", missing=True, amount=0.1),
            generated=True, notes=("Events of Posted are missing since then.",),
        )
    )  # fmt: skip
    assert page["heading"] == "Why Kept changed"
    assert page["lede"] == "From 50.0\u202f% to 58.0\u202f%: +8.00 points. What follows sums to exactly that."
    said = json.dumps(page, ensure_ascii=False)
    assert "1 Jan 2026 01:00 \u2013 1 Feb 2026 01:00" in said  # in Paris
    assert "With generated telemetry" in said
    assert "Events of Posted are missing since then." in said
    texts = [text.text or text[0].tail for text in drawn(page).iter("{http://www.w3.org/2000/svg}text")]
    assert texts == [
        "Earlier period", "50.0\u202f%", "Rate within: not recorded", "+10.00 points",
        "Share of the whole: web", "\u22122.00 points",
        "This period", "58.0\u202f%",
    ]  # fmt: skip


def test_what_each_of_a_sum_comes_to_is_a_mean_and_no_rate():
    found = explained(ExplanationPart(kind="rate", of="web", amount=12.0)).model_copy(update={"unit": "EUR"})
    said = json.dumps(shown(found), ensure_ascii=False)
    assert "Mean within: web" in said
    assert "within it, the mean rose or fell" in said
    assert "rate" not in said.lower().replace("generated", "")


def test_what_is_filtered_to_one_value_is_told_and_no_more_offered_to_split_by():
    filters = {"channel": ["web"], "loan_type": ["auto", None]}
    state = State(
        "f", "k", titles=("Flow", "Kept"), fields=("channel", "loan_type"), filters=filters, found=explained()
    )
    page = view(state)
    (chosen,) = (one for box in page["body"] for one in box.get("children", ()) if one.get("name") == "dimension")
    assert [value for value, _ in chosen["options"]] == ["loan_type", ""]
    assert "channel web, loan type auto or not recorded" in json.dumps(page)
    query = "filter=channel%3Dweb&filter=loan_type%3Dauto&missing=loan_type"
    assert page["location"].endswith(query)
    assert f"dashboard.ipynb?flow=f&{query}" in json.dumps(page)


def test_what_is_no_sum_is_told_by_its_spread_and_its_parts_and_says_why():
    spread = Spread(n=1200, median=60, p95=3600, min=1, max=90_000)
    sides = [MovementSide(value=value, n=1200, spread=spread) for value in (3000, 3600)]
    parts = (
        Moved(of="web", unit="seconds", then=60, then_n=9, now=3660, now_n=7, difference=3600),
        Moved(missing=True, unit="seconds", then=60, then_n=1),
    )
    told = Movement(
        flow="f", kpi="k", unit="seconds", reason="A percentile is no sum.", dimension="channel", then=sides[0],
        now=sides[1], difference=600, parts=parts, template_version=3,
    )  # fmt: skip
    page = view(State("f", "k", titles=("Flow", "Slow"), fields=("channel",), moved=told))
    assert page["lede"].startswith("From 50 min to 1 h: +10 min.")
    spread_table, table = (one for box in page["body"] for one in box.get("children", ()) if one.get("t") == "table")
    assert spread_table["rows"][0] == ["Earlier period", "1,200", "1 s", "1 min", "1 h", "1 d 1 h"]
    assert table["columns"][0] == "Channel"
    assert table["rows"] == [
        ["web", "1 min", "1 h 1 min", "+1 h", "9", "7"],
        ["not recorded", "1 min", "\N{EN DASH}", "\N{EN DASH}", "1", "0"],
    ]
    assert "A percentile is no sum." in json.dumps(page)
    of_kpis = told.model_copy(update={"parts_of": "kpi", "parts": (Moved(of="sent", unit="count", then=1, now=2),)})
    said = json.dumps(view(State("f", "k", titles=("Flow", "Slow"), moved=of_kpis, kpis={"sent": "Payments sent"})))
    assert "Payments sent" in said


def test_many_causes_are_drawn_together_and_all_of_them_listed():
    parts = [ExplanationPart(kind="volume", of=f"c{n}", amount=float(n)) for n in range(1, MOST + 6)]
    page = shown(explained(*parts, unit="USD", then=100.0))
    texts = [text[0].text for text in drawn(page).iter("{http://www.w3.org/2000/svg}text") if len(text)]
    assert len(texts) == MOST + 3
    assert texts[-2] == "5 smaller causes"
    (table,) = (one for box in page["body"] for one in box.get("children", ()) if one.get("t") == "table")
    assert [row[2] for row in table["rows"]] == [f"+USD {n}.00" for n in range(MOST + 5, 0, -1)]


def test_a_drawing_is_no_way_in_and_a_change_of_nothing_is_told():
    root = ET.fromstring(waterfall([Step(HOSTILE, "1", 1, 1, level=True), Step("a", "b", 1, 1)], "x"))  # noqa: S314 - its own
    (title, *_) = root.iter("{http://www.w3.org/2000/svg}title")
    assert title.text == HOSTILE
    assert not list(root.iter("{http://www.w3.org/2000/svg}script"))
    assert "both periods come to the same" in json.dumps(shown(explained()))


class Bench:
    """Answers as a workbench does, as far as the page asks it."""

    def __init__(self):
        self.templates, self.asked = self, {}

    def session(self):
        return None

    def get(self, _):
        measure = {"time_zone": "America/New_York", "dimensions": ["channel", "loan_type"]}
        outcome = {"id": "k", "title": "Kept", "measure": measure}
        return SimpleNamespace(document={"title": "Flow", "time_zone": "UTC", "outcomes": [outcome]})

    def flow(self, _):
        return self

    def explain(self, _, **asked):
        self.asked = asked
        return explained()


def test_an_address_as_a_dashboard_writes_it_is_understood_and_what_is_unknown_is_told():
    bench = Bench()
    asked = {"flow": ["f"], "kpi": ["k"], "from": ["2026-02-01"], "to": ["2026-02-28"], "split": ["loan_type"]}
    page = ExplanationPage(bench, asked)
    assert (bench.asked["start"], bench.asked["end"]) == (
        datetime(2026, 2, 1, 5, tzinfo=UTC), datetime(2026, 3, 1, 5, tzinfo=UTC),
    )  # fmt: skip
    assert bench.asked["dimension"] == "loan_type"
    assert "does not know" not in json.dumps(page.surface.view)
    page = ExplanationPage(bench, {**asked, "period": ["february"]})
    assert "The address says period, which this page does not know." in json.dumps(page.surface.view)
