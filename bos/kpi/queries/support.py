"""Which part of the language of KPIs each engine can say: one table, which compilers, tests and documentation read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from bos.errors import NotExpressible

Engine: TypeAlias = Literal["duckdb", "spark", "spl", "promql", "adql"]
State: TypeAlias = Literal["supported", "approximate", "never"]
ENGINES: tuple[Engine, ...] = ("duckdb", "spark", "spl", "promql", "adql")
TITLES = {"duckdb": "DuckDB", "spark": "Spark", "spl": "SPL", "promql": "PromQL", "adql": "ADQL"}


@dataclass(frozen=True, slots=True)
class Support:
    """Whether an engine can say a part: exactly, within a tolerance, or never; and why, in words."""

    state: State = "supported"
    words: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the language: what it is, the nodes it stands for, and what the telemetry languages make of it."""

    what: str
    nodes: tuple[str, ...]
    spl: Support
    promql: Support
    adql: Support
    spark: Support = Support()

    def support(self, engine: Engine) -> Support:
        """Return what an engine makes of it. DuckDB computes every part, exactly."""
        own = {"spark": self.spark, "spl": self.spl, "promql": self.promql, "adql": self.adql}
        return own.get(engine, Support())


def _near(words: str) -> Support:
    return Support("approximate", words)


def _never(words: str) -> Support:
    return Support("never", words)


_YES = Support()
_DOUBLE = Support(
    "supported", "Splunk adds as floating numbers: money is exact to the cent below ten million millions."
)
_EDGE = (
    "a bucket is off by what happened between the last scrape and its edges (measured: 2 of 390 events an hour at "
    "scrapes every 15 seconds, 1 of 4,411 in 12 hours); where a counter was reset, by what increase() extrapolates "
    "(measured: below 1 % of an hour, up to 8 % of five minutes)"
)
_COUNTER = _near(f"counters are read at the edges of buckets: {_EDGE}")
_POINT = _near("a sample within the last millisecond before a bucket may count in it twice; otherwise each point once")
_HISTOGRAM = _near(
    "a histogram only says between which two bounds a value lies: off by up to the width "
    "of that bucket, and near a bound of the next one, too"
)
_CASELESS_PROM = _never("Prometheus keeps counters, which know no case; unless the application exports it as a metric.")
_CASELESS_ADQL = _never("ADQL cannot join the events of a case.")
_POINTS_ADQL = _never("Analytics keeps events; points of system signals are metrics of the controller, not ADQL.")
_NO_LABEL = _never("Labels of a metric are texts; numbers, days, times and truth values are none.")
_UNKNOWN_TYPE = _never("Which type such a field has in Analytics, and how it compares, is not documented.")
_SPELLINGS = Support(
    "supported",
    "Of attributes a few spellings that DuckDB reads are missing: epoch, 24:00:00, names of zones, offsets above 18 "
    "hours, years outside 1 to 9999.",
)
_EACH = Support("supported", "Several queries; BOS puts their results together.")
_CALENDARLESS = _never("Working hours, holidays, cut-offs and stopped clocks are in no function of the language.")
_GRAPHLESS = _never(
    "The ways of the flow are kept in BOS; a search would go on judging by those of the day it was written."
)
_MONEY_RULE = _never("A cost rule rounds each failure to the cent in exact decimals, which the language does not have.")
_MOMENTS = _never(
    "Between two events of a case there is no row, so a bucket without events would seem to have nothing."
)
_ALL_PAST = "The vendor forgets events after its retention, so nothing says since when it adds up."

