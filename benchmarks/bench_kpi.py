"""KPIs against hand-written DuckDB SQL that computes the same numbers, in one run on one machine.

``python benchmarks/bench_kpi.py [--events 10000000] [--rounds 5]``. Two inputs: the real loan log (BPI Challenge 2012,
found through BOS_TEST_DATA; left out where it is absent) with its ten KPIs and with seven rules of its flow, and
generated payments with a pilot's set.
The SQL is written twice, a statement a KPI (separate) and as few passes as possible (shared); the better one counts.
Both sides read the same Parquet file through a warm connection with the same memory limit. Rounds alternate, so that
neither side owns the quiet moments; the least time of each counts. Goal: 1.5 times at most, and below 5 s.
"""

# ruff: noqa: S608 - hand-written SQL put together from constants of this file

from __future__ import annotations

import argparse
import math
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from bos.kpi import BoundSignal, FieldBinding, KpiSpec
from bos.kpi.engine import evaluate, warm
from bos.telemetry.ingest import import_events
from bos.telemetry.lake import Lake

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MEMORY = "2GB"
DATA = Path(os.environ.get("BOS_TEST_DATA") or Path(__file__).parents[2] / "shared" / "data")
BPI_MAPPING = {
    "case": "case:concept:name",
    "step": "concept:name",
    "time": "time:timestamp",
    "resource": "org:resource",
    "amount": "case:AMOUNT_REQ",
}
FIRST_AFTER = "list_min(list_filter(ends, lambda t: t >= started))"


@dataclass(frozen=True)
class Held:
    """A snapshot of the lake, as far as the engine looks."""

    id: str
    files: tuple[str, ...]
    events: int


def spans(start: str, end: str) -> str:
    """SQL of one row a case: ``started`` and ``ended``, the first end at or after it."""
    return f"""SELECT case_id, started, {FIRST_AFTER} AS ended FROM (SELECT case_id,
        min(event_time) FILTER (step = '{start}') AS started, list(event_time) FILTER (step = '{end}') AS ends
        FROM events WHERE step IN ('{start}', '{end}') GROUP BY case_id) WHERE started IS NOT NULL"""


def counted(step: str) -> str:
    return f"SELECT count(*) FROM events WHERE step = '{step}'"


LASTED = "epoch_us(ended) - epoch_us(started)"
BPI_SPANS = spans("A_SUBMITTED", "A_APPROVED")
BPI_END = "step IN ('A_APPROVED', 'A_DECLINED', 'A_CANCELLED')"
BPI_SIGNALS = {
    name: BoundSignal(name, f"A_{name.upper()}")
    for name in ("submitted", "accepted", "approved", "declined", "cancelled")
}
BPI_KPIS = {
    "submitted": "count(submitted)",
    "declined": "count(declined)",
    "cancelled": "count(cancelled)",
    "approved": "count(approved)",
    "undecided": "conformance(must_end(approved, declined, cancelled))",
    "approved_within_14_days": "conversion(submitted -> approved, within = 14 days, show = converted)",
    "median_submit_to_approve": "p50(duration(submitted -> approved))",
    "amount_requested": "sum(submitted.amount)",
    "amount_approved": "sum(approved.amount)",
    "four_eyes_breaches": "conformance(different_persons(accepted, approved))",
}
BPI_PERSONS = """SELECT count(*) FROM (SELECT case_id FROM events WHERE step IN ('A_ACCEPTED', 'A_APPROVED')
    AND resource IS NOT NULL GROUP BY case_id, resource HAVING bool_or(step = 'A_ACCEPTED')
    AND bool_or(step = 'A_APPROVED')) t"""
BPI_SEPARATE = [
    *(counted(f"A_{name}") for name in ("SUBMITTED", "DECLINED", "CANCELLED", "APPROVED")),
    f"SELECT count(*) FROM (SELECT case_id FROM events GROUP BY case_id HAVING NOT bool_or({BPI_END}))",
    f"SELECT count(*) FROM ({BPI_SPANS}) WHERE {LASTED} <= 14 * 86400000000",
    f"SELECT quantile_cont({LASTED}, 0.5) / 1e6 FROM ({BPI_SPANS})",
    "SELECT sum(amount) FROM events WHERE step = 'A_SUBMITTED'",
    "SELECT sum(amount) FROM events WHERE step = 'A_APPROVED'",
    BPI_PERSONS.replace("count(*)", "count(DISTINCT case_id)", 1),
]
BPI_SHARED = [
    """SELECT count(*) FILTER (step = 'A_SUBMITTED'), count(*) FILTER (step = 'A_DECLINED'),
        count(*) FILTER (step = 'A_CANCELLED'), count(*) FILTER (step = 'A_APPROVED') FROM events""",
    f"""SELECT count(*) FILTER (NOT reached), count(*) FILTER ({LASTED} <= 14 * 86400000000),
        quantile_cont({LASTED}, 0.5) / 1e6 FROM (SELECT started, {FIRST_AFTER} AS ended, reached FROM (SELECT
        min(event_time) FILTER (step = 'A_SUBMITTED') AS started, bool_or({BPI_END}) AS reached,
        list(event_time) FILTER (step = 'A_APPROVED') AS ends FROM events GROUP BY case_id))""",
    """SELECT sum(amount) FILTER (step = 'A_SUBMITTED'), sum(amount) FILTER (step = 'A_APPROVED') FROM events
        WHERE step IN ('A_SUBMITTED', 'A_APPROVED')""",
    BPI_SEPARATE[-1],
]

