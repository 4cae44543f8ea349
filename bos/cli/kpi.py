"""``bos kpi``: numbers."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from bos.cli import options, output
from bos.cli.connection import workbench
from bos.cli.kpi_movement import moved
from bos.errors import NotExpressible
from bos.model.answers.exports import DataFormat
from bos.model.answers.kpis import KpiQuery, KpiValue
from bos.model.numbers import MINUS, cause, percent

app = typer.Typer(help="KPIs of a flow.", no_args_is_help=True, rich_markup_mode=None)
From = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="T", help="Where the window begins: a date (in the flow's zone) or a time with its offset."
    ),
]
To = Annotated[str | None, typer.Option("--to", metavar="T", help="Before which the window ends, as --from.")]
By = Annotated[Literal["hour", "day", "week", "month", "quarter"] | None, typer.Option("--by", help="Buckets of time.")]
Dimensions = Annotated[list[str] | None, typer.Option("--dimension", metavar="D", help="Split by it (repeatable).")]

_FINE = {True: "yes", False: "no", None: "-"}
Compare = Annotated[
    str | None,
    typer.Option("--compare", metavar="SPAN", help='Hold against an earlier period: previous, "4 weeks", "1 year".'),
]


@app.command("list")
def list_(flow: str, home: options.Home = None, json: options.Json = False) -> None:  # noqa: FBT002 - a flag
    """List the KPIs of a flow."""
    with workbench(home) as wb:
        found = list(wb.flow(flow).kpis())
    if json:
        output.answers(found)
        return
    rows = [(row.kpi, row.title, row.measure.get("unit", ""), row.owner) for row in found]
    output.table(("KPI", "Title", "Unit", "Owner"), rows, empty="No KPIs.")


@app.command("eval")
def evaluate(
    flow: str,
    kpis: Annotated[list[str] | None, typer.Argument(help="KPIs; all when left out.")] = None,
    start: From = None,
    end: To = None,
    by: By = None,
    dimension: Dimensions = None,
    compare: Compare = None,
    trust: Annotated[bool, typer.Option("--trust", help="Tell what each number rests on.")] = False,  # noqa: FBT002 - a flag
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Compute KPIs and keep the result as a run."""
    with workbench(home) as wb:
        window = options.window(start, end, lambda: str(wb.templates.get(flow).document["time_zone"]))
        done = wb.flow(flow).evaluate(
            kpis or None, start=window[0], end=window[1], by=by, dimensions=dimension, compare=compare
        )
        run = done.run
    if json:
        left_out = (set() if dimension else {"dimensions"}) | (set() if compare else {"compared"})
        left_out |= set() if trust else {"trust"}
        output.as_json([value.model_dump(mode="json", exclude=left_out) for value in run.values])
        return
    split = tuple(dimension or ())
    rows = [
        (
            v.kpi,
            output.when(v.bucket_start),
            *(v.dimensions.get(name) for name in split),
            _shown(v),
            *(_then(v) if compare else ()),
            v.n,
            _mark(v),
        )
        for v in run.values
    ]
    earlier = ("Before", "Earlier period", "Difference", "Change") if compare else ()
    output.table(("KPI", "From", *split, "Value", *earlier, "n", "Approval"), rows, empty="No values.")
    for what, reason in done.withheld():
        output.line(f"Withheld · {what}: {reason}")
    for what, words in done.missing():
        output.line(_missing(what, words))
    for what, words in done.ended():
        output.line(f"{'No verdict' if by is None else 'In part'} · {what}: {words}.")
    alone: dict[str, dict[str, None]] = {}
    for value in run.values:
        if value.compared is not None and value.compared.withheld_reason:
            alone.setdefault(value.compared.withheld_reason, {})[value.kpi] = None
    for reason, names in alone.items():
        output.line(f"Not compared · {', '.join(names)}: {reason}")
    if trust:
        told = [(v.kpi, mark.aspect, _FINE[mark.ok], mark.words) for v in run.values for mark in v.trust]
        output.table(("KPI", "Trust", "Fine", "What it rests on"), told, empty="Nothing is told of buckets and parts.")
    output.line(f"Run {run.run}")