PARTS: dict[str, Part] = {
    "count": Part("`count`", ("Count",), _YES, _COUNTER, _YES),
    "sum": Part(
        "`sum` of a field", ("Aggregate", "FieldOf"), _DOUBLE,
        _near(f"of values that are not negative; {_EDGE}"), _YES,
    ),
    "avg": Part(
        "`avg` of a field", ("Aggregate", "FieldOf"), _YES, _near(f"a sum by a count: {_EDGE}"),
        _YES,
    ),
    "min": Part("`min` of a field", ("Aggregate", "FieldOf"), _YES, _never("A counter forgets single values."), _YES),
    "max": Part("`max` of a field", ("Aggregate", "FieldOf"), _YES, _never("A counter forgets single values."), _YES),
    "percentile": Part(
        "`pN` of a field", ("Percentile", "FieldOf"),
        Support("supported", "Ranks are interpolated by the query; Splunk's own perc takes the nearest rank."),
        _HISTOGRAM, _near("Analytics estimates percentiles; how closely is not documented"),
    ),
    "distinct": Part(
        "`distinct` of a field", ("Distinct", "FieldOf"), _YES,
        _near(f"values of a label whose counter rose; {_EDGE}"),
        _near("distinctcount is exact up to 3,000 values, and an estimate above"),
    ),
    "distinct_case": Part(
        "`distinct(….case)`", ("Distinct",), _YES, _CASELESS_PROM,
        _near("distinctcount is exact up to 3,000 values, and an estimate above"),
    ),
    "ratio": Part("`ratio`", ("Ratio",), _YES, _COUNTER, _EACH),
    "gap": Part("`gap`", ("Gap",), _YES, _COUNTER, _EACH),
    "derived": Part("`derived`", ("Derived", "KpiRef", "Number", "Arithmetic"), _YES, _COUNTER, _EACH),
    "duration": Part("`duration`", ("Duration",), _YES, _CASELESS_PROM, _CASELESS_ADQL),
    "duration_business": Part(
        "`duration` in working time", ("Duration",), _CALENDARLESS, _CALENDARLESS, _CALENDARLESS
    ),
    "age": Part("`age`", ("Age",), _YES, _CASELESS_PROM, _CASELESS_ADQL),
    "age_business": Part("`age` in working time", ("Age",), _CALENDARLESS, _CALENDARLESS, _CALENDARLESS),
    "conversion": Part(
        "`conversion` as `rate` or `converted`", ("Conversion", "Span"), _YES, _CASELESS_PROM, _CASELESS_ADQL
    ),
    "conversion_open": Part(
        "`conversion` as `dropped` or `in_flight`", ("Conversion", "Span"), _YES, _CASELESS_PROM, _CASELESS_ADQL
    ),
    "balance_points": Part(
        "`balance` of a system signal", ("Balance", "Points"), _YES,
        _near("the newest sample before the edge; one that arrived later than its time is missing"), _POINTS_ADQL,
    ),
    "balance_cases": Part("`balance` of open cases", ("Balance",), _YES, _CASELESS_PROM, _CASELESS_ADQL),
    "balance_amount": Part("`balance` of an amount", ("Balance", "FieldOf"), _DOUBLE, _CASELESS_PROM, _CASELESS_ADQL),
    "moment_buckets": Part("open cases and `age`, by buckets", ("Balance", "Age"), _MOMENTS, _MOMENTS, _MOMENTS),
    "points": Part(
        "`sum`, `avg`, `min`, `max` of a system signal", ("Aggregate", "Points"), _YES, _POINT, _POINTS_ADQL
    ),
    "points_percentile": Part(
        "`pN` of a system signal", ("Percentile", "Points"), _YES,
        _near("of one series only: with several there is no value"), _POINTS_ADQL,
    ),
    "availability": Part("`availability` of shares", ("Availability", "Points"), _YES, _POINT, _POINTS_ADQL),
    "availability_bound": Part(
        "`availability` within a bound", ("Availability", "Within"), _YES,
        _near("looked at every 15 seconds, so points at uneven times weigh by how long they stood"),
        _POINTS_ADQL,
    ),
    "availability_counts": Part(
        "`availability` of good in total", ("Availability", "GoodOfTotal"), _YES, _POINT, _POINTS_ADQL
    ),
    "precedes": Part("`precedes`", ("Conformance", "Precedes"), _YES, _CASELESS_PROM, _CASELESS_ADQL),
    "followed_by": Part("`followed_by`", ("Conformance", "FollowedBy", "Span"), _YES, _CASELESS_PROM, _CASELESS_ADQL),
    "followed_by_business": Part(
        "`followed_by` in working time", ("Conformance", "FollowedBy"), _CALENDARLESS, _CALENDARLESS, _CALENDARLESS
    ),
    "different_persons": Part(
        "`different_persons`", ("Conformance", "DifferentPersons"), _YES, _CASELESS_PROM, _CASELESS_ADQL
    ),
    "never_twice": Part("`never_twice`", ("Conformance", "NeverTwice"), _YES, _CASELESS_PROM, _CASELESS_ADQL),
    "exactly_one": Part("`exactly_one`", ("Conformance", "ExactlyOne"), _YES, _CASELESS_PROM, _CASELESS_ADQL),
    "must_end": Part("`must_end`", ("Conformance", "MustEnd"), _YES, _CASELESS_PROM, _CASELESS_ADQL),
    "along_flow": Part("`along_flow`", ("Conformance", "AlongFlow"), _GRAPHLESS, _CASELESS_PROM, _CASELESS_ADQL),
    "cost": Part("`cost`", ("Cost", "Charge"), _MONEY_RULE, _MONEY_RULE, _MONEY_RULE),
    "cumulative": Part(
        "`cumulative` over all of the past", ("Cumulative", "Frame"),
        Support("supported", "Over all that Splunk still keeps."), _never(_ALL_PAST), _never(_ALL_PAST),
    ),
    "cumulative_span": Part(
        "`cumulative` over a span or since a grain began", ("Cumulative", "Frame"), _YES, _COUNTER, _YES
    ),
    "cumulative_buckets": Part(
        "`cumulative` over a span, by buckets", ("Cumulative", "Frame"),
        _never("streamstats rolls over rows, and a bucket without events has none."), _COUNTER,
        _never("A span cannot reach back over other buckets."),
    ),
    "grain_buckets": Part(
        "`grain_to_date`, by buckets", ("Cumulative", "Frame"),
        _never("streamstats rolls over rows, and a bucket without events has none."),
        _never("A range has one length, and that of a week, month or year so far differs from bucket to bucket."),
        _never("A span cannot reach back over other buckets."),
    ),
    "money": Part("amounts of one currency only", (), _YES, _YES, Support("supported", "A row for each currency; BOS "
             "withholds the value where there are several.")),
    "equals": Part(
        "`=`, `!=`, `in` with texts", ("Compare", "In", "Constant", "FieldRef", "Selection"), _YES, _YES, _YES
    ),
    "order": Part(
        "`<`, `<=`, `>`, `>=` with texts", ("Compare",), _YES, _never("Labels have no order."),
        _never("By which order texts compare in Analytics is not documented."),
    ),
    "number": Part("conditions on numbers and amounts", ("Compare", "In", "Constant"), _YES, _NO_LABEL, _YES),
    "boolean": Part("conditions on truth values", ("Compare", "Constant"), _YES, _NO_LABEL, _UNKNOWN_TYPE),
    "date": Part(
        "conditions on days", ("Compare", "Constant"),
        Support("supported", "Days are texts such as 2026-01-31; one that is no day of the calendar compares, too."),
        _NO_LABEL, _UNKNOWN_TYPE, _SPELLINGS,
    ),
    "time": Part(
        "conditions on times, and distinct times", ("Compare",),
        _never("An attribute may write a time in many ways, and strptime reads one."), _NO_LABEL, _UNKNOWN_TYPE,
        _SPELLINGS,
    ),
    "two_fields": Part(
        "two fields compared", ("Compare", "FieldRef"), _YES, _never("A selector compares a label with a constant."),
        _never("WHERE compares a field with a constant."),
    ),
    "empty_text": Part(
        "a text without characters", ("Constant",), _YES, _never("An empty label is a missing one."), _YES
    ),
    "is_null": Part("`is null`, `is not null`", ("IsNull",), _YES, _YES, _YES),
    "and": Part("`and`", ("And",), _YES, _YES, _YES),
    "or": Part("`or`", ("Or",), _YES, Support("supported", "As a union of up to 16 selectors."), _YES),
    "not": Part("`not`", ("Not",), _YES, _YES, _YES),
    "case_field": Part(
        "conditions on, and splits by, the case", ("FieldRef",), _YES, _CASELESS_PROM, _YES
    ),
    "dimensions": Part("splits by, and filters of, texts", (), _YES, _YES, _YES),
    "typed_dimensions": Part(
        "splits by, and filters of, days and truth values", (), _YES, _NO_LABEL, _UNKNOWN_TYPE
    ),
    "number_dimensions": Part(
        "splits by, and filters of, numbers, amounts and times", (),
        _never("One number has many spellings (1, 1.0), and each would be a value of its own."), _NO_LABEL,
        _never("One number has many spellings (1, 1.0), and each would be a value of its own."),
    ),
    "anchor_event": Part("anchor `event`", (), _YES, _YES, _YES),
    "anchor_start": Part("anchor `start`", (), _YES, _CASELESS_PROM, _CASELESS_ADQL),
    "anchor_end": Part("anchor `end`", (), _YES, _CASELESS_PROM, _CASELESS_ADQL),
    "anchor_signal": Part("a signal as anchor", (), _YES, _CASELESS_PROM, _CASELESS_ADQL),
    "hour": Part(
        "buckets of an `hour`", (), _YES, _YES,
        Support("supported", "In zones that differ from UTC by whole hours."),
    ),
    "day": Part(
        "buckets of a `day`", (),
        Support("supported", "Outside UTC the zone must be that of the Splunk user; for another it has no rows."),
        Support("supported", "Where the clock of the zone does not change in the window."),
        _never("Where series() begins a day is not documented; ask day by day."),
    ),
    "week": Part(
        "buckets of a `week`", (),
        Support("supported", "Outside UTC the zone must be that of the Splunk user; for another it has no rows."),
        Support("supported", "Where the clock of the zone does not change in the window."),
        _never("Where series() begins a week is not documented; ask week by week."),
    ),
    "month": Part(
        "buckets of a `month`", (),
        Support("supported", "The zone must be that of the Splunk user; for another it has no rows."),
        _never("A step has one length, and months differ; ask month by month."),
        _never("series() has buckets of one length, and months differ; ask month by month."),
    ),
    "quarter": Part(
        "buckets of a `quarter`", (),
        Support("supported", "The zone must be that of the Splunk user; for another it has no rows."),
        _never("A step has one length, and quarters differ; ask quarter by quarter."),
        _never("series() has buckets of one length, and quarters differ; ask quarter by quarter."),
    ),
    "mixed": Part(
        "one KPI over events and cases, or over several anchors", (),
        _never("One pipeline has one kind of rows, and a subsearch is cut off at its limits without a word."),
        _CASELESS_PROM, _CASELESS_ADQL,
    ),
    "all_events": Part(
        "what needs every event of the flow, of signals with a search of their own", (),
        _never("The searches of the signals do not bring the other events of a case. Leave out their query."),
        _CASELESS_PROM, _CASELESS_ADQL,
    ),
}  # fmt: skip
"""Part → what the engines make of it, in the order of the documentation."""


def require(part: str, engine: Engine, node: str) -> Support:
    """Return what an engine makes of a part of the language.

    Raises:
        NotExpressible: it cannot say it; names the node, the engine and the reason.
    """
    found = PARTS[part].support(engine)
    if found.state == "never":
        raise refusal(PARTS[part].what.replace("`", ""), engine, found.words, node)
    return found


def refusal(what: str, engine: Engine, reason: str, node: str) -> NotExpressible:
    """Return the error for what an engine cannot say."""
    return NotExpressible(
        f"{TITLES[engine]} cannot say {what} ({node}): {reason}",
        where=node,
        hint="Read the number from BOS, or show its query in another language.",
        node=node,
    )


def support_table() -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return head and rows of the table by part and engine, as the documentation prints it."""
    head = ("part", *(TITLES[engine] for engine in ENGINES))
    rows = [(part.what, *(_cell(part.support(engine)) for engine in ENGINES)) for part in PARTS.values()]
    return head, rows


def _cell(found: Support) -> str:
    mark = {"supported": "yes", "approximate": "about", "never": "never"}[found.state]
    return f"{mark}: {found.words}" if found.words else mark
