"""Reports as jobs: each runs in a process of its own, is archived whole, and is there once for what it rests on."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bos.actions import audit, declared, runs, sessions
from bos.actions import jobs as job_actions
from bos.actions.identities import REPORTER
from bos.actions.lifecycle import head_of
from bos.actions.review_words import week_of
from bos.actions.rights import permit_flow
from bos.actions.unit import write
from bos.auth.policy import allow, reach
from bos.errors import InputError, NotFound, UsageError
from bos.model.answers.jobs import Job
from bos.model.answers.reports import Pack
from bos.model.schedule import week_before
from bos.store import kpis
from bos.store.engine import reading
from bos.store.tags import Tag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor
    from bos.model.answers.page import Page
    from bos.model.schedule import ReportName
    from bos.ports import Progress

TASK = declared.REPORT.name
PUBLISHED = "pack"
"""Topic of the outbox: a pack of a flow was archived."""
LONGEST_SECONDS = 600.0
_LOOK_SECONDS = 0.2
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV")


def start(ctx: Context, actor: Actor, flow: str, report: ReportName, period: str | None) -> Job:
    """Ask for a report of a flow; return the job that makes it. Without a period it is the last week that is over.

    Raises:
        NotFound: there is no such flow.
        UsageError: the period is no week, or one is given where the report has none.
    """
    allow(actor, "report.make")
    if report == "dashboard" and period is not None:
        raise UsageError("A dashboard report has no period.", where="period", hint="Leave it out.")

    def work(unit: Unit) -> Job:
        permit_flow(unit.connection, actor, "report.make", flow)
        zone = head_of(unit, "template", flow).doc["time_zone"]
        wanted = (period or week_before(unit.now, zone)) if report == "weekly" else None
        if wanted is not None:
            week_of(wanted, zone)
        return job_actions.queue(unit, TASK, {"flow": flow, "report": report, "period": wanted})

    why = "(written by BOS) A report was asked for."
    request = {"flow": flow, "report": report, "period": period}
    return write(ctx, actor, "report.start", request, Job, work, rationale=why)


def run_report(ctx: Context, job: str, arguments: Mapping[str, Any], progress: Progress) -> Callable[[Unit], Any]:
    """Make a report in a process of its own, into the archive; what is there of the same pack stays."""
    progress(0, None, "Making the report")
    flow, report, period = arguments["flow"], arguments["report"], arguments["period"]
    folder = ctx.home.folder("reports") / flow
    parameters = {"flow": flow} | ({"week": period} if period else {})
    for left in folder.glob(f".job-{job}-*"):
        shutil.rmtree(left, ignore_errors=True)  # of an attempt that was killed, whose process may still write there
    folder.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".job-{job}-", dir=folder))
    try:
        with _pass(ctx) as env:
            env["BOS_CHECKPOINT"] = audit.signed(ctx).text
            made = _run(report, parameters, folder, work, env, progress)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    told = json.loads((made / "pack.json").read_text(encoding="utf-8"))
    return lambda unit: _keep(unit, told, made.name)


def _run(
    report: str, parameters: Mapping[str, str], folder: Path, work: Path, env: dict[str, str], progress: Progress
) -> Path:
    """Run the process to its end; it is ended with all it started when the job is cancelled or takes too long.

    It ends by itself with this one, however this one ends: nothing comes over its input, which is closed then.
    """
    words = [f"{name}={value}" for name, value in parameters.items()]
    command = [sys.executable, "-m", "bos.reports", report, *words, "--out", str(folder), "--tied"]
    with (work / "stdout").open("wb") as out, (work / "stderr").open("wb") as err:
        process = subprocess.Popen(  # noqa: S603 - our own program; parameters are checked there, and there is no shell
            command, stdout=out, stderr=err, stdin=subprocess.PIPE, env={**env, "HOME": str(work)},
            start_new_session=True,
        )  # fmt: skip
        deadline = time.monotonic() + LONGEST_SECONDS
        try:
            while process.poll() is None and time.monotonic() < deadline:
                progress(0, None, "Making the report")
                time.sleep(_LOOK_SECONDS)
        finally:
            late = process.poll() is None
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    if late:
        raise InputError("The report took too long and was ended.", hint="The earlier pack is still there.")
    if process.returncode:
        said = (work / "stderr").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise InputError(
            said[0] if said else "The report failed.", where=f"report {report}", hint="The earlier pack is still there."
        )
    return Path((work / "stdout").read_text(encoding="utf-8").strip().splitlines()[-1])


@contextmanager
def _pass(ctx: Context) -> Iterator[dict[str, str]]:
    """Yield the environment of a report: a ticket of somebody who only reads, for the server where one runs."""
    env = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    env["BOS_HOME"] = str(ctx.home.path)
    running = ctx.home.running()
    address = ctx.settings.url or (running.url if running else None)
    if address is None:
        env["BOS_STATE_DIR"] = str(ctx.settings.state_dir)
        yield env | ({"BOS_DATABASE_URL": ctx.settings.database_url} if ctx.settings.database_url else {})
        return
    secret = sessions.begin(ctx, REPORTER)
    known = sessions.of_cookie(ctx, secret)
    try:
        yield env | {"BOS_URL": address, "BOS_TICKET": sessions.issue_ticket(ctx, known).ticket}
    finally:
        sessions.end(ctx, known)


def _keep(unit: Unit, told: dict[str, Any], folder: str) -> dict[str, Any]:
    """Write that a pack was made; the same pack is written once."""
    name = told["pack"]
    found = kpis.find(unit.connection, name, kind="report")
    if found is not None:
        return _pack(found).model_dump(mode="json")
    pack = Pack(
        pack=name,
        flow=told["flow"],
        report=told["report"],
        period=told["period"],
        at=unit.now,
        author=unit.actor.person,
        snapshot=told["snapshot"],
        exceptions=told["exceptions"],
        html_sha256=told["html_sha256"],
        size_bytes=told["size_bytes"],
    )
    record = pack.model_dump(mode="json")
    values = {
        "run": name,
        "flow": pack.flow,
        "snapshot": pack.snapshot,
        "author": pack.author,
        "record": {
            **record,
            "folder": folder,
            "values": told.get("values", {}),
            "template_version": told.get("template_version"),
        },
        "result_hash": pack.html_sha256,
        "at": unit.now,
    }
    kpis.write(unit.connection, values, kind="report")
    after = {"period": pack.period, "pack": name, "html_sha256": pack.html_sha256}
    unit.note(Tag.REPORT_MADE, kind="template", id=pack.flow, after=after)
    title = head_of(unit, "template", pack.flow).doc["title"]
    more = {"charts": told["charts"], "attention": told["attention"]}
    unit.tell(PUBLISHED, {"flow": pack.flow, "title": title, "folder": folder, **more, **record})
    return record


def listing(
    ctx: Context, actor: Actor, flow: str | None = None, *, cursor: str | None = None, limit: int = 100
) -> Page[Pack]:
    """Return the packs that were archived, of one flow or of all, newest first.

    Raises:
        UsageError: the cursor or the limit is wrong.
    """
    allow(actor, "report.read")
    mine = reach(actor, "report.read")
    return runs.listing(ctx, flow, TASK, _pack, cursor=cursor, limit=limit, reach=mine)


def _pack(record: Mapping[str, Any]) -> Pack:
    """Return a pack as it was kept; its folder is no answer."""
    return Pack.model_validate({name: record[name] for name in Pack.model_fields})


def html(ctx: Context, actor: Actor, pack: str) -> bytes:
    """Return the HTML file of a pack.

    Raises:
        NotFound: there is no such pack, or its file is gone.
    """
    allow(actor, "report.read")
    with reading(ctx.engine) as connection:
        found = kpis.find(connection, pack, kind="report") if "\x00" not in pack else None
        if found is not None:
            permit_flow(connection, actor, "report.read", found["flow"])
    folder = ctx.home.path / "reports"
    path: Path | None = folder / found["flow"] / found["folder"] / "report.html" if found else None
    if path is None or not path.is_file():
        raise NotFound(f"There is no pack {pack!r}.", where=pack, hint="List the packs.")
    return path.read_bytes()
