"""``bos watch``: KPIs that are looked at regularly."""

from typing import Annotated

import typer

from bos.cli import options, output
from bos.cli.connection import workbench

app = typer.Typer(help="Watched KPIs of a flow.", no_args_is_help=True, rich_markup_mode=None)
Kpi = Annotated[str, typer.Argument(help="The KPI; every watched one of the flow when left out.")]


@app.command("list")
def list_(flow: str, home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """List the watched KPIs of a flow and how they stand."""
    with workbench(home) as wb:
        found = list(wb.flow(flow).watch.list())
    if json:
        output.answers(found)
        return
    rows = [
        (
            one.kpi,
            one.state or "not looked at yet",
            output.when(one.since, one.time_zone),
            one.shown or "-",
            one.money.shown if one.money else "-",
            one.words,
            one.owner,
            one.acknowledged.by if one.acknowledged else "-",
        )
        for one in found
    ]
    names = ("KPI", "State", "Since", "Value", "Money", "Why", "Owner", "Looked after by")
    output.table(names, rows, empty="No KPI of this flow is watched.")


@app.command()
def acknowledge(
    flow: str,
    kpi: str,
    rationale: Annotated[str, typer.Option("--rationale", "-r", metavar="TEXT", help="What you do about it.")],
    instead_of: Annotated[str, typer.Option(metavar="PERSON", help="Whom you take over from.")] = "",
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Say that you look after a KPI that is not as it should be."""
    with workbench(home) as wb:
        done = wb.flow(flow).watch.acknowledge(kpi, rationale=rationale, instead_of=instead_of)
    if json:
        output.as_json(done.model_dump(mode="json"))
    else:
        output.line(f"{done.kpi} is {done.state}, and you look after it until its state changes.")


@app.command()
def subscribe(flow: str, kpi: Kpi = "", home: options.Home = None) -> None:
    """Hear of the changes of a KPI, or of every watched one."""
    with workbench(home) as wb:
        done = wb.flow(flow).watch.subscribe(kpi)
    output.line(f"You hear of the changes of {done.kpi or f'every watched KPI of {flow}'}.")


@app.command()
def unsubscribe(flow: str, kpi: Kpi = "", home: options.Home = None) -> None:
    """Hear no more of a KPI, or of every watched one."""
    with workbench(home) as wb:
        done = wb.flow(flow).watch.unsubscribe(kpi)
    output.line(f"You hear no more of {done.kpi or f'every watched KPI of {flow}'}.")
