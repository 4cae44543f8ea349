"""The cases behind a number of a flow: with a right of its own, and in the journal."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bos.actions import cases, kpis
from bos.auth.actor import Actor
from bos.errors import Forbidden, Invalid, NotFound, UsageError
from bos.store.engine import reading
from bos.store.tables import journal

VIEWER = Actor("vic", "Vic", roles=frozenset({"viewer"}))


def test_the_cases_of_a_kpi_are_those_its_number_rests_on(ctx, ana, flow):
    found = cases.cases(ctx, ana, flow, "to_post")
    (value,) = kpis.evaluate(ctx, ana, flow, kpis=["to_post"]).values
    ended = [one for one in found.items if one.note != "not ended"]
    assert len(ended) == value.n
    assert ended[0].shown.endswith(("h", "min"))
    assert [one.value for one in ended] == sorted((one.value for one in ended), reverse=True)
    assert (found.snapshot, found.unit, found.approval.state) == ("payments@1", "seconds", "provisional")
    money = cases.cases(ctx, ana, flow, "amount", limit=1)
    assert (money.unit, len(money.items)) == ("USD", 1)
    assert money.items[0].shown.startswith("USD ")


def test_a_window_and_filters_narrow_them(ctx, ana, flow):
    every = cases.cases(ctx, ana, flow, "sent")
    web = cases.cases(ctx, ana, flow, "sent", filters={"channel": ["web"]})
    assert 0 < web.total < every.total
    late = cases.cases(ctx, ana, flow, "sent", start=datetime(2026, 2, 1, tzinfo=UTC))
    assert {one.at.month for one in late.items} == {2, 3} & {one.at.month for one in every.items}
    with pytest.raises(Invalid, match="no field"):
        cases.cases(ctx, ana, flow, "sent", filters={"colour": ["red"]})
    with pytest.raises(UsageError, match="Only a ratio and a gap have another side"):
        cases.cases(ctx, ana, flow, "sent", part="out_of")


def test_reading_cases_takes_a_right_and_stands_in_the_journal(ctx, ana, flow):
    with pytest.raises(Forbidden):
        cases.cases(ctx, VIEWER, flow, "sent")
    for flow_, kpi in ((flow, "gone"), ("gone", "sent")):
        with pytest.raises(NotFound):
            cases.cases(ctx, ana, flow_, kpi)
    cases.cases(ctx, ana, flow, "sent", part="failed", limit=3)
    with reading(ctx.engine) as connection:
        rows = [row.after for row in connection.execute(select(journal).where(journal.c.tag == "data.read"))]
    assert rows[-1] == {
        "what": "cases", "kpi": "sent", "part": "failed", "filters": {}, "limit": 3, "start": None, "end": None,
        "snapshot": "payments@1",
    }  # fmt: skip


def test_a_hostile_filter_stays_a_value(ctx, ana, flow):
    assert cases.cases(ctx, ana, flow, "sent", filters={"channel": ["web' OR '1'='1"]}).total == 0
