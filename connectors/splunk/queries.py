"""What of a person's search is sent to Splunk: bound to a window, and reading alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from bos.errors import Invalid
from connectors.splunk.spl import changing, readings

if TYPE_CHECKING:
    from collections.abc import Mapping

By = Literal["time", "indexed"]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIMES = re.compile(
    r"\b((?:_index_)?(?:earliest|latest)|(?:start|end)(?:timeu?|(?:days|hours|minutes|months)ago))\s*=(?!=)"
)
_MAKES = ("|", "from ")
LATE = 7 * 86_400


@dataclass(frozen=True, slots=True)
class Bounds:
    """How a window bounds a search: by the time of events, or by when they were indexed.

    Where it is by index time, ``late`` says how far the time of an event may be before or after it.
    """

    by: By = "time"
    late: timedelta = timedelta(seconds=LATE)

    @classmethod
    def of(cls, settings: Mapping[str, str]) -> Bounds:
        """Return what the settings of a connection say.

        Raises:
            Invalid: one of them cannot be read.
        """
        by, late = settings.get("window", "time"), settings.get("late_seconds", str(LATE))
        if by not in {"time", "indexed"}:
            raise Invalid(f"{by!r} is no kind of window.", where="window", hint="Write time or indexed.")
        if not (late.isascii() and late.isdigit() and len(late) < 9):  # noqa: PLR2004 - three years
            raise Invalid(f"{late!r} are no seconds.", where="late_seconds", hint=f"Write {LATE}, for a week.")
        return cls("indexed" if by == "indexed" else "time", timedelta(seconds=int(late)))

    def form(self, query: str, start: datetime, end: datetime) -> dict[str, str]:
        """Return ``search``, ``earliest_time`` (included) and ``latest_time`` (not included) of ``[start, end)``.

        Raises:
            Invalid: the search has a time range of its own, changes something at Splunk, or cannot be bound so.
        """
        text = _searched(query)
        if self.by == "time":
            return {"search": text, "earliest_time": _seconds(start), "latest_time": _seconds(end)}
        if text.startswith(_MAKES):
            raise Invalid(
                "A search that does not begin with events cannot be read by index time.",
                where="query",
                hint="Begin it with the events (index=…), or set the connection's window to time.",
            )
        # One second more: whether Splunk counts the last one is not proven; what is there already is not added again.
        bounds = f"_index_earliest={_floor(start)} _index_latest={_floor(end) + 1}"
        return {
            "search": f"search {bounds} {text.removeprefix('search ')}",
            "earliest_time": _seconds(max(_EPOCH, start - self.late)),
            "latest_time": _seconds(end + self.late),
        }


def _searched(query: str) -> str:
    """Return the search as Splunk takes it, once it is known to read alone and to leave the window to BOS."""
    text = query.strip()
    for reading in readings(text):
        if found := _TIMES.search(reading):
            raise Invalid(
                f"The search has a time range of its own ({found[1]}=), and would be read for that.",
                where="query",
                hint="Take it out: BOS says for which window it asks. A field of that name can be renamed at Splunk.",
                code="query",
            )
        if command := next(changing(reading), ""):
            raise Invalid(
                f"The search changes something at Splunk or outside, or may do so ({command}).",
                where="query",
                hint="Take that command out: BOS reads alone.",
                code="query",
            )
    return text if text.startswith(("search ", *_MAKES)) else f"search {text}"


def _seconds(moment: datetime) -> str:
    """Return seconds since 1970 with every digit of the microsecond."""
    whole = (moment - _EPOCH) // timedelta(microseconds=1)
    return f"{whole // 1_000_000}.{whole % 1_000_000:06d}"


def _floor(moment: datetime) -> int:
    return int((moment - _EPOCH) // timedelta(seconds=1))
