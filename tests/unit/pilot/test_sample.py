"""The hand-made log: every KPI against the numbers worked out by hand, and against pandas."""

import math
from datetime import UTC, datetime
from decimal import Decimal

import pandas as pd
import pytest
import yaml

from bos.kpi import KpiSpec
from bos.kpi.definitions import bound_signals, specs
from bos.kpi.engine import evaluate
from bos.model.kinds import model_of
from bos.resources import share
from bos.telemetry.ingest import import_events
from bos.telemetry.lake import Lake

BY_HAND = {
    "overall_return_rate": 0.428571428571,
    "administrative_return_rate": 0.142857142857,
    "unauthorised_return_rate": 0.142857142857,
    "credited_as_of_receipt": 0.6,
    "stp_rate": 0.875,
    "exception_rate": 0.2,
    "receipt_to_posted_p50": 7_200.0,
    "receipt_to_posted_p95": 54_720.0,
    "delinquent_30": 0.5,
    "delinquent_60": 0.333333333333,
    "delinquent_90": 0.166666666667,
    "suspense_balance": Decimal("1999.99"),
    "suspense_age": 603_300.0,
    "return_cost": Decimal("13.50"),
    "late_crediting_cost": Decimal("30.68"),
}
NEED_POINTS = {"ach_file_gap", "gateway_uptime"}
BY_MONTH = {
    "overall_return_rate": [0.4, 0.5, None],
    "administrative_return_rate": [0.0, 0.5, None],
    "unauthorised_return_rate": [0.2, 0.0, None],
}
XES = {
    "case": "case:concept:name",
    "step": "concept:name",
    "time": "time:timestamp",
    "resource": "org:resource",
}
SAMPLES = share("data") / "samples"


