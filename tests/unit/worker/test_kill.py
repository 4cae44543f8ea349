"""Workers that are killed at any moment lose no job and do none twice."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from bos.actions import documents, watching
from bos.actions.work import MOST_ATTEMPTS
from bos.telemetry.ingest import import_events
from tests.unit.worker.conftest import ANA

MOMENTS = 50
WATCHED = 40
TOLD = """
CREATE TABLE told (topic text, payload jsonb);
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
  'BEGIN INSERT INTO told VALUES (NEW.topic, NEW.payload::jsonb); RETURN NEW; END';
CREATE TRIGGER told AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION tell();
"""
IN_A_ROW = MOST_ATTEMPTS - 1  # a job that ends its process more often is given up, however slow the machine


def finish(works, asked):
    """Let a worker that nobody kills finish what was asked; return the jobs as they ended."""
    with works.worker():
        return {flow: works.wait(job, "done", "failed") for flow, job in asked.items()}


@pytest.mark.full
def test_workers_killed_at_any_moment_finish_every_job_once(works):
    chance = random.Random(7)
    asked = {}
    for moment in range(MOMENTS):
        if moment % IN_A_ROW == 0:
            finish(works, asked)
        process = works.start()
        for _ in range(2):
            flow = works.flow()
            asked[flow] = works.ask(flow, rows=chance.randint(1, 5000))
        time.sleep(chance.uniform(0.3, 1.8))
        process.kill()
        process.wait()
    ends = finish(works, asked)
    assert {job.state for job in ends.values()} == {"done"}
    for flow, job in ends.items():
        imports = [commit for commit in works.ctx.lake.table(flow).commits() if "bos.batch" in commit]
        assert len(imports) == 1
        assert works.ctx.lake.snapshot(flow).events == job.result["added"]
        assert len(works.rows("SELECT 1 FROM journal WHERE id = %s AND tag = 'telemetry.imported'", flow)) == 1
        assert len(works.rows("SELECT 1 FROM batch WHERE flow = %s", flow)) == 1
    assert works.ctx.lake.sweep().files == 0


def watch(works, path):
    """Make a flow one KPI of which is watched, and is in breach at the first look; return the flow."""
    flow = works.flow()
    template = documents.show(works.ctx, ANA, "template", flow)
    came = {
        "id": "came", "title": "Came", "target": {"value": 0, "direction": "at_most"},
        "thresholds": [{"id": "b", "level": "breach", "value": 1}],
        "measure": {"formula": "count(opened)", "unit": "count"}, "watch": {"every": "1 day", "over": "2 days"},
    }  # fmt: skip
    content = template.document | {
        "process_signals": [{"id": "opened", "signal": "loan.opened", "step": "all"}], "outcomes": [came],
    }  # fmt: skip
    import_events(
        works.ctx.lake, flow, path, mapping={"case": "loan", "step": "event", "time": "at"}, batch="first",
        rejects=works.ctx.rejects, currency="USD",
    )  # fmt: skip
    documents.put(works.ctx, ANA, "template", flow, content, base_version=template.version, rationale="Watched.")
    return flow


def looked(works):
    """Return how many KPIs were looked at."""
    return works.rows("SELECT count(*) FROM watch_state")[0][0]


@pytest.mark.full
def test_workers_killed_while_they_look_tell_every_breach_once(works, tmp_path):
    signal = {"id": "loan.opened", "title": "Opened", "type": "process", "binding": {"event": "opened"}}
    documents.put(works.ctx, ANA, "signal", "loan.opened", signal, rationale="First.")
    path = tmp_path / "log.csv"
    now = datetime.now(UTC)
    events = [f"c{n},opened,{(now - timedelta(hours=n)).isoformat()}" for n in range(4)]
    path.write_text("\n".join(["loan,event,at", *events]) + "\n")
    with psycopg.connect(works.url.replace("+psycopg", "")) as owner:
        owner.execute(TOLD)
        owner.execute("GRANT SELECT ON told TO PUBLIC")
    flows = {watch(works, path) for _ in range(WATCHED)}
    chance, seen, kills = random.Random(11), 0, 0
    while seen < WATCHED:
        process = works.start()
        deadline = time.monotonic() + 60
        while looked(works) == seen and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(chance.uniform(0, 0.4))
        process.kill()
        process.wait()
        assert looked(works) > seen, works.log()
        seen, kills = looked(works), kills + 1
    assert kills > 1, "the first worker looked at all of them"
    states = works.rows("SELECT flow, kpi, state, changes FROM watch_state")
    assert sorted(states) == sorted((flow, "came", "breach", 1) for flow in flows)
    told = works.rows("SELECT payload->>'flow' FROM told WHERE topic = %s", watching.CHANGED)
    assert sorted(flow for (flow,) in told) == sorted(flows)
    noted = works.rows("SELECT id FROM journal WHERE tag = 'kpi.state'")
    assert sorted(flow for (flow,) in noted) == sorted(flows)
