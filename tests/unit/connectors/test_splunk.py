"""The connector to Splunk over the real SDK, on a double: what is read is all there is in the window, or an error."""

import io
import json
import logging
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from splunklib import client, results

from bos.errors import Invalid, Unavailable
from bos.outgoing.connectors import connector_of
from connectors.splunk import lines, source, way
from tests.doubles.splunk import MOST, PASSWORD, TOKEN, USER, Double, generated, serving

Splunk = connector_of("splunk")
BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
FIRST = BEGIN.timestamp()
HOUR = timedelta(hours=1)
BEARER = {"token": TOKEN}
WORD = {"password": PASSWORD}


def events(count=7, **more):
    """Return events, one a minute, indexed two seconds later."""
    return [
        {"_time": FIRST + 60 * i, "_indextime": int(FIRST) + 60 * i + 2, "uid": f"e{i}", "index": "main", **more}
        for i in range(count)
    ]


@pytest.fixture
def splunk(reach):
    """Return a function: a double of a few events (or more) and a function that reads it."""
    open_ = []

    def make(double=None, *, secrets=BEARER, timeout=5.0, **settings):
        double = double or Double(events=events())
        context = serving(double)
        url = context.__enter__()
        open_.append(context)
        target = reach(url, secrets=secrets, settings=settings, timeout=timeout)
        return double, Splunk(target)

    yield make
    for context in open_:
        context.__exit__(None, None, None)


def rows(system, query="index=main", start=BEGIN, end=BEGIN + HOUR):
    """Return every row, in order."""
    return [row for batch in system.read(query, start=start, end=end) for row in batch.to_pylist()]


def ids(system, *args, **options):
    return [row["uid"] for row in rows(system, *args, **options)]


def forms(double, end="export"):
    return [one.form for one in double.asked if one.path.endswith(end)]


@pytest.mark.parametrize("way", ["export", "job"])
def test_every_row_of_the_window_comes_once_and_windows_side_by_side_are_one(splunk, way):
    _, system = splunk(way=way)
    assert ids(system) == [f"e{i}" for i in range(7)]
    middle = BEGIN + timedelta(minutes=3)
    assert ids(system, end=middle) == ["e0", "e1", "e2"]
    assert ids(system, start=middle) == ["e3", "e4", "e5", "e6"]
    assert rows(system, "index=main uid=nothing") == []


def test_the_sdk_gives_previews_as_rows_and_bos_asks_for_none_and_drops_those_that_come(splunk):
    double, system = splunk()
    double.faults["export"] = [{"previews": 2}]
    assert len(ids(system)) == 7
    (form,) = forms(double)
    assert form["preview"] == "0"
    assert form["earliest_time"] == "1772409600.000000"
    assert form["latest_time"] == "1772413200.000000"
    port = int(system._target.address.rpartition(":")[2])
    service = client.connect(host="localhost", port=port, scheme="http", splunkToken=TOKEN)
    body = service.jobs.export("search index=main", output_mode="json")
    assert sum(isinstance(one, dict) for one in results.JSONResultsReader(body)) == 21


def test_values_are_text_several_are_a_list_and_what_is_absent_is_nothing(splunk):
    made = [
        {"_time": FIRST, "index": "main", "n": 5, "tags": ["a", 'b "c"'], "note": "ü\n2"},
        {"_time": FIRST + 1, "index": "main", "other": "x"},
    ]
    _, system = splunk(Double(events=made))
    first, second = rows(system)
    assert first["_time"] == "2026-03-02T01:00:00.000+01:00"
    assert (first["n"], first["note"], first["other"]) == ("5", "ü\n2", None)
    assert json.loads(first["tags"]) == ["a", 'b "c"']
    assert (second["n"], second["other"]) == (None, "x")


def test_a_row_is_there_while_the_stream_is_open(splunk, monkeypatch):
    monkeypatch.setattr(lines, "BATCH_ROWS", 2)
    double, system = splunk(Double(events=events(12)))
    double.faults["export"] = [{"drip": 0.1}]
    with closing(system.read("index=main", start=BEGIN, end=BEGIN + HOUR)) as batches:
        first = next(batches)
        assert first.num_rows == 2
        assert double.streaming["rows"] < 12


