"""Points and rows of any data source of a Grafana."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pyarrow as pa

from bos.errors import BosError, Invalid, Unavailable
from bos.model.points import ceiled, floored, grouped
from bos.ports import Finding, Wanted
from bos.reads import seconds
from bos.wire import OverHttp, answered, in_spans, json_of, strange, texts, words_of
from connectors.grafana.wall import Wall

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import httpx

    from bos.ports import Board, Placed

MOST_POINTS = 10_000
"""Points asked for at once of each series: what lies behind Grafana (Prometheus) refuses more than 11,000."""
_REF, _NUMBER, _TIME = "A", "number", "time"
_WRONG = (400, 404, 422)
_THEIR_FAULT = 500


_interval = seconds("interval_seconds", 1, 86_400)


class Grafana(OverHttp):
    """A Grafana server. A point is labelled as its data source labels it."""

    name = "grafana"
    title = "Grafana"
    purpose = "Pulls what a data source answers; dashboards of BOS are put into a folder."
    schemes = ("https", "http")
    example = "https://grafana.bank.example"
    settings = (
        Wanted(
            "datasource", "The uid of the data source that is read.", example="PD8C576611E62080A", label="Data source"
        ),
        Wanted("interval_seconds", "Seconds between two points.", default="60", kind="number", reads=_interval),
        Wanted("query_field", "Where a query that is no JSON belongs: expr, rawSql, ….", default="expr"),
        Wanted(
            "shape",
            "Points, or rows with the columns of the data source.",
            default="points",
            choices=("points", "rows"),
        ),
        Wanted("folder", "The uid of the folder that dashboards are put into.", example="payments"),
        Wanted("namespace", "org-ID, or stacks-ID on Grafana Cloud.", example="org-2", default="default"),
    )
    secrets = (Wanted("token", "A token of a service account.", needed=True),)
    unproven = "Met a double alone; requests are checked against the description of the classic API (2025-04)."
    takes = ("grafana", "grafana-v2")

    def doctor(self) -> Iterator[Finding]:
        """Look whether Grafana answers, takes the token, and has the data source and the folder."""
        try:
            found = json_of(self._client().get("api/health"), self.title)
            version = str(found.get("version", "of a version it does not tell")) if isinstance(found, dict) else ""
            yield Finding("Answer", ok=True, words=f"Grafana {version} answers.")
            json_of(self._client().get("api/folders", params={"limit": "1"}), self.title)
        except BosError as error:
            yield Finding("Answer", ok=False, words=error.message, hint=error.hint)
            return
        yield Finding(
            "Token", ok=True, words=f"The token is good. Dashboards go by {self._wall().door() or 'the classic API'}."
        )
        for what, path in (("datasource", "api/datasources/uid"), ("folder", "api/folders")):
            if (uid := self._target.settings.get(what)) is not None:
                yield self._there(what, f"{path}/{quote(uid, safe='')}", uid)

    def _there(self, what: str, path: str, uid: str) -> Finding:
        try:
            found = json_of(self._client().get(path), self.title)
        except BosError as error:
            return Finding(what.capitalize(), ok=False, words=f"{uid}: {error.message}", hint=error.hint)
        return Finding(what.capitalize(), ok=True, words=f"{found.get('name') or found.get('title') or uid} is there.")

    def read(self, query: str, *, start: datetime, end: datetime) -> Iterator[pa.RecordBatch]:
        """Return the points of ``query``, or its rows where the setting ``shape`` says so.

        ``query`` is a text of the data source's language, or its query model as a JSON object.

        Raises:
            Invalid: the query or a setting is wrong; Grafana's words are in the hint.
            Unavailable: Grafana or the data source does not answer, or not whole, or with points further apart.
        """
        model, step, rows = self._model(query), self._step(), self._rows()

        def asked(begins: datetime, until: datetime) -> list[dict[str, Any]]:
            # Points are asked for by whole intervals: what a data source makes of a part of one is no point.
            return self._frames(model, begins, until if rows else ceiled(until, step), step)

        first = start if rows else floored(start, step)
        spans = in_spans(asked, first, end, step=step, most=MOST_POINTS, halved=not rows)
        for begins, until, frames in spans:
            after = max(start, begins)
            for columns in map(_columns, frames):
                yield from _rows(columns, after, until) if rows else _points(columns, after, until, step)

    def whole(self, query: str, moment: datetime) -> datetime:
        """Return the end of the last interval that is over; of rows, the moment. Raises Invalid for a wrong setting."""
        del query
        return moment if self._rows() else floored(moment, self._step())

    def _model(self, query: str) -> dict[str, Any]:
        """Return the query as the data source takes it."""
        uid = self._target.settings.get("datasource")
        if not uid:
            raise Invalid(
                "Nothing says which data source is read.", where="datasource", hint="Add its uid to the settings."
            )
        if query.lstrip().startswith("{"):
            try:
                found = json.loads(query)
            except ValueError as error:
                raise Invalid(f"The query is no JSON: {error}.", where="query", code="query") from None
        else:
            field = self._target.settings.get("query_field", "expr")
            found = {field: query, **({"range": True, "instant": False} if field == "expr" else {})}
        return {**found, "refId": _REF, "datasource": {"uid": uid}}

    def _step(self) -> timedelta:
        return timedelta(seconds=_interval(self._target.settings.get("interval_seconds", "60")))

    def _rows(self) -> bool:
        shape = self._target.settings.get("shape", "points")
        if shape not in {"points", "rows"}:
            raise Invalid(f"There is no shape {shape!r}.", where="shape", hint="Write points or rows.")
        return shape == "rows"

    def _frames(
        self, model: Mapping[str, Any], start: datetime, end: datetime, step: timedelta
    ) -> list[dict[str, Any]]:
        """Return the frames of a query; every result in the answer is looked at, whatever its HTTP status."""
        query = {
            **model,
            "intervalMs": step // timedelta(milliseconds=1),
            "maxDataPoints": -(-(end - start) // step) + 2,
        }
        body = {"queries": [query], "from": str(_milliseconds(start)), "to": str(_milliseconds(end))}
        response = self._client().post("api/ds/query", json=body)
        results = _results(response)
        if results is None:
            if response.status_code in _WRONG:
                raise _unreadable(words_of(response))
            json_of(response, self.title)
            raise strange(self.title)
        for result in results.values():
            _refuse(result)
        found = results.get(_REF)
        if not answered(response, self.title) or found is None or not isinstance(found.get("frames", []), list):
            raise strange(self.title)
        return [frame for frame in found.get("frames", []) if isinstance(frame, dict)]

    def shape(self) -> str:
        """Return which export Grafana takes: of v2 where it has that API, else the classic one."""
        return "grafana-v2" if self._wall().door() == "v2" else "grafana"

    def place(self, board: Board, *, known: str, key: str, overwrite: bool) -> Placed:
        """Put a dashboard into the folder. Raises as :meth:`connectors.grafana.wall.Wall.place`."""
        return self._wall().place(board, known=known, key=key, overwrite=overwrite)

    def _wall(self) -> Wall:
        return Wall(self._client(), self._target)

    def _sign(self, client: httpx.Client) -> None:
        client.headers["Authorization"] = f"Bearer {self._target.secret('token')}"


def _results(response: httpx.Response) -> dict[str, dict[str, Any]] | None:
    """Return the result of each query; nothing of an answer that has none."""
    try:
        found = response.json()
    except ValueError:
        return None
    results = found.get("results") if isinstance(found, dict) else None
    whole = isinstance(results, dict) and all(isinstance(one, dict) for one in results.values())
    return results if whole else None


def _refuse(result: Mapping[str, Any]) -> None:
    """Raise what went wrong with a query, also inside an answer that is well by its HTTP status."""
    status = result.get("status", 200)
    if result.get("error") or (isinstance(status, int) and status >= min(_WRONG)):
        words = str(result.get("error", f"status {status}"))
        if isinstance(status, int) and min(_WRONG) <= status < _THEIR_FAULT:
            raise _unreadable(words)
        hint = f"It says: {words}"[:500]
        raise Unavailable("The data source behind Grafana does not answer.", hint=hint, code="system.failed")


def _columns(frame: Mapping[str, Any]) -> list[tuple[dict[str, Any], list[Any]]]:
    """Return the fields of a frame with their values; times are instants, and what is no number is nothing.

    Raises:
        Unavailable: the frame is not whole, or has a warning, so that it may not be all.
    """
    schema, data = frame.get("schema") or {}, frame.get("data") or {}
    for notice in (schema.get("meta") or {}).get("notices") or ():
        if notice.get("severity") in {"warning", "error"}:
            hint = f"It says: {notice.get('text', '')}"[:500]
            raise Unavailable("Grafana answers with a warning, so it may not be all.", hint=hint, code="system.part")
    fields, values = schema.get("fields") or [], data.get("values") or []
    if len(values) != len(fields) or len({len(one) for one in values}) > 1:
        raise strange("Grafana")
    return [
        (field, [_instant(one) for one in column] if field.get("type") == _TIME else column)
        for field, column in zip(fields, values, strict=True)
    ]


def _points(
    columns: list[tuple[dict[str, Any], list[Any]]], start: datetime, end: datetime, step: timedelta
) -> Iterator[pa.RecordBatch]:
    """Yield the series of a frame: wide, one for each number; long, one for each set of texts beside a number."""
    if not columns or not columns[0][1]:
        return
    times = [(field, column) for field, column in columns if field.get("type") == _TIME]
    numbers = [(field, column) for field, column in columns if field.get("type") == _NUMBER]
    if len(times) != 1 or not numbers:
        raise Invalid(
            "The answer has no points: those have one time and a number.",
            where="query",
            hint="Ask for a time series, or set shape to rows.",
            code="query",
        )
    far = (times[0][0].get("config") or {}).get("interval")
    if far and far != step // timedelta(milliseconds=1):
        raise Unavailable(
            f"The data source answers with points {far / 1000:g} s apart, not {step.total_seconds():g}.",
            hint="Set interval_seconds to what it gives.",
            code="system.granularity",
        )
    texts = [(str(field.get("name")), column) for field, column in columns if field.get("type") == "string"]
    for field, column in numbers:
        own = {str(name): str(value) for name, value in (field.get("labels") or {}).items()}
        if len(numbers) > 1:
            own = {"field": str(field.get("name")), **own}
        yield from grouped(
            ({**own, **{name: str(cells[row]) for name, cells in texts if cells[row] is not None}}, at, float(value))
            for row, (at, value) in enumerate(zip(times[0][1], column, strict=True))
            if at is not None and value is not None and start <= at < end
        )


def _rows(columns: list[tuple[dict[str, Any], list[Any]]], start: datetime, end: datetime) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a frame with its own columns; those with a time outside the window are left out."""
    times = next((column for field, column in columns if field.get("type") == _TIME), None)
    if not columns:
        return
    inside = [i for i in range(len(columns[0][1])) if times is None or (times[i] and start <= times[i] < end)]
    names = [str(field.get("name")) for field, _ in columns]
    arrays = [_array(field, [column[i] for i in inside]) for field, column in columns]
    if inside:
        yield pa.RecordBatch.from_arrays(arrays, names=names)


def _array(field: Mapping[str, Any], values: list[Any]) -> pa.Array:
    if field.get("type") in {_TIME, _NUMBER, "boolean"}:
        return pa.array(values)
    told = [value if value is None or isinstance(value, str) else json.dumps(value) for value in values]
    return texts(told)


def _instant(value: Any) -> datetime | None:
    return None if value is None else datetime.fromtimestamp(value / 1000, UTC)


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _unreadable(words: str) -> Invalid:
    return Invalid("Grafana cannot compute this query.", where="query", hint=f"It says: {words}"[:500], code="query")