@app.command()
def export(
    run: str,
    to: Annotated[DataFormat, typer.Option("--to", help="What the file is for.")],
    out: Annotated[Path, typer.Option("--out", metavar="PATH", help="A file, or a folder for its own name.")] = Path(),
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Export the values of a run of KPIs as a file, and print what it cannot carry."""
    with workbench(home) as wb:
        done = wb.export_run(run, to)
        output.exported(done.notes, done.write(out), json=json)


def _missing(what: str, words: str) -> str:
    """Return that events of a value are missing: its words say which, and since when or that there were none yet."""
    return f"No value · {what}: {words}."


def _shown(value: KpiValue) -> str:
    """Return a value as people read it: nothing is a dash; what is kept back says so, and where events are missing."""
    if value.withheld_reason:
        return "withheld"
    if value.no_data is not None:
        return "no data"
    return output.told(value.value, value.unit)


def _then(value: KpiValue) -> tuple[str, str, str, str]:
    """Return the earlier value, its period, the difference and the change; what is not there is a dash."""
    then = value.compared
    if then is None:
        return "-", "-", "-", "-"
    before, difference = output.told(then.value, value.unit), output.change(then.difference, value.unit)
    period = " to ".join(output.when(moment) for moment in (then.start, then.end) if moment) or "-"
    return before, period, difference, _share(then.change)


def _share(change: float | None) -> str:
    """Return a change as a share of what was, with its sign."""
    if change is None:
        return "-"
    return f"{'+' if change > 0 else MINUS if change < 0 else ''}{percent(abs(change))}"


def _mark(value: KpiValue) -> str:
    approval = value.approval
    if approval is None or approval.state == "approved":
        return "" if approval is None else "Approved"
    if approval.state == "waived":
        return f"Waived until {output.when(approval.until)}"
    state = "A change is held"
    if approval.state == "provisional":
        state = "Not approved yet, and a change is held" if approval.held else "Not approved yet"
    return " · ".join([state, *([f"waits for {', '.join(approval.waiting_for)}"] if approval.waiting_for else [])])


@app.command()
def budgets(
    flow: str,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="T", help="Look from then: a date, or a time with its offset."),
    ] = None,
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Print the error budgets of a flow: what is left, how fast it burns, when it will be used up."""
    with workbench(home) as wb:
        moment, _ = options.window(at, None, lambda: str(wb.templates.get(flow).document["time_zone"]))
        found = list(wb.flow(flow).budgets(at=moment))
    if json:
        output.answers(found)
        return
    rows = [
        (
            one.kpi,
            one.window,
            "-" if one.left is None else percent(one.left),
            ", ".join("-" if rate.long_rate is None else f"{rate.long_rate:.2g}" for rate in one.burns),
            one.forecast.words if one.forecast else "-",
            one.words,
        )
        for one in found
    ]
    head = ("KPI", "Window", "Left", "Burn rates (1 h, 6 h, 3 d)", "Forecast", "Status")
    output.table(head, rows, empty="No KPI of this flow has an error budget.")


@app.command()
def show(
    flow: str,
    kpi: str,
    sql: Annotated[bool, typer.Option("--sql", help="Print the SQL only.")] = False,  # noqa: FBT002 - a flag
    language: Annotated[
        Literal["duckdb", "spl", "promql", "adql"],
        typer.Option("--language", help="Print the query for Splunk (spl), Prometheus (promql), AppDynamics (adql)."),
    ] = "duckdb",
    from_: From = None,
    to: To = None,
    by: By = None,
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Print the formula of a KPI and the query it runs as: its SQL, or what would be asked of a vendor."""
    with workbench(home) as wb:
        start, end = options.window(from_, to, lambda: str(wb.templates.get(flow).document["time_zone"]))
        query = wb.flow(flow).query(kpi, start=start, end=end, by=by, language=language)
    if json:
        output.as_json(query.model_dump(mode="json"))
        return
    lines = [query.sql] if sql else [query.formula, "", *_told(query)]
    for part in "\n".join(lines).split("\n"):
        output.line(part)


def _told(query: KpiQuery) -> list[str]:
    """Return a query with what must be known about it: the marking first."""
    if query.language == "duckdb":
        return [query.sql]
    lines = [f"{query.language.upper()}, {query.marking}", "", query.text, ""]
    lines += [f"Put together: {query.combine}"] if query.combine else []
    lines += [f"{name} = {value}" for name, value in query.parameters.items()]
    lines += [f"Tolerance: {words}" for words in query.tolerance]
    return lines + [f"Note: {words}" for words in query.notes]


@app.command()
def explain(
    flow: str,
    kpi: str,
    start: From = None,
    end: To = None,
    compare: Compare = None,
    dimension: Annotated[
        str | None, typer.Option("--dimension", metavar="D", help="Field to split by; the first the KPI declares.")
    ] = None,
    run: Annotated[
        str | None, typer.Option("--run", metavar="RUN", help="The earlier window and value are those of a run.")
    ] = None,
    filter_: options.Filter = None,
    missing: options.Missing = None,
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Print why a KPI changed from an earlier period: data, definition, volume, mix and rate; else how it moved."""
    with workbench(home) as wb:
        window = options.window(start, end, lambda: str(wb.templates.get(flow).document["time_zone"]))
        asked: dict[str, Any] = {"start": window[0], "end": window[1], "compare": compare or "previous"}
        asked |= {"dimension": dimension, "filters": options.filters(filter_, missing)}
        try:
            found = wb.flow(flow).explain(kpi, run=run, **asked)
        except NotExpressible:
            if run is not None:
                raise
            moved(wb.flow(flow).movement(kpi, **asked), json=json)
            return
    if json:
        output.as_json(found.model_dump(mode="json"))
        return
    for when, side in (("Then", found.then), ("Now", found.now)):
        value = output.told(side.value, found.unit)
        output.line(f"{when}: {value}, {output.when(side.start)} to {output.when(side.end)}")
    told = found.rounded
    output.line(f"Change: {output.change(found.difference, found.unit, told.words(told.total))}")
    rows = [
        (
            cause(part.kind, found.unit),
            "not recorded" if part.missing else part.of or "-",
            output.change(part.amount, found.unit, told.words(amount)),
        )
        for part, amount in zip(found.parts, told.parts, strict=True)
    ]
    output.table(("Cause", found.dimension or "Of", "Contribution"), rows, empty="No part changed.")
    for note in found.notes:
        output.line(f"Note: {note}")
