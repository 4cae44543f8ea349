"""Folders for Unix sockets that only who runs BOS can open."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

PATH_BYTES = 103
"""The longest path of a Unix socket, without its closing zero byte: 107 on Linux (unix(7)), 103 on macOS."""
KERNEL_BYTES = len("/kernel-01234567-0123-0123-0123-012345678901-ipc-1")
"""What the sockets of a Jupyter kernel add to the path of their folder."""


def private_folder(name_bytes: int) -> Path:
    """Make an empty folder of mode 0700 for sockets whose names add ``name_bytes`` to its path; the caller removes it.

    It lies where temporary files lie, or in ``/tmp`` where that path is too long for a socket.
    """
    folder = Path(tempfile.mkdtemp(prefix="bos-k-"))
    if len(os.fsencode(folder)) + name_bytes <= PATH_BYTES:
        return folder
    folder.rmdir()
    return Path(tempfile.mkdtemp(prefix="bos-k-", dir="/tmp"))
