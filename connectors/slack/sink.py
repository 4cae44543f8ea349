"""Slack as a sink: a message in a channel, with its thread, its files, and a key that is found again."""

from __future__ import annotations

import hashlib
import logging
import re
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

import httpx
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import WebClient

from bos.errors import BosError, Invalid, Unavailable
from bos.ports import Finding, Receipt, Wanted
from bos.wire import answered, exchange, quoted
from connectors.slack.blocks import blocks, fallback
from connectors.slack.gate import Gate, hosts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slack_sdk.web import SlackResponse

    from bos.ports import Attachment, Message, Target

EVENT = "bos_delivery"
"""The type of the metadata that carry the key of a delivery."""
UPLOADS = "files.slack.com"
WINDOW = timedelta(days=14)
"""How far back a key and a thread are looked for."""
_BOT, _HOOK = "bot", "webhook"
_PAGE = 200
_NEEDED = {"chat:write", "files:write"}
_HISTORY = {"channels:history", "groups:history"}
_SECRET_PATH = re.compile(r"services/[A-Za-z0-9]+/[A-Za-z0-9]+/[A-Za-z0-9]+")
_REFUSED = {
    "invalid_auth",
    "not_authed",
    "token_revoked",
    "token_expired",
    "account_inactive",
    "missing_scope",
    "no_permission",
}
_ABSENT = {
    "channel_not_found",
    "not_in_channel",
    "is_archived",
    "channel_is_archived",
    "no_service",
    "action_prohibited",
}
_CONTENT = {
    "invalid_blocks",
    "invalid_blocks_format",
    "msg_too_long",
    "msg_blocks_too_long",
    "no_text",
    "invalid_payload",
    "metadata_too_large",
}
_BUSY = {"ratelimited", "rate_limited", "service_unavailable", "request_timeout"}
_OK = 200
_UNLIKE = "It does not answer as Slack does."

_silent = logging.getLogger("bos.connectors.slack.client")
_silent.setLevel(logging.CRITICAL)  # the vendor's client logs addresses and bodies


