"""What happened reaches the systems that were asked for, once, in order; what cannot be told waits for a person."""

import re
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from bos.actions import delivering, documents, feedback, letters
from bos.actions.outbox import relay
from bos.auth.actor import Actor
from bos.errors import Conflict, Forbidden, Invalid, NotFound
from bos.outgoing.breaker import FAILURES, FIRST_PAUSE, LONGEST_PAUSE, Breaker
from bos.store import outbox
from bos.store.engine import transaction
from tests.unit.actions.jobs.told import NOW, SAM, change


def test_feedback_reaches_the_ledger_once_with_its_words_and_a_receipt(told):
    told.say("Too slow\n\nSince Monday.")
    assert told.deliver() is True
    assert told.deliver() is False
    (entry,) = told.books.entries
    assert entry["title"] == f"Idea about {told.flow}: Too slow"
    assert (entry["kind"], entry["flow"]) == ("feedback", told.flow)
    assert entry["paragraphs"] == ["Too slow", "Since Monday."]
    assert ["From", "ana"] in entry["facts"]
    assert entry["links"][0] == [
        "Dashboard", f"http://127.0.0.1:{told.ctx.settings.port + 1}/voila/render/dashboard.ipynb?flow={told.flow}",
    ]  # fmt: skip
    (row,) = told.listed()
    assert (row.state, row.reference, row.link) == ("sent", "entry 1", "https://ledger.example/1")
    assert (row.attempts, row.title, row.reason) == (1, entry["title"], "")


def test_the_outbox_row_and_the_deliveries_change_in_one_transaction(told):
    feedback.give(told.ctx, told.desk.ana, told.flow, "Once")

    def breaks(*_):
        raise ZeroDivisionError

    with transaction(told.ctx.engine) as session:
        outbox.add(session, [("job", {"id": "none"})], NOW)
    with pytest.raises(ZeroDivisionError):
        relay(told.ctx, breaks)
    assert told.listed() == ()
    told.drain()
    told.drain()
    assert [row.state for row in told.listed()] == ["waiting"]


def test_only_what_was_asked_for_is_told(told):
    other = told.desk.flow()
    told.say("Of another flow", flow=other)
    told.save(tells={told.flow: ["pack"]})
    told.say("Of a kind that nobody asked for")
    told.save(tells={told.flow: ["feedback"]}, enabled=False)
    told.say("While it is switched off")
    assert told.listed() == ()


def test_a_change_of_state_says_the_number_what_it_was_before_and_what_it_costs(told):
    change(told)
    change(told, before="breach", state="withheld", value=None, shown="Withheld", money=None, words="Mixed currencies.")
    assert told.deliver()
    assert told.deliver()
    first, second = told.books.entries
    assert first["title"] == "Breach: Return rate is 3.4 %"
    assert first["paragraphs"] == ["Above 3 %."]
    assert first["facts"] == [
        ["State", "Breach, before: As it should be"], ["Value", "3.4 %"], ["Period", "24 Feb to 2 Mar"],
        ["At stake", "1,200 USD"], ["Owner", "Process owner, ana"], ["Since", "2 Mar 2026 04:30, America/New_York"],
    ]  # fmt: skip
    assert first["thread"] == second["thread"] == f"{told.flow} 2026-W10"
    assert second["title"] == "Withheld: Return rate"
    assert "At stake" not in dict(second["facts"])


@pytest.mark.parametrize(
    ("said", "words"), [(["No data for Rate."], ["No data for Rate."]), ([], ["Nothing needs attention."])]
)
def test_a_pack_goes_with_its_file_and_says_what_needs_attention(told, said, words):
    folder = told.ctx.home.folder("reports") / told.flow / "2026-W09-abc"
    folder.mkdir(parents=True)
    (folder / "report.html").write_text("<p>All well.</p>")
    pack = {"flow": told.flow, "title": "Loans", "folder": folder.name, "pack": "p1", "report": "weekly"}
    pack |= {"period": "2026-W09", "at": NOW.isoformat(), "exceptions": 0, "attention": said}
    with transaction(told.ctx.engine) as session:
        outbox.add(session, [("pack", pack)], NOW)
    told.drain()
    assert told.deliver()
    (entry,) = told.books.entries
    assert (entry["title"], entry["paragraphs"]) == ("Loans: review pack of 2026-W09", words)
    assert entry["files"] == ["2026-W09-abc.html"]


