"""Runs a report notebook and publishes what it made: whole, or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bos.errors import InputError, Unavailable, UsageError
from bos.reports.render import failed_cell, html_of, seal_of
from bos.reports.source import notebook
from bos.sockets import KERNEL_BYTES, private_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

CELL_SECONDS = 300
_LEFT_SECONDS = 3_600  # longer than any report may take
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]*")
_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")
_SECRETS = ("BOS_TOKEN", "BOS_TICKET", "BOS_DATABASE_URL")


def run(report: str, parameters: Mapping[str, str], out: Path) -> Path:
    """Run a report and return the folder it was published in: ``report.html``, ``notebook.ipynb``, ``pack.json``.

    The folder is named after flow, report, period and pack; the same pack is there once.

    Raises:
        UsageError: a parameter is missing, unknown or no plain word.
        InputError: a cell failed. Its name is told, and what there is stands in a folder that ends in ``.failed``.
        Unavailable: the folder cannot be written.
    """
    source = notebook(report)
    check(report, parameters)
    try:
        out.mkdir(parents=True, exist_ok=True)
        _sweep(out)
        work = Path(tempfile.mkdtemp(prefix=".making-", dir=out))
    except OSError as error:
        raise Unavailable(f"The folder cannot be written: {error.strerror}.", where=str(out)) from error
    try:
        return _made(report, source, parameters, out, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _sweep(out: Path) -> None:
    """Remove what runs that were killed left behind."""
    for left in out.glob(".making-*"):
        if time.time() - left.stat().st_mtime > _LEFT_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


def check(report: str, parameters: Mapping[str, str]) -> None:
    """Return when a report has just these parameters, each a plain word.

    Raises:
        UsageError: one is missing, not known or no plain word.
    """
    import papermill  # noqa: PLC0415 - it loads the whole of Jupyter

    known = set(papermill.inspect_notebook(str(notebook(report))))
    for name in sorted(known ^ set(parameters)):
        what = "needs the parameter" if name in known else "knows no parameter"
        raise UsageError(f"The report {report} {what} {name}.", where=name, hint=f"It has {', '.join(sorted(known))}.")
    for name, value in parameters.items():
        if not _NAME.fullmatch(value):
            raise UsageError(f"{value!r} is no plain word.", where=name, hint="Use letters, digits, dots and hyphens.")
    if "week" in parameters and not _is_week(parameters["week"]):
        raise UsageError(
            f"{parameters['week']!r} is no week.", where="week", hint="Write 2026-W10: the ISO year and week."
        )


def _is_week(text: str) -> bool:
    found = _WEEK.fullmatch(text)
    try:
        return found is not None and date.fromisocalendar(int(found[1]), int(found[2]), 1).year > 0
    except ValueError:
        return False


def _made(report: str, source: Path, parameters: Mapping[str, str], out: Path, work: Path) -> Path:
    failure = _execute(source, work / "notebook.ipynb", parameters)
    executed = _scrubbed(work / "notebook.ipynb", out, work)
    failure = failed_cell(executed) or failure
    seal = seal_of(executed)
    if seal is None and not failure:
        failure = "the last cell: the notebook shows no seal"
    title = seal.title if seal else f"{report} report of {parameters['flow']}: failed"
    checkpoint = os.environ.get("BOS_CHECKPOINT", "")
    text = html_of(executed, title=title, failure=failure, seal=seal, checkpoint=checkpoint).encode()
    (work / "report.html").write_bytes(text)
    told = {
        **(asdict(seal) if seal else {"flow": parameters["flow"]}),
        "report": report,
        "status": "failed" if failure else "done",
        "failure": failure,
        "html_sha256": hashlib.sha256(text).hexdigest(),
        "size_bytes": len(text),
    }
    (work / "pack.json").write_text(json.dumps(told, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    if seal is None:
        name = f"{'-'.join([parameters['flow'], report, *list(parameters.values())[1:]])}.failed"
        _publish(work, out / name, replace=True)
        raise InputError(f"The report failed in {failure}", where=str(out / name), hint="Look at its report.html.")
    target = out / f"{seal.flow}-{report}-{seal.period}-{seal.pack[:12]}"
    _publish(work, target, replace=False)
    return target


def _execute(source: Path, target: Path, parameters: Mapping[str, str]) -> str:
    """Execute a notebook; return why it did not come to its end, or nothing."""
    import papermill  # noqa: PLC0415 - as above
    from nbclient.exceptions import CellTimeoutError, DeadKernelError  # noqa: PLC0415 - as above

    from bos.reports.kernel import SocketKernelManager  # noqa: PLC0415 - as above

    runtime = private_folder(KERNEL_BYTES)
    os.environ["JUPYTER_RUNTIME_DIR"] = str(runtime)
    try:
        papermill.execute_notebook(
            str(source),
            str(target),
            dict(parameters),
            kernel_name="python3",
            progress_bar=False,
            cwd=str(target.parent),
            execution_timeout=CELL_SECONDS,
            kernel_manager_class=SocketKernelManager,
        )
    except papermill.PapermillExecutionError:
        return ""  # the cell that failed keeps the error
    except (CellTimeoutError, DeadKernelError) as error:
        return f"a cell that did not end: {type(error).__name__}"
    finally:
        shutil.rmtree(runtime, ignore_errors=True)
    return ""


def _scrubbed(path: Path, out: Path, work: Path) -> Any:
    """Return the executed notebook without times, paths of this machine and secrets; the file is the same."""
    import nbformat  # noqa: PLC0415 - as above

    text = path.read_text(encoding="utf-8")
    secrets = [os.environ[name] for name in _SECRETS if os.environ.get(name)]
    for hidden in (
        str(work),
        str(out.absolute()),
        str(Path(__file__).parents[2]),
        os.environ.get("BOS_HOME", ""),
        *secrets,
    ):
        text = text.replace(json.dumps(hidden)[1:-1], "…") if hidden else text
    found: Any = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call] # it ships no types
    for holder in (found, *found.cells):
        for name in ("papermill", "execution"):
            holder.metadata.pop(name, None)
    for position, cell in enumerate(found.cells):
        cell["id"] = f"cell-{position}"
    nbformat.write(found, str(path))  # type: ignore[no-untyped-call] # as above
    return found


def _publish(work: Path, target: Path, *, replace: bool) -> None:
    """Let the folder appear under its name at once; the same pack that is there already stays."""
    work.chmod(0o755)
    if replace and target.exists():
        shutil.rmtree(target)
    try:
        work.rename(target)
    except OSError:
        if not (target / "report.html").is_file():
            raise
