"""Generated payments: seeded, plausible, labelled, and with incidents that the KPI engine finds to the cent."""

from __future__ import annotations

import json
from decimal import Decimal

import duckdb
import pandas as pd
import pytest
import yaml

from bos.errors import UsageError
from bos.generate import generate
from bos.kpi import KpiSpec
from bos.kpi.definitions import bound_series, bound_signals, specs
from bos.kpi.engine import evaluate
from bos.model.calendar import Calendar
from bos.model.cost_rule import CostRule
from bos.model.signals import Signal
from bos.model.template import Template
from bos.resources import share
from bos.telemetry.ingest import import_events, import_metrics
from bos.telemetry.lake import Lake

BLUEPRINT = yaml.safe_load((share("data") / "blueprints" / "loan-payment-processing.yaml").read_text(encoding="utf-8"))
TEMPLATE = Template.model_validate(BLUEPRINT["template"]).data()
DOCUMENTS = {signal["id"]: Signal.model_validate(signal).data() for signal in BLUEPRINT["signals"]}
CALENDARS = {one["id"]: Calendar.model_validate(one).data() for one in BLUEPRINT["calendars"]}
SIGNALS = bound_signals(TEMPLATE, lambda kind, id_: (CALENDARS if kind == "calendar" else DOCUMENTS).get(id_))
EVENTS = 20_000


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return generate(tmp_path_factory.mktemp("made"), events=EVENTS, seed=11)


@pytest.fixture(scope="module")
def rows(made):
    """Return every different event as pandas reads it."""
    frame = pd.concat([pd.read_parquet(made.events), pd.read_parquet(made.late)], ignore_index=True)
    return frame.drop_duplicates("event_id").sort_values(["event_time", "event_id"], ignore_index=True)


