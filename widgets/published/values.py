"""What a run told beside what BOS computes today, as a table."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bos.model.moments import instant, period
from bos.model.numbers import apart, shown, signed, value_words
from widgets.published.messages import COLUMNS, TEXT, say
from widgets.surface import parts
from widgets.surface.filters import words_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bos.model.answers.kpis import KpiValue, Restated, RestatedValue
    from widgets.published.runs import Told
    from widgets.published.view import State
    from widgets.surface.parts import Element

_NUMBERS = (2, 3, 4)
_PERIOD = 1
_NONE = "\N{EN DASH}"


def values(state: State, told: Told) -> list[Element]:
    """Return the values of a run, then and now, as they are chosen."""
    found = state.found
    changed = {_key(one): one for one in found.items} if found else {}
    wanted = [
        value for value in told.values if state.kpi in {"", value.kpi} and (not state.only or _key(value) in changed)
    ]
    if not told.by:
        wanted.sort(key=lambda value: _key(value) not in changed)
    rows = [_row(state, told, value, changed.get(_key(value))) for value in wanted]
    out: list[Element] = [parts.facts(_facts(told, found))]
    if found is not None and found.generated:
        out.append(parts.actions(parts.badge(TEXT["generated"], mark=True)))
    notes = [TEXT["open"]] if found is not None and told.end is None else []
    notes += [TEXT["not_compared"]] if found is None and not state.wrong else []
    out += [parts.text(words, "bos-hint") for words in notes]
    if not rows:
        return [*out, parts.text(TEXT["none_restated"] if state.only and not changed else TEXT["none"])]
    return [*out, _table(say("table", at=state.at(told.of)), rows, buckets=bool(told.by))]


def _table(caption: str, rows: Sequence[tuple[Any, ...]], *, buckets: bool) -> Element:
    """Return the table; where all values are of one period, it stands above and not in each row."""
    if buckets:
        return parts.table(caption, COLUMNS, rows, numbers=_NUMBERS)
    less = [[*row[:_PERIOD], *row[_PERIOD + 1 :]] for row in (COLUMNS, *rows)]
    return parts.table(caption, less[0], less[1:], numbers=[n - 1 for n in _NUMBERS])


def _facts(told: Told, found: Restated | None) -> list[tuple[str, str | Element]]:
    pairs: list[tuple[str, str | Element]] = [(TEXT["of_period"], span(told.start, told.end, told.zone))]
    if told.filters:
        pairs.append((TEXT["of_filters"], say("filtered", filters=words_of(told.filters))))
    pairs.append((TEXT["of_times"], told.zone))
    if found is None:
        return [*pairs, (TEXT["of_snapshot"], told.of.snapshot), (TEXT["of_version"], f"{told.of.version}")]
    stand = found.compared - len([one for one in found.items if one.then != one.now])
    return [
        *pairs,
        (TEXT["of_snapshot"], say("snapshots", then=found.then_snapshot or _NONE, now=found.now_snapshot or _NONE)),
        (TEXT["of_version"], say("versions", then=found.template_version, now=found.live_version)),
        (TEXT["of_all"], say("stand", stand=f"{stand:,}", all=f"{found.compared:,}")),
    ]


def _key(value: KpiValue | RestatedValue) -> tuple[Any, ...]:
    return value.kpi, value.bucket_start, tuple(value.dimensions.items())


def _row(state: State, told: Told, value: KpiValue, other: RestatedValue | None) -> tuple[Any, ...]:
    title, of = (
        state.titles.get(value.kpi, value.kpi),
        ", ".join(value_words(_text(v)) for v in value.dimensions.values()),
    )
    zone = told.zones.get(value.kpi, told.zone)
    period = bucket(value.bucket_start, told.by, zone) if value.bucket_start else span(told.start, told.end, zone)
    then = _shown(value.value, value.unit, value.withheld_reason)
    if state.found is None:
        rest: tuple[str | Element, ...] = (then, _NONE, _NONE, _NONE, "")
    elif other is None:
        rest = (then, then, _NONE, parts.status(TEXT["stands"], "ok"), "")
    else:
        rest = _changed(other, then)
    return (f"{title} · {of}" if of else title, period, *rest)


def _changed(one: RestatedValue, then: str) -> tuple[str, str, str, Element, str]:
    """Return a value then and now, the difference, how it stands, and why it is another one."""
    now = _shown(one.now, one.unit, None)
    if one.then is not None and one.now is not None:
        then, now = apart(one.then, one.now, one.unit)
    words = list(one.words)
    if one.live is not None and one.live != one.now:
        words.append(say("by_today", value=shown(one.live, one.unit)))
    same = one.then == one.now
    mark = parts.status(TEXT["redefined"], "none") if same else parts.status(TEXT["restated"], "warning")
    difference = _NONE if same or one.difference is None else signed(float(one.difference), one.unit)
    return then, now, difference, mark, " ".join(words)


def _shown(value: float | str | None, unit: str, withheld: str | None) -> str:
    return TEXT["withheld"] if withheld else shown(value, unit)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def bucket(start: datetime, by: str, zone: str) -> str:
    """Return what a bucket is called: 2 Mar 2026, Week from 2 Mar 2026, Mar 2026, Quarter 1 of 2026."""
    local = start.astimezone(ZoneInfo(zone))
    day = f"{local.day} {local:%b %Y}"
    if by == "week":
        return say("week", day=day)
    if by == "month":
        return f"{local:%b %Y}"
    if by == "quarter":
        return say("quarter", n=(local.month + 2) // 3, year=local.year)
    return day if by == "day" else instant(start, zone)


def span(start: datetime | None, end: datetime | None, zone: str) -> str:
    """Return a period ``[start, end)`` in words; a midnight is told as the day that begins then."""
    if start and end:
        return period(start, end, zone)
    first, last = (_moment(moment, zone) if moment else "" for moment in (start, end))
    if first or last:
        return say("since", start=first) if first else say("until", end=last)
    return TEXT["all_time"]


def _moment(moment: datetime, zone: str) -> str:
    told = instant(moment, zone)
    return told.removesuffix(" 00:00") if moment.astimezone(ZoneInfo(zone)).time() == time() else told
