"""The trend that goes with what is told of a KPI: computed as the dashboard computes it, drawn when it is sent."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bos.actions.dashboard_panels import board_of, trend_of
from bos.actions.grounds import beginning
from bos.actions.question import before
from bos.dashboards.card import card, framed
from bos.dashboards.periods import day_of
from bos.kpi.definitions import seconds_of
from bos.look.course import Course
from bos.model.answers.dashboards import Panel
from bos.ports import Attachment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from bos.actions.dashboard_sources import Sources
    from bos.kpi.options import By

SECONDS = 20.0
"""For the trends of one look at a flow; those that find it used up are left out."""
_DAY = 86_400
_SPANS: tuple[tuple[float, By, int], ...] = ((1, "hour", 47), (4, "day", 29), (15, "week", 25), (1e9, "month", 12))
"""Days that a number may cover, the parts its trend has then, and how many of them came before the one of now."""
_DEFINITION: Mapping[str, Any] = {"window": None, "by": None}
_log = logging.getLogger(__name__)


def trends(sources: Sources, kpis: Iterable[str], now: datetime) -> dict[str, dict[str, Any]]:
    """Return for each KPI what its picture is drawn from, as JSON: ``panel`` and ``zone``, or why there is ``none``.

    The panel is that of a dashboard over the same period, in the same parts, on the same snapshots.
    """
    found: dict[str, dict[str, Any]] = {}
    until = time.monotonic() + SECONDS
    for kpi in kpis:
        if time.monotonic() > until:
            found[kpi] = {"none": "too many numbers changed at once"}
            continue
        try:
            found[kpi] = _trend(sources, kpi, now)
        except Exception:  # noqa: BLE001 - what happened is told in any case, with its picture or without
            _log.warning("no trend of %s goes with what is told of it", kpi, exc_info=True)
            found[kpi] = {"none": "it could not be computed"}
    return found


def _trend(sources: Sources, kpi: str, now: datetime) -> dict[str, Any]:
    doc = sources.found.doc
    outcome = next(one for one in doc["outcomes"] if one["id"] == kpi)
    zone = outcome["measure"]["time_zone"] or doc["time_zone"]
    start, by = period(outcome["watch"]["over"] or outcome["measure"]["window"], now, zone)
    limit = sources.memory_limit
    begun = (beginning(sources.events, memory_limit=limit), beginning(sources.metrics, memory_limit=limit, points=True))
    if firsts := [moment for moment in begun if moment is not None]:
        start = max(start, _begun(min(*firsts, now), by, zone))
    board = board_of(sources, _DEFINITION, start=start, end=now, by=by, filters=(), judged=now)
    panel = trend_of(sources, board, kpi)
    if panel.withheld_reason:
        return {"none": f"it is withheld: {panel.withheld_reason}"}
    if all(row[1] is None for row in panel.rows):
        return {"none": "there is no value in any part of its period"}
    return {"panel": panel.model_dump(mode="json", exclude={"queries"}), "zone": zone}


def period(over: str, now: datetime, zone: str) -> tuple[datetime, By]:
    """Return from when on, and in which parts, a trend up to ``now`` (aware) is shown of a number that covers ``over``.

    The parts are whole ones in the zone, but for the one of now.
    """
    days = seconds_of(over) / _DAY
    by, many = next((by, many) for most, by, many in _SPANS if days < most)
    start = _begun(now, by, zone)
    if by == "month":
        local = start.astimezone(ZoneInfo(zone))
        return local.replace(year=local.year - many // 12).astimezone(start.tzinfo), by
    return before(start, f"{many * 7 if by == 'week' else many} {'hours' if by == 'hour' else 'days'}", zone), by


def _begun(moment: datetime, by: By, zone: str) -> datetime:
    """Return when the part began that a moment lies in, in UTC."""
    if by == "hour":
        return moment.replace(minute=0, second=0, microsecond=0)
    day = day_of(moment, zone)
    local = day.astimezone(ZoneInfo(zone))
    back = {"day": 0, "week": local.weekday(), "month": local.day - 1}[by]
    return before(day, f"{back} days", zone) if back else day


def picture(said: Mapping[str, Any]) -> tuple[Attachment, ...]:
    """Return the picture of a message as it was written, if it has one."""
    chart = said.get("chart")
    if not chart:
        return ()
    panel = Panel.model_validate(chart["panel"])
    told = {name: chart[name] for name in ("zone", "state", "shown", "words", "period")}
    try:
        image = card(panel, told.pop("zone"), **told)
    except Exception:  # noqa: BLE001 - as above
        _log.warning("the chart of %s cannot be drawn", panel.title, exc_info=True)
        return ()
    return (Attachment("chart.png", "image/png", image, alt=chart["alt"]),)


def of_pack(charts: Iterable[Mapping[str, Any]]) -> tuple[Attachment, ...]:
    """Return the pictures of the charts that go with a review pack."""
    found = []
    for number, data in enumerate(charts, 1):
        course = Course.of(data)
        try:
            image = framed(course)
        except Exception:  # noqa: BLE001 - as above
            _log.warning("the chart of %s cannot be drawn", course.title, exc_info=True)
            continue
        alt = f"Chart: {course.title}. {course.words}"
        found.append(Attachment(f"chart-{number}.png", "image/png", image, alt=alt))
    return tuple(found)


def alt_of(panel: Mapping[str, Any], *, shown: str, words: str, period: str) -> str:
    """Return what a picture shows, in words."""
    return f"Chart: {panel['title']}, {panel['period']}. {panel['summary']} Now: {shown} over {period}. {words}".strip()
