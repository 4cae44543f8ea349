"""What ``bos demo`` puts into a home: the pilot flow, and generated telemetry that says so."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bos.cli import output
from bos.errors import NotFound

if TYPE_CHECKING:
    from bos.client.flow import Flow

FLOW = "loan-payment-processing"
METRIC_COLUMNS = {"signal": "signal", "time": "time", "value": "value"}


def fill(home: Path, url: str) -> None:
    """Make the pilot flow and import generated telemetry; what is there already is left as it is.

    Nothing generated is added to telemetry that somebody else imported.
    """
    import bos  # noqa: PLC0415 - `bos --help` needs no client

    with bos.connect(home, url=url, origin="cli") as wb:
        try:
            wb.templates.get(FLOW)
        except NotFound:
            wb.templates.create(FLOW, rationale="The pilot flow of the demo.")
            output.line(f"The flow {FLOW} was made from its blueprint.")
        flow = wb.flow(FLOW)
        status = flow.status()
        if not (status.recorded or (status.events and status.metric_points)):
            _import(flow)
            status = flow.status()
        own = "generated and imported" if status.recorded else "generated"
        kind = own if status.generated else "imported"
        output.line(f"Telemetry: {status.events:,} {kind} events of {status.cases or 0:,} payments.")


def _import(flow: Flow) -> None:
    """Import all of it; what a start that was cut off had imported already is not added again."""
    from bos.generate import generate  # noqa: PLC0415 - numpy and pyarrow load when they are needed

    with tempfile.TemporaryDirectory(prefix="bos-generated-") as folder:
        made = generate(Path(folder))
        for events in (made.events, made.late):
            flow.import_events(events, generated=True)
        flow.import_metrics(made.metrics, map=METRIC_COLUMNS, generated=True)
