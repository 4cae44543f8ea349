"""Searches of Splunk that count by spans of time: each span is read once and whole, or nothing of it is."""

import random
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from bos.actions.pull_windows import Pull
from bos.errors import Invalid
from bos.outgoing.connectors import connector_of
from bos.outgoing.speaking import whole
from connectors.splunk import source
from connectors.splunk.spans import Spans
from tests.doubles.splunk import TOKEN, Double, serving

BEGIN = datetime(2026, 3, 2, 0, 7, 13, tzinfo=UTC)
BEARER = {"token": TOKEN}
SPLUNK = connector_of("splunk")
DAYS = {"time_zone": "Africa/Lagos"}
"""An hour before UTC all year, as the double is."""


def rows(system, query, start, end):
    return [row for batch in system.read(query, start=start, end=end) for row in batch.to_pylist()]


def instant(row):
    return datetime.fromisoformat(row["_time"]).timestamp()


@pytest.mark.parametrize("way", ["export", "job"])
@pytest.mark.parametrize(
    ("query", "step"),
    [
        ("index=main | timechart span=5m count", 300),
        ("index=main | bin _time span=2h | stats count by _time", 7200),
        ("| tstats count where index=main by _time span=1h", 3600),
        ("index=main | timechart span=1d count", 86_400),
    ],
)
def test_each_span_is_read_once_and_none_before_it_is_over(reach, query, step, way, patient):
    patient(source)
    chance, now, upto, first, found = random.Random(step), BEGIN, None, None, []
    begun = (BEGIN - timedelta(days=3)).timestamp() // 60 * 60
    double = Double()
    with serving(double) as url:
        target = reach(url, secrets=BEARER, settings={"way": way, **DAYS})
        for _ in range(8):
            now += timedelta(seconds=chance.choice((1, 299, 3601, 90_000)))
            many = int((now.timestamp() - begun) // 60)
            double.events = [{"_time": begun + 60 * i, "index": "main"} for i in range(many)]
            with closing(SPLUNK(target)) as system:
                pull = Pull("s", {}, query, upto or now - timedelta(days=1), now, meaning=None, first=upto is None)
                pull = pull.over(partial(whole, system, query))
                first, upto = first or pull.start, pull.end
                for window in pull.slices():
                    found += [(instant(row), row["count"]) for row in rows(system, query, *window)]
    away = 3600 if step == 86_400 else 0
    low, high = int(first.timestamp()) + away, int(upto.timestamp()) + away
    assert [at for at, _ in found] == [at - away for at in range(-(-low // step) * step, high, step)]
    assert {count for _, count in found} == {str(step // 60)}
    assert timedelta(0) <= now - upto < timedelta(seconds=step)


@pytest.mark.parametrize(
    ("query", "ends"),
    [
        ("index=x | timechart count span=300 by host", "06:50:00"),
        ('index=x | timechart span="10m" count', "06:50:00"),
        ("index=x | bucket span=1hour _time | stats count by _time | where count > 5", "06:00:00"),
        ("index=x | eval t=_time | bin t span=h | stats count by t", "06:00:00"),
        ("| tstats prestats=t count where index=x by host, _time span=20m | timechart span=30m count", "06:00:00"),
        ("| mstats avg(cpu) WHERE index=m span=100ms BY host", "06:50:05"),
        ("| mstats avg(cpu) WHERE index=m span=5m every=1h BY host", "06:00:00"),
        ("index=x | bin _time span=4h | chart count over _time by host", "04:00:00"),
        ("index=x | append [| tstats count where [search index=y | fields host] by _time span=2h]", "06:00:00"),
        ("index=x | stats count BY _time span=1m", "06:50:00"),
        ("index=x | TIMECHART span=24h count", "00:00:00"),
        ("index=x | bin duration span=10 | stats count by duration, _time", "06:50:05"),
        ('index=x note="| timechart count" ```| timechart count " ``` | stats count', "06:50:05"),
        ("index=x timechart span=1h", "06:50:05"),
        ("index=x | transaction maxspan=1h id", "06:50:05"),
        ("| tstats count where index=x by host", "06:50:05"),
    ],
)  # fmt: skip
def test_where_whole_spans_of_a_search_end(reach, query, ends):
    moment = datetime(2026, 3, 2, 6, 50, 5, tzinfo=UTC)
    with closing(SPLUNK(reach("http://localhost:1"))) as system:
        assert f"{whole(system, query, moment):%H:%M:%S}" == ends


@pytest.mark.parametrize(
    "query",
    [
        "index=x | timechart count", "index=x | timechart bins=200 count", "index=x | timechart minspan=5m count",
        "index=x | bin _time | stats count by _time", "index=x | bucket bins=20 _time",
        "index=x | chart count over _time", "| tstats count where index=x by _time",
        "| mstats avg(cpu) where index=m span=auto", "index=x | timechart span=1w count",
        "index=x | timechart span=2d count", "index=x | timechart span=1mon count",
        "index=x | timechart span=48h count", "index=x | timechart span=0m count",
        "index=x | timechart span=1h@h count", "index=x | timechart span=1h aligntime=@d+3h count",
        "index=x | timechart span=$s$ count", "index=x | append [search index=y | timechart count]",
        "index=x | timechart span= count", "| mstats avg(cpu) where index=m span=7h | timechart span=5h avg(cpu)",
        "index=x | timechart span=9999999999999s count",
    ],
)  # fmt: skip
def test_a_search_whose_spans_cannot_be_read_is_refused_before_splunk_is_asked(reach, query):
    with closing(SPLUNK(reach("http://localhost:1", secrets=BEARER))) as system:
        for ask in (lambda: whole(system, query, BEGIN), lambda: rows(system, query, BEGIN, BEGIN)):
            with pytest.raises(Invalid, match="cannot tell where the spans of time end") as told:
                ask()
            assert told.value.code == "spans"


def test_days_need_the_zone_of_the_user_and_index_time_has_no_whole_spans(reach):
    query = "index=x | timechart span=1d count"
    for settings, words in (
        ({}, "in which time zone"),
        ({"time_zone": "Vienna"}, "no time zone"),
        ({"window": "indexed", **DAYS}, "by index time"),
        ({"time_zone": "Asia/Kolkata"}, "inside of another span"),
    ):
        text = query.replace("| t", "| bin _time span=1h | t") if "Asia" in str(settings) else query
        with (
            closing(SPLUNK(reach("http://localhost:1", settings=settings))) as system,
            pytest.raises(Invalid, match=words),
        ):
            whole(system, text, BEGIN)


@pytest.mark.parametrize("zone", ["Europe/Vienna", "America/Santiago", "Asia/Kolkata", "Pacific/Apia", "Asia/Beirut"])
def test_days_begin_where_the_date_of_the_zone_changes(zone):
    spans = Spans.of("index=x | timechart span=1d count", {"time_zone": zone})
    moments = [datetime(2026, 1, 1, 15, tzinfo=UTC) + i * timedelta(minutes=30) for i in range(365 * 48)]
    days = [moment.astimezone(ZoneInfo(zone)).date() for moment in moments]
    starts = [moments[i] for i in range(1, len(days)) if days[i] > days[i - 1]]
    assert len(starts) == 365
    chance = random.Random(zone)
    for low, high in pairwise(starts):
        inside = low + (high - low) * chance.random()
        assert (spans.floored(low), spans.ceiled(low)) == (low, low)
        assert (spans.floored(inside), spans.ceiled(inside)) == (low, high)


def test_rows_of_times_at_which_no_span_begins_are_an_error_and_those_beyond_the_window_are_left_out(reach):
    hour, midnight = timedelta(hours=1), BEGIN.replace(hour=0, minute=0, second=0)
    double = Double(events=[{"_time": midnight.timestamp() + 60 * i, "index": "main"} for i in range(300)])
    with serving(double) as url:

        def system(**settings):
            return closing(SPLUNK(reach(url, secrets=BEARER, settings=settings)))

        with system() as one:
            # The double, as Splunk may, gives a row of the span that begins where the window ends.
            found = rows(one, "index=main | timechart span=1h count", midnight + hour, midnight + 3 * hour)
            assert [row["count"] for row in found] == ["60", "60"]
            with pytest.raises(Invalid, match="no span of the search begins then"):
                rows(one, "index=main | stats count by _time span=1h", midnight, midnight + hour)
            asked = len(double.asked)
            assert rows(one, "index=main | timechart span=1h count", midnight + hour / 2, midnight + hour) == []
            assert len(double.asked) == asked
        with system(time_zone="Europe/Athens") as one, pytest.raises(Invalid, match="no span") as told:
            rows(one, "index=main | timechart span=1d count", midnight - 24 * hour, midnight + 24 * hour)
        assert "time_zone" in told.value.hint


def test_a_comment_hides_no_command_that_changes_something(reach):
    with closing(SPLUNK(reach("http://localhost:1", secrets=BEARER))) as system:
        for query in ('index=x ```"``` | delete ```"```', 'index=x "```" | delete | eval a="```"'):
            with pytest.raises(Invalid, match="changes something"):
                rows(system, query, BEGIN, BEGIN + timedelta(hours=1))


def test_the_doctor_compares_the_zone_that_splunk_says_its_user_has(reach):
    double = Double(named_zone="Europe/Vienna")
    with serving(double) as url:
        for zone, wanted in (("", []), ("Europe/Vienna", []), ("Europe/Athens", ["Set time_zone to Europe/Vienna."]),
                             ("Vienna", ["Write Europe/Vienna or UTC."])):  # fmt: skip
            settings = {"time_zone": zone} if zone else {}
            with closing(SPLUNK(reach(url, secrets=BEARER, settings=settings))) as system:
                assert [one.hint for one in system.doctor() if one.what == "Time zone"] == wanted


@pytest.mark.parametrize(
    ("query", "position", "start", "end"),
    [
        ("index=x | timechart span=5m count", "12:51:15", "12:50:00", "13:05:00"),
        ("index=x | timechart span=1d count", "12:00:00", "00:00:00", "00:00:00"),
        ("index=x | timechart span=1h count", "12:00:00", "12:00:00", "13:00:00"),
        ("index=x", "12:51:15", "12:51:15", "13:07:13"),
    ],
)
def test_a_pull_goes_on_at_the_beginning_of_the_span_that_the_last_one_ended_in(reach, query, position, start, end):
    day = datetime(2026, 3, 2, tzinfo=UTC)
    left = datetime.fromisoformat(f"2026-03-02T{position}Z")
    now = day + timedelta(hours=13, minutes=7, seconds=13)
    with closing(SPLUNK(reach("http://localhost:1", settings={"time_zone": "UTC"}))) as system:
        pull = Pull("s", {}, query, left, now, meaning=None)
        found = pull.over(partial(whole, system, query))
        assert (f"{found.start:%H:%M:%S}", f"{found.end:%H:%M:%S}") == (start, end)
        again = Pull("s", {}, query, left, now, meaning=None, anew="job").over(partial(whole, system, query))
        assert again.start == left
