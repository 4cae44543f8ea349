"""Where the embedded PostgreSQL of a home lives: its files, its socket, its log, and the account that runs it.

An ordinary user's database lies in the home. PostgreSQL refuses to run as root, and no other account may enter root's
home, so the database of root's home lies under ``state_dir`` and belongs to a service account; the file
``postgres.json`` in the home says where. BOS changes the permissions of no folder that it did not make.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import pwd
import re
import secrets
import socket
import stat
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bos.errors import Unavailable
from bos.home import Home, make_private

if TYPE_CHECKING:
    from bos.settings import Settings

SERVICE_ACCOUNTS = ("bos", "postgres", "nobody")  # the first that exists runs the database of root's homes
SOCKET_PATH_BYTES = 107  # sun_path of a Unix socket, without its closing zero byte (unix(7))
DATA_PATH_BYTES = 900  # PostgreSQL's own limit is 1024 (MAXPGPATH) for the data folder and any file in it
SOCKET_NAME = ".s.PGSQL.5432"
LOG_BYTES = 5_000_000  # a longer log is put aside at the next start, as postgres.log.1
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._+-]+")  # what PostgreSQL takes in its list of socket folders as it stands
_ELSEWHERE = "Set BOS_STATE_DIR to a folder every account may enter, or BOS_DATABASE_URL to a PostgreSQL of your own."


@dataclass(frozen=True, slots=True)
class Account:
    """The account that runs the database of root's homes."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one embedded database lives.

    Attributes:
        home: the home, links resolved.
        base: folder of ``postgres`` (the data) and of the two locks.
        sockets: private folder of the Unix socket, short enough for one.
        log: the database's log.
        account: who runs it; ``None`` is the user who runs BOS.
    """

    home: Path
    base: Path
    sockets: Path
    log: Path
    account: Account | None

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.base / "postgres"

    @property
    def users(self) -> Path:
        """The lock that every process using the database holds shared."""
        return self.base / "postgres.lock"

    @property
    def guardian(self) -> Path:
        """The lock that the guardian holds, and in it the guardian's process id."""
        return self.base / "postgres.guardian"


def place_of(settings: Settings) -> Place:
    """Return where the embedded database of the home lives; make the folders around it.

    Raises:
        Unavailable: the home or ``state_dir`` cannot be used.
    """
    home = Home(settings.home).make().path.resolve()
    if os.geteuid() == 0:
        base, account = _base_of_root(home, settings.state_dir)
    else:
        base, account = home, None
    if len(os.fsencode(base)) > DATA_PATH_BYTES:
        raise Unavailable(
            f"The path of the home has more than {DATA_PATH_BYTES} bytes, which PostgreSQL cannot use.",
            where=f"{str(base)[:60]}…",
            hint="Choose a home with a shorter path with --home or BOS_HOME, or set BOS_DATABASE_URL.",
        )
    log = Home(settings.home).folder("logs") / "postgres.log"
    return Place(home=home, base=base, sockets=_sockets(base, account), log=log, account=account)


def _base_of_root(home: Path, state_dir: Path) -> tuple[Path, Account]:
    own = home / "postgres" / "PG_VERSION"
    if own.exists():
        raise Unavailable(
            f"The database of this home belongs to {_name_of(own.stat().st_uid)}.",
            where=str(home),
            hint="Run BOS as that user, or choose another home with --home.",
        )
    base = _noted_base(home) or state_dir.absolute() / _digest(home)
    try:
        make_open(base.parent)
        make_open(base)
        about = base.lstat()
        if not stat.S_ISDIR(about.st_mode) or about.st_uid != 0 or about.st_mode & 0o022:
            raise Unavailable("The folder of the database is not root's alone.", where=str(base), hint=_ELSEWHERE)
        account = _account(base / "postgres")
        _make_for(base / "postgres", account)
    except OSError as error:
        raise Unavailable(
            f"The folder of the database cannot be used: {error.strerror}.", where=str(base), hint=_ELSEWHERE
        ) from error
    _require_reach(base, account)
    _note_base(home, base)
    return base, account


