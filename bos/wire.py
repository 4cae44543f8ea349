"""What connectors to systems that speak HTTP have in common: errors of answers, short answers, how long to wait."""

from __future__ import annotations

import base64
import html
import json
import re
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, quote_plus

import httpx
import pyarrow as pa

from bos.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import timedelta

    from bos.ports import Target

MOST_AT_ONCE = 64 << 20
"""Bytes of an answer that is read whole, unpacked, at most: what is made of it fills several times as much memory."""
_REFUSED = (401, 403)
_ABSENT = (404, 410)
_BUSY = (408, 429, 503)
_LONG = "system.long"
_AGAIN = "Try again later."
_LONGEST = 16 << 20
_PATIENCE = 30.0
_OF_THE_WIRE = ("content-encoding", "content-length", "transfer-encoding")
_QUOTED = 300
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
"""What JSON can say and no text that is kept may have: NUL, and half a character (a lone surrogate)."""
_TELLING = 4
"""So many characters of a secret say something of it."""


_HALVINGS = 6
"""How often a span is halved whose answer is too long: an answer without end is not asked for without end."""
_Answer = TypeVar("_Answer")


class OverHttp:
    """A part of a connector that speaks HTTP to its address: one client, opened when first asked for, closed once.

    For subclasses, ``_target``, ``_client()`` and ``_sign(client)`` are as public as what has no line before it.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._opened: httpx.Client | None = None

    def close(self) -> None:
        """Close the connections."""
        if self._opened is not None:
            self._opened.close()

    def _client(self) -> httpx.Client:
        """Return the client, with what lets BOS in.

        Raises:
            bos.errors.Invalid: a secret that is needed is not there; the next call looks for it again.
        """
        if self._opened is None:
            client = self._target.http()
            try:
                self._sign(client)
            except BaseException:
                client.close()
                raise
            self._opened = client
        return self._opened

    def _sign(self, client: httpx.Client) -> None:
        """Give a new client what every request has: who asks, and the like. By itself nothing."""


def answered(response: httpx.Response, system: str) -> httpx.Response:
    """Return an answer of a system that is one; ``system`` is what people call it.

    Raises:
        bos.errors.Unavailable: it refuses (``system.refused``), knows no such address (``system.absent``), is busy
            (``system.busy``; ``details.retry_after`` are the seconds it asks for, if any), sends BOS elsewhere
            (``system.elsewhere``), or fails (``system.failed``).
    """
    status = response.status_code
    if response.is_success:
        return response
    if response.is_redirect:
        raise Unavailable(
            f"{system} sends BOS to another address, and BOS follows none.",
            hint="Write the address it leads to into the connection, if that is right.",
            code="system.elsewhere",
        )
    if status in _REFUSED:
        raise Unavailable(
            f"{system} does not let BOS in (HTTP {status}).",
            hint="Give the connection a secret that is good, with the rights its page lists.",
            code="system.refused",
        )
    if status in _ABSENT:
        raise Unavailable(
            f"{system} knows nothing at this address (HTTP {status}).",
            hint="Check the address of the connection.",
            code="system.absent",
        )
    if status in _BUSY:
        raise Unavailable(
            f"{system} is busy (HTTP {status}).",
            hint=_AGAIN,
            code="system.busy",
            details={"retry_after": retry_after(response.headers.get("Retry-After"), datetime.now(UTC))},
        )
    raise Unavailable(f"{system} fails (HTTP {status}).", hint="Ask those who run it.", code="system.failed")


def exchange(client: httpx.Client, request: httpx.Request, system: str) -> httpx.Response:
    """Return the whole answer to a request, whatever its status; for the short answers that sinks get.

    Raises:
        Unavailable: it is longer than 16 MB, or still comes after twice the timeout of a single read.
    """
    patience = (client.timeout.read or _PATIENCE) * 2
    until = time.monotonic() + patience
    response = client.send(request, stream=True)
    try:
        body = bytearray()
        for part in response.iter_bytes():
            body += part
            if len(body) > _LONGEST or time.monotonic() > until:
                raise Unavailable(f"{system} does not come to the end of an answer.", hint=_AGAIN, code="system.slow")
    except httpx.DecodingError:
        raise Unavailable(f"{system} sends an answer that cannot be read.", hint=_AGAIN, code="system.failed") from None
    finally:
        response.close()
    return unpacked(response, bytes(body))


def unpacked(response: httpx.Response, content: bytes) -> httpx.Response:
    """Return an answer that was streamed as one that was read whole; ``content`` is its body, unpacked."""
    headers = [(name, value) for name, value in response.headers.multi_items() if name not in _OF_THE_WIRE]
    return httpx.Response(
        response.status_code, headers=headers, content=content, request=response.request, extensions=response.extensions
    )


def too_long(system: str) -> Invalid:
    """Return the error of an answer that is longer than BOS reads at once (``system.long``)."""
    return Invalid(
        f"The answer of {system} is longer than {MOST_AT_ONCE >> 20} MB, more than BOS reads at once.",
        hint="Let the query give less: fewer series or rows, longer steps, or a shorter window.",
        code=_LONG,
    )


def in_spans(
    ask: Callable[[datetime, datetime], _Answer],
    begins: datetime,
    end: datetime,
    *,
    step: timedelta,
    most: int,
    halved: bool = True,
) -> Iterator[tuple[datetime, datetime, _Answer]]:
    """Yield what ``ask(begins, until)`` returns of one span after the other, with both its moments.

    A span has ``most`` steps, or fewer at the end. One whose answer is too long is asked for in halves, and so are
    those after it: down to a 64th of it, and to one step. Not so where it is not ``halved``: rows that a query makes of
    a whole span, such as totals, would be others.

    Raises:
        Invalid: the answer of such a part is too long, too (``system.long``).
    """
    halvings = _HALVINGS if halved else 0
    while begins < end:
        until = min(end, begins + most * step)
        try:
            found = ask(begins, until)
        except Invalid as error:
            most = -(-(until - begins) // step) // 2
            if error.code != _LONG or not most or not halvings:
                raise
            halvings -= 1
            continue
        yield begins, until, found
        begins = until


def quoted(text: str, *hidden: str | None) -> str:
    """Return what a system says, for a hint: one line of at most 300 characters, without secrets it may repeat."""
    line = " ".join(without(text, *hidden).split())
    return line if len(line) <= _QUOTED else f"{line[: _QUOTED - 1]}…"


def storable(text: str) -> str:
    """Return what a system says as it can be kept: for NUL and half a character (a lone surrogate) stands U+FFFD."""
    return _NO_TEXT.sub("\N{REPLACEMENT CHARACTER}", text)


def without(text: str, *hidden: str | None) -> str:
    """Return a text without secrets: as they are, as an address, JSON or HTML writes them, or inside base64 (Basic).

    The beginning of a secret that the end of the text cuts off is taken out, too; what is left is :func:`storable`.
    """
    text = storable(text)
    for secret in sorted({one.strip() for one in hidden if one and one.strip()}, key=len, reverse=True):
        for form in {*_written(secret), secret}:
            text = _cut(text.replace(form, "…"), form)
        for core in _cores(secret.encode("utf-8", "replace")):
            text = _cut(re.sub(rf"[\w+/-]*{re.escape(core)}[\w+/-]*=*", "…", text), core)
    return text


def _written(secret: str) -> Iterator[str]:
    yield from (quote(secret, safe=""), quote(secret), quote_plus(secret))
    yield from (json.dumps(secret)[1:-1], html.escape(secret), repr(secret)[1:-1])


def _cores(secret: bytes) -> Iterator[str]:
    """Yield what base64 makes of a secret, whatever stands before and after it, in both alphabets."""
    for before in range(3):
        whole = base64.b64encode(bytes(before) + secret).decode()
        core = whole[-(-before * 8 // 6) : (before + len(secret)) * 8 // 6]
        if len(core) >= _TELLING:
            yield from {core, core.translate(str.maketrans("+/", "-_"))}


def _cut(text: str, form: str) -> str:
    end = text.rstrip("….")
    for size in range(len(form) - 1, _TELLING - 1, -1):
        if end.endswith(form[:size]):
            return f"{end[:-size]}…"
    return text


def json_of(response: httpx.Response, system: str) -> Any:
    """Return the JSON of an answer.

    Raises:
        bos.errors.Unavailable: as ``answered``; or it is no JSON.
    """
    try:
        return answered(response, system).json()
    except (ValueError, RecursionError):
        raise strange(system) from None


def words_of(response: httpx.Response) -> str:
    """Return what an answer says (``message``), such as why it is none; empty where it says nothing."""
    try:
        found = response.json()
    except (ValueError, RecursionError):
        return ""
    return str(found.get("message") or "") if isinstance(found, dict) else ""


def texts(values: Sequence[str | None]) -> pa.Array:
    """Return texts as a column.

    Half a character (a lone surrogate), which JSON can say and no text may have, becomes bytes that are no UTF-8: an
    import refuses the row it is of, and takes the others.
    """
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:
        halves = [None if value is None else value.encode("utf-8", "surrogatepass") for value in values]
        return pa.array(halves, pa.binary()).view(pa.string())


def strange(system: str, does: str = "") -> Unavailable:
    """Return the error of an answer that is not such as the system gives; ``does`` says what it does instead."""
    message = f"{system} {does}." if does else f"It does not answer as {system} does."
    return Unavailable(message, hint="Check the address of the connection.", code="system.strange")


def retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds a ``Retry-After`` header asks for (RFC 9110: seconds or a date), if it says either."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - now).total_seconds())
