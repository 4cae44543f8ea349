"""The page of calendars as data: from what BOS knows to a view, nothing else."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from widgets.calendars.form import WEEKDAYS
from widgets.calendars.messages import TEXT, say
from widgets.shelf.view import framed, typed, users
from widgets.surface import parts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bos.model.answers.holidays import HolidaySource
    from widgets.calendars.form import CalendarForm
    from widgets.shelf import State
    from widgets.surface.parts import Element


def view(state: State[CalendarForm], sources: Sequence[HolidaySource]) -> dict[str, Any]:
    """Return the page."""
    return framed(state, TEXT, says, _form(state, state.form, sources) if state.form else [])


def says(document: Mapping[str, Any]) -> str:
    """Return when a calendar works, in words."""
    clock = document["clock"]
    last = max(clock["holidays"], default="")
    return say(
        "says",
        days=", ".join(day[:3].capitalize() for day in clock["working_days"]),
        opens=clock["opens"][:5],
        closes=clock["closes"][:5],
        zone=clock["time_zone"],
        cut_off=say("cut_off_says", at=clock["cut_off"][:5]) if clock["cut_off"] else "",
        n=len(clock["holidays"]),
        until=say("until_says", day=f"{date.fromisoformat(last):%d %b %Y}") if last else "",
    )


def _form(state: State[CalendarForm], form: CalendarForm, sources: Sequence[HolidaySource]) -> list[Element]:
    marked = typed(state, "days", TEXT["days"], kind="checks", value=form.days,
                   options=[(day, day.capitalize()) for day in WEEKDAYS])  # fmt: skip
    return [
        *users(state, TEXT),
        parts.card(
            typed(state, "title", TEXT["name"], TEXT["name_hint"]),
            typed(state, "description", TEXT["description"], kind="area", optional=True, rows=2),
            typed(state, "time_zone", TEXT["zone"], TEXT["zone_hint"], look="wz-short"),
            marked,
            parts.box(
                typed(state, "opens", TEXT["opens"], TEXT["hour_hint"]),
                typed(state, "closes", TEXT["closes"], TEXT["hour_hint"]),
                look="wz-line",
            ),
            typed(state, "cut_off", TEXT["cut_off"], TEXT["cut_off_hint"], optional=True, look="wz-short"),
            _fill(state, form, sources),
            typed(state, "holidays", TEXT["holidays"], TEXT["holidays_hint"], kind="area", optional=True, rows=8),
            parts.details(
                TEXT["stops"],
                typed(state, "stop_on", TEXT["stops"], TEXT["signals_hint"], kind="area", optional=True, rows=2),
                typed(state, "resume_on", TEXT["resumes"], TEXT["signals_hint"], kind="area", optional=True, rows=2),
                key="stops",
                open=bool(form.lines("stop_on") or form.lines("resume_on")),
            ),
            typed(state, "why", TEXT["why"], TEXT["why_hint"], kind="area", rows=2),
            parts.actions(
                parts.button(TEXT["save"], "save", default=True), parts.button(TEXT["cancel"], "cancel", look="quiet")
            ),
            key="form",
        ),
    ]


def _fill(state: State[CalendarForm], form: CalendarForm, sources: Sequence[HolidaySource]) -> Element:
    options = [("", TEXT["source_none"]), *((one.code, f"{one.title} ({one.code})") for one in sources)]
    chosen = next((one for one in sources if one.code == form.value("source")), None)
    hint = say("part_hint", parts=", ".join(chosen.parts)) if chosen and chosen.parts else ""
    return parts.group(
        TEXT["fill"],
        typed(state, "source", TEXT["source"], kind="select", options=options),
        *([typed(state, "part", TEXT["part"], hint, optional=True, look="wz-short")] if hint else []),
        parts.box(typed(state, "first", TEXT["first"]), typed(state, "last", TEXT["last"]), look="wz-line"),
        parts.actions(parts.button(TEXT["add"], "fill", look="quiet", small=True)),
        *([parts.text(form.said)] if form.said else []),
        *([parts.details(TEXT["added_days"], parts.plain(form.added), key="added")] if form.added else []),
        key="fill",
    )
