"""KPIs that are no sum: then and now as a whole and by parts, against pandas over the same rows."""

import csv
import random
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from bos.actions import changes, documents, moving
from bos.actions.definitions import live_definitions
from bos.errors import NotFound, UsageError
from bos.model.diff import Change
from bos.model.numbers import shown
from bos.store.engine import reading
from bos.telemetry.ingest import import_events

FEBRUARY, MARCH = (datetime(2026, month, 1, 5, tzinfo=UTC) for month in (2, 3))
ASKED = {"start": FEBRUARY, "end": MARCH}
CHANNELS = ("web", "branch", "wire", "")
MEASURES = {
    "slow": ("p90(initiated.amount)", "USD"),
    "largest": ("max(initiated.amount)", "USD"),
    "channels": ("distinct(initiated.channel)", "count"),
    "to_receive": ("p75(duration(initiated -> received))", "seconds"),
    "share": ("derived(returned_n / sent_n)", "ratio"),
    "sent_n": ("count(initiated)", "count"),
    "returned_n": ("count(returned)", "count"),
}


@pytest.fixture
def mixed(ctx, ana, flow, tmp_path):
    """Return a flow with 300 seeded payments of two months, and their rows as a DataFrame."""
    found = documents.show(ctx, ana, "template", flow)
    outcomes = [
        {"id": name, "title": name, "measure": {"formula": formula, "unit": unit, "dimensions": ["channel"]}}
        for name, (formula, unit) in MEASURES.items()
    ]
    for outcome in outcomes:
        if outcome["id"] == "share":
            outcome["measure"]["dimensions"] = []
    template = {**found.document, "outcomes": [*found.document["outcomes"], *outcomes]}
    documents.put(ctx, ana, "template", flow, template, base_version=found.version, rationale="More.")
    chance = random.Random(11)
    rows = [("first", "payment.initiated", "2025-12-31T09:00:00Z", "1.00", "web")]
    for case in range(300):
        at = pd.Timestamp(2026, 1 + case % 2, chance.randint(1, (30, 26)[case % 2]), 12, tz="UTC")
        own = (f"{chance.randint(100, 99_999) / 100:.2f}", chance.choice(CHANNELS))
        rows.append((f"m{case}", "payment.initiated", at.isoformat(), *own))
        rows.append(
            (f"m{case}", "payment.received", (at + pd.Timedelta(chance.randint(1, 90_000), "s")).isoformat(), *own)
        )
        if chance.random() < 0.3:
            rows.append((f"m{case}", "payment.returned", (at + pd.Timedelta("2h")).isoformat(), *own))
    path = tmp_path / "mixed.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("case", "step", "time", "amount", "channel"), *rows])
    mapping = {name: name for name in ("case", "step", "time", "amount")} | {"attr.channel": "channel"}
    import_events(ctx.lake, flow, path, mapping=mapping, batch="mixed", rejects=ctx.rejects, currency="USD")
    return flow, frame(ctx, flow)


def frame(ctx, flow):
    told = pd.concat(pd.read_parquet(one) for one in ctx.lake.snapshot(flow).files)
    told["channel"] = [dict(one).get("channel") or None for one in told["attributes"]]
    told["amount"] = told["amount"].astype(float)
    return told


def halves(told, step):
    own = told[told.step == step]
    january = datetime(2026, 1, 1, 5, tzinfo=UTC)
    return tuple(
        own[(own.event_time >= first) & (own.event_time < last)]
        for first, last in ((january, FEBRUARY), (FEBRUARY, MARCH))
    )


def by_channel(found):
    return {one.of: (one.then, one.now) for one in found.parts}


@pytest.mark.parametrize(("kpi", "of"), [("slow", lambda one: np.percentile(one, 90)), ("largest", max)])
def test_a_percentile_and_a_largest_value_are_told_with_how_the_values_lie(ctx, ana, mixed, kpi, of):
    flow, told = mixed
    found = moving.movement(ctx, ana, flow, kpi, **ASKED)
    sides = halves(told, "payment.initiated")
    for side, rows in zip((found.then, found.now), sides, strict=True):
        values = rows.amount
        assert side.value == pytest.approx(of(values), rel=1e-11)
        spread = (side.spread.n, side.spread.median, side.spread.p95, side.spread.min, side.spread.max)
        wanted = (len(values), np.median(values), np.percentile(values, 95), values.min(), values.max())
        assert spread == pytest.approx(wanted, rel=1e-11)
    assert found.difference == pytest.approx(of(sides[1].amount) - of(sides[0].amount), rel=1e-9)
    expected = {
        None if channel is None else channel: tuple(
            of(side[side.channel.isna() if channel is None else side.channel == channel].amount) for side in sides
        )
        for channel in ("web", "branch", "wire", None)
    }
    assert by_channel(found) == {name: pytest.approx(pair, rel=1e-11) for name, pair in expected.items()}
    moves = [abs(one.difference) for one in found.parts]
    assert moves == sorted(moves, reverse=True)
    assert "add" in found.reason


