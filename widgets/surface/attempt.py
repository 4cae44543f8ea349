"""Doing something for a person: a failure becomes a sentence, and its cause stands in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.errors import BosError
from bos.logs import incident
from widgets.surface.words import told

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

REFUSED = "BOS did not do that: {reason}"
FAULT = "That did not work. {hint}"


def attempt(work: Callable[[], None], log: logging.Logger, *, refused: str = REFUSED) -> str:
    """Do something and return what to tell of its failure, or nothing; ``refused`` says it of what BOS refuses."""
    try:
        work()
    except BosError as error:
        return refused.format(reason=told(error))
    except Exception as error:  # noqa: BLE001 - a person gets a sentence whatever fails
        return FAULT.format(hint=incident(log, error).hint)
    return ""
