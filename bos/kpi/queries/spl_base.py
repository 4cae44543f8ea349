"""Where a search of Splunk begins: the events of the flow, points of system signals, or the signals' own searches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bos.kpi.queries.spl_text import Fields, column, is_text
from bos.kpi.queries.support import refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bos.kpi.binding import BoundSeries, BoundSignal, NativeQuery
    from bos.kpi.rules import Selection

EVENTS, POINTS = "`bos_events`", "`bos_points`"
"""Macros: recorded events with fields named as the lake's columns; points with ``signal``, ``value``, ``labels``."""


@dataclass(frozen=True, slots=True)
class Source:
    """A search and the fields that say of which case an event is, and which of two at one instant is the first.

    Points have neither.
    """

    text: str
    case: str = ""
    order: str = ""


@dataclass(frozen=True, slots=True)
class Base:
    """The searches of one KPI, and which signal is in which."""

    signals: Mapping[str, BoundSignal]
    systems: Mapping[str, BoundSeries]
    sources: tuple[Source, ...]

    @classmethod
    def of(cls, signals: Mapping[str, BoundSignal], systems: Mapping[str, BoundSeries]) -> Base:
        """Return the searches that the signals and system signals need, each once."""
        found = [_source(signal.native, EVENTS) for signal in signals.values()]
        found += [_source(series.native, POINTS) for series in systems.values()]
        return cls(signals, systems, tuple(dict.fromkeys(found)))

    @property
    def whole(self) -> bool:
        """Whether all events of the flow are there."""
        return all(source.text == EVENTS for source in self.sources)

    def lines(self) -> list[str]:
        """Return the first lines of the search."""
        if len(self.sources) == 1:
            keys = _keys(self.sources[0])
            return [f"search {self.sources[0].text}", *([f"| eval {keys[2:]}"] if keys else [])]
        parts = [
            f'    [search {source.text} | eval bos_from="s{i}"{_keys(source)}]' for i, source in enumerate(self.sources)
        ]
        return ["| multisearch", *parts]

    def takes(self, selection: Selection) -> str:
        """Return whether an event is one of the selection's."""
        signal = self.signals[selection.signal]
        parts = self._member(signal)
        if selection.where is not None:
            parts.append(Fields(signal).condition(selection.where))
        return f"({' AND '.join(parts)})" if len(parts) > 1 else parts[0] if parts else "true()"

    def _member(self, signal: BoundSignal) -> list[str]:
        parts = self._from(_source(signal.native, EVENTS))
        if signal.native is not None and signal.native.language == "spl":
            return parts
        if not signal.bound:
            raise refusal(f"the signal {signal.name!r}", "spl", "It is not bound to recorded events.", signal.name)
        parts += [is_text("'step'", signal.event)] if signal.event else []
        return parts + [is_text(column(key), value) for key, value in signal.where.items()]

    def point(self, name: str) -> str:
        """Return whether a row is a point of a system signal."""
        series = self.systems[name]
        parts = self._from(_source(series.native, POINTS))
        if series.native is None or series.native.language != "spl":
            names = union([is_text("'signal'", one) for one in series.recorded])
            parts.append(f"({names})" if len(series.recorded) > 1 else names)
        return f"({' AND '.join(parts)})" if len(parts) > 1 else parts[0] if parts else "true()"

    def point_field(self, name: str, field: str) -> str:
        """Return a field of a system signal's points."""
        native = self.systems[name].native
        own = native.mapping.get(field, field) if native is not None and native.language == "spl" else field
        return column(own)

    def _from(self, source: Source) -> list[str]:
        return [f'bos_from=="s{self.sources.index(source)}"'] if len(self.sources) > 1 else []


def _keys(source: Source) -> str:
    return f", bos_case={source.case}, bos_order={source.order}" if source.case else ""


def _source(native: NativeQuery | None, usual: str) -> Source:
    if native is None or native.language != "spl":
        return Source(usual, "'case_id'", "'event_id'") if usual == EVENTS else Source(usual)
    text = native.text.strip().removeprefix("search ").strip()
    if text.startswith("|") or not balanced(text):
        words = "A signal's own search is what stands after 'search', with its quotes and brackets closed."
        raise refusal("this search of a signal", "spl", words, text)
    if usual == POINTS:
        return Source(text)
    named = [column(native.mapping.get(key, usual)) for key, usual in (("case", "case_id"), ("event_id", "event_id"))]
    return Source(text, *named)


def balanced(text: str) -> bool:
    """Return whether quotes and brackets of a search are closed, so that it can stand among others."""
    depth, quoted, skip = 0, False, False
    for char in text:
        if skip or char == "\\":
            skip = not skip
        elif char == '"':
            quoted = not quoted
        elif not quoted and char in "[]":
            depth += 1 if char == "[" else -1
            if depth < 0:
                return False
    return depth == 0 and not quoted and text.count("`") % 2 == 0


def union(parts: Sequence[str]) -> str:
    """Return whether any of some conditions holds."""
    each = list(dict.fromkeys(parts))
    return " OR ".join(each)
