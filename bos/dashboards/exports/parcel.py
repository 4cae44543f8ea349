"""An exported file with what is to be known of it: one shape for every target."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bos.model.answers.exports import ExportNotes, NotCarried

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bos.model.answers.dashboards import DashboardRun

GENERATED = "Some of the telemetry was made by the generator of BOS: the numbers are of no real business."
_NAME = re.compile(r"[^a-z0-9._-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A file and what is to be known of it; the fields are those of :class:`ExportNotes`."""

    target: str
    file: str
    media_type: str
    content: bytes
    carried: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    not_carried: tuple[NotCarried, ...] = ()

    def notes(self) -> ExportNotes:
        """Return what is told of the file."""
        return ExportNotes(
            target=self.target,
            file=self.file,
            media_type=self.media_type,
            carried=self.carried,
            marks=self.marks,
            not_carried=self.not_carried,
            size_bytes=len(self.content),
            sha256=hashlib.sha256(self.content).hexdigest(),
        )


def file_name(flow: str, run: str, ending: str) -> str:
    """Return a name for a file that every system takes: the flow, the beginning of the run, the ending."""
    name = "-".join(part for part in (_NAME.sub("-", flow.lower()), run[:8]) if part)
    return f"{name.strip('.-')}.{ending}"


def marks_of(run: DashboardRun, *more: str) -> tuple[str, ...]:
    """Return what an export of a dashboard must be marked with; each mark once, with the titles it holds for."""
    unapproved: dict[str, list[str]] = {}
    for panel in run.panels:
        if panel.kind == "kpi" and panel.approval is not None and panel.approval.state != "approved":
            unapproved.setdefault(panel.approval_words, []).append(panel.title)
    told = [f"{words}: {', '.join(titles)}" for words, titles in unapproved.items()]
    found = [run.approval_words, *told, GENERATED if run.generated else "", *more]
    return tuple(dict.fromkeys(mark for mark in found if mark))


def sentences(left: Iterable[NotCarried]) -> list[str]:
    """Return what is not carried, a line each, as it stands in a file."""
    return [f"{' · '.join(part for part in (one.where, one.what) if part)}: {one.why}" for one in left]
