"""Kernels that are reached through sockets in a private folder, not over TCP."""

from __future__ import annotations

from typing import Any

from jupyter_client.manager import AsyncKernelManager


class SocketKernelManager(AsyncKernelManager):
    """Starts a kernel on Unix sockets beside its connection file, which only its owner can open."""

    def __init__(self, **traits: Any) -> None:
        super().__init__(**{**traits, "transport": "ipc"})
