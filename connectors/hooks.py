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
from bos.ports import Finding, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bos.ports import Call, Target

WINDOW_SECONDS = 300
_PREFIX = "whsec_"
_IDS = ("webhook-id", "x-atlassian-webhook-identifier", "x-github-delivery")
"""Headers by which senders name a delivery, the same when they try again."""
_VOUCHED = ("standard", "token", "path")
"""Where whoever has the key vouches for these headers; elsewhere the signature leaves them out, so anybody on the way
could send the same again under another name."""


class Hooks:
    """A sender. What it sends is verified on the bytes that came, in constant time, and read later."""

    name = "hooks"
    title = "Webhooks"
    schemes = ("hook",)
    settings = (
        Wanted("flow", "The id of the flow whose telemetry this is.", needed=True, example="loan-payments"),
        Wanted("shape", "json, cloudevents, alertmanager, grafana, splunk or jira.", needed=True, example="json"),
        Wanted("signature", "token, path, github, grafana, standard or slack.", needed=True, example="token"),
        Wanted("header", "For token: the header that has it; Authorization.", example="X-BOS-Key"),
        Wanted("timestamp_header", "For grafana: the header with the time, where one is set there.", example="X-Time"),
        Wanted("window_seconds", "How old a signed time may be; 300.", example="300"),
        Wanted("items", "For json: where the list is in the body, such as data.rows.", example="data.rows"),
        Wanted("what", "events or metrics; events where it is left out.", example="events"),
        Wanted("map", "Lake field and field of the body, over the usual ones.", example="case=loan.id,step=type"),
        Wanted("time_zone", "Zone of times without offset; the template's where left out.", example="UTC"),
        Wanted("currency", "Currency of amounts without one; the template's where left out.", example="EUR"),
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
        text = self._target.settings.get("window_seconds", str(WINDOW_SECONDS))
        if not (text.isascii() and text.isdigit()):
            raise Invalid(f"{text!r} is no number of seconds.", where="window_seconds", hint="Write 300.")
        return int(text)

    def _recent(self, call: Call, text: str) -> None:
        """Refuse a delivery that was signed too long ago, or will be."""
        seconds = int(text) if text.isascii() and text.isdigit() else 0
        if abs(call.at.timestamp() - seconds) > self._window():
            raise _refused()

    def _token(self, call: Call, keys: list[bytes]) -> None:
        header = self._target.settings.get("header", "authorization").lower()
        given = call.headers.get(header, "").removeprefix("Bearer ")
        _same(given, [key.decode() for key in keys])

    def _path(self, call: Call, keys: list[bytes]) -> None:
        _same(call.key, [key.decode() for key in keys])

    def _github(self, call: Call, keys: list[bytes]) -> None:
        given = call.headers.get("x-hub-signature-256") or call.headers.get("x-hub-signature", "")
        _same(given, [f"sha256={_signed(key, call.body).hex()}" for key in keys])

    def _grafana(self, call: Call, keys: list[bytes]) -> None:
        content = call.body
        if (header := self._target.settings.get("timestamp_header")) is not None:
            stamp = call.headers.get(header.lower(), "")
            self._recent(call, stamp)
            content = f"{stamp}:".encode() + content
        _same(call.headers.get("x-grafana-alerting-signature", ""), [_signed(key, content).hex() for key in keys])

    def _standard(self, call: Call, keys: list[bytes]) -> None:
        stamp = call.headers.get("webhook-timestamp", "")
        self._recent(call, stamp)
        content = f"{call.headers.get('webhook-id', '')}.{stamp}.".encode() + call.body
        good = [f"v1,{base64.b64encode(_signed(_opened(key), content)).decode()}" for key in keys]
        for given in call.headers.get("webhook-signature", "").split(" "):
            if _fits(given, good):
                return
        raise _refused()

    def _slack(self, call: Call, keys: list[bytes]) -> None:
        stamp = call.headers.get("x-slack-request-timestamp", "")
        self._recent(call, stamp)
        content = f"v0:{stamp}:".encode() + call.body
        _same(call.headers.get("x-slack-signature", ""), [f"v0={_signed(key, content).hex()}" for key in keys])


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


def _same(given: str, good: list[str]) -> None:
    if not given or not _fits(given, good):
        raise _refused()


def _refused() -> Unauthenticated:
    return Unauthenticated("This delivery is not signed as it must be.", hint="Check the key on both sides.")


def _moment(value: Any) -> str:
    """Return a time as ISO 8601; a number is of milliseconds, or of seconds where it would be too early."""
    if isinstance(value, str) and not value.replace(".", "", 1).isdigit():
        return value
    number = float(value)
    return datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC).isoformat()  # noqa: PLR2004 - 1973


def _json(settings: Mapping[str, str], call: Call, body: Any) -> Iterator[dict[str, Any]]:
    del call
    for name in filter(None, settings.get("items", "").split(".")):
        body = body[name]
    for one in body if isinstance(body, list) else [body]:
        yield {**one}


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
