"""Changes of filtered numbers taken apart, against SQL written by hand over the lake's own files."""

import csv
import random
from datetime import UTC, datetime

import duckdb
import pytest

from bos.actions import changes, documents, explaining, kpis, moving
from bos.errors import UsageError
from bos.model.diff import Change
from bos.telemetry.ingest import import_events

JANUARY, FEBRUARY, MARCH = (datetime(2026, month, 1, 5, tzinfo=UTC) for month in (1, 2, 3))
REGIONS, CHANNELS = ("north", "south", ""), ("web", "branch", "wire", "")
FILTERS = {"region": ["north"], "channel": ["web", "branch", None]}
WHERE = (
    "attributes['region'] = 'north' AND (attributes['channel'] IN ('web', 'branch') OR attributes['channel'] IS NULL)"
)


@pytest.fixture
def mixed(ctx, ana, flow, tmp_path):
    """Return a flow with 400 seeded payments of two months, of several regions and channels, some unrecorded."""
    for name in ("initiated", "returned"):
        found = documents.show(ctx, ana, "signal", f"payment.{name}")
        fields = [{"id": one, "native": one, "type": "text"} for one in ("channel", "region")]
        content = {**found.document, "binding": {**found.document["binding"], "fields": fields}}
        documents.put(ctx, ana, "signal", found.id, content, base_version=found.version, rationale="Regions.")
    measure = {"formula": "sum(initiated.amount)", "unit": "USD", "dimensions": ["region", "channel"]}
    rate = documents.show(ctx, ana, "template", flow).document["outcomes"]
    rate = next(one["measure"] for one in rate if one["id"] == "return_rate") | {"dimensions": ["region", "channel"]}
    wanted = [
        Change(op="set", path=f"outcomes[{name}].measure", new=new)
        for name, new in (("amount", measure), ("return_rate", rate))
    ]
    changes.submit(ctx, ana, "template", flow, base_version=1, changes=wanted, rationale="By region.")
    chance = random.Random(7)
    path = tmp_path / "mixed.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        out = csv.writer(stream)
        out.writerow(("case", "step", "time", "amount", "channel", "region"))
        out.writerow(("first", "payment.initiated", "2025-12-31T09:00:00Z", "1.00", "web", "north"))
        for case in range(400):
            at = f"2026-0{1 + case % 2}-{chance.randint(1, (31, 28)[case % 2]):02d}T12:00:00Z"
            own = (f"{chance.randint(100, 99_999) / 100:.2f}", chance.choice(CHANNELS), chance.choice(REGIONS))
            out.writerow((f"m{case}", "payment.initiated", at, *own))
            if chance.random() < 0.3 + 0.2 * (case % 2):
                out.writerow((f"m{case}", "payment.returned", at.replace("T12", "T18"), *own))
    mapping = {name: name for name in ("case", "step", "time", "amount")}
    mapping |= {f"attr.{name}": name for name in ("channel", "region")}
    import_events(ctx.lake, flow, path, mapping=mapping, batch="mixed", rejects=ctx.rejects, currency="USD")
    return flow


def by_hand(ctx, flow, what, start, end, split):
    """Return part → what, of the filtered events of a period, by SQL."""
    files = list(ctx.lake.snapshot(flow).files)
    sql = f"""SELECT attributes['{split}'], {what} FROM read_parquet($files)
        WHERE event_time >= $start AND event_time < $end AND {WHERE} GROUP BY 1"""  # noqa: S608 - our own words
    return dict(duckdb.execute(sql, {"files": files, "start": start, "end": end}).fetchall())


def summed(found):
    return sum(part.amount for part in found.parts)


