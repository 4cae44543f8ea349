"""The dashboard of a flow as a document: what differs from the standard layout."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import StringConstraints

from bos.model.document import Document, Line, Part, Slug, Window

PanelId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$", max_length=130)]
"""A KPI's name, ``trend.<kpi>``, ``funnel``, ``times`` or ``system.<name of a system signal>``."""


class PanelChoice(Part):
    """A panel that is named: where it stands is its place in the list; ``title`` replaces its own; or it is hidden.

    ``section`` is the heading that the tile of a KPI stands under. The trend, the split and the error budget of a KPI
    go with it.
    """

    id: PanelId
    title: Line = ""
    section: Line = ""
    hidden: bool = False


class Dashboard(Document):
    """The dashboard of a flow. What ``panels`` does not list appears in the standard layout, so a new KPI shows up.

    ``window`` is the span before the end of the newest event's day; without it, all that was recorded is shown.
    ``by`` is the bucket of the trends; without it, one that suits the period.
    """

    kind: ClassVar[str] = "dashboard"
    collection: ClassVar[str] = "dashboards"
    label: ClassVar[str] = "dashboard"

    flow: Slug
    window: Window | None = None
    by: Literal["hour", "day", "week", "month", "quarter"] | None = None
    panels: tuple[PanelChoice, ...] = ()
