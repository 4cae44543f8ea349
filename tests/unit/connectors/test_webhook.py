"""The connector to webhooks, on a receiver that checks as Standard Webhooks says, and can fail."""

import base64
import hashlib
import hmac
import json
import time
from contextlib import closing
from dataclasses import replace

import pytest

from bos.errors import Invalid, Unavailable
from bos.outgoing.connectors import connector_of
from connectors.webhook import body_of, key_of, signature
from tests.unit.connectors.double import CUT, DRIP, FAULTS, HALF, LOST, Double

Webhook = connector_of("webhook")
KEY = "7d1c0b6e-0000-4000-8000-000000000001"
SIGNING = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BEFORE = "whsec_" + base64.b64encode(b"planted-key-of-the-year-before").decode()


class Receiver(Double):
    """Takes what is signed by one of its secrets within five minutes, and a webhook-id once."""

    def __init__(self, *known):
        super().__init__()
        self.known, self.taken, self.path = known or (SIGNING,), {}, "/hooks/bos"
        self.status = 204

    def answer(self, asked):
        if asked.path != self.path:
            return 404, b""
        if asked.method != "POST":
            return 405, b""
        name, moment = asked.headers["webhook-id"], asked.headers["webhook-timestamp"]
        if abs(time.time() - int(moment)) > 300 or not self.signed(asked, f"{name}.{moment}."):
            return 401, b""
        if self.status < 300:
            self.taken.setdefault(name, asked)
        return self.status, b"{}" if self.status == 200 else b""

    def signed(self, asked, before):
        found = [one.removeprefix("v1,") for one in asked.headers["webhook-signature"].split(" ")]
        for secret in self.known:
            key = base64.b64decode(secret.removeprefix("whsec_"))
            mine = hmac.new(key, before.encode() + asked.body, hashlib.sha256).digest()
            if any(hmac.compare_digest(mine, base64.b64decode(one)) for one in found):
                return True
        return False


@pytest.fixture
def system():
    with Receiver().running() as double:
        yield double


@pytest.fixture
def target(reach):
    def make(double, *, secrets=None, timeout=5.0, ca_file=None, **settings):
        secrets = {"signing": SIGNING, **(secrets or {})}
        url = f"{double.url}{double.path}"
        return reach(url, secrets=secrets, settings=settings, timeout=timeout, ca_file=ca_file)

    return make


@pytest.fixture
def sending(target):
    def send(double, message, **more):
        with closing(Webhook(target(double, **more))) as webhook:
            return webhook.send(message, key=KEY)

    return send


def test_the_signature_is_that_of_the_standards_own_example():
    told = signature(key_of(SIGNING, "signing"), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert told == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_message_is_taken_by_who_knows_the_secret_as_plain_json(system, sending, message):
    assert sending(system, message).reference == KEY
    sending(system, message)
    ((name, asked),) = system.taken.items()
    assert name == KEY
    assert len(system.log) == 2
    assert system.log[0].body == system.log[1].body
    told = asked.json
    assert told["type"] == "kpi.state"
    assert told["data"]["paragraphs"] == list(message.paragraphs)
    assert told["data"]["facts"][0] == {"label": "Owner", "value": "Payments_operations & more"}
    assert [one["name"] for one in told["data"]["files"]] == ["chart.png", "cases.csv"]
    assert told["data"]["files"][1]["sha256"] == hashlib.sha256(b"case\n1\n").hexdigest()
    assert "base64" not in told["data"]["files"][1]


def test_a_picture_comes_with_what_it_shows_in_words(system, sending, message):
    picture = replace(message.attachments[0], alt="Chart: Rate by week. Between 1 % and 3 %.")
    sending(system, replace(message, attachments=(picture, message.attachments[1])))
    (asked,) = system.taken.values()
    assert [one.get("alt") for one in asked.json["data"]["files"]] == [picture.alt, None]


def test_files_come_along_where_that_is_wanted(system, sending, message):
    sending(system, message, files="content")
    files = system.taken[KEY].json["data"]["files"]
    assert [base64.b64decode(one["base64"]) for one in files] == [file.content for file in message.attachments]
    with pytest.raises(Invalid, match="no way to send files"):
        sending(system, message, files="maybe")


def test_a_receiver_that_knows_one_of_two_secrets_takes_what_both_signed(sending, message):
    for known in (SIGNING, BEFORE):
        with Receiver(known).running() as double:
            sending(double, message, secrets={"signing_before": BEFORE, "token": "planted"})
            assert list(double.taken) == [KEY]
            assert double.log[0].headers["authorization"] == "Bearer planted"
    with Receiver(BEFORE).running() as double, pytest.raises(Unavailable) as told:
        sending(double, message)
    assert told.value.code == "system.refused"


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault not in (DRIP, HALF)], ids=str)
def test_whatever_fails_is_told_and_a_retry_has_the_same_id(system, sending, message, fault):
    system.faults, system.status = {0: fault}, 200
    with pytest.raises(Unavailable) as told:
        sending(system, message)
    assert told.value.code.startswith("system.")
    assert fault != (429, {"Retry-After": "7"}) or told.value.details["retry_after"] == 7
    assert ("MfKQ" in str(told.value)) is False
    assert list(system.taken) == ([KEY] if fault in (LOST, CUT) else [])
    sending(system, message)
    assert {asked.headers["webhook-id"] for asked in system.log} == {KEY}
    assert list(system.taken) == [KEY]


