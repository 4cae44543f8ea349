"""Rows of a pull that cannot be taken: how many, why and where they are is told, to whoever may know it."""

import csv
import json
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from bos.actions import connection_health, documents, jobs, pulled_signals, pulling, telemetry, trying
from bos.actions.rights import UNTOLD
from bos.auth.actor import Actor
from bos.model.standing import untaken
from bos.store.engine import transaction
from bos.telemetry.merge import CHANGED
from bos.telemetry.raw import NOT_UTF8
from tests.doubles.splunk import Double
from tests.unit.actions.jobs.test_pulling_events import (  # noqa: F401 - a fixture
    CHILD,
    MAPPING,
    SAM,
    go_on,
    payments,
    pull,
    query,
    splunk,
)

SYS = Actor("sys", "Sys", roles=frozenset({"admin"}))
NUMBER = "the amount is no plain number"
FINE = "the amount has more than two decimals"


def listed(one, actor=SAM):
    (row,) = pulled_signals.listing(one.ctx, actor, one.flow).items
    return row.rejected


def test_what_a_pull_rejected_is_told_until_another_pull_rejects_something(splunk):  # noqa: F811
    events = [event | ({"amount": "1.005"} if i % 3 == 0 else {}) for i, event in enumerate(payments(12))]
    one = splunk(Double(events=events))
    assert pulled_signals.listing(one.ctx, SAM, one.flow).items[0].rejected is None
    done = pull(one)
    (told,) = done.result["signals"]
    assert (told["rejected"], told["reasons"]) == (4, {FINE: 4})
    found = listed(one)
    assert (found.rows, found.reasons, list(found.batches)) == (4, {FINE: 4}, told["batches"])
    (batch,) = found.batches
    assert b"".join(telemetry.rejects(one.ctx, SAM, one.flow, batch)).count(b"1.005") == 4
    assert pull(one).state == "done"
    assert listed(one) == found
    seen = jobs.show(one.ctx, SYS, done.id)
    assert seen.result["signals"][0]["reasons"] == {}
    assert (listed(one, SYS).rows, listed(one, SYS).reasons) == (4, {})


def test_a_pull_of_which_no_row_can_be_taken_says_where_the_rows_are(splunk):  # noqa: F811
    one = splunk(Double(events=payments(4)), mapping={**MAPPING, "case": "no_such"})
    failed = pull(one)
    found = listed(one)
    assert (found.rows, found.reasons) == (4, {"the case is missing": 4})
    (batch,) = found.batches
    assert f"bos telemetry rejects {one.flow} {batch} prints the rows." in failed.error["hint"]
    assert failed.error["details"]["reasons"] == found.reasons
    asked = Actor(SAM.person, "Sam", roles=frozenset({"viewer"}))
    seen = jobs.show(one.ctx, asked, failed.id).error["details"]
    (signal,) = failed.error["details"]["signals"]
    hidden = {"reasons": {}, "reject_sample": [], "signals": [{**signal, "reasons": {}}]}
    assert seen == {**failed.error["details"], **hidden}
    assert b"".join(telemetry.rejects(one.ctx, SAM, one.flow, batch)).count(b"the case is missing") == 4


def test_a_bad_row_alone_in_its_window_stops_nothing(splunk):  # noqa: F811
    (bad,) = payments(1, ago=timedelta(hours=20))
    one = splunk(Double(events=[*payments(8), bad | {"amount": "oops", "uid": "bad"}]))
    done = pull(one)
    assert done.state == "done", done.error
    (told,) = done.result["signals"]
    assert (told["read"], told["added"], told["rejected"], told["reasons"]) == (9, 8, 1, {NUMBER: 1})
    (row,) = pulled_signals.listing(one.ctx, SAM, one.flow).items
    assert (row.problem, row.upto.isoformat(), row.rejected.since) == ("", told["end"].replace("Z", "+00:00"), None)
    (batch,) = row.rejected.batches
    kept = b"".join(telemetry.rejects(one.ctx, SAM, one.flow, batch))
    assert (kept.count(b"oops"), kept.count(b"\n")) == (1, 2)


def test_rows_of_which_some_could_be_taken_are_read_again_from_where_their_pull_began(splunk):  # noqa: F811
    events = [event | {"uid": f"u{i}"} | ({"amount": "1.005"} if i == 3 else {}) for i, event in enumerate(payments(8))]
    one = splunk(Double(events=events), mapping={**MAPPING, "event_id": "uid"})
    (told,) = pull(one).result["signals"]
    found = listed(one)
    assert (told["added"], found.rows, found.since) == (7, 1, None)
    assert found.start.isoformat() == told["start"].replace("Z", "+00:00")
    assert pull(one).state == "done"
    assert (listed(one).again, health_of(one).rejected[0].again) == (found.start, found.start)
    late = found.start + timedelta(hours=1)
    assert pull(one, since=late).state == "done"
    assert listed(one).start == found.start, "nothing has read the rows before that again"
    events[3]["amount"] = "1.05"
    (told,) = pull(one, since=late).result["signals"]
    assert (told["added"], told["rejected"], listed(one).start) == (1, 0, found.start)
    (told,) = pull(one, since=found.start).result["signals"]
    assert (told["added"], told["rejected"], listed(one)) == (0, 0, None)


