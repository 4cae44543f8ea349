"""What was generated, and which incidents are planted in it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from pathlib import Path

NOTE = "Generated data: no customer, no loan and no payment in it is real."


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that was counted from the generated rows.

    Attributes:
        id: its name in the incident.
        value: the number; money as text with two decimals.
        unit: ``payments``, ``USD`` or ``seconds``.
        meaning: what was counted, in words.
        formula: KPI formula that gives the same number over the window of the incident.
        anchor: anchor of that formula.
    """

    id: str
    value: int | str
    unit: str
    meaning: str
    formula: str
    anchor: str = "event"


@dataclass(frozen=True, slots=True)
class Incident:
    """A planted incident.

    Attributes:
        id: its name.
        title: what happened, in words.
        start: beginning of the window (UTC) over which the figures are counted.
        end: end of the window (UTC), not in it.
        steps: steps that it disturbs.
        signals: system signals that show it.
        kpis: KPIs that it moves.
        figures: its effect, counted from the generated rows.
    """

    id: str
    title: str
    start: datetime
    end: datetime
    steps: tuple[str, ...]
    signals: tuple[str, ...]
    kpis: tuple[str, ...]
    figures: tuple[Figure, ...]

    def figure(self, name: str) -> Figure:
        """Return one figure by its name."""
        return next(figure for figure in self.figures if figure.id == name)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was generated.

    Attributes:
        note: says that the data is generated.
        seed: the seed.
        asked: events that were asked for.
        start: first day of payments.
        days: days of payments.
        time_zone: zone of the bank's day.
        rows: different events, of both files together.
        main_rows: events of the main file.
        late_rows: events of the late file that the main file has not.
        duplicate_rows: events of the late file that the main file has, word for word.
        metric_rows: metric points of the system signals.
        cases: payments.
        loans: loans that have a payment.
        first: time of the first event (UTC).
        last: time of the last event (UTC).
        by_event: event name → different events.
        incidents: the planted incidents.
    """

    note: str
    seed: int
    asked: int
    start: date
    days: int
    time_zone: str
    rows: int
    main_rows: int
    late_rows: int
    duplicate_rows: int
    metric_rows: int
    cases: int
    loans: int
    first: datetime
    last: datetime
    by_event: Mapping[str, int]
    incidents: tuple[Incident, ...]

    def as_text(self) -> str:
        """Return the manifest as JSON."""
        return json.dumps(asdict(self), indent=2, default=lambda value: value.isoformat()) + "\n"

    def incident(self, name: str) -> Incident:
        """Return one incident by its name."""
        return next(incident for incident in self.incidents if incident.id == name)


@dataclass(frozen=True, slots=True)
class Generated:
    """The files, and what is in them.

    Attributes:
        events: the main file of events.
        late: a second file, delivered later: late events and events that are delivered again.
        metrics: metric points (CSV with ``signal``, ``time``, ``value``).
        manifest: what is in them; also in the folder, as ``manifest.json``.
    """

    events: Path
    late: Path
    metrics: Path
    manifest: Manifest
