"""Events of the payments of one day, collected step by step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from bos.generate import names

if TYPE_CHECKING:
    from numpy.random import Generator

    from bos.generate.clock import Flags, Ints

NONE = -1
"""Stands for a missing number."""
COLUMNS = ("event", "who", "time", "effective", "receipt", "manual", "code", "dpd", "resource", "slow")


@dataclass(slots=True)
class Trail:
    """Grows by one step at a time.

    ``who`` is the place of the payment in its day; times are UTC seconds, days are numbers.
    """

    rng: Generator
    blocks: list[dict[str, Ints]] = field(default_factory=list)

    def add(
        self,
        event: str,
        who: Ints,
        time: Ints,
        *,
        effective: Ints,
        receipt: Ints | int = NONE,
        manual: Flags | bool = False,
        code: Ints | int = NONE,
        dpd: Ints | int = NONE,
        resource: Ints | None = None,
        slow: Flags | bool = False,
    ) -> None:
        """Add an event for each of ``who``; without ``resource`` it is the step's system, or a clerk where manual.

        ``slow`` marks what may be delivered late.
        """
        number = names.EVENT[event]
        clerk = names.FIRST_CLERK + self.rng.integers(0, names.CLERKS, len(who))
        given = {
            "event": number,
            "who": who,
            "time": time,
            "effective": effective,
            "receipt": receipt,
            "manual": manual,
            "code": code,
            "dpd": dpd,
            "resource": np.where(manual, clerk, number) if resource is None else resource,
            "slow": slow,
        }
        self.blocks.append(
            {name: np.broadcast_to(np.asarray(value, np.int64), len(who)) for name, value in given.items()}
        )

    def rows(self) -> dict[str, Ints]:
        """Return the columns of all events, in the order of time; at one second, in the order of the steps."""
        columns = {name: np.concatenate([block[name] for block in self.blocks]) for name in COLUMNS}
        order = np.lexsort((columns["event"], columns["who"], columns["time"]))
        return {name: column[order] for name, column in columns.items()}