def test_batches_are_bounded_by_rows_and_by_bytes(splunk, monkeypatch):
    monkeypatch.setattr(lines, "BATCH_ROWS", 100)
    monkeypatch.setattr(lines, "BATCH_BYTES", 40_000)
    _, system = splunk(Double(events=generated(1000, FIRST, 1, 1000)))
    sizes = [batch.num_rows for batch in system.read("index=main", start=BEGIN, end=BEGIN + HOUR)]
    assert sum(sizes) == 1000
    assert max(sizes) < 40
    monkeypatch.setattr(lines, "LONGEST", 300_000)
    _, long = splunk(Double(events=[{"_time": FIRST, "index": "main", "_raw": "x" * 700_000}]))
    with pytest.raises(Unavailable, match="too long"):
        rows(long)


@pytest.mark.parametrize("fault", [{"cut": 3}, {"cut": 3, "close": 1}, {"reset": 3}, {"truncate": 3},
                                   {"truncate": 3, "close": 1}, {"short": 99_999}])  # fmt: skip
def test_a_stream_that_ends_early_is_an_error_wherever_it_was_cut(splunk, fault):
    double, system = splunk()
    double.faults["export"] = [fault]
    if fault == {"short": 99_999}:  # all rows came, and then the connection ended: nothing is missing
        assert len(rows(system)) == 7
        return
    with pytest.raises(Unavailable):
        rows(system)


def test_a_failure_inside_an_answer_that_is_well_is_an_error_with_every_word(splunk):
    double, system = splunk()
    double.faults["export"] = [{"fatal": 3}]
    with pytest.raises(Unavailable, match="not all") as told:
        rows(system)
    assert told.value.code == "system.search"
    assert "exit_code=-1" in told.value.hint
    both = [{"type": "FATAL", "text": "Peer p1 died."}, {"type": "WARN", "text": "Slow."}]
    double.faults["export"] = [{"messages": [both]}]
    with pytest.raises(Unavailable) as told:
        rows(system)
    assert "Peer p1 died." in told.value.hint


def test_what_splunk_warns_of_is_told_and_every_message_of_a_line_is_kept(splunk):
    double, system = splunk()
    both = [{"type": "WARN", "text": "Bucket b is being repaired."}, {"type": "INFO", "text": "Well."}]
    double.faults["export"] = [{"messages": [both, both]}]
    assert len(rows(system)) == 7
    assert system.told == ["Warn: Bucket b is being repaired.", "Info: Well."]


