"""Workers that are killed at any moment lose no job and do none twice."""

from __future__ import annotations

import random
import time

import pytest

MOMENTS = 50


@pytest.mark.full
def test_workers_killed_at_any_moment_finish_every_job_once(works):
    chance = random.Random(7)
    asked = {}
    for _ in range(MOMENTS):
        process = works.start()
        for _ in range(2):
            flow = works.flow()
            asked[flow] = works.ask(flow, rows=chance.randint(1, 5000))
        time.sleep(chance.uniform(0.3, 1.8))
        process.kill()
        process.wait()
    with works.worker():
        ends = {flow: works.wait(job, "done", "failed") for flow, job in asked.items()}
    assert {job.state for job in ends.values()} == {"done"}
    for flow, job in ends.items():
        imports = [commit for commit in works.ctx.lake.table(flow).commits() if "bos.batch" in commit]
        assert len(imports) == 1
        assert works.ctx.lake.snapshot(flow).events == job.result["added"]
        assert len(works.rows("SELECT 1 FROM journal WHERE id = %s AND tag = 'telemetry.imported'", flow)) == 1
        assert len(works.rows("SELECT 1 FROM batch WHERE flow = %s", flow)) == 1
    assert works.ctx.lake.sweep().files == 0
