"""A day in the life: systems are read, KPIs breach, systems are told; and again, with workers killed all through it."""

from __future__ import annotations

import csv
import io
import os
import shutil
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from bos.actions import audit, blueprints, connections, documents, feedback, importing, pulling, reports
from bos.actions.context import open_context
from bos.actions.uploads import Upload
from bos.auth.actor import Actor
from bos.generate import generate
from bos.model.schedule import week_before
from bos.settings import Settings
from tests.unit.connectors.systems import test_appdynamics as appdynamics
from tests.unit.connectors.systems.day import ANA, CONNECTIONS, SAM, Day, connected

RATE = "overall_return_rate"
PILOT = "loan-payment-processing"
READ = ("payment.initiated", "payment.received", "payment.unmatched", "payment.returned", "payment.posted")
HOURS = 18
ZONE = ZoneInfo("America/New_York")
OLD = "earlier-"
WATCH = {"every": "7 days", "over": "3 days"}
LIMIT = {
    "target": {"value": 0, "direction": "at_most"}, "thresholds": [{"id": "b", "level": "breach", "value": 1}],
}  # fmt: skip


@cache
def now():
    """Return the minute in which this file began to run, which may be long after it was collected."""
    return datetime.now(UTC).replace(second=0, microsecond=0)


def samples():
    """Yield a gauge of the gateway of each minute of the last day."""
    for minute in reversed(range(24 * 60)):
        yield "gateway_p95_seconds", (now() - timedelta(minutes=minute + 3)).timestamp(), minute % 89


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return two lots of events of the pilot flow, some hundreds each, all within the last hours."""
    file = generate(tmp_path_factory.mktemp("made"), events=10_000, days=21).events
    first = (now() - timedelta(hours=HOURS + 1)).timestamp()
    query = f"""
        WITH e AS (SELECT *, epoch(event_time) AS s FROM '{file}'),
        c AS (SELECT case_id, row_number() OVER (PARTITION BY bool_or(event = 'payment.returned') ORDER BY case_id) AS n
              FROM e GROUP BY case_id),
        p AS (SELECT e.*, n % 2 AS lot FROM e JOIN c USING (case_id) WHERE n <= 100)
        SELECT * EXCLUDE (event_time, s),
               {first} + {HOURS * 3600} * (s - min(s) OVER ()) / (max(s) OVER () - min(s) OVER ()) AS _time
        FROM p ORDER BY _time DESC
    """  # noqa: S608 - of a file of this test
    rows = duckdb.sql(query)
    names, lots = rows.columns, ([], [])
    for row in rows.fetchall():
        one = {name: None if value is None else value if name == "_time" else str(value)
               for name, value in zip(names, row, strict=True)}  # fmt: skip
        at = round(one["_time"], 3)
        lots[int(one.pop("lot"))].append(
            one | {"_time": at, "event_time": datetime.fromtimestamp(at, UTC).isoformat(), "index": "payments"}
        )
    return lots


POINTS = {
    "payment-gateway.p95-latency": ("prometheus", "last_over_time(gateway_p95_seconds[59s])"),
    "payment-queue.depth": ("controller", appdynamics.QUERY),
}


@pytest.fixture
def day(server, doubled, certificate):
    kind, prometheus = server
    assert kind == "prometheus"
    home, state = Path(tempfile.mkdtemp(prefix="bos-day-")), Path(tempfile.mkdtemp(prefix="bos-state-"))
    state.chmod(0o711)
    own = {
        "BOS_HOME": str(home), "BOS_STATE_DIR": str(state), "BOS_OUTGOING_HOSTS": "localhost, 127.0.0.1",
        "BOS_OUTGOING_PRIVATE": "127.0.0.0/8, ::1/128", "BOS_OUTGOING_CA_FILE": str(certificate[0]),
    }  # fmt: skip
    ctx = replace(open_context(Settings.load(home=home, env=own)), request_id="day")
    with connected(certificate, doubled) as systems:
        found = Day(ctx, {**os.environ, **own}, systems)
        try:
            prepare(found, prometheus)
            yield found
        finally:
            found.close()
            ctx.close()
            shutil.rmtree(home)
            shutil.rmtree(state)


def prepare(day, prometheus):
    """Connect the systems, and bind the signals of the pilot flow to them."""
    day.put(
        "connection", "prometheus", {"id": "prometheus", "title": "P", "connector": "prometheus", "address": prometheus}
    )
    for name, (connector, path, settings, secrets) in CONNECTIONS.items():
        address = getattr(day.systems, name).url + path
        content = {"id": name, "title": name, "connector": connector, "address": address, "settings": settings}
        day.put("connection", name, content)
        for secret, value in secrets.items():
            connections.secrets.give(day.ctx, SAM, name, secret, value, rationale="Why.")
    flow(day, "prepared")
    for name in READ:
        bind(day, name, "splunk", f"index=payments event={name}")
    for name, (connection, query) in POINTS.items():
        bind(day, name, connection, query)


def bind(day, name, connection, query):
    more = {"connection": connection, "query": query}
    day.change("signal", name, lambda doc: doc.update(binding={**doc["binding"], **more}))


def flow(day, name):
    blueprints.create(day.ctx, ANA, PILOT, id=name, title=name)


def recall(day, events, name):
    """Import events of a whole week long ago; return the week, of which a pack tells whatever day it is today."""
    long_ago = now().astimezone(ZONE) - timedelta(days=14)
    monday = (long_ago - timedelta(days=long_ago.weekday())).replace(hour=0, minute=0)
    kept = [one for one in events if one["event"] in READ]
    rows = [
        {**one, "event_id": f"{OLD}{one['event_id']}", "case_id": f"{OLD}{one['case_id']}",
         "event_time": (monday + number / len(kept) * timedelta(days=7)).isoformat()}
        for number, one in enumerate(kept)
    ]  # fmt: skip
    text = io.StringIO()
    writer = csv.DictWriter(
        text, [column for column in rows[0] if column not in {"_time", "index"}], extrasaction="ignore"
    )
    writer.writeheader()
    writer.writerows(rows)
    with Upload(day.ctx.staging, "earlier.csv") as upload:
        upload.write(text.getvalue().encode())
        upload.finish()
    job = importing.start_import(day.ctx, ANA, name, upload.path, generated=True)
    told = ended(day, "earlier", job, kill=False)
    assert (told["added"], told["rejected"]) == (len(rows), 0)
    return week_before(monday + timedelta(days=7), ZONE.key)


def live(day, events, name, *, kill):
    """Live a day with a flow; return the windows that were pulled by signal, the KPIs watched, how much was said."""
    day.systems.splunk.events = events
    flow(day, name)
    week = recall(day, events, name)
    for system, kind in (("slack", "kpi.state"), ("jira", "feedback"), ("confluence", "pack")):
        day.change("connection", system, lambda doc, kind=kind: doc.update(tells={**doc["tells"], name: [kind]}))
    pulled = ended(day, "pull", pulling.start(day.ctx, SAM, name), kill=kill)
    outcomes = [one["id"] for one in documents.show(day.ctx, ANA, "template", name).document["outcomes"]]
    watched, said = [], []

    def watch():
        kpi = outcomes[len(watched)]
        watched.append(kpi)
        day.change("template", name, lambda doc: doc.update(outcomes=[
            {**one, **({} if one.get("target") or one.get("thresholds") else LIMIT), "watch": WATCH}
            if one["id"] == kpi else one for one in doc["outcomes"]
        ]))  # fmt: skip

    def say():
        feedback.give(day.ctx, ANA, name, f"Why is this, {len(said)}?")
        said.append(len(said))

    looked = "SELECT count(*) FROM watch_state WHERE flow = %s"
    seen = lambda: day.rows(looked, name)[0][0] == len(watched) and day.told(name)  # noqa: E731
    day.through("watch", seen, kill=kill, more=watch)
    day.through("feedback", lambda: day.told(name), kill=kill, more=say)
    ended(day, "make", reports.start(day.ctx, ANA, name, "weekly", week), kill=kill)
    day.through("pack", lambda: day.told(name), kill=kill)
    return {one["signal"]: one for one in pulled["signals"]}, watched, len(said)


def ended(day, stage, job, *, kill):
    """Have a job done; return its result."""
    query = "SELECT state, result, error FROM job WHERE id = %s AND finished_at IS NOT NULL"
    ((state, result, error),) = day.through(stage, lambda: day.rows(query, job.id), kill=kill)
    assert state == "done", (str(error), day.log())
    return result


def lake(day, name, text, kind="events"):
    files = list(day.ctx.lake.table(name, kind).snapshot().files)
    with duckdb.connect() as connection:
        return connection.read_parquet(files).query("t", text).fetchall()


def holds_what_the_systems_had(day, name, events, pulled):
    """Compare the lake with what the systems had: each event and each point once."""
    found = (one for (one,) in lake(day, name, "SELECT event_id FROM t"))
    ids = Counter(one for one in found if not one.startswith(OLD))
    assert ids == Counter(one["event_id"] for one in events if one["event"] in READ)
    assert len(ids) > 150
    query = "SELECT epoch(time)::BIGINT, value FROM t WHERE signal = '{}'"
    latency, depth = [*POINTS]
    start, end = span(pulled[latency])
    known = {(at - 60, float(value)) for _, at, value in samples() if start <= at - 60 < end}
    assert Counter(lake(day, name, query.format(latency), "metrics")) == Counter(known)
    assert len(known) > 1300
    start, end = span(pulled[depth])
    minutes = range(int(-(-start // 60)), int(-(-end // 60)))
    known = {(n * 60, float(n % 1440)) for n in minutes if not 600 <= n % 1440 < 660 and n % 1440 != 700}
    assert Counter(lake(day, name, query.format(depth), "metrics")) == Counter(known)


def span(told):
    return tuple(datetime.fromisoformat(told[end]).timestamp() for end in ("start", "end"))


def knows_all_of_it(day, name, watched, said):
    """Compare journal and deliveries with what is known to have happened: each once."""
    noted = Counter(tag for (tag,) in day.rows("SELECT tag FROM journal WHERE id = %s", name))
    states = day.rows("SELECT kpi, state, changes FROM watch_state WHERE flow = %s", name)
    assert sorted(kpi for kpi, *_ in states) == sorted(watched)
    assert {changes for *_, changes in states} == {1}
    batches = day.rows("SELECT count(*) FROM batch WHERE flow = %s", name)[0][0]
    commits = [*day.ctx.lake.table(name).commits(), *day.ctx.lake.table(name, "metrics").commits()]
    assert batches == noted["telemetry.imported"] == sum("bos.batch" in one for one in commits)
    breached = [kpi for kpi, state, _ in states if state != "ok"]
    assert noted["kpi.state"] == len(breached) > 0
    assert noted["report.made"] == 1
    kinds = dict(day.rows("SELECT kind, count(*) FROM delivery WHERE flow = %s AND state = 'sent' GROUP BY 1", name))
    assert kinds == {"kpi.state": len(breached), "feedback": said, "pack": 1}
    of = "v.kind = 'feedback' AND v.n = 1 AND v.doc->>'flow' = %s"
    given = "SELECT count(*) FROM journal j JOIN version v ON v.id = j.id AND j.kind = 'feedback' AND"
    there = "SELECT count(*) FROM feedback_receipt r JOIN version v ON v.id = r.feedback AND"
    assert [day.rows(f"{one} {of}", name) for one in (given, there)] == [[(said,)], [(said,)]]


def breaches_as_counted_by_hand(day, name, events):
    """Compare the return rate that was told with a count of what Splunk had."""
    ways = {"ach", "web", "third_party"}
    many = Counter(one["event"] for one in events if one["channel"] in ways)
    told = day.rows("SELECT state, told->>'value' FROM watch_state WHERE flow = %s AND kpi = %s", name, RATE)
    ((state, value),) = told
    assert state == "breach"
    assert float(value) == pytest.approx(many["payment.returned"] / many["payment.initiated"], abs=1e-9)


@pytest.mark.full
@pytest.mark.parametrize("server", ["prometheus"], indirect=True)
def test_a_day_leaves_everything_once_also_where_workers_are_killed_all_through_it(day, made):
    for name, events, kill in (("calm", made[0], False), ("wild", made[1], True)):
        day.systems.slow(0.06 if kill else 0)
        pulled, watched, said = live(day, events, name, kill=kill)
        holds_what_the_systems_had(day, name, events, pulled)
        knows_all_of_it(day, name, watched, said)
        breaches_as_counted_by_hand(day, name, events)
    assert day.kills.total() == 50
    keys = [key for (key,) in day.rows("SELECT key FROM delivery")]
    assert day.systems.told() == Counter(keys)
    assert day.between > 0, "none was killed between telling and writing that down"
    for page in day.systems.confluence.pages:
        names = [file.name for file in page.files]
        kinds = Counter(file.kind for file in page.files)
        assert (page.number, len(set(names))) == (1, len(names))
        assert kinds.keys() == {"text/html", "image/png"}
        assert kinds["text/html"] == 1
    assert len(day.systems.jira.issues) == len(day.systems.confluence.pages) == 2
    assert audit.verify(day.ctx, Actor("ira", "Ira", roles=frozenset({"auditor"}))).ok
