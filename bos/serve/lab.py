"""``bos lab``: JupyterLab on the shipped notebooks, already connected."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from bos.home import Home
from bos.resources import share

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bos.settings import Settings

_RECORD = ".shipped.json"


def lab(settings: Settings, *, open_browser: bool = True) -> None:
    """Become JupyterLab on the notebooks of the home, listening on this machine only; does not return."""
    home = Home(settings.home).make()
    folder = place_notebooks(share("notebooks"), home.folder("notebooks"))
    command = [sys.executable, "-m", "jupyterlab", "--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={folder}"]
    if not open_browser:
        command.append("--no-browser")
    if os.geteuid() == 0:
        sys.stderr.write("JupyterLab runs as root: BOS passes --allow-root, without which it would refuse.\n")
        sys.stderr.flush()
        command.append("--allow-root")
    os.execve(sys.executable, command, dict(environment(settings)))  # noqa: S606 - this Python, fixed arguments


def environment(settings: Settings) -> Mapping[str, str]:
    """Return the environment in which ``bos.connect()`` finds the home, and the server where one runs."""
    running = Home(settings.home).running()
    url = settings.url or (running.url if running else None)
    found = {"BOS_URL": url} if url else {}
    return {**os.environ, "BOS_HOME": str(settings.home), **found}


def place_notebooks(shipped: Path, folder: Path) -> Path:
    """Copy the shipped notebooks into ``folder`` and return it; a notebook that a person changed is left as it is.

    One that nobody touched since BOS copied it is replaced when BOS ships a newer one.
    """
    record: dict[str, str] = {}
    with suppress(OSError, ValueError):
        record = dict(json.loads((folder / _RECORD).read_text(encoding="utf-8")))
    for source in sorted(path for path in shipped.rglob("*") if path.is_file() and not _is_hidden(path, shipped)):
        name = source.relative_to(shipped).as_posix()
        target = folder / name
        if target.exists() and _digest(target) != record.get(name):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        record[name] = _digest(target)
    (folder / _RECORD).write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return folder


def _is_hidden(path: Path, root: Path) -> bool:
    return any(part.startswith((".", "__pycache__")) for part in path.relative_to(root).parts)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
