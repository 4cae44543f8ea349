"""Ways between steps against a loop over cases: loops, ways back, a step to itself, events at one instant, filters."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from bos.kpi.binding import BoundSignal
from bos.kpi.journeys import Cohort, Departure, Way, journeys

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
STEPS = ("a", "b", "c", "d")
WAYS = {"a": ("b", "c"), "b": ("c", "a"), "c": ("c", "d", "a"), "d": ()}
SIGNALS = {name: BoundSignal(name, name) for name in STEPS}
DEPARTURES = [
    Departure(step, SIGNALS[step], tuple(Way(f"{step}.{to}", to, SIGNALS[to]) for to in ways), final=step == "b")
    for step, ways in WAYS.items()
]


def log(seed):
    """Return events of forty cases: many at one instant, many steps several times, some of them by another channel.

    Of every other log what happened on the tenth day was imported on the third, so it lies in the future.
    """
    random_ = random.Random(seed)
    return [
        {
            "case_id": f"case {case}",
            "step": random_.choice(STEPS),
            "event_time": BEGIN + timedelta(hours=random_.randint(0, 6), days=random_.choice((0, 0, 0, 9))),
            "resource": random_.choice(("web", "branch")),
            "ingested_at": BEGIN + timedelta(days=9 - 7 * (seed % 2)),
        }
        for case in range(40)
        for _ in range(random_.randint(1, 7))
    ]


def by_hand(events, departure, cohort):
    """Return reached, ended, dropped, in flight, and of each way: taken, converted and seconds."""
    ahead = timedelta(days=1)
    newest = max(one["event_time"] for one in events if one["event_time"] - one["ingested_at"] <= ahead)
    took, lasted = {way.target: 0 for way in departure.ways}, {way.target: [] for way in departure.ways}
    went, stayed, reached, passed = [], [], 0, 0
    for case in sorted({event["case_id"] for event in events}):
        mine = [event | {"n": n} for n, event in enumerate(events) if event["case_id"] == case]
        own = sorted((e for e in mine if e["step"] == departure.step), key=lambda e: (e["event_time"], e["n"]))
        if not own or (cohort.filters and own[0]["resource"] not in cohort.filters[0][1]):
            continue
        started = own[0]["event_time"]
        if (cohort.start and started < cohort.start) or (cohort.end and started >= cohort.end):
            continue
        reached += 1
        ends, before = [], False
        for place, way in enumerate(departure.ways):
            times = sorted(e["event_time"] for e in mine if e["step"] == way.target)
            loop = way.target == departure.step
            before |= len(times) > loop
            later = [at for at in times if (at > started if loop else at >= started)]
            if later:
                lasted[way.target].append((later[0] - started).total_seconds())
                ends.append((later[0], place, way.target))
        if ends:
            took[min(ends)[2]] += 1
            went.append((min(ends)[0] - started).total_seconds())
        elif before:
            passed += 1
        else:
            stayed.append(started)
    patience = np.quantile(went, 0.99) if went else None
    dropped = sum((newest - at).total_seconds() > patience for at in stayed) if went else 0
    if departure.final or not departure.ways:
        return reached, reached - sum(took.values()), 0, 0, took, lasted
    return reached, passed, dropped, len(stayed) - dropped, took, lasted


@pytest.mark.parametrize(
    "cohort",
    [
        Cohort(),
        Cohort(start=BEGIN + timedelta(hours=2), end=BEGIN + timedelta(hours=5)),
        Cohort(filters=(("resource", ("branch",)),)),
    ],
    ids=["whole", "window", "filtered"],
)
def test_what_came_of_each_step_is_what_a_loop_over_cases_finds(snapshot, cohort):
    dropped = looped = 0
    for seed in range(8):
        events = log(seed)
        found = journeys(snapshot(events), DEPARTURES, cohort, memory_limit="512MB").stages
        assert [stage.step for stage in found] == list(STEPS)
        for stage, departure in zip(found, DEPARTURES, strict=True):
            reached, ended, lost, flight, took, lasted = by_hand(events, departure, cohort)
            assert (stage.reached, stage.ended, stage.dropped, stage.in_flight) == (reached, ended, lost, flight)
            assert {one.target: one.took for one in stage.passages} == took
            for one in stage.passages:
                seconds = lasted[one.target]
                assert one.converted == len(seconds)
                if seconds:
                    assert (one.p50, one.p95) == pytest.approx(tuple(np.quantile(seconds, [0.5, 0.95])))
                looped += one.target == stage.step and one.took
            dropped += stage.dropped
    assert dropped
    assert looped


def test_two_steps_that_one_event_tells_are_reached_at_once(snapshot):
    events = log(2)
    both = Departure("a", SIGNALS["a"], (Way("a.z", "z", SIGNALS["a"]),))
    (stage,) = journeys(snapshot(events), [both], Cohort(), memory_limit="512MB").stages
    (way,) = stage.passages
    assert (way.took, way.converted, way.p50) == (stage.reached, stage.reached, 0)


def test_steps_without_ways_are_only_counted(snapshot):
    events = log(1)
    alone = Departure("d", SIGNALS["d"])
    found = journeys(snapshot(events), [alone], Cohort(), memory_limit="512MB")
    assert [(one.reached, one.ended) for one in found.stages] == [(by_hand(events, alone, Cohort())[0],) * 2]
    assert journeys(snapshot(events), [], Cohort(), memory_limit="512MB").stages == ()
