"""Pulling events from Splunk: part by part while the stream is open, once each, whatever breaks and in what order."""

import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import duckdb
import pytest

from bos.actions import connections, documents, jobs, pulled_signals, pulling, work
from bos.auth.actor import Actor
from bos.errors import Cancelled
from bos.store.engine import transaction
from bos.telemetry import rows as parts
from connectors.splunk import lines
from tests.doubles.splunk import TOKEN, Double, serving
from tests.doubles.splunk_search import generated

SAM = Actor("sam", "Sam", roles=frozenset({"sre", "data_steward"}))
MAPPING = {"case": "payment", "amount": "amount", "attr.channel": "chan"}


def payments(count, *, step=60.0, uid=True, ago=timedelta(hours=3)):
    """Return events of payments, each booked a while ago, newest first as Splunk gives them."""
    first = int((datetime.now(UTC) - ago).timestamp())
    made = []
    for i in range(count):
        one = {"_time": first + step * (i // 2), "_indextime": first + int(step * (i // 2)), "index": "payments"}
        one |= {"payment": f"P{i // 4}", "amount": "10.50", "chan": ["web", None, "app"][i % 3]}
        made.append(one | ({"uid": f"e{i}"} if uid else {}))
    return made[::-1]


def go_on(one, job):
    """Run a job whose process was killed, once the database knows that nobody holds it any more."""
    until = time.monotonic() + 20
    while not (ended := work.run_job(one.ctx, job.id, "again")) and time.monotonic() < until:
        time.sleep(0.01)
    assert ended


@pytest.fixture
def splunk(desk):
    """Return a function that makes a flow whose payments come from a double, and gives all of it."""
    ended = []

    def make(double, *, mapping=MAPPING, settings=None, kind="process", event="booked", log=None, **binding):
        number, context = desk.flow(), serving(double)
        url = context.__enter__()
        ended.append(context)
        outgoing = {"outgoing_hosts": "localhost", "outgoing_private": "127.0.0.0/8, ::1/128"}
        ctx = replace(desk.ctx, settings=replace(desk.ctx.settings, **outgoing))
        link = {"id": f"{number}.splunk", "title": "S", "connector": "splunk", "address": url}
        link["settings"] = settings or {}
        documents.put(ctx, SAM, "connection", link["id"], link, rationale="Why.")
        connections.secrets.give(ctx, SAM, link["id"], "token", TOKEN, rationale="Why.")
        signal = {"id": f"{number}.booked", "title": "B", "type": kind}
        signal["binding"] = {"connection": link["id"], "query": "index=payments", "event": event, "mapping": mapping}
        signal["binding"] |= binding
        documents.put(ctx, SAM, "signal", signal["id"], signal, rationale="Why.")
        content = documents.show(ctx, SAM, "template", number).document
        use = {"id": "booked2", "signal": signal["id"]}
        if kind == "process":
            content["process_signals"].append(use | {"step": content["flow"]["steps"][0]["id"]})
        else:
            content["system_signals"] = [use | {"affects": ["all"]}]
        content["currency"] = "EUR"
        content["binding"]["mapping"] = log or {}
        documents.put(ctx, desk.ana, "template", number, content, rationale="Why.", base_version=1)
        return SimpleNamespace(ctx=ctx, flow=number, signal=signal["id"], double=double)

    yield make
    for context in ended:
        context.__exit__(None, None, None)


def pull(one, **options):
    """Pull, and return the job when it has ended."""
    job = pulling.start(one.ctx, SAM, one.flow, [one.signal], **options)
    work.run_job(one.ctx, job.id, "test")
    return jobs.show(one.ctx, SAM, job.id)


def query(one, text, kind="events"):
    """Return what a query says of the rows of the lake (``t``)."""
    files = list(one.ctx.lake.table(one.flow, kind).snapshot().files)
    if not files:
        return []
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.read_parquet(files).query("t", text).fetchall()


def stored(one):
    """Return case, second, amount, channel of each event that is stored, and how often it is."""
    found = query(one, "SELECT case_id, epoch(event_time), amount::VARCHAR, attributes['channel'] FROM t")
    return Counter(found)


def known(events):
    """Return the same of what the double has."""
    return Counter((one["payment"], float(one["_time"]), one["amount"], one["chan"]) for one in events)


def test_events_are_stored_as_the_signal_maps_them_and_the_next_pull_goes_on(splunk):
    events = payments(20)
    one = splunk(Double(events=events), mapping={**MAPPING, "event_id": "uid"})
    done = pull(one)
    assert done.state == "done", done.error
    (told,) = done.result["signals"]
    assert (told["read"], told["added"], told["rejected"], told["told"]) == (20, 20, 0, [])
    assert stored(one) == known(events)
    assert set(query(one, "SELECT step, currency FROM t")) == {("booked", "EUR")}
    assert {row[0] for row in query(one, "SELECT event_id FROM t")} == {event["uid"] for event in events}
    again = pull(one)
    assert again.result["signals"][0]["start"] == told["end"]
    (row,) = (row for row in pulled_signals.listing(one.ctx, SAM, one.flow).items if row.signal == one.signal)
    assert row.added == 20
    since = datetime.fromisoformat(told["start"])
    assert pull(one, since=since).result["signals"][0]["added"] == 0
    assert stored(one) == known(events)


def small(monkeypatch, rows=8):
    """Make parts and batches small."""
    monkeypatch.setattr(parts, "PART_ROWS", rows)
    monkeypatch.setattr(lines, "BATCH_ROWS", rows // 2)


@pytest.mark.parametrize("uid", [True, False])
def test_a_stream_that_breaks_leaves_its_first_parts_and_done_again_nothing_is_lost_or_doubled(
    splunk, monkeypatch, uid
):
    small(monkeypatch)
    events = payments(100, uid=uid, step=30.0)
    events += [dict(event) for event in events[10:30]] if not uid else []  # equal ones, far apart in the stream
    one = splunk(Double(events=events), mapping={**MAPPING, **({"event_id": "uid"} if uid else {})})
    one.double.faults["export"] = [{}, {}, {}, {"cut": 70}]
    job = pulling.start(one.ctx, SAM, one.flow, [one.signal])
    arguments = arguments_of(one.ctx, job.id)
    pulling.run(one.ctx, job.id, arguments, lambda *_: None)  # breaks, and dies before that is recorded
    half = stored(one)
    assert 50 < half.total() < 80
    assert half <= known(events)
    # The second time the rows come in another order, so no part is what it was.
    one.double.events = events[1::2] + events[::2]
    work.run_job(one.ctx, job.id, "test")
    done = jobs.show(one.ctx, SAM, job.id)
    assert done.state == "done", done.error
    assert stored(one) == known(events)
    (told,) = done.result["signals"]
    assert told["added"] == len(events)
    with transaction(one.ctx.engine) as connection:
        assert all(jobs.jobs.find_batch(connection, one.flow, batch) for batch in one.ctx.lake.batches(one.flow))
    pulling.run(one.ctx, job.id, arguments, lambda *_: None)
    assert stored(one) == known(events)


def arguments_of(ctx, id_):
    with transaction(ctx.engine) as connection:
        return dict(jobs.jobs.find(connection, id_).arguments)


def test_the_first_part_is_stored_while_the_stream_is_open_and_a_pull_is_cancelled_between_two(splunk, monkeypatch):
    small(monkeypatch)
    one = splunk(Double(events=payments(60)))
    one.double.faults["export"] = [{}, {}, {}, {"drip": 0.06}]
    seen = []

    def progress(_done, _total=None, message=""):
        seen.append((message, len(query(one, "SELECT 1 FROM t")), one.double.streaming["rows"]))
        if sum("rows of this window" in words for words, *_ in seen) == 2:
            raise Cancelled("Enough.")

    job = pulling.start(one.ctx, SAM, one.flow, [one.signal])
    with pytest.raises(Cancelled):
        pulling.run(one.ctx, job.id, arguments_of(one.ctx, job.id), progress)
    words, rows, sent = seen[-1]
    assert "8 rows of this window" in words
    assert rows == 8
    assert sent < 60


def test_a_pull_is_cancelled_while_splunk_sends_nothing_but_blanks(splunk, monkeypatch):
    monkeypatch.setattr(lines, "_EVERY", 0.1)
    monkeypatch.setattr(pulling, "_AGAIN", 0.2)
    one = splunk(Double(events=payments(4)))
    one.double.faults["export"] = [{"blanks": 400}]
    seen = []

    def progress(_done, _total=None, message=""):
        seen.append(message)
        if "0 rows of this window" in message:
            raise Cancelled("Enough.")

    job = pulling.start(one.ctx, SAM, one.flow, [one.signal])
    begun = time.monotonic()
    with pytest.raises(Cancelled):
        pulling.run(one.ctx, job.id, arguments_of(one.ctx, job.id), progress)
    assert time.monotonic() - begun < 10
    assert query(one, "SELECT 1 FROM t") == []
    monkeypatch.setattr(lines, "_EVERY", 0.0)  # a batch without rows before each row
    done = pull(one)
    assert (done.state, stored(one)) == ("done", known(one.double.events))


CHILD = """
import sys
from bos.actions import work
from bos.actions.context import open_context
from bos.settings import Settings

home, url, job = sys.argv[1:]
outgoing = {"BOS_OUTGOING_HOSTS": "localhost", "BOS_OUTGOING_PRIVATE": "127.0.0.0/8, ::1/128"}
work.run_job(open_context(Settings.load(home=home, env=outgoing, database_url=url)), job, "child")
"""


@pytest.mark.full
@pytest.mark.parametrize(("share", "uid"), [(0.6, False), (0.9, True)])
def test_a_worker_that_is_killed_in_the_stream_loses_and_doubles_nothing(splunk, share, uid):
    rows = 250_000
    first = int((datetime.now(UTC) - timedelta(hours=3)).timestamp())
    events = generated(rows, first, 0.01, 40)
    mapping = {"case": "payment", "amount": "amount", **({"event_id": "uid"} if uid else {})}
    one = splunk(Double(events=events), mapping={**mapping, "step": "event"}, query="index=main")
    job = pulling.start(one.ctx, SAM, one.flow, [one.signal])
    url = one.ctx.engine.url.render_as_string(hide_password=False)
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(one.ctx.settings.home), url, job.id])
    while one.double.streaming["rows"] < share * rows:
        assert child.poll() is None
        time.sleep(0.01)
    child.kill()
    assert child.wait() == -signal.SIGKILL
    half = len(query(one, "SELECT 1 FROM t"))
    assert half < rows
    assert half > 0
    go_on(one, job)
    done = jobs.show(one.ctx, SAM, job.id)
    assert done.state == "done", done.error
    assert done.result["signals"][0]["added"] == rows
    text = "SELECT case_id, step, epoch_ms(event_time), amount::VARCHAR FROM t"
    wanted = Counter(
        (e["payment"], e["event"], round(e["_time"] * 1000), f"{float(e['amount']):.2f}") for e in events()
    )
    assert Counter(query(one, text)) == wanted


def test_late_rows_are_counted_against_what_was_there_before_the_read(splunk, monkeypatch):
    small(monkeypatch)
    one = splunk(Double(events=payments(60)))
    done = pull(one)
    assert done.state == "done", done.error
    with transaction(one.ctx.engine) as connection:
        reports = [jobs.jobs.find_batch(connection, one.flow, batch).report for batch in one.ctx.lake.batches(one.flow)]
    assert len(reports) > 5
    assert {report["late"] for report in reports} == {0}


def test_what_splunk_warns_of_is_told_with_the_result(splunk):
    one = splunk(Double(events=payments(4)))
    one.double.faults["export"] = [{"messages": [[{"type": "WARN", "text": "Peer p2 is down."}]]}]
    assert pull(one).result["signals"][0]["told"] == ["Warn: Peer p2 is down."]


def test_data_that_comes_late_is_found_by_index_time(splunk):
    events = payments(4, ago=timedelta(days=3))
    now = int((datetime.now(UTC) - timedelta(hours=2)).timestamp())
    late = [event | {"_indextime": now} for event in events]
    assert stored_of(splunk(Double(events=late))) == 0
    assert stored_of(splunk(Double(events=late), settings={"window": "indexed"})) == 4


def stored_of(one):
    done = pull(one)
    assert done.state == "done", done.error
    return stored(one).total()


def test_a_signal_that_does_not_say_its_case_or_event_and_rows_that_have_none_are_told(splunk):
    one = splunk(Double(events=payments(4)), mapping={})
    done = pull(one)
    assert done.state == "failed"
    assert "does not say which column is its case" in str(done.error)
    assert stored_of(splunk(Double(events=payments(4)), mapping={}, log={"case": "payment"})) == 4
    nameless = splunk(Double(events=payments(4)), event="")
    assert "which column is its step" in str(pull(nameless).error)
    other = splunk(Double(events=payments(4)), mapping={**MAPPING, "case": "no_such"})
    failed = pull(other)
    assert failed.state == "failed"
    assert "No row that was read can be taken: the case is missing (4)." in str(failed.error)
    assert "/rejects" in str(failed.error)


def test_fields_of_the_signal_are_stored_under_their_names_at_the_source(splunk):
    fields = [{"id": "way", "native": "chan"}]
    one = splunk(Double(events=payments(6)), mapping={"case": "payment"}, fields=fields, where={"index": "payments"})
    assert pull(one).state == "done"
    assert {row[0] for row in query(one, "SELECT attributes['chan'] FROM t")} == {"web", "app", None}
    assert {row[0] for row in query(one, "SELECT attributes['index'] FROM t")} == {"payments"}


def test_rows_of_a_search_are_points_of_a_system_signal(splunk):
    events = [event | {"depth": str(i), "host": "a"} for i, event in enumerate(payments(6))]
    del events[0]["depth"]
    one = splunk(Double(events=events), kind="system", mapping={"attr.host": "host"}, query="index=payments")
    done = pull(one)
    assert done.state == "done", done.error
    assert query(one, "SELECT 1 FROM t", "metrics") == []
    named = {"value": "depth", "labels": "host", "attr.host": "host", "attr.uid": "uid"}
    two = splunk(Double(events=events), kind="system", mapping=named, language="spl")
    done = pull(two)
    assert done.state == "done", done.error
    found = query(two, "SELECT epoch(time), value, labels['host'], labels['uid'] FROM t", "metrics")
    assert set(found) == {(float(e["_time"]), float(e["depth"]), "a", e["uid"]) for e in events[1:]}
    wrong = splunk(Double(events=events), kind="system", mapping={"value": "host", "labels": "x"}, language="spl")
    assert "the value is no finite number (6)" in str(pull(wrong).error)


def test_a_search_that_is_refused_ends_the_pull_in_words(splunk):
    one = splunk(Double(events=payments(4)), query="index=payments earliest=-1d")
    assert "time range of its own" in str(pull(one).error)
