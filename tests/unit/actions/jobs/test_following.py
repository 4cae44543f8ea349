"""Feedback that a Jira was told of shows where it is there, and how far it is; the Jira is a double."""

import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bos.actions import documents, feedback, following, reviews, secrets, upkeep
from bos.auth.actor import Actor
from bos.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from bos.model.scope import Grant
from bos.ports import State
from bos.store.engine import transaction
from tests.unit.actions.jobs.told import SAM, Told
from tests.unit.connectors.jira_double import EMAIL, TOKEN, JiraDouble
from tests.unit.connectors.ledger_double import Books, installed, serving


class Followed(Told):
    """A flow of which a Jira hears."""

    def __init__(self, desk, jira, certificate):
        more = {
            "outgoing_hosts": "localhost", "outgoing_private": "127.0.0.0/8, ::1/128",
            "outgoing_ca_file": certificate,
        }  # fmt: skip
        self.ctx = replace(desk.ctx, settings=replace(desk.ctx.settings, **more))
        self.desk, self.flow, self.jira, self.version = desk, desk.flow(), jira, 0
        self.connection = f"{self.flow}.jira"
        self.content = {"id": self.connection, "title": "J", "connector": "jira", "address": jira.url}
        self.content["settings"] = {"project": "PAY", "email": EMAIL}
        self.content["tells"] = {self.flow: ["feedback"]}
        self.save()
        secrets.give(self.ctx, SAM, self.connection, "token", TOKEN, rationale="Why.")
        self.drain()

    def tell(self, *texts):
        """Give feedback and have it told; return the receipts of all of it, the newest first."""
        self.say(*texts)
        for _ in texts:
            assert self.deliver()
        return self.receipts()

    def receipts(self):
        found = feedback.listing(self.ctx, self.desk.viewer, self.flow).items
        return [receipt for one in found for receipt in one.receipts]

    def words(self):
        return [one.words for one in self.receipts()]

    def follow(self):
        return following.follow(self.ctx, self.connection)

    def later(self, minutes=16):
        """Let time pass since it was asked, which was after it was told."""
        with transaction(self.ctx.engine) as session:
            session.exec_driver_sql(
                "UPDATE feedback_receipt SET asked_at = asked_at - make_interval(mins => %(past)s), "
                "told_at = least(told_at, asked_at - make_interval(mins => %(past)s)) WHERE connection = %(of)s",
                {"past": minutes, "of": self.connection},
            )

    def journal(self):
        """Return what the journal says of each piece of feedback, oldest first: feedback, actor, after."""
        query = (
            "SELECT id, actor, after FROM journal WHERE tag = 'feedback.elsewhere' "
            "AND after ->> 'connection' = :c ORDER BY seq"
        )
        return [tuple(row) for row in self.desk.rows(query, c=self.connection)]


