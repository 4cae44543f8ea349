"""The bounds of trust as a form: of the flow, and of a KPI that has its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from widgets.surface import parts
from widgets.wizard import trust
from widgets.wizard.fields import percent, show
from widgets.wizard.state import find

if TYPE_CHECKING:
    from collections.abc import Mapping

    from widgets.surface.parts import Element
    from widgets.wizard.state import State

_SHARES = (("correlated", "Example: 98 %"), ("duplicates", "Example: 1 %"))
_OWN = [("", "Those of the flow"), ("own", "Its own")]


def of_flow(state: State) -> Element:
    """Return the bounds that hold for every number of the flow."""
    hint = "A number beyond one of these bounds is withheld, with the reason; empty for no bound."
    return parts.group("When a number may be shown", *_bounds(state, "trust"), hint=hint, key="trust")


def of_kpi(state: State) -> Element:
    """Return the bounds of the KPI at hand: those of the flow, or its own."""
    path = f"{state.item}.trust"
    own = find(state.document, path) is not None
    choice = parts.field("select", f"{path}.own", "Bounds of trust", "own" if own else "", options=_OWN,
                         hint="Those of the flow stand on the page Validate.")  # fmt: skip
    form = parts.box(choice, *(_bounds(state, path) if own else []), look="wz-form")
    return parts.details("When the number may be shown", form, key="trust")


def _bounds(state: State, path: str) -> list[Element]:
    held: Mapping[str, Any] = find(state.document, path) or trust.NONE
    control = held.get("control") or {}
    choices = [
        parts.field(
            "select", f"{path}.{part}", trust.LABELS[part], "yes" if held.get(part) else "", options=trust.SHOWN
        )
        for part in ("fresh", "approved")
    ]
    shares = [
        parts.field("text", f"{path}.{part}", trust.LABELS[part], percent(held.get(part)), hint=hint, optional=True,
                    error=state.error_of(f"{path}.{part}"))
        for part, hint in _SHARES
    ]  # fmt: skip
    totals = [("", "No control total"), *trust.totals(state.document)]
    ledger = [
        parts.field("select", f"{path}.control", trust.LABELS["control"], control.get("kpi", ""),
                    options=totals, hint="A KPI whose formula is gap(…).", error=state.error_of(f"{path}.control")),
    ]  # fmt: skip
    if control:
        ledger.append(
            parts.field("text", f"{path}.most", "May be apart by, at most", show(control.get("at_most")),
                        hint="In the unit of that KPI.", error=state.error_of(f"{path}.most"))
        )  # fmt: skip
    begins = parts.field(
        "checks", f"{path}.begins", trust.LABELS["begins"], list(held.get("begins") or ()),
        options=[(use["id"], use["id"]) for use in state.document["process_signals"]],
        hint="None chosen: the signals of the steps that no step before them leads to.",
    )  # fmt: skip
    choice = parts.details("What a case may begin with", begins, key=f"{path}-begins")
    return [*[parts.box(*one, look="wz-line") for one in (choices, shares)], choice, parts.box(*ledger, look="wz-line")]
