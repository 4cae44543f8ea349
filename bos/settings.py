"""Settings: the environment and ``bos.toml`` of a home become one frozen object."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bos.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_PORT = 8765
_ENGINES = re.compile(r"duckdb|local(\[([1-9][0-9]*|\*)\])?|yarn|(spark|k8s)://\S+")
_LAST_PORT = 65535
_NUMBERS = {
    "port": ("port", 0, _LAST_PORT),
    "apps_port": ("port of the apps", 0, _LAST_PORT),
    "apps_kernels": ("number of pages", 1, 1000),
    "apps_kernels_each": ("number of pages of a person", 1, 1000),
    "rate_limit": ("number of requests a minute", 0, 1_000_000),
    "upload_mib": ("size of an upload in MiB", 1, 1024 * 1024),
    "apps_warm": ("number of waiting kernels", 0, 100),
    "session_minutes": ("number of minutes", 5, 24 * 60),
    "session_hours": ("number of hours", 1, 7 * 24),
}
"""Settings that are numbers: what an error calls them, the least and the most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set. Environment names are ``BOS_`` + the field in capitals; they win over ``bos.toml``.

    Attributes:
        home: folder of this installation (``BOS_HOME``, default ``~/.bos``); never taken from ``bos.toml``.
        database_url: PostgreSQL ≥ 15 as a URL; ``None`` starts the embedded one of the home.
        url: address of a BOS server; ``None`` finds the one running on the home or opens BOS in the process.
        token: bearer token for ``url``; ``None`` reads the home's own.
        host: address BOS listens on: loopback, or another where a sign-on and a certificate are set.
        port: TCP port of the API.
        apps_port: TCP port of the apps; ``None`` is the one after ``port``, 0 a free one.
        apps_folder: folder of the notebooks the apps serve; ``None`` serves those BOS ships.
        apps_kernels: most pages open at once, of all people together.
        apps_kernels_each: most pages one person may have open at once.
        apps_warm: kernels that wait, started, for the next page.
        rate_limit: most requests a minute of one token or one signed-in person; 0 for no limit.
        upload_mib: largest file of telemetry that is taken, in MiB.
        public_url: address by which browsers reach the API, without the ``/`` at its end; ``None``: this machine's own.
        apps_url: address by which browsers reach the apps, on the host of ``public_url``; ``None``: the port after it.
        trusted_proxies: addresses of proxies that say whom a request comes from, separated by commas.
        tls_certificate: file of the certificate (with its chain) of ``public_url``, PEM.
        tls_key: file of the certificate's private key, PEM, without a passphrase.
        oidc_issuer: address of the provider of the sign-on (OpenID Connect); ``None``: no sign-on, one machine.
        oidc_client_id: the name by which the provider knows BOS.
        oidc_client_secret: the secret that goes with it; empty where the provider asks for none.
        oidc_ca_file: file of the authorities that sign the provider's certificate, PEM; ``None``: the usual ones.
        oidc_scopes: what BOS asks the provider for, separated by spaces.
        oidc_person_claim: the claim that is a person's id in BOS; one that people cannot change themselves.
        oidc_groups_claim: the claim that lists a person's groups.
        oidc_hub_client_id: the name by which the provider knows a JupyterHub, whose people get tokens of BOS.
        first_admin: id of the person who administers the home once they have signed in, while nobody else does.
        session_minutes: how long somebody who signed in by the provider stays so without the provider's word.
        session_hours: how long at most somebody stays signed in.
        log_level: ``debug``, ``info``, ``warning`` or ``error``.
        secret_key: encrypts secrets of connections; keys of before may follow after commas; ``None``: file of the home.
        outgoing_hosts: hosts BOS may connect to, separated by commas, such as ``splunk.bank.example:8089``.
        outgoing_private: networks that are not of the open internet and may be connected to, such as ``10.20.0.0/16``.
        outgoing_ca_file: file of authorities that sign certificates of those hosts, besides the usual ones, PEM.
        incoming_folders: folders of this machine that files may be taken from, separated by commas.
        memory_limit: memory DuckDB may take for one evaluation or import, e.g. ``2GB``; Spark has as much of its own.
        engine: what computes KPIs: ``duckdb``, or the master of Spark such as ``local[2]`` or ``spark://host:7077``.
        backup_key: public key that ``bos backup`` seals for, or a file with public keys.
        state_dir: where the embedded database of root's homes lives (a service user must be able to reach it).
    """

    home: Path
    database_url: str | None = None
    url: str | None = None
    token: str | None = None
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    apps_port: int | None = None
    apps_folder: Path | None = None
    apps_kernels: int = 24
    apps_kernels_each: int = 16
    apps_warm: int = 2
    rate_limit: int = 3000
    upload_mib: int = 8192
    public_url: str | None = None
    apps_url: str | None = None
    trusted_proxies: str | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    oidc_issuer: str | None = None
    oidc_client_id: str = "bos"
    oidc_client_secret: str | None = None
    oidc_ca_file: Path | None = None
    oidc_scopes: str = "openid profile email"
    oidc_person_claim: str = "preferred_username"
    oidc_groups_claim: str = "groups"
    oidc_hub_client_id: str | None = None
    first_admin: str | None = None
    session_minutes: int = 60
    session_hours: int = 12
    log_level: str = "info"
    secret_key: str | None = None
    outgoing_hosts: str | None = None
    outgoing_private: str | None = None
    outgoing_ca_file: Path | None = None
    incoming_folders: str | None = None
    memory_limit: str = "2GB"
    engine: str = "duckdb"
    backup_key: str | None = None
    state_dir: Path = Path("/var/lib/bos")

    @classmethod
    def load(cls, *, home: Path | str | None = None, env: Mapping[str, str] | None = None, **over: Any) -> Settings:
        """Read the settings of a home; keyword arguments that are not ``None`` win over everything.

        Raises:
            UsageError: a value cannot be read, or ``bos.toml`` has a key that is not a setting.
        """
        env = os.environ if env is None else env
        root = Path(home or env.get("BOS_HOME") or Path.home() / ".bos").expanduser().absolute()
        values: dict[str, Any] = {**_from_file(root / "bos.toml"), **_from_env(env)}
        values.update({key: value for key, value in over.items() if value is not None})
        values["home"] = root
        return cls(**{key: _convert(key, value) for key, value in values.items()})

    @property
    def sign_on(self) -> bool:
        """Whether people sign in at a provider; without one, BOS serves the user it runs as, on this machine."""
        return self.oidc_issuer is not None

    @property
    def tls(self) -> bool:
        """Whether browsers come by TLS that BOS ends itself."""
        return self.tls_certificate is not None

    @property
    def address(self) -> str:
        """The address by which browsers reach the API."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def apps_address(self) -> str:
        """The address by which browsers reach the apps; that of the API, which leads there, where none is settled."""
        if self.apps_url is not None or not self.apps_at:
            return self.apps_url or self.address
        parts = urlsplit(self.address)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        return f"{parts.scheme}://{host}:{self.apps_at}"

    @property
    def public_host(self) -> str | None:
        """The host name by which browsers reach BOS, where it is told."""
        return urlsplit(self.public_url).hostname if self.public_url else None

    @property
    def apps_path(self) -> str:
        """The path that every address of the apps begins with: ``/``, or one that ends with it."""
        return f"{urlsplit(self.apps_url or '').path}/"

    @property
    def apps_at(self) -> int:
        """The TCP port of the apps; 0 where a free one is to be found."""
        if self.apps_port is not None:
            return self.apps_port
        return self.port + 1 if 0 < self.port < _LAST_PORT else 0


