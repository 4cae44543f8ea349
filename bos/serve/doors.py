"""Where ``bos up`` listens: for what runs on this machine, and by TLS for browsers of others."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bos.errors import UsageError
from bos.home import Home
from bos.serve.address import listen

if TYPE_CHECKING:
    import socket
    from contextlib import ExitStack

    from bos.settings import Settings

_OWN = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Doors:
    """Listening sockets: the API's and the apps' for this machine, and those that speak TLS, where there are such."""

    api: socket.socket
    apps: socket.socket
    public_api: socket.socket | None = None
    public_apps: socket.socket | None = None

    @property
    def port(self) -> int:
        """The port by which browsers reach the API."""
        return int((self.public_api or self.api).getsockname()[1])

    @property
    def apps_port(self) -> int:
        """The port by which browsers reach the apps."""
        return int((self.public_apps or self.apps).getsockname()[1])


def open_doors(settings: Settings, undo: ExitStack) -> Doors:
    """Return the sockets of a home; ``undo`` closes them.

    With a certificate, ``host`` and the ports are those of TLS, and what runs on this machine comes by free ports of
    its own.

    Raises:
        UsageError: the host cannot be listened on.
        Conflict: a port is taken.
    """
    host, port, apps_port = settings.host, settings.port, settings.apps_at
    api = undo.enter_context(listen(host, port, others=settings.tls))
    apps = undo.enter_context(listen(host, apps_port, option="--apps-port", others=settings.tls))
    if not settings.tls:
        return Doors(api, apps)
    own = [undo.enter_context(listen(_OWN, 0)) for _ in range(2)]
    return Doors(own[0], own[1], public_api=api, public_apps=apps)


def check_open_to_others(settings: Settings) -> None:
    """Return when BOS may listen as the settings say: for others only with a sign-on, a certificate and no demo.

    Raises:
        UsageError: it may not; says what is missing.
    """
    _check_sign_on(settings)
    if settings.tls:
        _check_certificate(settings)
    if not _is_loopback(settings.host) and not (settings.sign_on and settings.tls):
        missing = "a sign-on (BOS_OIDC_ISSUER)" if not settings.sign_on else "a certificate (BOS_TLS_CERTIFICATE)"
        raise UsageError(
            f"BOS lets others in only with a sign-on and TLS; {missing} is missing.",
            where="BOS_HOST",
            hint="Set both, or leave BOS_HOST at 127.0.0.1.",
        )


def _check_sign_on(settings: Settings) -> None:
    if not settings.sign_on:
        if settings.first_admin is not None:
            raise UsageError(
                "A first administrator is named, but there is no sign-on.",
                where="BOS_FIRST_ADMIN",
                hint="Set BOS_OIDC_ISSUER, or leave BOS_FIRST_ADMIN out: on one machine you administer the home.",
            )
        return
    if Home(settings.home).is_demo:
        raise UsageError(
            "A demo lets one person act as many, and takes no sign-on.",
            where="BOS_OIDC_ISSUER",
            hint="Choose another home with --home.",
        )
    if settings.apps_url is not None and urlsplit(settings.apps_url).hostname != settings.public_host:
        raise UsageError(
            "The apps and the API have two names, and a session is good for one.",
            where="BOS_APPS_URL",
            hint="Give BOS_PUBLIC_URL and BOS_APPS_URL the same host.",
        )
    if settings.tls and settings.public_url is None:
        raise UsageError(
            "The name in the certificate is not told.",
            where="BOS_PUBLIC_URL",
            hint="Set it to the address that browsers use, such as https://bos.bank.example:8765.",
        )


def _check_certificate(settings: Settings) -> None:
    if not settings.sign_on:
        raise UsageError(
            "A certificate without a sign-on would let others in whom nobody knows.",
            where="BOS_TLS_CERTIFICATE",
            hint="Set BOS_OIDC_ISSUER too.",
        )
    if urlsplit(settings.public_url or "").scheme != "https":
        raise UsageError("With a certificate, browsers come by https.", where="BOS_PUBLIC_URL", hint="Begin it so.")
    try:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(settings.tls_certificate or "", settings.tls_key, password=_no_password)
    except (OSError, ssl.SSLError, ValueError) as error:
        raise UsageError(
            "The certificate and its key cannot be used together.",
            where="BOS_TLS_CERTIFICATE, BOS_TLS_KEY",
            hint="Give PEM files that BOS may read: the certificate with its chain, and its key without a passphrase.",
        ) from error


def _no_password() -> str:
    raise ValueError("the key has a passphrase")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
