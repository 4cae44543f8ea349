"""A measure as it is computed: what reads events, what places it in time, and how much of the past a value covers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bos.kpi import nodes as n

if TYPE_CHECKING:
    from bos.kpi.nodes import Frame, Leaf


@dataclass(frozen=True, slots=True)
class Cell:
    """A measure that reads events, what places it in time, and the frame of a cumulative KPI."""

    leaf: Leaf
    anchor: str
    frame: Frame | None = None

    @property
    def counts(self) -> bool:
        """Whether an empty bucket is 0 rather than nothing."""
        if isinstance(self.leaf, n.Conversion):
            return self.leaf.show != "rate"
        if isinstance(self.leaf, n.Balance):
            return self.leaf.until is not None
        return isinstance(self.leaf, n.Count | n.Distinct | n.Conformance | n.Charge)
