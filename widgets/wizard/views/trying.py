"""Where a signal is pulled from, as a form, and what trying it came to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.model.tried import remarks, summary
from widgets.surface import parts
from widgets.wizard import signals
from widgets.wizard.fields import typed
from widgets.wizard.messages import TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bos.model.answers.trying import TriedSignal
    from widgets.surface.parts import Element
    from widgets.wizard.signals import Sheet
    from widgets.wizard.state import State

LANGUAGES = [
    ("", "None: KPIs do not become queries of it"), ("spl", "SPL (Splunk)"), ("promql", "PromQL (Prometheus)"),
    ("adql", "ADQL (AppDynamics)"),
]  # fmt: skip
_FIELDS = (
    "What formulas may read besides, a field a line: its name there, its name in the source, its type (text, number, "
    "integer, boolean, date or time). Example: fee = FEE_AMT, number"
)
_ROW, _WHY = "Row", "Why none"
_OF_EVENTS = (
    "One field and its column a line. Fields: case, time, step, event_id, amount, currency, resource, attr.NAME."
)
_OF_POINTS = "One field and its column a line. Fields: time, value, and attr.NAME for a label."


def source(state: State, sheet: Sheet) -> list[Element]:
    """Return the fields that say where the signal is pulled from, and the button that tries them."""
    first, at = sheet.filled(), sheet.prefix
    known = dict(sheet.connections)
    if (own := first["connection"]) and own not in known:
        known[own] = own
    options = [("", "It is not pulled"), *sorted(known.items(), key=lambda one: one[1].casefold())]
    more = {} if state.live else {"why": TEXT["try_later"]}
    return [
        parts.heading("Where it is pulled from"),
        typed(state, f"{at}connection", "Connection", "select", value=first["connection"], options=options),
        typed(state, f"{at}query", "Query", "area", value=first["query"], rows=3, optional=True,
              hint="In the language of the system that is connected."),
        typed(state, f"{at}language", "Language", "select", value=first["language"], options=LANGUAGES,
              hint="Of the query. KPIs are shown as queries in it, too."),
        typed(state, f"{at}mapping", "Which column is what", "area", value=first["mapping"], rows=4, optional=True,
              hint=_OF_EVENTS if sheet.process else _OF_POINTS),
        typed(state, f"{at}fields", "Fields", "area", value=first["fields"], rows=3, optional=True, hint=_FIELDS),
        typed(state, f"{at}where", "Narrowed to", "area", value=first["where"], rows=2, optional=True,
              hint="Only what has these values: a field of the source and its value a line. Example: status = OK"),
        typed(state, f"{at}pulled", "Pulled every", value=first["pulled"], optional=True, look="wz-short",
              hint="Example: 5 minutes. Where it is left out, as often as the connection says."),
        parts.text(TEXT["try_hint"]),
        parts.actions(parts.button(TEXT["try"], "try_signal", look="quiet", **more)),
    ]  # fmt: skip


def tried(state: State, sheet: Sheet) -> Iterator[Element]:
    """Yield what the last try of the signal came to, if there was one."""
    last = state.tried
    if last is None or last.of != sheet.id:
        return
    if last.found is None:
        yield parts.banner("breach", parts.text(last.problem), id="tried", role="alert")
        return
    found = last.found
    older = last.binding != signals.document_of(state, sheet)["binding"]
    said = remarks(found)
    yield parts.card(
        parts.heading("Sample rows", id="tried"),
        *([parts.banner("warning", parts.text(TEXT["try_older"]))] if older else []),
        parts.text(summary(found)),
        *([parts.plain(said)] if said else []),
        *_tables(found),
    )


def _tables(found: TriedSignal) -> Iterator[Element]:
    what = "events" if found.events else "points"
    raw = [name for name in found.columns if name not in found.hidden]
    came = parts.table(
        f"The first {len(found.rows)} rows as {found.connection} gave them",
        [_ROW, *raw],
        [[n, *(row.raw.get(name) or "" for name in raw)] for n, row in enumerate(found.rows, start=1)],
    )
    if found.fields:
        yield parts.table(
            f"The first {len(found.rows)} rows as {what}",
            [_ROW, _WHY, *found.fields],
            [
                [n, row.problem, *(row.mapped.get(name, "") for name in found.fields)]
                for n, row in enumerate(found.rows, start=1)
            ],
        )
        if raw:
            yield parts.details("Show the rows as they came", came, key="tried-raw")
    elif found.rows and raw:
        yield came
