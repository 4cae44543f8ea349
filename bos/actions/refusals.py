"""What a system said when it was asked, for whoever hears it: its own words, or those of BOS for what it came to."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from bos.actions.pieces import PAUSED
from bos.actions.rights import UNTOLD, hears_systems
from bos.errors import BosError, Invalid, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bos.auth.actor import Actor

_WORDS = {
    PAUSED: "The system is left alone for a while, since it failed again and again.",
    "query": "The system refused the query.",
    "system.absent": "The system knows nothing at the address of the connection.",
    "system.busy": "The system is busy.",
    "system.long": "The answer of the system is longer than BOS reads at once.",
    "system.refused": "The system does not let BOS in.",
    "system.search": "The system could not finish the query.",
    "system.silent": "The system does not answer.",
    "system.slow": "The system does not answer in time.",
    "system.tls": "The system does not speak TLS at the address of the connection.",
}
_FAILS, _CANNOT = "The system does not answer as it should.", "The system cannot be asked like this."
_KEPT = "retry_after"
_OWN = "spans"
"""What BOS finds of a query as it is typed: it is told to everybody."""


class Said:
    """What was said while a system was asked: ``asking`` is put around the asking, ``told`` around all of the work."""

    def __init__(self, actor: Actor, connection: str) -> None:
        self._hears, self._connection = hears_systems(actor), connection
        self._error: BosError | None = None

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Know an error that comes out of the block for one of the system."""
        try:
            yield
        except BosError as error:
            self._error = error
            raise

    @contextmanager
    def told(self) -> Iterator[None]:
        """Let an error of the system out in its own words to who hears them, else in those of BOS for its code."""
        try:
            yield
        except BosError as error:
            if self._hears or error.code == _OWN or not (error is self._error or error.code == PAUSED):
                raise
            kind, words = (Unavailable, _FAILS) if isinstance(error, Unavailable) else (Invalid, _CANNOT)
            words = _WORDS.get(error.code, words)
            kept = {name: value for name, value in error.details.items() if name == _KEPT}
            raise kind(words, where=self._connection, hint=UNTOLD, code=error.code, details=kept) from None

    def beside(self, notes: tuple[str, ...]) -> tuple[str, ...]:
        """Return what a system said beside its rows, to who hears it; else that it said something."""
        return notes if self._hears or not notes else (f"The system said something beside. {UNTOLD}",)