@pytest.fixture(scope="module")
def certificate(make_certificate, tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def told(desk, certificate):
    with JiraDouble().running(certificate) as jira:
        jira.page = 100
        yield Followed(desk, jira, certificate[0])


def move(issue, status, category):
    issue.status, issue.category = status, category


def test_two_pieces_on_one_issue_are_followed_from_told_to_done_and_stay_open_until_a_person_answers(told):
    second, first = told.tell("Too slow", "Still too slow")
    (issue,) = told.jira.issues
    page = f"{told.jira.url}/browse/{issue.key}"
    assert (first.link, second.link) == (page, f"{page}?focusedCommentId={issue.comments[0]['id']}")
    assert told.words() == [f"Told to {told.connection} as {issue.key}"] * 2
    assert (first.state, first.asked_at, first.done) == ("", None, False)
    asked = len(told.jira.log)
    assert told.follow() == 1
    assert [one.json["issueIdsOrKeys"] for one in told.jira.log[asked:]] == [[issue.key]]
    assert told.words() == [f"{issue.key}: To Do"] * 2
    move(issue, "In Progress", "indeterminate")
    assert told.follow() == 0
    assert told.words() == [f"{issue.key}: To Do"] * 2
    told.later()
    assert told.follow() == 1
    assert told.words() == [f"{issue.key}: In Progress"] * 2
    assert told.journal() == []
    move(issue, "Won't do", "done")
    told.later()
    told.follow()
    assert told.words() == [f"{issue.key}: Won't do (done)"] * 2
    found = feedback.listing(told.ctx, told.desk.viewer, told.flow).items
    assert [one.status for one in found] == ["open", "open"]
    state = {"connection": told.connection, "reference": issue.key, "state": "Won't do", "done": True, "gone": False}
    assert sorted(told.journal()) == sorted((one.id, "system", state) for one in found)


def test_a_message_leads_back_to_the_feedback_on_the_page_of_the_flow(told):
    told.tell("Where?")
    (one,) = feedback.listing(told.ctx, told.desk.viewer, told.flow).items
    page = f"http://127.0.0.1:{told.ctx.settings.port + 1}/voila/render/dashboard.ipynb?flow={told.flow}#said-{one.id}"
    assert page in str(told.jira.issues[0].fields["description"])


def test_a_piece_that_joins_an_issue_shows_at_once_what_is_known_of_it_and_asks_no_sooner(told):
    told.tell("First")
    move(told.jira.issues[0], "In Progress", "indeterminate")
    told.follow()
    second, first = told.tell("Second")
    before = f"Told to {told.connection} as PAY-1, which was there before: In Progress"
    assert (second.words, first.words) == (before, "PAY-1: In Progress")
    assert first.told_at < second.asked_at == first.asked_at < second.told_at
    assert told.follow() == 0
    told.later()
    told.follow()
    assert told.words() == ["PAY-1: In Progress"] * 2


def test_what_is_done_is_asked_for_once_a_day_and_told_when_it_is_opened_again(told):
    told.tell("Once")
    (issue,) = told.jira.issues
    move(issue, "Done", "done")
    told.follow()
    assert told.words() == ["PAY-1: Done"]
    told.later(60)
    assert told.follow() == 0
    told.later(24 * 60)
    move(issue, "To Do", "new")
    assert told.follow() == 1
    assert told.words() == ["PAY-1: To Do"]
    assert [after["done"] for _, _, after in told.journal()] == [True, False]


def test_an_issue_that_was_deleted_is_told_as_gone_once_and_one_that_was_moved_is_found(told):
    told.tell("Deleted")
    (issue,) = told.jira.issues
    told.follow()
    told.jira.issues.remove(issue)
    told.later()
    told.follow()
    assert told.words() == ["PAY-1: gone there, or not shown to BOS"]
    assert [(after["gone"], after["state"]) for _, _, after in told.journal()] == [(True, "To Do")]
    told.later()
    assert told.follow() == 0
    told.later(24 * 60)
    issue.old, issue.key = issue.key, "OPS-4"
    told.jira.issues.append(issue)
    told.follow()
    assert told.words() == ["PAY-1: To Do"]
    assert len(told.journal()) == 2


def test_a_jira_that_is_busy_is_left_alone_as_long_as_it_asks_and_what_was_known_stays(told):
    told.tell("Busy")
    told.follow()
    told.later()
    told.jira.faults = {len(told.jira.log): (429, {"Retry-After": "120"})}
    with pytest.raises(Unavailable):
        told.follow()
    assert told.words() == ["PAY-1: To Do"]
    assert timedelta(seconds=100) < told.state().open_until - datetime.now(UTC) <= timedelta(seconds=120)
    asked = len(told.jira.log)
    assert told.follow() == 0
    with pytest.raises(Unavailable, match="left alone"):
        following.ask(told.ctx, SAM, told.connection)
    assert len(told.jira.log) == asked
    told.now()
    assert told.follow() == 1
    assert told.state().failures == 0


def test_a_jira_that_fails_five_times_in_a_row_is_asked_no_more_for_a_while_and_the_worker_goes_on(told, caplog):
    told.tell("Down")
    first = len(told.jira.log)
    told.jira.faults = {number: (500, {}) for number in range(first, first + 50)}
    for _ in range(8):
        following.tick(told.ctx)
    assert told.state().failures == 5
    assert len(told.jira.log) == first + 5
    assert f"{told.connection} was not asked how far it is" in caplog.text


@pytest.mark.parametrize("over", [{"enabled": False}, "retired"])
def test_a_connection_that_is_switched_off_or_retired_is_not_asked(told, over):
    told.tell("Off")
    if over == "retired":
        documents.delete(told.ctx, SAM, "connection", told.connection, rationale="Why.", base_version=told.version)
    else:
        told.save(**over)
    asked = len(told.jira.log)
    assert told.follow() == 0
    following.tick(told.ctx)
    with pytest.raises(Conflict if over == "retired" else Invalid):
        following.ask(told.ctx, SAM, told.connection)
    assert len(told.jira.log) == asked
    assert told.words() == [f"Told to {told.connection} as PAY-1"]


def test_another_system_behind_the_connection_is_not_asked_for_what_the_first_one_was_told(told, certificate):
    told.tell("There")
    told.follow()
    with JiraDouble().running(certificate) as other:
        other.page = 100
        move(other.add(), "Done", "done")
        told.save(address=other.url)
        secrets.give(told.ctx, SAM, told.connection, "token", TOKEN, rationale="Why.")
        told.later()
        assert told.follow() == 0
        assert following.ask(told.ctx, SAM, told.connection).asked == 0
        assert told.words() == ["PAY-1: To Do"]
        told.tell("Elsewhere")
        assert told.follow() == 1
        assert told.words() == ["PAY-2: To Do", "PAY-1: To Do"]


def test_workers_that_look_at_the_same_time_ask_once(told):
    told.tell("Once")
    asked = len(told.jira.log)
    threads = [threading.Thread(target=told.follow) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told.jira.log) == asked + 1


def test_only_so_many_are_asked_for_at_a_time_and_each_has_its_turn(told, monkeypatch):
    monkeypatch.setattr(following, "MOST", 2)
    for number in range(5):
        told.tell(f"Number {number}")
        move(told.jira.issues[-1], "Done", "done")  # so that the next is an issue of its own
    assert len(told.jira.issues) == 5
    asked = len(told.jira.log)
    assert [told.follow() for _ in range(4)] == [2, 2, 1, 0]
    names = [name for one in told.jira.log[asked:] for name in one.json["issueIdsOrKeys"]]
    assert sorted(names) == [f"PAY-{number}" for number in range(1, 6)]
    assert told.words() == [f"PAY-{number}: Done" for number in range(5, 0, -1)]


def test_who_may_not_see_the_feedback_sees_no_receipt(told):
    told.tell("Secret")
    (one,) = feedback.listing(told.ctx, told.desk.viewer, told.flow).items
    assert feedback.show(told.ctx, told.desk.viewer, one.id) == one
    stranger = Actor("eve", "Eve", grants=frozenset({Grant("viewer", "flow", "another")}))
    with pytest.raises(Forbidden):
        feedback.show(told.ctx, stranger, one.id)
    with pytest.raises(Forbidden):
        feedback.listing(told.ctx, stranger, told.flow)
    with pytest.raises(Forbidden):
        following.ask(told.ctx, told.desk.viewer, told.connection)
    with pytest.raises(NotFound):
        feedback.show(told.ctx, told.desk.viewer, "f0")


def test_a_person_asks_now_whenever_it_was_asked_last(told):
    told.tell("Now?")
    told.follow()
    move(told.jira.issues[0], "Done", "done")
    done = following.ask(told.ctx, SAM, told.connection)
    assert (done.asked, done.done, done.gone) == (1, 1, 0)
    assert told.words() == ["PAY-1: Done"]
    assert [actor for _, actor, _ in told.journal()] == ["sam"]
    with pytest.raises(NotFound):
        following.ask(told.ctx, SAM, "nothing")


def test_receipts_outlive_their_deliveries_and_are_in_the_review_which_asking_again_does_not_change(told):
    told.tell("Kept")
    told.follow()
    told.later()
    told.follow()
    with transaction(told.ctx.engine) as session:
        session.exec_driver_sql("UPDATE delivery SET ended_at = now() - interval '91 days' WHERE state = 'sent'")
    upkeep.tidy(told.ctx)
    assert told.listed() == ()
    assert told.words() == ["PAY-1: To Do"]

    def review():
        return reviews.weekly(told.ctx, told.desk.ana, told.flow, "2026-W02", version="1")

    before = review()
    assert [one.words for said in before.feedback for one in said.feedback.receipts] == ["PAY-1: To Do"]
    told.later()
    told.follow()
    assert review() == before
    move(told.jira.issues[0], "Done", "done")
    told.later()
    told.follow()
    assert review().pack != before.pack


def test_a_message_that_waited_since_before_it_named_its_feedback_is_told_all_the_same(told):
    told.say("Old")
    with transaction(told.ctx.engine) as session:
        session.exec_driver_sql("UPDATE delivery SET message = message - 'feedback' WHERE state = 'waiting'")
    assert told.deliver()
    assert len(told.jira.issues) == 1
    assert told.receipts() == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (f"Wait for {TOKEN}", "Wait for …"),
        ("a\x00b\n\u202ec", "a\N{REPLACEMENT CHARACTER}b c"),
        ("x" * 300, f"{'x' * 99}…"),
        ("", ""),
    ],
)
def test_whatever_a_state_is_called_it_is_one_line_without_secrets(told, name, shown):
    told.tell("Odd")
    told.jira.issues[0].status = name
    told.follow()
    (one,) = told.receipts()
    assert one.state == shown


