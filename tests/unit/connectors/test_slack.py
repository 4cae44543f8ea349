"""The connector to Slack: Slack's own client, as it is, on a double with TLS that can fail at every request."""

import json
import socket
from contextlib import closing
from dataclasses import replace
from itertools import product

import pytest

from bos.errors import BosError, Forbidden, Invalid, Unavailable
from bos.outgoing.allowed import Allowed
from bos.outgoing.connectors import connector_of
from bos.ports import Message
from connectors.slack.blocks import blocks, fallback
from connectors.slack.gate import Gate, hosts_of
from tests.unit.connectors.double import CUT, DRIP, FAULTS, HALF, LOST, RESET
from tests.unit.connectors.slack_double import CHANNEL, HOOK, TOKEN, SlackDouble

Slack = connector_of("slack")
KEY = "7d1c0b6e-0000-4000-8000-000000000001"


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def system(certificate):
    with SlackDouble().running(certificate) as double:
        yield double


@pytest.fixture
def target(reach, certificate):
    """Return a function to a target of a double."""

    def make(double, *, timeout=5.0, ca_file=certificate[0], own=TOKEN, path="/api", **more):
        secrets = {"token": own, "webhook": HOOK}
        settings = {"channel": CHANNEL, **more.pop("settings", {})}
        return reach(double.url + path, secrets=secrets, settings=settings, timeout=timeout, ca_file=ca_file, **more)

    return make


@pytest.fixture
def sending(target):
    """Return a function that sends a message by a new connector, as after a crash."""

    def send(double, message, key=KEY, **more):
        with closing(Slack(target(double, **more))) as slack:
            return slack.send(message, key=key)

    return send


def is_whole(double, message):
    """Assert that there is one message, with its picture in it and each other file once below it."""
    (root,) = [one for one in double.messages if "thread_ts" not in one]
    below = [one for one in double.messages if one is not root]
    assert {one["thread_ts"] for one in below} <= {root["ts"]}
    titles = sorted(one["files"][0]["title"] for one in below)
    pictures = [file for file in message.attachments if file.media_type.startswith("image/")]
    assert titles == sorted(file.name for file in message.attachments if file not in pictures)
    shown = [block["slack_file"]["id"] for block in root["blocks"] if block["type"] == "image"]
    sent = [one for one in double.uploads.values() if one["whole"] and one["name"].endswith(".png")]
    assert [(one["id"], one["content"]) for one in sent] == [
        (id_, file.content) for id_, file in zip(shown, pictures, strict=True)
    ]
    return root


def test_a_message_is_posted_once_with_its_files_below_it(system, sending, message):
    first = sending(system, message)
    assert sending(system, message) == first
    root = is_whole(system, message)
    assert first.reference == f"{CHANNEL}/{root['ts']}"
    assert first.link.startswith("https://bank.slack.com/archives/")
    assert sorted(one["content"] for one in system.uploads.values()) == sorted(f.content for f in message.attachments)
    assert "<!channel>" not in root["text"]
    assert root["metadata"]["event_payload"]["key"] == KEY
    assert {asked.headers.get("host") for asked in system.log} == {system.url.removeprefix("https://")}


def test_a_thread_hangs_on_its_first_message_and_is_found_after_a_crash(system, sending, message):
    root = sending(system, replace(message, attachments=()))
    for number in range(5):
        system.add({"text": "between", "number": number})
    later = replace(message, title="Red still", attachments=message.attachments[:1])
    told = sending(system, later, "two")
    assert sending(system, later, "two") == told != root
    hanging = [one for one in system.messages if one.get("thread_ts") == root.reference.partition("/")[2]]
    assert ["Red still" in json.dumps(one.get("blocks")) for one in hanging] == [True]
    assert [[block["type"] for block in one["blocks"]].count("image") for one in hanging] == [1]
    sending(system, replace(later, thread="another"), "three")
    sending(system, replace(later, thread="", attachments=()), "four")
    assert len([one for one in system.messages if "blocks" in one and "thread_ts" not in one]) == 3


def scoped(method, needed):
    return {method: {"error": "missing_scope", "needed": needed}}


def test_a_picture_is_shown_in_the_message_with_its_words_once_slack_is_done_with_it(system, sending, message):
    words = "Chart: Return rate by week. Between 1 % and 3 %. Now: 3.1 %"
    picture = replace(message.attachments[0], alt=words)
    told, system.looks = replace(message, attachments=(picture,)), 3
    sending(system, told)
    image = next(block for block in is_whole(system, told)["blocks"] if block["type"] == "image")
    assert image["alt_text"] == words
    assert [one["alt"] for one in system.uploads.values()] == [words]
    blocks = [block["type"] for block in is_whole(system, told)["blocks"]]
    assert blocks.index("image") < len(blocks) - 1, "what leads back to BOS comes last"


def test_a_picture_that_slack_is_not_done_with_is_sent_once_however_often_it_is_tried(system, sending, message):
    system.looks = 10_000
    for _ in range(2):
        with pytest.raises(Unavailable, match="not done with the picture"):
            sending(system, message, timeout=0.5)
    assert system.messages == []
    for upload in system.uploads.values():
        upload["looks"] = 1
    sending(system, message)
    is_whole(system, message)


