"""Calls: one place where requests are made, repeated where that is safe, and failures become errors."""

from __future__ import annotations

import re
import time
import uuid
from json import dumps
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from bos.client.http import httpx
from bos.client.problems import error_of, unreadable
from bos.errors import BosError, InputError, TooMany, Unavailable, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping

    from bos.model.answers.page import Page

A = TypeVar("A", bound=BaseModel)

TIMEOUT = httpx.Timeout(connect=10.0, read=180.0, write=60.0, pool=30.0)
LOST_SECONDS = 30.0  # a server that is started again answers within this time
REFUSED_SECONDS = 3.0  # nobody listened from the beginning of the call
BUSY_SECONDS = 10.0
MANY_SECONDS = 120.0  # told to wait: the window of the server's count is a minute
_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 1.0
_READS = frozenset({"GET", "HEAD"})
_HALF = re.compile("[\ud800-\udfff]")


class Calls:
    """Makes calls over a client. Every write carries a key: repeating it after a lost answer changes nothing."""

    def __init__(self, client: httpx.Client, *, patient: bool) -> None:
        self._client = client
        self._patient = patient

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def ask(
        self,
        answer: type[A],
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        upload: Callable[[], Iterable[bytes]] | None = None,
    ) -> A:
        """Return what the server answers. ``upload`` gives the body anew for each attempt.

        Raises:
            BosError: of the class that the problem document names.
            Unavailable: the server does not answer.
        """
        body = self.send(method, path, params=params, json=json, headers=headers, upload=upload)
        try:
            return answer.model_validate_json(body)
        except ValueError as error:
            raise unreadable(200) from error

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        upload: Callable[[], Iterable[bytes]] | None = None,
    ) -> bytes:
        """Return the body of the answer. Raises as :meth:`ask`."""
        own, written = dict(headers or {}), b""
        if json is not None:
            written = _written(json)
            own.setdefault("Content-Type", "application/json")
        if method not in _READS:
            own.setdefault("Idempotency-Key", str(uuid.uuid4()))
        asked = _asked(params or {})

        def attempt() -> bytes:
            more: dict[str, Any] = {"content": upload() if upload else written} if upload or written else {}
            self._open()
            response = self._client.request(method, path, params=asked, headers=own, **more)
            _check(response)
            return response.content

        return self._repeated(attempt)

    def stream(self, path: str) -> Generator[bytes, None, None]:
        """Yield the body of a long answer as it comes. Raises as :meth:`ask`; one that breaks off is Unavailable."""
        self._open()
        try:
            with self._client.stream("GET", path) as response:
                if response.status_code >= 400:  # noqa: PLR2004 - HTTP's classes
                    response.read()
                _check(response)
                yield from response.iter_bytes()
        except httpx.TransportError as error:
            raise _lost(self._client, error) from error

    def pages(self, page: type[Page[A]], path: str, *, params: Mapping[str, Any] | None = None) -> Iterator[A]:
        """Yield the items of a list, a page at a time."""
        cursor = None
        while True:
            found = self.ask(page, "GET", path, params={**(params or {}), "cursor": cursor})
            yield from found.items
            cursor = found.next
            if cursor is None:
                return

    def _open(self) -> None:
        if self._client.is_closed:
            raise UsageError("The workbench is closed.", hint="Open another one with bos.connect().")

    def _repeated(self, attempt: Callable[[], bytes]) -> bytes:
        began, pause, met = time.monotonic(), _FIRST_PAUSE, False
        while True:
            try:
                return attempt()
            except httpx.TransportError as error:
                met = met or not isinstance(error, httpx.ConnectError)
                patience = LOST_SECONDS if met else REFUSED_SECONDS
                trouble: Exception = _lost(self._client, error)
                trouble.__cause__ = error
            except TooMany as error:
                patience, trouble = MANY_SECONDS, error
                pause = max(pause, float(error.details.get("retry_after", pause)))
            except Unavailable as error:
                if error.code != Unavailable.default_code:
                    raise  # it says what is wrong, and asking again mends nothing
                patience, trouble = BUSY_SECONDS, error
            if not self._patient or time.monotonic() - began > patience:
                raise trouble
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)


def _asked(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of an address that have a value.

    Raises:
        InputError: one has half a character (a lone surrogate), which no address can say.
    """
    asked = {name: value for name, value in params.items() if value is not None and value != ()}
    for name, value in asked.items():
        for one in value if isinstance(value, list | tuple) else [value]:
            if _HALF.search(str(one)):
                hint = "Write it in UTF-8, without a lone surrogate."
                raise InputError("Half a character stands in what was asked for.", where=name, hint=hint)
    return asked


def _written(content: Any) -> bytes:
    """Return a body in JSON; half a character (a lone surrogate) is sent as JSON can say it: the server refuses it."""
    text = dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "backslashreplace")


def _check(response: httpx.Response) -> None:
    if response.is_success or response.status_code == httpx.codes.NOT_MODIFIED:
        return
    try:
        document = response.json()
    except ValueError:
        raise unreadable(response.status_code) from None
    if not isinstance(document, dict) or "type" not in document:
        raise unreadable(response.status_code)
    raise error_of(document)


def _lost(client: httpx.Client, error: httpx.TransportError) -> BosError:
    where = str(client.base_url)
    if isinstance(error, httpx.TimeoutException):
        return Unavailable("The server does not answer in time.", where=where, hint="Try again.")
    return Unavailable(
        "The server does not answer.", where=where, hint="Check that BOS runs there (bos up), and try again."
    )
