"""Grafana: queries of a data source and dashboards, on a double that speaks both APIs."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from bos.errors import Conflict, Invalid, Unavailable
from bos.outgoing.connectors import connector_of
from bos.ports import Board

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TOKEN = "glsa_planted"  # noqa: S105 - of a test
Grafana = connector_of("grafana")


def ms(moment):
    return round(moment.timestamp() * 1000)


def reached(reach, double, *, token=TOKEN, timeout=10.0, ca_file=None, **settings):
    known = {"datasource": "prom", "folder": "payments"} | settings
    return reach(double.url, secrets={"token": token}, settings=known, timeout=timeout, ca_file=ca_file)


def read(one, query, start, end):
    with closing(Grafana(one)) as system:
        return [row for batch in system.read(query, start=start, end=end) for row in batch.to_pylist()]


def frame(*fields, notices=(), interval=None):
    told = [{"name": name, "type": kind, "labels": labels} for name, kind, labels, _ in fields]
    if interval is not None:
        told[0]["config"] = {"interval": interval}
    return {
        "schema": {"refId": "A", "fields": told, "meta": {"notices": list(notices)}},
        "data": {"values": [values for *_, values in fields]},
    }


def answering(*frames, status=200, **result):
    return lambda _: (status, {}, {"results": {"A": {"status": 200, "frames": list(frames), **result}}})


def minutes(body):
    """Answer as Prometheus behind Grafana does: aligned to the step, no more points than it is asked for."""
    (query,) = body["queries"]
    first, last = int(body["from"]) // 60_000, int(body["to"]) // 60_000
    step = max(1, -(-(last - first) // query["maxDataPoints"]))
    times = list(range(first, last + 1, step))
    frames = [
        frame(
            ("Time", "time", None, [at * 60_000 for at in times]),
            ("Value", "number", {"host": host}, [None if at % 1440 == 7 else at % 97 + n for at in times]),
            interval=step * 60_000,
        )
        for n, host in enumerate(("a", "b"))
    ]
    return 200, {}, {"results": {"A": {"status": 200, "frames": frames}}}


def test_no_point_is_left_out_or_doubled_however_long_the_window(grafana, reach):
    start, end = BEGIN + timedelta(seconds=7), BEGIN + timedelta(days=15)
    with grafana(frames=minutes) as double:
        rows = read(reached(reach, double), "queue_depth", start, end)
    first = ms(BEGIN) // 60_000 + 1
    known = [
        (BEGIN + (at - first + 1) * MINUTE, float(at % 97 + n), {"host": host})
        for n, host in enumerate("ab")
        for at in range(first, first + 15 * 1440 - 1)
        if at % 1440 != 7
    ]
    found = sorted(((row["time"], row["value"], dict(row["labels"])) for row in rows), key=str)
    assert found == sorted(known, key=str)
    asked = [json.loads(one.body) for one in double.asked]
    assert len(asked) == 3
    assert all(a["to"] == b["from"] for a, b in pairwise(asked))
    (query,) = asked[0]["queries"]
    assert query == {
        "expr": "queue_depth", "range": True, "instant": False, "refId": "A", "datasource": {"uid": "prom"},
        "intervalMs": 60_000, "maxDataPoints": 10_002,
    }  # fmt: skip


def test_points_further_apart_than_asked_for_are_an_error(grafana, reach):
    times = [ms(BEGIN), ms(BEGIN + 5 * MINUTE)]
    coarse = frame(("Time", "time", None, times), ("Value", "number", {}, [1, 2]), interval=300_000)
    with grafana(frames=answering(coarse)) as double, pytest.raises(Unavailable) as told:
        read(reached(reach, double), "x", BEGIN, BEGIN + timedelta(hours=1))
    assert told.value.code == "system.granularity"


def test_wide_and_long_frames_are_series_by_their_labels(grafana, reach):
    times = [ms(BEGIN), ms(BEGIN + MINUTE), ms(BEGIN + 2 * MINUTE)]
    wide = frame(
        ("time", "time", None, times), ("in", "number", {"host": "a"}, [1, None, 3]), ("out", "number", None, [4, 5, 6])
    )
    long = frame(("time", "time", None, times), ("channel", "string", None, ["web", "ach", "web"]),
                 ("n", "number", None, [7, 8, 9]))  # fmt: skip
    with grafana(frames=answering(wide, long, frame())) as double:
        rows = read(reached(reach, double, query_field="rawSql"), "SELECT 1", BEGIN, BEGIN + 2 * MINUTE)
    at = BEGIN, BEGIN + MINUTE
    assert [(row["time"], row["value"], dict(row["labels"])) for row in rows] == [
        (at[0], 1.0, {"field": "in", "host": "a"}),
        (at[0], 4.0, {"field": "out"}),
        (at[1], 5.0, {"field": "out"}),
        (at[0], 7.0, {"channel": "web"}),
        (at[1], 8.0, {"channel": "ach"}),
    ]
    assert json.loads(double.asked[0].body)["queries"][0]["rawSql"] == "SELECT 1"


def test_rows_come_with_their_own_columns_inside_the_window(grafana, reach):
    logs = frame(
        ("Time", "time", None, [ms(BEGIN), ms(BEGIN + MINUTE), None]),
        ("Line", "string", None, ["paid", "late", "x"]),
        ("labels", "other", None, [{"app": "core"}, None, None]),
    )
    with grafana(frames=answering(logs)) as double:
        one = reached(reach, double, shape="rows")
        rows = read(one, '{"expr": "{app=\\"core\\"}", "queryType": "range"}', BEGIN, BEGIN + MINUTE)
        assert rows == [{"Time": BEGIN, "Line": "paid", "labels": '{"app": "core"}'}]
        with pytest.raises(Invalid, match="has no points"):
            read(reached(reach, double), "x", BEGIN, BEGIN + MINUTE)
        for settings, words in (
            ({"shape": "cube"}, "no shape"),
            ({"interval_seconds": "0"}, "no whole number"),
        ):
            with pytest.raises(Invalid, match=words):
                read(reached(reach, double, **settings), "x", BEGIN, BEGIN + MINUTE)
        with pytest.raises(Invalid, match="is no JSON"):
            read(one, "{expr", BEGIN, BEGIN + MINUTE)


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (answering(status=207, error="parse error"), Unavailable, "data source behind Grafana"),
        (lambda _: (207, {}, {"results": {"A": {"status": 400, "error": "parse error"}}}), Invalid, "cannot compute"),
        (lambda _: (200, {}, {"results": {"A": {"status": 500, "error": "boom"}}}), Unavailable, "behind Grafana"),
        (lambda _: (200, {}, {"results": {"A": {"frames": []}, "B": {"error": "x"}}}), Unavailable, "behind"),
        (lambda _: (400, {}, {"results": {"A": {"status": 400, "error": "no such"}}}), Invalid, "cannot compute"),
        (lambda _: (404, {}, {"message": "Data source not found"}), Invalid, "cannot compute"),
        (lambda _: (200, {}, {"results": {}}), Unavailable, "does not answer as"),
        (lambda _: (200, {}, {"message": "hello"}), Unavailable, "does not answer as"),
        (answering({"schema": {"fields": [{"type": "time"}]}, "data": {"values": []}}), Unavailable, "not answer as"),
        (answering(frame(notices=[{"severity": "warning", "text": "cut"}])), Unavailable, "may not be all"),
    ],
)  # fmt: skip
def test_a_query_that_failed_in_part_is_an_error_whatever_the_status(grafana, reach, reply, error, words):
    with grafana(frames=reply) as double, pytest.raises(error, match=words):
        read(reached(reach, double), "x", BEGIN, BEGIN + MINUTE)


def test_nothing_is_nothing(grafana, reach):
    with grafana(frames=answering(frame())) as double:
        assert read(reached(reach, double), "nothing_of_this_name", BEGIN, BEGIN + MINUTE) == []


def test_every_fault_is_an_error_of_its_kind_and_shows_no_token(grafana, reach, fault):
    what, code, patience = fault
    with grafana(frames=answering(frame())) as double:
        one = reached(reach, double, timeout=patience)
        double.faults.append(("/api/ds/query", what))
        with pytest.raises(Unavailable) as asked:
            read(one, "x", BEGIN, BEGIN + MINUTE)
        double.faults.append(("/apis/dashboard.grafana.app/v2", what))
        with closing(Grafana(one)) as system, pytest.raises(Unavailable) as put:
            system.place(board("v2"), known="", key="k1", overwrite=False)
    for told in (asked, put):
        assert told.value.code == code
        assert TOKEN not in str(told.value)


def test_the_doctor_tells_what_is_there_and_what_is_not(grafana, reach, make_certificate, tmp_path):
    tls = make_certificate(tmp_path)
    with grafana(tls=tls) as double:
        with closing(Grafana(reached(reach, double, ca_file=tls[0]))) as system:
            found = list(system.doctor())
        assert [(one.what, one.ok) for one in found] == [
            ("Answer", True), ("Token", True), ("Datasource", True), ("Folder", True),
        ]  # fmt: skip
        with closing(Grafana(reached(reach, double, token=TOKEN[1:], ca_file=tls[0]))) as system:
            assert [one.ok for one in system.doctor()] == [True, False]
        with closing(Grafana(reached(reach, double, datasource="gone", ca_file=tls[0]))) as system:
            assert [one.ok for one in system.doctor()] == [True, True, False, True]
        asked = len(double.asked)
        with closing(Grafana(reached(reach, double))) as system:
            (finding,) = system.doctor()
        assert "certificate" in finding.words
        assert len(double.asked) == asked


def board(api, title="Payments"):
    classic = {"uid": "bos-1", "title": title, "version": 4, "panels": []}
    whole = {"apiVersion": "x", "kind": "Dashboard", "metadata": {"name": "bos-1"}, "spec": {"title": title}}
    return Board("bos-1", whole if api == "v2" else classic, "BOS run r1")


@pytest.mark.parametrize("api", ["v2", "v1", ""])
def test_a_dashboard_is_put_there_once_and_what_somebody_changed_there_stays(grafana, reach, api):
    with grafana(api=api) as double, closing(Grafana(reached(reach, double))) as system:
        assert system.shape() == ("grafana-v2" if api == "v2" else "grafana")
        first = system.place(board(api), known="", key="k1", overwrite=False)
        assert (first.version, double.boards["bos-1"]["folder"]) == ("1", "payments")
        assert first.link.startswith(f"{double.url}/d/bos-1")
        # Killed before it was recorded: the same key finds it.
        assert system.place(board(api), known="", key="k1", overwrite=False).version == "1"
        second = system.place(board(api, "Payments, daily"), known=first.version, key="k2", overwrite=False)
        assert (second.version, double.boards["bos-1"]["spec"]["title"]) == ("2", "Payments, daily")
        double.edit("bos-1")
        with pytest.raises(Conflict) as told:
            system.place(board(api, "Ours"), known=second.version, key="k3", overwrite=False)
        assert (told.value.code, told.value.details["by"], told.value.details["version"]) == ("drift", "user:7", "3")
        assert double.boards["bos-1"]["spec"]["title"] == "Payments, daily"
        third = system.place(board(api, "Ours"), known=second.version, key="k4", overwrite=True)
        assert (third.version, double.boards["bos-1"]["spec"]["title"]) == ("4", "Ours")


@pytest.mark.parametrize("api", ["v2", ""])
def test_a_dashboard_changed_in_the_same_moment_stays_and_one_managed_elsewhere_too(grafana, reach, api):
    path, status = ("/apis/dashboard.grafana.app/v2/", 409) if api else ("/api/dashboards/db", 412)
    with grafana(api=api) as double, closing(Grafana(reached(reach, double))) as system:
        system.place(board(api), known="", key="k1", overwrite=False)
        answers = double.answer

        def raced(asked):
            if asked.method in {"PUT", "POST"}:
                double.edit("bos-1")
            return answers(asked)

        double.answer = raced
        with pytest.raises(Conflict) as told:
            system.place(board(api), known="1", key="k2", overwrite=False)
        assert told.value.code == "drift"
        double.answer = answers
        double.boards["bos-1"]["managed"] = True
        with pytest.raises(Invalid, match="from files or another tool"):
            system.place(board(api), known="2", key="k3", overwrite=False)
        double.boards.clear()
        double.faults.append((path, (404, {}, b"{}"))) if api else None
        double.faults.append((path, (status, {}, b"{}")))
        with pytest.raises(Conflict):
            system.place(board(api), known="", key="k4", overwrite=False)
        double.faults.append((path, (404, {}, b"{}"))) if api else None
        double.faults.append((path, (400, {}, json.dumps({"message": "bad panel"}).encode())))
        with pytest.raises(Invalid) as told:
            system.place(board(api), known="", key="k5", overwrite=False)
        assert "bad panel" in told.value.hint