RULE_SIGNALS = BPI_SIGNALS | {
    "sent": BoundSignal("sent", "O_SENT"),
    "sent_back": BoundSignal("sent_back", "O_SENT_BACK"),
    "calls": BoundSignal("calls", "W_Nabellen offertes"),
}
RULES = {
    "precedes": "conformance(precedes(sent_back, approved))",
    "followed_by": "conformance(followed_by(sent, sent_back, within = 30 days))",
    "calls_followed_by": "conformance(followed_by(calls, sent_back, within = 2 hours))",
    "never_twice": "conformance(never_twice(sent))",
    "exactly_one": "conformance(exactly_one(approved, declined, cancelled))",
    "must_end": "conformance(must_end(approved, declined, cancelled))",
    "different_persons": "conformance(different_persons(accepted, approved))",
}


LOG_CLOCK = """SELECT coalesce((SELECT max(event_time) FROM events WHERE epoch_us(event_time) <= epoch_us(ingested_at)
    + 86400000000), (SELECT max(event_time) FROM events)) AS newest"""
"""What is over is judged by the newest event that lies at most a day after its import."""


def late(first: str, then: str, seconds: int) -> str:
    """SQL of how many cases have a ``first`` that no ``then`` at or after it followed in time."""
    return f"""SELECT count(DISTINCT case_id) FILTER (step = '{first}' AND epoch_us(coalesce(next, newest))
        - epoch_us(event_time) > {seconds}000000) FROM (SELECT case_id, step, event_time,
        min(CASE WHEN step = '{then}' THEN event_time END) OVER (PARTITION BY case_id ORDER BY event_time
        RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next FROM events WHERE step IN ('{first}', '{then}')),
        ({LOG_CLOCK})"""


RULES_BY_HAND = [
    """SELECT count(*) FROM (SELECT min(event_time) FILTER (step = 'O_SENT_BACK') AS before,
        min(event_time) FILTER (step = 'A_APPROVED') AS after FROM events WHERE step IN ('O_SENT_BACK', 'A_APPROVED')
        GROUP BY case_id) WHERE after IS NOT NULL AND (before IS NULL OR before > after)""",
    late("O_SENT", "O_SENT_BACK", 30 * 86_400),
    late("W_Nabellen offertes", "O_SENT_BACK", 7_200),
    "SELECT count(*) FROM (SELECT case_id FROM events WHERE step = 'O_SENT' GROUP BY case_id HAVING count(*) > 1)",
    f"SELECT count(*) FROM (SELECT case_id FROM events WHERE {BPI_END} GROUP BY case_id HAVING min(step) <> max(step))",
    BPI_SEPARATE[4],
    BPI_SEPARATE[-1],
]

