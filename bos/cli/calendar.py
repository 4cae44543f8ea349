"""``bos calendar``: working days, hours and holidays."""

from typing import Annotated

import typer

from bos.cli import applying, options, output, shelf
from bos.cli.applying import told
from bos.cli.connection import workbench

app = typer.Typer(help="Calendars: working days, hours and holidays.", no_args_is_help=True, rich_markup_mode=None)

Source = Annotated[
    str, typer.Argument(metavar="SOURCE", help="Such as XFED, DE or DE-HE: one of bos calendar sources.")
]
First = Annotated[int, typer.Option("--from", metavar="YEAR", help="The first year.")]
Last = Annotated[int, typer.Option("--to", metavar="YEAR", help="The last year, included.")]


shelf.lists(app, "calendar")
applying.applies(app, "calendar")


@app.command()
def sources(home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """List whose holidays are known."""
    with workbench(home) as wb:
        found = list(wb.holiday_sources())
    if json:
        output.answers(found)
        return
    rows = [(one.code, one.title, one.kind, " ".join(one.parts)) for one in found]
    output.table(("Code", "Whose", "Kind", "Regions"), rows, empty="None.")


@app.command()
def holidays(source: Source, first: First, last: Last, home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """List the holidays of a market or a country."""
    with workbench(home) as wb:
        found = list(wb.holidays(source, first, last))
    if json:
        output.answers(found)
        return
    output.table(("Day", "Holiday"), [(f"{one.day:%a %Y-%m-%d}", one.name) for one in found], empty="None.")


@app.command()
def fill(
    id: str,  # noqa: A002 - its name
    source: Source,
    first: First,
    last: Last,
    rationale: options.Rationale,
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Add the holidays of a market or a country to a calendar; what it has already stays."""
    with workbench(home) as wb:
        calendar = wb.calendars.get(id)
        document = calendar.document
        there = document["clock"]["holidays"]
        document["clock"]["holidays"] = sorted(
            {*there, *(one.day.isoformat() for one in wb.holidays(source, first, last))}
        )
        done = wb.calendars.put(id, document, rationale=rationale, base_version=calendar.version)
    told(done, json=json)
