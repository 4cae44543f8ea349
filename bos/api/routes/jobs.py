"""Jobs: long work and how far it is."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from bos.actions import jobs
from bos.api.callers import Reader, Writer
from bos.api.parameters import Cursor, Limit
from bos.api.replies import reply
from bos.model.answers.jobs import Job, JobState
from bos.model.answers.page import Page

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"])

JobId = Annotated[str, Path(alias="id", description="Id of the job.")]


@router.get("", operation_id="jobs_list", response_model=Page[Job])
def list_jobs(
    caller: Reader,
    state: Annotated[JobState | None, Query(description="Only in this state.")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """List jobs, newest first."""
    return reply(jobs.listing(caller.ctx, caller.actor, state=state, cursor=cursor, limit=limit))


@router.get("/{id}", operation_id="jobs_show", response_model=Job)
def show_job(caller: Reader, id_: JobId) -> Response:
    """Show a job: state, progress, result or problem."""
    return reply(jobs.show(caller.ctx, caller.actor, id_))


@router.post("/{id}/cancel", operation_id="jobs_cancel", response_model=Job)
def cancel_job(caller: Writer, id_: JobId) -> Response:
    """Ask a job to stop; it leaves nothing half done."""
    return reply(jobs.cancel(caller.ctx, caller.actor, id_))
