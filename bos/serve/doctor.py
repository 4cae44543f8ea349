"""``bos doctor``: is everything BOS needs on this machine in order? Looks, and changes nothing."""

from __future__ import annotations

import os
import re
import shutil
import stat
import sys
import time
import zoneinfo
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from bos.errors import BosError
from bos.home import Home
from bos.kpi.engines import SPARK_NEEDS, lacking, told
from bos.serve.address import listen
from bos.serve.check import Check
from bos.serve.doctor_database import look_at
from bos.serve.doors import check_open_to_others
from bos.store.embedded import open_database
from bos.store.embedded_url import local, verified

if TYPE_CHECKING:
    from collections.abc import Callable

    from bos.settings import Settings

FREE_BYTES = 1_000_000_000  # below this an import or a checkpoint may fail half-way
STAGING_SECONDS = 24 * 3600  # no import takes a day; what is older was left by a crash
PYTHONS = ((3, 11), (3, 14))
_UNITS = {"": 1, "K": 1000, "M": 1000**2, "G": 1000**3, "T": 1000**4}


def doctor(settings: Settings) -> list[Check]:
    """Return every check in reading order. The embedded database is started for a moment where it does not run."""
    checks = [_guarded(name, look, settings) for name, look in _CHECKS]
    if not settings.home.is_dir() and not settings.database_url:
        return checks
    try:
        database = open_database(settings)
    except BosError as error:
        return [*checks, _failed("database", error)]
    try:
        return [*checks, _way(database.url), *look_at(database.conninfo)]
    finally:
        database.close()


def _way(url: str) -> Check:
    if local(url):
        return Check("database TLS", ok=True, detail="the database is on this machine")
    hint = "Leave sslmode out of BOS_DATABASE_URL, or make it verify-full."
    told = "encrypted, and the server proves who it is" if verified(url) else "nobody checks whom BOS talks to"
    return Check("database TLS", verified(url), told, hint)


def _guarded(name: str, look: Callable[[Settings], Check], settings: Settings) -> Check:
    try:
        return look(settings)
    except BosError as error:
        return _failed(name, error)
    except OSError as error:
        return Check(name, ok=False, detail=f"{error.strerror}: {error.filename}", hint="Check who owns it.")


def _failed(name: str, error: BosError) -> Check:
    return Check(name, ok=False, detail=" ".join(filter(None, (error.message, error.where))), hint=error.hint)


def _python(settings: Settings) -> Check:
    del settings
    found = ".".join(map(str, sys.version_info[:3]))
    known = PYTHONS[0] <= sys.version_info[:2] < PYTHONS[1]
    return Check("python", known, f"{found}, BOS {version('bos-workbench')}", "Use Python 3.11, 3.12 or 3.13.")


def _home(settings: Settings) -> Check:
    home = settings.home
    if not home.exists():
        return Check("home", ok=True, detail=f"{home} is not there yet; bos up makes it")
    if not home.is_dir() or not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        return Check("home", ok=False, detail=f"{home} cannot be written", hint="Check who owns it, or use --home.")
    open_to = [path.name or str(path) for path in (home, home / "token") if _others(path)]
    if open_to:
        hint = f"Run chmod go= '{home}' and chmod 600 '{home / 'token'}'."
        return Check("home", ok=False, detail=f"others may enter {home} ({', '.join(open_to)})", hint=hint)
    return Check("home", ok=True, detail=str(home))