def test_a_duration_is_told_case_by_case(ctx, ana, mixed):
    flow, told = mixed
    found = moving.movement(ctx, ana, flow, "to_receive", filters={"channel": ["web", "wire"]}, **ASKED)
    first = (
        told[told.step == "payment.initiated"].groupby("case_id").agg(at=("event_time", "min"), of=("channel", "first"))
    )
    last = told[told.step == "payment.received"].groupby("case_id").event_time.min()
    lasted = first.assign(took=(last - first["at"]).dt.total_seconds(), end=last).dropna(subset=["took"])
    lasted = lasted[lasted.of.isin(["web", "wire"])]
    assert {one.of for one in found.parts} == {"web", "wire"}
    now = lasted[(lasted["at"] >= FEBRUARY) & (lasted["at"] < MARCH)]
    late = lasted[(lasted["end"] >= FEBRUARY) & (lasted["end"] < MARCH)]
    anchored = now if found.now.n == len(now) else late
    assert found.now.n == len(anchored)
    assert found.now.value == pytest.approx(np.percentile(anchored.took, 75), rel=1e-11)
    assert found.now.spread.median == pytest.approx(np.median(anchored.took), rel=1e-11)


def test_different_values_are_counted_and_what_has_none_to_spread_says_nothing_of_it(ctx, ana, mixed):
    flow, told = mixed
    found = moving.movement(ctx, ana, flow, "channels", dimension="", **ASKED)
    assert [side.value for side in (found.then, found.now)] == [
        side.channel.nunique() for side in halves(told, "payment.initiated")
    ]
    assert (found.then.spread, found.parts) == (None, ())
    assert "counts once" in found.reason


def test_arithmetic_over_kpis_is_told_by_the_kpis(ctx, ana, mixed):
    flow, told = mixed
    found = moving.movement(ctx, ana, flow, "share", **ASKED)
    sent, back = (halves(told, f"payment.{step}") for step in ("initiated", "returned"))
    assert found.parts_of == "kpi"
    assert by_channel(found) == {
        "sent_n": (len(sent[0]), len(sent[1])),
        "returned_n": (len(back[0]), len(back[1])),
    }
    assert found.now.value == pytest.approx(len(back[1]) / len(sent[1]), rel=1e-11)


def test_another_definition_of_then_is_told_and_a_sum_gives_no_reason(ctx, ana, mixed, monkeypatch):
    flow, told = mixed
    assert moving.movement(ctx, ana, flow, "sent_n", **ASKED).reason == ""
    assert moving.movement(ctx, ana, flow, "slow", **ASKED).notes == ()
    with reading(ctx.engine) as connection:
        old = live_definitions(connection, flow)
    measure = {"formula": "p10(initiated.amount)", "unit": "USD", "dimensions": ["channel"]}
    change = Change(op="set", path="outcomes[slow].measure", new=measure)
    changes.submit(ctx, ana, "template", flow, base_version=old.template.version, changes=[change], rationale="Quick.")
    monkeypatch.setattr(moving, "defined_then", lambda *_: old)  # as if it had been live in January already
    found = moving.movement(ctx, ana, flow, "slow", **ASKED)
    january, _ = halves(told, "payment.initiated")
    then = shown(float(f"{np.percentile(january.amount, 90):.12g}"), "USD")
    assert found.notes == (f"By the definition of then the earlier value was {then}; both are by today's.",)
    assert found.then.value == pytest.approx(np.percentile(january.amount, 10), rel=1e-11)


@pytest.mark.parametrize(
    ("kpi", "options", "error", "words"),
    [
        ("nothing", {}, NotFound, "no KPI"),
        ("slow", {"compare": "1 year"}, UsageError, "not covered"),
        ("slow", {"dimension": "branch_code"}, UsageError, "branch_code"),
        ("slow", {"filters": {"channel": []}}, UsageError, "names no value"),
        ("slow", {"end": datetime(2025, 12, 1, tzinfo=UTC)}, UsageError, "ends when it begins, or before"),
    ],
)
def test_what_cannot_be_told_is_said(ctx, ana, mixed, kpi, options, error, words):
    with pytest.raises(error, match=words):
        moving.movement(ctx, ana, mixed[0], kpi, **{**ASKED, **options})
