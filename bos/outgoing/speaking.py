"""Speaking to a connected system: whatever goes wrong meanwhile is told without a secret of the connection."""

from __future__ import annotations

import logging
import traceback
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bos.errors import BosError, Invalid, Unavailable
from bos.logs import connector_incident
from bos.ports import Receipt
from bos.wire import storable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bos.outgoing.target import Reached
    from bos.ports import Connector

_log = logging.getLogger("bos.connectors")


@contextmanager
def speaking(connector: type[Connector], target: Reached) -> Iterator[Any]:
    """Have a connector for as long as the block lasts.

    A system may repeat in an answer what it was sent, and a library what it could not send: no error that leaves the
    block has a secret in it, nor has what a log makes of it. Nor has it NUL or half a character, which nobody can keep.

    Raises:
        Unavailable: what went wrong has a secret in its words; the log has the cause without it, under the number of
            an incident that is told.
    """
    try:
        with closing(connector(target)) as system:
            yield system
    except BosError as error:
        _clean(error, target)
        raise
    except RecursionError:
        raise Unavailable(
            "The system answers with values inside of values, deeper than BOS reads.",
            hint="Look at its answer; the query can leave such fields out.",
            code="system.strange",
        ) from None
    except UnicodeEncodeError as error:
        if error.encoding.startswith("utf"):  # what is sent, is sent in less; what came is kept as UTF-8
            raise Unavailable(
                "The system answers with half a character (a lone surrogate), which no text may have.",
                hint="Look at the texts of its answer.",
                code="system.strange",
            ) from None
        raise Invalid(
            "A secret or a setting of the connection has characters that cannot be sent.",
            hint="Give it anew, in ASCII.",
            code="connection.characters",
        ) from None
    except Exception as error:
        trace = "".join(traceback.format_exception(error))
        if (clean := target.without(trace)) == trace:
            raise
        raise connector_incident(_log, connector.name, clean) from None


def whole(system: Any, query: str, moment: datetime) -> datetime:
    """Return up to when a system is read at ``moment``: the end of the last step of its points, where they have steps.

    Raises:
        Invalid: a setting of the connection or the query is wrong.
    """
    return min(moment, system.whole(query, moment)) if hasattr(system, "whole") else moment


def kept(receipt: Receipt, target: Reached) -> Receipt:
    """Return what a system made of a message as it can be kept, and what was left out of it without a secret."""
    left_out = target.without(receipt.left_out)
    return Receipt(storable(receipt.reference), storable(receipt.link), left_out)


def _clean(error: BosError, target: Reached) -> None:
    error.message, error.where = target.without(error.message), target.without(error.where)
    error.hint, error.details = target.without(error.hint), _inside(error.details, target)
    if isinstance(error, Invalid):
        error.problems = tuple(
            replace(one, message=target.without(one.message), hint=target.without(one.hint)) for one in error.problems
        )
    error.args = (error.message,)
    if error.__cause__ is not None or not error.__suppress_context__:
        trace = "".join(traceback.format_exception(error))
        if target.without(trace) != trace:
            error.__cause__, error.__suppress_context__ = None, True


def _inside(value: Any, target: Reached) -> Any:
    if isinstance(value, str):
        return target.without(value)
    if isinstance(value, dict):
        return {name: _inside(one, target) for name, one in value.items()}
    return [_inside(one, target) for one in value] if isinstance(value, list | tuple) else value