@pytest.mark.parametrize("link", ["javascript:alert(1)", "//evil.example", "data:text/html,x"])
def test_a_link_that_no_browser_should_open_is_none(told, link):
    told.tell("Link")
    with transaction(told.ctx.engine) as session:
        session.exec_driver_sql("UPDATE feedback_receipt SET link = %s WHERE connection = %s", (link, told.connection))
    assert [one.link for one in told.receipts()] == [""]


def test_a_system_in_which_nobody_works_on_it_shows_where_it_is_and_is_not_asked(desk):
    books = Books()
    with installed(), serving(books) as url:
        told = Told(desk, url, books)
        told.say("Entered")
        told.deliver()
        following.tick(told.ctx)
        (one,) = feedback.listing(told.ctx, told.desk.viewer, told.flow).items
        (receipt,) = one.receipts
        assert receipt.words == f"Told to {told.connection} as entry 1"
        assert (receipt.link, receipt.asked_at) == ("https://ledger.example/1", None)
        with pytest.raises(Invalid, match="does not say"):
            following.ask(told.ctx, SAM, told.connection)


def test_a_connector_that_breaks_down_counts_as_a_failure_and_the_others_are_asked(told, monkeypatch, caplog):
    told.tell("Broken")
    jira = following.connector_of("jira")
    monkeypatch.setattr(jira, "states", lambda *_: {"PAY-1": None})
    following.tick(told.ctx)
    assert told.state().failures == 1
    number = re.search(r"incident (\w{8}): the connector of \S+ over what it was asked for broke", caplog.text)[1]
    assert f"The connector broke down (incident {number})." in caplog.text
    monkeypatch.setattr(jira, "states", lambda *_: {"PAY-1": State("Waiting", done=False), "OTHER-1": State("x", True)})
    told.follow()
    assert told.words() == ["PAY-1: Waiting"]
