"""Previews: the number of a KPI that is not submitted yet, over both transports."""

from __future__ import annotations

import copy
import csv
from decimal import Decimal

import pytest

from bos.errors import Invalid, NotFound, UsageError

ROWS = [
    ("c1", "posted", "2026-01-05T10:00:00Z", "10.00", "a"),
    ("c2", "posted", "2026-01-06T10:00:00Z", "20.50", "b"),
    ("c3", "posted", "2026-01-13T10:00:00Z", "30.00", "b"),
]


@pytest.fixture(scope="module")
def filled(flow, tmp_path_factory):
    """Return the flow with three events in two weeks."""
    path = tmp_path_factory.mktemp("log") / "log.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("case", "step", "time", "amount", "note"), *ROWS])
    flow.import_events(path)
    return flow


@pytest.fixture
def draft(wb, filled):
    """Return the live template, to be changed and never submitted."""
    return copy.deepcopy(wb.templates.get(filled.id).document)


def changed(draft, kpi, **measure):
    """Return a draft whose KPI is measured otherwise."""
    outcome = next(outcome for outcome in draft["outcomes"] if outcome["id"] == kpi)
    outcome["measure"].update(measure)
    return draft


def test_a_preview_is_the_number_of_the_draft_whole_and_by_week_and_keeps_nothing(wb, filled, draft):
    runs = len(list(filled.runs()))
    found = filled.preview(changed(draft, "money", formula="sum(posted.amount where note = 'b')"), "money")
    wanted = sum((Decimal(row[3]) for row in ROWS if row[4] == "b"), Decimal(0))
    assert Decimal(str(found.value.value)) == wanted
    assert found.shown == "EUR 50.50"
    weeks = [(bucket.bucket_start.date().isoformat(), bucket.value) for bucket in found.buckets]
    assert weeks == [("2026-01-05", 20.5), ("2026-01-12", 30)]
    assert found.shown_buckets == ("EUR 20.50", "EUR 30.00")
    assert found.marks == ("", "so far")
    assert found.last.isoformat() == "2026-01-13T10:00:00+00:00"
    assert "note" in found.sql
    assert len(list(filled.runs())) == runs
    assert wb.templates.get(filled.id).document["outcomes"][1]["measure"]["formula"] == "sum(posted.amount)"


def test_a_preview_needs_only_what_its_number_needs(filled, draft):
    draft["title"] = ""
    draft["ownership"] = []
    draft["outcomes"].append({"id": "broken", "title": "", "measure": {"formula": ""}})
    draft["process_signals"].append({"id": "empty", "signal": None})
    assert filled.preview(draft, "posts").value.value == len(ROWS)


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        ({"formula": "count(posted"}, "ends too early"),
        ({"formula": "count(nothing)"}, "nothing"),
        ({"formula": ""}, "measure.formula"),
        ({"unit": ["x"]}, "measure.unit"),
    ],
)
def test_a_definition_that_cannot_be_computed_is_refused_in_words(filled, draft, measure, words):
    with pytest.raises(Invalid, match=words):
        filled.preview(changed(draft, "posts", **measure), "posts")


def test_a_preview_of_no_kpi_no_template_or_a_wrong_zone_is_refused(filled, draft):
    with pytest.raises(NotFound, match="has no KPI 'gone'"):
        filled.preview(draft, "gone")
    with pytest.raises(Invalid):
        filled.preview({**draft, "time_zone": "Europe/Nowhere"}, "posts")
    with pytest.raises((UsageError, NotFound, Invalid)):
        filled.preview({"outcomes": "text"}, "posts")


def test_without_telemetry_there_is_no_number_and_no_error(wb, draft):
    found = wb.flow("never-seen").preview(draft, "posts")
    assert (found.value, found.buckets, found.shown) == (None, (), "")
    with pytest.raises(Invalid, match="nosuch"):
        wb.flow("never-seen").preview(changed(draft, "posts", formula="count(nosuch)"), "posts")
