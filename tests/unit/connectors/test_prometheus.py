"""The connector to Prometheus: on a double that can fail, and on a real Prometheus and VictoriaMetrics."""

import json
import math
from collections import defaultdict
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from urllib.parse import parse_qs

import pytest

from bos.errors import Invalid, Unavailable
from bos.outgoing.connectors import connector_of

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
HOURS = 30
STEP = 60
Prometheus = connector_of("prometheus")


def samples():
    """Yield a gauge of two hosts, scraped each minute; one of them is away for an hour, and is not a number once."""
    first = BEGIN.timestamp()
    for minute in range(HOURS * 60 + 1):
        at = first + minute * STEP
        yield 'queue_depth{host="a"}', at, minute % 97
        if not 600 <= minute < 660:
            yield 'queue_depth{host="b \\"2\\""}', at, "NaN" if minute == 7 else minute % 89


def known(start, end):
    """Return what the samples say: host → start of the step → value."""
    found = defaultdict(dict)
    for minute in range(HOURS * 60 + 1):
        for host, value, there in (
            ("a", minute % 97, True),
            ('b "2"', minute % 89, not 600 <= minute < 660 and minute != 7),
        ):
            begins = BEGIN + timedelta(minutes=minute - 1)
            if there and start <= begins < end:
                found[host][begins] = float(value)
    return found


def read(target, query, start, end):
    """Return label → start of the step → value, and how many points there were."""
    found, points = defaultdict(dict), 0
    with closing(Prometheus(target)) as system:
        for batch in system.read(query, start=start, end=end):
            for row in batch.to_pylist():
                found[dict(row["labels"]).get("host")][row["time"]] = row["value"]
                points += 1
    return found, points


@pytest.mark.full
def test_every_point_comes_once_labelled_by_the_start_of_its_step_whatever_the_window(server, reach):
    kind, url = server
    start, end = BEGIN + timedelta(hours=1, seconds=7), BEGIN + timedelta(hours=HOURS, seconds=-3)
    # Without last_over_time, five minutes that were not scraped would have the value of before.
    found, points = read(reach(url), f"last_over_time(queue_depth[{STEP - 1}s])", start, end)
    wanted = known(start + timedelta(seconds=53), end)
    assert {host: len(values) for host, values in found.items()} == {host: len(v) for host, v in wanted.items()}
    assert found == wanted
    assert points == sum(map(len, wanted.values()))
    assert kind in {"prometheus", "victoria-metrics"}


@pytest.mark.full
def test_a_window_of_more_points_than_the_server_gives_at_once_is_whole(server, reach):
    _, url = server
    start, end = BEGIN + timedelta(minutes=1), BEGIN + timedelta(hours=HOURS)
    found, points = read(reach(url, settings={"step_seconds": "5"}), 'queue_depth{host="a"}', start, end)
    times = sorted(found["a"])
    assert points == len(times) == int((end - start).total_seconds()) // 5
    assert {(b - a).total_seconds() for a, b in pairwise(times)} == {5.0}
    assert (times[0], times[-1]) == (start, end - timedelta(seconds=5))


@pytest.mark.full
def test_of_a_server_whose_last_step_is_not_over_only_whole_steps_are_read(server, reach):
    _, url = server
    now, step = BEGIN + timedelta(hours=HOURS), 8 * 3600
    one = reach(url, settings={"step_seconds": str(step)})
    query = f'count_over_time(queue_depth{{host="a"}}[{step - 1}s])'
    with closing(Prometheus(one)) as system:
        end = system.whole(query, now)
    found, _ = read(one, query, BEGIN, end)
    assert found["a"] == {BEGIN + n * timedelta(seconds=step): step / STEP for n in range(3)}
    assert end == BEGIN + timedelta(hours=24)
    begun, _ = read(one, query, end, now)
    assert 0 < begun["a"][end] < step / STEP


@pytest.mark.full
def test_two_windows_side_by_side_are_one_window(server, reach):
    _, url = server
    start, middle, end = BEGIN, BEGIN + timedelta(hours=3, minutes=10, seconds=20), BEGIN + timedelta(hours=7)
    whole, count = read(reach(url), "queue_depth", start, end)
    one, first = read(reach(url), "queue_depth", start, middle)
    two, second = read(reach(url), "queue_depth", middle, end)
    assert count == first + second
    assert whole == {host: one[host] | two[host] for host in whole}


@pytest.mark.full
def test_what_the_server_cannot_read_is_told_with_its_words_and_what_is_not_there_is_nothing(server, reach):
    _, url = server
    with pytest.raises(Invalid, match="cannot compute this query") as told:
        read(reach(url), "sum(", BEGIN, BEGIN + timedelta(hours=1))
    assert "It says: " in told.value.hint
    assert read(reach(url), "nothing_of_this_name", BEGIN, BEGIN + timedelta(hours=1)) == ({}, 0)