class Slack:
    """A workspace of Slack, by a bot or by an incoming webhook."""

    name = "slack"
    title = "Slack"
    schemes = ("https",)
    settings = (
        Wanted(
            "channel",
            "The id of the channel (bot); it is at the end of what Slack tells about a channel.",
            example="C0123456789",
        ),
        Wanted(
            "way",
            "bot, or webhook: no threads, no files, and doubles after a lost answer; bot if left out.",
            example="webhook",
        ),
    )
    secrets = (
        Wanted("token", "The token of the bot, xoxb-…"),
        Wanted("webhook", "What follows hooks.slack.com/ in the address of a webhook: services/T…/B…/…"),
    )
    unproven = (
        "It met no Slack yet, only a double that Slack's own client spoke to; how soon Slack shows a message or a file "
        "to who looks for it is untried."
    )

    def __init__(self, target: Target) -> None:
        self._target = target
        self._gate: Gate | None = None
        self._bot: WebClient | None = None
        self._http: httpx.Client | None = None

    def close(self) -> None:
        """Close the connections."""
        if self._gate is not None:
            self._gate.close()
        if self._http is not None:
            self._http.close()

    def doctor(self) -> Iterator[Finding]:
        """Look whether the token is good, what it may do, and whether the bot is in the channel."""
        try:
            if self._hooked:
                self._hook()
                yield Finding("Webhook", ok=True, words="It is there; whether it is good, only a message can show.")
                return
            who = self._call("auth_test")
        except BosError as error:
            yield Finding("Answer", ok=False, words=error.message, hint=error.hint)
            return
        yield Finding("Answer", ok=True, words=f"Slack lets BOS in as {quoted(str(who.get('user')))}.")
        scopes = next((value for name, value in who.headers.items() if name.lower() == "x-oauth-scopes"), "")
        has = {one.strip() for one in scopes.split(",")}
        lacks = sorted(_NEEDED - has) + ([] if has & _HISTORY else ["channels:history"])
        words = (
            f"The token lacks: {', '.join(lacks)}."
            if lacks
            else "The token may write, send files and read the channel."
        )
        yield Finding(
            "Scopes", ok=not lacks, words=words, hint="Add them to the app and install it again." if lacks else ""
        )
        try:
            self._call("conversations_history", channel=self._channel(), limit=1)
        except BosError as error:
            yield Finding("Channel", ok=False, words=error.message, hint=error.hint)
            return
        yield Finding("Channel", ok=True, words="BOS can read the channel.")

    def send(self, message: Message, *, key: str) -> Receipt:
        """Post a message, in its thread where that has begun, and its files below it.

        By a webhook there is no key: a message whose answer was lost is posted again.

        Raises:
            Invalid: Slack never takes it like this.
            Unavailable: it was not delivered, or nobody can say.
        """
        if self._hooked:
            return self._post_to_hook(message)
        channel = self._channel()
        root, posted, files = self._look(channel, message, key)
        if not posted:
            posted = self._post(channel, message, key, root)
        root = root or posted
        for file in message.attachments:
            name = _named(file.name, key)
            if name not in files:
                self._upload(channel, root, file, name)
        link = str(self._call("chat_getPermalink", channel=channel, message_ts=posted).get("permalink", ""))
        return Receipt(f"{channel}/{posted}", link)

    # What is there already

    def _look(self, channel: str, message: Message, key: str) -> tuple[str, str, set[str]]:
        """Return the message the thread hangs on, the one with the key, and the files below; "" where there is none."""
        oldest, thread = str((datetime.now(UTC) - WINDOW).timestamp()), _thread(message)
        for one in self._pages("conversations_history", channel=channel, oldest=oldest):
            known = _known(one)
            if known.get("key") == key or (thread and known.get("thread") == thread):
                root = str(one["ts"])
                break
        else:
            return "", "", set()
        posted, files = "", set()
        for one in self._pages("conversations_replies", channel=channel, ts=root):
            posted = str(one["ts"]) if _known(one).get("key") == key else posted
            files |= {str(_dict(file).get("name")) for file in one.get("files") or ()}
        return root, posted, files

    def _pages(self, method: str, **asked: Any) -> Iterator[dict[str, Any]]:
        cursor, seen = "", set[str]()
        while True:
            more = {"cursor": cursor} if cursor else {}
            answer = self._call(method, **asked, **more, limit=_PAGE, include_all_metadata=True)
            found = answer.get("messages")
            if not isinstance(found, list) or not all(isinstance(one, dict) and one.get("ts") for one in found):
                raise _odd(_UNLIKE)
            yield from found
            cursor = str(_dict(answer.get("response_metadata")).get("next_cursor") or "")
            if not cursor:
                return
            if cursor in seen:
                raise _odd("Slack gives the same page twice.")
            seen.add(cursor)

    # What is made

    def _post(self, channel: str, message: Message, key: str, root: str) -> str:
        known = {"key": key, "thread": _thread(message), "flow": message.flow}
        answer = self._call(
            "chat_postMessage",
            channel=channel,
            text=fallback(message),
            blocks=blocks(message),
            metadata={"event_type": EVENT, "event_payload": known},
            thread_ts=root or None,
            unfurl_links=False,
            unfurl_media=False,
        )
        if not answer.get("ts"):
            raise _odd("Slack does not say what it posted.")
        return str(answer["ts"])

    def _upload(self, channel: str, root: str, file: Attachment, name: str) -> None:
        alt = f"Picture: {file.name}" if file.media_type.startswith("image/") else None
        self._call(
            "files_upload_v2",
            channel=channel,
            thread_ts=root,
            content=file.content,
            filename=name,
            title=file.name,
            alt_txt=alt,
        )

    def _post_to_hook(self, message: Message) -> Receipt:
        client, path = self._hook()
        left = ", ".join(file.name for file in message.attachments)
        notes = (f"A webhook takes no files; in BOS: {left}",) if left else ()
        request = client.build_request(
            "POST", path, json={"text": fallback(message), "blocks": blocks(message, *notes)}
        )
        response = exchange(client, request, self.title)
        words = quoted(response.text, path)
        if response.status_code != _OK or words != "ok":
            raise _refusal(words, response)
        return Receipt("")

    # The way there

    @property
    def _hooked(self) -> bool:
        way = self._target.settings.get("way", _BOT)
        if way not in {_BOT, _HOOK}:
            raise Invalid(f"{way!r} is no way to Slack.", where="way", hint=f"Write {_BOT} or {_HOOK}.")
        return way == _HOOK

    def _hook(self) -> tuple[httpx.Client, str]:
        path = (self._target.secret("webhook") or "").strip().lstrip("/")
        if not _SECRET_PATH.fullmatch(path):
            raise Invalid(
                "The secret is not of a webhook.", where="webhook", hint="Give what follows hooks.slack.com/."
            )
        if self._http is None:
            self._http = self._target.http()
        return self._http, path

    def _channel(self) -> str:
        channel = self._target.settings.get("channel", "")
        if not channel.isalnum():
            raise Invalid("The connection names no channel by its id.", where="channel", hint="Write C0123456789.")
        return channel

    def _call(self, method: str, **asked: Any) -> SlackResponse:
        """Return what Slack answers its own client, or the error it is."""
        if self._bot is None or self._gate is None:
            token = self._target.secret("token")
            self._gate = self._gate or Gate(self._target, hosts_of(self._target.address, UPLOADS))
            self._bot = WebClient(
                token=token,
                base_url=f"{self._target.address.rstrip('/')}/",
                timeout=max(1, round(self._target.timeout)),
                ssl=self._gate.tls(),
                proxy=self._gate.proxy,
                retry_handlers=[],
                logger=_silent,
            )
        self._gate.trouble()
        try:
            answer: SlackResponse = getattr(self._bot, method)(**asked)
        except SlackApiError as error:
            found: BosError = self._gate.trouble() or self._of(error.response)
        except HTTPError as error:
            error.close()
            found = self._gate.trouble() or _refusal(
                "", httpx.Response(error.code, headers=list(error.headers.items()))
            )
        except (AttributeError, KeyError, TypeError):  # the client reads an answer that Slack would not give
            found = self._gate.trouble() or _odd(_UNLIKE)
        except (SlackClientError, HTTPException, OSError, ValueError) as error:
            found = self._gate.trouble() or _broken(error)
        else:
            return answer
        raise found

    def _of(self, response: SlackResponse) -> BosError:
        told = response.data if isinstance(response.data, dict) else {}
        words = " ".join(str(told.get(name, "")) for name in ("error", "needed")).strip()
        words = quoted(words, self._target.secret("token", needed=False))
        return _refusal(words, _answer(response.status_code, response.headers))