def test_a_later_message_does_not_overtake_one_that_could_not_be_sent_yet(told):
    told.say("First", "Second", "Third")
    told.books.faults = [(503, {}, None)]
    assert told.deliver() is True
    assert told.deliver() is False
    assert told.books.entries == []
    rows = {row.title[-6:].strip(": "): row for row in told.listed()}
    assert "The ledger is busy (HTTP 503)." in rows["First"].reason
    assert [rows[name].attempts for name in ("First", "Second", "Third")] == [1, 0, 0]
    for _ in range(3):
        told.now()
        told.deliver()
    assert [title[-6:].strip(": ") for title in told.books.titles()] == ["First", "Second", "Third"]


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_system_that_says_when_to_come_again_is_left_alone_until_then(told, form):
    until = datetime.now(UTC) + timedelta(seconds=90)
    value = "90" if form == "seconds" else format_datetime(until, usegmt=True)
    told.books.faults = [(429, {"Retry-After": value}, None)]
    told.say("Wait")
    assert told.deliver()
    (row,) = told.listed()
    opened = told.state().open_until
    assert timedelta(seconds=-1) <= opened - until < timedelta(seconds=20)
    assert row.due_at >= opened - timedelta(seconds=1)
    assert (told.connection, told.flow) not in delivering.due(told.ctx)
    assert told.deliver() is False
    assert len(told.books.posts) == 1
    told.now()
    assert (told.connection, told.flow) in delivering.due(told.ctx)
    assert told.deliver()
    assert len(told.books.entries) == 1
    assert (told.state().open_until, told.state().failures) == (None, 0)


def test_what_can_never_be_delivered_is_a_dead_letter_at_once_and_holds_nothing_up(told):
    told.say("Impossible", "Possible")
    (title,) = [row.title for row in told.listed() if "Impossible" in row.title]
    with transaction(told.ctx.engine) as session:
        session.exec_driver_sql(
            """UPDATE delivery SET message = jsonb_set(message, '{title}', '"Impossible"')
            WHERE message->>'title' = %s""",
            (title,),
        )
    assert told.deliver()
    (dead,) = told.listed(state="dead")
    assert (dead.reason, dead.hint, dead.attempts) == ("The ledger takes no such title.", "Write another.", 1)
    assert told.deliver()
    assert len(told.books.entries) == 1


def test_attempts_end_in_a_dead_letter_that_is_tried_again_or_given_up_with_a_reason(told, monkeypatch):
    monkeypatch.setattr(delivering, "MOST_ATTEMPTS", 2)
    told.books.faults = [(500, {}, None)] * 3
    told.say("Failing", "Next")
    for _ in range(2):
        told.now()
        assert told.deliver()
    (dead,) = told.listed(state="dead")
    assert (dead.attempts, dead.reason) == (2, "The ledger fails (HTTP 500).")
    (key,) = told.desk.rows("SELECT key FROM delivery WHERE seq = :n", n=dead.delivery)
    with pytest.raises(Invalid, match="rationale is missing"):
        letters.retry(told.ctx, SAM, dead.delivery, rationale="")
    again = letters.retry(told.ctx, SAM, dead.delivery, rationale="The ledger is mended.")
    assert (again.state, again.attempts) == ("waiting", 0)
    with pytest.raises(Conflict, match="is waiting"):
        letters.give_up(told.ctx, SAM, dead.delivery, rationale="Why.")
    told.books.faults = []
    told.now()
    assert told.deliver()
    assert told.books.entries[0]["key"] == key.key
    told.books.faults = [(500, {}, None)] * 2
    for _ in range(2):
        told.now()
        assert told.deliver()
    (dead,) = told.listed(state="dead")
    assert letters.give_up(told.ctx, SAM, dead.delivery, rationale="Told by phone.").state == "given up"
    assert told.desk.tags(told.connection)[-2:] == ["delivery.retried", "delivery.given-up"]
    with pytest.raises(NotFound):
        letters.retry(told.ctx, SAM, 2**70, rationale="Why.")


@pytest.mark.parametrize("who", ["viewer", "ana"])
def test_who_only_reads_sees_no_deliveries_and_decides_nothing(told, who):
    actor = told.desk.viewer if who == "viewer" else Actor("olga", "Olga", roles=frozenset({"process_owner"}))
    with pytest.raises(Forbidden):
        letters.listing(told.ctx, actor)
    for decide in (letters.retry, letters.give_up):
        with pytest.raises(Forbidden):
            decide(told.ctx, actor, 1, rationale="Why.")


