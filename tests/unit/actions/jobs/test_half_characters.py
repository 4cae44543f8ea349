"""Half a character, or NUL, in what a system says of a failure: it is told and kept as any other failure is."""

import pytest

from bos.actions import connection_tests, connections
from bos.errors import Invalid, Unavailable
from bos.outgoing.breaker import FAILURES
from bos.outgoing.connectors import connector_of
from bos.ports import Finding, Receipt
from tests.doubles.splunk import Double
from tests.unit.actions.jobs.test_pulling_events import payments, pull, splunk  # noqa: F401 - a fixture
from tests.unit.actions.jobs.told import SAM

SAID, KEPT = "half \ud800, nul \x00.", "half \N{REPLACEMENT CHARACTER}, nul \N{REPLACEMENT CHARACTER}."


@pytest.fixture
def says(monkeypatch):
    """Return a function that has the connector raise an error, or return what it is given."""

    def make(outcome, part="send"):
        def does(*_, **__):
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        monkeypatch.setattr(connector_of("ledger"), part, does)

    return make


def test_a_delivery_counts_as_failed_with_its_reason(told, says):
    told.say("First")
    says(Unavailable("It is shut.", hint=SAID, code="system.failed"))
    for _ in range(FAILURES):
        told.now()
        assert told.deliver()
    (row,) = told.listed()
    assert (row.state, row.attempts, row.reason, row.hint) == ("waiting", FAILURES, "It is shut.", KEPT)
    assert (told.state().failures, told.state().hint, told.state().open_until is None) == (FAILURES, KEPT, False)


def test_what_is_refused_with_it_is_a_dead_letter_and_what_follows_is_sent(told, says):
    told.say("First", "Second")
    says(Invalid(SAID, hint="Another."))
    assert told.deliver()
    (dead,) = told.listed(state="dead")
    assert (dead.reason, dead.hint) == (KEPT, "Another.")
    says(Receipt(SAID, SAID, SAID))
    assert told.deliver()
    (sent,) = told.listed(state="sent")
    assert (sent.reference, sent.link, sent.reason) == (KEPT, KEPT, KEPT)


def test_the_doctor_and_the_test_answer_with_it(told, says):
    says([Finding(SAID, ok=False, words=SAID, hint=SAID)], "doctor")
    (found,) = connections.diagnose(told.ctx, SAM, told.connection).findings
    assert (found.what, found.words, found.hint) == (KEPT, KEPT, KEPT)
    assert found.model_dump_json()
    says(Unavailable(SAID, code="system.failed"))
    with pytest.raises(Unavailable) as caught:
        connection_tests.test(told.ctx, SAM, told.connection)
    assert (caught.value.message, told.state().reason) == (KEPT, KEPT)
    says(Receipt(SAID, SAID))
    tried = connection_tests.test(told.ctx, SAM, told.connection)
    assert (tried.reference, tried.link) == (KEPT, KEPT)


def test_a_pull_says_why_it_failed(splunk):  # noqa: F811
    one = splunk(Double(events=payments(4)))
    one.double.faults["export"] = [{"messages": [[{"type": "FATAL", "text": SAID}]]}]
    failed = pull(one)
    assert failed.state == "failed"
    assert KEPT in f"{failed.error['detail']} {failed.error['hint']}"
    assert "incident" not in str(failed.error)
