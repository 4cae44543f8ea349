"""The half of the pulse that is in Python: a page hears that it is here, however long what it was asked for takes."""

from __future__ import annotations

import logging
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from widgets.surface.attempt import attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_log = logging.getLogger("widgets.surface")
EVERY = 3.0
"""Seconds between two signs of life; the browser (``js/pulse.js``) takes a silence of ten for an end."""
PONG = {"type": "pong"}


def answer(
    content: object,
    send: Callable[[Mapping[str, Any]], None],
    receive: Callable[[dict[str, Any]], None],
    fail: Callable[[str], None],
) -> None:
    """Answer a message of the browser: a ping at once; any other by ``receive``, with signs of life till then.

    What is no message is left alone. ``fail`` is told a failure that ``receive`` did not take for one, in a sentence:
    nothing else of it may reach a person.
    """
    if not isinstance(content, dict):
        return
    if content.get("type") != "ping":
        failed = attempt(lambda: _alive(lambda: receive(content), send), _log)
        if failed:
            fail(failed)
    send(PONG)


def _alive(work: Callable[[], None], send: Callable[[Mapping[str, Any]], None]) -> None:
    over = Event()

    def beat() -> None:
        while not over.wait(EVERY):
            send(PONG)

    beating = Thread(target=beat, name="pulse", daemon=True)
    beating.start()
    try:
        work()
    finally:
        over.set()
        beating.join()