def test_a_token_that_may_not_look_for_files_gets_its_picture_below_the_message(system, sending, message):
    system.says = scoped("files.list", "files:read")
    first = sending(system, message)
    assert sending(system, message) == first
    assert first.left_out == ""
    titles = [one["files"][0]["title"] for one in system.messages[1:]]
    assert titles == ["chart.png", "cases.csv"]


def test_a_token_that_may_not_send_files_sends_the_message_and_says_what_it_lacks(system, sending, message):
    message = replace(message, attachments=message.attachments[:1])
    system.says = scoped("files.getUploadURLExternal", "files:write")
    first = sending(system, message)
    assert first.left_out == (
        "A picture was left out, since the token may not send files. It says: missing_scope files:write. "
        "Give a token with the scopes its page lists."
    )
    assert [block["type"] for block in system.messages[0]["blocks"]].count("image") == 0
    assert sending(system, message) == first
    assert len(system.messages) == 1
    system.says = {}
    sending(system, message)
    assert [one.get("files", [{}])[0].get("title") for one in system.messages] == [None, "chart.png"]


def at_every_request(faults, certificate, sending, message):
    """Let every request of a delivery meet every fault."""
    with SlackDouble().running(certificate) as double:
        sending(double, message)
        requests = len(double.log)
    assert requests > 5
    for number, fault in product(range(requests), faults):
        with SlackDouble().running(certificate) as double:
            double.faults = {number: fault}
            told = None
            try:
                sending(double, message)
            except Unavailable as error:
                told = error
            if told is None:
                assert fault == HALF  # what an upload answers, nobody reads
            else:
                assert told.code.startswith("system."), (number, fault)
                assert TOKEN not in str(told) + repr(told.details)
                assert fault != (429, {"Retry-After": "7"}) or told.details["retry_after"] == 7
                assert told.code == "system.elsewhere" or fault[0] != 302
            sending(double, message)
            is_whole(double, message)


def test_what_is_lost_at_whichever_request_a_retry_leaves_one_message(certificate, sending, message):
    at_every_request([LOST], certificate, sending, replace(message, attachments=message.attachments[:1]))


@pytest.mark.full
def test_whatever_fails_at_whichever_request_a_retry_leaves_one_message(certificate, sending, message):
    at_every_request([fault for fault in FAULTS if fault != DRIP], certificate, sending, message)


@pytest.mark.parametrize("fault", [RESET, CUT, *FAULTS[5:]])
def test_what_fails_is_told_by_its_kind(system, sending, message, fault):
    system.faults = {0: fault}
    with pytest.raises(Unavailable) as told:
        sending(system, message)
    kinds = {429: "busy", 503: "busy", 500: "failed", 401: "refused", 302: "elsewhere"}
    assert told.value.code == f"system.{kinds[fault[0]] if isinstance(fault, tuple) else 'silent'}"
    assert len(system.log) == 1
    assert system.messages == []


def test_an_answer_that_drips_ends(system, sending, message):
    system.faults = {0: DRIP}
    with pytest.raises(Unavailable) as told:
        sending(system, message, timeout=0.5)
    assert told.value.code == "system.slow"


@pytest.mark.parametrize(
    ("says", "kind", "code"),
    [
        ({"error": "invalid_blocks"}, Invalid, "system.content"),
        ({"error": "missing_scope", "needed": "chat:write"}, Unavailable, "system.scope"),
        ({"error": "not_in_channel"}, Unavailable, "system.absent"),
        ({"error": "ratelimited"}, Unavailable, "system.busy"),
        ({"error": f"odd {TOKEN}"}, Unavailable, "system.failed"),
    ],
)
def test_a_failure_that_comes_with_a_status_of_success_is_told_in_its_words(system, sending, message, says, kind, code):
    system.says = {"chat.postMessage": says}
    with pytest.raises(kind) as told:
        sending(system, message)
    assert told.value.code == code
    assert TOKEN not in str(told.value)
    assert code == "system.busy" or says["error"].split()[0] in told.value.hint
    system.says = {}
    sending(system, message)
    is_whole(system, message)


def test_a_page_that_comes_twice_is_told(system, sending, message):
    for _ in range(5):
        system.add({"text": "x"})
    system.same_cursor = True
    with pytest.raises(Unavailable, match="the same page"):
        sending(system, message)


def test_slacks_client_reaches_what_the_operator_allows_and_nothing_else(system, sending, message, certificate):
    with pytest.raises(Forbidden) as told:
        sending(system, message, allowed=Allowed.of("slack.com", "127.0.0.0/8"))
    assert told.value.code == "outgoing"
    with pytest.raises(Unavailable) as told:
        sending(system, message, ca_file=None)
    assert told.value.code == "system.certificate"
    assert system.log == []
    with SlackDouble().running(certificate) as other:
        system.upload_at = other.url
        with pytest.raises(Unavailable) as told:
            sending(system, message)
        assert told.value.code == "system.elsewhere"
        assert other.log == []


