"""Imports as jobs: what an upload is read as is settled when it is asked for; the job reads it."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from bos.actions import declared, subjects, uploads
from bos.actions import jobs as job_actions
from bos.actions.imported import record, rejects_address, stray_of
from bos.actions.lifecycle import head_of
from bos.actions.rights import permit_flow
from bos.actions.submission import refuse_retired
from bos.actions.unit import write
from bos.actions.unread import afterwards, unread
from bos.auth.policy import allow
from bos.errors import BosError, Internal, Invalid, Unavailable
from bos.model.answers.jobs import Job
from bos.model.version import digest
from bos.ports import silent
from bos.store import jobs
from bos.telemetry.ingest import BATCH, import_events, import_metrics
from bos.telemetry.input_file import detect_format, format_of_name
from bos.telemetry.mapping import EVENT_NEEDED, XES_DEFAULT, map_events, map_metrics
from bos.telemetry.same_names import same_event_names, same_metric_names
from bos.telemetry.values import check_currency, check_zone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor
    from bos.ports import Progress
    from bos.telemetry.report import ImportReport
    from bos.telemetry.withdrawal import Replaces

TASK = declared.IMPORT.name
What = Literal["events", "metrics"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What an import was asked to be; what is left out comes from the template."""

    what: What
    format: str | None
    mapping: dict[str, str]
    time_zone: str | None
    currency: str | None
    signal: str | None
    generated: bool

    def over(self, template: Mapping[str, Any], file: Path) -> dict[str, Any]:
        """Return the options of the import, each checked: what was asked, laid over what the template says.

        Raises:
            UsageError: an option or the mapping is wrong.
            InputError: nothing says which column is what, and the names of the columns do not either.
            Invalid: the template has no such system signal.
        """
        binding = template["binding"]
        events = self.what == "events"
        options: dict[str, Any] = {
            "format": self._format(binding, file) if events else "csv",
            "mapping": self.mapping,
            "time_zone": self.time_zone or binding["time_zone"] or template["time_zone"],
            "currency": self.currency or binding["currency"] or template["currency"],
            "signal": None if self.signal is None else signal_of(template, self.signal),
        }
        check_zone(options["time_zone"])
        check_currency(options["currency"])
        if events:
            options["mapping"] = self._mapping(binding, options["format"], file)
            map_events({**(XES_DEFAULT if options["format"] == "xes" else {}), **options["mapping"]})
        else:
            options["mapping"] = self.mapping or same_metric_names(file, signal=options["signal"])
            map_metrics(options["mapping"], signal=options["signal"])
        return {**options, "what": self.what, "generated": self.generated}

    def _format(self, binding: Mapping[str, Any], file: Path) -> str:
        """Return the format: what was asked, what the name of the file says, what the template says."""
        if self.format is not None or format_of_name(file) is not None or binding["format"] is None:
            return detect_format(file, self.format)
        return str(binding["format"])

    def _mapping(self, binding: Mapping[str, Any], format_: str, file: Path) -> dict[str, str]:
        """Return the mapping: what was asked over the template's; one that names all that is needed stands alone.

        A table of another layout has not the template's columns. A XES log has its keys wherever it comes from. Where
        neither says anything, the columns of a table are known by their names.
        """
        alone = format_ != "xes" and all(key in self.mapping for key in EVENT_NEEDED)
        mapping = dict(self.mapping) if alone else {**binding["mapping"], **self.mapping}
        return mapping or ({} if format_ == "xes" else same_event_names(file, format_))


