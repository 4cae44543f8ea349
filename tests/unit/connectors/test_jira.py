"""The connector to Jira, on a double of both deployments that can fail at every request."""

import json
from contextlib import closing
from copy import copy
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from jsonschema import Draft4Validator

from bos.errors import BosError, Invalid, Unavailable
from bos.outgoing.connectors import connector_of
from bos.ports import Attachment, Message, State
from connectors.jira.text import document, wiki
from tests.unit.connectors.double import CUT, DRIP, FAULTS, HALF, LOST, RESET
from tests.unit.connectors.jira_double import EMAIL, TOKEN, JiraDouble, OwnJiraDouble

Jira = connector_of("jira")
KEY = "7d1c0b6e-0000-4000-8000-000000000001"
CONTRACT = "jira-cloud-v3.openapi.json"
ADF = Path(__file__).parents[2] / "exports/node_modules/@atlaskit/adf-schema/dist/json-schema/v1/full.json"


@pytest.fixture(autouse=True)
def _judged(monkeypatch, request, described):
    """Hold every request of these tests against the vendor's description, where that is there."""
    if described(CONTRACT):
        find = request.getfixturevalue("contract")(CONTRACT)
        monkeypatch.setattr(
            JiraDouble, "judged", lambda _, asked: find.problems(asked) if asked.path.startswith("/rest/api/3/") else []
        )


@pytest.fixture(params=[JiraDouble, OwnJiraDouble], ids=["cloud", "own"])
def system(request):
    with request.param().running() as double:
        yield double


@pytest.fixture
def cloud():
    with JiraDouble().running() as double:
        yield double


@pytest.fixture
def sending(reach):
    """Return a function that sends a message by a new connector, as after a crash."""

    def send(double, message, key=KEY, *, timeout=5.0, ca_file=None, path="", **settings):
        settings = {
            "project": "PAY",
            "email": EMAIL,
            **({"deployment": "data-center"} if double.own else {}),
            **settings,
        }
        target = reach(double.url + path, secrets={"token": TOKEN}, settings=settings, timeout=timeout, ca_file=ca_file)
        with closing(Jira(target)) as jira:
            return jira.send(message, key=key)

    return send


def is_whole(double, message):
    """Assert that there is one issue, which has all of the message once."""
    (issue,) = double.issues
    assert sorted(issue.files) == sorted((file.name, file.content) for file in message.attachments)
    assert f"bos-{KEY}" in issue.labels
    assert issue.comments == []
    return issue


def test_a_message_is_an_issue_and_its_key_changes_nothing_a_second_time(system, sending, message):
    first = sending(system, message)
    again = sending(system, message)
    issue = is_whole(system, message)
    assert first == again
    assert (first.reference, first.link) == (issue.key, f"{system.url}/browse/{issue.key}")
    assert issue.fields["summary"] == message.title
    assert issue.fields["project"] == {"key": "PAY"}
    assert issue.fields["issuetype"] == {"name": "Task"}
    assert isinstance(issue.fields["description"], str if system.own else dict)


def test_a_scoped_token_goes_through_the_gateway_over_tls_and_the_link_leads_to_the_site(certificate, sending, message):
    with JiraDouble(prefix="/ex/jira/11-22").running(certificate) as double:
        site = {"path": "/ex/jira/11-22", "ca_file": certificate[0]}
        assert sending(double, message, site="https://bank.atlassian.net/", **site).link.startswith(
            "https://bank.atlassian.net/browse/PAY-"
        )
        assert sending(double, message, **site).link == ""
        is_whole(double, message)
        asked = len(double.log)
        with pytest.raises(Unavailable) as told:
            sending(double, message, path="/ex/jira/11-22")
        assert told.value.code == "system.certificate"
        assert len(double.log) == asked


def at_every_request(kind, faults, sending, message):
    """Let every request of a delivery meet every fault; the search knows nothing of what was created meanwhile."""
    with kind().running() as double:
        sending(double, message)
        requests = len(double.log)
    assert requests > 6
    for number, fault in product(range(requests), faults):
        with kind().running() as double:
            double.lags = kind is JiraDouble
            double.faults = {number: fault}
            told = None
            try:
                sending(double, message)
            except Unavailable as error:
                told = error
            if told is None:
                assert fault == HALF  # what is not there is not there, however little of the answer comes
            else:
                assert told.code.startswith("system."), (number, fault)
                assert TOKEN not in str(told) + repr(told.details)
                assert fault != (429, {"Retry-After": "7"}) or told.details["retry_after"] == 7
            assert sending(double, message).reference == "PAY-1", (number, fault)
            is_whole(double, message)


def test_what_is_lost_at_whichever_request_a_retry_leaves_one_whole_issue(sending, message):
    at_every_request(JiraDouble, [LOST, HALF], sending, message)


@pytest.mark.full
@pytest.mark.parametrize("kind", [JiraDouble, OwnJiraDouble])
def test_whatever_fails_at_whichever_request_a_retry_leaves_one_whole_issue(kind, sending, message):
    at_every_request(kind, [fault for fault in FAULTS if fault != DRIP], sending, message)