_NAMES = tuple(f.name for f in fields(Settings))


def _from_env(env: Mapping[str, str]) -> dict[str, Any]:
    names = {name: f"BOS_{name.upper()}" for name in _NAMES if name != "home"}
    return {name: env[key] for name, key in names.items() if env.get(key)}


def _from_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"bos.toml cannot be read: {error}.", where=str(path), hint="Mend or remove the file."
        ) from error
    unknown = sorted(set(values) - set(_NAMES) | ({"home"} & set(values)))
    if unknown:
        raise UsageError(
            f"bos.toml has a key that is not a setting: {unknown[0]}.",
            where=str(path),
            hint=f"Settings are {', '.join(n for n in _NAMES if n != 'home')}.",
        )
    return values


def _convert(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in {"home", "state_dir", "apps_folder", "oidc_ca_file", "outgoing_ca_file", "tls_certificate", "tls_key"}:
        return Path(value).expanduser()
    if name == "engine" and not _ENGINES.fullmatch(str(value)):
        hint = "Write duckdb, or the master of Spark: local[*], local[2], spark://host:7077, yarn, k8s://https://host."
        raise UsageError(f"{value!r} is no engine.", where="BOS_ENGINE", hint=hint)
    if name in {"public_url", "apps_url", "oidc_issuer"}:
        return _address(name, str(value))
    if name in _NUMBERS:
        what, least, most = _NUMBERS[name]
        try:
            number = int(value)
        except (TypeError, ValueError):
            number = -1
        if not least <= number <= most:
            flag = f" / --{name.replace('_', '-')}" if name in {"port", "apps_port"} else ""
            raise UsageError(
                f"The {what} must be a number from {least} to {most}, not {value!r}.", where=f"BOS_{name.upper()}{flag}"
            )
        return number
    return str(value)


def _address(name: str, value: str) -> str:
    """Return an address as it was given; one of BOS without the ``/`` at its end.

    Raises:
        UsageError: it is none; or is not ``https``, but for this machine's own.
    """
    where = f"BOS_{name.upper()}"
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - raises when it is none
    except ValueError:
        parts = urlsplit("")
    own = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if parts.hostname is None or parts.scheme not in {"http", "https"} or parts.query or parts.fragment:
        raise UsageError(f"{value!r} is no address.", where=where, hint="Write https://bos.bank.example.")
    if parts.scheme == "http" and not own:
        raise UsageError(f"{value!r} is not safe.", where=where, hint="Use https; http is for this machine alone.")
    return value if name == "oidc_issuer" else value.rstrip("/")