STEPS = (
    "due",
    "initiated",
    "received",
    "matched",
    "authorised",
    "settled",
    "allocated",
    "posted",
    "notified",
    "returned",
)
FIELDS = {
    "code": FieldBinding("code"),
    "manual": FieldBinding("manual", "boolean"),
    "receipt_date": FieldBinding("receipt_date", "date"),
    "dpd": FieldBinding("dpd", "integer"),
}
PILOT_SIGNALS = {step: BoundSignal(step, f"payment.{step}", fields=FIELDS) for step in (*STEPS, "unmatched")}
ADMINISTRATIVE = "('R02', 'R03', 'R04')"
UNAUTHORISED = "('R05', 'R07', 'R10', 'R11', 'R29', 'R51')"
PILOT_KPIS = {
    "return_rate": ("ratio(count(returned), count(initiated))", "initiated"),
    "administrative": (f"ratio(count(returned where code in {ADMINISTRATIVE}), count(initiated))", "initiated"),
    "unauthorised": (f"ratio(count(returned where code in {UNAUTHORISED}), count(initiated))", "initiated"),
    "credited": ("ratio(count(posted where effective_date = receipt_date), count(received))", "event"),
    "stp_rate": ("ratio(count(posted where manual = false), count(posted))", "event"),
    "exception_rate": ("ratio(count(unmatched), count(received))", "event"),
    "p50_receipt_to_posted": ("p50(duration(received -> posted))", "event"),
    "p95_receipt_to_posted": ("p95(duration(received -> posted))", "event"),
    "delinquent_30": ("ratio(distinct(due.case where dpd >= 30), distinct(due.case))", "event"),
}
RATES = ", ".join(f"{name} / initiated" for name in ("returned", "administrative", "unauthorised"))
INITIATED = "SELECT DISTINCT case_id FROM events WHERE step = 'payment.initiated'"
RETURNED = f"FROM events WHERE step = 'payment.returned' AND case_id IN ({INITIATED})"
PILOT_SPANS = spans("payment.received", "payment.posted")
PAID = "attributes['manual'] IN ('false', '0')"
CREDITED = "effective_date = try_cast(attributes['receipt_date'] AS DATE)"
LATE = "try_cast(attributes['dpd'] AS BIGINT) >= 30"
INITIATIONS, RECEIPTS, POSTINGS = (counted(f"payment.{step}") for step in ("initiated", "received", "posted"))
PILOT_SEPARATE = [
    f"SELECT (SELECT count(*) {RETURNED}) / ({INITIATIONS})",
    f"SELECT (SELECT count(*) {RETURNED} AND attributes['code'] IN {ADMINISTRATIVE}) / ({INITIATIONS})",
    f"SELECT (SELECT count(*) {RETURNED} AND attributes['code'] IN {UNAUTHORISED}) / ({INITIATIONS})",
    f"SELECT ({POSTINGS} AND {CREDITED}) / ({RECEIPTS})",
    f"SELECT count(*) FILTER ({PAID}) / count(*) FROM events WHERE step = 'payment.posted'",
    f"SELECT ({counted('payment.unmatched')}) / ({RECEIPTS})",
    f"SELECT quantile_cont({LASTED}, 0.5) / 1e6 FROM ({PILOT_SPANS})",
    f"SELECT quantile_cont({LASTED}, 0.95) / 1e6 FROM ({PILOT_SPANS})",
    f"SELECT count(DISTINCT case_id) FILTER ({LATE}) / count(DISTINCT case_id) FROM events WHERE step = 'payment.due'",
]
PILOT_SHARED = [
    f"""SELECT {RATES} FROM ({INITIATIONS}) i(initiated),
        (SELECT count(*), count(*) FILTER (attributes['code'] IN {ADMINISTRATIVE}),
        count(*) FILTER (attributes['code'] IN {UNAUTHORISED}) {RETURNED}) r(returned, administrative, unauthorised)""",
    f"""SELECT credited / received, straight / posted, unmatched / received FROM ({RECEIPTS}) r(received),
        ({counted("payment.unmatched")}) u(unmatched), (SELECT count(*), count(*) FILTER ({PAID}),
        count(*) FILTER ({CREDITED}) FROM events WHERE step = 'payment.posted') p(posted, straight, credited)""",
    f"SELECT unnest(quantile_cont({LASTED}, [0.5, 0.95])) / 1e6 FROM ({PILOT_SPANS})",
    PILOT_SEPARATE[-1],
]


def generate(path: Path, events: int) -> int:
    """Write generated payments: nine events a case, one case in 25 is returned weeks later; ordered by time."""
    names = ", ".join(f"'payment.{step}'" for step in STEPS)
    with duckdb.connect(config={"memory_limit": "4GB"}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"""COPY (SELECT case_id || '-' || s AS event_id, 'generated' AS flow, case_id, name AS step,
            due + to_seconds((s * 7200 + hash(i, s) % 36000 + if(s = 9, 1209600, 0))::BIGINT) AS event_time,
            (due + to_seconds(s * 7200))::DATE AS effective_date, due + INTERVAL 60 DAYS AS ingested_at,
            amount, 'USD' AS currency,
            'clerk' || (hash(i, s) % 40) AS resource, MAP {{
                'channel': ['ach', 'web', 'lockbox', 'branch', 'wire'][(1 + h % 5)::BIGINT],
                'manual': if(h % 20 = 3, 'true', 'false'), 'dpd': (h % 64 // 60 * 30)::VARCHAR,
                'code': if(s = 9, ['R01', 'R02', 'R03', 'R05', 'R29'][(1 + hash(i, 2) % 5)::BIGINT], NULL),
                'receipt_date': ((due + INTERVAL 14 HOURS)::DATE)::VARCHAR}} AS attributes
            FROM (SELECT i, 'P' || lpad(i::VARCHAR, 9, '0') AS case_id, hash(i) AS h,
                    TIMESTAMPTZ '2025-01-01 00:00:00+00' + to_seconds(i * 31536000 // ({events} // 9 + 1)) AS due,
                    ((hash(i, 1) % 500000) / 100 + 10)::DECIMAL(18, 2) AS amount FROM range({events} // 9 + 1) t(i)),
                (SELECT unnest(range(10)) AS s, unnest([{names}]) AS name)
            WHERE s < 9 OR h % 25 = 7 ORDER BY event_time) TO '{path}' (FORMAT parquet, COMPRESSION zstd)""")
        ((written,),) = connection.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchall()
        return int(written)