def test_an_environment_that_leads_around_the_gate_leads_nowhere(system, sending, message, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with pytest.raises(Unavailable, match="around the way out") as told:
        sending(system, message)
    assert told.value.code == "system.elsewhere"
    assert system.log == []
    monkeypatch.delenv("no_proxy")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    sending(system, message)


def test_the_gate_lets_nobody_through_who_does_not_know_its_password(system, target):
    with closing(Gate(target(system), hosts_of(system.url))) as gate:
        for asked in (f"CONNECT {system.url[8:]} HTTP/1.1\r\n\r\n", f"GET {system.url} HTTP/1.1\r\n\r\n", "\r\n\r\n"):
            with socket.create_connection(gate.server_address, timeout=5) as near:
                near.sendall(asked.encode())
                assert near.recv(100).startswith(b"HTTP/1.1 403")
    assert system.log == []


def test_the_doctor_says_what_the_token_may_do(system, target):
    def look(**more):
        with closing(Slack(target(system, **more))) as slack:
            return [(one.what, one.ok) for one in slack.doctor()]

    assert look() == [("Answer", True), ("Scopes", True), ("Channel", True)]
    system.scopes = "chat:write"
    assert look(settings={"channel": "C9"}) == [("Answer", True), ("Scopes", False), ("Channel", False)]
    assert look(own="wrong") == [("Answer", False)]
    assert look(settings={"way": "pigeon"}) == [("Answer", False)]
    assert look(settings={"way": "webhook"}) == [("Webhook", True)]
    assert system.messages == system.hooked == []


def test_a_webhook_posts_and_says_what_it_left_out(system, sending, message):
    told = sending(system, message, path="", settings={"way": "webhook"})
    assert (told.reference, told.link) == ("", "")
    assert told.left_out.startswith("A webhook takes no files")
    (hooked,) = system.hooked
    assert "A webhook takes no files and no pictures; in BOS: chart.png, cases.csv" in json.dumps(hooked["blocks"])


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        ((400, b"invalid_payload"), Invalid, "system.content"),
        ((403, b"action_prohibited"), Unavailable, "system.absent"),
        ((404, b"no_service"), Unavailable, "system.absent"),
        ((410, b"channel_is_archived"), Unavailable, "system.absent"),
        ((429, b"", {"Retry-After": "9"}), Unavailable, "system.busy"),
        ((200, b"<html>"), Unavailable, "system.failed"),
        ((500, HOOK.encode()), Unavailable, "system.failed"),
    ],
)
def test_what_a_webhook_answers_besides_ok_is_told(system, sending, message, answer, kind, code):
    system.hook = lambda _: answer
    with pytest.raises(kind) as told:
        sending(system, message, path="", settings={"way": "webhook"})
    assert told.value.code == code
    assert HOOK not in str(told.value)


def test_a_secret_that_is_no_webhook_is_refused_without_being_shown(system, reach):
    target = reach(system.url, secrets={"webhook": "https://hooks.slack.com/planted"}, settings={"way": "webhook"})
    with closing(Slack(target)) as slack, pytest.raises(Invalid, match="not of a webhook") as told:
        slack.send(Message(kind="test", flow="f", title="x"), key=KEY)
    assert "planted" not in str(told.value)


def test_blocks_keep_to_the_limits_of_slack_and_say_where_they_end(message):
    long = Message(
        kind="test", flow="f", title="t" * 200, paragraphs=("", *("p" * 4000 for _ in range(60))),
        facts=tuple((f"f{n}", "v" * 3000) for n in range(25)),
        links=(("<!here>", "https://x/|>a"), ("", "https://x/" + "y" * 4000)),
    )  # fmt: skip
    made = blocks(long)
    assert len(made) == 50
    assert "The rest is in BOS." in json.dumps(made)
    assert "<https://x/%7C%3Ea|&lt;!here&gt;>" in json.dumps(made)
    assert len(made[0]["text"]["text"]) == 150
    assert all(len(one["text"]["text"]) <= 3000 for one in made if one["type"] == "section" and "text" in one)
    facts = blocks(replace(long, paragraphs=()))
    assert [len(one["fields"]) for one in facts if "fields" in one] == [10, 10, 5]
    assert blocks(Message(kind="test", flow="f", title=""))[0]["text"]["text"] == "BOS"
    markup = [one for one in made if one.get("text", {}).get("type") == "mrkdwn"]
    assert len(markup) == 1
    assert fallback(message).startswith("Return rate is *red* &lt;!channel&gt;")


def test_nothing_shows_the_token(system, target, caplog):
    caplog.set_level("DEBUG")
    with closing(Slack(target(system, own="xoxb-other-planted"))) as slack, pytest.raises(BosError) as told:
        slack.send(Message(kind="test", flow="f", title="x"), key=KEY)
    assert told.value.code == "system.refused"
    assert "planted" not in caplog.text + repr(slack) + str(told.value) + repr(told.value)
