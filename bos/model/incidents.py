"""Labelled incidents: windows in which something is known to have gone wrong, and the files they are read from."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints

from bos.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

_HINT = (
    "Write CSV with the columns start, end and, if you like, name; or JSON: a list of objects with these fields, the "
    "manifest of generated telemetry, or the labels of the Numenta Anomaly Benchmark."
)


class Incident(BaseModel):
    """A labelled window ``[start, end)`` (aware) and what it is called."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: AwareDatetime
    end: AwareDatetime
    name: Annotated[str, StringConstraints(max_length=200)] = ""


def read_incidents(text: str, *, zone: str, kpi: str = "", series: str = "") -> tuple[Incident, ...]:
    """Return the labelled incidents of a file, in its order; a time without an offset is one of the zone.

    CSV has ``start``, ``end`` and perhaps ``name``. JSON is a list of such objects; an object with ``incidents`` (the
    manifest of generated telemetry: those that move the ``kpi``); or one of series → pairs of times, as the Numenta
    Anomaly Benchmark has them, of which ``series`` names one, by its path or the end of it.

    Raises:
        InputError: the text is none of these, or a window is none.
    """
    rows = _rows_of_json(text, kpi, series) if text.lstrip()[:1] in {"[", "{"} else _rows_of_csv(text)
    found = []
    for at, (start, end, name) in enumerate(rows, 1):
        window = (_moment(start, zone, at), _moment(end, zone, at))
        if window[0] >= window[1]:
            raise _wrong(f"Window {at} of the labelled incidents ends before it begins.")
        found.append(Incident(start=window[0], end=window[1], name=name))
    return tuple(found)


def _rows_of_csv(text: str) -> Iterator[tuple[Any, Any, str]]:
    rows = csv.DictReader(io.StringIO(text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")))
    if not {"start", "end"} <= set(rows.fieldnames or ()):
        raise _wrong("The file of labelled incidents has no columns start and end.")
    for row in rows:
        yield row["start"], row["end"], row.get("name") or ""


def _rows_of_json(text: str, kpi: str, series: str) -> list[tuple[Any, Any, str]]:
    try:
        told = json.loads(text)
    except ValueError as error:
        raise _wrong("The file of labelled incidents is no JSON.") from error
    if isinstance(told, dict) and "incidents" not in told:
        return [(start, end, "") for start, end in _pairs(told, series)]
    generated = isinstance(told, dict)
    listed = told["incidents"] if generated else told
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise _wrong("The file of labelled incidents has no list of windows.")
    kept = [one for one in listed if not generated or not kpi or kpi in one.get("kpis", (kpi,))]
    mark = "generated: " if generated else ""
    return [
        (one.get("start"), one.get("end"), f"{mark}{one.get('name') or one.get('title') or ''}"[:200]) for one in kept
    ]


def _pairs(told: dict[str, Any], series: str) -> list[list[Any]]:
    """Return the windows of one series; the only one where none is named."""
    fit = [name for name in told if not series or name == series or PurePath(name).stem.endswith(PurePath(series).stem)]
    if len(fit) != 1:
        words = f"no one series {series!r}" if series else "several series"
        raise InputError(
            f"The labelled incidents are of {words}.", where="series", hint=f"Name one of {', '.join(told)}."
        )
    pairs = told[fit[0]]
    if not isinstance(pairs, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):  # noqa: PLR2004 - a pair
        raise _wrong("A window of the labelled incidents is no pair of times.")
    return pairs


def _moment(told: Any, zone: str, at: int) -> datetime:
    try:
        moment = datetime.fromisoformat(told)
    except (TypeError, ValueError) as error:
        raise _wrong(f"{told!r} of window {at} of the labelled incidents is no time.") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def _wrong(words: str) -> InputError:
    return InputError(words, where="incidents", hint=_HINT)
