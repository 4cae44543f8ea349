"""A binding tried before it is saved: rows as a pull would store them, and nothing of it stored."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bos.actions import documents, pulled_signals, subjects, trying
from bos.auth.actor import Actor
from bos.errors import BosError, Forbidden, Invalid, NotFound, Unavailable, UsageError
from bos.model.tried import remarks, summary
from bos.store.engine import alone, reading
from bos.store.locks import seize
from bos.store.tables import journal
from bos.telemetry.pseudonyms import ERASED
from connectors.splunk import lines
from tests.doubles.splunk import Double
from tests.unit.actions.jobs.test_pulling import pulled, value  # noqa: F401 - a fixture
from tests.unit.actions.jobs.test_pulling_events import SAM, TOKEN, payments, pull, query, splunk  # noqa: F401 - a fixture

NAMES = ("Anna Ek", "Bo Berg")


def attempt(one, binding=None, actor=SAM, **options):
    return trying.try_signal(one.ctx, actor, one.flow, one.signal, binding, **options)


def noted(one):
    """Return what the journal keeps of readings of the flow."""
    with reading(one.ctx.engine) as connection:
        found = select(journal).where(journal.c.tag == "data.read", journal.c.id == one.flow)
        return [row.after for row in connection.execute(found)]


def clerks(count, **options):
    """Return payments that somebody booked."""
    return [event | {"clerk": NAMES[i % 2], "desk": f"D{i}"} for i, event in enumerate(payments(count, **options))]


def test_a_try_shows_what_a_pull_stores_and_stores_nothing(splunk):  # noqa: F811
    events = payments(60)
    one = splunk(Double(events=events), mapping={})
    typed = {"mapping": {"case": "payment", "event_id": "uid", "amount": "amount", "attr.channel": "chan"}}
    found = attempt(one, typed)
    assert (found.read, found.more, found.taken, found.counted, len(found.rows)) == (60, False, 60, 60, 20)
    assert found.end - found.start == timedelta(days=1)
    assert set(found.columns) >= {"_time", "payment", "uid"}
    assert (found.problem, found.reasons, found.hidden) == ("", (), ())
    assert query(one, "SELECT 1 FROM t") == []
    assert documents.show(one.ctx, SAM, "signal", one.signal).document["binding"]["mapping"] == {}
    (read,) = noted(one)
    assert (read["what"], read["signal"], read["query"], read["rows"]) == ("try", one.signal, "index=payments", 60)
    live = documents.show(one.ctx, SAM, "signal", one.signal)
    saved = live.document | {"binding": live.document["binding"] | typed}
    documents.put(one.ctx, SAM, "signal", one.signal, saved, rationale="It fits.", base_version=live.version)
    assert pull(one).state == "done"
    text = (
        """SELECT event_id, case_id, step, epoch(event_time), amount::VARCHAR, currency, attributes['channel'] FROM t"""
    )
    stored = set(query(one, text))
    for row in found.rows:
        told = row.mapped
        at = datetime.fromisoformat(told["time"]).timestamp()
        of = (
            told["event_id"],
            told["case"],
            told["step"],
            at,
            told["amount"],
            told["currency"],
            told.get("attr.channel"),
        )
        assert of in stored
        assert (row.raw["uid"], row.counts, row.problem) == (told["event_id"], True, "")


def test_what_cannot_be_mapped_says_why_and_the_columns_show_what_could_be(splunk):  # noqa: F811
    events = [event | {"amount": "1.005"} if i % 3 == 0 else event for i, event in enumerate(payments(12))]
    one = splunk(Double(events=events), mapping={})
    found = attempt(one)
    assert "does not say which column is its case" in found.problem
    assert (found.taken, found.rows[0].mapped) == (0, {})
    assert found.rows[0].raw["payment"] == events[0]["payment"]
    assert "none can be mapped" in summary(found)
    found = attempt(one, {"mapping": {"case": "payment", "amount": "amount", "resource": "clrk"}})
    assert [(one.reason, one.rows) for one in found.reasons] == [("the amount has more than two decimals", 4)]
    assert [row.problem for row in found.rows[:2]] == ["the amount has more than two decimals", ""]
    assert found.taken == 8
    assert [note.partition(";")[0] for note in found.notes] == ["No row has the column 'clrk' (resource)"]
    assert remarks(found)[0] == "4 rows become nothing: the amount has more than two decimals."
    with pytest.raises(Invalid, match="names 'amnt'") as wrong:
        attempt(one, {"mapping": {"case": "payment", "amnt": "amount"}})
    assert wrong.value.hint == "Did you mean amount?"


def test_rows_of_another_event_or_value_are_told_apart(splunk):  # noqa: F811
    one = splunk(Double(events=payments(12)))
    found = attempt(one, {"where": {"chan": "web"}})
    wanted = [event["chan"] == "web" for event in payments(12)]
    assert [row.counts for row in found.rows] == wanted
    assert found.counted == sum(wanted)
    assert "8 of the events are not of this signal" in remarks(found)[0]


def test_at_most_a_thousand_rows_are_read_and_a_window_can_be_named(splunk, monkeypatch):  # noqa: F811
    monkeypatch.setattr(lines, "BATCH_ROWS", 300)
    events = payments(2_500, step=2.0, ago=timedelta(hours=2))
    one = splunk(Double(events=events))
    start = datetime.now(UTC) - timedelta(hours=3)
    found = attempt(one, start=start, end=start + timedelta(hours=2))
    assert (found.read, found.more, found.taken) == (1_000, True, 1_000)
    assert "The first 1,000 rows" in summary(found)
    empty = attempt(one, start=start - timedelta(hours=5), end=start)
    assert (empty.read, empty.rows) == (0, ())
    assert "no row" in summary(empty)
    for begins, ends in ((start, start), (start, start + timedelta(days=2)), (start + timedelta(days=9), None)):
        with pytest.raises(UsageError, match="a day at most"):
            attempt(one, start=begins, end=ends)


def test_names_are_replaced_as_an_import_does_and_what_no_field_takes_is_not_shown(splunk):  # noqa: F811
    events = clerks(8)
    one = splunk(Double(events=events), mapping={"case": "payment", "resource": "clerk"})
    assert attempt(one).rows[0].raw["clerk"] in NAMES
    live = documents.show(one.ctx, SAM, "signal", one.signal)
    guarded = live.document | {"pii": "direct"}
    documents.put(one.ctx, SAM, "signal", one.signal, guarded, rationale="Clerks.", base_version=live.version)
    found = attempt(one)
    said = found.model_dump_json()
    assert not any(name in said for name in NAMES)
    assert {"desk", "uid", "amount"} <= set(found.hidden)
    assert "clerk" in found.columns
    shown = {row.mapped["resource"] for row in found.rows}
    assert len(shown) == 2
    assert all(row.raw["clerk"] == row.mapped["resource"] for row in found.rows)
    assert pull(one).state == "done"
    assert {who for (who,) in query(one, "SELECT resource FROM t")} == shown
    assert not any(name in attempt(one, {"event": "another"}).model_dump_json() for name in NAMES)
    unmapped = attempt(one, {"mapping": {"resource": "clerk"}})
    assert unmapped.problem
    assert all(row.raw == {} for row in unmapped.rows)
    cora = Actor("cora", "Cora", roles=frozenset({"compliance"}))
    subjects.erase(one.ctx, cora, NAMES[0], rationale="They asked.")
    gone = attempt(one)
    assert [(one.reason, one.rows) for one in gone.reasons] == [(ERASED, 4)]
    assert NAMES[0] not in gone.model_dump_json()


def test_points_are_shown_as_they_are_stored(pulled):  # noqa: F811
    found = attempt(pulled)
    assert (found.events, found.read, found.taken, len(found.rows)) == (False, found.taken, found.read, 20)
    assert found.read > 100
    for row in found.rows:
        at = datetime.fromisoformat(row.mapped["time"]).timestamp()
        assert float(row.mapped["value"]) == value(row.mapped["attr.host"], at + 60)
    asked = pulled.double.asked[-1]
    assert asked.query == "latency"
    attempt(pulled, {"query": "other_metric"})
    assert pulled.double.asked[-1].query == "other_metric"
    assert pulled.ctx.lake.table(pulled.flow, "metrics").snapshot().files == ()
    assert pulled_signals.listing(pulled.ctx, SAM, pulled.flow).items[0].upto is None


def test_rows_of_text_are_points_one_by_one(splunk):  # noqa: F811
    events = [event | {"took": took} for event, took in zip(payments(4), ("1.5", None, "soon", "2"), strict=True)]
    one = splunk(Double(events=events), kind="system", event="", mapping={"value": "took", "attr.channel": "chan"})
    found = attempt(one)
    assert [row.mapped.get("value") for row in found.rows] == ["1.5", None, None, "2.0"]
    assert [row.problem for row in found.rows] == ["", trying.trying_rows.NO_VALUE, "the value is no finite number", ""]
    assert found.taken == 2


def test_what_the_system_says_is_told_and_a_system_left_alone_is_not_asked(pulled, splunk):  # noqa: F811
    pulled.double.breaks = [500] * 5
    for _ in range(5):
        with pytest.raises(Unavailable):
            attempt(pulled)
    asked = len(pulled.double.asked)
    with pytest.raises(Unavailable, match="is left alone until"):
        attempt(pulled)
    assert len(pulled.double.asked) == asked
    assert noted(pulled) == []
    one = splunk(Double(events=payments(4)))
    with pytest.raises(BosError, match="Unbalanced quotes") as refused:
        attempt(one, {"query": 'index="payments'})
    assert "Traceback" not in refused.value.message


def test_no_secret_that_the_system_repeats_is_told(splunk):  # noqa: F811
    one = splunk(Double(events=payments(4)))
    repeats = f"Your token is {TOKEN}."
    says = [{"messages": [[{"type": kind, "text": repeats}]]} for kind in ("WARN", "FATAL")]
    one.double.faults["export"] = [says[0], {}, says[1]]  # the first try reads an hour, which is empty, and a day
    found = attempt(one)
    assert (found.read, len(found.notes)) == (4, 1)
    assert found.notes[0].startswith("Warn: Your token is")
    with pytest.raises(Unavailable, match="could not finish the search") as refused:
        attempt(one)
    assert "Your token is" in refused.value.hint
    assert TOKEN not in f"{found.model_dump()} {refused.value} {refused.value.hint}"


def test_a_place_of_the_connection_is_waited_for_and_not_for_ever(pulled, monkeypatch):  # noqa: F811
    monkeypatch.setattr(trying, "PATIENCE_SECONDS", 0.1)
    with alone(pulled.ctx.engine) as held:
        assert all(seize(held, "piece", pulled.connection, str(number)) for number in range(2))
        with pytest.raises(Unavailable, match="Enough is under way"):
            attempt(pulled)
    assert pulled.double.asked == []


def test_only_who_may_read_rows_and_change_the_signal_tries_it(pulled):  # noqa: F811
    for roles in ({"viewer"}, {"auditor"}, {"admin"}):
        with pytest.raises(Forbidden):
            attempt(pulled, actor=Actor("vic", "Vic", roles=frozenset(roles)))
    assert pulled.double.asked == []
    assert attempt(pulled, actor=Actor("fin", "Fin", roles=frozenset({"finance_control"}))).read


@pytest.mark.parametrize(
    ("binding", "error", "words"),
    [
        ({"connection": None}, Invalid, "has no connection"),
        ({"query": " "}, Invalid, "has no query"),
        ({"connection": "nowhere"}, NotFound, "nowhere"),
        ({"mapping": 3}, Invalid, "mapping"),
        ({"nothing": 3}, Invalid, "nothing"),
    ],
)
def test_a_binding_that_is_not_whole_says_what_is_missing(pulled, binding, error, words):  # noqa: F811
    with pytest.raises(error, match=words):
        attempt(pulled, binding)
    with pytest.raises(NotFound):
        trying.try_signal(pulled.ctx, SAM, pulled.flow, "no.signal")
    with pytest.raises(NotFound):
        trying.try_signal(pulled.ctx, SAM, "no-flow", pulled.signal)


def test_a_try_is_named_as_the_flow_names_the_signal_and_each_reads_anew_under_one_key(pulled):  # noqa: F811
    ctx = replace(pulled.ctx, idempotency_key="one")
    for _ in range(2):
        assert trying.try_signal(ctx, SAM, pulled.flow, "latency").signal == pulled.signal
    assert len(noted(pulled)) == 2
