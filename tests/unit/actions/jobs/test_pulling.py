"""Pulling points over a connection: from where it was left, once, and on after whatever breaks in between."""

import json
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs

import duckdb
import pytest

from bos.actions import connection_health, documents, jobs, pulled_signals, pulling, work
from bos.actions.rights import UNTOLD
from bos.auth.actor import Actor
from bos.errors import Conflict, Forbidden, Invalid, UsageError
from bos.outgoing import patience
from bos.store.engine import transaction
from connectors.prometheus import Prometheus
from tests.unit.actions.jobs.watched import SAM, switch_off

STEP = 60
WRONG, LONG = "wrong query", "long answer"
HOSTS = ("a", 'b "2"')


def value(host, at):
    """Return what the double says of a moment."""
    return (int(at) // STEP) % 101 + HOSTS.index(host)


class Double:
    """A Prometheus whose every answer is known; ``breaks`` are statuses it answers with instead, in turn."""

    def __init__(self):
        self.asked, self.breaks, self.known_until, self.headers = [], [], None, {}

    def answer(self, body):
        asked = SimpleNamespace(**{name: value for name, (value,) in parse_qs(body).items()})
        self.asked.append(asked)
        if asked.query == WRONG:
            return 400, {"status": "error", "errorType": "bad_data", "error": "parse error"}
        if asked.query == LONG:
            return 200, {"status": "success", "data": {}, "infos": ["x" * 200_000]}
        if self.breaks and (status := self.breaks.pop(0)):
            return status, {}
        first, last, step = float(asked.start), float(asked.end), float(asked.step)
        moments = [first + i * step for i in range(int((last - first) // step) + 1)]
        moments = [at for at in moments if self.known_until is None or at <= self.known_until]
        series = [{"metric": {"host": h}, "values": [[at, str(value(h, at))] for at in moments]} for h in HOSTS]
        return 200, {"status": "success", "data": {"resultType": "matrix", "result": series if moments else []}}


@contextmanager
def serving(double):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            status, content = double.answer(self.rfile.read(int(self.headers["Content-Length"])).decode())
            body = json.dumps(content).encode()
            self.send_response(status)
            for name, told in double.headers.items():
                self.send_header(name, told)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def pulled(desk):
    """Return a flow whose latency comes from a double, which may be reached, and the double."""
    double, number = Double(), desk.flow()
    with serving(double) as url:
        ctx = replace(
            desk.ctx,
            settings=replace(desk.ctx.settings, outgoing_hosts="localhost", outgoing_private="127.0.0.0/8, ::1/128"),
        )
        connection = {"id": f"{number}.prom", "title": "P", "connector": "prometheus", "address": url}
        documents.put(ctx, SAM, "connection", connection["id"], connection, rationale="Why.")
        signal = {"id": f"{number}.latency", "title": "L", "type": "system"}
        signal["binding"] = {"connection": connection["id"], "query": "latency"}
        documents.put(ctx, SAM, "signal", signal["id"], signal, rationale="Why.")
        content = documents.show(ctx, SAM, "template", number).document
        content["system_signals"] = [{"id": "latency", "signal": signal["id"], "affects": ["all"]}]
        documents.put(ctx, desk.ana, "template", number, content, rationale="Why.", base_version=1)
        yield SimpleNamespace(ctx=ctx, flow=number, signal=signal["id"], double=double, connection=connection["id"])
        switch_off(ctx, connection["id"])


def pull(one, **options):
    """Pull, and return the job when it has ended."""
    job = pulling.start(one.ctx, SAM, one.flow, **options)
    work.run_job(one.ctx, job.id, "test")
    return jobs.show(one.ctx, SAM, job.id)


def stored(one):
    """Return what the lake holds: host and moment → value, and how many rows there are."""
    files = list(one.ctx.lake.table(one.flow, "metrics").snapshot().files)
    if not files:
        return {}, 0
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        rows = connection.read_parquet([str(file) for file in files]).query(
            "m", "SELECT labels['host'], epoch(time), value, signal FROM m"
        )
        found = rows.fetchall()
    assert {row[3] for row in found} == {one.signal}
    return {(row[0], row[1]): row[2] for row in found}, len(found)


def known(start, end):
    """Return what the double says of the steps that begin in a window."""
    first = -(-start.timestamp() // STEP) * STEP
    moments = [first + i * STEP for i in range(int(-(-(end.timestamp() - first) // STEP)))]
    return {(host, at): float(value(host, at + STEP)) for host in HOSTS for at in moments}


def upto(one):
    (row,) = pulled_signals.listing(one.ctx, SAM, one.flow).items
    return row


def test_the_first_pull_reads_a_day_and_the_next_goes_on_where_it_ended(pulled):
    assert upto(pulled).upto is None
    before = datetime.now(UTC)
    done = pull(pulled)
    assert done.state == "done", done.error
    (told,) = done.result["signals"]
    start, end = (datetime.fromisoformat(told[name]) for name in ("start", "end"))
    assert end - start == timedelta(days=1)
    assert (end.second, end.microsecond) == (0, 0)
    assert timedelta(seconds=115) <= before - end <= timedelta(seconds=125 + STEP)
    found, rows = stored(pulled)
    assert found == known(start, end)
    assert rows == len(found) == told["read"] == told["added"]
    assert (upto(pulled).upto, upto(pulled).added) == (end, rows)
    again = pull(pulled)
    (told,) = again.result["signals"]
    assert datetime.fromisoformat(told["start"]) == end
    later = datetime.fromisoformat(told["end"])
    assert stored(pulled)[0] == known(start, later)


def test_what_breaks_off_leaves_what_was_read_and_the_next_pull_goes_on_without_reading_it_again(pulled):
    pulled.double.breaks = [0, 0, 503]
    failed = pull(pulled)
    assert failed.state == "failed"
    assert failed.error["code"] == "system.busy"
    assert len(pulled.double.asked) == 3
    half, rows = stored(pulled)
    assert rows == len(half) == 2 * 12 * 60
    first = float(pulled.double.asked[0].start) - STEP
    since = datetime.fromtimestamp(first, UTC)
    assert timedelta(0) <= since - upto(pulled).upto <= timedelta(seconds=STEP)
    pulled.double.asked.clear()
    done = pull(pulled)
    assert done.state == "done", done.error
    (told,) = done.result["signals"]
    found, rows = stored(pulled)
    end = datetime.fromisoformat(told["end"])
    assert rows == len(found)
    assert {key: v for key, v in found.items() if key[1] >= since.timestamp()} == known(since, end)


def bind(one, name, query):
    """Give the flow another signal over the connection, before the one it has."""
    signal = {"id": f"{one.flow}.{name}", "title": name, "type": "system"}
    signal["binding"] = {"connection": one.connection, "query": query}
    documents.put(one.ctx, SAM, "signal", signal["id"], signal, rationale="Why.")
    live = documents.show(one.ctx, SAM, "template", one.flow)
    uses = [{"id": name, "signal": signal["id"], "affects": ["all"]}, *live.document["system_signals"]]
    content = {**live.document, "system_signals": uses}
    documents.put(one.ctx, SAM, "template", one.flow, content, rationale="Why.", base_version=live.version)
    return signal["id"]


def test_a_query_that_is_wrong_keeps_no_other_signal_from_being_read(pulled):
    wrong = bind(pulled, "depth", WRONG)
    failed = pull(pulled)
    assert failed.state == "failed"
    assert failed.error["detail"].startswith(f"{wrong} of {pulled.flow}: Prometheus cannot compute this query")
    (read,) = failed.error["details"]["signals"]
    assert (read["signal"], read["added"]) == (pulled.signal, 2 * 24 * 60)
    found, rows = stored(pulled)
    assert rows == len(found) == 2 * 24 * 60
    rows = {row.signal: row for row in pulled_signals.listing(pulled.ctx, SAM, pulled.flow).items}
    assert (rows[pulled.signal].added, rows[wrong].added) == (2 * 24 * 60, 0)
    assert (rows[pulled.signal].problem, rows[pulled.signal].failed_at) == ("", None)
    assert rows[wrong].problem.startswith("Prometheus cannot compute this query")
    assert rows[wrong].failed_at >= rows[wrong].at
    begins = rows[wrong].upto
    assert begins == rows[pulled.signal].upto - timedelta(days=1)
    (health,) = (one for one in connection_health.health(pulled.ctx, SAM).items if one.connection == pulled.connection)
    assert (health.state, health.breaker, health.failures) == ("failing", "closed", 0)
    assert health.reason.startswith(f"{wrong} of {pulled.flow}: ")
    pulled.double.asked.clear()
    assert pull(pulled).state == "failed"
    again = pulled_signals.listing(pulled.ctx, SAM, pulled.flow).items
    assert {row.upto for row in again if row.signal == wrong} == {begins}


def test_an_answer_that_is_too_long_keeps_no_other_signal_from_being_read(pulled, monkeypatch):
    monkeypatch.setattr(patience, "MOST_AT_ONCE", 100_000)
    long = bind(pulled, "depth", LONG)
    failed = pull(pulled)
    assert failed.state == "failed"
    assert failed.error["detail"].startswith(f"{long} of {pulled.flow}: The answer of localhost is longer than 64 MB")
    (read,) = failed.error["details"]["signals"]
    assert (read["signal"], read["added"]) == (pulled.signal, 2 * 24 * 60)
    (health,) = (one for one in connection_health.health(pulled.ctx, SAM).items if one.connection == pulled.connection)
    assert (health.state, health.breaker, health.failures) == ("failing", "closed", 0)


def test_what_nobody_expected_of_one_signal_is_told_by_its_incident_and_keeps_no_other_from_being_read(
    pulled, monkeypatch, caplog
):
    odd = bind(pulled, "depth", "odd")
    read = Prometheus.read

    def breaks(self, query, **window):
        return {}["no such key"] if query == "odd" else read(self, query, **window)

    monkeypatch.setattr(Prometheus, "read", breaks)
    failed = pull(pulled)
    number = failed.error["details"]["incident"]
    assert failed.error["detail"] == f"{odd} of {pulled.flow}: It could not be read (incident {number})."
    assert f"incident {number}" in caplog.text
    assert "no such key" in caplog.text
    (told,) = failed.error["details"]["signals"]
    assert (told["signal"], told["added"]) == (pulled.signal, 2 * 24 * 60)
    rows = {row.signal: row for row in pulled_signals.listing(pulled.ctx, SAM, pulled.flow).items}
    assert rows[odd].problem.startswith(f"It could not be read (incident {number}).")
    assert (rows[odd].upto, rows[pulled.signal].problem) == (rows[pulled.signal].upto - timedelta(days=1), "")


def test_what_a_system_said_of_a_failed_pull_is_for_whom_asked_and_for_who_may_test_connections(pulled):
    wrong = bind(pulled, "depth", WRONG)
    failed = pull(pulled)
    viewer = Actor("vera", "Vera", roles=frozenset({"viewer"}))
    seen = {who: jobs.show(pulled.ctx, who, failed.id).error for who in (SAM, viewer)}
    assert "cannot compute this query" in seen[SAM]["detail"]
    assert "compute" not in str(seen[viewer])
    assert (seen[viewer]["detail"], seen[viewer]["code"]) == (UNTOLD, seen[SAM]["code"])
    (listed,) = (one for one in jobs.listing(pulled.ctx, viewer).items if one.id == failed.id)
    assert listed.error == seen[viewer]
    rows = {row.signal: row.problem for row in pulled_signals.listing(pulled.ctx, viewer, pulled.flow).items}
    assert rows == {pulled.signal: "", wrong: UNTOLD}


def test_of_a_system_that_does_not_answer_no_further_signal_is_asked_for(pulled):
    bind(pulled, "depth", "depth")
    pulled.double.breaks = [503] * 9
    failed = pull(pulled)
    assert (failed.state, failed.error["code"], len(pulled.double.asked)) == ("failed", "system.busy", 1)
    rows = [row for row in pulled_signals.listing(pulled.ctx, SAM, pulled.flow).items if row.failed_at]
    assert [bool(row.problem) for row in rows] == [True]
    pulled.double.breaks = []
    assert pull(pulled).state == "done"
    assert {row.problem for row in pulled_signals.listing(pulled.ctx, SAM, pulled.flow).items} == {""}


def test_a_job_that_is_done_again_after_a_crash_reads_only_what_is_missing(pulled):
    job = pulling.start(pulled.ctx, SAM, pulled.flow)
    pulled.double.breaks = [0, 0, 0, 500]
    arguments = jobs_arguments(pulled.ctx, job.id)
    pulling.run(pulled.ctx, job.id, arguments, lambda *_: None)  # and dies before anything is recorded
    assert len(pulled.double.asked) == 4
    pulled.double.asked.clear()
    work.run_job(pulled.ctx, job.id, "test")
    assert len(pulled.double.asked) == 1
    done = jobs.show(pulled.ctx, SAM, job.id)
    (told,) = done.result["signals"]
    found, rows = stored(pulled)
    assert rows == len(found) == told["added"] == upto(pulled).added
    assert found == known(*(datetime.fromisoformat(told[name]) for name in ("start", "end")))


def jobs_arguments(ctx, id_):
    with transaction(ctx.engine) as connection:
        return jobs.jobs.find(connection, id_).arguments


def test_a_window_that_is_read_again_adds_what_came_late_and_nothing_twice(pulled):
    cut = datetime.now(UTC) - timedelta(hours=5)
    pulled.double.known_until = cut.timestamp()
    (told,) = pull(pulled).result["signals"]
    half, _ = stored(pulled)
    assert 0 < len(half) < len(HOSTS) * 24 * 60
    pulled.double.known_until = None
    assert pull(pulled).result["signals"][0]["added"] <= 2 * len(HOSTS)
    start = datetime.fromisoformat(told["start"])
    late = pull(pulled, since=start).result["signals"][0]
    found, rows = stored(pulled)
    assert rows == len(found)
    assert found == known(start, datetime.fromisoformat(late["end"]))
    assert late["added"] > 0
    assert late["rejected"] == 0


def test_a_window_without_points_is_read_up_to_its_end_and_nothing_is_stored(pulled):
    pulled.double.known_until = 0
    done = pull(pulled)
    assert done.state == "done", done.error
    assert done.result["signals"][0]["read"] == 0
    assert stored(pulled) == ({}, 0)
    assert upto(pulled).upto is not None


def test_what_cannot_be_pulled_is_told_before_anything_is_asked(pulled, desk):
    plain = desk.flow()
    with pytest.raises(Invalid, match="has a connection and a query"):
        pulling.start(pulled.ctx, SAM, plain)
    with pytest.raises(Invalid, match="has no signal 'nothing'"):
        pulling.start(pulled.ctx, SAM, pulled.flow, ["nothing"])
    with pytest.raises(Invalid, match="has no connection and query"):
        pulling.start(pulled.ctx, SAM, plain, ["latency"])
    for away, other in ((timedelta(hours=1), "an earlier"), (timedelta(days=-401), "a later")):
        with pytest.raises(UsageError, match="begins before now") as told:
            pulling.start(pulled.ctx, SAM, pulled.flow, since=datetime.now(UTC) + away)
        assert told.value.hint == f"Name {other} moment."
    with pytest.raises(Forbidden):
        pulling.start(pulled.ctx, desk.viewer, pulled.flow)
    assert pulled.double.asked == []


def test_a_connection_that_is_switched_off_is_not_asked(pulled):
    content = documents.show(pulled.ctx, SAM, "connection", pulled.connection).document | {"enabled": False}
    documents.put(pulled.ctx, SAM, "connection", pulled.connection, content, rationale="Why.", base_version=1)
    done = pull(pulled)
    assert (done.state, pulled.double.asked) == ("failed", [])
    assert "is switched off" in done.error["detail"] + done.error.get("title", "")


def test_a_request_that_is_repeated_is_one_job(pulled):
    keyed = replace(pulled.ctx, idempotency_key="the-same")
    first = pulling.start(keyed, SAM, pulled.flow)
    assert pulling.start(keyed, SAM, pulled.flow).id == first.id
    with pytest.raises(Conflict):
        pulling.start(keyed, SAM, pulled.flow, ["latency"])
