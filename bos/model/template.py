"""The template: a business flow with its signals, value outcomes and owners."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from bos.model.document import Currency, Document, Line, Part, Slug, Zone
from bos.model.flow import Flow
from bos.model.outcomes import Outcome
from bos.model.signals import SignalUse
from bos.model.trust import Trust


class Assignment(Part):
    """Names the one accountable role of a part of the template.

    ``covers`` is a section of the field registry, or a field path such as ``outcomes[returns].target``; the longest
    match wins.
    """

    id: Slug
    covers: Line
    accountable: Slug


class LogBinding(Part):
    """How an event log of this flow is read; all of it is one critical value, since it decides what a case is.

    ``mapping`` goes from our columns (``case``, ``step``, ``time``, ``amount``, ``attr.NAME``, …) to the log's.
    ``time_zone`` reads times without an offset, ``currency`` stands for amounts that name none.
    """

    format: Literal["xes", "csv", "parquet"] | None = None
    mapping: dict[Line, Line] = Field(default_factory=dict)
    time_zone: Zone | None = None
    currency: Currency | None = None


class Note(Part):
    """An assumption or a gap the template states about itself."""

    id: Slug
    text: Line


class Origin(Part):
    """The blueprint a template was made from or upgraded to last; ``sha256`` is that of the blueprint's template."""

    name: Line
    version: Annotated[int, Field(ge=1)]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Template(Document):
    """A business flow, described well enough to be observed and governed."""

    kind: ClassVar[str] = "template"
    collection: ClassVar[str] = "templates"
    label: ClassVar[str] = "template"

    scope: dict[Slug, tuple[Line, ...]] = Field(default_factory=dict)
    time_zone: Zone = "UTC"
    currency: Currency | None = None
    binding: LogBinding = Field(default_factory=LogBinding)
    flow: Flow = Field(default_factory=Flow)
    process_signals: tuple[SignalUse, ...] = ()
    system_signals: tuple[SignalUse, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    trust: Trust = Field(default_factory=Trust)
    ownership: tuple[Assignment, ...] = ()
    notes: tuple[Note, ...] = ()
    blueprint: Origin | None = None
