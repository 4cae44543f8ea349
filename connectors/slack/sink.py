"""Slack as a sink: a message in a channel, with its thread, its files, and a key that is found again."""

from __future__ import annotations

import hashlib
import logging
import re
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

import httpx
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import WebClient

from bos.errors import BosError, Invalid, Unavailable
from bos.ports import Finding, Receipt, Wanted
from bos.reads import needed
from bos.wire import exchange, quoted, strange
from connectors.slack.blocks import blocks, fallback
from connectors.slack.gate import Gate, hosts_of
from connectors.slack.pictures import WINDOW, alt_of, shown_by
from connectors.slack.refusals import NO_RIGHT, answer_of, broken, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from slack_sdk.web import SlackResponse

    from bos.ports import Attachment, Message, Target

EVENT = "bos_delivery"
"""The type of the metadata that carry the key of a delivery."""
UPLOADS = "files.slack.com"
_BOT, _HOOK = "bot", "webhook"
_PAGE = 200
_NEEDED = {"chat:write", "files:read", "files:write"}
_HISTORY = {"channels:history", "groups:history"}
_SECRET_PATH = re.compile(r"services/[A-Za-z0-9]+/[A-Za-z0-9]+/[A-Za-z0-9]+")
_OK = 200

_silent = logging.getLogger("bos.connectors.slack.client")
_silent.setLevel(logging.CRITICAL)  # the vendor's client logs addresses and bodies


def channel_id(text: str) -> str:
    """Return the id of a channel. Raises Invalid where it is none."""
    if not text.isalnum() or not text.isascii():
        raise Invalid("The connection names no channel by its id.", hint="Write C0123456789.")
    return text


