"""Values over time as a picture for a notebook."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from bos.look import charts
from bos.look.page import css
from bos.model import numbers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from bos.model.answers.kpis import KpiValue

_SHEETS = ("tokens.css", "charts.css")
_BOX = "margin:0;padding:.9em 1em;max-width:60em;background:var(--bos-surface);color:var(--bos-ink)"
_WORDS = "font:600 .95em var(--bos-sans);margin-bottom:.5em"
_LEGEND = '<ul class="bos-legend"><li data-part="line">value</li><li data-part="prior">before</li></ul>'


@dataclass(frozen=True, slots=True)
class Chart:
    """A line over time: the numbers are those of the table it was made from.

    Attributes:
        title: what it shows; said beside it where the telemetry was generated.
        unit: of the values.
        values: the values by start of their buckets, and those they are compared with.
        zone: the time zone of the buckets.
    """

    title: str
    unit: str
    values: Sequence[KpiValue]
    zone: ZoneInfo

    def __repr__(self) -> str:
        """Return what it shows."""
        return f"<chart {self.title!r} of {len(self.values)} values: look at it in a notebook>"

    def _repr_html_(self) -> str:
        now = [(self._at(value), _float(value.value)) for value in self.values]
        then = [(self._at(value), _float(value.compared.value)) for value in self.values if value.compared]
        lines = [charts.Series("value", now), *([charts.Series("before", then, "prior")] if then else [])]
        picture = charts.line(
            lines,
            title=self.title,
            desc=f"{self.title}: the numbers stand in the table",
            unit=self.unit if numbers.is_money(self.unit) else "",
            height=240,
            fmt=lambda value: numbers.axis(value, self.unit),
        )
        style = css(_SHEETS).replace(":root, .bos {", ".bos-figure {")
        legend = _LEGEND if then else ""
        words = f'<figcaption style="{_WORDS}">{escape(self.title)}</figcaption>'
        return f'<style>{style}</style><figure class="bos-figure" style="{_BOX}">{words}{picture}{legend}</figure>'

    def _at(self, value: KpiValue) -> datetime:
        assert value.bucket_start is not None  # noqa: S101 - charts are made of buckets alone
        return value.bucket_start.astimezone(self.zone)


def _float(told: float | str | None) -> float | None:
    return None if told is None else float(told)
