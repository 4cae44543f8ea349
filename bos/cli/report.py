"""``bos report``: packs and reports."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from bos.cli import options, output
from bos.cli.connection import workbench

app = typer.Typer(help="Reports of a flow: weekly pack, dashboard.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def run(
    report: Annotated[Literal["weekly", "dashboard"], typer.Argument(help="Which report.")],
    flow: Annotated[str, typer.Option("--flow", metavar="ID", help="The flow's template.")],
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="YYYY-Www", help="The week; the last one over.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder; the archive without it.")] = None,
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Make a report now: into a folder, or into the archive of the home."""
    if out is None:
        with workbench(home) as wb:
            pack = wb.flow(flow).report(report, period=as_of)
        if json:
            output.as_json(pack.model_dump(mode="json"))
        else:
            output.line(f"Pack {pack.pack} of {pack.flow}, {pack.period}: {pack.exceptions} exceptions.")
        return
    from bos.model.schedule import week_before  # noqa: PLC0415 - as below
    from bos.reports.launch import launch  # noqa: PLC0415 - `bos --help` is to be instant

    week = as_of
    with workbench(home) as wb:
        if report == "weekly" and as_of is None:
            week = week_before(datetime.now(UTC), wb.templates.get(flow).document["time_zone"])
        checkpoint = wb.audit_checkpoint().text
    done = launch(report, flow, week, out, home, checkpoint=checkpoint)
    if json and done.folder:
        output.as_json({"folder": done.folder, "html": f"{done.folder}/report.html"})
    elif done.folder:
        output.line(f"{done.folder}/report.html")
    for text in done.said:
        output.note(text)
    raise typer.Exit(done.status)


@app.command("list")
def list_(
    flow: Annotated[str | None, typer.Argument()] = None,
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """List the reports in the archive, newest first."""
    with workbench(home) as wb:
        found = list(wb.flow(flow).packs() if flow else wb.packs())
    if json:
        output.answers(found)
        return
    rows = [(p.pack, p.flow, p.report, p.period, p.exceptions, output.when(p.at), p.author) for p in found]
    output.table(("Pack", "Flow", "Report", "Period", "Exceptions", "Made", "By"), rows, empty="No reports.")