def uses_of(template: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what a template says of its signals: those of the process, then those of systems."""
    return [*template["process_signals"], *template["system_signals"]]


def signal_of(template: Mapping[str, Any], name: str, *, every: bool = False) -> str:
    """Return the id of the system (or ``every``) signal that a template knows by a name of its own, or by that id.

    Raises:
        Invalid: it knows none.
    """
    uses, what = (uses_of(template), "signal") if every else (template["system_signals"], "system signal")
    found = next((use["signal"] for use in uses if name in {use["id"], use["signal"]}), None)
    if found is None:
        known = ", ".join(use["id"] for use in uses) or "none yet"
        raise Invalid(
            f"The flow {template['id']} has no {what} {name!r}.",
            where="signal",
            hint=f"Its {what}s: {known}. Add one to the template first.",
            code="signal",
        )
    return str(found)


def options_of(
    template: Mapping[str, Any],
    file: Path,
    *,
    what: What,
    format_: str | None,
    mapping: Mapping[str, str],
    time_zone: str | None,
    currency: str | None,
    signal: str | None,
) -> dict[str, Any]:
    """Return the options of an import, each checked: what was asked, laid over what the template says.

    Raises:
        UsageError, InputError, Invalid: as for ``start_import``.
    """
    asked = _Asked(
        what=what,
        format=format_,
        mapping=dict(mapping),
        time_zone=time_zone,
        currency=currency,
        signal=signal,
        generated=False,
    )
    return asked.over(template, file)


def start_import(
    ctx: Context,
    actor: Actor,
    flow: str,
    upload: Path,
    *,
    what: What = "events",
    format: str | None = None,  # noqa: A002 - the name of the option, everywhere
    mapping: Mapping[str, str] | None = None,
    time_zone: str | None = None,
    currency: str | None = None,
    signal: str | None = None,
    generated: bool = False,
    sha256: str | None = None,
) -> Job:
    """Ask for the import of an uploaded file; return the job that does it.

    Args:
        ctx: where.
        actor: who asks.
        flow: id of the flow's template.
        upload: the file, in the staging folder (``bos.actions.uploads``); it is removed when the job has ended, and
            at once when there is no job.
        what: ``events``, or ``metrics`` of a CSV file.
        format: ``xes``, ``csv`` or ``parquet``; ``None`` for what the file's name says, else what the template says.
        mapping: lake field → column, laid key by key over the template's; for a table, one that names case, step and
            time stands alone.
        time_zone: zone (IANA) of times without offset; ``None`` for the template's.
        currency: currency (ISO 4217) of amounts without one; ``None`` for the template's.
        signal: system signal that all points of a metric file are of.
        generated: the telemetry was generated, not recorded.
        sha256: hash of the file, where it is known.

    Raises:
        NotFound: there is no such flow.
        Conflict: its template is retired.
        UsageError: an option or the mapping is wrong.
        Invalid: the template has no such system signal.
    """
    asked = _Asked(
        what=what,
        format=format,
        mapping=dict(mapping or {}),
        time_zone=time_zone,
        currency=currency,
        signal=signal,
        generated=generated,
    )
    taken: list[Path] = []
    try:
        allow(actor, "telemetry.import")
        job = _write(ctx, actor, flow, uploads.kept(ctx.staging, upload, sha256), asked, taken)
    except (Unavailable, Internal):
        raise  # whether the job was written is not known: the upload waits for it, or for the sweep
    except BosError:
        uploads.discard(upload)
        raise
    if not taken:
        uploads.discard(upload)
    return job


def _write(ctx: Context, actor: Actor, flow: str, file: uploads.Kept, asked: _Asked, taken: list[Path]) -> Job:
    """Write the job, unless it was written under the same key; ``taken`` gets the upload it took."""
    request = {"flow": flow, "name": file.path.name, "sha256": file.sha256, **asdict(asked)}

    def work(unit: Unit) -> Job:
        job = _queue(unit, flow, file, asked)
        taken.append(file.path)
        return job

    why = f"(written by BOS) The import of {file.path.name} was asked for."
    return write(ctx, actor, TASK, request, Job, work, rationale=why)


def _queue(unit: Unit, flow: str, file: uploads.Kept, asked: _Asked) -> Job:
    permit_flow(unit.connection, unit.actor, "telemetry.import", flow)
    live = head_of(unit, "template", flow)
    refuse_retired(live)
    options = asked.over(live.doc, file.path)
    id_ = uuid.uuid4().hex
    arguments = {
        "flow": flow,
        "batch": _batch(unit, flow, id_),
        "name": file.path.name,
        "size": file.size,
        "sha256": file.sha256,
        "upload": f"{file.path.parent.name}/{file.path.name}",
        **options,
    }
    return job_actions.queue(unit, TASK, arguments, id_=id_)


def _batch(unit: Unit, flow: str, job: str) -> str:
    """Return the id of a new batch: the idempotency key, made safe, where there is one that no import had before."""
    key = unit.ctx.idempotency_key
    if key is None:
        return job
    safe = key if BATCH.fullmatch(key) else f"key-{digest(key)[:32]}"
    return f"{safe[:90]}-{job}" if jobs.names_batch(unit.connection, flow, safe) else safe


def run_import(ctx: Context, job: str, arguments: Mapping[str, Any], progress: Progress) -> Callable[[Unit], Any]:
    """Read the file into the lake; done again, it finds what was committed. Returns what writes the record."""
    del job
    flow, batch, what = arguments["flow"], arguments["batch"], arguments["what"]
    upload = ctx.staging / arguments["upload"]
    with rejects_named(flow, batch):
        report = read_in(ctx, flow, upload, what=what, batch=batch, options=arguments, progress=progress)
    left = (afterwards(lambda: unread(ctx, flow)) if what == "events" else None) or []
    replaced = afterwards(lambda: replaced_in(ctx, flow, batch)) if what == "events" else None
    old = afterwards(lambda: stray_of(ctx, flow, [report], points=what == "metrics"))
    return lambda unit: record(unit, arguments, report, left, replaced, old)


def read_in(
    ctx: Context,
    flow: str,
    file: Path,
    *,
    what: What,
    batch: str,
    options: Mapping[str, Any],
    progress: Progress = silent,
    replaces: Replaces | None = None,
    may_be_empty: bool = False,
) -> ImportReport:
    """Read a file into the lake of a flow as one batch, by ``options`` as :func:`options_of` gives them.

    ``ids`` among them says whether a row without its event id is rejected. What it ``replaces`` is left out in the same
    version. One that ``may_be_empty`` and has no rows brings none.

    Raises:
        InputError, UsageError, Invalid, Unavailable: as :func:`bos.telemetry.ingest.import_events`.
    """
    same: dict[str, Any] = {
        "mapping": options["mapping"],
        "batch": batch,
        "rejects": ctx.rejects / flow,
        "progress": progress,
        "memory_limit": ctx.settings.memory_limit,
        "time_zone": options["time_zone"],
        "replaces": replaces,
        "may_be_empty": may_be_empty,
    }
    if what == "metrics":
        return import_metrics(ctx.lake, flow, file, **same, signal=options["signal"])
    more = {"format": options["format"], "currency": options["currency"], "ids": options.get("ids", True)}
    return import_events(ctx.lake, flow, file, **same, **more, protection=subjects.protection_of(ctx, flow))


@contextmanager
def rejects_named(flow: str, batch: str) -> Iterator[None]:
    """Name the rejected rows by their address, where an import of which no row can be taken tells their file."""
    try:
        yield
    except Invalid as error:
        if "reject_file" in error.details:
            error.details["reject_file"] = rejects_address(flow, batch)
        raise


def replaced_in(ctx: Context, flow: str, batch: str) -> dict[str, Any] | None:
    """Return the snapshot in which names of before gave way to pseudonyms since the import before this one, if any."""
    for number, commit in ctx.lake.table(flow).newest_commits():
        if commit.get("bos.action") == "protect":
            return {"snapshot": f"{flow}@{number}", "rows": int(commit["bos.rewritten"])}
        if commit.get("bos.batch", batch) != batch:
            return None
    return None
