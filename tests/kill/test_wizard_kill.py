"""Kernel, API and worker are killed while somebody types, builds a dashboard and makes a pack.

What was shown as saved holds, what is listed is whole, and whoever typed can go on.
"""

from __future__ import annotations

import hashlib
import random
import re
import subprocess
import sys
import threading
import time
from contextlib import suppress

import pytest

import bos
from bos.errors import BosError
from bos.settings import Settings
from widgets.wizard import Wizard

SEED = 20261125
MOMENTS = 32
A_SESSION = 4  # kills of one `bos up`, which gives up after five in a row
FLOW = "loan-payment-processing"
TYPIST = """
import sys, bos
from widgets.wizard import Wizard
with bos.connect(sys.argv[1], url=sys.argv[2]) as wb:
    wizard, n = Wizard(wb, query="flow=loan-payment-processing"), int(sys.argv[3])
    while True:
        n += 1
        wizard._receive({"type": "field", "field": "description", "value": f"typed {n}", "rev": n})
        if wizard.surface.view["ack"] == n:
            print(n, flush=True)
"""


def typed(wb):
    """Return the number that the draft has."""
    found = re.fullmatch(r"typed (\d+)", wb.templates.draft(FLOW).document["description"])
    return int(found.group(1)) if found else 0


@pytest.mark.full
def test_whatever_a_kernel_had_acknowledged_when_it_was_killed_is_in_the_draft(serving, store_url, tmp_path):
    settings = Settings.load(home=tmp_path / "home", env={}, database_url=store_url)
    dice, last = random.Random(SEED), 0
    with serving(settings) as url, bos.connect(settings.home, url=url) as wb:
        wb.templates.create(FLOW)
        for _ in range(MOMENTS - 10):
            command = [sys.executable, "-c", TYPIST, settings.home, url, str(last)]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as kernel:
                assert kernel.stdout.readline()
                time.sleep(dice.uniform(0.0, 0.4))
                kernel.kill()
                said = kernel.stdout.read().split()
            acknowledged = int(said[-1]) if said else last + 1
            assert acknowledged <= typed(wb) <= acknowledged + 1
            last = typed(wb)


class Person(threading.Thread):
    """Does one thing after another until told to stop; ``done`` is what was acknowledged."""

    def __init__(self):
        super().__init__()
        self.done = []
        self.stopping = threading.Event()

    def run(self):
        with bos.connect() as wb:
            work = self.work(wb)
            while not self.stopping.is_set():
                with suppress(BosError):
                    self.done.append(next(work))


class Typist(Person):
    """Types into the wizard; what it has acknowledged is done."""

    def __init__(self, first):
        super().__init__()
        self.first = first

    def work(self, wb):
        wizard, n = Wizard(wb, query=f"flow={FLOW}"), self.first
        while True:
            n += 1
            wizard._receive({"type": "field", "field": "description", "value": f"typed {n}", "rev": n})
            if wizard.surface.view["ack"] == n:
                yield n


class Calls:
    """Yields the answers of a call that is made again and again; one that fails is passed on."""

    def __init__(self, call):
        self.call = call

    def __next__(self):
        return self.call()


class Builder(Person):
    """Builds dashboards."""

    def work(self, wb):
        return Calls(lambda: wb.flow(FLOW).dashboard().run)


class Packer(Person):
    """Makes weekly packs."""

    def work(self, wb):
        return Calls(lambda: wb.flow(FLOW).report("weekly", period="2026-W05").pack)


def check(people):
    """Check that everything acknowledged is there, and everything listed is whole."""
    with bos.connect() as wb:
        numbers = [n for person in people if isinstance(person, Typist) for n in person.done]
        assert max(numbers) <= typed(wb) <= max(numbers) + 1
        runs = {row.run for row in wb.flow(FLOW).dashboard_runs()}
        assert {run for person in people if isinstance(person, Builder) for run in person.done} <= runs
        for run in list(runs)[:5]:
            assert wb.dashboard_run(run).panels
        packs = {pack.pack: pack for pack in wb.packs()}
        assert {name for person in people if isinstance(person, Packer) for name in person.done} <= packs.keys()
        for name, pack in packs.items():
            html = wb.pack_html(name)
            assert hashlib.sha256(html.encode()).hexdigest() == pack.html_sha256
            assert html.rstrip().endswith("</html>")
        assert wb.audit_verify().ok


def kill_at(up, home, target, moments):
    """Kill the target at each moment, in one ``bos up`` after the other."""
    everyone, last = [], 0
    for first in range(0, len(moments), A_SESSION):
        with up.running(home) as process:
            with bos.connect() as wb:
                if not wb.templates.list():
                    wb.templates.create(FLOW)
            people = [Typist(last), Builder(), Packer()]
            for person in people:
                person.start()
            try:
                up.wait_until(lambda seen=people: len(seen[0].done) > 0)
                for moment in moments[first : first + A_SESSION]:
                    time.sleep(moment)
                    before = len(people[0].done)
                    up.kill(home, target)
                    up.wait_until(lambda seen=people, n=before: len(seen[0].done) > n)
                    assert len(people[0].done) > before, "nobody could type on"
            finally:
                for person in people:
                    person.stopping.set()
                for person in people:
                    person.join()
            assert process.poll() is None
            check(people)
            last = people[0].done[-1] + 1
        everyone += people
    assert any(person.done for person in everyone if isinstance(person, Builder))
    return everyone


@pytest.mark.full
@pytest.mark.parametrize("target", ["api", "worker"])
def test_nobody_loses_anything_at_any_moment(up, env, target):
    dice = random.Random(SEED)
    people = kill_at(up, env, target, [dice.uniform(0.0, 1.5) for _ in range(MOMENTS // 2)])
    assert any(person.done for person in people if isinstance(person, Packer))