def test_rows_rejected_by_two_pulls_are_read_again_from_the_first_of_them(splunk):  # noqa: F811
    old, new = ([*payments(2, ago=timedelta(hours=20))], [*payments(2, ago=timedelta(minutes=30))])
    for name, events in (("old", old), ("new", new)):
        for i, event in enumerate(events):
            event.update({"uid": f"{name}{i}"} | ({"amount": "1.005"} if i else {}))
    one = splunk(Double(events=old), mapping={**MAPPING, "event_id": "uid"})
    assert pull(one).state == "done"
    begun = listed(one).start
    one.double.events = [*old, *new]
    (told,) = pull(one, since=begun + timedelta(hours=12)).result["signals"]
    assert (told["added"], told["rejected"]) == (1, 1)
    assert (listed(one).again, health_of(one).rejected[0].again) == (begun, begun)
    old[1]["amount"] = new[1]["amount"] = "1.05"
    (told,) = pull(one, since=listed(one).again).result["signals"]
    assert (told["added"], told["rejected"], listed(one)) == (2, 0, None)


def test_where_no_row_can_be_taken_it_stays_told_and_the_way_back_brings_all_of_them(splunk):  # noqa: F811
    events = [*payments(4), *payments(4, ago=timedelta(hours=15))]
    for i, event in enumerate(events):
        event["uid"] = f"u{i}"
    one = splunk(Double(events=events), mapping={**MAPPING, "event_id": "uid", "amount": "payment"})
    failed = pull(one)
    assert (failed.state, failed.error["details"]["rejected"]) == ("failed", 8)
    (told,) = failed.error["details"]["signals"]
    assert (told["read"], told["added"], told["rejected"]) == (8, 0, 8)
    start = told["start"].replace("Z", "+00:00")
    assert f"bos connector run {one.flow} --signal {one.signal} --since {start}." in failed.error["hint"]
    assert pull(one).state == "done"  # without any row: nothing is mended by that
    (row,) = pulled_signals.listing(one.ctx, SAM, one.flow).items
    assert NUMBER in row.problem
    assert (row.rejected.since.isoformat(), row.added) == (start, 0)
    (health,) = (found for found in connection_health.health(one.ctx, SAM).items if found.connection == row.connection)
    assert (health.state, health.upto, NUMBER in health.reason) == ("failing", row.upto, True)
    auditor = Actor("aud", "Aud", roles=frozenset({"finance_control"}))
    assert (health_of(one, auditor).reason, health_of(one, SYS).reason) == (health.reason, of_signal(one, UNTOLD))
    (told,) = health_of(one, auditor).rejected
    assert (told.flow, told.signal, told.since.isoformat(), told.reasons) == (one.flow, one.signal, start, {NUMBER: 8})
    assert [(seen.rows, seen.reasons) for seen in health_of(one, SYS).rejected] == [(8, {})]
    assert pulled_signals.listing(one.ctx, auditor, one.flow).items[0].problem == row.problem
    assert pulled_signals.listing(one.ctx, SYS, one.flow).items[0].problem == UNTOLD
    again = pull(one, since=row.rejected.since)
    assert (again.state, again.error["details"]["since"]) == ("failed", start)
    assert NUMBER in health_of(one, auditor).reason  # which failed last, and says why of the rows
    assert health_of(one, SYS).reason == of_signal(one, UNTOLD)
    mend(one, {**MAPPING, "event_id": "uid"})
    done = pull(one, since=row.rejected.since)
    assert (done.state, done.result["signals"][0]["added"]) == ("done", 8)
    assert pulled_signals.listing(one.ctx, SAM, one.flow).items[0].problem == ""
    assert (listed(one), health_of(one).rejected) == (None, ())
    assert pull(one).state == "done"
    assert pulled_signals.listing(one.ctx, SAM, one.flow).items[0].problem == ""


def health_of(one, actor=SAM):
    connection = pulled_signals.listing(one.ctx, SAM, one.flow).items[0].connection
    (found,) = (row for row in connection_health.health(one.ctx, actor).items if row.connection == connection)
    return found


def of_signal(one, words):
    return f"{one.signal} of {one.flow}: {words}"


