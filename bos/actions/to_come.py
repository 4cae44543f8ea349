"""Running numbers of a time that is all to come: none, since nothing is known of it yet."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bos.actions.grounds import signals_of, titles_of
from bos.actions.question import before
from bos.kpi.buckets import key_of, label
from bos.kpi.nodes import Cumulative
from bos.kpi.refs import measures
from bos.model.answers.kpis import NoData
from bos.model.moments import instant

if TYPE_CHECKING:
    from datetime import datetime

    from bos.actions.definitions import Definitions
    from bos.kpi import KpiSpec
    from bos.kpi.nodes import Frame

_MOMENT = timedelta(microseconds=1)


def to_come(
    found: Definitions, spec: KpiSpec, end: datetime, zone: str, asked: datetime, newest: datetime
) -> NoData | None:
    """Return that nothing is known yet of what a KPI runs over to an ``end``; nothing where some of it is.

    A rolling span, or a part of the calendar, that begins after the moment it is ``asked`` at and after the ``newest``
    event is all to come, and would be 0 whatever happens. Of all of the past something is always known.
    """
    every = found.specs()
    frames = [measure.frame for measure in measures(spec, every) if isinstance(measure, Cumulative)]
    start = max((_begins(frame, end, zone) for frame in frames if not frame.open), default=None)
    if start is None or start < max(asked, newest):
        return None
    name = next(iter(signals_of(spec, every)), "")
    words = f"Nothing is known yet of the time from {instant(start, zone)} on"
    return NoData(signal=name, title=titles_of(found).get(name, name), since=newest, words=words)


def _begins(frame: Frame, end: datetime, zone: str) -> datetime:
    """Return where the frame begins that ends at a moment."""
    if frame.window is not None:
        return before(end, frame.window.words, zone)
    last = end.astimezone(UTC) - _MOMENT
    if frame.grain is None or frame.grain == "year":
        return last.astimezone(ZoneInfo(zone)).replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    return label(key_of(last, frame.grain, zone), frame.grain, zone)