def _noted_base(home: Path) -> Path | None:
    """Return where the note in the home puts the database, unless the home is a copy of one that still uses it."""
    try:
        note = json.loads((home / "postgres.json").read_text(encoding="utf-8"))
        base, former = Path(note["base"]), Path(note["home"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unavailable(
            "The note that says where the database lies cannot be read.",
            where=str(home / "postgres.json"),
            hint="Restore the file from a backup; without it BOS would begin an empty database.",
        ) from error
    if former != home and (former / "postgres.json").exists() and not former.samefile(home):
        raise Unavailable(
            f"This home is a copy; its database is still that of {former}.",
            where=str(home),
            hint="Remove postgres.json from the copy to begin an empty database there.",
        )
    if not (base / "postgres").is_dir():
        raise Unavailable(
            "The database of this home is missing.",
            where=str(base),
            hint="Restore the folder, or remove postgres.json from the home to begin an empty database.",
        )
    return base


def _note_base(home: Path, base: Path) -> None:
    text = json.dumps({"base": str(base), "home": str(home)}) + "\n"
    note = home / "postgres.json"
    with suppress(FileNotFoundError):
        if note.read_text(encoding="utf-8") == text:
            return
    fresh = home / f"postgres.json.{os.getpid()}"
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(note)


def _account(data: Path) -> Account:
    """Return whom the data belongs to; where there is none yet, the first service account of the system."""
    with suppress(FileNotFoundError):
        about = data.stat()
        if about.st_uid != 0:
            return Account(_name_of(about.st_uid), about.st_uid, about.st_gid)
    for name in SERVICE_ACCOUNTS:
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise Unavailable(
        f"PostgreSQL does not run as root, and none of the accounts {', '.join(SERVICE_ACCOUNTS)} exists.",
        hint="Make an account named bos, run BOS as an ordinary user, or set BOS_DATABASE_URL.",
    )


def _require_reach(base: Path, account: Account) -> None:
    try:
        command = ["/bin/sh", "-c", 'cd "$1"', "sh", str(base / "postgres")]
        done = subprocess.run(  # noqa: S603 - a fixed command
            command, user=account.uid, group=account.gid, extra_groups=[], cwd="/", capture_output=True, check=False
        )
    except OSError as error:
        raise Unavailable(
            f"BOS cannot start a program as {account.name}: {error.strerror}.",
            hint="Run BOS as an ordinary user, or set BOS_DATABASE_URL.",
        ) from error
    if done.returncode != 0:
        raise Unavailable(
            f"The account {account.name} cannot enter the folder of the database.", where=str(base), hint=_ELSEWHERE
        )


def _sockets(base: Path, account: Account | None) -> Path:
    """Return a private folder for the socket: in ``base`` where that works, else a short one in ``/tmp``."""
    inside = base / "postgres.run"
    if _PLAIN_PATH.fullmatch(str(inside)) and len(os.fsencode(inside / SOCKET_NAME)) <= SOCKET_PATH_BYTES:
        _make_for(inside, account)
        if _takes_sockets(inside):
            return inside
    owner = account.uid if account else os.geteuid()
    return Path("/tmp") / f"bos-{owner}-{_digest(base)}"  # noqa: S108 - make_sockets makes sure that it is private


def make_sockets(place: Place) -> None:
    """Make the folder of the socket where it is missing; only who holds the guardian's lock may call this.

    Raises:
        Unavailable: somebody else has made it.
    """
    owner = place.account.uid if place.account else os.geteuid()
    _make_for(place.sockets, place.account)
    about = place.sockets.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != owner or about.st_mode & 0o077:
        raise Unavailable(
            "The folder for the database's socket is not private.",
            where=str(place.sockets),
            hint="Remove it and try again.",
        )


def _takes_sockets(folder: Path) -> bool:
    """Return whether the file system of ``folder`` knows sockets; some that machines share with each other do not."""
    probe = folder / secrets.token_hex(len(SOCKET_NAME) // 2)
    with socket.socket(socket.AF_UNIX) as sock:
        try:
            sock.bind(str(probe))
        except OSError as error:
            return error.errno not in {errno.EPERM, errno.EOPNOTSUPP, errno.EINVAL}
    probe.unlink(missing_ok=True)
    return True


def make_open(folder: Path) -> None:
    """Make a folder that every account may pass through, and parents with the usual permissions."""
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            folder.mkdir()
            folder.chmod(0o711)


def _make_for(folder: Path, account: Account | None) -> None:
    """Make a folder that ``account`` alone may enter, unless it is there; nobody sees it before it is the account's."""
    if os.path.lexists(folder):
        return
    fresh = folder.with_name(f".{folder.name}.{secrets.token_hex(8)}")
    fresh.mkdir(mode=0o700)
    try:
        if account is not None:
            os.chown(fresh, account.uid, account.gid)
        fresh.rename(folder)
    except OSError:
        fresh.rmdir()
        if not os.path.lexists(folder):  # else another process was first
            raise


def _digest(folder: Path) -> str:
    return hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def put_log_aside(log: Path) -> None:
    """Rename a log that has grown long, so that the next one begins empty."""
    with suppress(FileNotFoundError):
        if log.stat().st_size > LOG_BYTES:
            log.replace(log.with_name(f"{log.name}.1"))
    make_private(log.parent)
