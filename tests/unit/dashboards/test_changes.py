"""The changes of tiles in periods that the log ends in: as evaluations, explanations and pandas have them."""

# ruff: noqa: PD011 - values are those of a run, not of a DataFrame

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from bos.actions import blueprints, changes, dashboards, explaining, kpis
from bos.model.diff import Change
from bos.telemetry.ingest import import_events

NEW_YORK = ZoneInfo("America/New_York")
LOG = ["case", "time", "amount", "channel"]
ENDS = datetime(2026, 4, 20, 23, 16, 40, 250_000, tzinfo=NEW_YORK)
MEASURES = {
    "debits": {"formula": "count(initiated)", "unit": "count", "dimensions": ["channel"]},
    "debited": {"formula": "sum(initiated.amount)", "unit": "USD", "dimensions": ["channel"]},
    "of_ten_days": {"formula": "count(initiated)", "unit": "count", "window": "10 days"},
}


def at(month, day):
    return datetime(2026, month, day, tzinfo=NEW_YORK)


@pytest.fixture(scope="module")
def log():
    """Return 900 debits from 1 January until late on 20 April, the last of which is the newest event."""
    rng = random.Random(5)
    minutes = int((ENDS.timestamp() - at(1, 1).timestamp()) // 60)
    moments = [at(1, 1).astimezone(UTC) + timedelta(minutes=rng.randrange(minutes)) for _ in range(899)]
    moments += [ENDS.astimezone(UTC)]
    # on the day of the earlier periods that the log ends in: before its hour, and after it
    moments += [at(month, day) + timedelta(hours=23, minutes=m) for month, day in ((4, 13), (3, 20)) for m in (10, 40)]
    rows = [(f"c{n}", t, rng.randrange(1, 9000), rng.choice(["web", "ach"])) for n, t in enumerate(moments)]
    return pd.DataFrame(rows, columns=LOG)


def made(ctx, ana, flow, log):
    """Return a flow whose KPIs count debits, with a log."""
    blueprints.create(ctx, ana, "loan-payment-processing", id=flow)
    asked = [
        Change(op="add", path=f"outcomes[{name}]", new={"id": name, "title": name, "measure": measure})
        for name, measure in MEASURES.items()
    ]
    changes.submit(ctx, ana, "template", flow, base_version=1, changes=asked, rationale="Debits.")
    path = ctx.lake.root.parent / f"{flow}.csv"
    told = log.assign(step="payment.initiated", currency="USD", time=[moment.isoformat() for moment in log["time"]])
    told.to_csv(path, index=False)
    mapping = {name: name for name in ("case", "step", "time", "amount", "currency")} | {"attr.channel": "channel"}
    import_events(ctx.lake, flow, path, mapping=mapping, batch="one", rejects=ctx.rejects)
    return flow


@pytest.fixture(scope="module")
def unfinished(ctx, ana, log):
    return made(ctx, ana, "unfinished", log)


def counted(log, start, end):
    """Return what the KPIs of the log come to in a period."""
    time = pd.to_datetime(log["time"], utc=True)
    rows = log[(time >= pd.Timestamp(start)) & (time < pd.Timestamp(end))]
    return {"debits": len(rows), "debited": int(rows["amount"].sum())}


def tiles(run):
    return {one.id: one for one in run.panels if one.kind == "kpi" and one.id in MEASURES}


MOMENT = timedelta(microseconds=1)
WINDOWS = [
    # the window, what of it is over, and the same part of the period before
    ((at(4, 1), at(5, 1)), (at(3, 1), at(3, 20).replace(hour=23, minute=16, second=40, microsecond=250_001))),
    ((at(4, 14), at(4, 21)), (at(4, 7), at(4, 13).replace(hour=23, minute=16, second=40, microsecond=250_001))),
    ((at(4, 15), at(4, 25)), (at(4, 5), at(4, 10).replace(hour=23, minute=16, second=40, microsecond=250_001))),
    ((at(3, 2), at(3, 9)), (at(2, 23), at(3, 2))),  # it is over: the whole week before
]


@pytest.mark.parametrize(
    ("window", "before"), [WINDOWS[0], *(pytest.param(*one, marks=pytest.mark.full) for one in WINDOWS[1:])]
)
def test_a_tile_compares_as_evaluations_explanations_and_pandas_do(ctx, ana, unfinished, log, window, before):
    start, end = window
    run = dashboards.build(ctx, ana, unfinished, start=start, end=end, split="channel")
    evaluated = kpis.evaluate(ctx, ana, unfinished, kpis=list(MEASURES), start=start, end=end, compare="previous")
    own = tiles(run)
    for value in evaluated.values:
        told = own[value.kpi].change
        assert (told.value, told.before_n) == (value.compared.value, value.compared.n)
        assert told.difference == pytest.approx(value.compared.difference)
        assert (value.compared.start, value.compared.end) == before
    now, then = counted(log, start, end), counted(log, *before)
    for name, count in then.items():
        change = own[name].change
        assert (own[name].value, change.value, change.difference) == (now[name], count, now[name] - count)
        why = explaining.explain(ctx, ana, unfinished, name, start=change.start, end=change.end, dimension="channel")
        assert why.difference == pytest.approx(change.difference)
        split = next(one for one in run.panels if one.id == f"split.{name}")
        place = next(n for n, column in enumerate(split.columns) if column.startswith("Of the change"))
        assert sum(row[place] for row in split.rows) == pytest.approx(change.difference)


@pytest.mark.full
def test_the_words_name_the_part_that_is_compared(ctx, ana, unfinished):
    run = dashboards.build(ctx, ana, unfinished, start=at(4, 15), end=at(4, 25))
    change = tiles(run)["debits"].change
    assert change.period == "5 Apr 2026 00:00 \u2013 10 Apr 2026 23:16"
    assert f" against {change.period}" in change.words


def test_a_window_of_its_own_that_the_log_ends_in_is_held_against_as_much(ctx, ana, unfinished, log):
    change = tiles(dashboards.build(ctx, ana, unfinished, end=at(4, 25)))["of_ten_days"].change
    before = (at(4, 5), datetime(2026, 4, 10, 23, 16, 40, 250_001, tzinfo=NEW_YORK))
    now, then = (counted(log, *one)["debits"] for one in ((at(4, 15), at(4, 25)), before))
    (value,) = kpis.evaluate(ctx, ana, unfinished, kpis=["of_ten_days"], end=at(4, 25), compare="previous").values
    assert (change.value, change.difference) == (then, now - then) == (value.compared.value, value.compared.difference)
    why = explaining.explain(ctx, ana, unfinished, "of_ten_days", start=change.start, end=change.end)
    assert why.difference == change.difference


@pytest.mark.full
def test_the_last_whole_week_that_the_log_ends_in_is_held_against_as_much_of_the_one_before(ctx, ana, log):
    """The log ends late on a Sunday: the week counts as whole, and that before it is read as far."""
    moments = [at(4, 20) + timedelta(hours=5 * n) for n in range(33)] + [at(4, 26).replace(hour=22, minute=30)]
    later = pd.DataFrame([(f"d{n}", t.astimezone(UTC), 5, "web") for n, t in enumerate(moments)], columns=LOG)
    whole = pd.concat([log, later])
    asked = {"start": at(1, 1), "end": at(4, 27), "by": "day"}  # nothing lies before it, so its last week is compared
    change = tiles(dashboards.build(ctx, ana, made(ctx, ana, "sunday", whole), **asked))["debits"].change
    assert change.of == "Last whole week, 20 Apr \u2013 26 Apr 2026"
    assert change.period == "13 Apr 2026 00:00 \u2013 19 Apr 2026 22:30"
    now, then = (counted(whole, *one)["debits"] for one in (
        (at(4, 20), at(4, 27)), (at(4, 13), at(4, 19).replace(hour=22, minute=30) + MOMENT)
    ))  # fmt: skip
    assert (change.now, change.value, change.difference) == (now, then, now - then)
    why = explaining.explain(ctx, ana, "sunday", "debits", start=change.start, end=change.end)
    assert why.difference == change.difference


@pytest.mark.full
def test_an_event_in_the_future_makes_no_period_be_over(ctx, ana):
    """Debits each hour until now, and one in 200 days: the week that is not over is no whole one, nor is this month."""
    now = datetime.now(UTC)
    moments = [now - timedelta(hours=n, minutes=1) for n in range(24 * 70)] + [now + timedelta(days=200)]
    log = pd.DataFrame([(f"f{n}", t, 5, "web") for n, t in enumerate(moments)], columns=LOG)
    flow = made(ctx, ana, "ahead", log)
    change = tiles(dashboards.build(ctx, ana, flow, by="day"))["debits"].change
    assert change.end <= now
    local = now.astimezone(NEW_YORK)
    start, end = (local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=n) for n in (-10, 10))
    tile = tiles(dashboards.build(ctx, ana, flow, start=start, end=end, by="day"))["debits"]
    trend = next(one for one in dashboards.build(ctx, ana, flow, start=start, end=end, by="day").panels
                 if one.id == "trend.debits")  # fmt: skip
    (value,) = kpis.evaluate(ctx, ana, flow, kpis=["debits"], start=start, end=end, compare="previous").values
    why = explaining.explain(ctx, ana, flow, "debits", start=start, end=end)
    hours = value.compared.end - value.compared.start
    assert abs(hours - (now - start)) < timedelta(hours=2)
    assert tile.change.value == pytest.approx(value.compared.value, abs=1)
    assert why.then.value == pytest.approx(value.compared.value, abs=1)
    assert trend.figure["layout"]["meta"]["part"]
