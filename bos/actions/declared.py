"""The tasks of jobs by name, and what the answer of each may quote. ``bos.actions.tasks`` says what runs them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Declared:
    """A task, and what its answer may quote that is not for everybody who sees the job.

    ``words``: where it fails, its words may quote ``rows``, or what a connected ``system`` said. ``lists``: what its
    result, and the details of its error, say of rows that could not be read may quote them. ``sent``: the rows are
    those of whoever asked for the job, who is told all.
    """

    name: str
    words: Literal["", "rows", "system"] = ""
    lists: bool = False
    sent: bool = False


IMPORT = Declared("telemetry.import", words="rows", lists=True, sent=True)
TAKE = Declared("telemetry.take", words="rows", lists=True)
REREAD = Declared("telemetry.reread", words="rows", lists=True)
READ_HOOK = Declared("hook.read", words="rows", lists=True)
PULL = Declared("telemetry.pull", words="system", lists=True)
PLACE = Declared("dashboard.place", words="system")
REPORT = Declared("report")
COMPACT = Declared("telemetry.compact")
RETAIN = Declared("telemetry.retain")
APPLY_POLICY = Declared("policy.apply")

_ALL = (IMPORT, TAKE, REREAD, READ_HOOK, PULL, PLACE, REPORT, COMPACT, RETAIN, APPLY_POLICY)
DECLARED = {one.name: one for one in _ALL}


def declared(name: str) -> Declared:
    """Return a task by its name; one that is not declared, such as of another BOS, may quote rows."""
    return DECLARED.get(name) or Declared(name, words="rows", lists=True)
