"""``bos kpi``: the cases behind a number, the events of one of them, and those that break a rule."""

from typing import Annotated, Literal

import typer

from bos.cli import options, output
from bos.cli.connection import workbench
from bos.cli.kpi import From, To
from bos.model.numbers import became

_PASSAGES = 10
"""Of a rule over the flow's graph, how many of the ways that it does not have are told."""


def register(app: typer.Typer) -> None:
    """Add these commands to ``bos kpi``."""
    for command in (cases, broken):
        app.command()(command)


def cases(
    flow: str,
    kpi: str,
    part: Annotated[
        Literal["counted", "out_of", "failed"],
        typer.Option("--part", help="What the KPI counts, the other side of a ratio, or what failed."),
    ] = "counted",
    from_: From = None,
    to: To = None,
    filter_: Annotated[
        list[str] | None, typer.Option("--filter", metavar="FIELD=VALUE", help="Only these values (repeatable).")
    ] = None,
    case: Annotated[str | None, typer.Option("--case", metavar="ID", help="The events of this case instead.")] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="How many at most, up to 1000.")] = 20,
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Print the events or cases behind a KPI, the telling ones first; that they were read stands in the journal.

    With --case: the events of one case, in the order of time, whatever the window.
    """
    if case is not None:
        _print_case(flow, kpi, case, limit, home, json=json)
        return
    with workbench(home) as wb:
        start, end = options.window(from_, to, lambda: str(wb.templates.get(flow).document["time_zone"]))
        found = wb.flow(flow).cases(kpi, part, start=start, end=end, filters=options.filters(filter_), limit=limit)
    if json:
        output.as_json(found.model_dump(mode="json"))
        return
    rows = [
        (
            one.case,
            output.when(one.at, found.time_zone),
            one.shown or "-",
            became(one.evidence.words if one.evidence else one.note, one.late, found.late_unit) or "-",
        )
        for one in found.items
    ]
    output.table(("Case", "At", "Value", "Became"), rows, empty="No such case.")
    if found.total > len(found.items):
        output.line(f"{found.total - len(found.items):,} more; --limit shows more of them.")


def _print_case(flow: str, kpi: str, case: str, limit: int, home: options.Home, *, json: bool) -> None:
    with workbench(home) as wb:
        found = wb.flow(flow).case(kpi, case, limit=limit)
    if json:
        output.as_json(found.model_dump(mode="json"))
        return
    rows = [
        (output.when(one.at, found.time_zone), one.title, one.step or "-", one.shown or "-", one.by or "-")
        for one in found.items
    ]
    output.table(("At", "Event", "Step", "Amount", "By"), rows, empty="No event.")
    if found.total > len(found.items):
        output.line(f"{found.total - len(found.items):,} more; --limit shows more of them.")


def broken(
    flow: str,
    kpis: Annotated[list[str] | None, typer.Argument(help="KPIs; all that have a rule when left out.")] = None,
    from_: From = None,
    to: To = None,
    snapshot: Annotated[
        int | None, typer.Option("--snapshot", metavar="N", help="Version of the lake; the newest when left out.")
    ] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="T", help="Take the definitions of then.")] = None,
    cursor: Annotated[str | None, typer.Option("--cursor", help="The next page, as the page before names it.")] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="How many at most of each rule, up to 1000.")] = 20,
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Print the cases that break the rules of a flow, and why; that they were read stands in the journal."""
    with workbench(home) as wb:
        start, end = options.window(from_, to, lambda: str(wb.templates.get(flow).document["time_zone"]))
        found = wb.flow(flow).broken(
            kpis or None, start=start, end=end,
            snapshot=snapshot, as_of=options.moment(as_of, "--as-of"), cursor=cursor, limit=limit,
        )  # fmt: skip
    if json:
        output.as_json(found.model_dump(mode="json"))
        return
    zones = {rule.kpi: rule.time_zone for rule in found.rules}
    rows = [(one.kpi, one.case, output.when(one.at, zones[one.kpi]), one.evidence.words) for one in found.items]
    output.table(("KPI", "Case", "At", "Why"), rows, empty="No case breaks a rule.")
    for rule in found.rules:
        listed = sum(one.kpi == rule.kpi and one.rule == rule.rule for one in found.items)
        for went in rule.passages[:_PASSAGES]:
            output.line(f"{rule.kpi}: {went.words}")
        if rule.withheld_reason:
            output.line(f"Not judged · {rule.kpi}: {rule.withheld_reason}")
        elif rule.total is not None and rule.total > listed:
            output.line(f"{rule.kpi}: {listed:,} of {rule.total:,} are listed here.")
    if found.next:
        output.line(f"--limit shows more of them, and the next page is --cursor {found.next}")