@pytest.fixture(scope="module")
def imported(made, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lake")
    lake = Lake(folder / "lake")
    mapping = TEMPLATE["binding"]["mapping"]
    options = {"mapping": mapping, "rejects": folder / "rejects"}
    reports = [import_events(lake, "pilot", path, batch=path.stem, **options) for path in (made.events, made.late)]
    return lake.snapshot("pilot"), reports


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(made, tmp_path):
    again = generate(tmp_path / "again", events=EVENTS, seed=11)
    assert again.manifest == made.manifest
    for name in ("events", "late"):
        pd.testing.assert_frame_equal(pd.read_parquet(getattr(again, name)), pd.read_parquet(getattr(made, name)))
    assert again.metrics.read_bytes() == made.metrics.read_bytes()
    other = generate(tmp_path / "other", events=EVENTS, seed=12)
    assert other.manifest.first != made.manifest.first or other.manifest.rows != made.manifest.rows


def test_there_are_as_many_events_as_were_asked_for(made, rows):
    manifest = made.manifest
    assert abs(manifest.rows - EVENTS) <= EVENTS * 0.02
    assert manifest.rows == len(rows) == rows.event_id.nunique() == manifest.main_rows + manifest.late_rows
    assert manifest.cases == rows.case_id.nunique()
    assert dict(manifest.by_event) == rows.event.value_counts().to_dict()
    assert json.loads((made.events.parent / "manifest.json").read_text())["note"] == manifest.note
    assert "Generated" in manifest.note


@pytest.mark.parametrize("events", [9_999, 10_000_001])
def test_a_number_of_events_out_of_range_is_refused(tmp_path, events):
    with pytest.raises(UsageError, match="events is"):
        generate(tmp_path, events=events)


def test_too_few_events_a_day_are_refused(tmp_path):
    with pytest.raises(UsageError, match="too few for 366 days"):
        generate(tmp_path, events=30_000, days=366)


def test_a_loan_is_as_far_behind_on_each_of_its_bills(rows):
    bills = rows[rows.event == "payment.due"].groupby("loan_id").dpd
    assert (bills.max() == bills.min()).all()
    assert 0.01 < (bills.max() >= 30).mean() < 0.06


def test_payments_go_through_the_steps_in_order(rows):
    first = rows.pivot_table(index="case_id", columns="event", values="event_time", aggfunc="min")
    later = {"received": "initiated", "matched": "received", "posted": "received", "returned": "initiated"}
    for event, before in later.items():
        happened = first[f"payment.{event}"].dropna()
        assert len(happened) > 10
        assert (happened >= first.loc[happened.index, f"payment.{before}"]).all()
    assert rows[rows.event == "payment.returned"].code.notna().all()
    assert (rows[rows.event != "payment.due"].amount > 0).all()


def test_days_and_hours_are_those_of_a_bank(rows):
    local = rows[rows.event == "payment.received"].event_time.dt.tz_convert("America/New_York")
    weekday = local.dt.day_of_week.value_counts()
    assert weekday[[5, 6]].max() < weekday[[0, 1, 2, 3, 4]].min()
    assert local.dt.hour.between(6, 20).mean() > 0.8
    posted = rows[rows.event == "payment.posted"]
    assert (posted.manual == "true").mean() < 0.2
    returned = rows[rows.event == "payment.returned"].groupby("case_id").event_time.min()
    lag = returned - rows[rows.event == "payment.initiated"].groupby("case_id").event_time.min()[returned.index]
    assert lag.max() > pd.Timedelta(days=14)


def test_everything_says_that_it_is_generated(rows):
    assert set(rows.source_system) == {"generated"}
    assert rows.resource.str.startswith("generated-").all()


def test_what_comes_later_is_late_or_a_duplicate_and_nothing_is_twice(made, imported):
    snapshot, (main, late) = imported
    assert (main.added, main.rejected, late.rejected) == (made.manifest.main_rows, 0, 0)
    assert (late.added, late.duplicates) == (made.manifest.late_rows, made.manifest.duplicate_rows)
    assert late.late > 0
    assert snapshot.events == made.manifest.rows


def test_the_planted_incidents_are_found_to_the_cent(made, imported):
    snapshot, _ = imported
    checked = 0
    for incident in made.manifest.incidents:
        for figure in incident.figures:
            if not figure.formula:
                continue
            spec = KpiSpec(figure.id, figure.formula, anchor=figure.anchor)
            (row,) = evaluate(snapshot, [spec], SIGNALS, start=incident.start, end=incident.end)
            assert Decimal(str(row.value)) == Decimal(str(figure.value)), (incident.id, figure.id)
            checked += 1
    assert checked >= 9


def test_an_incident_is_counted_alike_by_pandas(made, rows):
    wave = made.manifest.incident("account_file")
    origin = rows[rows.event == "payment.initiated"].groupby("case_id").event_time.min()
    cases = origin[(origin >= wave.start) & (origin < wave.end)].index
    bad = rows[(rows.event == "payment.returned") & (rows.resource == "generated-account-file-bad")]
    bad = bad[bad.case_id.isin(cases)]
    assert len(bad) == wave.figure("extra_returns").value
    assert Decimal(wave.figure("amount_returned").value) == sum(bad.amount)


def test_the_rate_of_the_blueprint_shows_the_wave_of_bad_accounts(made, imported):
    snapshot, _ = imported
    wave = made.manifest.incident("account_file")
    rate = next(spec for spec in specs(TEMPLATE) if spec.id == "administrative_return_rate")
    (row,) = evaluate(snapshot, [rate], SIGNALS, start=wave.start, end=wave.end)
    expected = wave.figure("administrative_returns").value / wave.figure("debits_originated").value
    assert row.value == pytest.approx(expected, rel=1e-11)
    (whole,) = evaluate(snapshot, [rate], SIGNALS)
    assert row.value > 3 * whole.value


def test_an_incident_names_steps_signals_and_kpis_of_the_blueprint(made):
    steps = {step["id"] for step in TEMPLATE["flow"]["steps"]}
    signals = {use["id"] for use in TEMPLATE["system_signals"]}
    kpis = {outcome["id"] for outcome in TEMPLATE["outcomes"]}
    for incident in made.manifest.incidents:
        assert set(incident.steps) <= steps
        assert set(incident.signals) <= signals
        assert set(incident.kpis) <= kpis


def test_every_kpi_of_the_blueprint_has_a_value(made, imported, tmp_path):
    lake = Lake(tmp_path / "lake")
    mapping = {"signal": "signal", "time": "time", "value": "value"}
    import_metrics(lake, "pilot", made.metrics, mapping=mapping, batch="m", rejects=tmp_path)
    systems = bound_series(TEMPLATE, lambda _, id_: DOCUMENTS.get(id_))
    rules = {one["id"]: CostRule.model_validate(one).data() for one in BLUEPRINT["cost_rules"]}
    rows = evaluate(
        imported[0], specs(TEMPLATE, lambda _, id_: rules.get(id_)), SIGNALS, systems=systems,
        points=lake.metrics_snapshot("pilot"), time_zone=TEMPLATE["time_zone"],
    )  # fmt: skip
    assert [row.withheld_reason for row in rows] == [None] * len(rows)
    assert all(row.value is not None for row in rows)


def test_the_metrics_show_the_outage(made, tmp_path):
    lake = Lake(tmp_path / "lake")
    mapping = {"signal": "signal", "time": "time", "value": "value"}
    report = import_metrics(lake, "pilot", made.metrics, mapping=mapping, batch="m", rejects=tmp_path)
    assert (report.added, report.rejected) == (made.manifest.metric_rows, 0)
    frame = pd.read_csv(made.metrics)
    frame["time"] = pd.to_datetime(frame.time, utc=True)
    outage = made.manifest.incident("gateway_outage")
    gateway = frame[frame.signal == "gateway_availability"]
    during = gateway[(gateway.time >= outage.start) & (gateway.time < outage.end)].value
    assert during.max() < gateway.value.median()
    assert set(frame.signal) == {use["id"] for use in TEMPLATE["system_signals"]}


ASTRAY = """
WITH instants AS (
    SELECT case_id, event_time, list(DISTINCT event) AS events,
        lag(list(DISTINCT event)) OVER (PARTITION BY case_id ORDER BY event_time) AS before
    FROM rows GROUP BY case_id, event_time
), passages AS (SELECT case_id, before, unnest(events) AS event FROM instants WHERE before IS NOT NULL)
SELECT case_id, array_to_string(list_sort(before), '+') AS first, event AS next FROM passages
WHERE NOT EXISTS (
    SELECT 1 FROM (SELECT unnest(before) AS came) JOIN emits AS one ON one.event = came
    JOIN emits AS other ON other.event = passages.event
    JOIN ways ON ways.source = one.step AND ways.target = other.step
) AND NOT EXISTS (
    SELECT 1 FROM (SELECT unnest(before) AS came) JOIN emits AS one ON one.event = came
    JOIN emits AS other ON other.event = passages.event WHERE one.step = other.step AND came <> passages.event
)
"""
EARLY_RETURN = ("payment.reversed", "payment.reconciled")


def test_the_log_follows_the_ways_of_its_blueprint_but_for_early_returns_and_complaints_amidst_a_try(tmp_path):
    made = generate(tmp_path / "made", events=100_000, seed=7)
    lake = Lake(tmp_path / "lake")
    options = {"mapping": TEMPLATE["binding"]["mapping"], "rejects": tmp_path / "rejects"}
    for path in (made.events, made.late):
        import_events(lake, "pilot", path, batch=path.stem, **options)
    emits = [(DOCUMENTS[use["signal"]]["binding"]["event"], use["step"]) for use in TEMPLATE["process_signals"]]
    with duckdb.connect() as hand:
        hand.register("emits", pd.DataFrame(emits, columns=["event", "step"]))
        hand.register("ways", pd.DataFrame(TEMPLATE["flow"]["edges"])[["source", "target"]])
        files = [str(made.events), str(made.late)]
        hand.read_parquet(files).create_view("rows")
        astray = hand.execute(ASTRAY).fetchall()
    early = {case for case, *went in astray if tuple(went) == EARLY_RETURN}
    left = [(case, first, then) for case, first, then in astray if case not in early]
    assert early
    assert all("payment.complaint_opened" in (*first.split("+"), then) for _, first, then in left)
    cases = early | {case for case, _, _ in left}
    assert 0.0001 < len(cases) / made.manifest.cases < 0.003
    names = ", ".join(use["id"] for use in TEMPLATE["process_signals"])
    rule = KpiSpec("astray", f"conformance(along_flow({names}))", unit="count")
    (found,) = evaluate(lake.snapshot("pilot"), [rule], SIGNALS)
    assert found.value == len(cases)
