"""Panels of Grafana in its two shapes: classic, and elements beside a layout."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from bos.model.numbers import DURATIONS, decimals, is_money

if TYPE_CHECKING:
    from bos.dashboards.exports.cards import Card, Query
    from bos.model.answers.dashboards import DashboardRun

Place: TypeAlias = "tuple[int, int, int, int]"
"""Column (of 24), row, width, height."""
_SOURCE = "${datasource}"
_VARIABLE = re.compile(r"\$(?=[\w{])|\[(?=\[)")
_DOLLAR = "\N{FULLWIDTH DOLLAR SIGN}"
_STEPS = {"hour": "1h", "day": "1d"}
_POINTS = 11_000
"""What Prometheus answers at most: with fewer asked for, Grafana would take a longer step than the query's bucket."""
_USUAL = timedelta(days=30)


def unit_of(unit: str) -> str:
    """Return Grafana's name of a unit."""
    if unit == "ratio":
        return "percentunit"
    return "s" if unit in DURATIONS else f"currency{unit}" if is_money(unit) else "short"


def has_variable(text: str) -> bool:
    """Return whether Grafana would look for a variable in a text: ``$name``, ``${name}`` or ``[[name]]``.

    The syntax is that of https://grafana.com/docs/grafana/latest/dashboards/variables/variable-syntax/, which knows no
    way to escape it.
    """
    return _VARIABLE.search(text) is not None


def plain(text: str) -> str:
    """Return a text in which Grafana finds no variable: such a dollar sign is a wide one, brackets stand apart."""
    return _VARIABLE.sub(lambda found: _DOLLAR if found[0] == "$" else "[ ", text)


def uid_of(run: DashboardRun) -> str:
    """Return the id of a flow's dashboard in Grafana: the same for each export, at most 40 characters."""
    return f"bos-{hashlib.sha256(run.flow.encode()).hexdigest()[:24]}"


def _since(run: DashboardRun) -> str:
    window = run.window
    span = window.end - window.start if window.start and window.end else _USUAL
    return f"now-{max(1, round(span / timedelta(hours=1)))}h"


def _zone(run: DashboardRun) -> str:
    return "utc" if run.window.time_zone == "UTC" else run.window.time_zone


def _styled(panel: Any, card: Card, kinds: tuple[Any, Any]) -> Any:
    """Return a panel, or the picture in one, with unit and limits; ``kinds`` are the SDK's builders and models."""
    build, models = kinds
    steps = [models.Threshold(value=value, color=colour) for value, colour in card.steps()]
    limits = build.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)
    unit = card.tile.unit
    panel = panel.decimals(decimals(unit)) if is_money(unit) else panel
    return panel.unit(unit_of(unit)).thresholds(limits).no_value("No data")