@pytest.mark.full
def test_the_doctor_finds_a_real_server_well(server, reach):
    _, url = server
    with closing(Prometheus(reach(url))) as system:
        findings = list(system.doctor())
    assert findings[0].ok
    assert findings[0].what == "Answer"


def answer(data, status="success", **more):
    return json.dumps({"status": status, "data": data, **more}).encode()


MATRIX = {"resultType": "matrix", "result": []}
VECTOR = {"resultType": "vector", "result": [{"metric": {}, "value": [1, "1"]}]}


def test_what_is_asked_for_is_aligned_split_and_carries_token_and_tenant(answering, reach):
    start, end = BEGIN + timedelta(seconds=1), BEGIN + timedelta(days=10)
    with answering((200, {}, answer(MATRIX))) as system:
        target = reach(system.url, secrets={"token": "planted"}, settings={"tenant": "payments"})
        assert read(target, "up", start, end) == ({}, 0)
    spans = [{name: value for name, (value,) in parse_qs(one.body).items()} for one in system.asked]
    assert {one.path for one in system.asked} == {"/api/v1/query_range"}
    assert {one.headers["Authorization"] for one in system.asked} == {"Bearer planted"}
    assert {one.headers["X-Scope-OrgID"] for one in system.asked} == {"payments"}
    first = BEGIN.timestamp() + STEP
    assert float(spans[0]["start"]) == first + STEP
    assert float(spans[-1]["end"]) == end.timestamp()
    points = [(float(one["end"]) - float(one["start"])) / STEP + 1 for one in spans]
    assert max(points) <= 10_000
    assert sum(points) == (end.timestamp() - first) / STEP
    assert all(float(b["start"]) == float(a["end"]) + STEP for a, b in pairwise(spans))


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        ((200, {}, b"<html>Sign in</html>"), Unavailable, "not answer as Prometheus does"),
        ((200, {}, b'{"status": "success", "data"'), Unavailable, "not answer as Prometheus does"),
        ((200, {}, answer(VECTOR)), Unavailable, "does not answer with series"),
        ((200, {}, answer(MATRIX, warnings=["partial response"])), Unavailable, "may not be all"),
        ((200, {}, answer(None, "error", error="boom")), Invalid, "cannot compute"),
        ((422, {}, answer(None, "error", error="too many samples")), Invalid, "cannot compute"),
        ((401, {}, b""), Unavailable, "does not let BOS in"),
        ((503, {"Retry-After": "5"}, b""), Unavailable, "is busy"),
        ((302, {"Location": "http://localhost:1/"}, b""), Unavailable, "sends BOS to another address"),
    ],
)  # fmt: skip
def test_nothing_but_a_whole_answer_is_taken_for_one(answering, reach, reply, error, words):
    with answering(reply) as system:
        with pytest.raises(error, match=words) as told:
            read(reach(system.url, secrets={"token": "planted"}), "up", BEGIN, BEGIN + timedelta(hours=1))
        assert "planted" not in str(told.value)
        with closing(Prometheus(reach(system.url))) as one:
            (finding, *_) = one.doctor()
        assert finding.ok is (reply[2] == answer(VECTOR))


def test_what_is_no_number_is_no_point(answering, reach):
    at = BEGIN.timestamp()
    values = [[at + 60, "1.5"], [at + 120, "NaN"], [at + 180, "+Inf"], [at + 240, "-Inf"], [at + 300, "0"]]
    series = {"resultType": "matrix", "result": [{"metric": {"host": "a"}, "values": values}]}
    with answering((200, {}, answer(series))) as system:
        found, points = read(reach(system.url), "x", BEGIN, BEGIN + timedelta(minutes=5))
    assert found == {"a": {BEGIN: 1.5, BEGIN + timedelta(minutes=4): 0.0}}
    assert points == 2
    assert not any(math.isnan(value) for value in found["a"].values())


@pytest.mark.parametrize("step", ["0", "7", "-60", "1e3", "100000", "٣", ""])
def test_a_step_that_does_not_divide_the_day_is_refused(reach, step):
    with pytest.raises(Invalid, match="is no step"):
        read(reach("http://localhost:1", settings={"step_seconds": step}), "up", BEGIN, BEGIN + timedelta(hours=1))


def test_a_system_that_is_away_is_a_finding(reach):
    with closing(Prometheus(reach("http://localhost:1"))) as system:
        (finding,) = system.doctor()
    assert (finding.ok, finding.what) == (False, "Answer")
    assert finding.words == "localhost does not answer."
