"""Watched KPIs of a flow: how they stand, who looks after them, who hears of changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.client.documents import quoted
from bos.client.listing import Listing, html_table
from bos.model.answers.page import Page
from bos.model.answers.watching import Subscription, Watched

if TYPE_CHECKING:
    from bos.client.transport import Calls


class Watch:
    """The watched KPIs of a flow. Errors are those of ``bos.errors``."""

    def __init__(self, calls: Calls, flow: str) -> None:
        self._calls, self._flow = calls, flow
        self._path = f"/api/v1/flows/{quoted(flow)}/watch"

    def __repr__(self) -> str:
        """Return what this is and how to see more."""
        return f"<watched KPIs of {self._flow}: .list(), .acknowledge(kpi, rationale=…), .subscribe(kpi)>"

    def _repr_html_(self) -> str:
        return html_table(self.list(), caption=f"Watched KPIs of {self._flow}")

    def list(self) -> Listing[Watched]:
        """Return how each stands: the state that counts, since when, its value and money, who answers for it."""
        return Listing(self._calls.ask(Page[Watched], "GET", self._path).items)

    def acknowledge(self, kpi: str, *, rationale: str, instead_of: str = "") -> Watched:
        """Say that one looks after a KPI that is not as it should be; it holds until its state changes.

        ``instead_of`` is the person one takes over from. Raises Conflict where somebody else looks after it.
        """
        path = f"{self._path}/{quoted(kpi)}/acknowledgements"
        return self._calls.ask(Watched, "POST", path, json={"rationale": rationale, "instead_of": instead_of})

    def subscribe(self, kpi: str = "") -> Subscription:
        """Hear of the changes of a KPI; of every one of the flow where none is named."""
        return self._subscribe(kpi, on=True)

    def unsubscribe(self, kpi: str = "") -> Subscription:
        """Hear no more of a KPI, or of every one."""
        return self._subscribe(kpi, on=False)

    def _subscribe(self, kpi: str, *, on: bool) -> Subscription:
        return self._calls.ask(Subscription, "POST", f"{self._path}/subscriptions", json={"kpi": kpi, "on": on})