class Classic:
    """Panels of the classic shape."""

    def __init__(self, run: DashboardRun, page: str) -> None:
        from grafana_foundation_sdk.builders import dashboard as b  # noqa: PLC0415 - only exports wait for it
        from grafana_foundation_sdk.models import dashboard as m  # noqa: PLC0415 - as above

        self._page, self._kinds = page, (b, m)
        self._board = b.Dashboard(run.title).uid(uid_of(run)).description(run.description).tags(["bos", run.flow])
        self._board.time(_since(run), "now").timezone(_zone(run)).editable().version(run.dashboard_version)
        self._board.with_variable(b.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
        if page:
            self._board.link(
                b.DashboardLink("This run in BOS").type(m.DashboardLinkType.LINK).url(page).target_blank(True)
            )
        self._next = 1

    def number(self, card: Card, place: Place) -> None:
        """Add the number of a KPI."""
        from grafana_foundation_sdk.builders import stat  # noqa: PLC0415 - as above

        self._add(
            _styled(stat.Panel(), card, self._kinds).with_target(self._asked(card.value, instant=True)), card, place
        )

    def course(self, card: Card, place: Place) -> None:
        """Add the course of a KPI."""
        from grafana_foundation_sdk.builders import timeseries  # noqa: PLC0415 - as above

        panel = _styled(timeseries.Panel(), card, self._kinds).max_data_points(_POINTS)
        self._add(panel.with_target(self._asked(card.trend, instant=False)), card, place)

    def words(self, title: str, content: str, place: Place) -> None:
        """Add a panel of plain text: nothing in it is markup."""
        from grafana_foundation_sdk.builders import text  # noqa: PLC0415 - as above
        from grafana_foundation_sdk.models.text import TextMode  # noqa: PLC0415 - as above

        self._put(text.Panel().title(plain(title)).mode(TextMode.CODE).content(plain(content)), place)

    def whole(self) -> Any:
        """Return the dashboard without what the SDK adds and Grafana's types do not know, or that hides a link."""
        board: Any = self._board.build()
        for variable in board.templating.list_val:
            variable.auto = variable.auto_count = variable.auto_min = None
        for shown in (board, *board.panels):
            for link in shown.links or ():
                link.placement = None  # the SDK's own would put it into a menu instead of above the panels
        return board

    def _add(self, panel: Any, card: Card, place: Place) -> None:
        from grafana_foundation_sdk.builders import dashboard as b  # noqa: PLC0415 - as above

        panel = panel.title(plain(card.tile.title)).description(plain(card.description()))
        if self._page:
            panel = panel.links(
                [
                    b.DashboardLink("In BOS")
                    .type(self._kinds[1].DashboardLinkType.LINK)
                    .url(f"{self._page}#{card.tile.id}")
                    .target_blank(True)
                ]
            )
        self._put(panel, place)

    def _put(self, panel: Any, place: Place) -> None:
        from grafana_foundation_sdk.models.dashboard import GridPos  # noqa: PLC0415 - as above

        x, y, wide, high = place
        self._board.with_panel(panel.id(self._next).grid_pos(GridPos(x=x, y=y, w=wide, h=high)))
        self._next += 1

    @staticmethod
    def _asked(query: Query | None, *, instant: bool) -> Any:
        from grafana_foundation_sdk.builders import prometheus  # noqa: PLC0415 - as above
        from grafana_foundation_sdk.models.common import DataSourceRef  # noqa: PLC0415 - as above

        asked = prometheus.Dataquery().expr(query.text if query else "").ref_id("A")
        asked = asked.datasource(DataSourceRef(type_val="prometheus", uid=_SOURCE))
        if instant:
            return asked.instant()
        return asked.range().interval(_STEPS[query.by if query else "hour"])


class Elements:
    """Elements and a layout, the shape of v2."""

    def __init__(self, run: DashboardRun, page: str) -> None:
        from grafana_foundation_sdk.builders import dashboardv2 as b  # noqa: PLC0415 - only exports wait for it
        from grafana_foundation_sdk.models import dashboardv2 as m  # noqa: PLC0415 - as above

        self._page, self._name, self._kinds = page, uid_of(run), (b, m)
        self._board = b.Dashboard(run.title).description(run.description).tags(["bos", run.flow]).editable(True)
        times = b.TimeSettings().from_val(_since(run)).to("now").timezone(_zone(run))
        self._board.time_settings(times)
        source = b.DatasourceVariable("datasource").label("Prometheus").plugin_id("prometheus")
        self._board.variable(source)
        if page:
            self._board.links(
                [b.DashboardLink().title("This run in BOS").type(m.DashboardLinkType.LINK).url(page).target_blank(True)]
            )
        self._grid, self._next = b.Grid(), 1

    def number(self, card: Card, place: Place) -> None:
        """Add the number of a KPI."""
        from grafana_foundation_sdk.builders import stat  # noqa: PLC0415 - as above

        self._add(_styled(stat.VisualizationV2(), card, self._kinds), card, card.value, place, instant=True)

    def course(self, card: Card, place: Place) -> None:
        """Add the course of a KPI."""
        from grafana_foundation_sdk.builders import timeseries  # noqa: PLC0415 - as above

        self._add(_styled(timeseries.VisualizationV2(), card, self._kinds), card, card.trend, place, instant=False)

    def words(self, title: str, content: str, place: Place) -> None:
        """Add a panel of plain text: nothing in it is markup."""
        from grafana_foundation_sdk.builders import dashboardv2 as b  # noqa: PLC0415 - as above
        from grafana_foundation_sdk.builders import text  # noqa: PLC0415 - as above
        from grafana_foundation_sdk.models.text import TextMode  # noqa: PLC0415 - as above

        picture = text.VisualizationV2().mode(TextMode.CODE).content(plain(content))
        self._put(b.Panel().title(plain(title)).data(b.QueryGroup()).visualization(picture), place)

    def whole(self) -> Any:
        """Return the dashboard as a resource."""
        from grafana_foundation_sdk.models import resource  # noqa: PLC0415 - as above

        spec = self._board.layout(self._grid).build()
        metadata = resource.Metadata(name=self._name)
        return resource.Manifest("dashboard.grafana.app/v2", resource.DashboardKind, metadata, spec)

    def _add(self, picture: Any, card: Card, query: Query | None, place: Place, *, instant: bool) -> None:
        from grafana_foundation_sdk.builders import dashboardv2 as b  # noqa: PLC0415 - as above
        from grafana_foundation_sdk.builders import prometheus  # noqa: PLC0415 - as above

        asked = prometheus.QueryV2().expr(query.text if query else "")
        asked = asked.datasource(b.Dashboardv2DataQueryKindDatasource().name(_SOURCE))
        asked = asked.instant(True) if instant else asked.range(True).interval(_STEPS[query.by if query else "hour"])
        group = b.QueryGroup().target(b.Target().query(asked).ref_id("A"))
        if not instant:
            group = group.query_options(b.QueryOptionsSpec().max_data_points(_POINTS))
        panel = (
            b.Panel()
            .title(plain(card.tile.title))
            .description(plain(card.description()))
            .data(group)
            .visualization(picture)
        )
        if self._page:
            panel = panel.links([b.DataLink().title("In BOS").url(f"{self._page}#{card.tile.id}").target_blank(True)])
        self._put(panel, place)

    def _put(self, panel: Any, place: Place) -> None:
        from grafana_foundation_sdk.builders import dashboardv2 as b  # noqa: PLC0415 - as above

        name, (x, y, wide, high) = f"panel-{self._next}", place
        self._board.element(name, panel.id(self._next))
        self._grid.item(b.GridItem().name(name).x(x).y(y).width(wide).height(high))
        self._next += 1
