"""What failures cost: the rule that says so, and which events or cases a KPI counts as failed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from bos.kpi.conditions import check_name

if TYPE_CHECKING:
    from bos.kpi.rules import Rule, Selection

NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class CostRule:
    """What one failure costs: the sum of its parts, rounded half up to the cent, and at most ``most``.

    Attributes:
        name: id of the document.
        currency: ISO 4217 code of every part.
        fixed: for each failure.
        rate: for each unit of the field ``rated`` of the event that failed; of an amount, a share of it.
        rated: the field; empty where ``rate`` is 0.
        per_minute: for each minute late that was begun.
        tiers: (seconds late, money), by time: of those it is later than, the last one is charged.
        most: what one failure costs at most; ``None``: no limit.
    """

    name: str
    currency: str
    fixed: Decimal = NOTHING
    rate: Decimal = NOTHING
    rated: str = ""
    per_minute: Decimal = NOTHING
    tiers: tuple[tuple[int, Decimal], ...] = ()
    most: Decimal | None = None

    @property
    def timed(self) -> bool:
        """Whether it matters how late a failure is."""
        return bool(self.per_minute or self.tiers)


@dataclass(frozen=True, slots=True)
class Cost:
    """What another KPI counts as failed costs, by its cost rule."""

    of: str

    def __post_init__(self) -> None:
        """Check the name."""
        check_name(self.of, "KPI")


@dataclass(frozen=True, slots=True)
class EventsFail:
    """Each event of a selection is a failure."""

    of: Selection


@dataclass(frozen=True, slots=True)
class CasesLack:
    """Each case with an event of ``of`` and none of ``without`` is a failure."""

    of: Selection
    without: Selection


@dataclass(frozen=True, slots=True)
class CasesLate:
    """Each case that takes more than ``limit`` microseconds from ``start`` to its first ``end`` at or after it.

    ``waiting``: one that has not come to its ``end`` is a failure, too, once the clock of the log has passed it.
    """

    start: Selection
    end: Selection
    limit: int
    business: bool = False
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class CasesBreak:
    """Each case that breaks a rule of the flow is a failure; ``late``: by how much it is late is told, too."""

    rule: Rule
    late: bool = False


Failure: TypeAlias = EventsFail | CasesLack | CasesLate | CasesBreak


@dataclass(frozen=True, slots=True)
class Charge:
    """A cost with its rule and its failures in the place of the KPI it names."""

    rule: CostRule
    failure: Failure
