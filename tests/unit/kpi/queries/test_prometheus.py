"""PromQL as it is generated, run by a real Prometheus and a real VictoriaMetrics.

Events are made from a seed; from them come the samples that an application would have shown a scraper every 15
seconds. What the servers answer is held against the events themselves, counted in Python.
"""

import bisect
import math
import random
import statistics
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bos.kpi import BoundSeries, BoundSignal, FieldBinding, KpiSpec
from bos.kpi.queries import telemetry_query

pytestmark = pytest.mark.full

START = datetime(2026, 1, 5, tzinfo=UTC)
HOURS = 12
END = START + timedelta(hours=HOURS)
SCRAPE, BEFORE = 15, 2 * 3_600
RESTART = START.timestamp() + 5.5 * 3_600
BOUNDS = (10, 20, 50, 100, 200, 500, 1_000)
SIGNALS = {
    "initiated": BoundSignal("initiated", "INI", fields={"channel": FieldBinding("ch")}),
    "returned": BoundSignal("returned", "RET", fields={"code": FieldBinding("code")}),
    "restarted": BoundSignal("restarted", "INI"),
    "late": BoundSignal("late", "INI"),
    "mixed": BoundSignal("mixed", "INI"),
}
SYSTEMS = {
    "shares": BoundSeries("shares", ("gateway.shares",)),
    "latency": BoundSeries("latency", ("gateway.latency",), "seconds"),
    "ok": BoundSeries("ok", ("gateway.ok",)),
    "calls": BoundSeries("calls", ("gateway.calls",)),
    "control": BoundSeries("control", ("file.control-total",), "USD"),
    "depth": BoundSeries("depth", ("queue.depth",)),
    "twice": BoundSeries("twice", ("gateway.latency", "queue.depth")),
}


def _events():
    """Return (time, signal, label, amount): about 460 an hour, in whole milliseconds."""
    chance = random.Random(7)
    first, last = START.timestamp() - BEFORE, END.timestamp()
    found, at = [], first
    while (at := at + chance.expovariate(463 / 3_600)) < last:
        name = "returned" if chance.random() < 0.2 else "initiated"
        label = chance.choice(("R01", 'R"02\\') if name == "returned" else ("ach", "wire|x"))
        found.append((round(at, 3), name, label, round(chance.lognormvariate(4, 0.8), 2)))
    return found


EVENTS = _events()


def _points():
    """Return signal → (time, value): a point a minute, never at the edge of a bucket."""
    chance = random.Random(11)
    found = {name: [] for name in ("gateway_shares", "gateway_latency", "gateway_ok", "gateway_calls", "queue_depth")}
    at = START.timestamp() - BEFORE + 7.5
    while at < END.timestamp():
        calls = chance.randrange(20, 40)
        found["gateway_shares"].append((at, round(chance.uniform(0.9, 1), 4)))
        found["gateway_latency"].append((at, round(chance.lognormvariate(-1, 0.5), 3)))
        found["gateway_calls"].append((at, calls))
        found["gateway_ok"].append((at, calls - chance.choice((0, 0, 0, 1, 3))))
        found["queue_depth"].append((at, chance.randrange(0, 50)))
        at += 60
    found["file_control_total"] = [
        (START.timestamp() + hour * 3_600 + 3_000.25, 25_000 + hour / 4) for hour in range(-2, HOURS)
    ]
    return found


POINTS = _points()


