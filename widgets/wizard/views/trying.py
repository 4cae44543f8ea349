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
        typed(state, f"{at}mapping", "Which column is what", "area", value=first["mapping"], rows=4, optional=True,
              hint=_OF_EVENTS if sheet.process else _OF_POINTS),
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
