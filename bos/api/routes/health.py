"""Whether the server lives, whether it can work, and what it counts."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from bos.api.metrics import CONTENT_TYPE
from bos.store.engine import reading

router = APIRouter(tags=["operation"])


class Health(BaseModel):
    """That the server answers."""

    status: str = "ok"


@router.get("/healthz", operation_id="healthz")
async def is_alive() -> Health:
    """Say that the process answers."""
    return Health()


@router.get("/readyz", operation_id="readyz")
def is_ready(request: Request) -> Health:
    """Say that the home is open and the database answers; 503 until then."""
    with reading(request.app.state.opened.context().engine) as connection:
        connection.exec_driver_sql("SELECT 1")
    return Health()


@router.get(
    "/metrics", operation_id="metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}}
)
async def show_metrics(request: Request) -> Response:
    """Return numbers about the server in the text format of Prometheus."""
    text = await run_in_threadpool(request.app.state.metrics.text)
    return Response(text, media_type=CONTENT_TYPE)