def samples():
    """Return the lines of the exposition format as (series, time, value), with scrapes at a phase of their own."""
    groups = {}
    for at, name, label, amount in EVENTS:
        groups.setdefault((name, label), []).append((at, amount))
    scrapes = [START.timestamp() - BEFORE + 4.321 + SCRAPE * i for i in range((HOURS * 3_600 + BEFORE) // SCRAPE)]
    for (name, label), rows in groups.items():
        key = "code" if name == "returned" else "channel"
        value = label.replace("\\", "\\\\").replace('"', '\\"')
        tags = f'{key}="{value}",currency="USD"'
        times = [at for at, _ in rows]
        sums = [0.0, *_running([amount for _, amount in rows])]
        inside = {le: _running([int(amount <= le) for _, amount in rows]) for le in (*BOUNDS, math.inf)}
        for at in scrapes:
            n = bisect.bisect_right(times, at)
            yield f"bos_{name}_total{{{tags}}}", at, n
            yield f"bos_{name}_amount_sum{{{tags}}}", at, round(sums[n], 2)
            yield f"bos_{name}_amount_count{{{tags}}}", at, n
            for le, counts in inside.items():
                bound = "+Inf" if le == math.inf else f"{le}.0"
                yield f'bos_{name}_amount_bucket{{{tags},le="{bound}"}}', at, counts[n - 1] if n else 0
    times = [at for at, name, _, _ in EVENTS if name == "initiated"]
    for at in scrapes:  # an application that was started anew, and one that began in the middle
        n = bisect.bisect_right(times, at)
        yield "bos_restarted_total", at, n if at < RESTART else n - bisect.bisect_right(times, RESTART)
        for currency, share in (("EUR", 2), ("USD", 1)):
            yield f'bos_mixed_amount_sum{{currency="{currency}"}}', at, n * share
            yield f'bos_mixed_amount_count{{currency="{currency}"}}', at, n
        if at > RESTART:
            yield "bos_late_total", at, n - bisect.bisect_right(times, RESTART)
    for name, rows in POINTS.items():
        for at, value in rows:
            yield name, at, value


def _running(values):
    total, found = 0, []
    for value in values:
        total += value
        found.append(total)
    return found


def ask(server, formula, known=(), **options):
    """Return bucket start → value, by the query and the parameters that are generated."""
    found = telemetry_query(
        KpiSpec("asked", formula), SIGNALS, "promql", systems=SYSTEMS, known=known,
        **{"by": "hour", "start": START, "end": END, **options},
    )  # fmt: skip
    sent = {"query": found.text, **{k: v for k, v in found.parameters.items() if k != "shift"}}
    path = "query_range" if "step" in sent else "query"
    answer = httpx.post(f"{server[1]}/api/v1/{path}", data=sent, timeout=60)
    assert answer.status_code == 200, answer.text
    result = answer.json()["data"]["result"]
    shift = float(found.parameters.get("shift", 0))
    rows = {}
    for series in result:
        key = tuple(sorted(series["metric"].items()))
        for at, value in series.get("values", [series.get("value")]):
            rows[(key, float(at) - shift)] = float(value)
    return rows


def taken(name, hour, label=None):
    """Return the amounts of the events of a signal in an hour of the window."""
    low = START.timestamp() + hour * 3_600
    return [row[3] for row in EVENTS if row[1] == name and low <= row[0] < low + 3_600 and label in {None, row[2]}]


def points(name, hour):
    low = START.timestamp() + hour * 3_600
    return [value for at, value in POINTS[name] if low <= at < low + 3_600]


def hourly(rows, key=()):
    """Return the values of the twelve hours, which are all there and nothing else is."""
    assert sorted(at for found, at in rows if found == key) == [START.timestamp() + 3_600 * h for h in range(HOURS)]
    return [rows[(key, START.timestamp() + 3_600 * h)] for h in range(HOURS)]


def off(found, true):
    """Return by what share values differ, at most."""
    return max(abs(one - two) / abs(two) for one, two in zip(found, true, strict=True))


def edge(name):
    """Return how many events of a signal lie between an edge and the scrape before it, at most."""
    edges = [START.timestamp() + 3_600 * h for h in range(HOURS + 1)]
    return max(sum(row[1] == name and at - SCRAPE < row[0] <= at for row in EVENTS) for at in edges)


def test_a_count_is_off_by_no_more_than_what_happened_since_the_last_scrape(server):
    found = hourly(ask(server, "count(initiated)"))
    true = [len(taken("initiated", hour)) for hour in range(HOURS)]
    assert max(abs(one - two) for one, two in zip(found, true, strict=True)) <= edge("initiated")
    assert abs(sum(found) - sum(true)) <= edge("initiated")


def test_after_a_restart_increase_stands_in_for_one_bucket(server):
    found = hourly(ask(server, "count(restarted)"))
    true = [len(taken("initiated", hour)) for hour in range(HOURS)]
    assert abs(found[5] - true[5]) <= 0.1 * true[5]
    whole = [hour for hour in range(HOURS) if hour not in {5, 6}]  # the scrape before an edge is looked at, too
    assert max(abs(found[hour] - true[hour]) for hour in whole) <= edge("initiated")
    assert abs(found[6] - true[6]) <= 0.1 * true[6]


def test_a_counter_that_began_in_the_middle_has_no_bucket_before_and_whole_ones_after(server):
    found = {round((at - START.timestamp()) / 3_600): value for (_, at), value in ask(server, "count(late)").items()}
    assert min(found) == 5
    for hour in range(7, HOURS):
        assert abs(found[hour] - len(taken("initiated", hour))) <= edge("initiated")


def test_hostile_labels_are_found_and_only_they(server):
    for label in ('R"02\\', "R01"):
        found = hourly(ask(server, f"count(returned where code = '{label}')"))
        true = [len(taken("returned", hour, label)) for hour in range(HOURS)]
        assert max(abs(one - two) for one, two in zip(found, true, strict=True)) <= edge("returned")
    both = hourly(ask(server, "count(initiated where channel in ('ach', 'wire|x'))"))
    assert both == hourly(ask(server, "count(initiated)"))
    either = hourly(ask(server, "count(initiated where channel = 'ach' or channel != 'ach')"))
    assert either == both
    assert not ask(server, "count(initiated where channel is null)")


def test_sums_means_and_ratios_are_within_the_edge(server):
    amounts = [taken("initiated", hour) for hour in range(HOURS)]
    share = (edge("initiated") + 1) / min(map(len, amounts))
    assert off(hourly(ask(server, "sum(initiated.amount)")), [sum(found) for found in amounts]) <= 2 * share
    assert off(hourly(ask(server, "avg(initiated.amount)")), [statistics.mean(found) for found in amounts]) <= share
    true = [len(taken("returned", hour)) / len(amounts[hour]) for hour in range(HOURS)]
    found = hourly(ask(server, "ratio(count(returned), count(initiated))"))
    least = min(len(taken("returned", hour)) for hour in range(HOURS))
    assert off(found, true) <= share + (edge("returned") + 1) / least


def test_a_percentile_lies_in_the_bucket_of_the_true_one_or_of_a_value_next_to_it(server):
    found = hourly(ask(server, "p95(initiated.amount)"))
    for hour, value in enumerate(found):
        amounts = sorted(taken("initiated", hour))
        rank, moved = 0.95 * (len(amounts) - 1), edge("initiated") + 1
        low, high = amounts[int(rank) - moved], amounts[min(len(amounts) - 1, int(rank) + 1 + moved)]
        assert (0, *BOUNDS)[bisect.bisect_left(BOUNDS, low)] <= value <= BOUNDS[bisect.bisect_left(BOUNDS, high)]


def test_splits_and_distinct_values_follow_the_labels(server):
    rows = ask(server, "count(initiated)", dimensions=("channel",))
    for label in ("ach", "wire|x"):
        true = [len(taken("initiated", hour, label)) for hour in range(HOURS)]
        found = hourly(rows, (("channel", label),))
        assert max(abs(one - two) for one, two in zip(found, true, strict=True)) <= edge("initiated")
    assert hourly(ask(server, "distinct(returned.code)")) == [2.0] * HOURS


def test_availabilities_of_shares_and_of_counts_are_exact(server):
    found = hourly(ask(server, "availability(shares)"))
    assert off(found, [statistics.mean(points("gateway_shares", hour)) for hour in range(HOURS)]) <= 1e-12
    true = [sum(points("gateway_ok", hour)) / sum(points("gateway_calls", hour)) for hour in range(HOURS)]
    assert off(hourly(ask(server, "availability(ok / calls)")), true) <= 1e-12


def test_an_availability_within_a_bound_is_off_by_a_point_at_an_edge(server):
    found = hourly(ask(server, "availability(latency <= 0.5)"))
    for hour, value in enumerate(found):
        seen = points("gateway_latency", hour)
        assert abs(value - sum(one <= 0.5 for one in seen) / len(seen)) <= 1 / len(seen)


def test_points_are_added_and_ranked_as_they_are(server):
    seen = [points("gateway_latency", hour) for hour in range(HOURS)]
    for name, true in {"sum": sum, "avg": statistics.mean, "min": min, "max": max}.items():
        assert off(hourly(ask(server, f"{name}(latency)")), [true(found) for found in seen]) <= 1e-9
    ranks = [statistics.quantiles(found, n=100, method="inclusive")[94] for found in seen]
    tolerance = 1e-9 if server[0] == "prometheus" else 0.1
    assert off(hourly(ask(server, "p95(latency)")), ranks) <= tolerance
    newest = [points("queue_depth", hour)[-1] for hour in range(HOURS)]
    assert hourly(ask(server, "balance(depth)")) == newest


def test_points_under_two_names_of_one_signal_are_all_there(server):
    seen = [points("gateway_latency", hour) + points("queue_depth", hour) for hour in range(HOURS)]
    for name, true in {"sum": sum, "avg": statistics.mean, "min": min, "max": max}.items():
        assert hourly(ask(server, f"{name}(twice)")) == pytest.approx([true(found) for found in seen], rel=1e-9)
    found = hourly(ask(server, "availability(twice <= 0.5)"))
    for value, one in zip(found, seen, strict=True):
        assert abs(value - sum(point <= 0.5 for point in one) / len(one)) <= 1 / (len(one) / 2)


def test_a_gap_is_the_control_total_less_what_was_counted(server):
    found = hourly(ask(server, "gap(sum(control), sum(initiated.amount))"))
    for hour, value in enumerate(found):
        amounts = taken("initiated", hour)
        true = sum(points("file_control_total", hour)) - sum(amounts)
        assert abs(value - true) <= (edge("initiated") + 1) * max(amounts)


def test_amounts_of_two_currencies_are_withheld_and_split_by_currency(server):
    assert not ask(server, "sum(mixed.amount)")
    assert not ask(server, "avg(mixed.amount)")
    assert not ask(server, "gap(sum(control), sum(mixed.amount))")
    assert not ask(server, "gap(sum(control), sum(mixed.amount where currency = 'EUR'))"), "the total is in dollars"
    assert len(ask(server, "gap(sum(control), sum(mixed.amount where currency = 'USD'))")) == HOURS
    rows = ask(server, "sum(mixed.amount)", dimensions=("currency",))
    dollars, euros = (hourly(rows, (("currency", one),)) for one in ("USD", "EUR"))
    assert euros == [2 * one for one in dollars]


def test_both_sides_of_a_ratio_are_split_alike(server):
    rows = ask(server, "ratio(count(initiated where channel = 'ach'), count(initiated))", dimensions=("channel",))
    assert hourly(rows, (("channel", "ach"),)) == [1.0] * HOURS
    assert {key for key, _ in rows} == {(("channel", "ach"),)}


def test_a_window_without_buckets_is_one_value(server):
    ((_, value),) = ask(server, "count(initiated)", by=None).items()
    true = sum(len(taken("initiated", hour)) for hour in range(HOURS))
    assert abs(value - true) <= edge("initiated")


def test_derived_and_rolling_values_are_joined_in_the_query(server):
    parts = (KpiSpec("out", "count(returned)"), KpiSpec("in_all", "count(initiated)"))
    rows = hourly(ask(server, "derived(out / (in_all + 0))", parts))
    assert off(rows, hourly(ask(server, "ratio(count(returned), count(initiated))"))) <= 1e-12
    found = hourly(ask(server, "cumulative(count(initiated), window = 2 hours)"))
    low = START.timestamp()
    for hour, value in enumerate(found):
        span = (low + (hour - 1) * 3_600, low + (hour + 1) * 3_600)
        true = sum(name == "initiated" and span[0] <= at < span[1] for at, name, _, _ in EVENTS)
        assert abs(value - true) <= edge("initiated")


def test_nothing_recorded_is_no_row_and_never_a_zero_or_not_a_number(server):
    assert not ask(server, "count(initiated where channel = 'none')")
    assert not ask(server, "ratio(count(returned), count(initiated where channel = 'none'))")
    before = {"start": START - timedelta(days=3), "end": START - timedelta(days=2)}
    for formula in ("count(initiated)", "p95(initiated.amount)", "availability(ok / calls)", "availability(shares)"):
        assert not ask(server, formula, **before)
