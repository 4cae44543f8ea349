"""Signals as the engine sees them: which recorded events they are, and the type of each field."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

from bos.model.numbers import is_money

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

FieldType: TypeAlias = Literal["text", "number", "integer", "boolean", "date", "time"]
Kind: TypeAlias = FieldType | Literal["money"]
"""Type of a field in a formula. Only the built-in ``amount`` is money."""

BUILT_IN: Mapping[str, tuple[str, Kind]] = MappingProxyType(
    {
        "case": ("case_id", "text"),
        "step": ("step", "text"),
        "time": ("event_time", "time"),
        "effective_date": ("effective_date", "date"),
        "amount": ("amount", "money"),
        "currency": ("currency", "text"),
        "resource": ("resource", "text"),
    }
)
"""Fields every signal has: name in formulas → column of the lake and type."""


@dataclass(frozen=True, slots=True)
class FieldBinding:
    """An attribute of the recorded event, read as ``type``; text that does not read so counts as missing."""

    native: str
    type: FieldType = "text"


@dataclass(frozen=True, slots=True)
class BusinessClock:
    """The working time of a step, as its calendar says.

    Attributes:
        calendar: id of the calendar.
        time_zone: IANA zone of the hours.
        working_days: days of the week, Monday is 0.
        opens: seconds after local midnight at which a working day begins.
        closes: seconds after local midnight at which it ends.
        cut_off: seconds after local midnight; what starts later starts with the next working day.
        holidays: days without working time.
        stops: signals whose events stop the clock of their case.
        resumes: signals whose events start it again.
    """

    calendar: str
    time_zone: str
    working_days: tuple[int, ...]
    opens: int
    closes: int
    cut_off: int | None = None
    holidays: tuple[date, ...] = ()
    stops: tuple[BoundSignal, ...] = ()
    resumes: tuple[BoundSignal, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a signal stands in the flow.

    Attributes:
        step: id of the step that emits it.
        edges: the ways of the whole flow, as (from step, to step), sorted, each once.
    """

    step: str
    edges: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class NativeQuery:
    """Where a vendor keeps a signal.

    Attributes:
        language: ``spl``, ``promql`` or ``adql``.
        text: what brings the events or points of the signal, and nothing else.
        mapping: name of a field in BOS → its name there.
    """

    language: str
    text: str
    mapping: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Freeze the mapping, in one order."""
        object.__setattr__(self, "mapping", MappingProxyType(dict(sorted(self.mapping.items()))))

    def __hash__(self) -> int:
        """Return a hash of the content, so that what holds it can be a key."""
        return hash((self.language, self.text, tuple(self.mapping.items())))


@dataclass(frozen=True, slots=True)
class BoundSeries:
    """Which recorded points a system signal is.

    Attributes:
        name: local name in formulas.
        recorded: the names its points may be recorded under.
        unit: what the values are in; a currency (ISO 4217) makes them money, rounded to the cent.
        native: where a vendor keeps it, where its binding says so.
    """

    name: str
    recorded: tuple[str, ...] = ()
    unit: str = ""
    native: NativeQuery | None = None

    @property
    def currency(self) -> str | None:
        """The currency of the values, where they are money."""
        return self.unit if is_money(self.unit) else None


@dataclass(frozen=True, slots=True)
class BoundSignal:
    """Which recorded events a signal is.

    Attributes:
        name: local name in formulas.
        event: the source's name of the event (column ``step`` of the lake); empty where ``where`` alone tells.
        where: attributes the event must have, with these values.
        fields: name in formulas → attribute. The built-in fields cannot be redefined.
        clock: working time where the signal is emitted; ``None`` where neither step nor flow has a calendar.
        native: where a vendor keeps it, where its binding says so.
        place: where it stands in the flow; ``None`` where no step emits it.
    """

    name: str
    event: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, FieldBinding] = field(default_factory=dict)
    clock: BusinessClock | None = None
    native: NativeQuery | None = None
    place: Place | None = None

    def __post_init__(self) -> None:
        """Freeze the mappings, in one order."""
        object.__setattr__(self, "where", MappingProxyType(dict(sorted(self.where.items()))))
        object.__setattr__(self, "fields", MappingProxyType(dict(sorted(self.fields.items()))))

    def __hash__(self) -> int:
        """Return a hash of the content, so that compiled queries can be kept."""
        own = (self.name, self.event, tuple(self.where.items()), tuple(self.fields.items()))
        return hash((*own, self.clock, self.native, self.place))

    @property
    def bound(self) -> bool:
        """Whether the signal says which events it is."""
        return bool(self.event or self.where)

    def kind(self, name: str) -> Kind | None:
        """Return the type of a field, ``None`` where the signal has no such field."""
        if name in BUILT_IN:
            return BUILT_IN[name][1]
        return self.fields[name].type if name in self.fields else None
