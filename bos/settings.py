"""Settings: the environment and ``bos.toml`` of a home become one frozen object."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bos.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_PORT = 8765


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set. Environment names are ``BOS_`` + the field in capitals; they win over ``bos.toml``.

    Attributes:
        home: folder of this installation (``BOS_HOME``, default ``~/.bos``); never taken from ``bos.toml``.
        database_url: PostgreSQL ≥ 15 as a URL; ``None`` starts the embedded one of the home.
        url: address of a BOS server; ``None`` finds the one running on the home or opens BOS in the process.
        token: bearer token for ``url``; ``None`` reads the home's own.
        host: address the API listens on; loopback only.
        port: TCP port of the API.
        log_level: ``debug``, ``info``, ``warning`` or ``error``.
        memory_limit: memory DuckDB may take for one evaluation or import, e.g. ``2GB``.
        state_dir: where the embedded database of root's homes lives (a service user must be able to reach it).
    """

    home: Path
    database_url: str | None = None
    url: str | None = None
    token: str | None = None
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    log_level: str = "info"
    memory_limit: str = "2GB"
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
    if name in {"home", "state_dir"}:
        return Path(value)
    if name == "port":
        try:
            port = int(value)
        except (TypeError, ValueError):
            port = -1
        if not 0 <= port <= 65535:  # noqa: PLR2004 - the range of TCP ports
            raise UsageError(f"The port must be a number from 0 to 65535, not {value!r}.", where="BOS_PORT / --port")
        return port
    return value if value is None else str(value)
