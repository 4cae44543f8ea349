"""Steps that are not over: no pull stores one, the next pull stores it whole, and no try shows a part of it."""

from datetime import UTC, datetime, timedelta

import pytest

from bos.actions import connection_tests, documents, fitting, trying, unit
from bos.errors import Invalid
from bos.model.tried import summary
from tests.unit.actions.jobs.test_pulling import known, pull, pulled, stored, upto  # noqa: F401 - a fixture
from tests.unit.actions.jobs.watched import SAM

MINUTE = timedelta(minutes=1)
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture
def at(pulled, monkeypatch):  # noqa: F811
    """Return a function that makes it a moment for pulls and tries; the double counts what there was until then."""

    def go(moment, step=300, delay=0):
        class Clock(datetime):
            @classmethod
            def now(cls, tz=None):
                return moment.astimezone(tz)

        for module in (unit, trying, connection_tests):
            monkeypatch.setattr(module, "datetime", Clock)

        def answer(body):
            status, content = type(pulled.double).answer(pulled.double, body)
            for one in content["data"]["result"] if status == 200 else ():
                one["values"] = [[t, str(min(step, max(0, moment.timestamp() - t + step)))] for t, _ in one["values"]]
            return status, content

        monkeypatch.setattr(pulled.double, "answer", answer, raising=False)
        live = documents.show(pulled.ctx, SAM, "connection", pulled.connection)
        content = live.document | {"settings": {"step_seconds": str(step)}, "delay_seconds": delay}
        if content != live.document:
            documents.put(
                pulled.ctx, SAM, "connection", pulled.connection, content, rationale="Why.", base_version=live.version
            )

    return go


def test_a_pull_within_a_step_leaves_it_and_the_next_one_stores_it_whole(pulled, at):  # noqa: F811
    at(NOON + timedelta(minutes=50, seconds=5))
    done = pull(pulled)
    assert done.state == "done", done.error
    found, rows = stored(pulled)
    assert rows == len(found) == 2 * 24 * 12
    assert set(found.values()) == {300.0}
    assert upto(pulled).upto == NOON + 50 * MINUTE
    at(NOON + timedelta(minutes=53))
    (told,) = pull(pulled).result["signals"]
    assert (told["read"], told["rejected"]) == (0, 0)
    assert upto(pulled).upto == NOON + 50 * MINUTE
    at(NOON + timedelta(minutes=55))
    (told,) = pull(pulled).result["signals"]
    assert (told["read"], told["added"], told["rejected"]) == (2, 2, 0)
    found, _ = stored(pulled)
    assert found["a", (NOON + 50 * MINUTE).timestamp()] == 300.0
    (told,) = pull(pulled, since=NOON).result["signals"]
    assert (told["read"], told["added"], told["rejected"]) == (22, 0, 0)


def test_the_first_pull_of_points_of_a_day_has_the_last_day(pulled, at):  # noqa: F811
    at(NOON, step=86_400)
    assert pull(pulled).state == "done"
    midnight = NOON.replace(hour=0)
    assert stored(pulled)[0] == {(host, midnight.timestamp() - 86_400): 86_400.0 for host in ("a", 'b "2"')}
    assert upto(pulled).upto == midnight


def test_a_try_shows_whole_steps_alone(pulled, at):  # noqa: F811
    now = NOON + 50 * MINUTE
    at(now, step=3600, delay=120)
    found = trying.try_signal(pulled.ctx, SAM, pulled.flow, pulled.signal)
    assert (found.start, found.end) == (NOON - 60 * MINUTE, NOON)
    assert [row.mapped["value"] for row in found.rows] == ["3600.0"] * 2
    named = trying.try_signal(pulled.ctx, SAM, pulled.flow, pulled.signal, start=NOON - 70 * MINUTE, end=now + MINUTE)
    assert (named.start, named.end) == (NOON - 70 * MINUTE, NOON)
    assert [row.mapped["value"] for row in named.rows] == ["3600.0"] * 2
    asked = len(pulled.double.asked)
    none = trying.try_signal(pulled.ctx, SAM, pulled.flow, pulled.signal, start=NOON + MINUTE)
    assert (none.start, none.end, none.read, none.spanless) == (NOON + MINUTE, NOON + MINUTE, 0, True)
    assert len(pulled.double.asked) == asked
    assert summary(none).startswith("No whole span that the query counts by, such as a day, lies in the time")
    around = {"start": NOON - 70 * MINUTE, "end": NOON - 20 * MINUTE}  # 11:00 lies in it, and no whole hour
    none = trying.try_signal(pulled.ctx, SAM, pulled.flow, pulled.signal, **around)
    assert (none.end, none.read, none.spanless) == (NOON - 60 * MINUTE, 0, True)
    pulled.double.known_until = 0
    none = trying.try_signal(pulled.ctx, SAM, pulled.flow, pulled.signal, start=NOON - 60 * MINUTE, end=NOON)
    assert (none.read, none.spanless) == (0, False)
    assert "has no row by this query" in summary(none)
    pulled.double.known_until = None
    tested = connection_tests.test(pulled.ctx, SAM, pulled.connection)
    assert (tested.rows, tested.start, tested.end) == (2, NOON - 60 * MINUTE, NOON)


def test_a_step_that_cannot_be_is_told_of_its_signal_and_the_pull_begins_where_it_would_have(pulled, at, monkeypatch):  # noqa: F811
    with monkeypatch.context() as patch:  # saved by a BOS that let it in
        patch.setattr(fitting, "refuse_worse", lambda *_: None)
        at(NOON, step=7)
    failed = pull(pulled)
    assert (failed.state, pulled.double.asked) == ("failed", [])
    assert failed.error["detail"].startswith(f"{pulled.signal} of {pulled.flow}: '7' is no step")
    assert upto(pulled).upto == NOON - timedelta(days=1)
    with pytest.raises(Invalid, match="is no step"):
        trying.try_signal(pulled.ctx, SAM, pulled.flow, pulled.signal)
    at(NOON + timedelta(seconds=59), step=60)
    assert pull(pulled).state == "done"
    assert set(stored(pulled)[0]) == set(known(NOON - timedelta(days=1), NOON))


def test_steps_that_become_longer_begin_with_the_one_the_last_pull_ended_in_and_what_is_there_otherwise_is_told(
    pulled,  # noqa: F811
    at,
):
    at(NOON + 50 * MINUTE)
    assert pull(pulled).state == "done"
    before, _ = stored(pulled)
    at(NOON + 70 * MINUTE, step=1800)
    (told,) = pull(pulled).result["signals"]
    # The half hour from 12:30 on has the time of 5 minutes that are there already.
    assert (told["read"], told["added"], told["rejected"]) == (2, 0, 2)
    assert list(told["reasons"]) == ["the id is there already, with other content"]
    assert stored(pulled)[0] == before
    at(NOON + 100 * MINUTE, step=1800)
    (told,) = pull(pulled).result["signals"]
    assert (told["read"], told["added"], told["rejected"]) == (2, 2, 0)
