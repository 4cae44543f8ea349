"""What a flow holds longer than its signals say, and leaving it out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bos.actions import audit, documents, retention, telemetry
from bos.auth.actor import Actor
from bos.errors import Forbidden, NotFound
from bos.kpi.connection import opened
from bos.telemetry.ingest import import_metrics
from bos.telemetry.maintenance import limits_of

NOW = datetime.now(UTC).replace(microsecond=0)
DAYS = (1, 20, 40, 400)


def ago(days):
    return (NOW - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def sign(desk, id_, event, days, *, type_="process"):
    content = {"id": id_, "title": id_, "type": type_, "retention_days": days}
    if event:
        content["binding"] = {"event": event}
    documents.put(desk.ctx, desk.ana, "signal", id_, content, rationale="First.")


@pytest.fixture
def kept(desk):
    """Return a flow with events of four ages, of which signals keep the opened 30 days, the paid 10 or 100."""
    flow = desk.flow()
    sign(desk, f"{flow}.opened", "opened", 30)
    sign(desk, f"{flow}.paid", "paid", 10)
    sign(desk, f"{flow}.paid.again", "paid", 100)
    sign(desk, f"{flow}.latency", None, 5, type_="system")
    live = documents.show(desk.ctx, desk.ana, "template", flow)
    uses = [
        {"id": name.replace(".", "_"), "signal": f"{flow}.{name}", "step": "all"}
        for name in ("opened", "paid", "paid.again")
    ]
    document = {**live.document, "process_signals": uses}
    document["system_signals"] = [{"id": "slow", "signal": f"{flow}.latency", "affects": ["all"]}]
    documents.put(desk.ctx, desk.ana, "template", flow, document, base_version=live.version, rationale="Signals.")
    lines = [f"c{n},{event},{ago(n)},1" for event in ("opened", "paid", "strange") for n in DAYS]
    desk.done(flow, "\n".join(["loan,event,at,value", *lines]) + "\n")
    points = desk.ctx.home.path / f"{flow}.csv"
    points.write_text("\n".join(["time,value", *(f"{ago(n)},{n}" for n in DAYS)]) + "\n")
    import_metrics(
        desk.ctx.lake, flow, points, mapping={"time": "time", "value": "value"}, batch="m", signal=f"{flow}.latency",
        rejects=desk.ctx.rejects,
    )  # fmt: skip
    return flow


def there(desk, flow):
    with opened(desk.ctx.lake.snapshot(flow), memory_limit="1GB") as cursor:
        return sorted(cursor.execute("SELECT step, case_id FROM events").fetchall())


def test_what_is_held_too_long_is_counted_by_signal_and_left_out_for_a_reason(desk, kept):
    found = retention.due(desk.ctx, desk.viewer, kept)
    rows = {one.name: (one.days, one.rows) for one in found.signals}
    assert rows == {"opened": (30, 2), "paid": (100, 1), f"{kept}.latency": (5, 3), "slow": (5, 0)}
    assert found.rows == 6
    assert {one.name: len(one.signals) for one in found.signals}["paid"] == 2
    before = desk.ctx.lake.snapshot(kept).version
    done = desk.run(telemetry.retain(desk.ctx, desk.ana, kept, before=None, rationale="As the signals say."))
    told = done.result
    assert (told["events_before"], told["events_after"], told["points_removed"]) == (12, 9, 3)
    assert there(desk, kept) == sorted(
        (event, f"c{n}") for event, last in (("opened", 30), ("paid", 100), ("strange", 999)) for n in DAYS if n < last
    )
    assert desk.ctx.lake.metrics_snapshot(kept).events == 1
    assert desk.ctx.lake.snapshot(kept, before).events == 12
    entry = audit.entries(desk.ctx, desk.auditor, kind="template", id=kept, tag="telemetry.retained").items[0]
    assert (entry.rationale, entry.after["points_removed"]) == ("As the signals say.", 3)
    assert retention.due(desk.ctx, desk.viewer, kept).rows == 0
    again = desk.run(telemetry.retain(desk.ctx, desk.ana, kept, before=None, rationale="Again."))
    assert (again.result["events_before"], again.result["points_removed"]) == (9, 0)
    assert desk.tags(kept).count("telemetry.retained") == 1


def test_a_retention_that_died_after_either_table_is_told_once_by_its_repetition(desk, kept):
    job = telemetry.retain(desk.ctx, desk.ana, kept, before=None, rationale="As the signals say.")
    limits = retention.limits(desk.ctx, kept, NOW)
    asked = limits_of(desk.rows("SELECT arguments FROM job WHERE id = :id", id=job.id)[0].arguments["limits"]["events"])
    assert asked.keys() == limits["events"].keys()
    desk.ctx.lake.expire(kept, asked)
    done = desk.run(job)
    assert (done.result["events_before"], done.result["events_after"], done.result["points_removed"]) == (12, 9, 3)
    assert desk.tags(kept).count("telemetry.retained") == 1


def test_who_may_look_and_who_may_leave_out(desk, kept):
    with pytest.raises(Forbidden):
        telemetry.retain(desk.ctx, desk.viewer, kept, before=None, rationale="No.")
    with pytest.raises(Forbidden):
        retention.due(desk.ctx, Actor("nobody", "Nobody"), kept)
    with pytest.raises(NotFound):
        retention.due(desk.ctx, desk.viewer, "nowhere")
    assert len(there(desk, kept)) == 12
