"""Static charts: well-formed, readable by a screen reader, the same bytes each time, and gaps stay gaps."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from bos.look.charts import Edge, Node, Series, bars, funnel, line, spark

START = datetime(2026, 1, 1, tzinfo=UTC)
POINTS = [(START + timedelta(days=day), None if day == 3 else float(day)) for day in range(8)]


def parsed(text):
    return ET.fromstring(text)  # noqa: S314 - our own text


def test_a_line_has_title_description_and_a_gap_where_there_is_no_value():
    text = line([Series("Rate", POINTS)], title="A & B", desc="<b>", unit="%")
    svg = parsed(text)
    named = [node.get("id") for node in svg if node.tag in {"title", "desc"}]
    assert svg.get("aria-labelledby").split() == named
    assert (svg[0].text, svg[1].text) == ("A & B", "<b>")
    assert len(svg.findall("polyline")) == 2


def test_a_point_that_is_not_final_is_hollow_and_the_way_to_it_dashed():
    whole = [(START + timedelta(days=day), float(day)) for day in range(5)]
    svg = parsed(line([Series("Rate", whole, part=[whole[-1][0]])], title="A", desc="B"))
    lines = {node.get("class").rpartition("--")[2]: node.get("points").split() for node in svg.findall("polyline")}
    assert [len(lines["actual"]), len(lines["part"])] == [4, 2]
    assert lines["actual"][-1] == lines["part"][0]
    assert sum(node.get("class").endswith("--part") for node in svg.findall("circle")) == 1
    small = parsed(spark([1.0, 2.0, 3.0], part=[2]))
    assert [node.get("class").rpartition("--")[2] for node in small.findall("polyline")] == ["actual", "part"]


def test_the_same_chart_is_the_same_bytes_and_another_one_has_other_ids():
    one = line([Series("Rate", POINTS)], title="A", desc="B")
    assert one == line([Series("Rate", POINTS)], title="A", desc="B")
    other = line([Series("Rate", POINTS[:3])], title="A", desc="B")
    assert parsed(one).get("aria-labelledby") != parsed(other).get("aria-labelledby")


@pytest.mark.parametrize("days", [(0, 97, 98, 99, 100), (0, 1, 2, 3, 100), (0, 50, 51), range(101)])
def test_words_below_a_chart_do_not_stand_over_one_another(days):
    points = [(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day), 1.0 * day) for day in days]
    svg = line([Series("v", points)], title="V", desc="v")
    told = re.findall(r'x="([\d.]+)" y="212" text-anchor="(start|middle|end)">([^<]+)<', svg)
    glyph = 6.0  # of 11 units a letter is about half as wide
    spans = []
    for at, anchor, words in told:
        wide = len(words) * glyph
        begin = float(at) - wide * {"start": 0, "middle": 0.5, "end": 1}[anchor]
        spans.append((begin, begin + wide))
    assert len(spans) >= 2
    assert all(one[1] < two[0] for one, two in itertools.pairwise(spans))


def test_a_small_line_runs_from_its_first_value_to_its_last():
    svg = spark([None] * 97 + [1.0, 3.0, 2.0], part={99})
    ends = [float(pair.split(",")[0]) for points in re.findall(r'points="([^"]+)"', svg) for pair in points.split()]
    assert (min(ends), max(ends)) == (2, 118)
    assert spark([1.0, None, None, 2.0]) == ""  # two points with a gap between are no line


def test_nothing_to_draw_is_said():
    assert "No data" in line([Series("Rate", [(START, None)])], title="A", desc="B")
    assert "No data" in bars([("one", None)], title="A", desc="B")
    assert spark([None, 1.0]) == ""


def test_a_step_without_a_signal_is_not_drawn_as_nobody():
    nodes = [Node("a", "First <step>", 10, dropped=2, in_flight=1), Node("b", "Second", None)]
    svg = parsed(funnel(nodes, [Edge("a", "b", 7)], title="F", desc="D"))
    assert [part.get("class").rpartition("--")[2] for part in svg.findall("rect")] == ["on", "flight", "drop"]
    assert "No signal tells this step" in [node.text for node in svg.findall("text")]
