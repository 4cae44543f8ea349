"""Which hosts BOS may connect to, and at which addresses."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bos.errors import Forbidden, Unavailable, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_SETTING, _PRIVATE = "BOS_OUTGOING_HOSTS", "BOS_OUTGOING_PRIVATE"
_LAST_PORT = 65535
_RULE = re.compile(r"(\[(?P<six>[0-9a-f:.]+)\]|(?P<name>(\*\.)?[^\s*/:\[\]]+))(:(?P<port>[0-9]{1,5}))?")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_GLOBAL6 = ipaddress.IPv6Network("2000::/3")
"""The open internet: outside it are IPv4 in further disguises (RFC 4291, 6145, 8215), and site-local addresses."""
_CLOSED = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20")))
"""Protocol assignments, 6to4 relays and documentation (RFC 6890, 7526, 9637), not all of which Python knows."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What an operator allows: hosts by name, and networks that are not of the open internet.

    ``hosts`` are names such as ``splunk.bank.example:8089`` (without a port: any), ``*.atlassian.net`` for what is
    below a name, ``[::1]:9090``, ``::1`` or an IPv4 address. A host that leads to an address of the machine
    itself, of a private network or of none (loopback, link-local, RFC 1918 …) is refused unless one of ``private`` has
    it.
    """

    hosts: tuple[tuple[str, int | None], ...] = ()
    private: tuple[Network, ...] = ()

    @classmethod
    def of(cls, hosts: str | None, private: str | None) -> Allowed:
        """Return what two settings allow: names and networks, separated by commas.

        Raises:
            UsageError: one of them cannot be read.
        """
        return cls(tuple(map(_host, _parts(hosts))), tuple(map(_network, _parts(private))))

    def numeric(self, host: str, port: int) -> str:
        """Return the address to connect to: the first that the name leads to, if all of them are allowed.

        Every address is looked at, since whoever answers for the name may mix them; and whoever connects must connect
        to what is returned, since the name may lead elsewhere a moment later.

        Raises:
            Forbidden: the host is not allowed, or the name leads to an address that is not (``outgoing``).
            Unavailable: the name leads nowhere.
        """
        name = _six(host) or host.rstrip(".").lower()
        if not any(_fits(name, port, *rule) for rule in self.hosts):
            place = f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
            raise _refused(f"BOS may not connect to {place}.", f"Whoever operates BOS adds {place} to {_SETTING}.")
        try:
            found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
        except OSError:
            raise Unavailable(
                f"No machine is called {name}.", hint="Check the address of the connection.", code="system.nowhere"
            ) from None
        numbers = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        for number in numbers:
            if not self._open(number):
                raise _refused(
                    f"{name} leads to {number}, an address of a private network or of this machine.",
                    f"Whoever operates BOS adds the network to {_PRIVATE}, if BOS is to reach it.",
                )
        return numbers[0]

    def _open(self, number: str) -> bool:
        address = ipaddress.ip_address(number.partition("%")[0])
        if any(address in network for network in self.private if network.version == address.version):
            return True
        inside = _inside(address) if isinstance(address, ipaddress.IPv6Address) else None
        if inside is not None:
            return self._open(str(inside))
        if address not in _GLOBAL6 and address.version == _GLOBAL6.version:
            return False
        closed = any(address in network for network in _CLOSED if network.version == address.version)
        return address.is_global and not address.is_multicast and not closed


def _inside(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 address leads to: mapped, 6to4 (RFC 3056) or NAT64 (RFC 6052)."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour


def _refused(message: str, hint: str) -> Forbidden:
    return Forbidden(message, hint=hint, code="outgoing")


def _parts(text: str | None) -> Iterable[str]:
    return (part for part in (part.strip() for part in (text or "").split(",")) if part)


def _host(text: str) -> tuple[str, int | None]:
    if (six := _six(text)) is not None:
        return six, None
    found = _RULE.fullmatch(text.lower())
    port = int(found["port"]) if found and found["port"] else None
    if found is None or (port is not None and not 0 < port <= _LAST_PORT):
        raise UsageError(
            f"{text!r} names no host.",
            where=_SETTING,
            hint="Write names such as splunk.bank.example:8089 or *.atlassian.net, separated by commas.",
        )
    return _six(found["six"] or "") or (found["six"] or found["name"]).rstrip("."), port


def _six(text: str) -> str | None:
    """Return an IPv6 address, written with or without brackets, as an address of a connection may write it, too."""
    bare = text[1:-1] if text[:1] + text[-1:] == "[]" else text
    try:
        return str(ipaddress.IPv6Address(bare))
    except ValueError:
        return None


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise UsageError(
            f"{text!r} is no network.", where=_PRIVATE, hint="Write networks such as 10.20.0.0/16, separated by commas."
        ) from None


def _fits(host: str, port: int, name: str, only: int | None) -> bool:
    if only is not None and only != port:
        return False
    return host.endswith(name[1:]) and len(host) >= len(name) if name.startswith("*.") else host == name
