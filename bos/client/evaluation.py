"""The result of an evaluation, as a table, as a DataFrame, and for Arrow."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bos.client import shown
from bos.client.frames import UTC_NAME, Column, Tabular, number
from bos.errors import UsageError
from bos.model import numbers
from bos.model.numbers import is_money

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from decimal import Decimal

    from bos.client.charts import Chart
    from bos.model.answers.kpis import KpiRun, KpiValue

_NO_PERIOD = "There is no such earlier period."
_NAMED = 3
_RIGHT = frozenset({"value", "n", "before", "difference", "change"})


class Evaluation(Tabular):
    """Values of KPIs, frozen as a run.

    Attributes:
        run: everything that was read, asked and found.
    """

    def __init__(self, run: KpiRun) -> None:
        self.run = run

    @property
    def values(self) -> tuple[KpiValue, ...]:
        """The values, in the order asked."""
        return self.run.values

    def __len__(self) -> int:
        """Return how many values there are."""
        return len(self.values)

    def __getitem__(self, kpi: str) -> Any:
        """Return the one value of a KPI that was asked for without buckets and dimensions.

        Raises:
            KeyError: the KPI was not asked for, or has several values.
        """
        found = [value for value in self.values if value.kpi == kpi]
        if not found:
            near = get_close_matches(kpi, self._kpis(), n=1)
            meant = f"; did you mean {near[0]}?" if near else ""
            raise KeyError(f"{kpi} was not asked for{meant} There are {', '.join(self._kpis()) or 'none'}")
        if len(found) != 1:
            raise KeyError(f"{kpi} has {len(found)} values; look at .values or .df")
        return exact(found[0])

    def _ipython_key_completions_(self) -> list[str]:
        return self._kpis()

    def _kpis(self) -> list[str]:
        return list(dict.fromkeys(value.kpi for value in self.values))

    def chart(self, kpi: str | None = None) -> Chart:
        """Return one KPI over its buckets as a picture for a notebook, with the earlier values where it is compared.

        Raises:
            UsageError: there is no bucket, or more than one value in a bucket.
        """
        from bos.client.charts import Chart  # noqa: PLC0415 - only who wants a picture waits for the look

        wanted = kpi or next(iter(self._kpis()), "")
        values = [value for value in self.values if value.kpi == wanted and value.bucket_start is not None]
        if not values or any(value.dimensions for value in values):
            raise UsageError(
                f"There is no one line of {wanted!r} over time.",
                where="kpi",
                hint="Ask for one of the KPIs by day, week or month, without dimensions.",
            )
        marked = f" · {numbers.GENERATED}" if self.run.generated else ""
        title = f"{wanted} by {self.run.options.get('by')}, {self.time_zone}{marked}"
        return Chart(title, values[0].unit, values, ZoneInfo(self.time_zone))

    @property
    def time_zone(self) -> str:
        """The zone that ``bucket_start`` is shown in: that of the buckets where all have one, else UTC."""
        zones = {self.run.time_zones.get(value.kpi, UTC_NAME) for value in self.values}
        return zones.pop() if len(zones) == 1 else UTC_NAME

    @property
    def attrs(self) -> dict[str, Any]:
        """What holds for all values; by KPI: ``units``, ``time_zones``, ``approval`` and what is said of the number.

        That is why it is ``withheld``, which events are missing (``no_data``) or ended before it (``ended``).
        ``currency`` is that of money, ``None`` where there is none or more than one; ``time_zone`` that of
        ``bucket_start``; ``generated`` says that telemetry was made by the generator (``None``: it is not known).
        """
        run, options = self.run, self.run.options
        money = {value.unit for value in self.values if is_money(value.unit)}
        withheld = {value.kpi: value.withheld_reason for value in self.values if value.withheld_reason}
        return {
            "run": run.run,
            "flow": run.flow,
            "template_version": run.template_version,
            "snapshot": run.snapshot,
            "metrics_snapshot": run.metrics_snapshot,
            "at": run.at.isoformat(),
            "start": options.get("start"),
            "end": options.get("end"),
            "by": options.get("by"),
            "compare": options.get("compare"),
            "units": {value.kpi: value.unit for value in self.values},
            "currency": money.pop() if len(money) == 1 else None,
            "time_zone": self.time_zone,
            "time_zones": run.time_zones,
            "approval": {value.kpi: value.approval.state if value.approval else None for value in self.values},
            "withheld": withheld,
            "no_data": {value.kpi: value.no_data.words for value in self.values if value.no_data},
            "ended": {value.kpi: value.ended.words for value in self.values if value.ended},
            "generated": run.generated,
        }

    def _columns(self) -> list[Column]:
        values, zone = self.values, self.time_zone
        units = [value.unit for value in values]
        columns = [
            Column("kpi", "text", [value.kpi for value in values]),
            Column("bucket_start", "moment", [value.bucket_start for value in values], zone=zone),
            *(Column(name, "field", [one.dimensions.get(name) for one in values]) for name in _dimensions(values)),
            Column("value", "number", [exact(value) for value in values], units=units),
            Column("unit", "text", units),
            Column("n", "whole", [value.n for value in values]),
            Column("withheld_reason", "text", [value.withheld_reason for value in values]),
            Column("no_data", "text", [value.no_data.words if value.no_data else None for value in values]),
            Column("ended", "text", [value.ended.words if value.ended else None for value in values]),
            Column("approval", "text", [value.approval.state if value.approval else None for value in values]),
            Column("snapshot", "text", [value.snapshot for value in values]),
        ]
        return [*columns, *(self._compared(units, zone) if self._compares else ())]

    def _compared(self, units: list[str], zone: str) -> list[Column]:
        pairs = [(value.compared, value.unit) for value in self.values]
        return [
            Column("before", "number", [one and number(one.value, unit) for one, unit in pairs], units=units),
            Column("difference", "number", [one and number(one.difference, unit) for one, unit in pairs], units=units),
            Column("change", "share", [one and one.change for one, _ in pairs]),
            Column("before_start", "moment", [one and one.start for one, _ in pairs], zone=zone),
            Column("before_reason", "text", [_no_before(value) for value in self.values]),
        ]

    @property
    def _compares(self) -> bool:
        return bool(self.run.options.get("compare")) or any(value.compared is not None for value in self.values)

    def withheld(self) -> list[tuple[str, str]]:
        """Return what is withheld and why: each KPI with its buckets, a few of them by their start."""
        return self._reasons(lambda value: value.withheld_reason)

    def missing(self) -> list[tuple[str, str]]:
        """Return what has no number because events are missing, and which those are, as :meth:`withheld` does."""
        return self._reasons(lambda value: value.no_data.words if value.no_data else None)

    def ended(self) -> list[tuple[str, str]]:
        """Return what is of a part of its period or bucket, and which events are missing, as :meth:`withheld`."""
        return self._reasons(lambda value: value.ended.words if value.ended else None)

    def _reasons(self, of: Callable[[KpiValue], str | None]) -> list[tuple[str, str]]:
        found: dict[tuple[str, str], dict[str, None]] = {}
        for value in self.values:
            if reason := of(value):
                bucket = self._bucket(value.bucket_start)
                found.setdefault((value.kpi, reason), {}).update({bucket: None} if bucket else {})
        by = self.run.options.get("by") or "bucket"
        return [(f"{kpi}{_buckets(by, list(named))}", reason) for (kpi, reason), named in found.items()]

    def _grid(self) -> shown.Grid:
        names = _dimensions(self.values)
        compared = ["before", "difference", "change"] if self._compares else []
        rows = []
        for value in self.values[: shown.SHOWN]:
            mark = "" if value.approval is None else value.approval.state
            fields = ["" if (found := value.dimensions.get(name)) is None else str(found) for name in names]
            bucket = self._bucket(value.bucket_start)
            told = [_told(value), numbers.grouped(value.n), *_before(value, compared)]
            rows.append([value.kpi, bucket, *fields, *told, mark])
        return shown.Grid(
            title=self.run.flow,
            facts=self._facts(),
            names=["kpi", self.run.options.get("by") or "from", *names, "value", "n", *compared, "approval"],
            rows=rows,
            right=_RIGHT,
            marks={"approval": [row[-1] for row in rows]},
            notes=self._notes(),
            total=len(self.values),
            generated=self.run.generated is True,
        )

    def _facts(self) -> list[str]:
        zone = [f"times of {self.time_zone}"] if any(value.bucket_start for value in self.values) else []
        return [f"version {self.run.template_version}", f"snapshot {self.run.snapshot}", *zone]

    def _notes(self) -> list[str]:
        held = [f"{what} is withheld: {reason}" for what, reason in self.withheld()]
        held += [f"{what}: {words}" for what, words in (*self.missing(), *self.ended())]
        told = [value for value in self.values if self._compares and not value.withheld_reason]
        alone = [f"{value.kpi}: nothing to compare with. {reason}" for value in told if (reason := _no_before(value))]
        return list(dict.fromkeys([*held, *alone]))

    def _bucket(self, start: datetime | None) -> str:
        if start is None:
            return ""
        local = start.astimezone(ZoneInfo(self.time_zone))
        return local.strftime("%Y-%m-%d %H:%M" if self.run.options.get("by") == "hour" else "%Y-%m-%d")


def exact(value: KpiValue) -> int | float | Decimal | None:
    """Return the number of a value; money, and what has more digits than a float keeps, is a Decimal (or an int)."""
    return number(value.value, value.unit)


def _buckets(by: str, named: list[str]) -> str:
    """Return which buckets in words, in brackets; nothing where there is none."""
    if not named:
        return ""
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return f" ({by}{'s' if len(named) > 1 else ''} from {', '.join(named[:_NAMED])}{more})"


def _dimensions(values: tuple[KpiValue, ...]) -> list[str]:
    return list(dict.fromkeys(name for value in values for name in value.dimensions))


def _no_before(value: KpiValue) -> str | None:
    """Return why a value is compared with nothing; nothing where it is."""
    if value.compared is None:
        return value.withheld_reason or _NO_PERIOD
    return value.compared.withheld_reason


def _told(value: KpiValue) -> str:
    """Return a value as people read it; where it has none, why not."""
    if value.withheld_reason:
        return "withheld"
    return numbers.NO_CASE if value.value is None and value.no_data is None else numbers.shown(value.value, value.unit)


def _before(value: KpiValue, names: list[str]) -> list[str]:
    then = value.compared
    if not names or then is None or then.withheld_reason:
        return [""] * len(names)
    gap = "" if then.difference is None else numbers.signed(float(then.difference), value.unit)
    share = "" if then.change is None else f"{'+' if then.change > 0 else ''}{numbers.percent(then.change)}"
    return [numbers.shown(then.value, value.unit), gap, share]
