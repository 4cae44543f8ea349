"""The page of calendars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from widgets.calendars.form import CalendarForm, filled
from widgets.calendars.messages import TEXT, say
from widgets.calendars.view import says, view
from widgets.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bos.client.workbench import Workbench
    from bos.model.answers.documents import DocumentAnswer
    from bos.model.answers.holidays import HolidaySource


class Calendars(Shelf[CalendarForm]):
    """When the bank works: every calendar, and a form for one.

    ``asked`` is what the address of the page asks for: ``calendar``, the id of one to change.
    """

    kind = "calendar"
    texts = TEXT

    def __init__(self, wb: Workbench, asked: Mapping[str, str] | None = None) -> None:
        self._sources: tuple[HolidaySource, ...] = ()
        super().__init__(wb, (asked or {}).get("calendar", ""))

    def look(self) -> dict[str, Any]:
        """Return the page."""
        return view(self.state, self._sources)

    def fill(self, base: DocumentAnswer | None) -> CalendarForm:
        """Return a form of a calendar, and read whose holidays can be added to it."""
        self._sources = self._sources or tuple(self.wb.holiday_sources())
        return filled(base)

    def use(self, path: str, flow: Mapping[str, Any]) -> str:
        """Return the flow that counts by the calendar."""
        return str(flow.get("title") or TEXT["unseen"]) if path.endswith("calendar") else ""

    def says(self, document: Mapping[str, Any]) -> str:
        """Return when the bank works."""
        return says(document)

    def act(self, form: CalendarForm, action: str, value: str) -> None:
        """Add holidays of a market or a country to the list."""
        del value
        if action == "fill":
            if form.check_fill():
                self.attempt(lambda: self._add(form))
            if form.errors or self.state.wrong:
                self.state.focus += 1

    def _add(self, form: CalendarForm) -> None:
        source, typed = form.value("source"), form.value("part")
        parts = next((one.parts for one in self._sources if one.code == source), ())
        if parts and typed:
            source += f"-{next((part for part in parts if part.lower() == typed.lower()), typed)}"
        found = self.wb.holidays(source, int(form.value("first")), int(form.value("last")))
        fresh = form.add([one.day for one in found])
        names = {one.day: one.name for one in found}
        form.added = tuple(f"{day:%a %d %b %Y}: {names[day]}" for day in fresh)
        form.said = say("added", n=len(fresh)) if fresh else TEXT["added_none"]
