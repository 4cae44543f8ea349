"""Error budgets: how much may go wrong in a window, how much of it is used up, and how fast it is used.

Words and burn rates are those of the *Site Reliability Workbook*, chapter 5 (sre.google/workbook/alerting-on-slos): a
burn rate of 1 uses up the budget exactly in its window. A budget burns too fast where both a long and a short part of
the past, up to now, are at or above a limit: the long one says that it is much, the short one that it goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from bos.kpi import nodes as n
from bos.kpi.series import Availability

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bos.kpi.nodes import Measure

Level = Literal["warning", "breach"]

SHORT = 12
"""A short window is this part of its long one (5 minutes of an hour)."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A part of the past to look at, and the share of the budget that may be used up in it."""

    long: timedelta
    share: Fraction
    level: Level

    @property
    def short(self) -> timedelta:
        """The part of it that tells whether it still goes on."""
        return self.long / SHORT

    def limit(self, window: timedelta) -> float:
        """Return the burn rate at which that share of a budget over ``window`` is used up."""
        return float(self.share * Fraction(window / self.long))


ALERTS = (
    Alert(timedelta(hours=1), Fraction(2, 100), "breach"),
    Alert(timedelta(hours=6), Fraction(5, 100), "breach"),
    Alert(timedelta(days=3), Fraction(10, 100), "warning"),
)
"""Two, five and ten per cent of the budget: burn rates 14.4, 6 and 1 for 30 days (as above, table 5-8)."""


def alerts_of(window: timedelta) -> tuple[Alert, ...]:
    """Return the alerts that suit a budget: those that look at less than its window, at a burn rate of 1 or more."""
    return tuple(alert for alert in ALERTS if alert.long < window and alert.limit(window) >= 1)


def has_budget(measure: Measure) -> bool:
    """Return whether a KPI is a share of good (or bad) in all, so that it may have a budget."""
    return isinstance(measure, Availability | n.Ratio) or (isinstance(measure, n.Conversion) and measure.show == "rate")


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget: the share of all that may be bad, over a window.

    Attributes:
        target: the share to reach, as the template says it (99.5 % is 0.995).
        direction: ``at_least``: the KPI is the share of good; ``at_most``: that of bad.
        window: how long it is to last.
    """

    target: float
    direction: Literal["at_least", "at_most"]
    window: timedelta

    @property
    def allowed(self) -> Fraction:
        """The share of all that may be bad, above 0 and below 1."""
        target = Fraction(Decimal(str(self.target)))
        return 1 - target if self.direction == "at_least" else target

    def used(self, value: float) -> float:
        """Return the burn rate of a KPI's value: the share that was bad, divided by what may be.

        Of the value over the whole window it is the part of the budget that is used up; more than 1: all and more.
        """
        share = Fraction(Decimal(str(value)))
        bad = 1 - share if self.direction == "at_least" else share
        return float(bad / self.allowed)

    def lasts(self, used: float, rate: float | None) -> timedelta | None:
        """Return how long the rest lasts at a burn rate; nothing where it is used up or does not burn.

        What leaves the window meanwhile is not given back, so it lasts at least as long.
        """
        if used >= 1 or rate is None or rate <= 0:
            return None
        return self.window * ((1 - used) / rate)

    def spent(self, buckets: Sequence[tuple[float | None, int]]) -> list[float]:
        """Return the part of the budget that is left after each bucket, of (value, n).

        Each bucket uses up what was bad in it, of all in the window; the last one is what is left in the end.
        """
        whole = sum(count for value, count in buckets if value is not None)
        left, out = Fraction(1), []
        for value, count in buckets:
            if value is not None and whole:
                left -= Fraction(self.used(value)) * count / whole
            out.append(float(left))
        return out


def burns(alert: Alert, window: timedelta, long: float | None, short: float | None) -> bool:
    """Return whether a budget burns too fast: both rates are there, and at or above the limit."""
    limit = alert.limit(window)
    return long is not None and short is not None and long >= limit and short >= limit