def test_an_answer_that_drips_ends(system, sending, message):
    system.faults, system.status = {0: DRIP}, 200
    system.answer = lambda _: (200, b"x" * 100)
    with pytest.raises(Unavailable) as told:
        sending(system, message, timeout=0.2)
    assert told.value.code == "system.slow"


@pytest.mark.parametrize(("status", "code"), [(410, "system.gone"), (413, "system.too-large")])
def test_what_will_never_be_taken_is_told_so(system, sending, message, status, code):
    system.status = status
    with pytest.raises(Invalid) as told:
        sending(system, message)
    assert told.value.code == code


def test_the_content_of_files_is_to_be_left_out_only_where_it_was_sent(system, sending, message):
    system.status = 413
    for files, one in (("content", replace(message, attachments=())), ("names", message)):
        with pytest.raises(Invalid) as told:
            sending(system, one, files=files)
        assert told.value.hint.startswith("No content of a file was sent")
    assert message.attachments
    with pytest.raises(Invalid) as told:
        sending(system, message, files="content")
    assert told.value.hint.startswith("Leave the content of the files out")


@pytest.mark.parametrize("secret", ["", "planted", "whsec_!!!", "whsec_" + base64.b64encode(b"short").decode()])
def test_a_secret_that_is_none_is_refused_without_being_shown(system, sending, message, secret):
    with pytest.raises(Invalid, match="none to sign with") as told:
        sending(system, message, secrets={"signing": secret})
    assert not secret or secret not in str(told.value)
    assert system.log == []


def test_it_speaks_to_a_receiver_whose_certificate_is_trusted_alone(certificate, sending, message):
    with Receiver().running(certificate) as double:
        with pytest.raises(Unavailable) as told:
            sending(double, message)
        assert told.value.code == "system.certificate"
        assert double.log == []
        sending(double, message, ca_file=certificate[0])
        assert list(double.taken) == [KEY]


def test_the_doctor_looks_and_sends_nothing(system, target):
    def look(**more):
        with closing(Webhook(target(system, **more))) as webhook:
            return [(one.what, one.ok) for one in webhook.doctor()]

    assert look() == [("Signature", True), ("Answer", True)]
    assert look(secrets={"signing": "x"}) == [("Signature", False)]
    for fault in ((410, {}), (302, {"Location": "http://localhost:1/"}), (308, {"Location": "/"}), (304, {})):
        system.faults = {len(system.log): fault}
        assert look() == [("Signature", True), ("Answer", False)]
    assert {asked.method for asked in system.log} == {"GET"}
    assert system.taken == {}


def test_a_body_is_json_whatever_people_write(message):
    assert json.loads(body_of(message, content=True))["data"]["title"] == message.title