def test_an_answer_that_drips_ends(cloud, sending, message):
    cloud.faults = {0: DRIP}
    with pytest.raises(Unavailable) as told:
        sending(cloud, message, timeout=0.2)
    assert told.value.code == "system.slow"
    assert cloud.issues == []


@pytest.mark.parametrize("fault", [LOST, CUT, HALF, RESET])
def test_a_lost_comment_is_found_by_its_property(system, sending, message, fault):
    sending(system, message)
    one = len(system.log)
    sending(system, message, "another-key")
    made = next(
        n for n in range(one, len(system.log)) if system.log[n].method == "POST" and "/comment" in system.log[n].path
    )
    system.faults = {len(system.log) + made - one: fault}
    with pytest.raises(Unavailable):
        sending(system, message, "third-key")
    assert "/comment" in system.log[-1].path
    sending(system, message, "third-key")
    (issue,) = system.issues
    assert [one["properties"] for one in issue.comments] == [
        [{"key": "bos", "value": {"key": key}}] for key in ("another-key", "third-key")
    ]
    assert len(issue.files) == len(set(issue.files)) == 6


def test_a_thread_goes_on_in_an_issue_that_is_not_done_and_else_in_a_new_one(system, sending, message):
    sending(system, message)
    told = sending(system, replace(message, title="It is red still", attachments=()), "two")
    (issue,) = system.issues
    assert (told.reference, told.link) == (
        issue.key,
        f"{system.url}/browse/{issue.key}?focusedCommentId={issue.comments[0]['id']}",
    )
    assert "It is red still" in json.dumps(issue.comments[0]["body"])
    issue.category, issue.status = "done", "Closed"
    assert sending(system, message, "two") == told
    assert sending(system, message, "three").reference == "PAY-2"
    assert sending(system, replace(message, thread="another"), "four").reference == "PAY-3"
    assert sending(system, replace(message, thread=""), "five").reference == "PAY-4"
    assert len(issue.comments) == 1


def test_what_the_search_does_not_know_yet_is_found_by_number(cloud, sending, message):
    for _ in range(3):
        cloud.add(["other"])
    cloud.lags = True
    cloud.add(["other"])
    sending(cloud, message)
    cloud.add(["other"])
    assert sending(cloud, message).reference == "PAY-5"
    assert sending(cloud, message, "next").reference == "PAY-5"
    assert len(cloud.issues) == 6


def test_the_oldest_of_issues_that_were_cloned_is_the_one(system, sending, message):
    first = sending(system, message)
    for _ in range(4):
        system.add(system.issues[0].labels)
    assert sending(system, message) == first
    assert len(system.issues) == 5


def test_a_page_of_a_search_that_comes_twice_is_told(cloud, sending, message):
    for _ in range(5):
        cloud.add([f"bos-{KEY}"])
    cloud.same_token = True
    with pytest.raises(Unavailable, match="the same page"):
        sending(cloud, message)


def test_nothing_is_created_where_bos_could_not_find_it_again(system, sending, message):
    system.may.discard("BROWSE_PROJECTS")
    with pytest.raises(Unavailable, match="BROWSE_PROJECTS") as told:
        sending(system, message)
    assert told.value.code == "system.refused"
    assert system.issues == []


def test_what_jira_does_not_take_is_told_in_its_words_without_secrets(system, sending, message):
    system.refused = {"customfield_1": f"Cost centre is required. {TOKEN}"}
    with pytest.raises(Invalid) as told:
        sending(system, message)
    assert told.value.hint == "It says: customfield_1: Cost centre is required. …"
    system.refused = None
    sending(system, message, fields='{"customfield_1": 7}')
    assert system.issues[0].fields["customfield_1"] == 7


@pytest.mark.parametrize("fields", ["{", "[]", '{"labels": ["x"]}'])
def test_further_fields_that_are_none_are_refused_before_anything_is_made(cloud, sending, message, fields):
    with pytest.raises(Invalid, match="further fields"):
        sending(cloud, message, fields=fields)
    assert cloud.issues == []


@pytest.mark.parametrize("site", ["javascript:alert(1)", "bank.atlassian.net", "https://bank.example:0"])
def test_a_site_that_is_none_is_refused_before_anything_is_made(cloud, sending, message, site):
    with pytest.raises(Invalid, match="no address of pages") as told:
        sending(cloud, message, site=site)
    assert (told.value.where, cloud.log) == ("site", [])


def test_a_file_that_is_too_large_is_told_before_anything_is_made_or_names_the_issue(system, sending, message):
    large = replace(message, attachments=(Attachment("big.csv", "text/csv", b"x" * 2_000_000),))
    with pytest.raises(Invalid, match=r"big\.csv is larger") as told:
        sending(system, large)
    assert "Nothing was made" in told.value.hint
    assert system.issues == []
    system.faults = {len(system.log) + 100: None}
    system.fault_at = lambda number: (413, {}) if system.log[number - 1].path.endswith("/issue") else None
    with pytest.raises(Invalid, match="is larger") as told:
        sending(system, message)
    assert "PAY-1 was made without it" in told.value.hint


