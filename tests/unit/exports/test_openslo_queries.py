"""The queries of an OpenSLO file: what they come to, whose they are, and the file of the pilot."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import yaml

from bos.actions import export_openslo, kpis
from bos.kpi.connection import opened
from bos.resources import share
from tests.unit.exports.made_openslo import FULL, exported, kpi, metric, notes, of_kind, only_slo, ratio, read, template
from tests.unit.exports.openslo_rules import hold

GOLDEN = Path(__file__).parents[3] / "tests" / "golden" / "exports" / "openslo.yaml"
START = datetime(2026, 3, 2, tzinfo=UTC)
SHARES = "What each hour weighs"


@pytest.fixture
def lake():
    """Return a database with the tables of the lake: four sent, one returned, three posted; points of the gateway."""
    base = duckdb.connect()
    base.execute("SET TimeZone = 'UTC'")
    base.execute(
        """CREATE TABLE events (event_id VARCHAR, case_id VARCHAR, step VARCHAR, event_time TIMESTAMPTZ,
        effective_date DATE, amount DECIMAL(18,2), currency VARCHAR, resource VARCHAR, attributes MAP(VARCHAR, VARCHAR)
        );
        CREATE TABLE points (signal VARCHAR, time TIMESTAMPTZ, value DOUBLE, labels MAP(VARCHAR, VARCHAR))"""
    )
    rows = [("a", "SENT", 0, 10), ("b", "SENT", 1, 20), ("c", "SENT", 30, 30), ("d", "SENT", 31, 40),
            ("a", "RETURNED", 50, 10), ("a", "POSTED", 2, 10), ("b", "POSTED", 3, 20),
            ("c", "POSTED", 90, 30)]  # fmt: skip
    for at, (case, step, hours, amount) in enumerate(rows):
        moment = START + timedelta(hours=hours)
        base.execute("INSERT INTO events VALUES (?, ?, ?, ?, NULL, ?, 'EUR', NULL, MAP {'channel': 'web'})",
                     [f"e{at}", case, step, moment, amount])  # fmt: skip
    points = [("up", 0, 1.0), ("up", 0.1, 0.5), ("up", 0.2, 0.9), ("up", 5, 0.2), ("latency", 0, 0.1),
              ("latency", 0.1, 0.2), ("latency", 0.2, 0.9), ("latency", 5, 0.3), ("ok", 0, 8), ("calls", 0, 10),
              ("ok", 5, 4), ("calls", 5, 5)]  # fmt: skip
    for name, hours, value in points:
        row = [f"gateway.{name}", START + timedelta(hours=hours), value]
        base.execute("INSERT INTO points VALUES (?, ?, ?, MAP {})", row)
    yield base
    base.close()


def summed(database, source):
    """Return what a query of the file comes to over all hours."""
    spec = source["spec"]
    frame = database.execute(spec["query"]).fetch_df()
    assert not frame[spec["timeField"]].duplicated().any()
    return float(frame[spec["valueField"]].sum())


@pytest.mark.parametrize(
    ("formula", "more", "counted", "total"),
    [
        ("ratio(count(returned), count(sent))", {}, 1, 4),
        ("ratio(sum(ok), sum(calls))", {}, 12, 15),
        ("ratio(count(returned), count(sent where channel = 'post'))", {}, 1, 0),
        ("conversion(sent -> posted, within = 1 day)", {}, 2, 4),
        ("ratio(conformance(must_end(posted)), count(sent))", {}, 1, 4),
        ("availability(up)", {}, 2.6, 4),
        ("availability(latency <= 0.3)", {}, 3, 4),
        ("availability(latency > 0.3)", {"target": 0.1, "direction": "at_most"}, 1, 4),
        ("availability(ok / calls)", {}, 12, 15),
    ],
)
def test_both_sides_come_to_what_was_counted_by_hand(lake, formula, more, counted, total):
    slo = only_slo(read(exported(template(kpi("x", formula, **more)))))
    side = "bad" if more else "good"
    assert set(ratio(slo)) == {"counter", side, "total"}
    assert summed(lake, metric(slo, side)) == pytest.approx(counted, abs=1e-9)
    assert summed(lake, metric(slo, "total")) == total
    assert metric(slo, side)["type"] == "DuckDB"


def test_an_hour_with_a_share_that_cannot_be_is_neither_good_nor_bad_and_this_is_told(lake):
    lake.execute(
        "INSERT INTO points VALUES ('gateway.up', ?, 1.5, MAP {}), ('gateway.up', ?, 0.5, MAP {})", [START] * 2
    )
    parcel = exported(template(kpi("x", "availability(up)")))
    slo = only_slo(read(parcel))
    assert summed(lake, metric(slo, "good")) == pytest.approx(0.2)
    assert summed(lake, metric(slo, "total")) == 1
    assert "outside of 0 to 1" in notes(slo)["not-carried"]
    counts = only_slo(read(exported(template(kpi("x", "availability(ok / calls)")))))
    assert "more good than there is in all" in notes(counts)["not-carried"]


def test_a_return_counts_in_the_hour_its_payment_was_sent(lake):
    slo = only_slo(read(exported(template())))
    found = lake.execute(metric(slo, "bad")["spec"]["query"]).fetch_df()
    assert [(row.bucket.to_pydatetime(), row.value) for row in found.itertuples()] == [(datetime(2026, 3, 2), 1)]  # noqa: DTZ001 - hours have no zone


VENDORS = {name: ("promql", f'pay_{name}_total{{app="core"}}') for name in ("sent", "returned", "posted")}


def test_where_bindings_say_so_the_queries_are_those_of_the_vendor():
    parcel = exported(template(), bindings=VENDORS, connection="prom-main")
    documents = read(parcel)
    # the anchor is of the case, which a counter does not know: BOS's own SQL, and the reason
    assert metric(only_slo(documents), "bad")["type"] == "DuckDB"
    assert any("anchor" in one.why for one in parcel.not_carried if one.what == "Queries of a vendor")
    parcel = exported(
        template(kpi("x", "ratio(count(returned), count(sent))")), bindings=VENDORS, connection="prom-main"
    )
    documents = read(parcel)
    slo = only_slo(documents)
    (source,) = of_kind(documents, "DataSource").values()
    assert source["metadata"]["name"] == "prom-main--promql"
    assert source["spec"]["type"] == "Prometheus"
    assert source["spec"]["connectionDetails"] == {"language": "PromQL", "connection": "prom-main"}
    for side, name in (("good", "returned"), ("total", "sent")):
        told = metric(slo, side)
        counter = f'pay_{name}_total{{app="core"}}'
        difference = f"{counter} - {counter} offset 1h and resets({counter}[65m]) == 0"
        assert told["spec"]["query"] == f"sum(({difference} or increase({counter}[1h])))"
        assert told["spec"]["parameters"] == {"step": "3600", "shift": "3600"}
        assert told["metricSourceRef"] == "prom-main--promql"
    assert notes(slo)["queries"] == "estimated"
    assert "X: its queries are estimated" in parcel.marks
    assert not [one for one in parcel.not_carried if one.what == "Queries of a vendor"]


@pytest.mark.parametrize(
    ("language", "query", "system", "part"),
    [
        ("spl", "index=pay kind=sent", "Splunk", "search index=pay kind=sent"),
        ("adql", "pay_sent", "AppDynamics", "SELECT series(eventTimestamp, '1h'), count(*) FROM pay_sent"),
    ],
)
def test_each_language_has_its_own_data_source(language, query, system, part):
    bindings = {"sent": (language, query), "returned": (language, query.replace("sent", "returned"))}
    slo = only_slo(read(exported(template(kpi("x", "ratio(count(returned), count(sent))")), bindings=bindings)))
    assert metric(slo, "total")["type"] == system
    assert part in metric(slo, "total")["spec"]["query"]
    assert metric(slo, "total")["spec"]["query"] != metric(slo, "good")["spec"]["query"]
    assert notes(slo)["queries"] == "generated, not run"


@pytest.mark.parametrize(
    ("language", "query", "raw"), [("promql", "gateway_up", True), ("spl", "index=gateway", False)]
)
def test_a_share_that_a_vendor_keeps_is_a_raw_ratio_or_counted(language, query, raw):
    parcel = exported(
        template(kpi("x", "availability(up)", error_budget="30 days")), bindings={"up": (language, query)}
    )
    slo = only_slo(read(parcel))
    assert bool([one for one in parcel.not_carried if one.what == SHARES]) == raw
    if raw:
        assert set(ratio(slo)) == {"counter", "raw", "rawType"}
        assert ratio(slo)["rawType"] == "success"
        return
    assert metric(slo, "good")["spec"]["query"].endswith("\n| eval bos_value=bos_value*bos_n")
    assert metric(slo, "total")["spec"]["valueField"] == "bos_n"
    assert metric(slo, "total")["spec"]["query"].endswith("\n| eval bos_n=if(isnull(bos_value),null(),bos_n)")


@pytest.mark.parametrize(
    ("bindings", "why"),
    [
        ({}, "No binding of its signals says"),
        ({"sent": ("spl", "index=a")}, "not all kept in one system"),
        ({"sent": ("spl", "index=a"), "returned": ("adql", "pay")}, "not all kept in one system"),
    ],
)
def test_where_no_one_vendor_has_all_signals_the_sql_of_bos_stands_there_and_says_so(bindings, why):
    parcel = exported(template(kpi("x", "ratio(count(returned), count(sent))")), bindings=bindings)
    assert metric(only_slo(read(parcel)), "good")["type"] == "DuckDB"
    (told,) = [one for one in parcel.not_carried if one.what == "Queries of a vendor"]
    assert why in told.why
    assert "SQL of BOS" in told.why


def test_the_text_is_the_golden_one():
    more = [kpi("gateway", "availability(up)", 0.995, error_budget="30 days"),
            kpi("in_time", "conversion(sent -> posted, within = 1 day)", window="4 weeks"),
            kpi("posted", "ratio(count(posted), count(sent))"), kpi("much", "count(sent)")]  # fmt: skip
    bindings = {"sent": VENDORS["sent"], "posted": VENDORS["posted"]}
    content = exported(template(FULL, *more), bindings=bindings, connection="prom-main").content
    if os.environ.get("BOS_TEST_RENEW_GOLDEN"):
        GOLDEN.write_bytes(content)
    assert content == GOLDEN.read_bytes()
    hold(list(yaml.safe_load_all(content.decode())))


@pytest.fixture(scope="module")
def pilot(ctx, ana, sample):
    return export_openslo.template(ctx, ana, sample)


def test_the_pilot_comes_to_what_pandas_counts_and_to_what_bos_shows(ctx, ana, sample, pilot):
    slos = {notes(one)["kpi"]: one for one in of_kind(read(pilot), "SLO").values()}
    log = pd.read_csv(share("data") / "samples" / "loan-payments.csv", dtype=str).drop_duplicates("event_id")
    step, case, channels = log["event"], log["case_id"], log["channel"].isin(["ach", "web", "third_party"])
    begun = set(case[step == "payment.initiated"])
    returned = int(((step == "payment.returned") & channels & case.isin(begun)).sum())
    initiated = int(((step == "payment.initiated") & channels).sum())
    posted = step == "payment.posted"
    by_itself = int((posted & (log["manual"] == "false")).sum())
    expected = {"overall_return_rate": (returned, initiated), "stp_rate": (by_itself, int(posted.sum()))}
    assert all(min(both) > 0 for both in expected.values())
    shown = {one.kpi: one.value for one in kpis.evaluate(ctx, ana, sample).values}  # noqa: PD011 - no frame
    held = {"memory_limit": ctx.settings.memory_limit}
    with opened(ctx.lake.snapshot(sample), ctx.lake.metrics_snapshot(sample), **held) as database:
        for name, both in expected.items():
            side = next(iter({"good", "bad"} & set(ratio(slos[name]))))
            found = tuple(summed(database, metric(slos[name], part)) for part in (side, "total"))
            assert found == both, name
            assert shown[name] == pytest.approx(both[0] / both[1], rel=1e-11)
    assert set(pilot.carried) == set(slos) >= {"gateway_uptime", "administrative_return_rate"}


def test_the_pilot_reports_every_kpi_that_it_does_not_carry(ctx, ana, sample, pilot):
    rows = {row.kpi: row.title for row in kpis.listing(ctx, ana, sample).items}
    whole = [one.where for one in pilot.not_carried if one.what == "The whole KPI"]
    assert sorted(whole) == sorted(title for name, title in rows.items() if name not in pilot.carried)
    assert {"provisional"} == {notes(one)["approval"] for one in of_kind(read(pilot), "SLO").values()}
    assert pilot.content == export_openslo.template(ctx, ana, sample).content
