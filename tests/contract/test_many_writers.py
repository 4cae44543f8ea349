"""Fifty people write one template for a minute, over the same field and over fields of their own.

Each client keeps its own list of what was acknowledged; afterwards the history must be exactly these lists.
"""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest

import bos
from bos.actions import tokens
from bos.actions.context import open_context
from bos.actions.identities import identity
from bos.settings import Settings
from bos.store.engine import reading

WRITERS, SECONDS = 50, 60
WHY = {"rationale": "Because."}
COMMON = "description"
SECTIONS = ("identity", "flow", "process_signals", "system_signals", "outcomes", "ownership")

pytestmark = pytest.mark.full


@dataclass
class Writer(threading.Thread):
    """Somebody who writes until the time is over, and notes what was acknowledged."""

    number: int
    url: str
    secret: str
    until: float
    done: list = field(default_factory=list)
    stale: int = 0
    wrong: list = field(default_factory=list)

    def __post_init__(self):
        super().__init__()
        self.random = random.Random(self.number)

    __hash__ = threading.Thread.__hash__

    def run(self):
        """Write: a field that all write, or one's own."""
        with httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.secret}"}, timeout=60) as client:
            base, count = client.get("/api/v1/templates/loans").json()["version"], 0
            while time.monotonic() < self.until:
                count += 1
                path = COMMON if self.random.random() < 0.3 else f"flow.steps[s{self.number:02}].title"
                value = f"{self.number} wrote {count}"
                base = self._write(client, base, path, value)

    def _write(self, client, base, path, value):
        body = {"base_version": base, "changes": [{"op": "set", "path": path, "new": value}], **WHY}
        answer = client.post("/api/v1/templates/loans/submissions", json=body)
        if answer.status_code == 201:
            version = answer.json()["version"]
            self.done.append((version, path, value))
            return version
        if answer.status_code == 412 and path == COMMON:
            self.stale += 1
        else:
            self.wrong.append((answer.status_code, answer.text))
        return client.get("/api/v1/templates/loans").json()["version"]


@pytest.fixture(scope="module")
def written(make_store, serving, tmp_path_factory):
    """Return the writers after their minute, and a workbench on what they wrote."""
    home = tmp_path_factory.mktemp("writers") / "home"
    settings = Settings.load(home=home, env={}, database_url=make_store(), rate_limit=0)
    with serving(settings) as url, bos.connect(home, url=url) as wb:
        template = {
            "title": "Loans",
            "description": "Nobody wrote yet.",
            "flow": {"steps": [{"id": f"s{n:02}", "title": "As begun"} for n in range(WRITERS)]},
            "ownership": [{"id": s.replace("_", "-"), "covers": s, "accountable": "process_owner"} for s in SECTIONS],
        }
        wb.templates.put("loans", template, rationale="First.")
        ctx, secrets = open_context(settings), []
        for number in range(WRITERS):
            wb.people.add(f"p{number:02}", display=f"Person {number}", rationale="Writes.")
            wb.people.give("process_owner", person=f"p{number:02}", rationale="Writes.")
            with reading(ctx.engine) as connection:
                actor = identity(connection, f"p{number:02}", datetime.now(UTC))
            until = datetime.now(UTC) + timedelta(days=1)
            made = tokens.make(ctx, actor, "Writes", rights=["write"], expires_at=until, rationale="Writes.")
            secrets.append(made.secret)
        ctx.close()
        until = time.monotonic() + SECONDS
        writers = [Writer(number, url, secret, until) for number, secret in enumerate(secrets)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        yield writers, wb


def test_nobody_meets_a_deadlock_or_is_refused_but_for_a_field_that_another_changed(written):
    writers, _ = written
    assert [entry for writer in writers for entry in writer.wrong] == []
    assert sum(writer.stale for writer in writers) > 0, "no two ever met: the test shows nothing"
    assert all(len(writer.done) > 1 for writer in writers)


def test_the_history_is_what_was_acknowledged_without_a_gap(written):
    writers, wb = written
    acknowledged = {version: (writer.number, path, value) for writer in writers for version, path, value in writer.done}
    assert len(acknowledged) == sum(len(writer.done) for writer in writers), "two were given the same version"
    assert sorted(acknowledged) == list(range(2, len(acknowledged) + 2))
    versions = {entry.version: entry for entry in wb.templates.history("loans")}
    assert sorted(versions) == list(range(1, len(acknowledged) + 2))
    expected = {COMMON: "Nobody wrote yet.", **{f"flow.steps[s{n:02}].title": "As begun" for n in range(WRITERS)}}
    checked = set(range(2, len(acknowledged) + 2, max(1, len(acknowledged) // 100))) | {len(acknowledged) + 1}
    for version in range(2, len(acknowledged) + 2):
        number, path, value = acknowledged[version]
        expected[path] = value
        assert versions[version].author == f"p{number:02}"
        if version in checked:
            document = wb.templates.get("loans", version=version).document
            found = {f"flow.steps[{step['id']}].title": step["title"] for step in document["flow"]["steps"]}
            assert {COMMON: document["description"], **found} == expected, version


def test_the_journal_has_each_of_them_once_and_holds(written):
    writers, wb = written
    assert wb.audit_verify().ok
    entries = list(wb.audit_entries(kind="template", id="loans", tag="change.live"))
    told = sorted((entry.actor, entry.path, entry.after) for entry in entries if entry.actor.startswith("p"))
    assert told == sorted((f"p{w.number:02}", path, value) for w in writers for _, path, value in w.done)
