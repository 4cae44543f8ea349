"""Back-tests of thresholds: on real series with labelled anomalies against pandas, and by hand with the money."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from bos.actions import backtests, documents
from bos.actions.backtests import Proposal
from bos.errors import InputError, NotFound, UsageError
from bos.model.incidents import Incident, read_incidents
from bos.telemetry.ingest import import_metrics
from tests.unit.actions.kpis.conftest import TEMPLATE, outcome

SERIES = {
    "elb_request_count_8c0756": ("max", (100, 150, 200, 250, 400)),
    "rds_cpu_utilization_cc0c53": ("avg", (6.5, 7, 8, 10, 14, 20)),
}


def pandas_backtest(frame, labels, aggregate, by, limit):
    """Return episodes, precision, recall and single buckets, computed without a line of the product."""
    how = {"avg": "mean", "max": "max"}[aggregate]
    series = frame.set_index("timestamp")["value"].resample({"hour": "1h", "day": "1D"}[by]).agg(how)
    last, step = frame["timestamp"].max(), pd.Timedelta(1, "h" if by == "hour" else "D")
    begun = frame["timestamp"].min().floor("1h")  # points are samples: the hour of the first one counts
    series = series[(series.index >= begun) & (series.index + step <= last)].dropna()
    beyond = series > limit
    run = (beyond != beyond.shift()) | (series.index.to_series().diff() != step)
    runs = [group.index for _, group in series.groupby(run.cumsum()) if beyond[group.index[0]]]
    spans = [(index[0], index[-1] + step) for index in runs]
    windows = [(pd.Timestamp(one), pd.Timestamp(two)) for one, two in labels]

    def meet(one, two):
        return one[0] < two[1] and two[0] < one[1]

    inside = pd.Series([any(meet((at, at + step), window) for window in windows) for at in series.index], series.index)
    return {
        "episodes": [(one.tz_localize("UTC"), two.tz_localize("UTC")) for one, two in spans],
        "precision": sum(any(meet(s, w) for w in windows) for s in spans) / len(spans) if spans else None,
        "recall": sum(any(meet(s, w) for s in spans) for w in windows) / len(windows),
        "single": [int((a & b).sum()) for a, b in ((beyond, inside), (beyond, ~inside), (~beyond, inside))],
        "buckets": len(series),
    }


@pytest.fixture
def numenta(ctx, ana, flow, real_data):
    """Return a function that records a labelled series as points of a system signal that a KPI reads."""

    def make(name, aggregate):
        signal = {"id": "aws.metric", "title": "Metric", "type": "system", "unit": ""}
        documents.put(ctx, ana, "signal", signal["id"], signal, rationale="First.")
        template = copy.deepcopy(TEMPLATE) | {"time_zone": "UTC"}
        template["system_signals"] = [{"id": "metric", "signal": "aws.metric", "affects": ["all"]}]
        kpi = outcome("load", f"{aggregate}(metric)", "")
        kpi["target"] = {"value": 1.0, "direction": "at_most"}
        kpi["thresholds"] = [{"id": "now", "level": "breach", "value": SERIES[name][1][0] * 1.5}]
        template["outcomes"].append(kpi)
        documents.put(ctx, ana, "template", flow, template, base_version=1, rationale="A series.")
        source = real_data(f"nab_{name}.csv")
        import_metrics(
            ctx.lake, flow, source, mapping={"time": "timestamp", "value": "value"}, signal="aws.metric", batch="nab",
            time_zone="UTC", rejects=ctx.rejects,
        )  # fmt: skip
        text = real_data("nab_labels.json").read_text()
        pairs = next(pairs for key, pairs in json.loads(text).items() if name in key)
        return pd.read_csv(source, parse_dates=["timestamp"]), pairs, read_incidents(text, zone="UTC", series=name)

    return make


@pytest.mark.data
@pytest.mark.parametrize("name", SERIES)
def test_precision_and_recall_on_labelled_series_equal_those_of_pandas(ctx, ana, flow, numenta, name):
    aggregate, limits = SERIES[name]
    frame, pairs, labels = numenta(name, aggregate)
    assert len(labels) == len(pairs) == 2
    proposed = [Proposal("breach", float(limit)) for limit in limits]
    seen = set()
    for by in ("hour", "day"):
        found = backtests.backtest(ctx, ana, flow, "load", proposed=proposed, by=by, incidents=labels)
        assert [one.of for one in found.tests] == ["proposed"] * len(limits) + ["current"]
        for one in found.tests:
            wanted = pandas_backtest(frame, pairs, aggregate, by, one.value)
            assert [(e.start, e.end) for e in one.episodes] == wanted["episodes"]
            assert (one.precision, one.recall) == (wanted["precision"], wanted["recall"])
            assert [one.bucket_hits, one.bucket_false, one.bucket_missed] == wanted["single"]
            assert found.buckets == wanted["buckets"]
            assert one.caught_money is None
            seen.add((one.precision, one.recall))
        assert any("No money is told" in note for note in found.notes)
    assert len(seen) > 3


RULE = {"id": "clerk", "title": "A clerk's time", "charge": {"currency": "USD", "fixed": "12.50"}}
DAY = timedelta(days=1)
JUNE = datetime(2026, 6, 1, tzinfo=UTC)
RETURNS = (0, 1, 3, 4, 0, 5, 2, 0, 0, 6, 0, 0)


@pytest.fixture
def charged(ctx, ana, flow, add):
    """Return the flow with twelve days of debits; so many came back each day, and each costs 12.50."""
    documents.put(ctx, ana, "cost_rule", "clerk", RULE, rationale="First.")
    template = copy.deepcopy(TEMPLATE) | {"time_zone": "UTC"}
    kpi = outcome("came_back", "count(returned)") | {
        "cost_rule": "clerk",
        "target": {"value": 0, "direction": "at_most"},
        "thresholds": [{"id": "b", "level": "breach", "value": 4}, {"id": "w", "level": "warning", "value": 1}],
    }
    template["outcomes"].append(kpi)
    next(one for one in template["outcomes"] if one["id"] == "return_rate")["cost_rule"] = "clerk"
    documents.put(ctx, ana, "template", flow, template, base_version=1, rationale="What it costs.")
    events = [(f"s{at}", "payment.initiated", (JUNE + at * DAY + timedelta(hours=2)).isoformat(), "1.00", "web")
              for at in range(len(RETURNS) + 1)]  # fmt: skip
    events += [
        (
            f"r{at}.{i}",
            "payment.returned",
            (JUNE + at * DAY + timedelta(hours=10, minutes=i)).isoformat(),
            "1.00",
            "web",
        )
        for at, many in enumerate(RETURNS)
        for i in range(many)
    ]
    add("june", events)
    return flow


def window(first, last, name=""):
    """Return an incident from noon of a day of June to noon of another."""
    half = timedelta(hours=12)
    return Incident(start=JUNE + (first - 1) * DAY + half, end=JUNE + (last - 1) * DAY + half, name=name)


def asked(ctx, ana, flow, **options):
    given = {"start": JUNE, "end": JUNE + len(RETURNS) * DAY} | options
    return backtests.backtest(ctx, ana, flow, "came_back", **given)


def test_proposed_and_current_thresholds_side_by_side_with_the_money(ctx, ana, charged):
    """Above 2: days 3-4, 6 and 10. Incidents: days 3-5 (two days catch it), 7-8 (quiet), 10-11; one in July."""
    labels = [window(10, 11, "late file"), window(3, 5), window(7, 8), window(40, 41)]
    found = asked(ctx, ana, charged, proposed=[Proposal("breach", 2)], incidents=labels)
    new, breach, warning = found.tests
    assert [(one.of, one.level, one.value) for one in found.tests] == [
        ("proposed", "breach", 2), ("current", "breach", 4), ("current", "warning", 1),
    ]  # fmt: skip
    assert [((e.start - JUNE).days + 1, e.buckets, e.worst, e.true) for e in new.episodes] == [
        (3, 2, 4, True), (6, 1, 5, False), (10, 1, 6, True),
    ]  # fmt: skip
    assert (new.caught, new.missed, new.true_episodes, new.recall) == (2, 1, 2, pytest.approx(2 / 3))
    assert new.precision == pytest.approx(2 / 3)
    # known at midnight after the third and the tenth, twelve hours after the incidents began
    assert [one.delay for one in new.incidents] == [12 * 3600, None, 12 * 3600, None]
    assert (new.mean_delay, new.currency) == (12 * 3600, "USD")
    # 3 June noon to 5 June noon: the four of the fourth. 10 June noon on: none. 7 June noon to the 8th: none.
    assert [one.money for one in new.incidents] == [50, 0, 0, 0]
    assert (new.caught_money, new.missed_money) == (50, 0)
    assert (new.bucket_hits, new.bucket_false, new.bucket_missed, new.bucket_quiet) == (3, 1, 4, 4)
    assert [one.judged for one in new.incidents] == [True, True, True, False]
    assert (breach.caught, breach.caught_money, breach.missed_money) == (1, 0, 50)
    assert [e.buckets for e in breach.episodes] == [1, 1]
    assert [e.buckets for e in warning.episodes] == [2, 2, 1]
    assert new.words == (
        "Would have fired 3 times in 12 days, for 4 d in all. Caught 2 of 3 incidents, USD 50.00; missed 1, USD 0.00. "
        "1 false alarm."
    )
    assert any("1 of 4 incidents lie where nothing can be judged" in note for note in found.notes)


def test_money_in_two_incidents_at_once_is_told_once_and_caught_if_one_is(ctx, ana, charged):
    early = Incident(start=JUNE + 2 * DAY, end=JUNE + 4 * DAY)  # days 3 and 4: seven came back
    late = Incident(start=JUNE + 3 * DAY + timedelta(hours=10, minutes=2), end=JUNE + 5 * DAY)  # two of day 4, day 5
    one = asked(ctx, ana, charged, proposed=[Proposal("breach", 3)], incidents=[early, late]).tests[0]
    assert (one.caught, [i.money for i in one.incidents], one.caught_money) == (2, [87.5, 25], 87.5)
    only = asked(
        ctx, ana, charged, proposed=[Proposal("breach", 2)], incidents=[early, late], hold=1, end=JUNE + 3 * DAY
    )
    assert [(i.judged, i.caught) for i in only.tests[0].incidents] == [(True, True), (False, False)]


def test_a_failure_costs_where_the_kpi_counts_it(ctx, ana, charged):
    """The debit of 1 February came back in March; the rate counts it in February, by its anchor."""
    days = [datetime(2026, month, day, tzinfo=UTC) for month, day in ((2, 1), (3, 5))]
    found = backtests.backtest(
        ctx, ana, charged, "return_rate", proposed=[Proposal("breach", 0.5)], direction="at_most",
        incidents=[Incident(start=day, end=day + DAY) for day in days],
    )  # fmt: skip
    (one,) = found.tests
    assert [incident.money for incident in one.incidents] == [12.5, 0]
    assert [incident.caught for incident in one.incidents] == [True, False]
    assert (one.caught_money, one.currency) == (12.5, "USD")
    assert not any("money" in note.lower() for note in found.notes)


def test_buckets_in_a_row_that_must_be_beyond(ctx, ana, charged):
    found = asked(ctx, ana, charged, proposed=[Proposal("breach", 1)], hold=2)
    assert [((e.start - JUNE).days + 1, e.buckets) for e in found.tests[0].episodes] == [(4, 1), (7, 1)]
    assert found.tests[0].precision is None
    assert any("No incidents were given" in note for note in found.notes)


def test_a_direction_that_is_given_and_bad_questions(ctx, ana, charged):
    below = asked(ctx, ana, charged, proposed=[Proposal("breach", 1)], direction="at_least").tests
    assert [e.buckets for e in below[0].episodes] == [1, 1, 2, 2]
    assert below[1].direction == "at_most"
    with pytest.raises(UsageError, match="from which side"):
        backtests.backtest(ctx, ana, charged, "sent", proposed=[Proposal("breach", 1)])
    with pytest.raises(UsageError, match="none is proposed"):
        backtests.backtest(ctx, ana, charged, "sent")
    with pytest.raises(UsageError, match="hold must be"):
        asked(ctx, ana, charged, hold=0)
    with pytest.raises(UsageError, match="At most 20"):
        asked(ctx, ana, charged, proposed=[Proposal("breach", 1)] * 21)
    with pytest.raises(NotFound, match="no KPI"):
        backtests.backtest(ctx, ana, charged, "nothing")


def test_incidents_are_read_from_csv_json_and_the_manifest_of_generated_telemetry():
    paris = read_incidents("start,end,name\n2026-06-01,2026-06-02T12:00,Outage\n", zone="Europe/Paris")
    assert paris == (Incident(start="2026-05-31T22:00:00Z", end="2026-06-02T10:00:00Z", name="Outage"),)
    listed = read_incidents('[{"start": "2026-06-01T00:00:00+02:00", "end": "2026-06-02"}]', zone="UTC")
    assert (listed[0].start, listed[0].name) == (datetime(2026, 5, 31, 22, tzinfo=UTC), "")
    rows = [{"id": x, "title": x, "start": "2026-06-01T00:00:00+00:00", "end": "2026-06-02T00:00:00+00:00", "kpis": [x]}
            for x in ("a", "b")]  # fmt: skip
    assert [one.name for one in read_incidents(json.dumps({"incidents": rows}), zone="UTC", kpi="b")] == [
        "generated: b"
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,2\n", "no columns start and end"),
        ("start,end\n2026-06-02,2026-06-01\n", "Window 1 .* ends before it begins"),
        ("start,end\nsoon,2026-06-01\n", "'soon' of window 1"),
        ("start,end\n2026-06-02\n", "None of window 1"),
        ("[1]", "no list of windows"),
        ("{", "no JSON"),
        ('{"a": [], "b": []}', "of several series"),
        ('{"a": [["2026-06-01"]]}', "no pair of times"),
    ],
)
def test_a_file_of_incidents_that_is_none_is_told_in_words(text, words):
    with pytest.raises(InputError, match=words):
        read_incidents(text, zone="UTC")
