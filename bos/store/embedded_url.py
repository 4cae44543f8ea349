"""A PostgreSQL of the user's own, named by ``BOS_DATABASE_URL``: read its URL, and say clearly what is wrong with it.

No message shows the password.
"""

from __future__ import annotations

import os
from ipaddress import ip_address
from urllib.parse import parse_qs, urlsplit

import psycopg

from bos.errors import Unavailable, UsageError

OLDEST = 15
DRIVER = "postgresql+psycopg"
CONNECT_SECONDS = 10
_SCHEMES = ("postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg2", "postgresql+asyncpg")
_NAME = "BOS_DATABASE_URL"
_SHAPE = "Write it as postgresql://user:password@host:5432/database."

# What libpq says (it has no code for these), what BOS says, what to do.
_REFUSALS = (
    (
        "does not match host name",
        "The certificate of the database is for another host.",
        f"Name the host in {_NAME} as the certificate does.",
    ),
    (
        "certificate verify failed",
        "The certificate of the database is not trusted.",
        f"Name the authority that signed it: add sslrootcert=/path/to/ca.pem to {_NAME}.",
    ),
    (
        "does not support ssl",
        "The database speaks no TLS, so what it is told could be read on the way.",
        f"Set TLS up there; where the way is protected otherwise, add sslmode=disable to {_NAME}.",
    ),
    ("root certificate file", "The file of sslrootcert cannot be read.", f"Correct its path in {_NAME}."),
    ("password authentication failed", "The database refuses the user or the password.", f"Check both in {_NAME}."),
    ("no password supplied", "The database asks for a password.", f"Add it to {_NAME}."),
    ("no pg_hba.conf entry", "The database does not let this machine or user in.", "Add a line to its pg_hba.conf."),
    ("peer authentication failed", "The database does not let this user in.", f"Add host and password to {_NAME}."),
    ('role "', "The database has no such user.", "Create the role, or name another user."),
    ('database "', "The server has no such database.", "Create it with createdb, or name another one."),
    ("refused", "No PostgreSQL listens there.", "Start it, or correct host and port."),
    ("no such file", "No PostgreSQL listens on that socket.", "Start it, or correct the folder of the socket."),
    ("could not translate host name", "The database's host name is not known.", "Correct the host."),
    ("resolve", "The database's host name is not known.", "Correct the host."),
    ("timeout", "The database does not answer in time.", "Check host, port and firewall."),
    ("timed out", "The database does not answer in time.", "Check host, port and firewall."),
    ("too many", "The database takes no further connections.", "Raise its max_connections, or try again."),
    ("ssl", "The encrypted connection to the database fails.", "Check sslmode and the certificates."),
)


def normalise(url: str) -> str:
    """Return ``url`` with the driver BOS uses (psycopg 3), and with TLS to a database on another machine.

    Where neither the URL nor ``PGSSLMODE`` says otherwise, such a connection is encrypted and made only to a server
    whose certificate is for that host (``sslmode=verify-full``) and signed by ``sslrootcert``, else by an authority
    that this machine trusts (https://www.postgresql.org/docs/current/libpq-ssl.html).

    Raises:
        UsageError: it is not a PostgreSQL URL.
    """
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it checks it
    except ValueError as error:
        raise UsageError("The database URL cannot be read.", where=_NAME, hint=_SHAPE) from error
    if parts.scheme not in _SCHEMES:
        raise UsageError(f"Not a PostgreSQL URL: it begins with {parts.scheme!r}.", where=_NAME, hint=_SHAPE)
    if not parts.path.strip("/") and "dbname" not in parse_qs(parts.query):
        raise UsageError("The database URL names no database.", where=_NAME, hint=_SHAPE)
    return _protected(f"{DRIVER}:{url.partition(':')[2]}")


def _protected(url: str) -> str:
    given = parse_qs(urlsplit(url).query)
    if local(url) or "sslmode" in given or os.environ.get("PGSSLMODE"):
        return url
    more = "sslmode=verify-full"
    if "sslrootcert" not in given and not os.environ.get("PGSSLROOTCERT"):
        more += "&sslrootcert=system"
    return f"{url}{'&' if urlsplit(url).query else '?'}{more}"


def local(url: str) -> bool:
    """Return whether the database of ``url`` is on this machine: behind a socket of its own, or a loopback address."""
    parts = urlsplit(url)
    given = parse_qs(parts.query)
    named = (parts.hostname, given.get("host", [""])[0], given.get("hostaddr", [""])[0])
    host = next((one for one in (*named, os.environ.get("PGHOST"), os.environ.get("PGHOSTADDR")) if one), "")
    if not host or host.startswith("/") or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def verified(url: str) -> bool:
    """Return whether a connection to ``url`` (normalised) is made only to a server that proves who it is."""
    mode = parse_qs(urlsplit(url).query).get("sslmode", [os.environ.get("PGSSLMODE", "")])[0]
    return mode == "verify-full"


def place(url: str) -> str:
    """Return host, port and database of ``url`` for a message: no user, no password."""
    parts = urlsplit(url)
    host = parts.hostname or parse_qs(parts.query).get("host", ["the local socket"])[0]
    port = f":{parts.port}" if parts.port else ""
    return f"{host}{port}{parts.path}"


def check(url: str) -> str:
    """Return the version of the PostgreSQL at ``url`` (normalised), such as ``15.8``.

    Raises:
        Unavailable: it does not let BOS in, or is older than ``OLDEST``.
        UsageError: an option of the URL is not known.
    """
    try:
        with psycopg.connect(url.replace("+psycopg", "", 1), connect_timeout=CONNECT_SECONDS) as connection:
            number = connection.info.server_version
    except psycopg.OperationalError as error:
        raise _refusal(str(error), url) from None
    except psycopg.ProgrammingError:
        raise UsageError("The database URL has an option that is not known.", where=_NAME, hint=_SHAPE) from None
    major, minor = divmod(number, 10_000)
    if major < OLDEST:
        raise Unavailable(
            f"The database is PostgreSQL {major}; BOS needs {OLDEST} or later.",
            where=place(url),
            hint="Upgrade it, or name another one.",
        )
    return f"{major}.{minor}"


def _refusal(text: str, url: str) -> Unavailable:
    lowered = text.lower()
    for sign, message, hint in _REFUSALS:
        if sign in lowered:
            return Unavailable(message, where=place(url), hint=hint)
    return Unavailable("The database does not let BOS in.", where=place(url), hint=f"Check {_NAME}.")
