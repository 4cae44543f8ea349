"""Outbound webhooks: a message as JSON to an address of somebody's own, signed as Standard Webhooks are."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

from bos.errors import BosError, Invalid
from bos.ports import Finding, Receipt, Wanted
from bos.wire import OverHttp, answered, exchange

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from bos.ports import Attachment, Message

_PREFIX = "whsec_"
_SHORTEST, _LONGEST = 24, 64
_GONE, _TOO_LARGE, _FAILS = 410, 413, 500
_ELSEWHERE = range(300, 400)
_NAMES, _CONTENT = "names", "content"
_LEAVE_OUT = "Leave the content of the files out, by the setting files."
_RAISE = "No content of a file was sent: ask those who run the receiver to take messages of that size."


class Webhook(OverHttp):
    """A program of somebody's own that takes messages over HTTP.

    Signed as https://www.standardwebhooks.com says: HMAC-SHA256 over id, moment and the very bytes of the body.
    """

    name = "webhook"
    title = "Webhook"
    purpose = "Tells a program of your own, by signed messages (Standard Webhooks)."
    schemes = ("https", "http")
    example = "https://hooks.bank.example/bos"
    settings = (
        Wanted(
            "files", "Files of a message by their names, or with content.", default=_NAMES, choices=(_NAMES, "content")
        ),
    )
    secrets = (
        Wanted("signing", "What messages are signed with: whsec_ and 24 to 64 bytes in base64.", needed=True),
        Wanted("signing_before", "The one before, while the receiver changes from one to the other."),
        Wanted("token", "A bearer token, where a gateway before the receiver asks for one."),
    )
    unproven = (
        "It met a receiver of its own tests, which checks as the standard says, and the standard's own example of a "
        "signature; no library of somebody else checked one."
    )

    def doctor(self) -> Iterator[Finding]:
        """Look whether something answers, and whether there is something to sign with; no message is sent."""
        try:
            self._keys()
            yield Finding("Signature", ok=True, words="Messages are signed.")
            status = self._exchange("GET").status_code
        except BosError as error:
            what = "Signature" if isinstance(error, Invalid) else "Answer"
            yield Finding(what, ok=False, words=error.message, hint=error.hint)
            return
        if status in _ELSEWHERE:
            hint = "Write the address it leads to into the connection, if that is right."
            words = f"It sends BOS to another address (HTTP {status}), and BOS follows none: no message would arrive."
            yield Finding("Answer", ok=False, words=words, hint=hint)
            return
        ok = status < _FAILS and status != _GONE
        words = f"Something answers (HTTP {status}); whether it takes messages, only one can show."
        yield Finding("Answer", ok=ok, words=words, hint="" if ok else "Ask those who run it.")

    def send(self, message: Message, *, key: str) -> Receipt:
        """Post a message under its key, which a receiver that has it already answers as if it were the first.

        Raises:
            Invalid: the receiver is gone for good (``system.gone``), or never takes so much.
            Unavailable: it did not say that it has it.
        """
        content = self._with_content()
        body = body_of(message, content=content)
        moment = int(time.time())
        signed = " ".join(signature(one, key, moment, body) for one in self._keys())
        headers = {
            "Content-Type": "application/json",
            "webhook-id": key,
            "webhook-timestamp": str(moment),
            "webhook-signature": signed,
        }
        response = self._exchange("POST", content=body, headers=headers)
        if response.status_code == _GONE:
            raise Invalid(
                "The receiver wants no messages any more (HTTP 410).",
                hint="Take the connection out of use, or ask those who run the receiver.",
                code="system.gone",
            )
        if response.status_code == _TOO_LARGE:
            raise Invalid(
                f"The receiver does not take {len(body):,} bytes (HTTP 413).",
                hint=_LEAVE_OUT if content and message.attachments else _RAISE,
                code="system.too-large",
            )
        answered(response, "The receiver")
        return Receipt(key)

    def _with_content(self) -> bool:
        files = self._target.settings.get("files", _NAMES)
        if files not in {_NAMES, _CONTENT}:
            raise Invalid(f"{files!r} is no way to send files.", where="files", hint=f"Write {_NAMES} or {_CONTENT}.")
        return files == _CONTENT

    def _keys(self) -> list[bytes]:
        keys = [key_of(self._target.secret("signing") or "", "signing")]
        before = self._target.secret("signing_before", needed=False)
        return [*keys, key_of(before, "signing_before")] if before else keys

    def _exchange(self, method: str, **content: Any) -> httpx.Response:
        client = self._client()
        # The address as it is written: joined to a client's, it would get a slash at its end.
        request = client.build_request(method, self._target.address, **content)
        return exchange(client, request, "The receiver")

    def _sign(self, client: httpx.Client) -> None:
        if (token := self._target.secret("token", needed=False)) is not None:
            client.headers["Authorization"] = f"Bearer {token}"


def key_of(secret: str, name: str) -> bytes:
    """Return the bytes of a secret as Standard Webhooks writes it.

    Raises:
        Invalid: it is none.
    """
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not _SHORTEST <= len(key) <= _LONGEST:
        raise Invalid(
            "The secret is none to sign with.",
            where=name,
            hint=f"Give {_PREFIX} and {_SHORTEST} to {_LONGEST} random bytes in base64, as the receiver has them.",
        )
    return key


def signature(key: bytes, name: str, moment: int, body: bytes) -> str:
    """Return the signature of a body (Standard Webhooks, ``v1``); ``moment`` are seconds since 1970."""
    signed = hmac.new(key, f"{name}.{moment}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def body_of(message: Message, *, content: bool) -> bytes:
    """Return a message as JSON, the same bytes each time."""
    data = {
        "flow": message.flow,
        "title": message.title,
        "paragraphs": message.paragraphs,
        "facts": [{"label": label, "value": value} for label, value in message.facts],
        "links": [{"label": label, "href": address} for label, address in message.links],
        "thread": message.thread,
        "files": [_file(file, content=content) for file in message.attachments],
    }
    return json.dumps({"type": message.kind, "data": data}, separators=(",", ":")).encode()


def _file(file: Attachment, *, content: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": file.name,
        "media_type": file.media_type,
        "bytes": len(file.content),
        "sha256": hashlib.sha256(file.content).hexdigest(),
    }
    told |= {"alt": file.alt} if file.alt else {}
    return told | {"base64": base64.b64encode(file.content).decode()} if content else told
