"""A home whose worker is killed, and the systems it is connected to, which take their time."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bos.actions import documents
from bos.auth.actor import Actor
from bos.store.engine import transaction
from tests.doubles import splunk
from tests.unit.connectors import confluence_double, jira_double, slack_double
from tests.unit.connectors.systems import test_appdynamics as appdynamics

ANA = Actor("ana", "Ana", roles=frozenset({"process_owner"}))
SAM = Actor("sam", "Sam", roles=frozenset({"sre", "data_steward"}))
KILLS = {"pull": 17, "watch": 12, "feedback": 12, "make": 1, "pack": 4}
"""How often a worker is killed within a stage; one more is at the end of each but the last: fifty in all."""
FORGE = """
import os, signal, sys
import bos.actions.tasks, bos.reports, connectors.appdynamics, connectors.splunk.source
from bos.worker.__main__ import main
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while sys.stdin.buffer.raw.read(1):
    if (child := os.fork()) == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        sys.exit(main())
    os.write(1, b"%d\\n" % child)
"""
"""Makes a worker for each byte it reads, a process of its own, and says its number: the program is loaded once."""


class Slow:
    """A system that takes its time over every request, so that somebody can be killed meanwhile."""

    seconds = 0.0

    def answer(self, asked):
        time.sleep(self.seconds)
        return super().answer(asked)


class Slack(Slow, slack_double.SlackDouble):
    pass


class Jira(Slow, jira_double.JiraDouble):
    pass


class Confluence(Slow, confluence_double.ConfluenceDouble):
    pass


class Controller(Slow, appdynamics.Vendor):
    pass


class Splunk(splunk.Double):
    seconds = 0.0

    def search(self, form):
        time.sleep(self.seconds)
        return super().search(form)


@dataclass
class Systems:
    """The systems of the day."""

    splunk: Any
    controller: Any
    slack: Any
    jira: Any
    confluence: Any

    def asked(self):
        """Return how much they were asked."""
        told = sum(len(one.log) for one in (self.slack, self.jira, self.confluence))
        return told + len(self.splunk.asked) + len(self.controller.asked)

    def told(self):
        """Return how often each delivery is there, by its key: messages, issues and comments, renewals of pages."""
        keys = Counter(one["metadata"]["event_payload"]["key"] for one in self.slack.messages)
        for issue in self.jira.issues:
            keys.update(one.removeprefix("bos-") for one in issue.labels if re.fullmatch("bos-[0-9a-f]{32}", one))
            keys.update(one["properties"][0]["value"]["key"] for one in issue.comments)
        for page in self.confluence.pages:
            keys.update(key for one in page.properties for key in one["value"]["keys"])
        return keys

    def slow(self, seconds):
        for one in (self.splunk, self.controller, self.slack, self.jira, self.confluence):
            one.seconds = seconds


class Day:
    """A home on its embedded database, its connected systems, and one worker at a time."""

    def __init__(self, ctx, env, systems):
        self.ctx, self.systems = ctx, systems
        self.chance, self.kills, self.between, self.worker = random.Random(29), Counter(), 0, 0
        with self.path.open("ab") as log:
            self.forge = subprocess.Popen(
                [sys.executable, "-c", FORGE, "--home", str(ctx.settings.home)],
                env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, bufsize=0,
            )  # fmt: skip

    @property
    def path(self):
        return self.ctx.home.folder("logs") / "worker.log"

    def start(self):
        self.forge.stdin.write(b"w")
        self.worker = int(self.forge.stdout.readline())

    def end(self, number=signal.SIGTERM):
        """End the worker, and wait until it is no more."""
        if self.worker:
            os.kill(self.worker, number)
            self.until(lambda: not Path(f"/proc/{self.worker}").exists())
            self.worker = 0

    def kill(self, stage):
        """Kill the worker, and what it had begun: the process that makes a report."""
        begun = []
        for one in Path(f"/proc/{self.worker}/task").glob("*/children"):
            with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has ended meanwhile
                begun.append(one.read_text().split())
        self.end(signal.SIGKILL)
        for child in {int(one) for some in begun for one in some}:
            with suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
        self.kills[stage] += 1
        there = self.systems.told()
        self.between += any(key in there for (key,) in self.rows("SELECT key FROM delivery WHERE state = 'waiting'"))
        # What was tried waits for its next attempt, and is given up after several; here each is the first.
        self.rows("UPDATE delivery SET due_at = now(), attempts = 0 WHERE state = 'waiting' RETURNING 1")
        first = "UPDATE job SET arguments = arguments || '{\"attempts\": 0}' WHERE finished_at IS NULL RETURNING 1"
        self.rows(first)

    def close(self):
        self.end(signal.SIGKILL)
        with self.forge:
            self.forge.stdin.close()

    def rows(self, query, *values):
        with transaction(self.ctx.engine) as connection:
            return connection.exec_driver_sql(query, values).fetchall()

    def log(self):
        return self.path.read_text()[-3000:]

    def until(self, holds, seconds=150):
        deadline = time.monotonic() + seconds
        while not (found := holds()):
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.02)
        return found

    def put(self, kind, name, content, version=None):
        documents.put(self.ctx, SAM if kind != "template" else ANA, kind, name, content, rationale="Why.",
                      **({} if version is None else {"base_version": version}))  # fmt: skip

    def change(self, kind, name, change):
        found = documents.show(self.ctx, SAM, kind, name)
        content = dict(found.document)
        change(content)
        self.put(kind, name, content, found.version)

    def through(self, stage, done, *, kill, more=lambda: None):
        """Have a stage done: by one worker, or by as many as are killed at it, and one more that is killed after it."""
        for _ in range(KILLS[stage] if kill else 0):
            more()
            asked = self.systems.asked()
            self.start()
            self.wait_for(lambda asked=asked: self.systems.asked() > asked or done())
            time.sleep(self.chance.uniform(0, 0.35))
            self.kill(stage)
        if not kill:
            more()
        self.start()
        found = self.until(done)
        if kill and stage != "pack":
            self.kill(stage)
        else:
            self.end()
        return found

    def wait_for(self, holds, seconds=3):
        deadline = time.monotonic() + seconds
        while not holds() and time.monotonic() < deadline:
            time.sleep(0.01)

    def told(self, flow):
        """Return whether all that is to be told of a flow was."""
        waits = "SELECT 1 FROM outbox UNION ALL SELECT 1 FROM delivery WHERE flow = %s AND state = 'waiting'"
        return not self.rows(waits, flow)


@contextmanager
def connected(certificate, doubled):
    with ExitStack() as stack:
        system = Splunk()
        system.url = stack.enter_context(splunk.serving(system))
        controller = stack.enter_context(doubled(Controller()))
        told = [stack.enter_context(kind().running(certificate)) for kind in (Slack, Jira, Confluence)]
        told[0].page, told[1].page, told[2].limit = 100, 100, 50_000_000
        yield Systems(system, controller, *told)


CONNECTIONS = {
    "splunk": ("splunk", "", {}, {"token": splunk.TOKEN}),
    "controller": ("appdynamics", "", {"client": appdynamics.CLIENT}, {"client_secret": appdynamics.SECRET}),
    "slack": ("slack", "/api", {"channel": slack_double.CHANNEL}, {"token": slack_double.TOKEN}),
    "jira": ("jira", "", {"project": "PAY", "email": jira_double.EMAIL}, {"token": jira_double.TOKEN}),
    "confluence": (
        "confluence", "", {"space": "PAY", "email": confluence_double.EMAIL}, {"token": confluence_double.TOKEN},
    ),
}  # fmt: skip