def test_the_limit_that_was_reached_is_told(cloud, sending, message):
    cloud.faults = {0: (429, {"Retry-After": "3", "RateLimit-Reason": "jira-burst-based"})}
    with pytest.raises(Unavailable) as told:
        sending(cloud, message)
    assert told.value.details == {"retry_after": 3.0, "reason": "jira-burst-based"}


def test_how_far_issues_are_is_read_back_by_reference_also_of_one_that_was_moved(system, reach):
    one, two, three = system.add(), system.add(status="In Review", category="indeterminate"), system.add()
    three.category, three.status, three.old, three.key = "done", "Done", three.key, "OPS-9"
    settings = {"project": "PAY", "email": EMAIL, **({"deployment": "data-center"} if system.own else {})}
    with closing(Jira(reach(system.url, secrets={"token": TOKEN}, settings=settings))) as jira:
        states = jira.states([two.key, "PAY-77", three.old, one.key])
    assert states == {
        two.key: State("In Review", done=False),
        "PAY-3": State("Done", done=True),
        one.key: State("To Do", done=False),
    }


def test_the_doctor_says_what_bos_may_do(system, reach):
    settings = {"project": "PAY", "email": EMAIL, **({"deployment": "data-center"} if system.own else {})}
    system.may.discard("CREATE_ATTACHMENTS")

    def look(token=TOKEN, **more):
        with closing(Jira(reach(system.url, secrets={"token": token}, settings=settings | more))) as jira:
            return [(one.what, one.ok) for one in jira.doctor()]

    well = [("Answer", True), ("Project", True), ("Comment on issues", True), ("Attach files", False)]
    assert look() == well
    assert look("wrong") == [("Answer", False)]
    assert look(project="NONE") == [("Answer", True), ("Project", False)]
    assert look(deployment="moon") == [("Answer", False)]
    assert {asked.method for asked in system.log} == {"GET"}


def test_every_request_is_one_that_the_vendor_describes(cloud, sending, message, reach, contract):
    description = contract(CONTRACT)
    for key in (KEY, KEY, "two", "three"):
        sending(cloud, message, key)
    for _ in range(3):
        cloud.add([f"bos-{KEY}"])
    sending(cloud, message)
    with closing(Jira(reach(cloud.url, secrets={"token": TOKEN}, settings={"project": "PAY", "email": EMAIL}))) as jira:
        list(jira.doctor())
        jira.states(["PAY-1", "PAY-99"])
    assert len({(asked.method, asked.path.rpartition("/")[2]) for asked in cloud.log}) >= 9
    assert [found for asked in cloud.log for found in description.problems(asked)] == []
    wrong = next(asked for asked in cloud.log if asked.path.endswith("search/jql"))
    wrong = copy(wrong)
    wrong.json = {**wrong.json, "startAt": 0}
    assert description.problems(wrong) != []


HOSTILE = Message(
    kind="test",
    flow="f",
    title="  \n" + "x" * 400,
    paragraphs=("", "\n\n", "*a* _b_ {code} [x|y] !z! h1. q", "y" * 40_000, "never"),
    facts=(("", ""), ("a\nb", "c\nd")),
    links=(("", "https://x/|]?a=b"),),
)


def test_a_text_is_cut_where_jira_would_refuse_it_and_says_so(message):
    told = json.dumps(document(HOSTILE))
    assert "The rest is in BOS." in told
    assert "never" not in told
    assert len(wiki(HOSTILE)) < 32_767
    assert document(Message(kind="test", flow="f", title="x"))["content"] == [{"type": "paragraph", "content": []}]
    assert "&#123;panic&#125;" in wiki(message, heading=True)
    assert "[~" not in wiki(message)
    assert "h1&#46;" in wiki(message)


@pytest.mark.full
def test_every_text_is_of_the_atlassian_document_format(message):
    path = ADF
    assert path.is_file(), "the schema of the format is not installed: make test-full installs it"
    judge = Draft4Validator(json.loads(path.read_text(encoding="utf-8")))
    for one in (message, HOSTILE, Message(kind="test", flow="f", title="x", paragraphs=("",))):
        for heading in (True, False):
            assert [error.message for error in judge.iter_errors(document(one, heading=heading))] == []
    assert list(judge.iter_errors({"type": "doc", "version": 1, "content": [{"type": "text", "text": ""}]})) != []


def test_nothing_shows_the_token(cloud, reach, caplog):
    caplog.set_level("DEBUG")
    target = reach(cloud.url, secrets={"token": TOKEN}, settings={"project": "PAY", "email": "other@bank.example"})
    with closing(Jira(target)) as jira, pytest.raises(BosError) as told:
        jira.send(Message(kind="test", flow="f", title="x"), key=KEY)
    assert told.value.code == "system.refused"
    assert TOKEN not in caplog.text + repr(jira) + str(told.value) + repr(told.value)
