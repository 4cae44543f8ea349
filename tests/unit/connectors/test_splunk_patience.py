"""How long BOS waits for Splunk: a search may be silent for a while, and no answer holds a pull without end."""

import io
import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from bos.errors import Invalid, Unavailable
from bos.outgoing.connectors import connector_of
from connectors.splunk import lines, source, way
from tests.doubles.splunk import TOKEN, Double, serving

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
ROW = b'{"result": {"n": "1"}}\n'
LAST = b'{"lastrow": true, "result": {"n": "2"}}\n'
PREVIEW = b'{"preview": true, "result": {"n": "0"}}\n'


class Slow:
    """An answer of which a piece comes every two seconds of a clock that nobody waits for."""

    def __init__(self, monkeypatch, pieces):
        self.now, self.length = 0.0, 0
        self.pieces = iter(pieces)
        self.timed = SimpleNamespace(bound=lambda _: None)
        for module in (lines, way):
            monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: self.now, sleep=None))

    def read1(self, _size):
        self.now += 2
        return next(self.pieces, b"")

    def close(self):
        pass


def found(body, patience=60):
    return [row["n"] for row, _ in lines.rows_of(body, print, patience) if row is not lines.NOTHING]


@pytest.mark.parametrize("life", [ROW, PREVIEW, b'{"messages": [{"type": "DEBUG", "text": "a"}]}\n'])
def test_whole_lines_are_signs_of_life_and_blanks_and_parts_of_a_line_are_waited_for(monkeypatch, life):
    quiet = [b" "] * 4 + [b"\n"] * 4
    pieces = quiet + [life] + quiet + [bytes([one]) for one in LAST[:20]] + [LAST[20:]]
    assert found(Slow(monkeypatch, pieces)) == ["1"] * (life == ROW) + ["2"]
    assert found(Slow(monkeypatch, [life] * 100 + [LAST])) == ["1"] * 100 * (life == ROW) + ["2"]


@pytest.mark.parametrize("drop", [b" ", b"\n", b"x"])
def test_a_stream_that_gives_no_whole_line_in_time_is_an_error(monkeypatch, drop):
    body = Slow(monkeypatch, [ROW] + [drop] * 10_000)
    with pytest.raises(Unavailable) as told:
        found(body)
    assert told.value.code == "system.slow"
    assert "quiet_seconds" in told.value.hint
    assert 60 < body.now <= 66


def test_any_other_answer_has_to_end_in_time_and_whole(monkeypatch):
    body = Slow(monkeypatch, [b"x"] * 10_000)
    with pytest.raises(Unavailable) as told:
        way._Body(body, body, 60).read()
    assert (told.value.code, body.now) == ("system.slow", 62)
    body = Slow(monkeypatch, [b"ab", b"c"])
    assert way._Body(body, body, 60).read() == b"abc"
    body = Slow(monkeypatch, [b"ab", b"c"])
    body.length = 2
    with pytest.raises(Unavailable) as told, way.said():
        way._Body(body, body, 60).read()
    assert told.value.code == "system.silent"


def test_while_nothing_comes_batches_without_rows_say_so_and_rows_are_as_they_would_be(monkeypatch):
    body = Slow(monkeypatch, [b"\n"] * 3 + [ROW] * 3 + [LAST])
    batches = list(lines.batches_of(lines.rows_of(body, print, 60)))
    assert [batch.num_rows for batch in batches[:3]] == [0, 0, 0]
    assert [row["n"] for batch in batches for row in batch.to_pylist()] == ["1", "1", "1", "2"]
    body = io.BytesIO(ROW + LAST)
    assert [batch.num_rows for batch in lines.batches_of(lines.rows_of(body, print, 60))] == [2]


def test_a_splunk_that_drips_is_given_up_and_one_that_searches_for_a_while_is_read(reach):
    double = Double(events=[{"_time": BEGIN.timestamp() + i, "index": "main"} for i in range(5)])
    double.faults["export"] = [{"blanks": 200}, {"blanks": 10}]
    with serving(double) as url:
        target = reach(url, secrets={"token": TOKEN}, settings={"quiet_seconds": "1"})
        with closing(connector_of("splunk")(target)) as system, pytest.raises(Unavailable) as told:
            list(system.read("index=main", start=BEGIN, end=BEGIN + HOUR))
        assert told.value.code == "system.slow"
        with closing(connector_of("splunk")(target)) as system:
            assert sum(batch.num_rows for batch in system.read("index=main", start=BEGIN, end=BEGIN + HOUR)) == 5


@pytest.mark.parametrize("text", ["0", "", "-5", "ten", "999999"])
def test_seconds_that_are_none_are_told(text):
    with pytest.raises(Invalid) as told:
        way.patience_of({"quiet_seconds": text})
    assert told.value.where == "quiet_seconds"
    assert (way.patience_of({}), way.patience_of({"quiet_seconds": "90"})) == (600, 90)


def test_a_job_that_is_never_done_is_given_up(reach, monkeypatch):
    double = Double(events=[])
    with serving(double) as url:
        target = reach(url, secrets={"token": TOKEN}, settings={"way": "job", "quiet_seconds": "60"})
        with closing(connector_of("splunk")(target)) as system:
            clock = Slow(monkeypatch, [])
            own = SimpleNamespace(monotonic=lambda: clock.now, sleep=lambda _: clock.read1(0))
            monkeypatch.setattr(source, "time", own)  # its name alone: other threads live by the clock
            answer = json.loads('{"entry": [{"content": {"isDone": false, "version": "9.4.0"}}], "sid": "1"}')
            monkeypatch.setattr(system._way, "json", lambda *_, **__: answer)
            with pytest.raises(Unavailable) as told:
                list(system.read("index=main", start=BEGIN, end=BEGIN + HOUR))
    assert (told.value.code, clock.now) == ("system.slow", 62)