def real_log(folder: Path) -> Any:
    source = DATA / "bpi2012.xes.gz"
    if not source.is_file():
        return None
    lake = Lake(folder / "lake")
    import_events(
        lake, "loans", source, format="xes", mapping=BPI_MAPPING, batch="b", rejects=folder / "rejects", currency="EUR"
    )
    return lake.snapshot("loans")


def logs(folder: Path, events: int) -> Iterator[tuple[str, Any]]:
    """Yield the real log, where it is here, and so many generated events: a title, and what the engine reads."""
    real = real_log(folder)
    if real is None:
        print("Real log: left out, bpi2012.xes.gz is not here (BOS_TEST_DATA names its folder).")
    else:
        yield "Real log", real
    path = folder / "generated.parquet"
    yield "Generated", Held("generated@1", (str(path),), generate(path, events))


def by_hand(connection: duckdb.DuckDBPyConnection, statements: Sequence[str]) -> tuple[float, list[Any]]:
    started = time.perf_counter()
    values = [value for sql in statements for row in connection.execute(sql).fetchall() for value in row]
    return time.perf_counter() - started, values


def by_engine(held: Any, specs: Sequence[KpiSpec], signals: Mapping[str, BoundSignal]) -> tuple[float, list[Any]]:
    started = time.perf_counter()
    rows = evaluate(held, specs, signals, memory_limit=MEMORY)
    return time.perf_counter() - started, [row.value for row in rows]


def compare(
    title: str,
    held: Any,
    kpis: Mapping[str, Any],
    signals: Mapping[str, BoundSignal],
    hands: Mapping[str, Sequence[str]],
    rounds: int,
) -> tuple[float, float]:
    specs = [KpiSpec(name, *(text if isinstance(text, tuple) else (text,))) for name, text in kpis.items()]
    first, _ = by_engine(held, specs, signals)
    least = {"engine": math.inf, **dict.fromkeys(hands, math.inf)}
    with duckdb.connect(config={"memory_limit": MEMORY, "preserve_insertion_order": "false"}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.read_parquet(list(held.files)).create_view("events")
        for _ in range(rounds):
            took, values = by_engine(held, specs, signals)
            least["engine"] = min(least["engine"], took)
            for name, statements in hands.items():
                took, expected = by_hand(connection, statements)
                least[name] = min(least[name], took)
                pairs = zip(sorted(map(float, values)), sorted(map(float, expected)), strict=True)
                assert all(math.isclose(one, two, rel_tol=1e-11) for one, two in pairs), (name, values, expected)
    best = min(least[name] for name in hands)
    parts = " ".join(f"{name} {seconds * 1000:.1f} ms" for name, seconds in least.items())
    print(f"{title}: {held.events:,} events, {len(specs)} KPIs: {parts}; first evaluation {first * 1000:.1f} ms")
    print(f"  engine / better hand-written SQL: {least['engine'] / best:.2f} (goal 1.5)")
    return least["engine"] / best, least["engine"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options, _ = parser.parse_known_args()
    started = time.perf_counter()
    warm()
    print(f"warm(): {(time.perf_counter() - started) * 1000:.0f} ms after imports")
    missed = []
    with tempfile.TemporaryDirectory() as name:
        for title, held in logs(Path(name), options.events):
            if title == "Generated":
                hands = {"separate": PILOT_SEPARATE, "shared": PILOT_SHARED}
                ratio, seconds = compare(title, held, PILOT_KPIS, PILOT_SIGNALS, hands, options.rounds)
                missed += ["generated"] if ratio > 1.5 or seconds > 5 else []
                continue
            rounds = max(options.rounds, 15)
            hands = {"separate": BPI_SEPARATE, "shared": BPI_SHARED}
            ratio, _ = compare(title, held, BPI_KPIS, BPI_SIGNALS, hands, rounds)
            missed += ["real log"] if ratio > 1.5 else []
            ratio, seconds = compare("Rules", held, RULES, RULE_SIGNALS, {"separate": RULES_BY_HAND}, rounds)
            missed += ["rules"] if ratio > 1.5 or seconds > 1 else []
    print("Goals missed: " + ", ".join(missed) if missed else "Goals met.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
