"""Prometheus, and what answers as it does (VictoriaMetrics, Thanos, Mimir): points of metrics by range queries."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bos.errors import BosError, Invalid, Unavailable
from bos.model.points import ceiled, floored, series
from bos.ports import Finding, Wanted
from bos.wire import OverHttp, answered, in_spans, strange

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    import pyarrow as pa


MOST_POINTS = 10_000
"""Points asked for at once of each series; Prometheus refuses more than 11,000 (measured on 2.42)."""
_STEP, _LONGEST_STEP = 60, 86_400
_WRONG = (400, 422)


def _step_of(text: str) -> int:
    step = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(_LONGEST_STEP)) else 0
    if not 0 < step <= _LONGEST_STEP or _LONGEST_STEP % step:
        raise Invalid(f"{text!r} is no step: a day has a whole number of them.", where="step_seconds", hint="Write 60.")
    return step


class Prometheus(OverHttp):
    """A Prometheus server.

    A point is labelled by the **start** of the step it tells of: what the server says of a moment covers the step
    before it, as ``rate(x[1m])`` does.
    """

    name = "prometheus"
    title = "Prometheus"
    purpose = "Pulls points of Prometheus, VictoriaMetrics and others that answer PromQL."
    schemes = ("https", "http")
    example = "https://prometheus.bank.example"
    settings = (
        Wanted(
            "step_seconds",
            "Seconds between two points; a day has a whole number of them.",
            label="Step in seconds",
            example="60",
            default=str(_STEP),
            kind="number",
            reads=_step_of,
        ),
        Wanted("tenant", "Sent as X-Scope-OrgID, to a server of many tenants.", example="payments"),
    )
    secrets = (Wanted("token", "A bearer token, where the server or the proxy before it asks for one."),)
    unproven = ""

    def doctor(self) -> Iterator[Finding]:
        """Look whether the server answers, lets BOS in, and has anything to read."""
        try:
            one = self._ask("query", {"query": "vector(1)"})
        except BosError as error:
            yield Finding("Answer", ok=False, words=error.message, hint=error.hint)
            return
        if one.get("resultType") != "vector" or len(one.get("result", ())) != 1:
            yield Finding("Answer", ok=False, words="It does not answer as Prometheus does.", hint="Check the address.")
            return
        yield Finding("Answer", ok=True, words="The server answers queries.")
        now = datetime.now(UTC)
        count = self._ask("query", {"query": 'count({__name__!=""})', "time": str(now.timestamp())})
        if count.get("result"):
            words = f"It has {int(float(count['result'][0]['value'][1])):,} series now."
            yield Finding("Metrics", ok=True, words=words)
        else:
            hint = "Check the tenant, or ask those who run it."
            yield Finding("Metrics", ok=False, words="It has no series now.", hint=hint)

    def read(self, query: str, *, start: datetime, end: datetime) -> Iterator[pa.RecordBatch]:
        """Return the points of a PromQL query whose step begins in ``[start, end)``: ``time``, ``value``, ``labels``.

        Moments between two steps are left to the step they are in. What is not a number or not finite is no point, nor
        is what the server says of steps that it was not asked for, such as one that is not over.

        Raises:
            Invalid: the server cannot read or compute the query; the hint has its words.
            Unavailable: it does not answer, or answers only in part.
        """
        step = timedelta(seconds=self._step())
        begin, over = ceiled(start, step), ceiled(end, step)

        def asked(first: datetime, until: datetime) -> list[dict[str, Any]]:
            # A step that begins at t is told of at t + step.
            span = {"start": _seconds(first + step), "end": _seconds(until), "step": _seconds(step)}
            answer = self._ask("query_range", {"query": query, **span})
            if answer.get("resultType") != "matrix":
                raise Unavailable("Prometheus does not answer with series.", hint="Check the address.")
            return list(answer["result"])

        for *_, found in in_spans(asked, begin, over, step=step, most=MOST_POINTS):
            yield from (_batch(one, step, begin, over) for one in found)

    def whole(self, query: str, moment: datetime) -> datetime:
        """Return the end of the last step that is over. Raises Invalid where the setting ``step_seconds`` is wrong."""
        del query
        return floored(moment, timedelta(seconds=self._step()))

    def _step(self) -> int:
        return _step_of(self._target.settings.get("step_seconds", str(_STEP)))

    def _sign(self, client: httpx.Client) -> None:
        if tenant := self._target.settings.get("tenant"):
            client.headers["X-Scope-OrgID"] = tenant
        if (token := self._target.secret("token", needed=False)) is not None:
            client.headers["Authorization"] = f"Bearer {token}"

    def _ask(self, what: str, query: dict[str, str]) -> dict[str, Any]:
        """Return the data of an answer."""
        response = self._client().post(f"api/v1/{what}", data=query)
        if response.status_code not in _WRONG:
            answered(response, self.title)
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if not isinstance(answer, dict) or answer.get("status") not in {"success", "error"}:
            raise strange(self.title)
        if answer["status"] == "error":
            raise Invalid(
                "Prometheus cannot compute this query.", hint=f"It says: {answer.get('error', '')}"[:500], code="query"
            )
        if answer.get("warnings"):
            told = "; ".join(map(str, answer["warnings"]))
            raise Unavailable("Prometheus answers with a warning, so it may not be all.", hint=f"It says: {told}"[:500])
        return answer["data"] if isinstance(answer.get("data"), dict) else {}


def _seconds(of: datetime | timedelta) -> str:
    return str(round(of.timestamp() if isinstance(of, datetime) else of.total_seconds()))


def _batch(one: dict[str, Any], step: timedelta, start: datetime, end: datetime) -> pa.RecordBatch:
    """Return the points of a series whose step begins in ``[start, end)``."""
    found = [(float(moment), float(value)) for moment, value in one["values"]]
    points = [(datetime.fromtimestamp(moment, UTC) - step, value) for moment, value in found if math.isfinite(value)]
    return series([(at, value) for at, value in points if start <= at < end], one["metric"])
