"""The form of a calendar: what was typed, what is wrong with it, and the document it says."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Self, get_args

from bos.model.calendar import Weekday
from bos.model.document import is_zone
from widgets.calendars.messages import TEXT, say
from widgets.shelf import Form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bos.model.answers.documents import DocumentAnswer

WEEKDAYS: tuple[str, ...] = get_args(Weekday)
LINES = ("holidays", "stop_on", "resume_on")
"""Parts of the form with one entry a line; they are called so in the clock, too."""
PARTS = ("title", "description", "time_zone", "opens", "closes", "cut_off", *LINES, "why")
FILL = ("source", "part", "first", "last")
"""Parts that say which holidays to add; nothing of them is saved."""
_HOUR = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_YEAR = re.compile(r"[12][0-9]{3}")


@dataclass
class CalendarForm(Form):
    """A calendar that is made or changed.

    ``days`` are the working days that are marked, ``added`` the holidays that were added to the list, with their names.
    """

    kind: str = "calendar"
    unchanged: str = TEXT["unchanged"]
    days: list[str] = field(default_factory=list)
    added: tuple[str, ...] = ()

    def rebase(self, before: Self, now: Self) -> None:
        """Stand on what is live now; the working days are one value."""
        if self.days == before.days:
            self.days = now.days
        super().rebase(before, now)

    def take(self, name: str, typed: Any) -> bool:
        """Take what was typed; working days come as a list."""
        if name == "days" and isinstance(typed, list):
            self.days = [day for day in WEEKDAYS if day in typed]
        elif name in (*PARTS, *FILL):
            self.values[name] = str(typed or "")
        else:
            return False
        return True

    def lines(self, name: str) -> list[str]:
        """Return the entries of a field with one a line."""
        return [line.strip() for line in self.values.get(name, "").splitlines() if line.strip()]

    def add(self, days: list[date]) -> list[date]:
        """Add holidays to the list, in order; return those that were not there."""
        there = self.lines("holidays")
        fresh = [day for day in days if day.isoformat() not in there]
        self.values["holidays"] = "\n".join(sorted({*there, *(day.isoformat() for day in days)}))
        return fresh

    def check_fill(self) -> bool:
        """Note what is wrong with what is to be added; return whether nothing is."""
        wrong = {} if self.value("source") else {"source": TEXT["source_missing"]}
        wrong |= {name: TEXT["year_wrong"] for name in ("first", "last") if not _YEAR.fullmatch(self.value(name))}
        self.errors = wrong
        return not wrong

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Yield what is wrong, in the order of the page."""
        if not self.value("title"):
            yield "title", TEXT["name_missing"]
        if not is_zone(self.value("time_zone")):
            yield "time_zone", TEXT["zone_wrong"]
        if not self.days:
            yield "days", TEXT["days_missing"]
        hours = {name: self.value(name) for name in ("opens", "closes", "cut_off")}
        wrong = [name for name, hour in hours.items() if (hour or name != "cut_off") and not _HOUR.fullmatch(hour)]
        yield from ((name, TEXT["hour_wrong"]) for name in wrong)
        if not wrong and hours["opens"] >= hours["closes"]:
            yield "closes", TEXT["closes_wrong"]
        elif not wrong and hours["cut_off"] and not hours["opens"] <= hours["cut_off"] <= hours["closes"]:
            yield "cut_off", TEXT["cut_off_wrong"]
        bad = next((line for line in self.lines("holidays") if not _day(line)), None)
        if bad:
            yield "holidays", say("day_wrong", day=bad)
        if not self.value("why"):
            yield "why", TEXT["why_missing"]

    def document(self) -> dict[str, Any]:
        """Return the calendar as the form has it."""
        document = copy.deepcopy(self.base.document) if self.base else {"owner": "process_owner", "tags": []}
        clock = {
            "time_zone": self.value("time_zone"),
            "working_days": [day for day in WEEKDAYS if day in self.days],
            "opens": self._hour("opens"),
            "closes": self._hour("closes"),
            "cut_off": self._hour("cut_off"),
            "holidays": sorted(set(self.lines("holidays"))),
            "stop_on": self.lines("stop_on"),
            "resume_on": self.lines("resume_on"),
        }
        texts = {name: self.value(name) for name in ("title", "description")}
        return {**document, **texts, "clock": clock}

    def _hour(self, name: str) -> str | None:
        """Return a time of day; one that was not changed keeps its seconds."""
        typed = self.value(name)
        had = self.base.document["clock"][name] if self.base else None
        if had and had[:5] == typed:
            return str(had)
        return f"{typed}:00" if typed else None


def filled(base: DocumentAnswer | None) -> CalendarForm:
    """Return a form that shows what is live; one of a usual week where there is nothing yet."""
    form = CalendarForm(base)
    this = date.today().year  # noqa: DTZ011 - a proposal for somebody to look at
    form.values = {"opens": "09:00", "closes": "17:00", "first": str(this), "last": str(this + 1)}
    form.days = list(WEEKDAYS[:5])
    if base is None:
        return form
    document, clock = base.document, base.document["clock"]
    form.values |= {"title": document["title"], "description": document["description"]}
    form.values |= {name: (clock[name] or "")[:5] for name in ("opens", "closes", "cut_off")}
    form.values |= {name: "\n".join(clock[name]) for name in LINES}
    form.values["time_zone"] = clock["time_zone"]
    form.days = list(clock["working_days"])
    return form


def _day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
