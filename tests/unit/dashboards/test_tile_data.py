"""What stands behind a tile: every number that its words use."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from bos.actions import blueprints, dashboards
from bos.telemetry.ingest import import_events

FEBRUARY = {"start": datetime(2026, 2, 1, 5, tzinfo=UTC), "end": datetime(2026, 3, 1, 5, tzinfo=UTC), "by": "day"}
_CHANCE = random.Random(7)
POSTED = [(day, _CHANCE.random() < 0.3) for day in range(1, 29) for _ in range(day % 5 + 3)]
"""Of each payment its day of February, and whether a person touched it."""


def untouched(first, last):
    """Return the share of payments posted in some days of February that no person touched, and how many there were."""
    held = [manual for day, manual in POSTED if first <= day <= last]
    return pytest.approx(held.count(False) / len(held), abs=1e-12), len(held)


@pytest.fixture(scope="module")
def month(ctx, ana):
    """Return the id of a flow with the payments posted in February."""
    blueprints.create(ctx, ana, "loan-payment-processing", id="a-month")
    path = ctx.lake.root.parent / "a-month.csv"
    rows = [
        row
        for place, (day, manual) in enumerate(POSTED)
        for row in (
            f"p{place},payment.due,2026-02-{day:02}T09:00:00,",
            f"p{place},payment.posted,2026-02-{day:02}T10:00:00,{str(manual).lower()}",
        )
    ]
    path.write_text("\n".join(["payment_id,event,occurred_at,manual", *rows]) + "\n")
    mapping = {"case": "payment_id", "step": "event", "time": "occurred_at", "attr.manual": "manual"}
    more = {"batch": "one", "rejects": ctx.rejects, "time_zone": "America/New_York", "currency": "USD"}
    import_events(ctx.lake, "a-month", path, mapping=mapping, **more)
    return "a-month"


def tile_of(run):
    return next(panel for panel in run.panels if panel.id == "stp_rate")


@pytest.mark.full
def test_the_data_of_a_tile_have_every_number_its_words_use(ctx, ana, month):
    run = dashboards.build(ctx, ana, month, **FEBRUARY)
    tile = tile_of(run)
    whole, last, before = tile.rows
    assert whole == (tile.period, *untouched(1, 28))
    assert last == ("Last whole week, 16 Feb \u2013 22 Feb 2026", *untouched(16, 22))
    assert before == ("9 Feb \u2013 15 Feb 2026", *untouched(9, 15))
    assert tile.change.words.startswith(f"{last[0]}: ")
    assert f"against {before[0]}" in tile.change.words
    assert last[1] - before[1] == pytest.approx(tile.change.difference)
    page = dashboards.html(ctx, ana, run.run, part="body")
    assert f'<th scope="row">{last[0]}</th>' in page


def test_a_tile_of_a_week_has_the_week_before_with_what_it_rests_on(ctx, ana, month):
    week = {"start": datetime(2026, 2, 16, 5, tzinfo=UTC), "end": datetime(2026, 2, 23, 5, tzinfo=UTC), "by": "day"}
    tile = tile_of(dashboards.build(ctx, ana, month, **week))
    assert tile.rows == ((tile.period, *untouched(16, 22)), ("9 Feb \u2013 15 Feb 2026", *untouched(9, 15)))
