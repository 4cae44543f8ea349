"""``bos kpi runs``, ``rerun`` and ``restated``: what was computed before."""

from json import dumps as json_text

import typer

from bos.cli import options, output
from bos.cli.connection import workbench
from bos.model.answers.kpis import KpiRun, RestatedValue

_WIDEST = 60
_NAMED = 2
"""KPIs of a run that its line names."""


def register(app: typer.Typer) -> None:
    """Add the commands to those of KPIs."""
    for command in (rerun, restated, runs):
        app.command()(command)


def rerun(run: str, home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """Compute a run of KPIs or of a dashboard again, and say whether the same comes out, or exactly why not."""
    with workbench(home) as wb:
        found = wb.rerun(run)
    if json:
        output.as_json(found.model_dump(mode="json"))
    elif found.same:
        output.line(f"The same, byte for byte: {found.then_hash}")
    else:
        output.line(f"Not the same. Then {found.then_hash}, now {found.now_hash or 'nothing could be computed'}.")
        for reason in found.reasons:
            output.line(reason)
        rows = [(one.where, _part(one.then), _part(one.now)) for one in found.differences]
        if rows:
            output.table(("Where", "Then", "Now"), rows, empty="")
    if not found.same:
        raise typer.Exit(1)


def restated(run: str, home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """Print the values of a run that are others now, with the difference and its cause."""
    with workbench(home) as wb:
        found = wb.restated(run)
    if json:
        output.as_json(found.model_dump(mode="json"))
        return
    head = ("KPI", "From", "Of", "Then", "Restated", "Difference", "By today's definition", "Why")
    output.table(head, [_beside(one) for one in found.items], empty=f"All {found.compared} values stand.")


def runs(flow: str, home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """List the runs of a flow, newest first."""
    with workbench(home) as wb:
        found = list(wb.flow(flow).runs())
    if json:
        output.answers(found)
        return
    rows = [
        (row.run, output.when(row.at), row.author, row.template_version, row.snapshot or "-", _named(row))
        for row in found
    ]
    output.table(("Run", "At", "By", "Version", "Snapshot", "KPIs"), rows, empty="No runs.")


def _beside(one: RestatedValue) -> tuple[str, ...]:
    """Return a value as it was and as it is now, as people read them."""
    return (
        one.kpi,
        output.when(one.bucket_start),
        ", ".join(f"{name} {value}" for name, value in one.dimensions.items()),
        output.told(one.then, one.unit),
        output.told(one.now, one.unit),
        output.change(one.difference, one.unit),
        output.told(one.live, one.unit),
        " ".join(one.words),
    )


def _part(value: object) -> str:
    """Return the beginning of a part that differs; the whole of it is in the JSON."""
    text = json_text(value, default=str)
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def _named(run: KpiRun) -> str:
    """Return the KPIs of a run, or how many they are beside the first; the JSON has all."""
    names = list(dict.fromkeys(value.kpi for value in run.values))
    more = len(names) - _NAMED
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:_NAMED])} and {more} more"
