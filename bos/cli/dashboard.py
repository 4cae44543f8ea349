"""``bos dashboard``: a flow's dashboard, built and kept as a run."""

from pathlib import Path
from typing import Annotated

import typer

from bos.cli import options, output
from bos.cli.connection import workbench
from bos.cli.kpi import By, Compare, From, To
from bos.errors import UsageError
from bos.model.answers.exports import DashboardFormat

app = typer.Typer(help="Dashboards of a flow.", no_args_is_help=True, rich_markup_mode=None)
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write the page as one HTML file.")]


@app.command()
def build(
    flow: str,
    start: From = None,
    end: To = None,
    by: By = None,
    filter_: options.Filter = None,
    missing: options.Missing = None,
    split: Annotated[
        str, typer.Option("--split", metavar="D", help="Show KPIs by the values of a dimension, too.")
    ] = "",
    compare: Compare = None,
    out: Out = None,
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Build the dashboard of a flow and keep it as a run."""
    with workbench(home) as wb:
        window = options.window(start, end, lambda: str(wb.templates.get(flow).document["time_zone"]))
        filters, against = options.filters(filter_, missing), compare or "previous"
        run = wb.flow(flow).dashboard(
            start=window[0], end=window[1], by=by, filters=filters, split=split, compare=against
        )
        if out is not None:
            _write(out, wb.dashboard_html(run.run))
    if json:
        output.as_json(run.model_dump(mode="json"))
        return
    output.line(f"{run.title} · {run.window.words}")
    output.line(f"{run.status_words}. {run.approval_words}".rstrip())
    rows = [(p.title, p.shown, p.status_words, p.change.words if p.change else "", p.approval_words)
            for p in run.panels if p.kind == "kpi"]  # fmt: skip
    output.table(("KPI", "Value", "Status", "Change", "Approval"), rows, empty="No KPIs.")
    for panel in run.panels:
        if panel.kind in {"split", "funnel", "times", "system"}:
            output.line(f"{panel.title}: {panel.summary}")
    output.line(f"Run {run.run}, {run.elapsed_ms:.0f} ms" + (f", written to {out}" if out else ""))


@app.command()
def runs(flow: str, home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """List the dashboard runs of a flow, newest first."""
    with workbench(home) as wb:
        found = list(wb.flow(flow).dashboard_runs())
    if json:
        output.answers(found)
        return
    rows = [(row.run, output.when(row.at), row.author, row.period, row.status_words) for row in found]
    output.table(("Run", "Built", "By", "Period", "Status"), rows, empty="No runs.")


@app.command()
def published(run: str, home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """Print what earlier runs told of the period of a dashboard run, where it tells otherwise."""
    with workbench(home) as wb:
        found = list(wb.published(run))
    if json:
        output.answers(found)
        return
    rows = [(one.kpi, one.value, one.now, one.difference, output.when(one.at), one.run) for one in found]
    output.table(("KPI", "Then", "Now", "Difference", "Told at", "By run"), rows, empty="Nothing was told otherwise.")


@app.command()
def export(
    flow: str,
    to: Annotated[DashboardFormat, typer.Option("--to", help="What the file is for.")],
    run: Annotated[
        str | None, typer.Option("--run", metavar="RUN", help="A run that was kept; else one is built.")
    ] = None,
    by: By = None,
    filter_: options.Filter = None,
    split: Annotated[str, typer.Option("--split", metavar="D", help="KPIs by the values of a dimension, too.")] = "",
    out: Annotated[Path, typer.Option("--out", metavar="PATH", help="A file, or a folder for its own name.")] = Path(),
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Export the dashboard of a flow as a file, and print what it cannot carry; --run takes one of another period."""
    with workbench(home) as wb:
        if run is None:
            run = wb.flow(flow).dashboard(by=by, filters=options.filters(filter_), split=split).run
        done = wb.export_dashboard(run, to)
        output.exported(done.notes, done.write(out), json=json)


@app.command()
def publish(
    flow: str,
    to: Annotated[str, typer.Option("--to", metavar="CONNECTION", help="The connection to the system.")],
    run: Annotated[
        str | None, typer.Option("--run", metavar="RUN", help="A run that was kept; else one is built.")
    ] = None,
    overwrite: Annotated[  # noqa: FBT002 - a flag
        bool, typer.Option("--overwrite", help="Also where somebody changed it there: their change is lost.")
    ] = False,
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Put the dashboard of a flow into another system: Grafana or Splunk."""
    with workbench(home) as wb:
        run = wb.flow(flow).dashboard().run if run is None else run
        done = wb.publish_dashboard(run, to, overwrite=overwrite)
    if json:
        output.as_json(done.model_dump(mode="json"))
        return
    output.line(
        f"Run {done.run} is in {done.connection}, version {done.version}{f': {done.link}' if done.link else '.'}"
    )


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"The file cannot be written: {error.strerror}.", where=str(path)) from error
