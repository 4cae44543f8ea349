"""Process and system signals: documents of their own, shared between templates."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from bos.model.document import Document, Line, Name, Part, Slug, Text, Window
from bos.model.trust import Arrival

FieldType = Literal["text", "number", "integer", "boolean", "date", "time"]


class FieldBinding(Part):
    """A field of the signal: ``id`` in formulas, ``native`` in the source system. Numbers are decimal text there."""

    id: Name
    native: Line
    type: FieldType = "text"


class Binding(Part):
    """Where the signal comes from.

    ``event`` is the name the source gives the event; ``where`` narrows it to attributes with these values.
    ``connection`` and ``query`` say how to pull it from a connected system; both may be empty. ``language`` is that of
    the query; in it, KPIs become queries of that system, with fields named as ``mapping`` (field of BOS → name there)
    says. ``every``: how often it is pulled by itself; none: as often as the connection says.
    """

    connection: Slug | None = None
    query: Text = ""
    every: Window | None = None
    language: Literal["", "spl", "promql", "adql"] = ""
    event: Line = ""
    where: dict[Line, Line] = Field(default_factory=dict)
    mapping: dict[Line, Line] = Field(default_factory=dict)
    fields: tuple[FieldBinding, ...] = ()

    @model_serializer(mode="wrap")
    def _as_before(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave ``every`` out where there is none: what was signed before there was one is the same content."""
        return {name: value for name, value in dump(self).items() if (name, value) != ("every", None)}


class Signal(Document):
    """An event a step emits (``process``), or telemetry of what a step depends on (``system``).

    ``arrival`` says how often it is expected; none: nobody can tell whether it is late.
    """

    kind: ClassVar[str] = "signal"
    collection: ClassVar[str] = "signals"
    label: ClassVar[str] = "signal"

    owner: Slug = "data_steward"
    type: Literal["process", "system"]
    unit: Line = ""
    binding: Binding = Field(default_factory=Binding)
    arrival: Arrival | None = None
    pii: Literal["none", "indirect", "direct", "sensitive"] = "none"
    retention_days: int = Field(default=2555, ge=1, le=36500)


def system_of(signal: str) -> str:
    """Return the system that a system signal is telemetry of: the part of its id before the first dot."""
    return signal.partition(".")[0]


class SignalUse(Part):
    """A template's reference to a signal document.

    ``id`` is the name formulas use, ``signal`` the document. A process signal is emitted by ``step``; a system
    signal names the steps it can break in ``affects``.
    """

    id: Name
    signal: Slug
    step: Slug | None = None
    affects: tuple[Slug, ...] = ()
