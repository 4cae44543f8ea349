"""Generated telemetry of Loan Payment Processing: seeded, labelled as such, with incidents whose effect is known."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Literal, TypeAlias

from bos.generate.manifest import Figure, Generated, Incident, Manifest

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["EVENTS", "START", "Figure", "Format", "Generated", "Incident", "Manifest", "generate"]

Format: TypeAlias = Literal["parquet", "csv"]
EVENTS = 28_000
"""How many events there are, where no number is given: enough for 13 weeks."""
START = date(2026, 1, 5)
"""First day of payments, where none is given: a Monday."""


def generate(
    folder: Path,
    *,
    events: int = EVENTS,
    seed: int = 7,
    start: date = START,
    days: int | None = None,
    format: Format = "parquet",  # noqa: A002 - the name of the option, everywhere
) -> Generated:
    """Write generated telemetry into a folder and return where it is and what is in it.

    Args:
        folder: where the files go; made when it is not there. Files of the same names are replaced.
        events: events in all, 10,000 to 10,000,000 and at least 300 a day; met within 2 %.
        seed: the same seed and arguments give the same rows.
        start: first day on which payments are initiated.
        days: days on which payments are initiated, 21 to 366; what follows from them goes on for up to four months.
            ``None`` is 91 days (13 weeks) where that leaves 300 events a day, otherwise 28.
        format: of the two event files.

    Raises:
        UsageError: an argument is out of its range.
    """
    from bos.generate.run import run  # noqa: PLC0415 - numpy and pyarrow load when they are needed

    return run(folder, events=events, seed=seed, start=start, days=days, format=format)
