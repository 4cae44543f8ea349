"""A shared signal as a form: what it is, who else uses it, and what came of saving it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.model.fields import FIELDS, field_of
from bos.model.wording import words
from widgets.surface import parts
from widgets.wizard import signals
from widgets.wizard.fields import label_of, typed
from widgets.wizard.frame import frame, status
from widgets.wizard.messages import TEXT, role, say, tally
from widgets.wizard.rejoin import LABELS
from widgets.wizard.views import trying
from widgets.wizard.views.validate import waiting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bos.model.answers.changes import GroupMark, Submitted
    from bos.model.diff import Change
    from widgets.surface.parts import Element
    from widgets.wizard.rejoin import Moved
    from widgets.wizard.signals import Sheet
    from widgets.wizard.state import State

PII = [
    ("none", "No personal data"),
    ("indirect", "Indirect: it can be traced to a person"),
    ("direct", "Direct: it names a person"),
    ("sensitive", "Sensitive"),
]
CLOCKS = [
    ("calendar", "Time on the wall, nights and weekends too"),
    ("business", "Working time, by the calendar of its step"),
]
_MANY, _LONGEST = 8, 1_000


def view(state: State) -> dict[str, Any]:
    """Return the page."""
    sheet = signals.sheet_of(state)
    if sheet is None:
        return frame(state, heading=TEXT["signal_change"], body=[parts.text(TEXT["signal_unread"])], narrow=True)
    return frame(
        state,
        heading=f"{TEXT['signal_change']}: {sheet.document['title']}",
        lede=TEXT["signal_shared"] if sheet.others else f"{TEXT['signal_shared']} {TEXT['signal_alone']}",
        body=[
            *([_users(sheet)] if sheet.others else []),
            *[waiting(group) for group in sheet.waiting],
            parts.card(*_parts(state, sheet)),
            parts.card(*trying.source(state, sheet)),
            *trying.tried(state, sheet),
            parts.card(_why(state, sheet)),
            parts.actions(
                parts.button("Save the signal", "save_signal", default=True),
                parts.button("Cancel", "open", sheet.use, look="quiet"),
            ),
        ],
        status=state.busy or (status(state) if state.unsaved else TEXT["signal_status"]),
        narrow=True,
    )


def described(state: State, prefix: str, first: Mapping[str, str], *, process: bool) -> list[Element]:
    """Return the fields that say what a signal is; their names begin with ``prefix``, ``first`` is what they show."""
    fields = [
        typed(state, f"{prefix}title", "Name of the signal", value=first.get("title", ""),
              hint="Example: Payment returned"),
    ]  # fmt: skip
    if process:
        hint = "What the log calls it. Example: PMT_RETURNED"
        fields.append(
            typed(state, f"{prefix}event", "Event in the source", value=first.get("event", ""), hint=hint)
        )  # fmt: skip
    else:
        unit = typed(state, f"{prefix}unit", "Unit", value=first.get("unit", ""), hint="Example: seconds",
                     optional=True, look="wz-short")  # fmt: skip
        fields.append(unit)
    return [
        *fields,
        typed(state, f"{prefix}pii", "Personal data", "select", value=first["pii"], options=PII),
        typed(state, f"{prefix}days", "Kept for days", value=first["days"], hint="2555 days are seven years.",
              look="wz-short"),
    ]  # fmt: skip


def _parts(state: State, sheet: Sheet) -> list[Element]:
    first = sheet.filled()
    title, *rest = described(state, sheet.prefix, first, process=sheet.process)
    hint = field_of("signal", "description").help
    arrival = parts.box(
        typed(state, f"{sheet.prefix}every", "Expected at least every", value=first["every"], optional=True,
              hint="Example: 15 minutes. Whatever comes later is late.", look="wz-short"),
        typed(state, f"{sheet.prefix}clock", "Counted in", "select", value=first["clock"],
              options=CLOCKS),
        typed(state, f"{sheet.prefix}by", "By the time of day", value=first["by"][:5], optional=True,
              hint="Example: 08:00, of a file that comes every day.", look="wz-short"),
        look="wz-line",
    )  # fmt: skip
    description = typed(state, f"{sheet.prefix}description", "Description", "area", value=first["description"],
                        hint=hint, rows=2, optional=True)  # fmt: skip
    return [title, description, *rest, arrival]


def _why(state: State, sheet: Sheet) -> Element:
    hint = "It stands in the history of the signal, for colleagues and for audit."
    return typed(state, f"{sheet.prefix}why", "Why do you change it?", "area", rows=2, hint=hint)


def _users(sheet: Sheet) -> Element:
    listed: Element = parts.plain(sheet.others)
    if len(sheet.others) > _MANY:
        listed = parts.details("Show the flows", listed, key="signal-users")
    words_ = say("signal_others", flows=tally(len(sheet.others), "other flow"))
    return parts.banner("warning", parts.text(words_), listed)


def moved(lines: Sequence[str]) -> Element:
    """Return what somebody else changed since the form was filled."""
    return parts.banner(
        "warning", parts.text(TEXT["signal_moved"]), parts.plain(lines), id="signal-moved", role="alert"
    )


def lines(sheet: Sheet, met: Iterable[Moved], others: Iterable[Change]) -> list[str]:
    """Return in words what somebody else changed: of each part what is live now, and what was typed instead."""
    found = []
    for one in met:
        label = f"{LABELS[one.part]}, {one.line}" if one.line else LABELS[one.part]
        typed_ = say("signal_typed", value=_said(sheet, one.part, one.typed)) if one.asked else ""
        found.append(f"{label}: {_said(sheet, one.part, one.live)}{typed_}")
    beside = sorted((one for one in others if one.path in {"tags", "owner"}), key=lambda change: _order(change.path))
    return [*found, *(f"{label_of(one.path, 'signal')}: {words(one.new)}" for one in beside)]


def _said(sheet: Sheet, part: str, value: str | None) -> str:
    """Return a value of a part as the page shows it."""
    if not value:
        return "taken out" if value is None else "empty"
    options = {"pii": PII, "clock": CLOCKS, "language": trying.LANGUAGES, "connection": sheet.connections}
    return dict(options.get(part, ())).get(value, value[:5] if part == "by" else words(value, longest=_LONGEST))


def _order(path: str) -> int:
    fields = list(FIELDS["signal"])
    return fields.index(path) if path in fields else len(fields)


def told(done: Submitted) -> Element:
    """Return in words what saving a signal did: what is live, and what waits for whom."""
    unsigned = {path for mark in done.provisional for path in mark.paths}
    live = [label_of(path, "signal") for path in sorted(done.live, key=_order) if path not in unsigned]
    lines = [say("signal_live", fields=", ".join(live))] if live else []
    lines += [say("signal_unsigned", fields=fields, roles=roles) for fields, roles in _marks(done.provisional)]
    lines += [say("signal_held", fields=fields, roles=roles) for fields, roles in _marks(done.held)]
    if not lines:
        return parts.banner("warning", parts.text(TEXT["signal_same"]), id="signal-told")
    title = parts.text(TEXT["signal_saved"])
    return parts.banner("warning" if done.held else "ok", title, parts.plain(lines), id="signal-told")


def _marks(marks: Iterable[GroupMark]) -> Iterable[tuple[str, str]]:
    for mark in marks:
        yield (
            ", ".join(label_of(path, "signal") for path in mark.paths),
            ", ".join(role(one.role) for one in mark.waiting_for),
        )
