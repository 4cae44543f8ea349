"""The form of a cost rule: what was typed, what is wrong with it, and the document it says."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Self

from bos.model.document import NO_CURRENCIES
from widgets.cost_rules.messages import TEXT
from widgets.shelf import Form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bos.model.answers.documents import DocumentAnswer

LATER, AMOUNT = "later", "amount"
PARTS = ("title", "description", "currency", "fixed", "rate", "per_minute", "at_most", "why")
"""Parts of the form in the order of the page; tiers stand between, as ``later.N`` and ``amount.N``."""
_SPAN = re.compile(r"[1-9][0-9]{0,3} (minute|hour|day|week)s?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_MOST_DIGITS = 10
_PER_CENT = 100


@dataclass
class RuleForm(Form):
    """A rule that is made or changed; ``tiers`` are the numbers of the rows of times."""

    kind: str = "cost_rule"
    unchanged: str = TEXT["unchanged"]
    tiers: list[int] = field(default_factory=list)

    @property
    def rated(self) -> str:
        """The field the rule charges by."""
        per_unit = self.base.document["charge"]["per_unit"] if self.base else None
        return str(per_unit["field"]) if per_unit else "amount"

    def add_tier(self) -> None:
        """Add a row of times."""
        self.tiers.append(max(self.tiers, default=0) + 1)

    def drop_tier(self, number: int) -> None:
        """Take a row of times out."""
        self.tiers = [one for one in self.tiers if one != number]
        for part in (LATER, AMOUNT):
            self.values.pop(f"{part}.{number}", None)
            self.errors.pop(f"{part}.{number}", None)

    def rebase(self, before: Self, now: Self) -> None:
        """Stand on what is live now; the rows of times are one value."""
        typed = self._rows() != before._rows()
        mine = (self.tiers, {name: value for name, value in self.values.items() if "." in name})
        super().rebase(before, now)
        rows = mine if typed else (now.tiers, {name: value for name, value in now.values.items() if "." in name})
        self.tiers = list(rows[0])
        self.values = {name: value for name, value in self.values.items() if "." not in name} | rows[1]

    def _rows(self) -> list[tuple[str, str]]:
        return [(self.value(f"{LATER}.{number}"), self.value(f"{AMOUNT}.{number}")) for number in self.tiers]

    def take(self, name: str, typed: Any) -> bool:
        """Take what was typed; the rows of times have fields of their own."""
        part, _, number = name.partition(".")
        known = name in PARTS or (part in {LATER, AMOUNT} and number in {str(one) for one in self.tiers})
        if known:
            self.values[name] = str(typed or "")
        return known

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Yield what is wrong, in the order of the page."""
        if not self.value("title"):
            yield "title", TEXT["name_missing"]
        currency = self.value("currency")
        if not _CURRENCY.fullmatch(currency) or currency in NO_CURRENCIES:
            yield "currency", TEXT["currency_wrong"]
        money = {name: _number(self.value(name), places=2) for name in ("fixed", "per_minute", "at_most")}
        for name in ("fixed", "per_minute", "at_most"):
            if self.value(name) and money[name] is None:
                yield name, TEXT["money_wrong"]
        if self.value("rate") and self._rate() is None:
            yield "rate", TEXT["rate_wrong" if self.rated == "amount" else "rate_of_wrong"]
        yield from self._wrong_tiers()
        if not any(self.value(name) for name in ("fixed", "rate", "per_minute")) and not self.tiers:
            yield "fixed", TEXT["nothing"]
        if not self.value("why"):
            yield "why", TEXT["why_missing"]

    def _wrong_tiers(self) -> Iterator[tuple[str, str]]:
        seen: set[str] = set()
        for number in self.tiers:
            span = self.value(f"{LATER}.{number}")
            if not _SPAN.fullmatch(span):
                yield f"{LATER}.{number}", TEXT["later_wrong"]
            elif span.removesuffix("s") in seen:
                yield f"{LATER}.{number}", TEXT["later_twice"]
            seen.add(span.removesuffix("s"))
            if _number(self.value(f"{AMOUNT}.{number}"), places=2) is None:
                yield f"{AMOUNT}.{number}", TEXT["money_wrong"]

    def _rate(self) -> Decimal | None:
        """Return the rate; of an amount it is typed in per cent."""
        cents = self.rated == "amount"
        typed = _number(self.value("rate"), places=4 if cents else 6)
        if not typed or typed > (100_000 if cents else 1_000):
            return None
        return typed / _PER_CENT if cents else typed

    def document(self) -> dict[str, Any]:
        """Return the rule as the form has it."""
        document = copy.deepcopy(self.base.document) if self.base else {"owner": "finance_control", "tags": []}
        rate, most = self._rate(), self.value("at_most")
        charge = {
            "currency": self.value("currency"),
            "fixed": _written(self.value("fixed")),
            "per_unit": {"field": self.rated, "rate": f"{rate.normalize():f}"} if rate else None,
            "per_minute_late": _written(self.value("per_minute")),
            "tiers": [
                {"later_than": self.value(f"{LATER}.{n}"), "amount": _written(self.value(f"{AMOUNT}.{n}"))}
                for n in self.tiers
            ],
            "at_most": _written(most) if most else None,
        }
        texts = {name: self.value(name) for name in ("title", "description")}
        return {**document, **texts, "charge": charge}


def filled(base: DocumentAnswer | None) -> RuleForm:
    """Return a form that shows what is live; an empty one where there is nothing yet."""
    form = RuleForm(base)
    if base is None:
        return form
    document, charge = base.document, base.document["charge"]
    per_unit, scale = charge["per_unit"], _PER_CENT if form.rated == "amount" else 1
    form.values = {
        "title": document["title"],
        "description": document["description"],
        "currency": charge["currency"],
        "fixed": _shown(charge["fixed"]),
        "rate": f"{(Decimal(per_unit['rate']) * scale).normalize():f}" if per_unit else "",
        "per_minute": _shown(charge["per_minute_late"]),
        "at_most": charge["at_most"] or "",
    }
    for tier in charge["tiers"]:
        form.add_tier()
        form.values |= {f"{LATER}.{form.tiers[-1]}": tier["later_than"], f"{AMOUNT}.{form.tiers[-1]}": tier["amount"]}
    return form


def _number(typed: str, *, places: int) -> Decimal | None:
    """Return a plain number that is not negative, with at most so many decimals; nothing for anything else."""
    if not re.fullmatch(rf"[0-9]{{1,{_MOST_DIGITS}}}(\.[0-9]{{1,{places}}})?", typed):
        return None
    try:
        return Decimal(typed)
    except InvalidOperation:
        return None


def _written(typed: str) -> str:
    found = _number(typed, places=2)
    return f"{found or Decimal(0):.2f}"


def _shown(money: str) -> str:
    return money if Decimal(money) else ""
