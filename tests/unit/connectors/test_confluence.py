"""The connector to Confluence, on a double that can fail at every request."""

from contextlib import closing
from copy import copy
from dataclasses import replace
from itertools import product
from xml.etree import ElementTree as ET

import pytest

from bos.errors import Invalid, Unavailable
from bos.outgoing.connectors import connector_of
from bos.ports import Attachment, Message
from connectors.confluence.page import storage
from tests.unit.connectors.confluence_double import EMAIL, NAMES, TOKEN, ConfluenceDouble
from tests.unit.connectors.double import DRIP, FAULTS, LOST

Confluence = connector_of("confluence")
KEY, NEXT = "7d1c0b6e-0000-4000-8000-000000000001", "7d1c0b6e-0000-4000-8000-000000000002"


@pytest.fixture(autouse=True)
def _judged(monkeypatch, request, described):
    """Hold every request of these tests against the vendor's description, where that is there."""
    if described("confluence-cloud-v2.openapi.json"):
        find = request.getfixturevalue("contract")("confluence-cloud-v2.openapi.json", "/wiki/api/v2")
        monkeypatch.setattr(
            ConfluenceDouble,
            "judged",
            lambda _, asked: find.problems(asked) if asked.path.startswith("/wiki/api/v2/") else [],
        )


@pytest.fixture
def system():
    with ConfluenceDouble().running() as double:
        yield double


@pytest.fixture
def sending(reach):
    """Return a function that sends a message by a new connector, as after a crash."""

    def send(double, message, key=KEY, *, timeout=5.0, ca_file=None, path="", **settings):
        settings = {"space": "PAY", "email": EMAIL, **settings}
        target = reach(double.url + path, secrets={"token": TOKEN}, settings=settings, timeout=timeout, ca_file=ca_file)
        with closing(Confluence(target)) as confluence:
            return confluence.send(message, key=key)

    return send


def is_whole(double, message, *, number=1):
    """Assert that there is one page of so many versions, with each file once."""
    (page,) = double.pages
    assert page.number == number
    assert sorted((one.name, one.content) for one in page.files) == sorted(
        (f.name, f.content) for f in message.attachments
    )
    return page


def test_a_message_is_a_page_with_its_files_and_its_key_changes_nothing_a_second_time(system, sending, message):
    first = sending(system, message, parent="98000")
    asked = len(system.log)
    assert sending(system, message) == first
    assert {one.method for one in system.log[asked:]} == {"GET"}
    page = is_whole(system, message)
    assert (first.reference, page.parent) == (page.id, "98000")
    assert first.link == f"{system.url}/wiki/pages/viewpage.action?pageId={page.id}"
    assert page.title == message.title
    assert [one["value"] for one in page.properties] == [{"keys": [KEY]}]
    assert {one.number for one in page.files} == {1}


def test_the_next_message_of_the_title_renews_the_page_and_an_older_key_does_not_bring_back_its_text(
    system, sending, message
):
    first = sending(system, message)
    later = replace(message, paragraphs=("Better.",), attachments=(Attachment("chart.png", "image/png", b"new"),))
    assert sending(system, later, NEXT) == first
    assert sending(system, message) == first
    (page,) = system.pages
    assert page.number == 2
    assert "Better." in page.value
    assert {(one.name, one.content) for one in page.files} == {("chart.png", b"new"), ("cases.csv", b"case\n1\n")}
    assert page.properties[0]["value"] == {"keys": [KEY, NEXT]}


