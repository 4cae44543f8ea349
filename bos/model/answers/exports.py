"""Answers about exports: what a file carries, what it must be marked with, and what it cannot carry."""

from __future__ import annotations

from typing import Literal

from bos.model.answers.page import Answer

DataFormat = Literal["csv", "parquet", "xlsx"]
DashboardFormat = Literal["csv", "parquet", "xlsx", "grafana", "grafana-v2", "splunk", "notebook"]
TemplateFormat = Literal["openslo"]


class NotCarried(Answer):
    """Something that an export leaves out: ``what`` it is, ``where`` (a KPI, a panel, a field), and ``why``."""

    what: str
    where: str = ""
    why: str


class ExportNotes(Answer):
    """What is to be known of an exported file. The same export gives the same bytes, so the same ``sha256``.

    ``carried`` names what is in it, ``marks`` what it must be marked with: not approved, generated telemetry, queries
    that were not run. ``not_carried`` stands in the file as well.
    """

    target: str
    file: str
    media_type: str
    carried: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    not_carried: tuple[NotCarried, ...] = ()
    size_bytes: int
    sha256: str