def _answer(status: int, headers: Any) -> httpx.Response:
    # Slack's client tells some headers twice, in two spellings.
    return httpx.Response(status, headers={name.lower(): str(value) for name, value in headers.items()})


def _refusal(words: str, response: httpx.Response) -> BosError:
    """Return the error of what Slack says, which may come with a status that all is well."""
    name = words.partition(" ")[0]
    if name in _CONTENT:
        return Invalid("Slack does not take this message.", hint=f"It says: {words}", code="system.content")
    if name in _REFUSED:
        return Unavailable(
            "Slack does not let BOS in.",
            hint=f"It says: {words}. Give a token with the scopes its page lists.",
            code="system.refused",
        )
    if name in _ABSENT:
        return Unavailable(
            "Slack has no such channel for BOS.",
            hint=f"It says: {words}. Invite the bot to the channel.",
            code="system.absent",
        )
    try:
        answered(response, "Slack")
    except Unavailable as error:
        return error
    if name in _BUSY:
        return Unavailable("Slack is busy.", hint="Try again later.", code="system.busy", details={"retry_after": None})
    return Unavailable("Slack did not do it.", hint=f"It says: {words}", code="system.failed")


def _broken(error: BaseException) -> Unavailable:
    reason = getattr(error, "reason", error)
    if isinstance(reason, TimeoutError):
        return Unavailable("Slack does not answer in time.", hint="Try again later.", code="system.slow")
    if reason.__class__.__name__ == "SSLCertVerificationError":
        return Unavailable(
            f"The certificate of Slack is not trusted: {getattr(reason, 'verify_message', '')}.",
            hint="Check the address, and the authorities that sign certificates here.",
            code="system.certificate",
        )
    return Unavailable("Slack does not answer.", hint="Try again later.", code="system.silent")


def _known(one: dict[str, Any]) -> dict[str, Any]:
    """Return what BOS wrote into a message besides its text."""
    told = _dict(one.get("metadata"))
    return _dict(told.get("event_payload")) if told.get("event_type") == EVENT else {}


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _thread(message: Message) -> str:
    name = f"{message.flow}\n{message.thread}".encode()
    return hashlib.sha256(name).hexdigest()[:24] if message.thread else ""


def _named(name: str, key: str) -> str:
    """Return the name by which a file of a delivery is found again."""
    path = PurePath(name)
    return f"{path.stem} {hashlib.sha256(key.encode()).hexdigest()[:8]}{path.suffix}"


def _odd(message: str) -> Unavailable:
    return Unavailable(message, hint="Check the address of the connection.", code="system.failed")
