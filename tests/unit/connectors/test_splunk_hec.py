"""Messages as events of Splunk's HEC, on a double: taken, refused, acknowledged, and what a break leaves."""

from contextlib import closing, contextmanager

import pytest

from bos.errors import Invalid, Unavailable
from bos.outgoing.connectors import connector_of
from bos.ports import Attachment, Message
from tests.doubles.splunk import serving
from tests.doubles.splunk_hec import KNOWN, HecDouble, HecHandler

Hec = connector_of("splunk-hec")
MESSAGE = Message(
    "kpi.state", "payments", 'Late "payments"', ("One.\n<b>", "Ünd zwei."), (("Owner", "Ops"),),
    (("Page", "https://bos.example/x"),), "payments-9", (Attachment("a.png", "image/png", b"x"),),
)  # fmt: skip


@contextmanager
def collector(reach, double, *, secret=KNOWN, timeout=5.0, **settings):
    with serving(double, handler=HecHandler) as url:
        system = Hec(reach(url, secrets={"token": secret} if secret else {}, settings=settings, timeout=timeout))
        yield system
        system.close()


def test_a_message_is_one_event_with_its_key_as_a_field(reach):
    double = HecDouble()
    with collector(reach, double, index="bos") as system:
        receipt = system.send(MESSAGE, key="k-1")
    (event,) = double.events
    assert receipt.reference == "k-1"
    assert event["fields"] == {"bos_key": "k-1", "bos_kind": "kpi.state", "bos_flow": "payments"}
    assert (event["index"], event["source"], event["sourcetype"]) == ("bos", "bos", "bos:message")
    assert event["event"]["text"] == "One.\n<b>\n\nÜnd zwei."
    assert event["event"]["facts"] == {"Owner": "Ops"}
    assert event["event"]["files"] == ["a.png"]
    assert double.asked[0].headers["Authorization"] == f"Splunk {KNOWN}"


def test_where_the_token_wants_it_the_message_is_waited_for_until_it_is_indexed(reach):
    double = HecDouble(acks=True, polls=2)
    with collector(reach, double) as system:
        system.send(MESSAGE, key="k-1")
    assert [one.path.rpartition("/")[2] for one in double.asked] == ["event", "ack", "ack", "ack"]
    assert len({one.headers["X-Splunk-Request-Channel"] for one in double.asked}) == 1
    never = pytest.raises(Unavailable, match="does not say that it is indexed")
    with collector(reach, HecDouble(acks=True, polls=99), timeout=0.3) as system, never:
        system.send(MESSAGE, key="k-1")


@pytest.mark.parametrize(
    ("code", "kind"), [(9, "system.busy"), (4, "system.refused"), (7, "system.message"), (6, "system.message")]
)
def test_what_is_not_taken_is_told_by_whether_it_may_be_tried_again(reach, code, kind):
    double = HecDouble(faults=[code])
    with collector(reach, double) as system:
        with pytest.raises((Unavailable, Invalid)) as told:
            system.send(MESSAGE, key="k-1")
        assert told.value.code == kind
        assert isinstance(told.value, Invalid) == (kind == "system.message")
        assert double.events == []
        system.send(MESSAGE, key="k-1")
    assert len(double.events) == 1


def test_a_message_whose_answer_is_lost_is_sent_again_and_its_key_tells_the_two_for_one(reach):
    double = HecDouble(faults=["lost"])
    with collector(reach, double) as system:
        with pytest.raises(Unavailable):
            system.send(MESSAGE, key="k-1")
        system.send(MESSAGE, key="k-1")
    assert [event["fields"]["bos_key"] for event in double.events] == ["k-1", "k-1"]
    assert "at least once" in Hec.unproven


def test_the_doctor_sends_no_event(reach):
    double = HecDouble()
    with collector(reach, double) as system:
        assert [(one.what, one.ok) for one in system.doctor()] == [("Answer", True), ("Token", True)]
    with collector(reach, double, secret=KNOWN[1:]) as system:
        assert [one.ok for one in system.doctor()] == [True, False]
    with collector(reach, HecDouble(healthy=False)) as system:
        assert [one.ok for one in system.doctor()] == [False]
    assert double.events == []


def test_what_is_no_collector_and_what_has_no_token_is_told(reach, answering):
    with answering((200, {}, b"<html>")) as other, closing(Hec(reach(other.url, secrets={"token": "t"}))) as system:
        refused = pytest.raises(Unavailable, match="not answer as Splunk")
        with refused:
            system.send(MESSAGE, key="k")
    with collector(reach, HecDouble(), secret="") as system, pytest.raises(Invalid, match="has no token"):
        system.send(MESSAGE, key="k")
