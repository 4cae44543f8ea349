"""Points that cover a step: each is read once, when it is over, whatever the moments of the pulls."""

import json
import random
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import parse_qs

import pytest

from bos.actions.pull_windows import Pull
from bos.outgoing.connectors import connector_of
from bos.outgoing.speaking import whole

BEGIN = datetime(2026, 3, 2, 0, 7, 13, tzinfo=UTC)
ADQL = "SELECT series(eventTimestamp, '5m'), count(*) FROM transactions"


class Live:
    """A system where something happens each second: what it counts of a step that is not over grows with ``now``.

    ``reads`` are the beginnings of steps it was asked for.
    """

    step: int
    now = BEGIN

    def counted(self, begins, since=0.0, until=float("inf")):
        """Return how many seconds of a step there were, inside of a window of those who look at raw rows."""
        first, last = max(begins, since), min(begins + self.step, until, self.now.timestamp())
        return max(0, round(last - first))

    def steps(self, since, until):
        first = int(since // self.step) * self.step
        return [at for at in range(first, int(until) + 1, self.step) if self.counted(at, since, until)]


class Prometheus(Live):
    kind, settings, secrets, query = "prometheus", {"step_seconds": "300"}, {}, "count_over_time(up[5m])"
    step = 300

    def answer(self, asked):
        form = {name: value for name, (value,) in parse_qs(asked.body.decode()).items()}
        first, last, step = (int(form[name]) for name in ("start", "end", "step"))
        values = [[at, str(self.counted(at - step))] for at in range(first, last + 1, step)]
        found = {"resultType": "matrix", "result": [{"metric": {}, "values": values}]}
        return 200, {}, {"status": "success", "data": found}


class AppDynamics(Live):
    kind, settings = "appdynamics", {"client": "bos@bank", "granularity_minutes": "60"}
    secrets, query, step = {"client_secret": "planted"}, "Payments|Calls -> sum", 3600

    def answer(self, asked):
        if asked.path.endswith("access_token"):
            return 200, {}, {"access_token": "short", "expires_in": 300}
        first, last = int(asked.query["start-time"]) / 1000, int(asked.query["end-time"]) / 1000
        values = [
            {"startTimeInMillis": at * 1000, "sum": self.counted(at), "count": 1}
            for at in self.steps(first, last)
            if first <= at
        ]
        found = {"metricName": "Calls", "metricPath": "Calls", "frequency": "SIXTY_MIN", "metricValues": values}
        return 200, {}, [found]


class Grafana(Live):
    """A data source that counts raw rows by intervals, those inside the window it is asked for."""

    kind, settings = "grafana", {"datasource": "sql", "interval_seconds": "420", "query_field": "rawSql"}
    secrets, query, step = {"token": "planted"}, "SELECT count(*)", 420

    def answer(self, asked):
        body = json.loads(asked.body)
        since, until = int(body["from"]) / 1000, int(body["to"]) / 1000
        times = self.steps(since, until)
        told = [{"name": "time", "type": "time"}, {"name": "n", "type": "number"}]
        values = [[at * 1000 for at in times], [self.counted(at, since, until) for at in times]]
        frame = {"schema": {"fields": told}, "data": {"values": values}}
        return 200, {}, {"results": {"A": {"status": 200, "frames": [frame]}}}


class Analytics(Live):
    kind, settings, secrets, query = "appdynamics-analytics", {"account": "bank"}, {"key": "planted"}, ADQL
    step = 300

    def answer(self, asked):
        since, until = int(asked.query["start"]) / 1000, int(asked.query["end"]) / 1000
        rows = [[at * 1000, self.counted(at, since, until)] for at in self.steps(since, until)]
        fields = [{"label": "at", "type": "date"}, {"label": "count(*)", "type": "integer"}]
        return 200, {}, [{"fields": fields, "results": rows, "total": len(rows)}]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("live", [Prometheus, AppDynamics, Grafana, Analytics])
def test_each_step_is_read_once_and_none_before_it_is_over(doubled, reach, live, seed):
    chance, first, upto, found = random.Random(seed), None, None, []
    delay = timedelta(seconds=chance.choice((0, 1, 120)))
    with doubled(live()) as system:
        target = reach(system.url, settings=system.settings, secrets=system.secrets)
        for _ in range(30):
            system.now += timedelta(seconds=chance.choice((1, 7, 299, 300, 3601, chance.randrange(1, 40_000))))
            end = system.now - delay
            with closing(connector_of(system.kind)(target)) as one:
                start = upto or end - timedelta(days=1)
                pull = Pull("s", {}, system.query, start, end, meaning=None, first=upto is None)
                pull = pull.over(partial(whole, one, system.query))
                first = first or pull.start
                upto = pull.end
                for begins, until in pull.slices():
                    for batch in one.read(system.query, start=begins, end=until):
                        found += [(row["time"].timestamp(), row["value"]) for row in batch.to_pylist()]
    step = system.step
    wanted = range(-(-int(first.timestamp()) // step) * step, int(upto.timestamp()), step)
    assert Counter(at for at, _ in found) == Counter(wanted)
    assert {value for _, value in found} == {step}
    assert timedelta(0) <= system.now - delay - upto < timedelta(seconds=step)


@pytest.mark.parametrize(
    ("kind", "settings", "query", "wanted"),
    [
        ("prometheus", {"step_seconds": "3600"}, "up", "06:00:00"),
        ("prometheus", {}, "up", "06:50:00"),
        ("appdynamics", {"granularity_minutes": "10"}, "A|B", "06:50:00"),
        ("grafana", {"interval_seconds": "300"}, "up", "06:50:00"),
        ("grafana", {"interval_seconds": "300", "shape": "rows"}, "up", "06:50:05"),
        ("appdynamics-analytics", {}, 'select  series(eventTimestamp,  "2 h" ), count(*) FROM x', "06:00:00"),
        ("appdynamics-analytics", {}, "SELECT series(eventTimestamp, '1w'), count(*) FROM x", "06:50:05"),
        ("appdynamics-analytics", {}, "SELECT * FROM x", "06:50:05"),
        ("splunk", {}, "index=payments", "06:50:05"),
    ],
)  # fmt: skip
def test_up_to_when_a_system_is_read(reach, kind, settings, query, wanted):
    moment = datetime(2026, 3, 2, 6, 50, 5, tzinfo=UTC)
    with closing(connector_of(kind)(reach("http://localhost:1", settings=settings))) as system:
        assert f"{whole(system, query, moment):%H:%M:%S}" == wanted


def test_no_system_is_read_beyond_the_moment_that_it_is_asked_at():
    class Ahead:
        def whole(self, _, moment):
            return moment + timedelta(hours=1)

    assert whole(Ahead(), "up", BEGIN) == BEGIN
