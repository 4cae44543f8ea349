"""Exports of what was kept: the numbers of a run, a dashboard for other tools, a template as OpenSLO."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from bos.actions import dashboards, kpis
from bos.actions.definitions import definitions_of
from bos.actions.export_queries import cards
from bos.dashboards.exports.data import data_file
from bos.dashboards.exports.grafana import grafana
from bos.dashboards.exports.notebook import notebook
from bos.dashboards.exports.parcel import GENERATED, marks_of
from bos.dashboards.exports.rows import of_dashboard, of_evaluation
from bos.dashboards.exports.splunk import splunk
from bos.dashboards.standing import approval_words
from bos.errors import NotFound
from bos.model.answers.exports import DashboardFormat, DataFormat
from bos.store import jobs
from bos.store.engine import reading

if TYPE_CHECKING:
    from bos.actions.context import Context
    from bos.auth.actor import Actor
    from bos.dashboards.exports.parcel import Parcel
    from bos.model.answers.dashboards import DashboardRun

DATA: tuple[DataFormat, ...] = get_args(DataFormat)


def dashboard(ctx: Context, actor: Actor, name: str, target: DashboardFormat) -> Parcel:
    """Return a run of a dashboard as a file for another tool. What is withheld there stays withheld.

    Raises:
        NotFound: there is no such run.
        UsageError: there are more rows than the format takes.
    """
    run = dashboards.run(ctx, actor, name)
    if target == "csv" or target == "parquet" or target == "xlsx":  # noqa: PLR1714 - so that the type is told
        return data_file(of_dashboard(run, marks_of(run)), target)
    if target == "splunk":
        return splunk(run, cards(ctx, run, "spl"))
    if target == "notebook":
        return notebook(run)
    page = _address(ctx, run)
    return grafana(run, cards(ctx, run, "promql"), shape=target, page=page)


def _address(ctx: Context, run: DashboardRun) -> str:
    """Return where a run is shown; nothing where BOS has no public address."""
    public = ctx.settings.public_url
    return f"{public.rstrip('/')}/api/v1/dashboard-runs/{run.run}/html" if public else ""


def evaluation(ctx: Context, actor: Actor, name: str, target: DataFormat) -> Parcel:
    """Return a run of KPIs as a file, with titles and targets of the versions it read.

    Raises:
        NotFound: there is no such run.
        UsageError: there are more rows than the format takes.
    """
    run = kpis.run(ctx, actor, name)
    with reading(ctx.engine) as connection:
        generated = jobs.has_generated(connection, run.flow)
        try:
            doc = definitions_of(connection, run.flow, run.documents)[0].doc
        except NotFound:  # the template was erased: the numbers are kept, its words are gone
            doc = {"outcomes": (), "time_zone": "UTC"}
    words = (f"{one.kpi}: {approval_words(one.approval)}" for one in run.values if _unsigned(one.approval))
    marks = tuple(dict.fromkeys((*words, *([GENERATED] if generated else ()))))
    outcomes = {outcome["id"]: outcome for outcome in doc["outcomes"]}
    return data_file(of_evaluation(run, outcomes, doc["time_zone"], generated=generated, marks=marks), target)


def _unsigned(approval: object) -> bool:
    return approval is not None and getattr(approval, "state", "") != "approved"
