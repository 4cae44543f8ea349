"""The day, or longer period, that a log began in the midst of: nothing is compared with it, wherever that is asked."""

# ruff: noqa: PD011 - values are those of a run, not of a DataFrame

import csv
import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from bos.actions import explaining, kpis
from bos.errors import UsageError
from bos.kpi import extents
from bos.telemetry.ingest import import_events
from tests.unit.actions.kpis.test_compare import NEW_YORK

DAY = timedelta(days=1)
FIRST = datetime(2026, 1, 12, tzinfo=NEW_YORK)
BEFORE = "The earlier period is not covered: the first record is of 12 Jan 2026 "


def hourly(begins, opens=0, days=17):
    """Payments, one an hour, from an hour on the first day and from ``opens`` on those after it."""
    for day in range(days):
        for hour in range(24):
            if hour >= (opens if day else begins):
                at = (FIRST + day * DAY).replace(hour=hour, minute=10)
                yield (f"h{day}-{hour}", "payment.initiated", at.astimezone(UTC).isoformat(), "1.00", "web")


def compared(ctx, ana, flow, by, start):
    run = kpis.evaluate(ctx, ana, flow, kpis=["sent"], by=by, start=start, end=start + DAY, compare="previous")
    return run.values[0]


@pytest.mark.parametrize(
    ("begins", "opens", "covered"),
    [(19, 0, False), (2, 0, False), (1, 0, True), (0, 0, True), (8, 8, True), (9, 8, True), (10, 8, False)],
)
def test_a_day_is_held_against_the_first_of_a_log_where_that_began_as_others_do(
    ctx, ana, flow, add, begins, opens, covered
):
    add("hourly", hourly(begins, opens))
    for by in ("day", None):
        second = compared(ctx, ana, flow, by, FIRST + DAY)
        assert second.value == 24 - opens
        assert second.compared.value == (24 - begins if covered else None)
        reason = "" if covered else f"{BEFORE}{begins:02}:10."
        assert (second.compared.withheld_reason or "") == reason
        third = compared(ctx, ana, flow, by, FIRST + 2 * DAY)
        assert (third.compared.value, third.compared.difference) == (24 - opens, 0)


@pytest.mark.parametrize(("begins", "covered"), [(19, False), (0, True)])
def test_why_a_day_changed_says_the_same(ctx, ana, flow, add, begins, covered):
    add("hourly", hourly(begins))
    asked = {"start": FIRST + DAY, "end": FIRST + 2 * DAY}
    if covered:
        assert explaining.explain(ctx, ana, flow, "sent", **asked)
    else:
        with pytest.raises(UsageError, match=f"{BEFORE}{begins}:10"):
            explaining.explain(ctx, ana, flow, "sent", **asked)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kathmandu", "UTC"])
def test_random_logs_begin_late_where_pandas_says_so(ctx, tmp_path, zone):
    rng, seen = random.Random(5), set()
    for number in range(16):
        begins, opens, days = rng.randrange(24), rng.choice((0, 0, 8)), rng.randrange(1, 10)
        rows = [row for row in hourly(begins, opens, days) if rng.random() < 0.6] or list(hourly(begins))
        path = tmp_path / "log.csv"
        with path.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([("case", "step", "time", "amount", "channel"), *rows])
        mapping = {name: name for name in ("case", "step", "time")}
        import_events(ctx.lake, f"log{number}", path, mapping=mapping, batch="b", rejects=ctx.rejects)
        times = pd.Series(pd.to_datetime([row[2] for row in rows], utc=True)).dt.tz_convert(ZoneInfo(zone))
        clock = times.dt.hour * 60 + times.dt.minute
        first, *others = clock.groupby(times.dt.date).min().sort_index().iloc[:8]
        expected = bool(others) and first > max(others) + 60
        found = extents.begun_late(
            ctx.lake.snapshot(f"log{number}"), times.min().to_pydatetime(), zone, memory_limit="256MB"
        )
        assert found == expected, (number, first, others)
        seen.add(found)
    assert seen == {True, False}
