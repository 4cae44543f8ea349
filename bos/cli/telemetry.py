"""``bos telemetry``: events and metrics."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from bos.cli import options, output
from bos.cli.connection import workbench
from bos.errors import UsageError
from bos.model.answers.telemetry import RetentionDue, TelemetryStatus
from bos.model.moments import day
from bos.model.standing import few, lies_before

_UNREAD = 5

app = typer.Typer(help="Telemetry of a flow.", no_args_is_help=True, rich_markup_mode=None)


@app.command("import")
def import_(
    file: Path,
    flow: Annotated[str, typer.Option("--flow", metavar="ID", help="The flow's template.")],
    what: Annotated[Literal["events", "metrics"], typer.Option("--what", help="What the file holds.")] = "events",
    format: Annotated[Literal["xes", "csv", "parquet"] | None, typer.Option("--format")] = None,  # noqa: A002 - its name
    mapping: Annotated[str | None, typer.Option("--map", metavar="case=COL,…", help="Field and column.")] = None,
    time_zone: Annotated[str | None, typer.Option("--time-zone", help="Of times without an offset.")] = None,
    currency: Annotated[str | None, typer.Option("--currency", help="Of amounts without one.")] = None,
    signal: Annotated[str | None, typer.Option("--signal", help="The signal of a metric file.")] = None,
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Add the events or metrics of a file; importing it twice adds nothing."""
    columns = options.columns(mapping)
    if what == "metrics" and (format not in (None, "csv") or currency):
        raise UsageError("Metrics come from CSV and have no currency.", where="--format / --currency")
    if what == "events" and signal:
        raise UsageError("Events have no --signal.", where="--signal", hint="Add --what metrics.")
    with workbench(home) as wb:
        target = wb.flow(flow)
        if what == "metrics":
            done = target.import_metrics(file, map=columns, signal=signal, time_zone=time_zone)
        else:
            done = target.import_events(file, map=columns, format=format, time_zone=time_zone, currency=currency)
    if json:
        output.as_json(done.model_dump(mode="json"))
        return
    output.line(
        f"{done.read} read, {done.added} added, {done.duplicates} duplicates, "
        f"{done.late} late, {done.rejected} rejected."
    )
    if done.ahead:
        rows = "event lies" if done.ahead == 1 else "events lie"
        rows = rows if what == "events" else rows.replace("event", "point")
        output.line(
            f"{done.ahead:,} {rows} in the future, the latest at {output.when(done.farthest)}: "
            "they are counted, but do not tell what is over and what is late. Look at the times of the file."
        )
    if done.oldest and done.begins:
        output.line(
            f"{lies_before(done.stray, done.oldest, 'UTC', 'event' if what == 'events' else 'point')}: counted, but "
            f"charts of all that was recorded begin on {day(done.begins, 'UTC')}. Look at the times of the file."
        )
    if done.unread:
        shown = ", ".join(f"{one.step!r} ({one.events:,})" for one in done.unread[:_UNREAD])
        more = f" and {done.unread_kinds - _UNREAD} more" if done.unread_kinds > _UNREAD else ""
        output.line(f"No signal of the flow names these kinds of event, so no KPI counts them: {shown}{more}.")
    if done.unread_columns:
        output.line(f"Columns not read: {few(done.unread_columns)}.")
    if done.rejected:
        output.table(("Row", "Why not"), [(item.row, item.reason) for item in done.reject_sample])
        output.line(f"bos telemetry rejects {flow} {done.batch} prints them.")


@app.command()
def status(
    flow: Annotated[str | None, typer.Argument()] = None,
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Print what is there for a flow, or for all."""
    with workbench(home) as wb:
        found = [wb.flow(flow).status()] if flow else list(wb.telemetry())
    if json:
        output.answers(found)
        return
    rows = [
        (s.flow, s.events, s.cases, s.metric_points, output.when(s.first), output.when(s.last), _kind(s)) for s in found
    ]
    output.table(("Flow", "Events", "Cases", "Metrics", "First", "Last", ""), rows, empty="No telemetry.")
    for words in (f"{item.flow} is damaged: {words}" for item in found for words in item.damaged):
        output.line(words)


def _kind(status: TelemetryStatus) -> str:
    return ("generated in part" if status.recorded else "generated") if status.generated else ""


@app.command()
def rejects(flow: str, batch: str, home: options.Home = None) -> None:
    """Print the rows that an import did not take, as CSV: file, row, why, and the row as it stood."""
    with workbench(home) as wb:
        for piece in wb.flow(flow).rejects(batch):
            sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


@app.command()
def compact(
    flow: Annotated[str | None, typer.Argument()] = None,
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Put small files together, for one flow or for all."""
    with workbench(home) as wb:
        flows = [flow] if flow else [item.flow for item in wb.telemetry()]
        found = [wb.flow(name).compact() for name in flows]
    if json:
        output.answers(found)
        return
    output.table(("Flow", "Files before", "Files after"), [(k.flow, k.files_before, k.files_after) for k in found])


@app.command()
def retain(
    flow: str,
    before: Annotated[
        str | None,
        typer.Option("--before", metavar="TIME", help="A date, or a time with offset; else what signals say."),
    ] = None,
    rationale: Annotated[
        str | None, typer.Option("--rationale", metavar="TEXT", help="Why; without it nothing is done.")
    ] = None,
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Show what a flow holds longer than its signals say; with --rationale, leave it out of the newest snapshot."""
    moment = options.moment(before, "--before")
    with workbench(home) as wb:
        target = wb.flow(flow)
        if rationale is None:
            _due(target.due(), json=json)
            return
        done = target.retain(moment, rationale=rationale)
    if json:
        output.as_json(done.model_dump(mode="json"))
        return
    gone = done.events_before - done.events_after
    output.line(
        f"{gone:,} events and {done.points_removed:,} points were left out; {done.events_after:,} events remain."
    )


@app.command()
def erase(name: str, rationale: options.Rationale, home: options.Home = None) -> None:
    """Erase a person in telemetry, NAME as its sources write it: their pseudonym is nobody's from then on, for good."""
    with workbench(home) as wb:
        done = wb.people.erase_in_telemetry(name, rationale=rationale)
    output.line(f"The key of {done.pseudonym} is destroyed.")


def _due(found: RetentionDue, *, json: bool) -> None:
    if json:
        output.as_json(found.model_dump(mode="json"))
        return
    rows = [
        (one.what, one.name, one.days, output.when(one.before), f"{one.rows:,}") for one in found.signals if one.rows
    ]
    head = ("What", "Name", "Kept for days", "Until before", "Rows longer")
    output.table(head, rows, empty="Nothing is held longer than the signals say.")
