"""The report notebooks BOS ships, by the name of the report."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from bos.errors import UsageError
from bos.resources import share

if TYPE_CHECKING:
    from pathlib import Path

NOTEBOOKS = {"weekly": "weekly_review.ipynb", "dashboard": "dashboard_report.ipynb"}


def notebook(report: str) -> Path:
    """Return the notebook of a report.

    Raises:
        UsageError: there is no such report.
    """
    if report not in NOTEBOOKS:
        raise UsageError(f"There is no report {report!r}.", where="report", hint=f"Reports are {', '.join(NOTEBOOKS)}.")
    return share("notebooks") / NOTEBOOKS[report]


def digest(report: str) -> str:
    """Return the SHA-256 of the notebook of a report."""
    return hashlib.sha256(notebook(report).read_bytes()).hexdigest()


def pack_id(report: str, content: str) -> str:
    """Return the id of a pack: of what its notebook is and what it shows."""
    return hashlib.sha256(f"{report}\n{digest(report)}\n{content}".encode()).hexdigest()[:32]
