"""What was recorded of a flow: imported, read, kept tidy."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from bos.client import events
from bos.client.documents import quoted
from bos.client.given import moment
from bos.client.jobs import wait
from bos.client.listing import Listing
from bos.errors import InputError
from bos.model.answers.connections import ReadAgain
from bos.model.answers.files import FileStanding, TakenFiles
from bos.model.answers.jobs import Job
from bos.model.answers.page import Page
from bos.model.answers.pulls import Pulled, PullRow
from bos.model.answers.telemetry import Imported, Kept, RetentionDue, TelemetryStatus
from bos.model.answers.trying import TriedSignal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from bos.client.events import Events
    from bos.client.transport import Calls

R = TypeVar("R", bound=BaseModel)
CHUNK = 1024 * 1024


class Telemetry:
    """The telemetry of a flow, by the id of its template."""

    def __init__(self, calls: Calls, id: str) -> None:  # noqa: A002 - the word everywhere
        self.id = id
        self._calls = calls
        self._path = f"/api/v1/flows/{quoted(id)}"

    def import_events(
        self,
        path: Path | str,
        *,
        map: Mapping[str, str] | None = None,  # noqa: A002 - the option's name everywhere
        format: str | None = None,  # noqa: A002 - as above
        time_zone: str | None = None,
        currency: str | None = None,
        generated: bool = False,
        progress: Callable[[Job], None] | None = None,
    ) -> Imported:
        """Add the events of a file (XES, CSV, Parquet); what is not said is taken from the template.

        Raises:
            InputError: the file cannot be read, or no row of it can be taken. Nothing was added.
        """
        job = self.start_import(
            path, map=map, format=format, time_zone=time_zone, currency=currency, generated=generated
        )
        return self._result(Imported, job, progress, f"Importing {Path(path).name}")

    def import_metrics(
        self,
        path: Path | str,
        *,
        map: Mapping[str, str] | None = None,  # noqa: A002 - as above
        signal: str | None = None,
        time_zone: str | None = None,
        generated: bool = False,
        progress: Callable[[Job], None] | None = None,
    ) -> Imported:
        """Add the metric points of a CSV file; ``signal`` names the one signal of a file that has no such column."""
        job = self.start_import(path, what="metrics", map=map, signal=signal, time_zone=time_zone, generated=generated)
        return self._result(Imported, job, progress, f"Importing {Path(path).name}")

    def pull(
        self, *signals: str, since: datetime | None = None, progress: Callable[[Job], None] | None = None
    ) -> Pulled:
        """Pull signals over their connections, all that have one where none is named, from where each was left.

        ``since`` (aware) reads again from then on. What is known already is not added again.
        """
        return self._result(Pulled, self.start_pull(*signals, since=since), progress, f"Pulling {self.id}")

    def start_pull(self, *signals: str, since: datetime | None = None) -> Job:
        """Ask that signals are pulled, as :meth:`pull` does, and return the job."""
        body = {"signals": [*signals], "since": moment("since", since)}
        return self._calls.ask(Job, "POST", f"{self._path}/pulls", json=body)

    def take_files(self, connection: str, *, progress: Callable[[Job], None] | None = None) -> TakenFiles:
        """Take the files that arrived over a connection, each once; what came of each of them is told."""
        job = self._calls.ask(Job, "POST", f"{self._path}/takings", json={"connection": connection})
        return self._result(TakenFiles, job, progress, f"Taking files into {self.id}")

    def files(self, connection: str | None = None, *, limit: int = 100) -> Listing[FileStanding]:
        """Return the files that came into the flow, over one connection or all, and what each brought, newest first.

        Those that are not taken come before all.
        """
        asked = {"connection": connection, "limit": limit}
        return Listing(self._calls.pages(Page[FileStanding], f"{self._path}/files", params=asked))

    def read_again(
        self, connection: str, name: str, *, rationale: str, progress: Callable[[Job], None] | None = None
    ) -> ReadAgain:
        """Read a file again that was taken, by the mapping of now; the rows that it had brought give way to it.

        Raises:
            NotFound: no file of that name was taken, or it is not in the folder any more.
            Conflict: it has another content than was taken.
            InputError: it cannot be read; what it had brought stays.
        """
        job = self.start_reading_again(connection, name, rationale=rationale)
        return self._result(ReadAgain, job, progress, f"Reading {name} again")

    def start_reading_again(self, connection: str, name: str, *, rationale: str) -> Job:
        """Ask that a file is read again, and return the job. Raises NotFound: no file of that name was taken."""
        body = {"connection": connection, "name": name, "rationale": rationale}
        return self._calls.ask(Job, "POST", f"{self._path}/rereadings", json=body)

    def pulls(self) -> Listing[PullRow]:
        """Return the signals that are pulled, and how far each was."""
        return Listing(self._calls.pages(Page[PullRow], f"{self._path}/pulls"))

    def try_signal(
        self,
        signal: str,
        *,
        binding: Mapping[str, Any] | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> TriedSignal:
        """Read a little by the binding of a signal, and return rows as they would be stored; nothing is stored.

        What ``binding`` has (``connection``, ``query``, ``mapping``, ``event``, ``fields``, ``where``) is laid over the
        live one and need not be saved. ``[start, end)`` (aware) is a day at most; by default the last hour, else the
        last day. Raises Forbidden: you may read no rows, or not change the signal.
        """
        body = {"binding": dict(binding or {}), "start": moment("start", start), "end": moment("end", end)}
        return self._calls.ask(TriedSignal, "POST", f"{self._path}/signals/{quoted(signal)}/tries", json=body)

    def events(
        self,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        steps: Sequence[str] | str | None = None,
        cases: Sequence[str] | str | None = None,
        columns: Sequence[str] | None = None,
        limit: int | None = None,
        snapshot: int | None = None,
    ) -> Events:
        """Return recorded events in the order of time, as a table that does not fill memory; ``.df`` is a DataFrame.

        The window is ``[start, end)`` (aware). ``steps`` are ids of steps or process signals, or recorded names,
        ``cases`` ids of cases, ``columns`` those that are wanted. ``snapshot`` is a version of the lake. Where the
        ``limit`` leaves events out, ``.attrs`` and what is shown say so. Raises Forbidden: you may read no rows.
        """
        params = {
            "start": moment("start", start),
            "end": moment("end", end),
            "steps": [steps] if isinstance(steps, str) else steps and list(steps),
            "cases": [cases] if isinstance(cases, str) else cases and list(cases),
            "columns": columns and list(columns),
            "limit": limit,
            "snapshot": snapshot,
        }
        return events.fetch(self._calls, f"{self._path}/events", params, f"Events of {self.id}")

    def start_import(
        self,
        path: Path | str,
        *,
        what: str = "events",
        map: Mapping[str, str] | None = None,  # noqa: A002 - as above
        format: str | None = None,  # noqa: A002 - as above
        time_zone: str | None = None,
        currency: str | None = None,
        signal: str | None = None,
        generated: bool = False,
    ) -> Job:
        """Send a file and return the job that imports it."""
        source = Path(path)
        if not source.is_file():
            what = "It is no file that can be read." if source.exists() else "There is no such file."
            raise InputError(what, where=str(path), hint="Check the path.")
        params = {
            "name": source.name,
            "what": what,
            "map": json.dumps(dict(map)) if map else None,
            "format": format,
            "time_zone": time_zone,
            "currency": currency,
            "signal": signal,
            "generated": generated or None,
        }
        headers = {"Idempotency-Key": uuid.uuid4().hex, "Content-Type": "application/octet-stream"}
        return self._calls.ask(
            Job, "POST", f"{self._path}/imports", params=params, headers=headers, upload=lambda: _chunks(source)
        )

    def rejects(self, batch: str) -> Iterator[bytes]:
        """Yield the CSV file of the rows an import did not take."""
        return self._calls.stream(f"{self._path}/imports/{quoted(batch)}/rejects")

    def status(self) -> TelemetryStatus:
        """Return what the lake holds for this flow."""
        return self._calls.ask(TelemetryStatus, "GET", f"{self._path}/telemetry")

    def compact(self, *, progress: Callable[[Job], None] | None = None) -> Kept:
        """Join the small files of the flow's events; no row changes."""
        job = self._calls.ask(Job, "POST", f"{self._path}/compactions")
        return self._result(Kept, job, progress, f"Compacting {self.id}")

    def due(self) -> RetentionDue:
        """Return what the flow holds longer than its signals say."""
        return self._calls.ask(RetentionDue, "GET", f"{self._path}/retention")

    def retain(
        self, before: datetime | None = None, *, rationale: str, progress: Callable[[Job], None] | None = None
    ) -> Kept:
        """Leave events before a moment (aware), else what :meth:`due` names, out of the newest snapshot."""
        body = {"before": moment("before", before), "rationale": rationale}
        job = self._calls.ask(Job, "POST", f"{self._path}/retentions", json=body)
        return self._result(Kept, job, progress, f"Retaining {self.id}")

    def _result(self, answer: type[R], job: Job, progress: Any, title: str) -> R:
        return answer.model_validate(wait(self._calls, job, progress, title).result)


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except OSError as error:
        raise InputError(f"The file cannot be read: {error.strerror}.", where=path.name) from error
