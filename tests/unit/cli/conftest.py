"""The command line, on a home of its own, in the process."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
import yaml
from typer.testing import CliRunner

from bos.cli.main import app

SECTIONS = ("identity", "flow", "process_signals", "system_signals", "outcomes", "ownership")


@dataclass
class Shell:
    """Runs commands and looks at what they print."""

    home: object

    def run(self, *words, status=0):
        done = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=True)
        assert done.exit_code == status, f"{words}: {done.exit_code}\n{done.stdout}\n{done.stderr}\n{done.exception!r}"
        assert "Traceback" not in done.output
        return done

    def json(self, *words, status=0):
        return json.loads(self.run(*words, "--json", status=status).stdout)


@pytest.fixture(scope="module")
def shell(make_store, tmp_path_factory):
    home = tmp_path_factory.mktemp("cli") / "my home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BOS_DATABASE_URL", make_store())
        patch.setenv("BOS_HOME", str(home))
        yield Shell(home)


@pytest.fixture(scope="module")
def document():
    """Return a template that needs no signals."""
    return {
        "id": "payments",
        "title": "Payments",
        "flow": {"correlation_key": ["case"], "steps": [{"id": "post", "title": "Post"}]},
        "binding": {"mapping": {"case": "case", "step": "step", "time": "time"}},
        "outcomes": [
            {"id": "all", "title": "All", "measure": {"formula": "conformance(must_end(posted))", "unit": "cases"}}
        ],
        "process_signals": [{"id": "posted", "signal": "payment.posted", "step": "post"}],
        "ownership": [
            {"id": name.replace("_", "-"), "covers": name, "accountable": "process_owner"} for name in SECTIONS
        ],
    }


@pytest.fixture(scope="module")
def flow(shell, document, tmp_path_factory):
    """Return the id of a flow that was made by the command line."""
    import bos  # noqa: PLC0415 - signals have no command that makes them

    with bos.connect() as wb:
        signal = {"title": "Posted", "type": "process", "binding": {"event": "posted"}}
        wb.signals.put("payment.posted", signal, rationale="First.")
    file = tmp_path_factory.mktemp("files") / "payments.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    told = shell.run("template", "apply", file, "--rationale", "First.").stdout
    assert "template payments is at version 1" in told
    return "payments"
