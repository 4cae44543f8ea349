"""The commands of a search of Splunk: what counts by time in any spelling, what changes something, what is hidden."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from bos.errors import Invalid
from bos.outgoing.connectors import connector_of
from connectors.splunk.queries import Bounds
from connectors.splunk.spans import Spans
from connectors.splunk.spl import bare, commands, unseen
from tests.doubles.splunk import TOKEN, Double, serving

END = datetime(2026, 3, 2, 6, 50, 5, tzinfo=UTC)
MOMENT = f"{END:%H:%M:%S}"
UTC_DAYS = {"time_zone": "UTC"}


def ends(query):
    spans = Spans.of(query, UTC_DAYS)
    return f"{spans.floored(END) if spans else END:%H:%M:%S}"


def formed(query):
    return Bounds().form(query, END - timedelta(hours=1), END)


@pytest.mark.parametrize(
    ("query", "whole"),
    [
        ("| tstats count where index=x groupby _time span=1h", "06:00:00"),
        ('| tstats count where index=x by "_time" span=1h', "06:00:00"),
        ('index=x | bin "_time" span=3600 | stats count by "_time"', "06:00:00"),
        ('index=x | chart count over "_time" span=1h', "06:00:00"),
        ("index=x | chart span=1h count over _time", "06:00:00"),
        ('index=x | rename _time as "Booked at" | bin "Booked at" span=3600 | stats count by "Booked at"', "06:00:00"),
        ("index=x | eval t=_time | bin t span=600 | stats count by t", "06:50:00"),
        ("index=x | eval when=if(host=\"a\", 1, 0), t='_time' | bin t span=600", "06:50:00"),
        ("index=x | bin _time as t span=1h | chart count over t", "06:00:00"),
        ("index=x | appendpipe [timechart span=1d count]", "00:00:00"),
        ("index=x | appendpipe [| timechart span=1d count]", "00:00:00"),
        ("index=x | foreach a b [bin _time span=1h]", "06:00:00"),
        ("index=x | bin _time span=1h | appendpipe [chart count over _time]", "06:00:00"),
        ("index=x | append [tstats count where index=y by _time span=1h]", "06:00:00"),
        ("| multisearch [search index=x | bin _time span=1h] [search index=y | bin _time span=20m]", "06:00:00"),
        ("| union [search index=x | timechart span=1h count] [search index=y]", "06:00:00"),
        ("index=x | join id [search index=y | bucket span=2h _time]", "06:00:00"),
        ('index=x a=\\"y | timechart span=1h count | eval b="z"', "06:00:00"),
        ('| inputlookup t.csv | eval _time=strptime(at, "%F") | timechart span=1h count', "06:00:00"),
        ('index=x | timechart span=1h count | eval day=strftime(_time, "%F") | makecontinuous _time', "06:00:00"),
        ("index=x | eval lasted=now()-_time | stats avg(lasted) max(_time) as last by host", MOMENT),
        ("index=x | stats latest(_time) as _time count by payment", MOMENT),
        ("index=x | top 5 host by _time | rare host", MOMENT),
        ("index=x _time>5 | where _time>7 | dedup _time | table _time host | sort - _time", MOMENT),
        ("| tstats latest(_time) as _time where index=x _time>5 by host", MOMENT),
        ('index=x note="[ | timechart count ]" | rex "(?<a>[a-z]+)"', MOMENT),
        ("| pivot Mail Sent count(Sent) SPLITROW host", MOMENT),
        ("index=x | whatever host", MOMENT),
        ("`late(1h)` | fields host", MOMENT),
    ],
)  # fmt: skip
def test_a_search_counts_by_time_in_whatever_spelling(query, whole):
    assert ends(query) == whole


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("| tstats count where index=x groupby _time", "tstats by _time without a span"),
        ('| tstats count where index=x by "_time"', "tstats by _time without a span"),
        ("| mstats avg(cpu) where index=m groupby _time", "mstats by _time without"),
        ('index=x | chart count over "_time"', "chart by _time without"),
        ('index=x | bin "_time" | stats count by _time', "bin of the time without"),
        ("| pivot Mail Sent count(Sent) SPLITROW _time AS _time PERIOD hour", "pivot by time"),
        ("| pivot Mail Sent count(Sent) SPLITROW at AS at PERIOD day", "pivot by time"),
        ("index=x | timechart span=1d count | timewrap 1week", "timewrap"),
        ("index=x | appendpipe [timechart count]", "timechart without a span"),
        ("index=x | append [ | timechart count]", "timechart without a span"),
        ("index=x | foreach * [ | bin _time]", "bin of the time"),
        ("index=x | bin _time span=1h | append [search index=y | chart count over _time]", "chart by _time"),
        ("index=x | eval t=_time | chart count over t", "chart by _time"),
        ('index=x | eval day=strftime(_time, "%F") | stats count by day', "stats by day"),
        ('index=x | eval h=lower(host), _time=relative_time(_time, "@h") | stats count by _time', "stats by _time"),
        ('index=x | eval _time=strptime(booked, "%F") | timechart span=1h count', "a time that the search sets"),
        ("index=x | eval _time=booked | bin _time span=1h", "a time that the search sets"),
        ("index=x | rename booked as _time | bin _time span=1h", "a time that the search sets"),
        ("index=x | stats count by date_hour", "stats by date_hour"),
        ("index=x | top date_wday", "top by date_wday"),
        ("index=x | makecontinuous host", "makecontinuous without a span"),
        ("index=x | countbytime _time", "countbytime, which BOS does not know"),
        ("index=x | buckets span=5m", "buckets, which BOS does not know"),
        ('index=x a=\\"y | timechart count | eval b="z"', "timechart without a span"),
        ("index=x | chart count over amount span=1w", "span=1w"),
    ],
)  # fmt: skip
def test_what_counts_by_time_and_cannot_be_read_is_refused(query, words):
    with pytest.raises(Invalid) as told:
        ends(query)
    assert words in told.value.message
    assert told.value.code == "spans"


@pytest.mark.parametrize(
    ("query", "command"),
    [
        ('| makeresults | map search="| delete"', "map"),
        ('index=x | map search="search index=x | outputlookup t.csv"', "map"),
        ("index=x | appendpipe [outputlookup t.csv]", "outputlookup"),
        ("index=x | append [search index=y | collect index=z]", "collect"),
        ('| dbxquery query="delete from t"', "dbxquery"),
        ("index=x | dump basefilename=a", "dump"),
        ("index=x | outputtelemetry a", "outputtelemetry"),
        ("| deletemodel m", "deletemodel"),
        ("index=x | fit LinearRegression a from b INTO m", "fit into"),
        ("index=x | curl method=post uri=http://a", "curl"),
        ("index=x | MCOLLECT index=y", "mcollect"),
        ("index=x | outputs3 a", "outputs3"),
        ("index=x | sendtochat a", "sendtochat"),
        ('index=x a=\\"x | delete | eval b="y"', "delete"),
        ('index=x a="\\\\" | delete | eval b="y"', "delete"),
    ],
)  # fmt: skip
def test_what_changes_something_or_may_is_refused(query, command):
    with pytest.raises(Invalid, match="changes something") as told:
        formed(query)
    assert f"({command})" in told.value.message
    assert told.value.code == "query"


def test_an_escaped_quote_hides_no_time_range_and_what_only_reads_is_sent():
    with pytest.raises(Invalid, match="time range of its own"):
        formed('index=x a=\\"x earliest=-7d b="y"')
    for query in (
        'index=x note="| delete" | eval a="say \\"| delete\\" to it"', "index=x | fit DBSCAN a b", "index=delete map=5",
        "index=x | lookup output host OUTPUT zone | mysort host", 'index=x | rex "put (?<output>[a-z]+) | delete"',
    ):  # fmt: skip
        assert formed(query)["search"] == f"search {query}"


def test_commands_are_those_of_every_bracket_and_a_bracket_in_quotes_is_none():
    text = (
        'index=x [search b=2 | fields c] | append [tstats count | appendpipe [ stats count | eval d="[|x]" ] ] | sort a'
    )
    found = [(one.name, one.pipeline) for one in commands(bare(text))]
    assert found == [
        ("search", 0), ("append", 0), ("sort", 0), ("search", 1), ("fields", 1), ("tstats", 2), ("appendpipe", 2),
        ("stats", 2), ("eval", 2),
    ]  # fmt: skip


def test_what_a_search_hides_is_told_with_the_rows(reach):
    assert unseen("index=x | stats count by host") == []
    for known in ("bin _time span=3600", "bin booked_at span=1h", "bin amount span=100", "bin amount"):
        assert unseen(f"index=x | {known} | stats count by _time") == []
    for number in ("bin booked_at span=3600", "bucket span=3600 booked_at as slot"):
        (words,) = unseen(f"index=x | {number} | stats count by booked_at")
        assert words.startswith("span=3600 of booked_at: BOS takes it for a number.")
        assert "span=3600s" in words
    for query, word in (
        ("`late`", "a macro"), ("| savedsearch Daily", "savedsearch"), ("| loadjob 5", "loadjob"),
        ("from datamodel:Mail", "from"), ("index=x | stats count by `fields`", "a macro"),
        ("index=x | whatever a", "does not know whatever"), ("index=x | transaction id", "one window alone"),
        ("index=x | stats max(_time) as _time count", "one window alone"),
    ):  # fmt: skip
        (words,) = unseen(query)
        assert word in words
    with serving(Double(events=[])) as url:
        target = reach(url, secrets={"token": TOKEN})
        with closing(connector_of("splunk")(target)) as system:
            assert list(system.read("index=main | transaction id", start=END - timedelta(hours=1), end=END)) == []
            assert system.told == unseen("index=main | transaction id") == system.unseen("index=main | transaction id")
