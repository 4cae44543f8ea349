"""A dashboard as a table: a row for each of its tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.client import shown
from bos.client.frames import Column, Tabular, number
from bos.model import numbers
from bos.model.answers.dashboards import DashboardRun
from bos.model.numbers import is_money

if TYPE_CHECKING:
    from bos.model.answers.dashboards import Panel

_TILES = frozenset({"kpi", "budget", "system"})
_RIGHT = frozenset({"Value", "Rests on"})


class Dashboard(Tabular, DashboardRun):
    """A run of a dashboard, which is also a table of its tiles: KPIs, error budgets and system signals.

    Columns: ``panel``, ``kind``, ``title``, ``value``, ``unit``, ``shown`` (the value as people read it), ``target``,
    ``direction`` (at_most, at_least), ``status``, ``compared_period``, ``compared_value``, ``earlier_period``,
    ``earlier_value``, ``difference`` (of these two values), ``better``, ``change`` (in words), ``n``, ``as_of``
    (aware), ``approval``, ``withheld_reason``, ``owner`` and ``period`` (that of ``value``). What is compared is the
    value of the tile, or where no earlier period is covered the last whole bucket, or an earlier one with enough.
    """

    @property
    def tiles(self) -> tuple[Panel, ...]:
        """The panels that are rows of the table."""
        return tuple(panel for panel in self.panels if panel.kind in _TILES)

    @property
    def attrs(self) -> dict[str, Any]:
        """What holds for all tiles; ``units``, ``approval`` and ``withheld`` are by panel, as in an evaluation."""
        tiles, window = self.tiles, self.window
        money = {panel.unit for panel in tiles if is_money(panel.unit)}
        return {
            "run": self.run,
            "flow": self.flow,
            "template_version": self.template_version,
            "dashboard_version": self.dashboard_version,
            "snapshot": self.snapshot,
            "metrics_snapshot": self.metrics_snapshot,
            "at": self.at.isoformat(),
            "start": window.start and window.start.isoformat(),
            "end": window.end and window.end.isoformat(),
            "period": window.words,
            "time_zone": window.time_zone,
            "filters": {name: list(values) for name, values in self.filters.items()},
            "units": {panel.id: panel.unit for panel in tiles},
            "currency": money.pop() if len(money) == 1 else None,
            "approval": {panel.id: panel.approval.state if panel.approval else None for panel in tiles},
            "withheld": {panel.id: panel.withheld_reason for panel in tiles if panel.withheld_reason},
            "generated": self.generated,
        }

    def _columns(self) -> list[Column]:
        tiles, zone = self.tiles, self.window.time_zone
        units = [panel.unit for panel in tiles]
        changes = [panel.change for panel in tiles]
        return [
            Column("panel", "text", [panel.id for panel in tiles]),
            Column("kind", "text", [panel.kind for panel in tiles]),
            Column("title", "text", [panel.title for panel in tiles]),
            Column("value", "number", [number(panel.value, panel.unit) for panel in tiles], units=units),
            Column("unit", "text", units),
            Column("shown", "text", [panel.shown for panel in tiles]),
            Column("target", "share", [panel.target and panel.target.value for panel in tiles]),
            Column("direction", "text", [panel.target and panel.target.direction for panel in tiles]),
            Column("status", "text", [panel.status for panel in tiles]),
            Column("compared_period", "text", [_compared_period(panel) for panel in tiles]),
            Column("compared_value", "number", [_compared(panel) for panel in tiles], units=units),
            Column("earlier_period", "text", [change and change.period for change in changes]),
            Column("earlier_value", "number", [_earlier(panel) for panel in tiles], units=units),
            Column("difference", "share", [change and change.difference for change in changes]),
            Column("better", "flag", [change and change.better for change in changes]),
            Column("change", "text", [change and change.words for change in changes]),
            Column("n", "whole", [panel.n for panel in tiles]),
            Column("as_of", "moment", [panel.as_of for panel in tiles], zone=zone),
            Column("approval", "text", [panel.approval.state if panel.approval else None for panel in tiles]),
            Column("withheld_reason", "text", [panel.withheld_reason for panel in tiles]),
            Column("owner", "text", [panel.owner for panel in tiles]),
            Column("period", "text", [panel.period for panel in tiles]),
        ]

    def _grid(self) -> shown.Grid:
        silent = [panel for panel in self.tiles if panel.kind != "kpi" and panel.status == "no_data"]
        tiles = [panel for panel in self.tiles if panel not in silent]
        withheld = [f"{panel.title} is withheld: {panel.withheld_reason}" for panel in tiles if panel.withheld_reason]
        nothing = f"No data: {', '.join(panel.title for panel in silent)}." if silent else ""
        return shown.Grid(
            title=self.title,
            facts=[self.window.words, f"version {self.template_version}", f"snapshot {self.snapshot}"],
            names=["Tile", "Value", "Target", "Status", "Change", "Rests on", "Approval"],
            rows=[_row(panel) for panel in tiles],
            right=_RIGHT,
            marks={"Status": [panel.status for panel in tiles]},
            notes=[self.status_words, self.approval_words, *withheld, nothing],
            total=len(tiles),
            generated=self.generated,
        )


def _row(panel: Panel) -> list[str]:
    return [
        panel.title,
        "" if panel.withheld_reason else panel.shown,
        "" if panel.target is None else panel.target.shown,
        "Withheld" if panel.withheld_reason else panel.status_words,
        "" if panel.change is None else panel.change.words,
        numbers.grouped(panel.n),
        panel.approval_words,
    ]


def _compared_period(panel: Panel) -> str | None:
    return None if panel.change is None else panel.change.of or panel.period


def _compared(panel: Panel) -> Any:
    """Return the value that is held against the earlier one: that of the tile, or of a whole bucket."""
    if panel.change is None:
        return None
    return number(panel.change.now if panel.change.of else panel.value, panel.unit)


def _earlier(panel: Panel) -> Any:
    return None if panel.change is None else number(panel.change.value, panel.unit)