def test_everything_that_people_write_is_text_in_a_page(message):
    hostile = replace(
        message,
        paragraphs=("</p><ac:structured-macro ac:name='html'/>", "a\x00b\x0bc\ud800]]>&nbsp;"),
        attachments=(Attachment('x"/><b>]]>.csv', "text/csv", b"1"), *message.attachments),
        links=(("", 'https://x/"onclick="alert(1)'),),
    )
    told = storage(hostile, KEY)
    page = ET.fromstring(f"<x {NAMES}>{told}</x>")  # noqa: S314 - a test's own
    assert [one.text for one in page[:2]] == ["</p><ac:structured-macro ac:name='html'/>", "abc]]>&nbsp;"]
    assert page.find(".//a").attrib == {"href": 'https://x/"onclick="alert(1)'}
    macros = page.findall(".//{http://ac}structured-macro")
    assert [one.attrib["{http://ac}name"] for one in macros] == ["anchor"]
    files = [one.attrib["{http://ri}filename"] for one in page.iter("{http://ri}attachment")]
    assert files == ['x"/><b>]]>.csv', "chart.png", "cases.csv"]


def at_every_request(faults, sending, message):
    """Let every request of a first and of a second delivery meet every fault."""
    later = replace(message, paragraphs=("Later.",))
    for before in (0, 1):
        with ConfluenceDouble().running() as double:
            for _ in range(before):
                sending(double, message)
            first = len(double.log)
            sending(double, later, NEXT)
            requests = len(double.log) - first
        assert requests > 6
        for number, fault in product(range(requests), faults):
            with ConfluenceDouble().running() as double:
                for _ in range(before):
                    sending(double, message)
                double.faults = {len(double.log) + number: fault}
                with pytest.raises(Unavailable) as told:
                    sending(double, later, NEXT)
                assert told.value.code.startswith("system."), (number, fault)
                assert TOKEN not in str(told.value) + repr(told.value.details)
                assert fault != (429, {"Retry-After": "7"}) or told.value.details["retry_after"] == 7
                sending(double, later, NEXT)
                page = is_whole(double, later, number=1 + before)
                assert len(page.properties) == 1, (number, fault)
                assert {one.number for one in page.files} <= {1 + before, before + 2}, (number, fault)


def test_what_is_lost_at_whichever_request_a_retry_leaves_one_version(sending, message):
    at_every_request([LOST], sending, message)


@pytest.mark.full
def test_whatever_fails_at_whichever_request_a_retry_leaves_one_version(sending, message):
    at_every_request([fault for fault in FAULTS if fault != DRIP], sending, message)


def test_a_delivery_that_broke_off_is_not_brought_back_after_a_later_one(system, sending, message):
    system.fault_at = lambda _: LOST if system.log and system.log[-1].method == "POST" else None
    with pytest.raises(Unavailable):
        sending(system, message)
    system.fault_at = lambda _: None
    later = replace(message, paragraphs=("Later.",))
    sending(system, later, NEXT)
    sending(system, message)
    assert "Later." in is_whole(system, message, number=2).value


def test_an_answer_that_drips_ends(system, sending, message):
    system.faults = {0: DRIP}
    with pytest.raises(Unavailable) as told:
        sending(system, message, timeout=0.2)
    assert told.value.code == "system.slow"


def test_somebody_who_changes_the_page_at_the_same_time_is_not_overwritten(system, sending, message):
    sending(system, message)
    (page,) = system.pages
    find = system.find

    def meanwhile(asked):
        found = find(asked)
        page.number += 1
        return found

    system.find = meanwhile
    with pytest.raises(Unavailable, match="Somebody else changed") as told:
        sending(system, message, NEXT)
    assert told.value.code == "system.busy"
    system.find = find
    sending(system, message, NEXT)
    assert page.number == 3


def test_a_page_of_somebody_else_is_left_alone(system, sending, message):
    page = system.add(message.title)
    with pytest.raises(Invalid, match="BOS did not make") as told:
        sending(system, message)
    assert told.value.code == "system.exists"
    assert (page.number, page.files) == (1, [])
    system.hidden.add(message.title)
    with pytest.raises(Invalid, match="may not see"):
        sending(system, message)
    assert len(system.pages) == 1


def test_a_page_of_a_list_that_comes_twice_is_told(system, sending, message):
    sending(system, replace(message, attachments=message.attachments * 2))
    system.same_cursor = True
    with pytest.raises(Unavailable, match="the same page"):
        sending(system, message, NEXT)


