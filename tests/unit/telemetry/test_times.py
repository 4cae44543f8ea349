"""Times: with an offset, without one, at the clock change, and what is no time at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bos.errors import InputError, UsageError
from bos.telemetry import values
from bos.telemetry.values import parse_times

HEAD = "case,step,time\n"


def times(bench):
    return [moment for (moment,) in bench.query("select event_time from lake order by event_time")]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31T10:00:00Z", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("2026-01-31T10:00:00.5+02:00", datetime(2026, 1, 31, 8, 0, 0, 500_000, UTC)),
        ("2026-01-31 10:00:00+0530", datetime(2026, 1, 31, 4, 30, tzinfo=UTC)),
        ("2026-01-31T10:00:00.1234567Z", datetime(2026, 1, 31, 10, 0, 0, 123_456, UTC)),
        ("2026-01-31T10:00-03", datetime(2026, 1, 31, 13, tzinfo=UTC)),
        ("2026-01-31 10:00:00,25 Z", datetime(2026, 1, 31, 10, 0, 0, 250_000, UTC)),
    ],
)
def test_a_time_with_an_offset_is_that_instant(bench, text, moment):
    bench.events(f'{HEAD}1,a,"{text}"\n')
    assert times(bench) == [moment]


def test_a_local_time_needs_a_declared_zone(bench):
    source = bench.file(f"{HEAD}1,a,2026-07-01 10:00:00\n")
    with pytest.raises(InputError, match="no time zone is declared") as caught:
        bench.events(source)
    assert "--time-zone" in caught.value.hint
    assert "row 1" in caught.value.where
    assert bench.lake.snapshot("loan").version == 0
    bench.events(source, time_zone="Europe/Amsterdam")
    assert times(bench) == [datetime(2026, 7, 1, 8, tzinfo=UTC)]


def test_a_declared_zone_does_not_touch_times_that_have_an_offset(bench):
    bench.events(f"{HEAD}1,a,2026-07-01T10:00:00Z\n1,b,2026-07-01T10:00:00\n", time_zone="Europe/Amsterdam")
    assert times(bench) == [datetime(2026, 7, 1, 8, tzinfo=UTC), datetime(2026, 7, 1, 10, tzinfo=UTC)]


def test_a_local_time_that_the_clock_change_repeats_or_skips_is_rejected_and_not_guessed(bench):
    rows = ["1,a,2026-10-25 02:30:00", "1,b,2026-03-29 02:30:00", "1,c,2026-10-25 03:00:00", "1,d,2026-03-29 03:00:00"]
    report = bench.events(HEAD + "\n".join(rows) + "\n", time_zone="Europe/Amsterdam")
    assert report.reasons == {values.TWICE: 1, values.NEVER: 1}
    assert [reject.row for reject in report.reject_sample] == [1, 2]
    assert times(bench) == [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 2, tzinfo=UTC)]


@pytest.mark.parametrize(
    "text", ["2026-13-01T00:00:00Z", "yesterday", "2026-02-30", "12:00", "2026-01-31T25:00:00Z", "0000-01-01T00:00:00Z"]
)
def test_what_is_no_time_is_rejected(bench, text):
    report = bench.events(f"{HEAD}1,a,{text}\n1,b,2026-01-31T10:00:00Z\n", time_zone="UTC")
    assert (report.added, report.rejected, report.reasons) == (1, 1, {values.NOT_A_TIME: 1})


@pytest.mark.parametrize(
    "text", ["1772442000", "1772442000.000000", "1.772442e9", "1767010111101", "20260131", "2026", "-1", "0"]
)
def test_a_plain_number_is_told_as_one_and_never_taken_for_a_time(bench, text):
    report = bench.events(f"{HEAD}1,a,{text}\n1,b,2026-01-31T10:00:00Z\n", time_zone="UTC")
    assert (report.added, report.rejected, report.reasons) == (1, 1, {values.A_NUMBER: 1})


def test_a_zone_that_does_not_exist_is_wrong_use(bench):
    with pytest.raises(UsageError, match="Mars"):
        bench.events(f"{HEAD}1,a,2026-01-31\n", time_zone="Mars/Olympus")


@given(
    moments=st.lists(st.datetimes(datetime(1950, 1, 1), datetime(2037, 1, 1)), min_size=1, max_size=20),  # noqa: DTZ001
    zone=st.sampled_from(["Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]),
)
def test_local_times_agree_with_the_zone_rules_of_the_standard_library(moments, zone):
    parsed = parse_times(pa.array([moment.isoformat(" ") for moment in moments]), zone)
    reasons = parsed.reasons.to_pylist() if parsed.reasons is not None else [None] * len(moments)
    for moment, value, reason in zip(moments, parsed.values.to_pylist(), reasons, strict=True):
        early, late = (moment.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1))
        if early == late:
            assert (value, reason) == (early, None)
        else:
            assert reason == (values.TWICE if late - early > timedelta(0) else values.NEVER)
