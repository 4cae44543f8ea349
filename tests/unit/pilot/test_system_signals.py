"""Generated system signals: all that the blueprint names, in step with the generated events and their incidents."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
import yaml

from bos.generate import EVENTS, generate
from bos.model.template import Template
from bos.resources import share

BLUEPRINT = yaml.safe_load((share("data") / "blueprints" / "loan-payment-processing.yaml").read_text(encoding="utf-8"))
USES = {use["id"] for use in Template.model_validate(BLUEPRINT["template"]).data()["system_signals"]}
ZONE = "America/New_York"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return generate(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def received(made):
    """Return every received payment as pandas reads it, with its local day."""
    rows = pd.concat([pd.read_parquet(made.events), pd.read_parquet(made.late)]).drop_duplicates("event_id")
    rows = rows[rows.event == "payment.received"]
    return rows.assign(day=rows.event_time.dt.tz_convert(ZONE).dt.date)


@pytest.fixture(scope="module")
def points(made):
    """Return the metric points, values as text, with their local day."""
    frame = pd.read_csv(made.metrics, dtype={"value": str})
    frame["time"] = pd.to_datetime(frame.time, utc=True)
    return frame.assign(day=frame.time.dt.tz_convert(ZONE).dt.date)


def _values(points, signal):
    return points[points.signal == signal].set_index("time").value.astype(float)


def _days(points, signal):
    chosen = points[points.signal == signal]
    assert chosen.day.is_unique
    return {day: Decimal(value) for day, value in zip(chosen.day, chosen.value, strict=True)}


def test_every_system_signal_of_the_blueprint_has_points_and_no_other(made, points):
    assert set(points.signal) == USES
    assert len(points) == made.manifest.metric_rows
    assert not points.value.isna().any()


@pytest.mark.parametrize("channel", ["ach", "lockbox"])
def test_counts_and_control_totals_of_a_day_are_those_of_its_events(points, received, channel):
    by_day = received[received.channel == channel].groupby("day").amount
    counts = _days(points, f"{channel}_record_count")
    totals = _days(points, f"{channel}_control_total")
    assert {day: count for day, count in counts.items() if count} == by_day.count().to_dict()
    assert {day: total for day, total in totals.items() if total} == {day: sum(money) for day, money in by_day}
    assert counts.keys() == totals.keys()
    assert len(counts) >= 60  # the bank days of 13 weeks


def test_a_control_total_shows_when_its_day_is_over(points, received):
    closed = points[points.signal == "ach_control_total"].set_index("day").time
    last = received[received.channel == "ach"].groupby("day").event_time.max()
    assert (closed - last).min() > -pd.Timedelta(minutes=1)


def test_the_file_of_wrong_accounts_is_the_one_that_comes_late(made, points):
    wave = made.manifest.incident("account_file")
    assert "ach_file_delay" in wave.signals
    delay = _values(points, "ach_file_delay")
    inside = delay[(delay.index >= wave.start) & (delay.index < wave.end)]
    assert list(inside) == [25.0]
    assert delay.drop(inside.index).abs().max() <= 10
    assert _values(points, "lockbox_file_delay").abs().max() <= 10


def test_the_posting_batch_of_the_backlog_ends_a_day_late_and_its_postings_fail(made, points):
    backlog = made.manifest.incident("posting_backlog")
    assert {"batch_window_end", "posting_error_rate"} <= set(backlog.signals)
    ends = _values(points, "batch_window_end")
    (late,) = ends[ends.abs() > 10]
    assert abs(late - backlog.figure("delay").value / 60) <= 10
    ended = ends[ends == late].index[0]
    planned = ended - pd.Timedelta(minutes=late)
    assert backlog.end < planned < backlog.end + pd.Timedelta(days=4)
    errors = _values(points, "posting_error_rate")
    during = errors[(errors.index >= planned) & (errors.index < ended - pd.Timedelta(hours=2))]
    assert during.min() > 0.3
    assert errors.between(0, 1).all()
    assert errors.median() < 0.01


def test_the_default_covers_thirteen_weeks_and_every_incident_shows(made, tmp_path):
    for seed in (1, 2, 7):
        manifest = made.manifest if seed == 7 else generate(tmp_path / str(seed), seed=seed).manifest
        assert manifest.days == 91
        assert abs(manifest.rows - EVENTS) <= EVENTS * 0.02
        outage, wave, backlog = manifest.incidents
        assert outage.figure("payments_delayed").value >= 5
        assert outage.figure("authorised_in_window").value == 0
        usual = manifest.by_event["payment.returned"] / manifest.by_event["payment.initiated"]
        assert wave.figure("administrative_returns").value > 2 * usual * wave.figure("debits_originated").value
        assert backlog.figure("payments_delayed").value >= backlog.figure("payments_received").value / 2 > 0


def test_fewer_events_cover_four_weeks(tmp_path):
    assert generate(tmp_path, events=27_299).manifest.days == 28
