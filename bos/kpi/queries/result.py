"""What a KPI is in a telemetry language: texts, what to send with them, and what is to be known about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Language = Literal["spl", "promql", "adql"]
LANGUAGES: tuple[Language, ...] = ("spl", "promql", "adql")

GENERATED = "generated, not run"
ESTIMATED = "estimated"
EXACT = "checked against a running server"


@dataclass(frozen=True, slots=True)
class NamedText:
    """One query of several, with the name under which ``combine`` speaks of its result."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class TelemetryQuery:
    """A KPI as a query of a vendor.

    Attributes:
        language: of the texts.
        texts: the queries, one in most cases.
        combine: how their results become the value, in words; empty where there is one.
        parameters: what is sent beside the text, as text: times (epoch seconds, of ADQL milliseconds), step, shift.
        estimated: whether the numbers may differ from those of the lake, within ``tolerance``.
        tolerance: how far, and why, in words.
        ran: whether the language's queries were run against a real server when BOS was tested.
        notes: what the person who runs it must know.
    """

    language: Language
    texts: tuple[NamedText, ...]
    combine: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    estimated: bool = False
    tolerance: tuple[str, ...] = ()
    ran: bool = False
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the parameters."""
        object.__setattr__(self, "parameters", MappingProxyType(dict(self.parameters)))

    @property
    def marking(self) -> str:
        """What the query must be marked with wherever it is shown."""
        words = [ESTIMATED] if self.estimated else []
        words += [] if self.ran else [GENERATED]
        return ", ".join(words) or EXACT

    @property
    def text(self) -> str:
        """The text; of several queries one after the other, each under its name."""
        if len(self.texts) == 1:
            return self.texts[0].text
        return "\n\n".join(f"{one.name}:\n{one.text}" for one in self.texts)
