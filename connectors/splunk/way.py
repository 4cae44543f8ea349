"""The way to Splunk: the SDK's requests over sockets that BOS opens, and what goes wrong on it in words."""

from __future__ import annotations

import http.client
import io
import json
import re
import socket
import ssl
import time
from contextlib import closing, contextmanager
from html import unescape
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlencode, urlsplit

import httpx
from splunklib import binding

from bos.errors import BosError, Invalid, Unavailable
from bos.reads import plain_name, seconds, setting, user_name
from bos.wire import MOST_AT_ONCE, answered, strange, too_long

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from bos.ports import Target

TITLE = "Splunk"
PATIENCE = 600
"""Seconds that a search may go on without a whole row or message, where nothing else is said."""
read_patience = seconds("quiet_seconds", 1, 24 * 3600, example=PATIENCE)
_PIECE = 256 * 1024
_TRIES, _LONGEST_WAIT = 3, 30.0
_LONGEST_FAULT = 1_000_000
_BAD, _REDIRECTS, _CONFLICT = 400, range(300, 400), 409
_BUSY = {429, 503}
_MESSAGE = re.compile(rb"<msg[^>]*>(.*?)</msg>", re.DOTALL)
T = TypeVar("T")
_PORTS = {"http": 80, "https": 443}


class _Timed(io.RawIOBase):
    """What comes over a socket, each silence bound by ``timeout``, and all of it by :meth:`bound`."""

    def __init__(self, sock: socket.socket, raw: Any, timeout: float) -> None:
        self._sock, self._raw, self._timeout = sock, raw, timeout
        self._until = time.monotonic() + timeout

    def bound(self, seconds: float) -> None:
        """Let no more come so many seconds from now on."""
        self._until = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read. Raises TimeoutError after a silence, and once the time is over."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(min(self._timeout, left))
        read: int | None = self._raw.readinto(buffer)
        return read

    def close(self) -> None:
        """Give the socket up."""
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """An answer whose headers have to be there in twice the time of a silence."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        silence = sock.gettimeout() or _LONGEST_WAIT
        self.fp.close()
        self.timed = _Timed(sock, sock.makefile("rb", buffering=0), silence)
        self.fp = io.BufferedReader(self.timed)
        self.timed.bound(2 * silence)


class _Plain(http.client.HTTPConnection):
    """A connection of a host name to the number that was looked at."""

    response_class = _Response

    def __init__(self, target: Target, host: str, port: int, *, tls: bool) -> None:
        super().__init__(host, port, timeout=target.timeout)
        self._target, self._tls = target, tls

    def connect(self) -> None:
        """Connect to the number; name and certificate stay those of the host."""
        number = self._target.numeric(self.host, self.port)
        self.sock = socket.create_connection((number, self.port), self.timeout)
        if self._tls:
            try:
                self.sock = self._target.tls().wrap_socket(self.sock, server_hostname=self.host)
            except BaseException:
                self.sock.close()
                raise


class _Body:
    """The body of an answer; its end closes the connection, which is for this answer alone."""

    def __init__(self, response: _Response, connection: _Plain, patience: float) -> None:
        self._response, self._connection, self._patience = response, connection, patience

    def read(self, size: int | None = None) -> bytes:
        """Return so many bytes, or all that is left. Raises as :meth:`pieces`."""
        if size is not None:
            self._response.timed.bound(self._patience)
            return self._response.read(size)
        return b"".join(self.pieces())

    def pieces(self) -> Iterator[bytes]:
        """Yield all that is left as it comes.

        Raises:
            Unavailable: that has no end in time.
            Invalid: it is longer than BOS reads at once (``system.long``).
        """
        until, size = time.monotonic() + self._patience, 0
        while piece := self.read1(_PIECE):
            size += len(piece)
            if size > MOST_AT_ONCE:
                self.close()
                raise too_long(TITLE)
            yield piece
            if time.monotonic() > until:
                raise slow()
        if self._response.length:
            raise http.client.IncompleteRead(b"", self._response.length)
        self.close()

    def read1(self, size: int) -> bytes:
        """Return what has come, at most so many bytes; nothing at the end. Raises Unavailable where that takes long."""
        until = time.monotonic() + self._patience
        self._response.timed.bound(self._patience)
        try:
            return self._response.read1(size)
        except TimeoutError:
            if time.monotonic() < until:  # a silence
                raise
            raise slow() from None

    def close(self) -> None:
        """Close the connection."""
        self._response.close()
        self._connection.close()


class Way:
    """Asks one Splunk; ``told`` has what a person should know though it was no error."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self.patience = patience_of(target.settings)
        self.told: list[str] = []
        self._context: Any = None
        self._body: Any = None

    def close(self) -> None:
        """Close the answer that is being read, if any: Splunk gives up its search then."""
        if self._body is not None:
            self._body.close()

    def tell(self, words: str) -> None:
        """Note what a person should know, once."""
        if words not in self.told:
            self.told.append(words)

    def ask(self, method: str, path: str, **form: str) -> Any:
        """Return the body of an answer (``read``, ``read1``, ``close``); that a busy Splunk was asked again is told.

        Raises:
            Invalid: Splunk refuses what it was asked (``query``, with its words).
            Unavailable: it does not answer, does not let BOS in, or stays busy.
        """
        for tried in range(1, _TRIES + 1):
            try:
                return self._once(method, path, form)
            except Unavailable as error:
                wait = (error.details.get("retry_after") or float(tried)) if error.code == "system.busy" else None
                if wait is None or wait > _LONGEST_WAIT or tried == _TRIES:
                    raise
                self.tell(f"{TITLE} was busy; it was asked again after {wait:g} s.")
                time.sleep(wait)
        raise AssertionError

    def json(self, method: str, path: str, **form: str) -> dict[str, Any]:
        """Return an answer; an empty one as an empty object. Raises as :meth:`ask`."""
        coming = self.coming(method, path, None, **form)
        while True:
            try:
                next(coming)
            except StopIteration as end:
                found: dict[str, Any] = end.value
                return found

    def coming(self, method: str, path: str, meanwhile: T, **form: str) -> Generator[T, None, dict[str, Any]]:
        """Return an answer as :meth:`json` does; yields ``meanwhile`` each time that a piece of it has come."""
        with said(), closing(self.ask(method, path, output_mode="json", **form)) as body:
            text = bytearray()
            for piece in body.pieces():
                text += piece
                yield meanwhile
            found = json.loads(text) if text else {}
        if not isinstance(found, dict):
            raise strange(TITLE)
        return found

    def _once(self, method: str, path: str, form: dict[str, str]) -> Any:
        with said():
            context = self._signed_in()
            if method == "POST":  # as a body: of its arguments the SDK keeps some (owner, sharing) for itself
                self._body = context.post(path, body=urlencode(form)).body
            else:
                self._body = context.get(path, **form).body
            return self._body

    def _signed_in(self) -> Any:
        if self._context is None:
            # No retries of the SDK: they are silent, and are never counted anew.
            options = {"handler": self._send, "retries": 0, **self._place(), **self._secret()}
            self._context = binding.connect(**options)
        return self._context

    def _place(self) -> dict[str, Any]:
        parts = urlsplit(self._target.address)
        port = parts.port or _PORTS[parts.scheme]
        place: dict[str, Any] = {"scheme": parts.scheme, "host": parts.hostname, "port": port}
        if app := setting(self._target.settings, "app", plain_name):
            place |= {"app": app, "owner": owner_of(self._target.settings)}
        return place

    def _secret(self) -> dict[str, Any]:
        if (token := self._target.secret("token", needed=False)) is not None:
            return {"splunkToken": token}
        if "user" not in self._target.settings:
            self._target.secret("token")
        password = self._target.secret("password")
        return {"username": self._target.settings["user"], "password": password, "autologin": True}

    def _send(self, url: str, message: dict[str, Any], **_: object) -> dict[str, Any]:
        """Send a request as the SDK wants it (its ``handler``): pinned, verified, bounded in time."""
        parts = urlsplit(url)
        connection = _Plain(self._target, parts.hostname or "", parts.port or 0, tls=parts.scheme == "https")
        headers = {"User-Agent": "BOS", "Accept": "*/*", **dict(message["headers"]), "Connection": "close"}
        path = f"{self._base()}{parts.path}{f'?{parts.query}' if parts.query else ''}"
        try:
            connection.request(message["method"], path, message.get("body", b""), headers)
            response = cast("_Response", connection.getresponse())
        except BaseException:
            connection.close()
            raise
        body = _Body(response, connection, self.patience)
        told: Any = body
        if response.status >= _REDIRECTS.start:
            with closing(body):
                response.timed.bound(2 * self._target.timeout)
                told = io.BytesIO(response.read(_LONGEST_FAULT))
        if response.status in _REDIRECTS:
            answered(httpx.Response(response.status, headers={"Location": "/"}), TITLE)
        return {"status": response.status, "reason": response.reason, "headers": response.getheaders(), "body": told}

    def _base(self) -> str:
        return urlsplit(self._target.address).path.rstrip("/")