def test_a_filtered_sum_is_taken_apart_exactly_by_the_field_that_is_left_open(ctx, ana, mixed):
    found = explaining.explain(ctx, ana, mixed, "amount", start=FEBRUARY, end=MARCH, filters=FILTERS)
    what = "sum(amount) FILTER (step = 'payment.initiated')::DOUBLE"
    then, now = (by_hand(ctx, mixed, what, *ends, "channel") for ends in ((JANUARY, FEBRUARY), (FEBRUARY, MARCH)))
    assert found.dimension == "channel"
    assert found.filters == {"region": ("north",), "channel": ("web", "branch", None)}
    assert found.then.value == pytest.approx(sum(then.values()), abs=1e-9)
    assert found.now.value == pytest.approx(sum(now.values()), abs=1e-9)
    assert summed(found) == pytest.approx(sum(now.values()) - sum(then.values()), abs=1e-9)
    for part in ("web", "branch", None):
        own = sum(one.amount for one in found.parts if one.of == part)
        assert own == pytest.approx(now[part] - then[part], abs=1e-9)
    assert {one.of for one in found.parts} == {"web", "branch", None}


def test_a_filtered_rate_sums_exactly_too_and_a_filter_changes_the_answer(ctx, ana, mixed):
    asked = {"start": FEBRUARY, "end": MARCH, "dimension": "channel"}
    found = explaining.explain(ctx, ana, mixed, "return_rate", filters=FILTERS, **asked)
    what = "[count(*) FILTER (step = 'payment.returned'), count(*) FILTER (step = 'payment.initiated')]"
    sides = [by_hand(ctx, mixed, what, *ends, "channel") for ends in ((JANUARY, FEBRUARY), (FEBRUARY, MARCH))]
    rates = [sum(one for one, _ in side.values()) / sum(two for _, two in side.values()) for side in sides]
    assert (found.then.value, found.now.value) == pytest.approx(rates, abs=1e-12)
    assert summed(found) == pytest.approx(rates[1] - rates[0], abs=1e-9)
    shares = [{part: two / sum(n for _, n in side.values()) for part, (_, two) in side.items()} for side in sides]
    for part in ("web", "branch"):
        mean0, mean1 = (side[part][0] / side[part][1] for side in sides)
        told = {one.kind: one.amount for one in found.parts if one.of == part}
        assert told["rate"] == pytest.approx(shares[1][part] * (mean1 - mean0), abs=1e-9)
        assert told["mix"] == pytest.approx((shares[1][part] - shares[0][part]) * (mean0 - rates[0]), abs=1e-9)
    assert explaining.explain(ctx, ana, mixed, "return_rate", **asked).difference != found.difference


def test_what_cannot_be_filtered_is_told_in_words(ctx, ana, mixed):
    asked = {"start": FEBRUARY, "end": MARCH}
    with pytest.raises(UsageError, match="names no value"):
        explaining.explain(ctx, ana, mixed, "amount", filters={"region": []}, **asked)
    run = kpis.evaluate(ctx, ana, mixed, kpis=["amount"], start=JANUARY, end=FEBRUARY)
    with pytest.raises(UsageError, match="tells of everything"):
        explaining.explain(ctx, ana, mixed, "amount", run=run.run, filters=FILTERS, **asked)
    both = {"region": ["north"], "channel": ["web"]}
    settled = explaining.explain(ctx, ana, mixed, "amount", filters=both, **asked)
    assert settled.dimension is None
    assert summed(settled) == pytest.approx(settled.difference, abs=1e-9)
    for field in ("branch_code", "colour"):
        with pytest.raises(UsageError, match=f"amount is not split by {field}") as refused:
            explaining.explain(ctx, ana, mixed, "amount", filters={field: ["1"]}, **asked)
        assert refused.value.hint == "It is split by region, channel."
    with pytest.raises(UsageError, match="amount is not split by branch_code"):
        explaining.explain(ctx, ana, mixed, "amount", dimension="branch_code", **asked)


@pytest.mark.usefixtures("mixed")
def test_a_value_that_no_event_has_is_told(ctx, ana):
    asked = {"start": FEBRUARY, "end": MARCH, "filters": {"region": ["north", "nroth"], "channel": [None]}}
    words = "No event with region nroth in this period, nor in any other."
    assert words in explaining.explain(ctx, ana, "payments", "amount", **asked).notes
    assert words in moving.movement(ctx, ana, "payments", "amount", **asked).notes
    known = asked | {"filters": {"region": ["south"]}}
    assert not any("nor in any" in note for note in explaining.explain(ctx, ana, "payments", "amount", **known).notes)
