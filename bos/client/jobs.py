"""Waiting for long work."""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from bos.client.problems import error_of
from bos.client.progress import bar
from bos.errors import Cancelled
from bos.model.answers.jobs import Job

if TYPE_CHECKING:
    from collections.abc import Callable

    from bos.client.transport import Calls

_FIRST_PAUSE = 0.02
_LONGEST_PAUSE = 0.5


def wait(calls: Calls, job: Job, progress: Callable[[Job], None] | None, title: str) -> Job:
    """Return a job once it is done; Ctrl-C cancels it.

    Raises:
        Cancelled: somebody cancelled it.
        BosError: the job failed; with its problem.
    """
    shown: Any = nullcontext(progress) if progress else bar(title)
    with shown as tell:
        try:
            job = _watched(calls, job, tell)
        except KeyboardInterrupt:
            calls.ask(Job, "POST", f"/api/v1/jobs/{job.id}/cancel")
            raise
    if job.state == "cancelled":
        raise Cancelled("The job was cancelled; nothing was done.", where=f"job/{job.id}")
    if job.state == "failed":
        raise error_of(job.error or {})
    return job


def _watched(calls: Calls, job: Job, tell: Callable[[Job], None]) -> Job:
    pause = _FIRST_PAUSE
    while job.state in {"queued", "running"}:
        tell(job)
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)
        job = calls.ask(Job, "GET", f"/api/v1/jobs/{job.id}")
    tell(job)
    return job
