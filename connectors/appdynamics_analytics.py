"""Analytics of AppDynamics: rows of its Events service, which has an address and a secret of its own."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from bos.errors import BosError, Invalid
from bos.model.points import ceiled, floored, grouped
from bos.ports import Finding, Wanted
from bos.wire import OverHttp, json_of, strange, texts, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx


MOST_ROWS = 10_000
"""Rows asked for at once; it gives no more."""
_WRONG = (400, 404, 422)
_SERIES = re.compile(r"\s*select\s+series\s*\(", re.IGNORECASE)
_STEP = re.compile(_SERIES.pattern + r"[^,()]*,\s*['\"](?P<many>[1-9]\d{0,4})\s*(?P<unit>[smhd])['\"]", re.IGNORECASE)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Analytics(OverHttp):
    """The Events service: the rows of a query in ADQL.

    A query whose first field is ``series(…)`` gives points: its one number is the value, its texts are labels.
    Every other gives its own columns.
    """

    name = "appdynamics-analytics"
    title = "AppDynamics Analytics"
    purpose = "Pulls rows of Analytics by ADQL queries."
    schemes = ("https", "http")
    example = "https://analytics.api.appdynamics.com"
    settings = (
        Wanted("account", "The global account name.", needed=True, example="bank_5f2a", label="Global account name"),
    )
    secrets = (Wanted("key", "An Analytics API key that may query.", needed=True),)
    unproven = "Met a double alone, not a live Events service; the shape of its answers is that of public clients."

    def doctor(self) -> Iterator[Finding]:
        """Look whether the service answers a query over the last hour."""
        now = datetime.now(UTC)
        try:
            found = self._ask("SELECT count(*) FROM transactions", now - timedelta(hours=1), now)
        except BosError as error:
            yield Finding("Answer", ok=False, words=error.message, hint=error.hint)
            return
        count = found["results"][0][0] if found["results"] and found["results"][0] else 0
        yield Finding("Answer", ok=True, words=f"The service answers: {count} transactions in the last hour.")

    def read(self, query: str, *, start: datetime, end: datetime) -> Iterator[pa.RecordBatch]:
        """Return the rows of ``query``: points where it begins with ``SELECT series(``, else its own columns.

        Rows with a time of their own (``eventTimestamp``) outside ``[start, end)`` are left out.

        Raises:
            Invalid: the service cannot read the query, there are more rows than it gives, or they are no points.
            Unavailable: it does not answer, or not whole.
        """
        step = _step(query)
        # A series is asked for by whole steps: what the service counts in a part of one is no point.
        found = self._ask(query, floored(start, step), ceiled(end, step)) if step else self._ask(query, start, end)
        names, rows = _names(found["fields"]), found["results"]
        if any(not isinstance(row, list) or len(row) != len(names) for row in rows):
            raise strange(self.title)
        kinds = [str(field.get("type", "")) for field in found["fields"]]
        when = next((i for i, kind in enumerate(kinds) if kind in {"date", "timestamp"}), None)
        instants = [None if when is None else _instant(row[when]) for row in rows]
        inside = [(row, at) for row, at in zip(rows, instants, strict=True) if at is None or start <= at < end]
        if _SERIES.match(query):
            yield from _series(names, kinds, when, inside)
        elif inside:
            columns = [[row[i] for row, _ in inside] for i in range(len(names))]
            if when is not None:
                columns[when] = [at for _, at in inside]
            yield pa.RecordBatch.from_arrays([_column(one) for one in columns], names=names)

    def whole(self, query: str, moment: datetime) -> datetime:
        """Return the end of the last step of a series that is over; of other rows, and of other steps, the moment."""
        step = _step(query)
        return floored(moment, step) if step else moment

    def _sign(self, client: httpx.Client) -> None:
        client.headers["X-Events-API-AccountName"] = self._target.settings.get("account", "")
        client.headers["X-Events-API-Key"] = self._target.secret("key") or ""

    def _ask(self, query: str, start: datetime, end: datetime) -> dict[str, Any]:
        """Return the answer to a query: ``fields`` and all of its ``results``."""
        window = {"start": str(_milliseconds(start)), "end": str(_milliseconds(end)), "limit": str(MOST_ROWS)}
        response = self._client().post(
            "events/query",
            params=window,
            content=query.encode(),
            headers={
                "Content-Type": "application/vnd.appd.events+text;v=2",
                "Accept": "application/vnd.appd.events+json;v=2",
            },
        )
        if response.status_code in _WRONG:
            raise _unreadable(words_of(response))
        found = json_of(response, self.title)
        if not isinstance(found, list) or len(found) != 1 or not isinstance(found[0], dict):
            raise strange(self.title)
        one: dict[str, Any] = found[0]
        if one.get("error"):
            raise _unreadable(str(one["error"]))
        if not isinstance(one.get("results"), list) or not isinstance(one.get("fields"), list):
            raise strange(self.title)
        _whole(one)
        return one


def _whole(one: dict[str, Any]) -> None:
    """Refuse an answer that is not all there is."""
    if one.get("moreData") or len(one["results"]) >= MOST_ROWS or _lacks(one.get("total"), one):
        raise Invalid(
            f"Analytics has more rows than the {MOST_ROWS:,} it gives.",
            where="query",
            hint="Let the query count, or pick fewer rows.",
            code="query",
        )


def _lacks(total: object, one: dict[str, Any]) -> bool:
    """Tell whether rows are missing; an aggregate counts the events behind it, so only whole events are counted."""
    fields = [str(field.get("field") or field.get("label")) for field in one["fields"]]
    return isinstance(total, int) and total > len(one["results"]) and not any("(" in name for name in fields)


def _series(
    names: list[str], kinds: list[str], when: int | None, rows: list[tuple[list[Any], datetime | None]]
) -> Iterator[pa.RecordBatch]:
    numbers = [i for i, kind in enumerate(kinds) if kind in {"integer", "long", "float", "double", "number"}]
    if when is None or len(numbers) != 1:
        raise Invalid(
            "A query of points has a series(…) of time, one number, and texts.",
            where="query",
            hint="Write SELECT series(eventTimestamp, '5m'), count(*) FROM transactions.",
            code="query",
        )
    texts = [i for i in range(len(names)) if i not in {when, *numbers}]
    yield from grouped(
        ({names[i]: str(row[i]) for i in texts if row[i]}, at, float(row[numbers[0]]))
        for row, at in rows
        if at is not None and row[numbers[0]] is not None
    )


def _step(query: str) -> timedelta | None:
    """Return how far apart the points of a series are, where it says so in seconds, minutes, hours or days."""
    found = _STEP.match(query)
    return timedelta(**{_UNITS[found["unit"].lower()]: int(found["many"])}) if found else None


def _names(fields: list[dict[str, Any]]) -> list[str]:
    """Return the names of columns; one that comes again is numbered."""
    found: list[str] = []
    for field in fields:
        name = str(field.get("label") or field.get("field") or "column")
        same = sum(1 for known in found if known == name or known.startswith(f"{name}."))
        found.append(f"{name}.{same + 1}" if same else name)
    return found


def _column(values: list[Any]) -> pa.Array:
    """Return values as a column of one type; where they are of several, as text."""
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
        return texts([None if value is None else str(value) for value in values])


def _instant(value: Any) -> datetime | None:
    if value is None:
        return None
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value / 1000, UTC)
        found = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        raise strange("AppDynamics Analytics") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _unreadable(words: str) -> Invalid:
    return Invalid("Analytics cannot compute this query.", where="query", hint=f"It says: {words}"[:500], code="query")