def test_a_connector_that_breaks_down_is_tried_again_and_the_worker_goes_on(told, caplog):
    told.say("Broken")
    with transaction(told.ctx.engine) as session:
        session.exec_driver_sql("""UPDATE delivery SET message = jsonb_set(message, '{title}', '"Broken"')""")
    assert told.deliver()
    (row,) = told.listed()
    number = re.fullmatch(r"The connector broke down \(incident ([0-9a-f]{8})\)\.", row.reason)[1]
    assert (row.state, f"incident {number}: " in caplog.text) == ("waiting", True)
    assert "ZeroDivisionError" in caplog.text


def test_messages_for_a_connection_that_was_retired_are_dead_letters(told):
    told.say("Late")
    documents.delete(told.ctx, SAM, "connection", told.connection, rationale="Gone.", base_version=told.version)
    assert told.deliver() is False
    (row,) = told.listed()
    assert (row.state, row.reason) == ("dead", f"The connection {told.connection} was retired.")


def test_after_failures_in_a_row_a_system_is_left_alone_and_then_tried_by_one(told):
    flows = [told.flow, *(told.desk.flow() for _ in range(FAILURES + 1))]
    told.save(tells={flow: ["feedback"] for flow in flows}, at_once=5)
    for flow in flows:
        told.say(f"About {flow}", flow=flow)
    told.books.faults = [(500, {}, None)] * (FAILURES + 1)
    for flow in flows[:FAILURES]:
        assert told.deliver(flow)
    assert not any(told.deliver(flow) for flow in flows)
    assert len(told.books.posts) == FAILURES
    assert told.state().pause == FIRST_PAUSE
    told.now()
    assert told.deliver(flows[FAILURES])
    assert told.state().pause == 2 * FIRST_PAUSE
    told.now()
    told.books.slow = 0.5
    together(told, flows)
    assert told.books.most == 1
    assert len(told.books.entries) == 1
    assert (told.state().failures, told.state().pause) == (0, 0)


def together(told, flows):
    """Let as many workers as there are flows deliver at the same time."""
    threads = [threading.Thread(target=told.deliver, args=(flow,)) for flow in flows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_no_more_is_under_way_with_a_connection_than_it_says(told):
    flows = [told.flow, *(told.desk.flow() for _ in range(5))]
    told.save(tells={flow: ["feedback"] for flow in flows}, at_once=3)
    for flow in flows:
        told.say("x", "y", flow=flow)
    told.books.slow = 0.2
    for _ in range(20):
        together(told, flows * 2)
        if len(told.books.entries) == 12:
            break
    assert len(told.books.entries) == len({entry["key"] for entry in told.books.entries}) == 12
    assert told.books.most == 3


def test_the_breaker_opens_for_pauses_that_double_to_a_cap():
    breaker, pauses = Breaker(), []
    for n in range(FAILURES - 1):
        breaker = breaker.failed(NOW)
        assert (breaker.state(NOW), breaker.failures) == ("closed", n + 1)
    now = NOW
    for _ in range(7):
        breaker = breaker.failed(now)
        assert breaker.state(now) == "open"
        assert breaker.failed(now).open_until == breaker.open_until
        pauses.append((breaker.open_until - now).total_seconds())
        now = breaker.open_until
        assert breaker.state(now) == "half-open"
    assert pauses == [30, 60, 120, 240, 480, LONGEST_PAUSE, LONGEST_PAUSE]
    assert breaker.worked() == Breaker()
    assert Breaker().failed(NOW, 7).open_until == NOW + timedelta(seconds=7)
    assert Breaker().failed(NOW, 10**9).open_until == NOW + timedelta(days=1)


def test_pauses_between_attempts_have_full_jitter_under_a_bound_that_doubles():
    found = {n: [delivering.pause(n) for _ in range(400)] for n in (1, 4, 12)}
    bounds = {1: 5, 4: 40, 12: delivering.LONGEST_PAUSE}
    for n, bound in bounds.items():
        assert 0 <= min(found[n]) < bound * 0.1
        assert bound * 0.9 < max(found[n]) <= bound
        assert sum(found[n]) / 400 == pytest.approx(bound / 2, rel=0.15)


def test_a_flow_that_is_not_there_cannot_be_told_of(told):
    with pytest.raises(Invalid, match="There is no flow 'nowhere'"):
        told.save(tells={"nowhere": ["pack"]})
    with pytest.raises(Invalid):
        told.save(tells={told.flow: ["everything"]})