def patience_of(settings: Mapping[str, str]) -> int:
    """Return how many seconds a search may go on without a whole row or message.

    Raises:
        Invalid: the setting ``quiet_seconds`` cannot be read.
    """
    return read_patience(settings.get("quiet_seconds", str(PATIENCE)))


def owner_of(settings: Mapping[str, str]) -> str:
    """Return whose namespace the app is asked in. Raises Invalid where the setting ``owner`` cannot be read."""
    return setting(settings, "owner", user_name) or "nobody"


def slow() -> Unavailable:
    """Return the error of a search that goes on and on without a row."""
    return Unavailable(
        f"{TITLE} keeps the answer open, and no whole row comes.",
        hint="Ask for less, or give its searches more seconds (the setting quiet_seconds).",
        code="system.slow",
    )


@contextmanager
def said() -> Iterator[None]:
    """Turn what the SDK and the socket raise into errors of BOS, without a secret in them."""
    try:
        yield
    except BosError:
        raise
    except binding.HTTPError as error:
        raise _refused(error) from None
    except ssl.SSLCertVerificationError as error:
        raise Unavailable(
            f"The certificate of {TITLE} is not trusted: {error.verify_message}.",
            hint="Check the address, and the authorities that sign certificates here.",
            code="system.certificate",
        ) from None
    except TimeoutError:
        raise Unavailable(
            f"{TITLE} does not answer in time.",
            hint="Try again, or give the connection more seconds (timeout_seconds).",
            code="system.slow",
        ) from None
    except (http.client.HTTPException, OSError) as error:
        raise Unavailable(
            f"The connection to {TITLE} broke ({type(error).__name__}).",
            hint="Try again; what was stored stays, and nothing is stored twice.",
            code="system.silent",
        ) from None
    except (ValueError, RecursionError, binding.AuthenticationError):
        raise strange(TITLE) from None


def _refused(error: Any) -> BosError:
    """Return what an HTTP error of the SDK is: its own text has the body's bytes in it, and one message of all."""
    words = words_of(error.body)
    if error.status in {_BAD, _CONFLICT}:
        code = "query" if error.status == _BAD else "system.exists"
        return Invalid(f"{TITLE} cannot do this.", hint=f"It says: {words}"[:500], code=code)
    headers = {name: value for name, value in error.headers if name.lower() == "retry-after"}
    try:
        answered(httpx.Response(error.status, headers=headers), TITLE)
    except Unavailable as found:
        if words and error.status not in _BUSY:
            found.hint = f"{found.hint} It says: {words}"[:500]
        return found
    raise AssertionError


def words_of(body: bytes) -> str:
    """Return every message of an error's body, JSON or XML."""
    try:
        found = json.loads(body)["messages"]
        return "; ".join(str(one.get("text", "")) for one in found)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "; ".join(unescape(part.decode("utf-8", "replace")).strip() for part in _MESSAGE.findall(body))
