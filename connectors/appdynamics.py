"""AppDynamics: points of metrics from a controller (its Analytics: ``connectors.appdynamics_analytics``)."""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from bos.errors import BosError, Invalid, Unavailable
from bos.model.points import floored, series
from bos.ports import Finding, Wanted
from bos.wire import OverHttp, json_of, strange

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    import pyarrow as pa

    from bos.ports import Target

MINUTE = timedelta(minutes=1)
GRANULARITIES = {1: ("ONE_MIN", 1, 1459), 10: ("TEN_MIN", 1460, 2940), 60: ("SIXTY_MIN", 2941, 43_200)}
"""Minutes of a point → how AppDynamics calls it, and the shortest and longest window that it answers so (minutes)."""
FIGURES = ("value", "sum", "count", "min", "max", "current")
_OF_SOMETHING = ("value", "min", "max", "current")
_NO_DATA = "METRIC DATA NOT FOUND"
_QUERY = re.compile(r"(?P<application>[^|]+)\|(?P<path>.+?)(\s+->\s*(?P<figure>\w+))?", re.DOTALL)
_REFUSED, _WRONG = 401, (400, 404, 422)
_EARLY = 0.8
_TOKEN = "controller/api/oauth/access_token"  # noqa: S105 - where one is asked for


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a query picks: an application, a path below it, and which figure of each point."""

    application: str
    path: str
    figure: str


class AppDynamics(OverHttp):
    """A controller: points of metrics, each labelled by the start of its minute, ten minutes or hour."""

    name = "appdynamics"
    title = "AppDynamics"
    purpose = "Pulls the metrics of a controller: response times, errors, calls."
    schemes = ("https", "http")
    example = "https://bank.saas.appdynamics.com"
    settings = (
        Wanted("client", "The API client, with its account.", needed=True, example="bos@bank", label="API client"),
        Wanted(
            "granularity_minutes",
            "Minutes of a point.",
            label="Minutes of a point",
            default="1",
            choices=tuple(map(str, GRANULARITIES)),
        ),
        Wanted("figure", "What of a point is read.", default=FIGURES[0], choices=FIGURES),
    )
    secrets = (Wanted("client_secret", "The secret of the API client.", needed=True),)
    unproven = "Met a double alone, not a live controller; the token, besides, a real OpenID provider."

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self._good_until = 0.0

    def doctor(self) -> Iterator[Finding]:
        """Look whether the controller gives a token, and which applications BOS may see."""
        try:
            found = self._ask("controller/rest/applications", {})
        except BosError as error:
            yield Finding("Answer", ok=False, words=error.message, hint=error.hint)
            return
        yield Finding("Answer", ok=True, words="The controller gives a token and answers.")
        names = sorted(str(one.get("name")) for one in found)
        words = (
            f"It shows {len(names)} applications: {', '.join(names)[:300]}." if names else "It shows no application."
        )
        hint = "" if names else "Give the API client a role that may view the applications."
        yield Finding("Applications", ok=bool(names), words=words, hint=hint)

    def read(self, query: str, *, start: datetime, end: datetime) -> Iterator[pa.RecordBatch]:
        """Return the points of ``APPLICATION|METRIC|PATH``, with ``-> sum`` or another figure where it is not value.

        ``labels`` has ``metric``, the full path. Where there is no data there is no point.

        Raises:
            Invalid: the query, a setting or the application is wrong.
            Unavailable: the controller does not answer, or keeps no points of this granularity so long.
        """
        asked, minutes = self._query(query), self._granularity()
        _, least, most = GRANULARITIES[minutes]
        step = timedelta(minutes=minutes)
        begins = start
        while begins < end:
            # A step more on both sides: whether the controller counts the ends in does not matter then.
            until = min(end, begins + timedelta(minutes=most) - 2 * step)
            last = until + step
            first = min(begins - step, last - timedelta(minutes=least))
            for found in self._metrics(asked, first, last):
                yield _points(found, asked.figure, minutes, begins, until)
            begins = until

    def whole(self, query: str, moment: datetime) -> datetime:
        """Return the end of the last step that is over. Raises Invalid where ``granularity_minutes`` is wrong."""
        del query
        return floored(moment, timedelta(minutes=self._granularity()))

    def _query(self, query: str) -> _Asked:
        found = _QUERY.fullmatch(query.strip())
        figure = found and (found["figure"] or self._target.settings.get("figure", FIGURES[0]))
        if found is None or figure not in FIGURES:
            raise Invalid(
                f"{query!r} is no metric with one of the figures {', '.join(FIGURES)}.",
                where="query",
                hint="Write APPLICATION|Overall Application Performance|Calls per Minute -> sum.",
                code="query",
            )
        return _Asked(found["application"].strip(), found["path"].strip(), str(figure))

    def _granularity(self) -> int:
        text = self._target.settings.get("granularity_minutes", "1")
        if text not in {str(minutes) for minutes in GRANULARITIES}:
            raise Invalid(
                f"AppDynamics has no points of {text!r} minutes.",
                where="granularity_minutes",
                hint="Write 1, 10 or 60.",
            )
        return int(text)

    def _metrics(self, asked: _Asked, first: datetime, last: datetime) -> list[dict[str, Any]]:
        """Return what the controller has of a path; what it says it has not is left out."""
        found = self._ask(
            f"controller/rest/applications/{quote(asked.application, safe='')}/metric-data",
            {
                "metric-path": asked.path,
                "time-range-type": "BETWEEN_TIMES",
                "start-time": str(_milliseconds(first)),
                "end-time": str(_milliseconds(last)),
                "rollup": "false",
            },
        )
        for one in found:
            if not isinstance(one.get("metricValues"), list) or not isinstance(one.get("metricName"), str):
                raise strange("AppDynamics")
            if one["metricName"] == _NO_DATA and one["metricValues"]:
                raise strange("AppDynamics")
        return [one for one in found if one["metricName"] != _NO_DATA]

    def _ask(self, path: str, query: dict[str, str]) -> list[dict[str, Any]]:
        """Return a list the controller answers with; a token it no longer takes is renewed once."""
        client = self._signed_in()
        response = client.get(path, params={**query, "output": "JSON"})
        if response.status_code == _REFUSED:
            self._good_until = 0.0
            response = self._signed_in().get(path, params={**query, "output": "JSON"})
        if response.status_code in _WRONG:
            raise Invalid(
                f"AppDynamics knows no such application or metric (HTTP {response.status_code}).",
                where="query",
                hint="Check how the application is spelled, and that the API client may view it.",
                code="query",
            )
        found = json_of(response, self.title)
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise strange(self.title)
        return found

    def _signed_in(self) -> httpx.Client:
        """Return a client with a token that is good for a while yet."""
        client = self._client()
        if time.monotonic() >= self._good_until:
            asked = time.monotonic()
            form = {
                "grant_type": "client_credentials",
                "client_id": self._target.settings.get("client", ""),
                "client_secret": self._target.secret("client_secret") or "",
            }
            client.headers.pop("Authorization", None)
            response = client.post(_TOKEN, data=form)
            if response.status_code in _WRONG:
                raise Unavailable(
                    f"AppDynamics gives no token (HTTP {response.status_code}).",
                    hint="Check the setting client, NAME@ACCOUNT, and the secret client_secret.",
                    code="system.refused",
                )
            found = json_of(response, self.title)
            if not isinstance(found, dict) or not isinstance(found.get("access_token"), str):
                raise strange(self.title)
            lasts = found.get("expires_in")
            self._good_until = asked + _EARLY * lasts if isinstance(lasts, int | float) else math.inf
            client.headers["Authorization"] = f"Bearer {found['access_token']}"
        return client


def _points(found: dict[str, Any], figure: str, minutes: int, begins: datetime, until: datetime) -> pa.RecordBatch:
    """Return the points of a metric inside a window; a mean of nothing is no point."""
    if (told := found.get("frequency")) != GRANULARITIES[minutes][0] and found["metricValues"]:
        raise _coarser(str(told), minutes)
    points = []
    for one in found["metricValues"]:
        try:
            at, value, count = one["startTimeInMillis"], float(one[figure]), int(one["count"])
        except (KeyError, TypeError, ValueError):
            raise strange("AppDynamics") from None
        moment = datetime.fromtimestamp(at / 1000, UTC)
        if begins <= moment < until and (count or figure not in _OF_SOMETHING):
            points.append((moment, value))
    points.sort()
    step = timedelta(minutes=minutes)
    if any(later - earlier < step for (earlier, _), (later, _) in pairwise(points)):
        raise _coarser("less than a step", minutes)
    return series(points, {"metric": str(found.get("metricPath", ""))})


def _coarser(told: str, minutes: int) -> Unavailable:
    return Unavailable(
        f"AppDynamics answers with points of another granularity ({told}), not of {minutes} minutes.",
        hint="It keeps fine points for hours only: pull more often, or set granularity_minutes to 10 or 60.",
        code="system.granularity",
    )


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
