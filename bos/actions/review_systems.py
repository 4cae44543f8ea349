"""System signals of a weekly review: the week against the one before, under the steps they can break. Pure.

Two things make a signal's week unusual. Its mean left the natural limits of the weekly means in one step that is itself
too large (both charts of XmR), so that a certificate that grows old is not unusual every week. Or one of its points
lies farther beyond all earlier weeks than those ever lay apart: an outage of an hour hardly moves a mean.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bos.dashboards.standing import comparison
from bos.dashboards.systems import LATE
from bos.kpi.xmr import limits
from bos.model.answers.reports import ReviewSystem
from bos.model.moments import instant, silent_since
from bos.model.numbers import NOTHING, shown
from bos.model.ownership import accountable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bos.kpi.metrics import Bucket, Readings
    from bos.kpi.xmr import Limits
    from bos.model.answers.changes import Approval

_LEAST = timedelta(hours=1)
_LEAST_WEEKS = 2
"""Earlier weeks that say how far apart points usually lie."""
_TO = "\N{EN DASH}"


def review_systems(
    doc: dict[str, Any],
    docs: Mapping[str, dict[str, Any]],
    courses: Mapping[str, Readings],
    week: tuple[datetime, datetime],
    approvals: Mapping[str, Approval | None],
    since: datetime | None,
) -> tuple[ReviewSystem, ...]:
    """Return the system signals of a template by the first step they can break, then in its own order.

    ``docs`` are their documents, ``courses`` their points by week up to the one that is ``[start, end)``, by the name
    the template uses. ``approvals`` say, by that name, how far each is approved. ``since`` is from when on points are
    known: a week that began before it makes no limits.
    """
    places = {step["id"]: place for place, step in enumerate(doc["flow"]["steps"])}

    def order(use: Mapping[str, Any]) -> list[int]:
        return sorted(places.get(step, len(places)) for step in use["affects"]) or [len(places)]

    uses = sorted(doc["system_signals"], key=order)
    rows = (_row(doc, use, docs.get(use["signal"]), courses[use["id"]], week, since or week[0]) for use in uses)
    return tuple(row.model_copy(update={"approval": approvals[row.signal]}) for row in rows)


def _row(
    doc: dict[str, Any],
    use: Mapping[str, Any],
    signal: Mapping[str, Any] | None,
    found: Readings,
    week: tuple[datetime, datetime],
    since: datetime,
) -> ReviewSystem:
    unit = signal["unit"] if signal else ""
    titles = {step["id"]: step["title"] for step in doc["flow"]["steps"]}
    mine = next((bucket for bucket in found.buckets if bucket.start == week[0]), None)
    earlier = [bucket for bucket in found.buckets if bucket.start < week[0]]
    before = earlier[-1].mean if earlier else None
    mean = mine.mean if mine else None
    usual = limits([one.mean for one in found.buckets if one.mean is not None and one.start >= since])
    reasons = _reasons(mine, [bucket for bucket in earlier if bucket.points], usual)
    freshness, fresh = _freshness(found, mine, week[1], doc["time_zone"])
    return ReviewSystem(
        signal=use["id"],
        title=signal["title"] if signal else use["signal"],
        owner=accountable(doc, f"system_signals[{use['id']}].signal") or doc["owner"],
        unit=unit,
        steps=tuple(titles[step] for step in titles if step in use["affects"]),
        points=mine.points if mine else 0,
        mean=mean,
        low=mine.low if mine else None,
        high=mine.high if mine else None,
        shown=shown(mean, unit),
        extent=_extent(mine, unit),
        before=_before(earlier, unit),
        change=_change(mean, before, unit),
        usual=f"{shown(usual.lower, unit)} {_TO} {shown(usual.upper, unit)}" if usual else "",
        exception=bool(reasons),
        reasons=reasons,
        as_of=found.newest,
        freshness=freshness,
        fresh=fresh,
        query=found.sql,
    )


def _reasons(mine: Bucket | None, earlier: Sequence[Bucket], usual: Limits | None) -> tuple[str, ...]:
    """Return why a week is unusual; nothing where it is not, or where fewer than two earlier weeks have points."""
    if mine is None or mine.mean is None:
        return ()
    out = []
    before = earlier[-1].mean if earlier else None
    if usual is not None and before is not None and not usual.lower <= mine.mean <= usual.upper:
        out += ["its mean left its natural limits"] if abs(mine.mean - before) > usual.upper_range else []
    lows = [bucket.low for bucket in earlier if bucket.low is not None]
    highs = [bucket.high for bucket in earlier if bucket.high is not None]
    if len(highs) >= _LEAST_WEEKS and mine.low is not None and mine.high is not None:
        width = max(highs) - min(lows)
        if mine.high > max(highs) + width or mine.low < min(lows) - width:
            out.append("a point lies far outside all earlier weeks")
    return tuple(out)


def _extent(bucket: Bucket | None, unit: str) -> str:
    """Return the least and the greatest point of a week."""
    if bucket is None or bucket.low is None:
        return NOTHING
    return f"{shown(bucket.low, unit)} {_TO} {shown(bucket.high, unit)}"


def _change(mean: float | None, before: float | None, unit: str) -> str:
    """Return the change of the mean in words; one that nobody would see in the numbers is none."""
    if mean is not None and shown(mean, unit) == shown(before, unit):
        return "Unchanged against the week before"
    return comparison(mean, before, unit, "the week before", None).words


def _before(earlier: Sequence[Bucket], unit: str) -> str:
    """Return the mean of the week before, with its least and greatest point."""
    if not earlier or earlier[-1].mean is None:
        return NOTHING
    return f"{shown(earlier[-1].mean, unit)} ({_extent(earlier[-1], unit)})"


def _freshness(found: Readings, mine: Bucket | None, end: datetime, zone: str) -> tuple[str, bool]:
    """Return how far the points go, and whether to the end of the week: some of their usual distances may be missed."""
    if found.newest is None or mine is None or not mine.points:
        return silent_since(found.newest, zone), False
    held = [bucket for bucket in found.buckets if bucket.points]
    first = found.first if found.first and found.first > held[0].start else held[0].start
    patience = max(_LEAST, LATE * (found.newest - first) / max(1, sum(bucket.points for bucket in held) - 1))
    if end - found.newest > patience:
        return f"{silent_since(found.newest, zone)}, before the week ends", False
    return f"Data to {instant(found.newest, zone)}", True
