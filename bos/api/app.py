"""The application: the one place where its parts are wired together."""

from __future__ import annotations

import logging
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi_offline import FastAPIOffline
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

import bos
from bos.actions import jobs
from bos.api.guard import Guard
from bos.api.identity import Doorkeeper
from bos.api.metrics import Metrics
from bos.api.observe import Observed
from bos.api.problems import MEDIA_TYPE, MIB, ProblemDocument, of_http, of_validation, response_of
from bos.api.rates import Rates
from bos.api.routes import (
    audit,
    batches,
    blueprints,
    changes,
    connections,
    dashboards,
    documents,
    drafts,
    events,
    exports,
    feedback,
    health,
    holidays,
    hooks,
    kpis,
    people,
    reports,
    search,
    sessions,
    sign_on,
    telemetry,
    tokens,
    upgrades,
    waivers,
    watching,
)
from bos.api.routes import jobs as job_routes
from bos.api.schema import describe
from bos.api.state import Opened
from bos.errors import BosError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import FastAPI, Request, Response

    from bos.settings import Settings

DESCRIPTION = """Every read and write of people and programs goes through here.

Send `Authorization: Bearer TOKEN`: a token that a person made (`POST /api/v1/tokens`), or the one in the file `token`
of the home. Who calls too often is answered 429 with `Retry-After`. A write takes an `Idempotency-Key`: repeated with
the same key it is done once. Content has versions: reads carry an `ETag`, writes take `If-Match`. Long
work answers 202 with a job. Every failure is a problem document (RFC 9457) with `code`, `where`, `hint` and all
`problems`.
"""
_PROBLEM = {"model": ProblemDocument, "content": {MEDIA_TYPE: {}}, "description": "A problem document."}
_log = logging.getLogger("bos.api")


def create_app(settings: Settings, *, inline_jobs: bool = False) -> FastAPI:
    """Return the application on the home of ``settings``; nothing is opened before it starts.

    ``inline_jobs`` runs long work in threads of this process instead of leaving it to the worker.
    """
    opened = Opened(settings, inline_jobs=inline_jobs)
    metrics = Metrics(lambda: jobs.counts(opened.context()))
    app = FastAPIOffline(
        docs_url="/api/docs",
        redoc_url=None,
        openapi_url="/api/openapi.json",
        static_url="/api/docs/static",
        swagger_ui_oauth2_redirect_url="/api/docs/oauth2-redirect",
        title="BOS",
        version=bos.__version__,
        description=DESCRIPTION,
        lifespan=_lifespan(opened, warm=not inline_jobs),
        responses={"4XX": _PROBLEM, "5XX": _PROBLEM},
    )
    app.state.opened, app.state.metrics = opened, metrics
    # The order matters: what names a folder of its own stands before /{collection}/{id}.
    app.include_router(audit.duties)
    app.include_router(sign_on.shown)
    for each in (
        health,
        people,
        sessions,
        sign_on,
        tokens,
        connections,
        blueprints,
        changes,
        batches,
        waivers,
        upgrades,
        job_routes,
        audit,
        search,
        telemetry,
        events,
        kpis,
        watching,
        dashboards,
        exports,
        feedback,
        reports,
        drafts,
        holidays,
        hooks,
        documents,
    ):
        app.include_router(each.router)
    for kind, handler in ((BosError, _on_bos), (RequestValidationError, _on_validation), (HTTPException, _on_http)):
        app.add_exception_handler(kind, handler)
    app.state.doorkeeper = Doorkeeper(opened)
    rates, most, public = Rates(settings.rate_limit), settings.upload_mib * MIB, settings.public_url
    app.add_middleware(Guard, doorkeeper=app.state.doorkeeper, rates=rates, upload=most, public_url=public)
    app.add_middleware(Observed, metrics=metrics)
    describe(app)
    return app


def _lifespan(opened: Opened, *, warm: bool) -> Any:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        del app
        if warm:
            threading.Thread(target=_warm, args=(opened,), name="warm", daemon=True).start()
        try:
            yield
        finally:
            await run_in_threadpool(opened.close)

    return lifespan


def _warm(opened: Opened) -> None:
    """Open the home and load what computes, so that the first caller does not wait for either."""
    try:
        opened.context()
    except BosError as error:
        _log.warning("the home cannot be opened yet: %s", error)
    from bos.kpi.engine import warm  # noqa: PLC0415 - loading it takes half a second, here beside the first requests

    warm()


async def _on_bos(request: Request, error: Any) -> Response:
    return response_of(error, request_id=request.state.request_id)


async def _on_validation(request: Request, error: Any) -> Response:
    return response_of(of_validation(error), request_id=request.state.request_id)


async def _on_http(request: Request, error: Any) -> Response:
    return response_of(of_http(error), request_id=request.state.request_id, headers=error.headers)