def test_what_confluence_does_not_take_is_told_in_its_words_without_secrets(system, sending, message):
    system.create = lambda _: (400, {"errors": [{"title": f"Odd {TOKEN}", "detail": "here"}]})
    with pytest.raises(Invalid) as told:
        sending(system, message)
    assert told.value.hint == "It says: Odd … here"
    del system.create
    large = replace(message, attachments=(Attachment("big.csv", "text/csv", b"x" * 2_000_000),))
    with pytest.raises(Invalid, match=r"big\.csv is larger"):
        sending(system, large)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"space": "NONE"}, "no space"),
        ({"parent": "../x"}, "no id"),
        ({"email": ""}, "no email"),
        ({"site": "javascript:alert(1)"}, "no address of pages"),
    ],
)
def test_a_setting_that_leads_nowhere_is_told(system, sending, message, settings, words):
    with pytest.raises(Invalid, match=words):
        sending(system, message, **settings)
    assert system.pages == []


def test_a_scoped_token_goes_through_the_gateway_over_tls(certificate, sending, message):
    with ConfluenceDouble("/ex/confluence/11-22").running(certificate) as double:
        way = {"path": "/ex/confluence/11-22"}
        with pytest.raises(Unavailable) as told:
            sending(double, message, **way)
        assert told.value.code == "system.certificate"
        assert double.log == []
        assert sending(double, message, ca_file=certificate[0], **way).link == ""
        is_whole(double, message)


def test_the_doctor_looks_at_the_space_and_the_page_above(system, reach):
    def look(token=TOKEN, **more):
        settings = {"space": "PAY", "email": EMAIL, **more}
        with closing(Confluence(reach(system.url, secrets={"token": token}, settings=settings))) as confluence:
            return [(one.what, one.ok) for one in confluence.doctor()]

    above = system.add("Above")
    assert look(parent=above.id) == [("Space", True), ("Page above", True)]
    assert look(parent="1") == [("Space", True), ("Page above", False)]
    assert look(space="NONE") == [("Space", False)]
    assert look("wrong") == [("Answer", False)]
    assert {asked.method for asked in system.log} == {"GET"}


def test_every_request_is_one_that_the_vendor_describes(system, sending, message, reach, contract):
    description = contract("confluence-cloud-v2.openapi.json", "/wiki/api/v2")
    for key in (KEY, KEY, NEXT):
        sending(system, message, key)
    settings = {"space": "PAY", "email": EMAIL, "parent": system.pages[0].id}
    with closing(Confluence(reach(system.url, secrets={"token": TOKEN}, settings=settings))) as confluence:
        assert [one.ok for one in confluence.doctor()] == [True, True]
    second = [asked for asked in system.log if asked.path.startswith("/wiki/api/v2")]
    first = {(asked.method, asked.path) for asked in system.log if asked not in second}
    assert first == {("PUT", f"/wiki/rest/api/content/{system.pages[0].id}/child/attachment")}
    assert len({(asked.method, asked.path) for asked in second}) >= 8
    assert [found for asked in second for found in description.problems(asked)] == []
    wrong = next(asked for asked in second if asked.method == "POST")
    wrong = copy(wrong)
    wrong.json = {**wrong.json, "spaceId": 8}
    assert description.problems(wrong) != []


def test_a_picture_says_what_it_shows_in_words(system, sending, message):
    picture = replace(message.attachments[0], alt='Chart: "rate" <by> week')
    sending(system, replace(message, attachments=(picture,)))
    (page,) = system.pages
    assert "ac:alt='Chart: \"rate\" &lt;by&gt; week'" in page.value


def test_a_message_of_a_title_alone_is_a_page(system, sending):
    sending(system, Message(kind="test", flow="f", title=" \n" + "x" * 300))
    assert len(system.pages[0].title) == 255
