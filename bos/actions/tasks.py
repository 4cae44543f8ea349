"""What a job can be: its name, and what runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from bos.actions import enforcement, importing, placing, pulling, receiving, reports, rereading, taking, upkeep

if TYPE_CHECKING:
    from bos.actions.context import Context
    from bos.actions.jobs import Failed
    from bos.actions.unit import Unit
    from bos.ports import Progress

Finish = Callable[["Unit"], "dict[str, Any] | Failed"]
"""Writes what the work comes to and returns the job's result; runs in the transaction that ends the job."""

Task = Callable[["Context", str, Mapping[str, Any], "Progress"], Finish]
"""Does the work of a job, given its id and arguments. Done again after a crash, it changes nothing more."""

TASKS: Mapping[str, Task] = {
    enforcement.TASK: enforcement.run,
    importing.TASK: importing.run_import,
    placing.TASK: placing.run_placing,
    pulling.TASK: pulling.run,
    receiving.TASK: receiving.run_reading,
    reports.TASK: reports.run_report,
    rereading.TASK: rereading.run_rereading,
    taking.TASK: taking.run_taking,
    upkeep.COMPACT: upkeep.run_compaction,
    upkeep.RETAIN: upkeep.run_retention,
}
