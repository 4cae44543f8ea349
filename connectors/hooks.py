"""What others send to BOS (webhooks): who may, by signature or secret, and what each kind of body says."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bos.errors import BosError, Invalid, Unauthenticated
from bos.ports import Finding, Wanted, of_rows
from bos.reads import header_name, seconds, setting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bos.ports import Call, Target

WINDOW_SECONDS = 300
SHAPES = ("json", "cloudevents", "alertmanager", "grafana", "splunk", "jira")
PROOFS = {
    "token": "It sends the key along, as Authorization: Bearer KEY, or alone in the header that the connection names.",
    "path": "It signs nothing: the key is the last part of the address, after a further /. Keep that address secret.",
    "github": "It signs the body: HMAC-SHA256 with the key, as X-Hub-Signature-256: sha256=… (Jira: X-Hub-Signature).",
    "grafana": "It signs the body: HMAC-SHA256 with the key, as X-Grafana-Alerting-Signature.",
    "standard": "It signs as Standard Webhooks does: webhook-id, webhook-timestamp, webhook-signature.",
    "slack": "It signs time and body as Slack does: X-Slack-Signature: v0=…",
}
"""What proves the sender → how, in words for whoever sets the sender up."""
_PREFIX = "whsec_"
_FIELDS_SHOWN = 10
_TIME_DIGITS = 12
"""Seconds since 1970 up to the year 9999 have no more."""
_IDS = ("webhook-id", "x-atlassian-webhook-identifier", "x-github-delivery")
"""Headers by which senders name a delivery, the same when they try again."""
_VOUCHED = ("standard", "token", "path")
"""Where whoever has the key vouches for these headers; elsewhere the signature leaves them out, so anybody on the way
could send the same again under another name."""


_window_of = seconds("window_seconds", example=WINDOW_SECONDS)


class Hooks:
    """A sender. What it sends is verified on the bytes that came, in constant time, and read later."""

    name = "hooks"
    title = "Webhooks"
    purpose = (
        "Receives what others send: JSON, CloudEvents, alerts of Alertmanager, Grafana and Splunk, changes of Jira."
    )
    schemes = ("hook",)
    example = "hook://alertmanager.bank.example"
    settings = (
        Wanted("flow", "The flow whose telemetry this is.", needed=True, example="loan-payments", kind="flow"),
        Wanted("shape", "What the bodies look like.", needed=True, example="json", choices=SHAPES),
        Wanted("signature", "What proves the sender.", needed=True, example="token", choices=tuple(PROOFS)),
        Wanted(
            "header",
            "For token: the header that has it.",
            example="X-BOS-Key",
            default="Authorization",
            reads=header_name,
        ),
        Wanted(
            "timestamp_header",
            "For grafana: the header with the time, where one is set there.",
            example="X-Time",
            reads=header_name,
        ),
        Wanted(
            "window_seconds",
            "How old a signed time may be.",
            default=str(WINDOW_SECONDS),
            kind="number",
            reads=_window_of,
        ),
        Wanted("items", "For json: where the list is in the body, such as data.rows.", example="data.rows"),
        Wanted("what", "What is sent.", label="Holds", default="events", choices=("events", "metrics")),
        *of_rows("Lake field and field of the body, over the usual ones.", "case=loan.id,step=type"),
        Wanted("signal", "The system signal that all points are of.", example="gateway_alerts"),
    )
    secrets = (
        Wanted("key", "What signs, or is sent along.", needed=True),
        Wanted("key_before", "The one before, while the sender still uses it."),
    )
    unproven = (
        "Alertmanager was run. Signatures of GitHub, Standard Webhooks and Slack are checked against the examples they "
        "publish; bodies of Splunk, Jira and Grafana are made after their pages alone."
    )

    def __init__(self, target: Target) -> None:
        self._target = target

    def close(self) -> None:
        """Nothing is open."""

    def doctor(self) -> Iterator[Finding]:
        """Look whether the settings are such that something can be received."""
        try:
            self._check(), self._keys(), self.usual(), self._window()
            self._header("header"), self._header("timestamp_header")
        except BosError as error:
            yield Finding("Settings", ok=False, words=error.message, hint=error.hint)
            return
        yield Finding("Settings", ok=True, words="What is signed with the key is received.")

    def accept(self, call: Call) -> str:
        """Return the id of a delivery that is let in; the same whenever it is sent again.

        Raises:
            Unauthenticated: it is not signed with the key, or too long ago. Invalid: a setting or secret is missing.
        """
        self._check()(self, call, [key.encode() for key in self._keys()])
        names = _IDS if self._target.settings["signature"] in _VOUCHED else ()
        named = next((f"{name}\n{call.headers[name]}" for name in names if call.headers.get(name)), None)
        return hashlib.sha256(call.body if named is None else named.encode()).hexdigest()[:40]

    def proof(self) -> str:
        """Return how the sender proves who it is."""
        return str(_chosen("signature", self._target.settings.get("signature", ""), PROOFS)[1])

    def usual(self) -> dict[str, str]:
        """Return which field of a row is which of the lake, where the connection does not say otherwise."""
        shape, metrics = self._shape()[0], self._target.settings.get("what") == "metrics"
        return dict(_POINTS.get(shape, {}) if metrics else _EVENTS.get(shape, {}))

    def rows(self, call: Call) -> list[dict[str, Any]]:
        """Return what a delivery says, an object for each event or point.

        Raises:
            Invalid: the body is none of the shape.
        """
        shape, read = self._shape()
        try:
            body = json.loads(call.body.decode("utf-8-sig"), parse_float=str)
            return list(read(self._target.settings, call, body))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError, OSError):
            hint = "Look at what is sent, and at the settings of the connection."
            raise Invalid(f"The body is none of the shape {shape}.", where="body", hint=hint, code="body") from None

    def _shape(self) -> tuple[str, Callable[..., Iterator[dict[str, Any]]]]:
        return _chosen("shape", self._target.settings.get("shape", ""), _SHAPES)

    def _check(self) -> Callable[[Hooks, Call, list[bytes]], None]:
        found: Callable[[Hooks, Call, list[bytes]], None]
        _, found = _chosen("signature", self._target.settings.get("signature", ""), _CHECKS)
        return found

    def _keys(self) -> list[str]:
        before = self._target.secret("key_before", needed=False)
        return [str(self._target.secret("key")), *([before] if before else [])]

    def _window(self) -> int:
        return _window_of(self._target.settings.get("window_seconds", str(WINDOW_SECONDS)))

    def _header(self, name: str) -> str | None:
        """Return the header that a setting names, in small letters; nothing where it is left out."""
        found = setting(self._target.settings, name, header_name)
        return None if found is None else found.lower()

    def _recent(self, call: Call, text: str) -> None:
        """Refuse a delivery that was signed too long ago, or will be."""
        if not (text.isascii() and text.isdigit() and len(text) <= _TIME_DIGITS):
            raise _refused("it has no time, or none in seconds", "Look whether the sender signs the time, too.")
        away = abs(call.at.timestamp() - int(text))
        if away > self._window():
            hint = "Check the clocks of both sides, and the setting window_seconds."
            raise _refused(f"the time it was signed at is {away:,.0f} seconds from now", hint)

    def _token(self, call: Call, keys: list[bytes]) -> None:
        header = self._header("header") or "authorization"
        given = call.headers.get(header, "").removeprefix("Bearer ")
        _same(given, [key.decode() for key in keys], f"the header {header}")

    def _path(self, call: Call, keys: list[bytes]) -> None:
        _same(call.key, [key.decode() for key in keys], "the end of its address")

    def _github(self, call: Call, keys: list[bytes]) -> None:
        given = call.headers.get("x-hub-signature-256") or call.headers.get("x-hub-signature", "")
        good = [f"sha256={_signed(key, call.body).hex()}" for key in keys]
        _same(given, good, "the header x-hub-signature-256 or x-hub-signature")

    def _grafana(self, call: Call, keys: list[bytes]) -> None:
        content = call.body
        if (header := self._header("timestamp_header")) is not None:
            stamp = call.headers.get(header, "")
            self._recent(call, stamp)
            content = f"{stamp}:".encode() + content
        header = "x-grafana-alerting-signature"
        _same(call.headers.get(header, ""), [_signed(key, content).hex() for key in keys], f"the header {header}")

    def _standard(self, call: Call, keys: list[bytes]) -> None:
        stamp = call.headers.get("webhook-timestamp", "")
        self._recent(call, stamp)
        content = f"{call.headers.get('webhook-id', '')}.{stamp}.".encode() + call.body
        good = [f"v1,{base64.b64encode(_signed(_opened(key), content)).decode()}" for key in keys]
        given = call.headers.get("webhook-signature", "")
        fitting = [one for one in given.split(" ") if _fits(one, good)]
        _same(fitting[0] if fitting else given, good, "the header webhook-signature")

    def _slack(self, call: Call, keys: list[bytes]) -> None:
        stamp = call.headers.get("x-slack-request-timestamp", "")
        self._recent(call, stamp)
        content = f"v0:{stamp}:".encode() + call.body
        good = [f"v0={_signed(key, content).hex()}" for key in keys]
        _same(call.headers.get("x-slack-signature", ""), good, "the header x-slack-signature")


def _chosen(what: str, name: str, known: Mapping[str, Any]) -> tuple[str, Any]:
    if name not in known:
        raise Invalid(f"There is no {what} {name!r}.", where=what, hint=f"Write one of: {', '.join(known)}.")
    return name, known[name]


def _signed(key: bytes, content: bytes) -> bytes:
    return hmac.new(key, content, hashlib.sha256).digest()


def _opened(key: bytes) -> bytes:
    """Return the bytes of a key of Standard Webhooks."""
    try:
        return base64.b64decode(key.decode().removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise Invalid("The key is no base64.", where="key", hint="Give it as it is shown: whsec_….") from None


def _fits(given: str, good: list[str]) -> bool:
    """Tell whether a text is one of the good ones; every one is compared, in constant time."""
    return any([hmac.compare_digest(given.encode(), one.encode()) for one in good])  # noqa: C419 - each of them


def _same(given: str, good: list[str], where: str) -> None:
    if not given:
        raise _refused(f"nothing is in {where}", "Set the sender up to sign, or choose another signature.")
    if not _fits(given, good):
        raise _refused(f"what is in {where} was not made with the key", "Give both sides the same key.")


def _refused(why: str, hint: str) -> Unauthenticated:
    return Unauthenticated(f"A delivery was turned away: {why}.", hint=hint)


def _moment(value: Any) -> str:
    """Return a time as ISO 8601; a number is of milliseconds, or of seconds where it would be too early."""
    if isinstance(value, str) and not value.replace(".", "", 1).isdigit():
        return value
    number = float(value)
    return datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC).isoformat()  # noqa: PLR2004 - 1973


def _json(settings: Mapping[str, str], call: Call, body: Any) -> Iterator[dict[str, Any]]:
    del call
    body = _at(body, settings.get("items", ""))
    for one in body if isinstance(body, list) else [body]:
        yield {**one}


def _at(body: Any, items: str) -> Any:
    """Return what is in a body where the setting ``items`` says; refuse one that has no list or object there."""
    names = [name for name in items.split(".") if name]
    for at, name in enumerate(names):
        if not isinstance(body, dict) or name not in body:
            above = f"the field {'.'.join(names[:at])!r} of the body" if at else "the body"
            there = f"has {_fields(body)}" if isinstance(body, dict) else "is no object"
            raise _astray(f"The setting items names {items!r}, but {above} has no field {name!r}; it {there}.")
        body = body[name]
    if names and not isinstance(body, list | dict):
        raise _astray(f"The setting items names {items!r}, where the body has neither a list nor an object.")
    return body


def _fields(body: Mapping[str, Any]) -> str:
    named = ", ".join(repr(name[:80]) for name in list(body)[:_FIELDS_SHOWN]) or "none"
    return f"{named} and {len(body) - _FIELDS_SHOWN} more" if len(body) > _FIELDS_SHOWN else named


def _astray(words: str) -> Invalid:
    hint = "Say by the setting items where the list is, such as data.rows, or leave it out for a body that is the list."
    return Invalid(words, where="items", hint=hint, code="body")


def _cloudevents(settings: Mapping[str, str], call: Call, body: Any) -> Iterator[dict[str, Any]]:
    """Yield events (CloudEvents 1.0), structured, in a batch, or binary with its attributes in headers."""
    del settings
    if "ce-id" in call.headers:
        body = {**{k[3:]: v for k, v in call.headers.items() if k.startswith("ce-")}, "data": body}
    for one in body if isinstance(body, list) else [body]:
        if not all(isinstance(one[name], str) and one[name] for name in ("specversion", "id", "source", "type")):
            raise ValueError
        yield {"time": call.at.isoformat(), **one, "key": f"{one['source']}#{one['id']}"}


def _alerts(settings: Mapping[str, str], call: Call, body: Any) -> Iterator[dict[str, Any]]:
    """Yield the alerts of Alertmanager or Grafana: when each began to fire, or was over."""
    del settings, call
    for one in body["alerts"]:
        firing = {"firing": True, "resolved": False}[one["status"]]
        time = one["startsAt"] if firing else one["endsAt"]
        key = f"{one['fingerprint']}/{one['startsAt']}/{one['status']}"
        yield {**one, "time": time, "value": int(firing), "key": key, "receiver": body.get("receiver")}


def _splunk(settings: Mapping[str, str], call: Call, body: Any) -> Iterator[dict[str, Any]]:
    """Yield the first row of an alert, which is all that Splunk sends."""
    del settings
    told = body["result"].get("_time")
    yield {**body, "sid": body["sid"] + "", "time": _moment(told) if told else call.at.isoformat()}


def _jira(settings: Mapping[str, str], call: Call, body: Any) -> Iterator[dict[str, Any]]:
    del settings, call
    key = f"{body['issue']['key']}/{body['timestamp']}/{body['webhookEvent']}"
    changes = {one["field"]: one.get("toString") for one in (body.get("changelog") or {}).get("items", ())}
    yield {**body, "time": _moment(body["timestamp"]), "key": key, "changed": changes}


_CHECKS: dict[str, Callable[[Hooks, Call, list[bytes]], None]] = {
    "token": Hooks._token,  # noqa: SLF001 - the table of the class above
    "path": Hooks._path,  # noqa: SLF001 - as above
    "github": Hooks._github,  # noqa: SLF001 - as above
    "grafana": Hooks._grafana,  # noqa: SLF001 - as above
    "standard": Hooks._standard,  # noqa: SLF001 - as above
    "slack": Hooks._slack,  # noqa: SLF001 - as above
}
_SHAPES = {
    "json": _json, "cloudevents": _cloudevents, "alertmanager": _alerts, "grafana": _alerts, "splunk": _splunk,
    "jira": _jira,
}  # fmt: skip
_ALERT = {"event_id": "key", "case": "fingerprint", "step": "status", "time": "time"}
_EVENTS = {
    "cloudevents": {"event_id": "key", "case": "subject", "step": "type", "time": "time"},
    "alertmanager": _ALERT,
    "grafana": _ALERT,
    "splunk": {"event_id": "sid", "case": "sid", "step": "search_name", "time": "time"},
    "jira": {"event_id": "key", "case": "issue.key", "step": "webhookEvent", "time": "time"},
}
_POINT = {"time": "time", "value": "value", "label.alertname": "labels.alertname"}
_POINTS = {"alertmanager": _POINT, "grafana": _POINT}