@pytest.fixture(scope="module")
def blueprint():
    text = (share("data") / "blueprints" / "loan-payment-processing.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


@pytest.fixture(scope="module")
def template(blueprint):
    return model_of("template").model_validate(blueprint["template"]).data()


@pytest.fixture(scope="module")
def signals(blueprint, template):
    known = {one["id"]: model_of("signal").model_validate(one).data() for one in blueprint["signals"]}
    (calendar,) = blueprint["calendars"]
    days = model_of("calendar").model_validate(calendar).data()
    return bound_signals(template, lambda kind, id_: days if kind == "calendar" else known.get(id_))


@pytest.fixture(scope="module")
def take(template):
    """Return a function that imports a file as the blueprint says."""

    def run(lake, source, **over):
        binding = template["binding"]
        return import_events(
            lake, "payments", source, mapping=binding["mapping"] | over, batch=source.name.replace(".", "-"),
            rejects=lake.root.parent / "rejects", time_zone=binding["time_zone"], currency=binding["currency"],
        )  # fmt: skip

    return run


@pytest.fixture(scope="module", params=["csv", "xes"])
def log(request, take, tmp_path_factory):
    lake = Lake(tmp_path_factory.mktemp(request.param) / "lake")
    report = take(lake, SAMPLES / f"loan-payments.{request.param}", **(XES if request.param == "xes" else {}))
    assert (report.read, report.added, report.duplicates, report.rejected) == (44, 43, 1, 0)
    return lake.snapshot("payments")


@pytest.fixture(scope="module")
def frame():
    rows = pd.read_csv(SAMPLES / "loan-payments.csv", dtype=str).drop_duplicates("event_id")
    rows["event"] = rows["event"].str.removeprefix("payment.")
    rows["at"] = pd.to_datetime(rows["event_time"], utc=True)
    return rows.assign(dpd=rows["dpd"].astype(float))


@pytest.fixture(scope="module")
def kpis(blueprint, template):
    """Return the KPIs, with what their failures cost."""
    rules = {one["id"]: model_of("cost_rule").model_validate(one).data() for one in blueprint["cost_rules"]}
    return specs(template, lambda _, id_: rules.get(id_))


@pytest.fixture(scope="module")
def of_events(kpis):
    """Return the KPIs that read events alone: the log comes without points of system signals."""
    return [spec for spec in kpis if spec.id not in NEED_POINTS]


def test_every_kpi_is_the_number_worked_out_by_hand(log, of_events, kpis, signals):
    rows = evaluate(log, of_events, signals, known=kpis)
    assert {row.kpi: row.value for row in rows} == BY_HAND
    assert [row.withheld_reason for row in rows] == [None] * len(rows)


def test_no_case_of_the_hand_made_log_leaves_the_ways_of_the_flow_through_steps_it_leaves_out(log, signals):
    recorded = "due, initiated, received, unmatched, posted, returned, reversed, retried"
    rules = [
        KpiSpec(name, f"conformance(along_flow({of}))", unit="count")
        for name, of in (("recorded", recorded), ("all", ", ".join(signals)))
    ]
    told = evaluate(log, rules, signals)
    not_matched_first = 8  # all but P9, of nine
    assert [row.value for row in told] == [0, not_matched_first]


def test_a_return_of_april_counts_in_the_month_its_debit_was_initiated(log, template, signals):
    rates = [spec for spec in specs(template) if spec.id in BY_MONTH]
    rows = evaluate(log, rates, signals, by="month", time_zone=template["time_zone"])
    assert {spec.id: [row.value for row in rows if row.kpi == spec.id] for spec in rates} == BY_MONTH


def test_every_kpi_can_be_split_by_its_dimensions(log, template, of_events, kpis, signals):
    for spec in of_events:
        rows = evaluate(log, [spec], signals, known=kpis, dimensions=spec.dimensions)
        assert len(rows) > 1 or spec.id.startswith("suspense"), spec.id
    exceptions = next(spec for spec in specs(template) if spec.id == "exception_rate")
    split = evaluate(log, [exceptions], signals, dimensions=["channel"])
    assert {row.dimensions["channel"]: row.value for row in split} == {
        "ach": 0.0, "branch": 0.0, "lockbox": 1.0, "web": 0.0, "wire": 1.0,
    }  # fmt: skip


def test_a_window_leaves_out_what_was_initiated_before_it(log, template, signals):
    rate = next(spec for spec in specs(template) if spec.id == "administrative_return_rate")
    (row,) = evaluate(log, [rate], signals, start=datetime(2026, 3, 1, tzinfo=UTC))
    assert (row.value, row.n) == (0.5, 2)


def test_pandas_comes_to_the_same_numbers(log, of_events, kpis, signals, frame, bank_hours):
    found = _rates(frame) | _durations(frame, bank_hours) | _delinquent(frame) | _suspense(frame, bank_hours)
    found |= _costs(frame)
    rows = evaluate(log, of_events, signals, known=kpis)
    assert {row.kpi for row in rows} == set(found)
    for row in rows:
        assert math.isclose(row.value, found[row.kpi], rel_tol=1e-11), row.kpi


def _rates(frame):
    debits = frame[(frame.event == "initiated") & frame.channel.isin(["ach", "web", "third_party"])]
    returned = frame[(frame.event == "returned") & frame.case_id.isin(debits.case_id)]
    received, posted = frame[frame.event == "received"], frame[frame.event == "posted"]
    home = received[received.loan_type == "mortgage"]
    credited = posted[posted.case_id.isin(home.case_id) & (posted.effective_date == posted.receipt_date)]
    return {
        "overall_return_rate": len(returned) / len(debits),
        "administrative_return_rate": returned.code.isin(["R02", "R03", "R04"]).sum() / len(debits),
        "unauthorised_return_rate": returned.code.isin(["R05", "R07", "R10", "R11", "R29", "R51"]).sum() / len(debits),
        "credited_as_of_receipt": len(credited) / len(home),
        "stp_rate": (posted.manual == "false").mean(),
        "exception_rate": (frame.event == "unmatched").sum() / len(received),
    }


def _durations(frame, bank_hours):
    first = {event: rows.groupby("case_id")["at"].min() for event, rows in frame.groupby("event")}
    both = pd.DataFrame({name: first[name] for name in ("received", "posted")}).dropna()
    seconds = bank_hours(both.received, both.posted)
    return {"receipt_to_posted_p50": seconds.quantile(0.5), "receipt_to_posted_p95": seconds.quantile(0.95)}


def _delinquent(frame):
    worst = frame[frame.event == "due"].groupby("loan_id")["dpd"].max()
    return {f"delinquent_{days}": (worst >= days).mean() for days in (30, 60, 90)}


def _suspense(frame, bank_hours):
    begun = frame[frame.event == "unmatched"].set_index("case_id")
    waiting = begun[~begun.index.isin(frame[frame.event == "matched"].case_id)]
    ages = bank_hours(waiting["at"], pd.Series(frame["at"].max(), waiting.index))
    return {"suspense_balance": waiting.amount.astype(float).sum(), "suspense_age": ages.max()}


def _costs(frame):
    debits = frame[(frame.event == "initiated") & frame.channel.isin(["ach", "web", "third_party"])]
    returned = frame[(frame.event == "returned") & frame.case_id.isin(debits.case_id)]
    home = frame[(frame.event == "received") & (frame.loan_type == "mortgage")].drop_duplicates("case_id")
    on_day = frame[(frame.event == "posted") & (frame.effective_date == frame.receipt_date)]
    late = home[~home.case_id.isin(on_day.case_id)].amount.astype(float)
    return {"return_cost": 4.5 * len(returned), "late_crediting_cost": (15 + late * 0.0002).round(2).sum()}


def test_the_same_log_in_the_other_format_adds_nothing(take, tmp_path):
    lake = Lake(tmp_path / "lake")
    assert take(lake, SAMPLES / "loan-payments.csv").added == 43
    again = take(lake, SAMPLES / "loan-payments.xes", **XES)
    assert (again.added, again.duplicates, again.rejected) == (0, 44, 0)


def test_the_last_row_arrives_late_when_the_others_are_there(take, tmp_path):
    lines = (SAMPLES / "loan-payments.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    early = tmp_path / "early.csv"
    early.write_text("".join(lines[:-1]), encoding="utf-8")
    lake = Lake(tmp_path / "lake")
    assert take(lake, early).added == 42
    report = take(lake, SAMPLES / "loan-payments.csv")
    assert (report.added, report.late) == (1, 1)
