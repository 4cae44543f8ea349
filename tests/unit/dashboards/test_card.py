"""The picture that goes with a message: what its panel says, nothing else, small enough for a mailbox."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from bos.dashboards import card, figures
from bos.model.answers.dashboards import Panel
from bos.model.moments import DASH

START = datetime(2026, 6, 1, tzinfo=UTC)
VALUES = [0.021, 0.0235, 0.0192, None, None, 0.0248, 0.0, 0.034]
LIMITS = {"Target": 0.02, "Breach level": 0.03}
SAID = {"state": "breach", "shown": "3.40 %", "words": "Breach: above 3.00 %", "period": "20 Jul - 26 Jul 2026"}


def panel(values, **over):
    points = [(START + timedelta(days=7 * week), value) for week, value in enumerate(values)]
    part = {points[-1][0].isoformat(): "so far"}
    figure = figures.over_time(points, name="Rate", unit="ratio", lines=LIMITS, title="Rate by week", part=part)
    told = {
        "id": "trend.rate", "kind": "trend", "title": "Rate <b> by week", "owner": "process_owner", "unit": "ratio",
        "summary": "Between 0 % and 2.48 %. The week so far: 3.40 %. No data in 2 of 8 weeks: Returned.",
        "period": f"1 Jun {DASH} 26 Jul 2026, UTC", "columns": ("Week from", "Value", "Rests on"), "figure": figure,
        "rows": tuple((moment.isoformat(), value, 10) for moment, value in points),
    }  # fmt: skip
    return Panel(**(told | over))


@pytest.fixture
def drawn(monkeypatch):
    """Return a function that draws a card, and returns its SVG."""
    seen = []
    monkeypatch.setattr(card, "png", lambda svg, **_: seen.append(svg) or b"")

    def draw(one, **said):
        card.card(one, "UTC", **(SAID | said))
        return ET.fromstring(seen[-1])  # noqa: S314 - our own text

    return draw


def numbers(svg):
    """Return the values that are drawn, read off the axis: what a person sees."""
    name = "{http://www.w3.org/2000/svg}"
    chart = svg.find(f"{name}svg")
    lines = [float(one.get("y1")) for one in chart.findall(f"{name}line")]
    ticks = [one for one in chart.findall(f"{name}text") if one.get("text-anchor") == "end" and one.text.endswith("%")]
    marks = [float(one.text.rstrip("%").strip().rstrip("\u202f")) / 100 for one in ticks]
    scale = (marks[-1] - marks[0]) / (lines[-1] - lines[0])
    dots = sorted((float(one.get("cx")), float(one.get("cy"))) for one in chart.findall(f"{name}circle"))
    return [marks[0] + (y - lines[0]) * scale for _, y in dots]


def test_a_picture_has_each_value_of_its_panel_at_its_height_and_none_where_there_is_none(drawn):
    svg = drawn(panel(VALUES))
    held = [value for value in VALUES if value is not None]
    assert numbers(svg) == pytest.approx(held, abs=2e-5)
    text = ET.tostring(svg, encoding="unicode")
    lines = [part.split('"')[0] for part in text.split("bos-chart__line--")[1:]]
    assert lines.count("target") == lines.count("limit") == 2  # in the chart, and what it is called below
    assert [lines.count(one) for one in ("actual", "part")] == [3, 2]  # two stretches with a gap between, one so far


def bands(svg):
    """Return from where to where there is no value, in parts of the plot."""
    left, right = (float(part) for part in svg.find("{*}svg").get("data-plot").split()[:2])
    found = [one for one in svg if one.get("class") == "card__gap"]
    ends = [(float(one.get("x")) - 24, float(one.get("width"))) for one in found]
    return [((x - left) / (right - left), (x + wide - left) / (right - left)) for x, wide in ends]


def test_a_stretch_without_a_value_is_a_band_that_says_so(drawn):
    one = drawn(panel(VALUES))
    assert bands(one) == [pytest.approx((2.5 / 7, 4.5 / 7), abs=1e-3)]
    assert [text.text for text in one if text.get("class") == "card__none"] == ["No value"]
    ends = [None, *VALUES[1:-1], None]
    assert bands(drawn(panel(ends))) == [
        pytest.approx(pair, abs=1e-3) for pair in ((0, 0.5 / 7), (2.5 / 7, 4.5 / 7), (6.5 / 7, 1))
    ]
    assert bands(drawn(panel([0.0] * 8))) == []
    bare = figures.over_time([], name="Rate", unit="ratio", lines={}, title="Rate by week")
    assert bands(drawn(panel(ends, figure=bare)))[2] == pytest.approx((6.5 / 7, 1), abs=1e-3), "also without a target"


def test_a_picture_says_in_words_what_it_is_of_how_it_stands_and_what_is_missing(drawn):
    svg = drawn(panel(VALUES))
    words = " ".join(part.strip() for part in svg.itertext())
    for said in ("Rate <b> by week", "3.40 %", "Breach: above 3.00 %", "1 Jun", "No data in 2 of 8 weeks: Returned."):
        assert said in words
    assert "3.40 % over 20 Jul - 26 Jul 2026." in words
    looks = [one.get("class") for one in svg]
    assert looks.count("card__breach") == 2
    assert [one.get("class") for one in drawn(panel(VALUES), state="no_data")].count("card__quiet") == 2


@pytest.fixture
def words(drawn):
    """Return a function to the texts of a card."""
    return lambda one, **said: [text.text for text in drawn(one, **said).iter() if text.tag.endswith("text")]


def test_the_legend_names_what_is_drawn_and_what_is_drawn_alike_once(words):
    at = [(START + timedelta(days=7 * week)).isoformat() for week in range(3)]
    lesser = {at[0]: "in part", at[2]: "so far"}

    def legend(part, *values):
        points = [(START + timedelta(days=7 * week), value) for week, value in enumerate(values)]
        figure = figures.over_time(points, name="Rate", unit="ratio", lines={}, title="Rate by week", part=part)
        shown = words(panel(values, figure=figure))
        return [one for one in shown if one == "Value" or one.startswith("Week")]

    assert legend(lesser, 0.01, 0.02, 0.03) == ["Value", "Week so far or in part"]
    assert legend(lesser, 0.01, None, 0.03) == ["Week so far or in part"]
    assert legend({}, 0.01, None, 0.03) == ["Value"]


def test_no_data_beside_a_line_is_said_to_be_of_now(words):
    shown = words(panel(VALUES), state="no_data", shown="No data", words="Nothing since 20 Jul")
    assert "No data now" in shown
    assert any(one.startswith("Now: No data over 20 Jul") for one in shown)


def test_words_that_are_too_long_end_with_an_ellipsis_and_stay_inside(drawn):
    svg = drawn(panel(VALUES, title="T" * 200, summary="word " * 200), words="W" * 200)
    texts = [one.text for one in svg if one.tag.endswith("text")]
    assert max(map(len, texts)) <= 106
    assert sum(text.endswith("…") for text in texts) == 3
    assert float(svg.get("height")) < 450


def test_the_largest_picture_leaves_room_for_the_message_it_is_in():
    many = [0.02 + (n * 7919 % 13) / 1000 for n in range(60)]
    image = card.card(panel(many, summary="word " * 200), "UTC", **SAID)
    assert len(image) * 4 / 3 < 84_000
    assert card.card(panel(many), "UTC", **SAID) != card.card(panel([0.021, *many[1:]]), "UTC", **SAID)
