"""The cost rule: what one failure costs."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from bos.model.document import Currency, Document, Name, Part, Slug, Window

_CENT = Decimal("0.01")

Money = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2), AfterValidator(lambda x: x.quantize(_CENT))]
"""Money to the cent, always written with it: 5 and 5.00 are one value."""
Rate = Annotated[
    Decimal, Field(gt=0, le=1_000, decimal_places=6), AfterValidator(lambda x: Decimal(f"{x.normalize():f}"))
]
"""A rate with at most six decimals, written without zeros at its end."""


class PerUnit(Part):
    """Money for each unit of a field of the event that failed: of ``amount`` a share of it, 0.015 for 1.5 %."""

    field: Name = "amount"
    rate: Rate


class Tier(Part):
    """What is charged for a failure that is later than a span (a day has 24 hours), up to that of the next tier."""

    later_than: Window
    amount: Money


class ChargeTerms(Part):
    """What one failure costs: the sum of the parts, rounded half up to the cent; all of it is one critical value.

    ``fixed`` is charged for each failure, ``per_unit`` by a field of it, ``per_minute_late`` for each minute begun,
    and one of the ``tiers`` by how late it is. ``at_most`` is the limit for one failure.
    """

    currency: Currency
    fixed: Money = Decimal("0.00")
    per_unit: PerUnit | None = None
    per_minute_late: Money = Decimal("0.00")
    tiers: tuple[Tier, ...] = ()
    at_most: Money | None = None


class CostRule(Document):
    """What a failure costs the bank; KPIs refer to it, and ``cost(KPI)`` adds it up."""

    kind: ClassVar[str] = "cost_rule"
    collection: ClassVar[str] = "cost-rules"
    label: ClassVar[str] = "cost rule"

    owner: Slug = "finance_control"
    charge: ChargeTerms
