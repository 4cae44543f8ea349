"""``bos schedule``: reports that are made by themselves."""

from typing import Annotated, Literal

import typer

from bos.cli import options, output
from bos.cli.connection import workbench
from bos.errors import NotFound, UsageError

app = typer.Typer(help="Schedules of reports.", no_args_is_help=True, rich_markup_mode=None)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOUR, _MINUTE = 24, 60


def _weekday(text: str) -> str:
    found = [day for day in _DAYS if len(text) > 1 and day.startswith(text.lower())]
    if len(found) != 1:
        raise UsageError(f"{text!r} is no weekday.", where="--weekday", hint="Write mon, tue, … or the whole word.")
    return found[0]


def _time(text: str) -> str:
    hour, _, minute = text.partition(":")
    if not (hour.isdecimal() and minute.isdecimal() and int(hour) < _HOUR and int(minute) < _MINUTE):
        raise UsageError(f"{text!r} is no time of the day.", where="--time", hint="Write 07:00.")
    return f"{int(hour):02d}:{int(minute):02d}:00"


@app.command("list")
def list_(home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """List the schedules."""
    with workbench(home) as wb:
        found = [wb.schedules.get(row.id).document for row in wb.schedules.list()]
    if json:
        output.as_json(found)
        return
    rows = [
        (d["id"], d["flow"], d["report"], d["weekday"], d["time"][:5], d["time_zone"], "" if d["enabled"] else "off")
        for d in found
    ]
    output.table(("Schedule", "Flow", "Report", "Day", "Time", "Time zone", ""), rows, empty="No schedules.")


@app.command("set")
def set_(
    flow: str,
    report: Annotated[Literal["weekly", "dashboard"], typer.Option("--report")] = "weekly",
    weekday: Annotated[str, typer.Option("--weekday", metavar="DAY")] = "mon",
    time: Annotated[str, typer.Option("--time", metavar="HH:MM")] = "07:00",
    time_zone: Annotated[str, typer.Option("--time-zone", metavar="ZONE")] = "UTC",
    off: Annotated[bool, typer.Option("--off", help="Make it no more.")] = False,  # noqa: FBT002 - a flag
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Say when a report of a flow is made: once a week, for the week before."""
    name = f"{flow}.{report}"[:63]
    document = {
        "id": name, "title": f"{report.title()} report of {flow}", "flow": flow, "report": report,
        "weekday": _weekday(weekday), "time": _time(time), "time_zone": time_zone, "enabled": not off,
    }  # fmt: skip
    with workbench(home) as wb:
        try:
            base = wb.schedules.get(name).version
        except NotFound:
            base = None
        done = wb.schedules.put(name, document, rationale="Set by bos schedule set.", base_version=base)
    if json:
        output.as_json(done.model_dump(mode="json"))
    else:
        output.line(f"{name} is made on {document['weekday']} at {time}, {time_zone}{' (off)' if off else ''}.")


@app.command()
def run(
    flow: str,
    report: Annotated[Literal["weekly", "dashboard"], typer.Option("--report")] = "weekly",
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Make the report of a flow now, into the archive, as its schedule would."""
    with workbench(home) as wb:
        pack = wb.flow(flow).report(report)
    if json:
        output.as_json(pack.model_dump(mode="json"))
    else:
        output.line(f"Pack {pack.pack} of {pack.flow}, {pack.period}: {pack.exceptions} exceptions.")
