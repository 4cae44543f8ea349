"""Copies of what a home has, as text: its backup, opened, and notebooks that were executed."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile

import duckdb
import papermill
import pyrage
import pytest

from bos.backup import seal, take
from bos.backup.database import program
from bos.reports.kernel import SocketKernelManager
from bos.reports.launch import launch

WEEK = "2026-W10"


def notebooks(site, url, flow, connections):
    """Execute the reports of a flow and the notebook of its dashboard into the home; return their files as text.

    What fails is a copy, too: its traceback stands in it.
    """
    home = site.settings.home
    archive, own = home / "reports" / "planted", home / "notebooks"
    own.mkdir(parents=True, exist_ok=True)
    exported = own / "exported.ipynb"
    exported.write_bytes(site.ask("GET", f"dashboard-runs/{site.run}/export/notebook").content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BOS_URL", url)
        patch.setenv("BOS_HOME", str(home))
        for report, week in (("dashboard", None), ("weekly", WEEK)):
            done = launch(report, flow, week, archive, home)
            site.said.append(repr(done))
        for name, document in (("executed", exported), ("failed", _failing(own, connections))):
            try:
                target, run = (
                    own / f"{name}.ipynb",
                    {"kernel_name": "python3", "kernel_manager_class": SocketKernelManager},
                )
                papermill.execute_notebook(str(document), str(target), **run)
            except papermill.PapermillExecutionError as error:
                site.said.append(str(error))
    made = [one for one in (*archive.rglob("*"), *own.glob("*.ipynb")) if one.is_file()]
    names = {one.name for one in made}
    assert {"notebook.ipynb", "exported.ipynb", "executed.ipynb", "failed.ipynb"} <= names, (names, site.said[-4:])
    return {f"notebook {one}": one.read_text("utf-8", "replace") for one in made}


def _failing(folder, connections):
    """Write a notebook that shows everything the library tells of connections, then fails at one."""
    import nbformat  # noqa: PLC0415 - it loads the whole of Jupyter

    cells = [
        "import bos\nwb = bos.connect()",
        "list(wb.connections.health()), list(wb.connections.list()), list(wb.connections.deliveries())",
        f"[list(wb.connections.secrets(name)) for name in {sorted(connections)!r}]",
        f"[wb.connections.doctor(name) for name in {sorted(connections)!r}]",
        "vars(wb), globals()",
        "wb.connections.test('grafana')",
    ]
    document = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    document.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / "connections.ipynb"
    nbformat.write(document, path)
    return path


def backed_up(ctx, folder):
    """Back a home up; return every file of the backup, and of the one with its keys, as text.

    The key that the secrets are encrypted with is in the second alone.
    """
    folder.mkdir()
    private = folder / "private.key"
    sealed_for = seal.recipients([seal.make_key(private)])
    take.backup(ctx.settings, folder / "b.age", folder / "b.age.keys", sealed_for, say=lambda _: None)
    opened, keys = (_opened(folder / name, private) for name in ("b.age", "b.age.keys"))
    pieces = b"".join(data for name, data in sorted(opened.items()) if name.startswith("database/"))
    by = json.loads(opened["manifest.json"])["dumped_by"]
    restore = program("pg_restore", ctx.database, least=by).path
    dump = subprocess.run([restore, "--file=-"], input=pieces, capture_output=True, check=True).stdout.decode()
    found = {f"backup {name}": _text(name, data, folder) for name, data in opened.items()}
    found["backup, as SQL"] = dump
    assert "index=main" in dump
    assert "backup manifest.json" in found
    assert any(name.endswith("failed.ipynb") for name in found)
    own = (ctx.settings.home / "secrets.key").read_bytes().strip()
    assert keys["secrets.key"].strip() == own
    assert [name for name, text in found.items() if own.decode() in text or name.endswith("secrets.key")] == []
    return found | {f"keys {name}": data.decode() for name, data in keys.items()}


def _opened(file, private):
    identity = pyrage.x25519.Identity.from_str(private.read_text().splitlines()[-1])
    with tarfile.open(fileobj=io.BytesIO(pyrage.decrypt(file.read_bytes(), [identity]))) as archive:
        return {one.name: archive.extractfile(one).read() for one in archive if one.isfile()}


def _text(name, data, folder):
    """Return a file as text: of Parquet what its rows say."""
    if not name.endswith(".parquet"):
        return data.decode("utf-8", "replace")
    path = folder / "one.parquet"
    path.write_bytes(data)
    return str(duckdb.execute("SELECT * FROM read_parquet(?)", [str(path)]).fetchall())