def test_a_busy_splunk_is_asked_again_and_that_is_told_and_in_the_end_it_is_an_error(splunk, patient):
    waits = []
    patient(way, waits.append)
    double, system = splunk()
    later = (datetime.now(UTC) + timedelta(seconds=29)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    double.faults["export"] = [{"status": 503}, {"status": 429, "retry_after": later}]
    assert len(rows(system)) == 7
    assert waits[0] == 1.0
    assert 15 < waits[1] <= 29
    assert len(system.told) == 2
    double.faults["export"] = [{"status": 503}] * 3
    with pytest.raises(Unavailable) as told:
        rows(system)
    assert told.value.code == "system.busy"
    double.faults["export"] = [{"status": 429, "retry_after": "3600"}]
    with pytest.raises(Unavailable) as told:
        rows(system)
    assert told.value.details == {"retry_after": 3600.0}
    assert len(double.faults["export"]) == 0


def test_no_number_of_glitches_uses_up_the_tries(splunk, patient):
    patient(way)
    double, system = splunk()
    for _ in range(10):
        double.faults["export"] = [{"status": 503}, {"status": 503}]
        assert len(rows(system)) == 7


def test_a_search_that_splunk_cannot_run_is_told_in_its_words_without_bytes(splunk):
    _, system = splunk()
    with pytest.raises(Invalid) as told:
        rows(system, 'index=main "open')
    assert told.value.code == "query"
    assert told.value.hint == "It says: Unbalanced quotes."


@pytest.mark.parametrize("query", ["index=main earliest=-1d", "index=main | head 5 | search latest = now",
                                   "index=main [search index=x _index_earliest=5]", "starttimeu=5"])  # fmt: skip
def test_a_search_with_a_time_range_of_its_own_is_refused_before_splunk_is_asked(splunk, query):
    double, system = splunk()
    with pytest.raises(Invalid, match="time range of its own"):
        rows(system, query)
    assert double.asked == []
    assert rows(system, 'index=main note="earliest=5"') == []


def test_a_time_range_that_hides_in_a_macro_is_found_by_what_splunk_says(splunk):
    double, system = splunk()
    said = [{"type": "INFO", "text": "Your timerange was substituted based on your search string"}]
    double.faults["export"] = [{"messages": [said]}]
    with pytest.raises(Invalid, match="time range of its own"):
        rows(system, "`late_payments`")


@pytest.mark.parametrize(
    "query", ["index=main | delete", "index=main |outputlookup x.csv", "| makeresults | sendemail to=x"]
)
def test_a_search_that_changes_something_is_refused(splunk, query):
    double, system = splunk()
    with pytest.raises(Invalid, match="changes something"):
        rows(system, query)
    assert double.asked == []


def test_windows_of_index_time_find_what_came_late_and_miss_nothing_at_their_ends(splunk):
    late = [{"_time": FIRST - 86_400, "_indextime": int(FIRST) + 5, "uid": "late", "index": "main"},
            {"_time": FIRST + 10, "_indextime": int(FIRST) + 3600, "uid": "next", "index": "main"}]  # fmt: skip
    double, system = splunk(Double(events=[*events(3), *late]), window="indexed")
    assert set(ids(system)) == {"e0", "e1", "e2", "late", "next"}
    assert set(ids(system, start=BEGIN + HOUR, end=BEGIN + 2 * HOUR)) == {"next"}
    assert forms(double)[0]["search"] == "search _index_earliest=1772409600 _index_latest=1772413201 index=main"
    _, narrow = splunk(Double(events=late), window="indexed", late_seconds="60")
    assert ids(narrow) == ["next"]
    with pytest.raises(Invalid, match="by index time"):
        rows(system, "| makeresults")
    for setting in ({"window": "moon"}, {"late_seconds": "-1"}, {"way": "walk"}):
        with pytest.raises(Invalid):
            rows(splunk(**setting)[1])


def test_a_job_is_paged_to_its_last_row_and_given_up_at_the_end(splunk, monkeypatch, patient):
    monkeypatch.setattr(source, "PAGE", 400)
    patient(source)
    double, system = splunk(Double(events=generated(1000, FIRST, 1, 5)), way="job")
    assert ids(system) == [f"e{i:09d}" for i in range(1000)]
    assert [form["offset"] for form in forms(double, "results")] == ["0", "400", "800"]
    assert [form["action"] for form in forms(double, "control")] == ["cancel"]
    assert MOST == 50_000
    monkeypatch.setattr(source, "MOST", 900)
    with pytest.raises(Unavailable, match="900 rows or more"):
        rows(system)


def test_a_job_that_fails_is_an_error_and_a_session_that_ends_on_the_way_is_begun_again(splunk, patient):
    patient(source)
    double, system = splunk(way="job")
    double.faults["state"] = [{"dispatchState": "FAILED", "isDone": True, "messages": []}]
    with pytest.raises(Unavailable, match="could not finish"):
        rows(system)
    double.faults["state"] = [{"messages": [{"type": "ERROR", "text": "Disk."}]}]
    with pytest.raises(Unavailable) as told:
        rows(system)
    assert "Disk." in told.value.hint
    double, system = splunk(Double(events=events()), secrets=WORD, way="job", user=USER)
    rows(system)
    double.sessions.clear()
    assert len(ids(system)) == 7
    assert len(forms(double, "login")) == 2


ODD = (["boom"], "boom", {"fatal": ["boom"]}, [None], [{"type": "INFO"}, 7], 5)


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_messages_that_are_none_are_an_answer_that_no_splunk_gives(splunk, patient, odd):
    patient(source)
    double, streamed = splunk()
    double.faults["export"] = [{"messages": [odd]}]
    double, paged = splunk(double, way="job")
    double.faults["state"] = [{"messages": odd}]
    for system in (streamed, paged):
        with pytest.raises(Unavailable) as told:
            rows(system)
        assert told.value.code == "system.strange"
        assert len(rows(system)) == 7


@pytest.mark.parametrize(
    "line",
    [
        "[]",
        "7",
        "null",
        '{"result": ["a"]}',
        '{"result": "a", "lastrow": true}',
        "{",
        pytest.param("[" * 100_000, id="deep"),
        pytest.param('{"result": {"a": ' * 100_000, id="deeper"),
    ],
)
def test_a_line_that_is_no_row_is_an_answer_that_no_splunk_gives(line):
    with pytest.raises(Unavailable) as told, way.said():
        list(lines.rows_of(io.BufferedReader(io.BytesIO(line.encode())), print))
    assert told.value.code == "system.strange"


@pytest.mark.parametrize("count", ["many", None, "-1", [3]])
def test_a_job_without_a_count_of_rows_is_one_that_no_splunk_gives(splunk, count):
    double, system = splunk(way="job")
    double.faults["state"] = [{"isDone": True, "resultCount": count}]
    with pytest.raises(Unavailable) as told:
        rows(system)
    assert told.value.code == "system.strange"


def test_one_login_serves_many_searches_and_the_older_path_an_older_splunk(splunk):
    double, system = splunk(Double(events=events(), version="9.0.1"), secrets=WORD, user=USER)
    for _ in range(3):
        assert len(rows(system)) == 7
    assert len(forms(double, "login")) == 1
    assert "/services/search/jobs/export" in double.paths()
    double, system = splunk(Double(events=events(), version="10.0.0-beta", cloud=True), app="payments")
    assert len(rows(system)) == 7
    assert double.paths()[-1] == "/servicesNS/nobody/payments/search/v2/jobs/export"


def test_what_is_asked_without_a_good_secret_is_refused_and_the_secret_is_nowhere(splunk, caplog):
    caplog.set_level(logging.DEBUG)
    for secrets, settings in (({"token": "wr0ng-token"}, {}), ({"password": "wr0ng-token"}, {"user": USER})):
        _, system = splunk(secrets=secrets, **settings)
        with pytest.raises(Unavailable) as told:
            rows(system)
        assert told.value.code == "system.refused"
        assert "wr0ng-token" not in str(told.value) + caplog.text
    with pytest.raises(Invalid, match="has no token"):
        rows(splunk(secrets={})[1])
    with pytest.raises(Invalid, match="has no password"):
        rows(splunk(secrets={}, user=USER)[1])


def test_a_certificate_that_is_not_trusted_ends_it_before_a_password_is_sent(reach, make_certificate, tmp_path):
    ours, theirs = make_certificate(tmp_path, "ours"), make_certificate(tmp_path, "theirs")
    double = Double(events=events())
    with serving(double, tls=theirs) as url:
        for trusted in (None, ours[0]):
            system = Splunk(reach(url, secrets=WORD, settings={"user": USER}, ca_file=trusted))
            with pytest.raises(Unavailable) as told:
                rows(system)
            assert told.value.code == "system.certificate"
        assert double.asked == []
        assert len(rows(Splunk(reach(url, secrets=WORD, settings={"user": USER}, ca_file=theirs[0])))) == 7
    assert all(one.secure for one in double.asked)


def test_a_splunk_that_is_silent_or_sends_bos_elsewhere_is_told(splunk, reach):
    double, system = splunk(timeout=0.2)
    double.faults["export"] = [{"drip": 0.6}]
    with pytest.raises(Unavailable) as told:
        rows(system)
    assert told.value.code == "system.slow"
    double.faults["info"] = [{"status": 302, "location": "http://elsewhere.example/"}]
    with pytest.raises(Unavailable) as told:
        rows(splunk(double)[1])
    assert told.value.code == "system.elsewhere"
    with pytest.raises(Unavailable) as told:
        rows(Splunk(reach("http://localhost:9", secrets=BEARER)))
    assert told.value.code == "system.silent"


def test_what_is_no_splunk_is_no_splunk(answering, reach):
    for content in (b"<html>", b"[]", b'{"entry": []}'):
        with answering((200, {}, content)) as other, pytest.raises(Unavailable, match="not answer as Splunk"):
            rows(Splunk(reach(other.url, secrets=BEARER)))


def test_the_doctor_tells_version_secret_right_and_indexes(splunk):
    found = list(splunk()[1].doctor())
    assert [one.ok for one in found] == [True] * 4
    assert found[0].words == "It is Splunk 9.3.1."
    assert found[3].words == "It shows main, payments."
    *_, index = splunk(indexes="payments, cards")[1].doctor()
    assert (index.ok, index.words) == (False, "It does not show cards.")
    found = list(splunk(Double(capabilities=()))[1].doctor())
    assert [one.ok for one in found] == [True, True, False]
    double, warned = splunk()
    double.faults["export"] = [{"messages": [[{"type": "WARN", "text": "Peer p2 is down."}]]}]
    *_, said = warned.doctor()
    assert (said.what, said.ok, said.words) == ("Said", True, "Warn: Peer p2 is down.")
    (only,) = splunk(secrets={"token": "no"})[1].doctor()
    assert not only.ok
    assert "does not let BOS in" in only.words
