"""The log of a real bank, against the figures its publishers and two independent methods gave."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

MAPPING = {"amount": "case:AMOUNT_REQ"}

pytestmark = pytest.mark.data


@pytest.mark.full
def test_the_real_log_has_the_published_figures_and_a_second_import_adds_nothing(bench, real_data):
    source = real_data("bpi2012.xes.gz")
    first = bench.events(source, MAPPING, currency="EUR")
    assert (first.read, first.added, first.duplicates, first.rejected, first.late) == (262_200, 262_200, 0, 0, 0)
    assert (first.version, first.snapshot, first.changed) == (1, "loan@1", True)

    ((cases, events, activities, begin, end, steps),) = bench.query(
        """select count(distinct case_id), count(*), count(distinct step), min(event_time), max(event_time),
           count(*) filter (step = 'A_SUBMITTED') from lake"""
    )
    assert (cases, events, activities, steps) == (13_087, 262_200, 24, 13_087)
    assert begin == datetime(2011, 9, 30, 22, 38, 44, 546000, UTC) == first.first
    assert end == datetime(2012, 3, 14, 15, 4, 54, 681000, UTC) == first.last
    assert bench.query(
        "select sum(amount) from (select case_id, any_value(amount) as amount from lake group by 1)"
    ) == [(Decimal("177634511.00"),)]
    assert bench.query("select sum(amount) from lake where step = 'A_APPROVED'") == [(Decimal("35290338.00"),)]
    assert bench.query("select distinct currency, flow from lake") == [("EUR", "loan")]
    assert bench.query("select count(distinct event_id), count(*) from lake where effective_date is null") == [
        (262_200, 262_200)
    ]
    assert bench.query("select attributes['lifecycle:transition'], count(*) from lake group by 1 order by 2 desc") == [
        ("COMPLETE", 164_506),
        ("START", 71_376),
        ("SCHEDULE", 26_318),
    ]

    again = bench.events(source, MAPPING, currency="EUR")
    assert (again.added, again.duplicates, again.changed) == (0, 262_200, False)
    assert (again.snapshot, again.version) == ("loan@1", 1)
    assert bench.lake.snapshot("loan").version == 1
    assert bench.leftovers() == []


def test_the_real_metrics_are_taken_as_utc_once_that_is_said(bench, real_data):
    source = real_data("nab_rds_cpu_utilization_cc0c53.csv")
    mapping = {"time": "timestamp", "value": "value"}
    report = bench.metrics(source, mapping, signal="rds.cpu", time_zone="UTC")
    assert (report.read, report.added) == (4_032, 4_032)
    assert bench.query("select count(*), min(time), count(distinct signal) from lake", kind="metrics")[0][0] == 4_032
    again = bench.metrics(source, mapping, signal="rds.cpu", time_zone="UTC")
    assert (again.added, again.duplicates, again.version) == (0, 4_032, 1)