def test_the_way_back_stays_until_it_was_gone_also_where_later_pulls_take_rows_and_reject_some(splunk):  # noqa: F811
    old = [event | {"uid": f"old{i}"} for i, event in enumerate(payments(4))]
    one = splunk(Double(events=old), mapping={**MAPPING, "event_id": "uid", "amount": "payment"})
    assert pull(one).state == "failed"
    since = listed(one).since
    mend(one, {**MAPPING, "event_id": "uid"})
    with transaction(one.ctx.engine) as session:  # as if an hour had gone by
        session.execute(text("UPDATE pull SET upto = upto - interval '1 hour' WHERE flow = :flow"), {"flow": one.flow})
    later = payments(4, ago=timedelta(minutes=30))
    one.double.events = [*old, *(e | {"uid": f"new{i}"} | ({"amount": "1.005"} if i == 3 else {})
                                 for i, e in enumerate(later))]  # fmt: skip
    (told,) = pull(one).result["signals"]
    assert (told["added"], told["rejected"]) == (3, 1)
    assert (listed(one).rows, listed(one).since) == (1, since)
    assert [row.since for row in health_of(one).rejected] == [since]
    (told,) = pull(one, since=since + timedelta(hours=22)).result["signals"]
    assert listed(one).since == since  # that was not all the way
    (told,) = pull(one, since=since).result["signals"]
    assert (told["read"], told["added"], told["rejected"]) == (8, 4, 1)
    assert listed(one).since is None


@pytest.mark.full
@pytest.mark.parametrize("windows", [3, 9, 15])
@pytest.mark.parametrize("good", [0, 4])
def test_a_pull_that_is_killed_amid_windows_of_rejected_rows_alone_keeps_each_once(splunk, windows, good):  # noqa: F811
    bad = [
        event | {"uid": f"{hours}.{i}", "amount": f"oops{hours}.{i}"}
        for hours in range(3, 120, 2)
        for i, event in enumerate(payments(6, ago=timedelta(hours=hours)))
    ]
    fine = [event | {"uid": f"good{i}"} for i, event in enumerate(payments(good, ago=timedelta(hours=60)))]
    one = splunk(Double(events=[*bad, *fine]), mapping={**MAPPING, "event_id": "uid"})
    job = pulling.start(one.ctx, SAM, one.flow, [one.signal], since=datetime.now(UTC) - timedelta(days=5))
    url = one.ctx.engine.url.render_as_string(hide_password=False)
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(one.ctx.settings.home), url, job.id])
    while sum(asked.path.endswith("export") for asked in one.double.asked) < windows:
        assert child.poll() is None
        time.sleep(0.001)
    child.kill()
    assert child.wait() == -signal.SIGKILL
    go_on(one, job)
    done = jobs.show(one.ctx, SAM, job.id)
    told = done.result["signals"][0] if good else done.error["details"]["signals"][0]
    assert done.state == ("done" if good else "failed"), done.error
    assert (told["read"], told["added"], told["rejected"]) == (len(bad) + good, good, len(bad))
    assert told["reasons"] == {NUMBER: len(bad)}
    assert (listed(one).rows, listed(one).reasons) == (len(bad), {NUMBER: len(bad)})
    with transaction(one.ctx.engine) as session:
        every = session.execute(text("SELECT batch FROM batch WHERE flow = :flow"), {"flow": one.flow}).scalars().all()
    kept = [b"".join(telemetry.rejects(one.ctx, SAM, one.flow, batch)).decode() for batch in every]
    rows = [json.loads(row["raw"])["amount"] for file in kept for row in csv.DictReader(file.splitlines())]
    assert sorted(rows) == sorted(event["amount"] for event in bad)
    assert len(query(one, "SELECT 1 FROM t")) == good
    again = pull(one)
    assert again.state == "done"  # nothing of it is read once more
    assert again.result["signals"][0]["read"] == 0


def mend(one, mapping):
    live = documents.show(one.ctx, SAM, "signal", one.signal)
    content = {**live.document, "binding": {**live.document["binding"], "mapping": mapping}}
    documents.put(one.ctx, SAM, "signal", one.signal, content, rationale="Mended.", base_version=live.version)


def test_rejected_points_are_told_as_events_are(splunk):  # noqa: F811
    events = [event | {"depth": str(i)} for i, event in enumerate(payments(3))]  # two are of one moment
    one = splunk(Double(events=events), kind="system", mapping={"value": "depth"}, language="spl")
    (told,) = pull(one).result["signals"]
    assert (told["read"], told["rejected"], told["reasons"]) == (3, 1, {CHANGED: 1})
    (batch,) = listed(one).batches
    assert CHANGED.encode() in b"".join(telemetry.rejects(one.ctx, SAM, one.flow, batch))


