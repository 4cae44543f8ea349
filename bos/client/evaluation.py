"""The result of an evaluation, as a table and as a DataFrame."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bos.client.listing import html_table, plain_table

if TYPE_CHECKING:
    import pandas as pd

    from bos.model.answers.kpis import KpiRun, KpiValue

_COMPARED = ["before", "difference", "change"]


class Evaluation:
    """Values of KPIs, frozen as a run.

    Attributes:
        run: everything that was read, asked and found.
    """

    def __init__(self, run: KpiRun) -> None:
        self.run = run

    @property
    def values(self) -> tuple[KpiValue, ...]:
        """The values, in the order asked."""
        return self.run.values  # noqa: PD011 - a field of the run, not of a DataFrame

    def __getitem__(self, kpi: str) -> Any:
        """Return the one value of a KPI that was asked for without buckets and dimensions.

        Raises:
            KeyError: the KPI was not asked for, or has several values.
        """
        found = [value for value in self.values if value.kpi == kpi]
        if len(found) != 1:
            raise KeyError(f"{kpi} has {len(found)} values; look at .values or .df")
        return exact(found[0])

    @property
    def df(self) -> pd.DataFrame:
        """The values as a DataFrame: kpi, bucket_start (aware), a column a dimension, value, unit, n, and marks.

        Where they were compared, also ``before`` (the earlier value), ``difference`` and ``change`` (a share).
        """
        import pandas as pd  # noqa: PLC0415 - only who asks for a DataFrame waits for it

        dimensions = _dimensions(self.values)
        columns = ["kpi", "bucket_start", *dimensions, "value", "unit", "n", "withheld_reason", "approval", "snapshot"]
        columns += _COMPARED if self._compares else []
        frame = pd.DataFrame(self._rows(), columns=columns)
        frame["bucket_start"] = pd.to_datetime(frame["bucket_start"], utc=True)
        return frame

    def __repr__(self) -> str:
        """Return the values as a plain table."""
        return f"{self._title()}\n{plain_table(self._rows())}"

    def _repr_html_(self) -> str:
        return html_table(self._rows(), caption=self._title())

    def _rows(self) -> list[dict[str, Any]]:
        names = _dimensions(self.values)
        return [
            {
                "kpi": value.kpi,
                "bucket_start": value.bucket_start,
                **{name: value.dimensions.get(name) for name in names},
                "value": exact(value),
                "unit": value.unit,
                "n": value.n,
                "withheld_reason": value.withheld_reason,
                "approval": value.approval.state if value.approval else None,
                "snapshot": value.snapshot,
                **(_compared(value) if self._compares else {}),
            }
            for value in self.values
        ]

    @property
    def _compares(self) -> bool:
        return any(value.compared is not None for value in self.values)

    def _title(self) -> str:
        return f"{self.run.flow}, version {self.run.template_version}, snapshot {self.run.snapshot}"


def _dimensions(values: tuple[KpiValue, ...]) -> list[str]:
    return list(dict.fromkeys(name for value in values for name in value.dimensions))


def _compared(value: KpiValue) -> dict[str, Any]:
    then = value.compared
    if then is None:
        return dict.fromkeys(_COMPARED)
    return dict(zip(_COMPARED, (_exact(then.value), _exact(then.difference), then.change), strict=True))


def exact(value: KpiValue) -> int | float | Decimal | None:
    """Return the number of a value; one with more digits than a float keeps is a Decimal (or an int)."""
    return _exact(value.value)


def _exact(found: float | str | None) -> int | float | Decimal | None:
    if not isinstance(found, str):
        return found
    number = Decimal(found)
    return int(number) if number == number.to_integral_value() and "." not in found else number
