"""What came over the connections that receive, as data: how it stands, and what could not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.model.moments import instant
from bos.model.numbers import counted
from bos.model.standing import gone, lost, turned_away, why
from widgets.connections.messages import TEXT, say
from widgets.surface import parts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bos.model.answers.connections import IncomingRow, ReceivedStanding
    from bos.model.answers.pulls import SignalRejects
    from widgets.connections.state import Reread, State
    from widgets.surface.parts import Element


def told_of(received: ReceivedStanding) -> list[str]:
    """Return when the last delivery came, and what became of those there are. Times are UTC."""
    told = [say("came", at=_at(received.at)) if received.at else TEXT["never_came"]]
    many = (("to_read", received.waiting), ("was_read", received.done), ("unreadable", received.dead))
    told += [say(name if n > 1 else f"{name}_one", n=f"{n:,}") for name, n in many if n]
    return [*told, *filter(None, (lost(received), turned_away(received)))]


def unread(state: State, reason: Element) -> list[Element]:
    """Return the deliveries that could not be read, and the form in which one is read again (``reason``: of it)."""
    if not state.unread:
        return []
    rows = [_row(state, key, one) for key, one in state.unread.items()]
    every = sum(one.received.dead for one in state.health if one.received)
    head = say("unread", n=f"{max(every, len(rows)):,}")
    asked = state.unread.get(state.rereading)
    form = _form(state, _of(state, state.rereading, asked), reason) if asked is not None else []
    return [parts.box(parts.heading(head), *form, parts.listing(head, rows, empty=""))]


def outdated(state: State, reason: Element) -> list[Element]:
    """Return the files that are to be read again, and the form in which one is read again."""
    files = state.outdated
    if not files or not all(state.may(right) for right in ("telemetry.import", "telemetry.upkeep")):
        return []
    rows = []
    for key, file in files.items():
        about: dict[str, Any] = {"title": _title(state, key), "flow": file.flow, "at": _at(file.at)}
        words = say("outdated_row", **about) if file.earlier else say("short_row", **about, other=file.short)
        again = parts.button(TEXT["read-again"], "reread", key, small=True, about=file.name)
        words = f"{words} {say('file_gone', words=gone(file))}" if file.gone_at else words
        rows.append(parts.row(file.name, words, key=key, level=3, ends=[again] if state.may_reread(key) else []))
    head = say("outdated", n=f"{max(sum(one.earlier for one in state.health), len(rows)):,}")
    form = _form(state, files[state.rereading].name, reason) if state.rereading in files else []
    return [parts.box(parts.heading(head), *form, parts.listing(head, rows, empty=""))]


def rejects(state: State) -> list[Element]:
    """Return the rows that pulls could not take, and the form in which those of a signal are read again."""
    if not state.rejects:
        return []
    rows = []
    for key, (one, row) in state.rejects.items():
        about: dict[str, Any] = {"title": one.title, "n": counted(row.rows, "row"), "at": _at(row.at)}
        words = [say("rejects_row", **about), f"{why(row.reasons, row.rows)}." if row.reasons else TEXT["rejects_why"]]
        words += [say("rejects_since", since=_at(row.since))] if row.since else []
        name, may = _signal(row), state.may("telemetry.import") and state.may_pull_again(key)
        again = [parts.button(TEXT["read-again"], "reread", key, small=True, about=name)] if may else []
        rows.append(parts.row(name, " ".join(words), key=key, level=3, ends=again))
    asked = state.rejects.get(state.rereading)
    told = [parts.text(say("rejects_form", since=_at(asked[1].again)))] if asked and asked[1].again else []
    form = _form(state, _signal(asked[1]), *told) if asked and told else []
    return [parts.box(parts.heading(TEXT["rejects"]), *form, parts.listing(TEXT["rejects"], rows, empty=""))]


def _signal(row: SignalRejects) -> str:
    return say("signal_of", signal=row.signal, flow=row.flow)


def rereads(state: State) -> list[Element]:
    """Return what is being read again, and what came of what was."""
    told = state.rereads.values()
    return [parts.banner(_tone(one), parts.text(one.words), role="alert" if one.failed else "status") for one in told]


def _tone(one: Reread) -> str:
    return "breach" if one.failed else "ok" if one.over else "info"


def _form(state: State, title: str, *inside: Element) -> list[Element]:
    save = parts.button(TEXT["read-again"], "read-again", state.rereading, default=True)
    cancel = parts.button(TEXT["cancel"], "close", look="quiet")
    return [parts.card(parts.heading(title, 3), *inside, parts.actions(save, cancel))]


def keyed(connection: str, rows: Sequence[IncomingRow]) -> dict[str, IncomingRow]:
    """Return the dead of the deliveries of a connection, each by what the page calls it."""
    return {f"{connection}/{row.delivery}": row for row in rows if row.state == "dead"}


def _row(state: State, key: str, one: IncomingRow) -> Element:
    title, again = _title(state, key), []
    if state.may_edit:
        about: dict[str, Any] = {"small": True, "about": _of(state, key, one)}
        again = [parts.button(TEXT["read-again"], "reread", key, **about)]
    return parts.row(title, say("unread_row", at=_at(one.at), problem=one.problem), key=key, level=3, ends=again)


def _of(state: State, key: str, one: IncomingRow) -> str:
    """Return which delivery is spoken of: of which connection, and when it came."""
    return say("delivery", title=_title(state, key), at=_at(one.at))


def _title(state: State, key: str) -> str:
    name = key.partition("/")[0]
    one = state.seen(name)
    return one.title if one else name


def _at(moment: datetime) -> str:
    return instant(moment, "UTC")
