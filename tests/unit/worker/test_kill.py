"""Workers that are killed at any moment lose no job and do none twice."""

from __future__ import annotations

import random
import time

import pytest

from bos.actions.work import MOST_ATTEMPTS

MOMENTS = 50
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
