"""``bos kpi behaviour`` and ``bos kpi backtest``: KPIs judged by their own past."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import typer

from bos.cli import options, output
from bos.cli.connection import workbench
from bos.cli.kpi import From, To
from bos.errors import UsageError
from bos.model.answers.backtests import BackTest, ThresholdTest
from bos.model.incidents import Incident, read_incidents
from bos.model.numbers import percent, shown

Bucket = Annotated[Literal["hour", "day", "week", "month", "quarter"], typer.Option("--by", help="Buckets of time.")]
Values = list[float] | None


def register(app: typer.Typer) -> None:
    """Add the commands to those of KPIs."""
    app.command()(behaviour)
    app.command()(backtest)


def behaviour(
    flow: str,
    kpi: str,
    by: Bucket = "week",
    start: From = None,
    end: To = None,
    baseline: Annotated[
        str | None,
        typer.Option("--baseline", metavar="FROM..TO", help="The limits come of this period, not of all points."),
    ] = None,
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Print the process behaviour chart (XmR) of a KPI: natural limits, and which points no chance explains."""
    with workbench(home) as wb:

        def zone() -> str:
            return str(wb.templates.get(flow).document["time_zone"])

        window = options.window(start, end, zone)
        usual = None if baseline is None else _period(baseline, zone)
        found = wb.flow(flow).behaviour(kpi, by=by, start=window[0], end=window[1], baseline=usual)
    if json:
        output.as_json(found.model_dump(mode="json"))
        return
    output.line(f"{found.title}: {found.words}")
    if found.limits is not None:
        one = found.limits
        lower, upper, centre, mean, most = (
            output.told(value, found.unit)
            for value in (one.lower, one.upper, one.centre, one.mean_range, one.upper_range)
        )
        output.line(f"Natural limits {lower} to {upper}, centre {centre}")
        output.line(f"Moving range {mean} on average, at most {most}")
    rows = [
        (
            output.when(point.bucket_start, found.time_zone),
            point.value,
            "-" if point.moving_range is None else f"{point.moving_range:.12g}",
            "; ".join([*([point.words] if point.words else []), *(["moved too far"] if point.range_outside else [])]),
        )
        for point in found.points
    ]
    output.table(("From", "Value", "Moving range", "Exceptional"), rows, empty="Nothing can be judged.")
    for left in found.left_out:
        output.line(f"Left out · {output.when(left.bucket_start, found.time_zone)}: {left.reason}")


def _period(text: str, zone: Callable[[], str]) -> tuple[datetime, datetime]:
    first, _, last = text.partition("..")
    if not first or not last:
        raise UsageError(f"{text!r} is no period.", where="--baseline", hint="Write 2026-01-01..2026-03-01.")
    midnight = ZoneInfo(zone())
    start, end = (options.moment(half, "--baseline", midnight) for half in (first, last))
    return start, end


def backtest(
    flow: str,
    kpi: str,
    breach: Annotated[Values, typer.Option("--breach", metavar="V", help="A breach level to try (repeatable).")] = None,
    warning: Annotated[
        Values, typer.Option("--warning", metavar="V", help="A warning level to try (repeatable).")
    ] = None,
    direction: Annotated[
        Literal["at_most", "at_least"] | None,
        typer.Option("--direction", help="The side of the values to try; the KPI's own without it."),
    ] = None,
    by: Bucket = "day",
    hold: Annotated[int, typer.Option("--for", metavar="N", help="So many buckets in a row must be beyond.")] = 1,
    start: From = None,
    end: To = None,
    incidents: Annotated[
        Path | None,
        typer.Option("--incidents", metavar="FILE", help="Labelled windows: CSV (start, end, name) or JSON."),
    ] = None,
    series: Annotated[
        str, typer.Option("--series", metavar="NAME", help="Which series of a file that labels several.")
    ] = "",
    home: options.Home = None,
    json: options.Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Try thresholds over the recorded course of a KPI: how often they fire, what they catch, beside the current."""
    with workbench(home) as wb:

        def zone() -> str:
            return str(wb.templates.get(flow).document["time_zone"])

        window = options.window(start, end, zone)
        labels = () if incidents is None else read_incidents(_text(incidents), zone=zone(), kpi=kpi, series=series)
        found = wb.flow(flow).backtest(
            kpi,
            breach=breach or (),
            warning=warning or (),
            direction=direction,
            by=by,
            hold=hold,
            start=window[0],
            end=window[1],
            incidents=labels,
        )
    if json:
        output.as_json(found.model_dump(mode="json"))
        return
    _print(found, labels)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        hint = "Name a text file that is there."
        raise UsageError(f"{file} cannot be read.", where="--incidents", hint=hint) from error


def _span(start: datetime, end: datetime, zone: str) -> str:
    return f"{output.when(start, zone)} to {output.when(end, zone)}"


def _print(found: BackTest, labels: tuple[Incident, ...]) -> None:
    output.line(f"{found.title} by {found.by}: {found.buckets} judged, {len(labels)} incidents")
    head = ("", "Level", "Threshold", "Fired", "True", "Caught", "Precision", "Recall", "Delay (h)", "Money", "Missed")
    output.table(head, [_row(one) for one in found.tests])
    for one in found.tests:
        output.line(f"{one.of.capitalize()} {one.level} {one.shown}: {one.words}")
        for episode in one.episodes:
            mark = {True: "true", False: "false alarm", None: ""}[episode.true]
            span = _span(episode.start, episode.end, found.time_zone)
            output.line(f"  {span}, {episode.shown} at worst{f', {mark}' if mark else ''}")
        for label in one.incidents:
            if label.judged and not label.caught:
                output.line(f"  Missed: {_span(label.start, label.end, found.time_zone)} {label.name}")
    for note in found.notes:
        output.line(f"Note: {note}")


def _row(one: ThresholdTest) -> tuple[object, ...]:
    def share(part: float | None) -> str:
        return "-" if part is None else percent(part)

    def money(part: float | str | None) -> str:
        return "-" if part is None else shown(part, one.currency)

    hours = "-" if one.mean_delay is None else f"{one.mean_delay / 3600:.1f}"
    caught = "-" if one.caught is None else f"{one.caught} of {one.caught + (one.missed or 0)}"
    true = "-" if one.true_episodes is None else one.true_episodes
    return (
        one.of, one.level, one.shown, len(one.episodes), true, caught, share(one.precision), share(one.recall), hours,
        money(one.caught_money), money(one.missed_money),
    )  # fmt: skip