def _others(path: Path) -> bool:
    return path.exists() and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def _disk(settings: Settings) -> Check:
    folder = next(path for path in (settings.home, *settings.home.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    hint = "Free some space, or move the home to a larger disk."
    return Check("disk", free >= FREE_BYTES, f"{free / 1e9:.1f} GB free at {folder}", hint)


def _memory(settings: Settings) -> Check:
    there, asked = _memory_bytes(), _bytes(settings.memory_limit)
    if asked is None:
        hint = "Write it as 2GB or 500MB."
        return Check("memory", ok=False, detail=f"memory_limit {settings.memory_limit!r} cannot be read", hint=hint)
    hint = "Lower memory_limit (BOS_MEMORY_LIMIT)."
    return Check("memory", asked <= there, f"{settings.memory_limit} allowed of {there / 1e9:.1f} GB", hint)


def _engine(settings: Settings) -> Check:
    if (missing := lacking(settings.engine)) is not None:
        return Check("engine", ok=False, detail=f"BOS_ENGINE is {settings.engine}, but {missing}", hint=SPARK_NEEDS)
    return Check("engine", ok=True, detail=f"KPIs are computed by {told(settings.engine)}")


def _memory_bytes() -> int:
    """Return the memory of the machine, or of the container where that is less."""
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text(encoding="ascii").strip() if limit.exists() else "max"
    return min(there, int(text)) if text.isdigit() else there


def _bytes(text: str) -> int | None:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(I?)B?\s*", text.upper())
    if match is None:
        return None
    number, unit, binary = match.groups()
    factor = 1024 ** "KMGT".index(unit) * 1024 if binary and unit else _UNITS[unit]
    return int(float(number) * factor)


def _clock(settings: Settings) -> Check:
    del settings
    try:
        zoneinfo.ZoneInfo("Europe/Berlin")
    except zoneinfo.ZoneInfoNotFoundError:
        return Check("time zones", ok=False, detail="no time-zone data", hint="Install the package tzdata.")
    return Check("time zones", ok=True, detail=f"data is there; now {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")


def _server(settings: Settings) -> Check:
    running = Home(settings.home).running()
    if running is not None:
        return Check("server", ok=True, detail=f"runs at {running.url} since {running.started_at}")
    listen(settings.host, settings.port, others=settings.tls).close()
    return Check("server", ok=True, detail=f"not running; port {settings.port} is free")


def _sign_on(settings: Settings) -> Check:
    from bos.auth.provider import Provider, registration  # noqa: PLC0415 - only where there is a sign-on

    check_open_to_others(settings)
    if not settings.sign_on:
        return Check("sign-on", ok=True, detail="none: BOS serves the user it runs as, on this machine")
    Provider(registration(settings)).start()
    return Check("sign-on", ok=True, detail=f"{settings.oidc_issuer} answers; browsers come to {settings.address}")


def _authorities(settings: Settings) -> Check:
    from bos.outgoing.target import trusting  # noqa: PLC0415 - loads a client of HTTP

    trusting(settings.outgoing_ca_file)
    told = f"those of {settings.outgoing_ca_file} and" if settings.outgoing_ca_file else "only"
    return Check("authorities", ok=True, detail=f"of connected systems: {told} those of this machine")


def _lake(settings: Settings) -> Check:
    from bos.telemetry.table import Table  # noqa: PLC0415 - takes a quarter of a second

    tables = sorted(path.parent for path in (settings.home / "lake").glob("*/*/_delta_log"))
    for table in tables:
        hint = "Restore this folder from a backup, or remove it and import again."
        try:
            harmed = Table(table, "metrics" if table.parent.name == "metrics" else "events").damaged_now()
        except BosError:
            return Check("lake", ok=False, detail=f"{table} cannot be read", hint=hint)
        if harmed:
            return Check("lake", ok=False, detail=f"{table}: {'; '.join(harmed)}", hint=hint)
    return Check("lake", ok=True, detail=f"{len(tables)} tables, every file as it was written")


def _staging(settings: Settings) -> Check:
    from bos.telemetry.staging import is_working, left_working  # noqa: PLC0415 - loads Arrow

    folder, old = settings.home / "staging", time.time() - STAGING_SECONDS
    there = [path for path in folder.iterdir() if not is_working(path.name)] if folder.is_dir() else []
    left = [path for path in there if path.stat().st_mtime < old]
    copies = left_working(folder) if folder.is_dir() else []
    hint = f"Work that was cut off left them; a worker removes them within the hour, or remove them from {folder}."
    told = f"{len(left)} abandoned batches, {len(copies)} working folders of work that was cut off"
    return Check("staging", not left and not copies, told, hint)


_CHECKS: tuple[tuple[str, Callable[[Settings], Check]], ...] = (
    ("python", _python),
    ("home", _home),
    ("disk", _disk),
    ("memory", _memory),
    ("engine", _engine),
    ("time zones", _clock),
    ("server", _server),
    ("sign-on", _sign_on),
    ("authorities", _authorities),
    ("lake", _lake),
    ("staging", _staging),
)