@pytest.mark.parametrize("field", ["payment", *(pytest.param(one, marks=pytest.mark.full) for one in ("chan", "_raw"))])
def test_half_a_character_of_one_row_is_told_of_that_row_and_keeps_no_other_from_being_read(splunk, field):  # noqa: F811
    events = payments(6)
    events[2] |= {field: "half \ud800"}
    one = splunk(Double(events=events))
    tried = trying.try_signal(one.ctx, SAM, one.flow, one.signal)
    (told,) = pull(one).result["signals"]
    if field == "_raw":  # which nothing reads
        assert (told["read"], told["added"], tried.taken) == (6, 6, 6)
        return
    assert (told["read"], told["added"], told["rejected"], told["reasons"]) == (6, 5, 1, {NOT_UTF8: 1})
    assert (tried.taken, [row.problem for row in tried.rows].count(NOT_UTF8)) == (5, 1)
    (batch,) = listed(one).batches
    assert b"ed\\\\xa0\\\\x80" in b"".join(telemetry.rejects(one.ctx, SAM, one.flow, batch))


def test_half_a_character_in_the_label_of_one_point_is_told_of_that_point(splunk):  # noqa: F811
    events = [event | {"depth": str(i), "uid": f"u{i}"} for i, event in enumerate(payments(5))]
    events[3] |= {"uid": "half \ud800"}
    one = splunk(Double(events=events), kind="system", mapping={"value": "depth", "attr.uid": "uid"}, language="spl")
    tried = trying.try_signal(one.ctx, SAM, one.flow, one.signal)
    assert (tried.taken, tried.rows[3].problem) == (4, NOT_UTF8)
    (told,) = pull(one).result["signals"]
    assert (told["read"], told["added"], told["rejected"], told["reasons"]) == (5, 4, 1, {NOT_UTF8: 1})


def test_values_that_are_no_numbers_are_kept_with_the_reason_and_the_others_stored(splunk):  # noqa: F811
    values = ["1", "NaN", "N/A", "1,000", "5%", "", "[]", None, "2.5", "inf", "1_000", "3"]
    events = [event | {"_time": event["_time"] + i, "depth": values[i]} for i, event in enumerate(payments(12))]
    mapping = {"value": "depth", "attr.payment": "payment"}
    one = splunk(Double(events=events), kind="system", mapping=mapping, language="spl")
    done = pull(one)
    assert done.state == "done", done.error
    (told,) = done.result["signals"]
    assert (told["read"], told["added"], told["rejected"]) == (10, 3, 7)
    assert told["reasons"] == {"the value is no finite number": 7}
    assert {value for (value,) in query(one, "SELECT value FROM t", "metrics")} == {1.0, 2.5, 3.0}
    (batch,) = listed(one).batches
    kept = list(csv.DictReader(b"".join(telemetry.rejects(one.ctx, SAM, one.flow, batch)).decode().splitlines()))
    assert {json.loads(row["raw"])["value"] for row in kept} == {"NaN", "N/A", "1,000", "5%", "[]", "inf", "1_000"}
    assert json.loads(kept[0]["raw"])["payment"].startswith("P")


def test_the_command_says_how_many_rows_why_and_how_to_print_them():
    words = untaken("loan", 1200, {FINE: 1000, CHANGED: 200}, ("pull-1", "pull-2"))
    assert words == (
        f"1,200 rows could not be taken: {FINE} (1,000), {CHANGED} (200). "
        "bos telemetry rejects loan pull-1 prints them. Others: pull-2."
    )
    assert untaken("loan", 1, {}, ()) == "1 row could not be taken."
    some = untaken("loan", 19, {"a": 7, "b": 8}, ())
    assert some == "19 rows could not be taken: a (7), b (8), other reasons (4)."


def test_points_and_events_of_the_future_and_of_1970_are_told_with_the_signal_that_brought_them(splunk):  # noqa: F811
    own = {"depth": "1", "when": "2026-03-02T09:00:00Z"}
    events = [event | own | {"uid": f"u{i}"} for i, event in enumerate(payments(4))]
    events[1] |= {"when": "2062-03-01T09:00:00Z"}
    events[2] |= {"when": "1970-01-01T00:00:00Z"}
    mapping = {"value": "depth", "attr.uid": "uid", "time": "when"}
    one = splunk(Double(events=events), kind="system", mapping=mapping, language="spl")
    (told,) = pull(one).result["signals"]
    wrong = {"ahead": 1, "farthest": "2062-03-01T09:00:00Z", "stray": 1, "oldest": "1970-01-01T00:00:00Z"}
    wrong |= {"begins": own["when"], "added": 4}
    assert wrong.items() <= told.items()
    other = splunk(Double(events=events), mapping={**MAPPING, "time": "when"})
    (told,) = pull(other).result["signals"]
    assert wrong.items() <= told.items()