class Slack:
    """A workspace of Slack, by a bot or by an incoming webhook."""

    name = "slack"
    title = "Slack"
    purpose = "Tells a channel what happened, in threads by flow and week."
    schemes = ("https",)
    example = "https://slack.com/api"
    settings = (
        Wanted(
            "channel",
            "The id of the channel (bot); it is at the end of what Slack tells about a channel.",
            example="C0123456789",
            needed_where=(("way", _BOT),),
            reads=channel_id,
        ),
        Wanted(
            "way",
            "A bot; or a webhook, which has no threads, no files, and doubles after a lost answer.",
            default=_BOT,
            choices=(_BOT, "webhook"),
        ),
    )
    secrets = (
        Wanted("token", "The token of the bot, xoxb-…", needed_where=(("way", _BOT),)),
        Wanted(
            "webhook",
            "What follows hooks.slack.com/ in the address of a webhook: services/T…/B…/…",
            needed_where=(("way", _HOOK),),
        ),
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
        yield _scopes(who.headers)
        try:
            self._call("conversations_history", channel=self._channel(), limit=1)
        except BosError as error:
            yield Finding("Channel", ok=False, words=error.message, hint=error.hint)
            return
        yield Finding("Channel", ok=True, words="BOS can read the channel.")

    def send(self, message: Message, *, key: str) -> Receipt:
        """Post a message with its first picture, in its thread where that has begun, and its other files below it.

        A token that may not look for files gets its picture below, too; one that may not send them, no picture.
        By a webhook there is no key: a message whose answer was lost is posted again.

        Raises:
            Invalid: Slack never takes it like this.
            Unavailable: it was not delivered, or nobody can say.
        """
        if self._hooked:
            return self._post_to_hook(message)
        channel = self._channel()
        root, posted, files = self._look(channel, message, key)
        picture = next((file for file in message.attachments if file.media_type.startswith("image/")), None)
        if not posted:
            name = _named(picture.name, key) if picture else ""
            shown = shown_by(self._call, picture, name, self._target.timeout) if picture else None
            posted = self._post(channel, message, key, root, shown=shown, name=name if shown else "")
            files |= {name} if shown else set()
        left_out = self._below(channel, root or posted, message, key, files)
        link = str(self._call("chat_getPermalink", channel=channel, message_ts=posted).get("permalink", ""))
        return Receipt(f"{channel}/{posted}", link, left_out)

    # What is there already

    def _look(self, channel: str, message: Message, key: str) -> tuple[str, str, set[str]]:
        """Return the message the thread hangs on, the one with the key, and the files there; "" where there is none."""
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
            if _known(one).get("key") == key:
                posted = str(one["ts"])
                files.add(str(_known(one).get("picture")))
            files |= {str(_dict(file).get("name")) for file in one.get("files") or ()}
        return root, posted, files

    def _pages(self, method: str, **asked: Any) -> Iterator[dict[str, Any]]:
        cursor, seen = "", set[str]()
        while True:
            more = {"cursor": cursor} if cursor else {}
            answer = self._call(method, **asked, **more, limit=_PAGE, include_all_metadata=True)
            found = answer.get("messages")
            if not isinstance(found, list) or not all(isinstance(one, dict) and one.get("ts") for one in found):
                raise strange(self.title)
            yield from found
            cursor = str(_dict(answer.get("response_metadata")).get("next_cursor") or "")
            if not cursor:
                return
            if cursor in seen:
                raise strange(self.title, "gives the same page twice")
            seen.add(cursor)

    # What is made

    def _below(self, channel: str, root: str, message: Message, key: str, there: set[str]) -> str:
        """Send the files of a message that are not there into its thread; return what was left out."""
        left_out = ""
        for file in message.attachments:
            if (name := _named(file.name, key)) in there:
                continue
            try:
                self._upload(channel, root, file, name)
            except Unavailable as error:
                if error.code != NO_RIGHT or not file.media_type.startswith("image/"):
                    raise
                left_out = f"A picture was left out, since the token may not send files. {error.hint}"
        return left_out

    def _post(
        self, channel: str, message: Message, key: str, root: str, *, shown: tuple[str, str] | None, name: str
    ) -> str:
        known = {"key": key, "thread": _thread(message), "flow": message.flow, "picture": name}
        answer = self._call(
            "chat_postMessage",
            channel=channel,
            text=fallback(message),
            blocks=blocks(message, picture=shown),
            metadata={"event_type": EVENT, "event_payload": known},
            thread_ts=root or None,
            unfurl_links=False,
            unfurl_media=False,
        )
        if not answer.get("ts"):
            raise strange(self.title, "does not say what it posted")
        return str(answer["ts"])

    def _upload(self, channel: str, root: str, file: Attachment, name: str) -> None:
        alt = alt_of(file) if file.media_type.startswith("image/") else None
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
        notes = (f"A webhook takes no files and no pictures; in BOS: {left}",) if left else ()
        request = client.build_request(
            "POST", path, json={"text": fallback(message), "blocks": blocks(message, *notes)}
        )
        response = exchange(client, request, self.title)
        words = quoted(response.text, path)
        if response.status_code != _OK or words != "ok":
            raise refusal(words, response)
        return Receipt("", left_out=" ".join(notes))

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
        return needed(self._target.settings, "channel", channel_id)

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
            found = self._gate.trouble() or refusal("", httpx.Response(error.code, headers=list(error.headers.items())))
        except (AttributeError, KeyError, TypeError):  # the client reads an answer that Slack would not give
            found = self._gate.trouble() or strange(self.title)
        except (SlackClientError, HTTPException, OSError, ValueError) as error:
            found = self._gate.trouble() or broken(error)
        else:
            return answer
        raise found

    def _of(self, response: SlackResponse) -> BosError:
        told = response.data if isinstance(response.data, dict) else {}
        words = " ".join(str(told.get(name, "")) for name in ("error", "needed")).strip()
        words = quoted(words, self._target.secret("token", needed=False))
        return refusal(words, answer_of(response.status_code, response.headers))


def _scopes(headers: Mapping[str, str]) -> Finding:
    """Return whether a token may do what is needed, by the headers of an answer to it."""
    scopes = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), "")
    has = {one.strip() for one in scopes.split(",")}
    lacks = sorted(_NEEDED - has) + ([] if has & _HISTORY else ["channels:history"])
    if lacks:
        hint = "Add them to the app and install it again."
        return Finding("Scopes", ok=False, words=f"The token lacks: {', '.join(lacks)}.", hint=hint)
    return Finding("Scopes", ok=True, words="The token may write, send files and read the channel.")


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
