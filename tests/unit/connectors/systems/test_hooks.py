"""Webhooks: who is let in, what each kind of body says, and that nothing is lost, doubled or told to others."""

import json
import subprocess
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bos.errors import Invalid, Unauthenticated
from bos.outgoing.connectors import connector_of
from bos.ports import Call

Hooks = connector_of("hooks")
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
KEY = "planted-key"
SLACK = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"
    b"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
    b"%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121."
    b"803a0bc887a14d10d2c447fce8b6703c"
)
VECTORS = {  # what the senders publish: secret, moment, headers, body
    "github": (
        "It's a Secret to Everybody",
        0,
        {"x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
        b"Hello, World!",
    ),
    "standard": (
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        1614265330,
        {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        },
        b'{"test": 2432232314}',
    ),
    "slack": (
        "8f742231b10e8888abcd99yyyzzz85a5",
        1531420618,
        {
            "x-slack-request-timestamp": "1531420618",
            "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        },
        SLACK,
    ),
}


@pytest.fixture
def hook(reach):
    """Return a function that makes the connector with a key."""

    def make(signature="token", shape="json", *, key=KEY, before=None, **settings):
        secrets = {"key": key, "key_before": before}
        settings = {"flow": "f", "shape": shape, "signature": signature} | settings
        return closing(Hooks(reach("hook://sender", secrets=secrets, settings=settings)))

    return make


def call(body=b"{}", *, at=NOW, key="", **headers):
    return Call({name.replace("_", "-"): value for name, value in headers.items()}, body, key, at)


@pytest.mark.parametrize("signature", VECTORS)
def test_the_example_a_sender_publishes_is_let_in_and_nothing_near_it(hook, signature):
    secret, seconds, headers, body = VECTORS[signature]
    good = Call(headers, body, "", datetime.fromtimestamp(seconds, UTC))
    with hook(signature, key=secret) as system:
        assert len(system.accept(good)) == 40
        assert system.accept(good) == system.accept(good)
        name = next(name for name in headers if name.endswith(("signature", "signature-256")))
        wrong = [
            replace(good, body=body + b" "),
            replace(good, body=b""),
            replace(good, headers={}),
            replace(good, headers={**headers, name: headers[name][:-1]}),
            replace(good, headers={**headers, name: headers[name][:-2] + "\xe9="}),
            replace(good, headers={**headers, name: ""}),
        ]
        if seconds:
            wrong += [replace(good, at=datetime.fromtimestamp(seconds + off, UTC)) for off in (301, -301)]
            assert system.accept(replace(good, at=datetime.fromtimestamp(seconds + 299, UTC)))
        for one in wrong:
            with pytest.raises(Unauthenticated):
                system.accept(one)
    other = secret[:-1] + "A"
    with hook(signature, key=other) as system, pytest.raises(Unauthenticated):
        system.accept(good)
    with hook(signature, key=other, before=secret) as system:
        assert system.accept(good)


def openssl(content):
    """Return an HMAC-SHA256 that another program made."""
    command = ["openssl", "dgst", "-sha256", "-hmac", KEY]
    return subprocess.run(command, input=content, check=True, capture_output=True).stdout.decode().split()[-1]


def test_grafana_signs_bare_with_or_without_a_time(hook):
    body = b'{"alerts": []}'
    with hook("grafana") as system:
        assert system.accept(call(body, x_grafana_alerting_signature=openssl(body)))
        with pytest.raises(Unauthenticated):
            system.accept(call(body, x_grafana_alerting_signature=f"sha256={openssl(body)}"))
    stamp = str(int(NOW.timestamp()))
    signed = openssl(f"{stamp}:".encode() + body)
    with hook("grafana", timestamp_header="X-Time") as system:
        assert system.accept(call(body, x_time=stamp, x_grafana_alerting_signature=signed))
        for wrong in ({}, {"x_time": str(int(stamp) + 1)}, {"x_time": "١٢"}):
            with pytest.raises(Unauthenticated):
                system.accept(call(body, x_grafana_alerting_signature=signed, **wrong))


@pytest.mark.parametrize("stamp", ["9" * 400, "9" * 5000, "1772443800000000000", "1772443800000", "-1", "²", "1e9", ""])
@pytest.mark.parametrize(
    ("signature", "header"),
    [("standard", "webhook-timestamp"), ("slack", "x-slack-request-timestamp"), ("grafana", "x-time")],
)
def test_what_is_no_time_is_refused_as_none(hook, signature, header, stamp):
    more = {"timestamp_header": "X-Time"} if signature == "grafana" else {}
    with hook(signature, **more) as system, pytest.raises(Unauthenticated, match="no time, or none in seconds"):
        system.accept(Call({header: stamp}, b"{}", "", NOW))


def test_a_secret_is_taken_from_the_header_or_the_address_and_from_nowhere_else(hook):
    with hook("token") as system:
        assert system.accept(call(authorization=f"Bearer {KEY}"))
        for wrong in (call(), call(authorization="Bearer "), call(key=KEY), call(x_bos_key=KEY)):
            with pytest.raises(Unauthenticated):
                system.accept(wrong)
    with hook("token", header="X-BOS-Key") as system:
        assert system.accept(call(x_bos_key=KEY))
    with hook("path") as system:
        assert system.accept(call(key=KEY))
        with pytest.raises(Unauthenticated):
            system.accept(call(authorization=f"Bearer {KEY}"))


def test_a_delivery_is_known_by_the_id_its_sender_gives_it_or_by_its_bytes(hook):
    with hook("path") as system:
        named = [system.accept(call(b, key=KEY, x_atlassian_webhook_identifier="1")) for b in (b"{}", b"[]")]
        bare = [system.accept(call(b, key=KEY)) for b in (b"{}", b"[]", b"{}")]
    assert named[0] == named[1]
    assert bare[0] == bare[2] != bare[1]


def test_what_was_signed_is_the_same_delivery_under_whatever_unsigned_name_it_is_sent_again(hook):
    signed = {"x_hub_signature_256": f"sha256={openssl(b'{}')}"}
    with hook("github") as system:
        sent = [system.accept(call(b"{}", **signed, x_github_delivery=name)) for name in ("1", "2")]
        again = system.accept(call(b"{}", **signed, webhook_id="3"))
    assert sent == [again, again]


@pytest.mark.parametrize(
    "settings", [{"signature": "none"}, {"shape": "xml"}, {"signature": "standard"}, {"window_seconds": "-1"}]
)
def test_settings_that_are_wrong_let_nobody_in(hook, settings):
    with hook(**{"signature": "slack"} | settings) as system:
        if settings.get("signature") != "standard":
            assert [one.ok for one in system.doctor()] == [False]
        if "shape" not in settings:
            stamp = str(int(NOW.timestamp()))
            with pytest.raises((Invalid, Unauthenticated)):
                system.accept(call(x_slack_request_timestamp=stamp, webhook_timestamp=stamp))
    with hook(key=None) as system, pytest.raises(Invalid):
        system.accept(call())
    with hook() as system:
        assert [one.ok for one in system.doctor()] == [True]


ALERT = {
    "status": "firing", "labels": {"alertname": "Slow"}, "annotations": {}, "fingerprint": "ab",
    "startsAt": "2026-03-02T09:00:00Z", "endsAt": "0001-01-01T00:00:00Z",
}  # fmt: skip
EVENT = {"specversion": "1.0", "id": "1", "source": "/bank", "type": "paid", "subject": "c1", "data": {"n": 1}}
JIRA = {
    "timestamp": 1772443800123, "webhookEvent": "jira:issue_updated", "issue": {"key": "PAY-1"},
    "changelog": {"items": [{"field": "status", "toString": "Done"}]},
}  # fmt: skip
SPLUNK = {"sid": "s1", "search_name": "Late", "result": {"_time": "1772443800.5", "host": "a"}, "owner": "x"}


@pytest.mark.parametrize(
    ("shape", "body", "wanted"),
    [
        ("json", {"data": {"rows": [{"a": 1}, {"a": 2}]}}, [{"a": 1}, {"a": 2}]),
        ("cloudevents", EVENT, [{"key": "/bank#1", "type": "paid", "subject": "c1", "time": NOW.isoformat()}]),
        ("cloudevents", [EVENT, {**EVENT, "id": "2"}], [{"key": "/bank#1"}, {"key": "/bank#2"}]),
        ("alertmanager", {"alerts": [ALERT]}, [{"time": "2026-03-02T09:00:00Z", "value": 1}]),
        ("grafana", {"alerts": [{**ALERT, "status": "resolved", "endsAt": "2026-03-02T09:05:00Z"}]},
         [{"time": "2026-03-02T09:05:00Z", "value": 0, "key": "ab/2026-03-02T09:00:00Z/resolved"}]),
        ("jira", JIRA, [{"time": "2026-03-02T09:30:00.123000+00:00", "changed": {"status": "Done"}}]),
        ("splunk", SPLUNK, [{"time": "2026-03-02T09:30:00.500000+00:00", "sid": "s1"}]),
        ("splunk", {**SPLUNK, "result": {}}, [{"time": NOW.isoformat()}]),
    ],
)  # fmt: skip
def test_each_shape_says_what_happened_and_when(hook, shape, body, wanted):
    settings = {"items": "data.rows"} if shape == "json" else {}
    with hook(shape=shape, **settings) as system:
        rows = system.rows(call(json.dumps(body).encode()))
        assert set(system.usual()) <= {"event_id", "case", "step", "time"}
    assert [{name: row[name] for name in each} for row, each in zip(rows, wanted, strict=True)] == wanted


def test_an_event_whose_attributes_are_in_headers_is_one_too(hook):
    with hook(shape="cloudevents") as system:
        (row,) = system.rows(call(b'{"n": 1}', ce_specversion="1.0", ce_id="9", ce_source="/b", ce_type="paid"))
    assert (row["key"], row["data"]) == ("/b#9", {"n": 1})


@pytest.mark.parametrize("shape", ["json", "cloudevents", "alertmanager", "grafana", "splunk", "jira"])
@pytest.mark.parametrize("body", [b"", b"\xff", b"{", b"7", b"[7]", b'[{"a"', b"[" * 9000, b'{"alerts": 7}', b'"x"'])
def test_a_body_that_is_none_of_its_shape_is_an_error_of_its_kind(hook, shape, body):
    with hook(shape=shape) as system:
        if shape == "json" and body.startswith(b'{"alerts"'):
            assert system.rows(call(body)) == [{"alerts": 7}]
            return
        with pytest.raises(Invalid, match="none of the shape"):
            system.rows(call(body))
