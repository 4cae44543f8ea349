"""AppDynamics: a double of the controller and of the Events service, and the token of a real provider."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from urllib.parse import parse_qs

import pytest

from bos.errors import Invalid, Unavailable
from bos.outgoing.connectors import connector_of

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
Controller, Analytics = connector_of("appdynamics"), connector_of("appdynamics-analytics")
CLIENT, SECRET = "bos@bank", "planted-secret"
PATH = "Overall Application Performance|Calls per Minute"
QUERY = f"Payments|{PATH}"


def ms(moment):
    return round(moment.timestamp() * 1000)


class Vendor:
    """A controller whose metric tells the minute of the day; minutes 600 … 659 are missing, 700 has no calls."""

    def __init__(self, *, kept=timedelta(days=400), lasts=300):
        self.kept, self.lasts, self.good, self.given = kept, lasts, set(), 0

    def answer(self, asked):
        if asked.path == "/controller/api/oauth/access_token":
            form = {name: value for name, (value,) in parse_qs(asked.body.decode()).items()}
            if form != {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}:
                return 401, {}, {"error": "invalid_client"}
            self.given += 1
            self.good = {f"Bearer token-{self.given}"}
            return 200, {}, {"access_token": f"token-{self.given}", "expires_in": self.lasts}
        if asked.headers.get("Authorization") not in self.good:
            return 401, {}, b""
        return self.rest(asked)

    def rest(self, asked):
        if asked.query.get("output") != "JSON":
            return 200, {"Content-Type": "text/xml"}, b"<applications/>"
        if asked.path == "/controller/rest/applications":
            return 200, {}, [{"id": 7, "name": "Payments"}]
        if asked.path != "/controller/rest/applications/Payments/metric-data":
            return 404, {}, b"<html>Invalid application id</html>"
        return 200, {}, self.metric(asked.query)

    def metric(self, query):
        first, last = int(query["start-time"]), int(query["end-time"])
        minutes = (last - first) / 60_000
        step, name = next(
            (step, name)
            for most, step, name in ((1459, 1, "ONE_MIN"), (2940, 10, "TEN_MIN"), (1e9, 60, "SIXTY_MIN"))
            if minutes <= most
        )
        if first < ms(BEGIN + timedelta(days=30) - self.kept) and step == 1:
            step, name = 10, "TEN_MIN"
        if query["metric-path"] != PATH:
            return [{"metricName": "METRIC DATA NOT FOUND", "metricPath": "METRIC DATA NOT FOUND", "metricValues": []}]
        values = []
        for at in range(first // (step * 60_000) * step * 60_000, last + 1, step * 60_000):
            minute = at // 60_000 % 1440
            if at < first or 600 <= minute < 660:
                continue
            count = 0 if minute == 700 else 2
            point = {"value": minute, "sum": minute * count, "count": count, "min": 0, "max": minute, "current": minute}
            values.append({"startTimeInMillis": at, **point, "occurrences": 0, "standardDeviation": 0})
        if query["rollup"] != "false":
            values = values[:1]
        found = {"metricId": 1, "metricName": "BTM|…", "metricPath": PATH, "frequency": name, "metricValues": values}
        return [found]


def target(reach, double, **more):
    settings = {"client": CLIENT, **more.pop("settings", {})}
    return reach(double.url, secrets={"client_secret": SECRET}, settings=settings, **more)


def read(one, query, start, end, kind=Controller):
    points = []
    with closing(kind(one)) as system:
        for batch in system.read(query, start=start, end=end):
            points += [(row["time"], row["value"], dict(row["labels"])) for row in batch.to_pylist()]
    return points


def minute_of(moment):
    return moment.hour * 60 + moment.minute


def test_minutes_stay_minutes_however_long_the_window_and_come_once(doubled, reach):
    start, end = BEGIN + timedelta(seconds=7), BEGIN + timedelta(days=3, minutes=5)
    with doubled(Vendor()) as vendor:
        points = read(target(reach, vendor), QUERY, start, end)
    moments = [BEGIN + n * MINUTE for n in range(1, 3 * 1440 + 5)]
    known = [(at, float(minute_of(at))) for at in moments if not 600 <= minute_of(at) < 660 and minute_of(at) != 700]
    assert [(at, value) for at, value, _ in points] == known
    assert {tuple(labels.items()) for *_, labels in points} == {(("metric", PATH),)}
    asked = [one.query for one in vendor.asked if one.path.endswith("metric-data")]
    assert len(asked) == 3
    assert max(int(one["end-time"]) - int(one["start-time"]) for one in asked) <= 1459 * 60_000
    assert {(one["rollup"], one["output"], one["time-range-type"]) for one in asked} == {
        ("false", "JSON", "BETWEEN_TIMES")
    }


@pytest.mark.parametrize(("minutes", "days"), [(10, 5), (60, 70)])
def test_coarser_points_are_asked_for_by_windows_that_have_them(doubled, reach, minutes, days):
    start, end = BEGIN, BEGIN + timedelta(days=days)
    with doubled(Vendor()) as vendor:
        one = target(reach, vendor, settings={"granularity_minutes": str(minutes)})
        whole = read(one, QUERY, start, end)
        short = read(one, QUERY, BEGIN + timedelta(hours=1), BEGIN + timedelta(hours=7))
    assert {(b - a) // MINUTE for (a, *_), (b, *_) in pairwise(whole)} <= {minutes, 60 + minutes, 2 * minutes}
    assert len(whole) == len({at for at, *_ in whole})
    assert [at for at, *_ in short] == [
        BEGIN + timedelta(hours=1) + n * minutes * MINUTE for n in range(360 // minutes)
    ]


def test_points_of_another_granularity_than_the_one_asked_for_are_an_error(doubled, reach):
    with doubled(Vendor(kept=timedelta(hours=4))) as vendor, pytest.raises(Unavailable) as told:
        read(target(reach, vendor), QUERY, BEGIN, BEGIN + timedelta(hours=6))
    assert told.value.code == "system.granularity"
    assert "TEN_MIN" in told.value.message


def test_which_figure_is_read_is_told_by_query_or_setting(doubled, reach):
    start, end = BEGIN + 699 * MINUTE, BEGIN + 702 * MINUTE
    with doubled(Vendor()) as vendor:
        sums = read(target(reach, vendor), f"{QUERY} -> sum", start, end)
        counts = read(target(reach, vendor, settings={"figure": "count"}), QUERY, start, end)
        with pytest.raises(Invalid, match="is no metric with one of the figures"):
            read(target(reach, vendor), f"{QUERY} -> median", start, end)
    assert [value for _, value, _ in sums] == [1398.0, 0.0, 1402.0]
    assert [value for _, value, _ in counts] == [2.0, 0.0, 2.0]


def test_what_is_not_found_is_no_point_and_never_a_zero_and_an_unknown_application_is_an_error(doubled, reach):
    with doubled(Vendor()) as vendor:
        assert read(target(reach, vendor), "Payments|No|Such", BEGIN, BEGIN + timedelta(hours=1)) == []
        with pytest.raises(Invalid, match="knows no such application"):
            read(target(reach, vendor), f"Loans|{PATH}", BEGIN, BEGIN + timedelta(hours=1))
        zero = [{"metricName": "METRIC DATA NOT FOUND", "frequency": "ONE_MIN", "metricValues": [{"value": 0}]}]
        vendor.faults.append(("/controller/rest/", (200, {}, zero)))
        with pytest.raises(Unavailable):
            read(target(reach, vendor), QUERY, BEGIN, BEGIN + timedelta(hours=1))


def test_a_token_is_renewed_before_it_ends_and_once_when_it_is_refused(doubled, reach):
    with doubled(Vendor(lasts=0)) as vendor:
        read(target(reach, vendor), QUERY, BEGIN, BEGIN + timedelta(days=2))
        assert vendor.given == 2
    with doubled(Vendor()) as vendor:
        read(target(reach, vendor), QUERY, BEGIN, BEGIN + timedelta(days=2))
        assert vendor.given == 1
        vendor.faults.append(("/controller/rest/", (401, {}, b"")))
        assert read(target(reach, vendor), QUERY, BEGIN, BEGIN + 5 * MINUTE)
        assert vendor.given == 3
        vendor.faults += [("/controller/rest/", (401, {}, b""))] * 2
        with pytest.raises(Unavailable) as told:
            read(target(reach, vendor), QUERY, BEGIN, BEGIN + 5 * MINUTE)
    assert told.value.code == "system.refused"


def test_every_fault_is_an_error_of_its_kind_and_shows_no_secret(doubled, reach, fault):
    what, code, patience = fault
    for path in ("/controller/api/oauth", "/controller/rest/"):
        with doubled(Vendor()) as vendor:
            vendor.faults.append((path, what))
            with pytest.raises(Unavailable) as told:
                read(target(reach, vendor, timeout=patience), QUERY, BEGIN, BEGIN + timedelta(hours=1))
        assert told.value.code == code
        assert SECRET not in str(told.value)
        assert "token-1" not in str(told.value)


def test_the_doctor_tells_what_it_may_see_and_what_is_wrong(doubled, reach, make_certificate, tmp_path):
    tls = make_certificate(tmp_path)
    with doubled(Vendor(), tls=tls) as vendor:
        with closing(Controller(target(reach, vendor, ca_file=tls[0]))) as system:
            findings = list(system.doctor())
        assert [one.ok for one in findings] == [True, True]
        assert "1 applications: Payments" in findings[1].words
        asked = len(vendor.asked)
        with closing(Controller(target(reach, vendor))) as system:
            (finding,) = system.doctor()
        assert "certificate" in finding.words
        assert len(vendor.asked) == asked
        with closing(Controller(reach(vendor.url, secrets={"client_secret": "x"}, ca_file=tls[0]))) as system:
            (finding,) = system.doctor()
        assert "does not let BOS in" in finding.words


@pytest.mark.full
def test_a_real_provider_gives_the_token(signing_on, reach):
    with signing_on() as provider:
        one = reach(provider.url, secrets={"client_secret": provider.secret}, settings={"client": CLIENT})
        with closing(Controller(one)) as system:
            client = system._signed_in()
            assert client.headers["Authorization"].startswith("Bearer ")
            assert client is system._signed_in()
        wrong = reach(provider.url, secrets={"client_secret": "no"}, settings={"client": CLIENT})
        with closing(Controller(wrong)) as system, pytest.raises(Unavailable) as told:
            system._signed_in()
        assert told.value.code == "system.refused"


class Events:
    """An Events service with rows and fields as a test sets them."""

    def __init__(self, fields=(), rows=(), **more):
        self.fields, self.rows, self.more = fields, rows, more

    def answer(self, asked):
        if asked.headers.get("X-Events-API-Key") != SECRET or asked.headers.get("X-Events-API-AccountName") != "bank":
            return 401, {}, {"statusCode": 401}
        if asked.headers["Content-Type"] != "application/vnd.appd.events+text;v=2":
            return 415, {}, b""
        if b"nonsense" in asked.body:
            return 400, {}, {"statusCode": 400, "message": "Invalid ADQL query"}
        fields = [{"label": label, "field": label, "type": kind} for label, kind in self.fields]
        return 200, {}, [{"label": "0", "fields": fields, "total": len(self.rows), "results": self.rows, **self.more}]


def events(reach, double, **more):
    return reach(double.url, secrets={"key": SECRET}, settings={"account": "bank"}, **more)


COUNTED = [("series(eventTimestamp, '5m')", "date"), ("channel", "string"), ("count(*)", "integer")]


def test_a_series_of_analytics_is_points_inside_the_window(doubled, reach):
    end = BEGIN + timedelta(minutes=10)
    rows = [[ms(BEGIN), "web", 3], [ms(BEGIN + 5 * MINUTE), "web", 0], [ms(BEGIN), "ach", 4], [ms(end), "ach", 9]]
    query = "SELECT series(eventTimestamp, '5m'), channel, count(*) FROM transactions"
    with doubled(Events(COUNTED, rows, total=999)) as service:
        points = read(events(reach, service), query, BEGIN, end, Analytics)
    assert points == [
        (BEGIN, 3.0, {"channel": "web"}),
        (BEGIN + 5 * MINUTE, 0.0, {"channel": "web"}),
        (BEGIN, 4.0, {"channel": "ach"}),
    ]
    (asked,) = service.asked
    assert asked.query == {"start": str(ms(BEGIN)), "end": str(ms(end)), "limit": "10000"}
    assert asked.body.decode() == query


def test_other_rows_come_with_their_own_columns(doubled, reach):
    fields = [("eventTimestamp", "date"), ("id", "string"), ("amount", "float"), ("amount", "float"), ("mixed", "any")]
    at = "2026-03-02T00:00:01.500Z"
    rows = [[at, "a", 1.5, None, 1], [at, "b", None, 2, "x"], [ms(BEGIN) - 1, "before", 0, 0, 0]]
    with doubled(Events(fields, rows)) as service, closing(Analytics(events(reach, service))) as system:
        (batch,) = system.read("SELECT * FROM transactions", start=BEGIN, end=BEGIN + MINUTE)
    moment = BEGIN + timedelta(seconds=1.5)
    assert batch.to_pylist() == [
        {"eventTimestamp": moment, "id": "a", "amount": 1.5, "amount.2": None, "mixed": "1"},
        {"eventTimestamp": moment, "id": "b", "amount": None, "amount.2": 2.0, "mixed": "x"},
    ]


@pytest.mark.parametrize("more", [{"moreData": True}, {"total": 10_001}, {"rows": 10_000}])
def test_more_rows_than_it_gives_are_an_error(doubled, reach, more):
    rows = [[ms(BEGIN), "a"]] * more.pop("rows", 1)
    service = Events([("eventTimestamp", "date"), ("id", "string")], rows, **more)
    with doubled(service), pytest.raises(Invalid, match=r"more rows than the 10,000"):
        read(events(reach, service), "SELECT * FROM transactions", BEGIN, BEGIN + MINUTE, Analytics)


def test_what_analytics_cannot_read_is_told_with_its_words(doubled, reach):
    with doubled(Events(COUNTED, [], error="Unknown field")) as service:
        for query, words in (("nonsense", "Invalid ADQL query"), ("SELECT x FROM y", "Unknown field")):
            with pytest.raises(Invalid, match="cannot compute this query") as told:
                read(events(reach, service), query, BEGIN, BEGIN + MINUTE, Analytics)
            assert words in told.value.hint
    with doubled(Events([("count(*)", "integer")], [[1]])) as service, pytest.raises(Invalid, match="one number"):
        read(events(reach, service), "SELECT series(eventTimestamp,'5m') FROM y", BEGIN, BEGIN + MINUTE, Analytics)


def test_every_fault_of_analytics_is_an_error_of_its_kind(doubled, reach, fault):
    what, code, patience = fault
    with doubled(Events(COUNTED, [])) as service:
        service.faults.append(("/events", what))
        with pytest.raises(Unavailable) as told:
            read(events(reach, service, timeout=patience), "SELECT a FROM b", BEGIN, BEGIN + MINUTE, Analytics)
        assert told.value.code == code
        service.faults.append(("/events", (200, {}, json.dumps([{"fields": [{"type": "string"}]}]).encode())))
        with pytest.raises(Unavailable, match="does not answer as"):
            read(events(reach, service), "SELECT a FROM b", BEGIN, BEGIN + MINUTE, Analytics)
        with closing(Analytics(events(reach, service))) as system:
            (finding,) = system.doctor()
        assert finding.ok
