"""What the application holds while it runs: the context of the actions, opened once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from bos.actions.context import Context, open_context
from bos.actions.enforcement import tidy
from bos.actions.settling import welcome

if TYPE_CHECKING:
    from bos.settings import Settings


class Opened:
    """The context of a home: opened when it is first needed, closed with the application.

    A home that cannot be opened is tried again with the next request.
    """

    def __init__(self, settings: Settings, *, inline_jobs: bool) -> None:
        self.settings = settings
        self._inline_jobs = inline_jobs
        self._lock = threading.Lock()
        self._context: Context | None = None

    @property
    def ready(self) -> Context | None:
        """The context, once it is open."""
        return self._context

    def context(self) -> Context:
        """Return the context; the first call opens it, which takes a while.

        Raises:
            BosError: the home cannot be opened.
        """
        with self._lock:
            if self._context is None:
                opened = open_context(self.settings, inline_jobs=self._inline_jobs)
                welcome(opened)
                tidy(opened)
                self._context = opened
            return self._context

    def close(self) -> None:
        """Close the context, where it was opened."""
        with self._lock:
            if self._context is not None:
                self._context.close()
            self._context = None
