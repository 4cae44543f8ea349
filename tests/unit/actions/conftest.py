"""A bank that works with BOS: its people, its documents, and a database that a module shares."""

from __future__ import annotations

import copy
import dataclasses
import uuid
from collections import Counter
from datetime import UTC, datetime
from itertools import count

import psycopg
import pytest
from psycopg import sql

from bos.actions import changes, documents
from bos.actions.context import Context
from bos.auth.actor import Actor
from bos.home import Home
from bos.model.calendar import Calendar
from bos.model.diff import Change
from bos.model.fields import sections
from bos.model.roles import SIGNING_ROLES
from bos.model.signals import Signal
from bos.model.template import Template
from bos.settings import Settings
from bos.store import people
from bos.store.approval.critical import critical_values
from bos.store.approval.need import Approvers
from bos.store.engine import make_engine, transaction
from bos.telemetry.lake import Lake

_NUMBERS = count(1)
_SIGNALS = {
    "payment.received": {"type": "process", "binding": {"event": "RECEIVED"}},
    "payment.posted": {"type": "process", "binding": {"event": "POSTED"}},
    "payment.returned": {"type": "process", "binding": {"event": "RETURNED"}},
    "payment.reversed": {"type": "process", "binding": {"event": "REVERSED"}},
    "gateway.latency": {"type": "system"},
}
_STEPS = ("received", "posted")
_TEMPLATE = {
    "title": "Payments",
    "tags": ["lending"],
    "flow": {
        "correlation_key": ["loan_id"],
        "calendar": "bank",
        "steps": [{"id": step, "title": step.title()} for step in _STEPS],
        "edges": [{"id": "forward", "source": "received", "target": "posted"}],
    },
    "process_signals": [
        {"id": name, "signal": f"payment.{name}", "step": step}
        for name, step in (
            ("received", "received"), ("posted", "posted"), ("returned", "posted"), ("reversed", "posted")
        )
    ],
    "system_signals": [{"id": "latency", "signal": "gateway.latency", "affects": ["posted"]}],
    "outcomes": [
        {
            "id": "returns",
            "title": "Return rate",
            "measure": {"formula": "ratio(count(returned), count(received))", "unit": "ratio"},
            "target": {"value": 0.03, "direction": "at_most"},
            "thresholds": [
                {"id": "near", "level": "warning", "value": 0.02},
                {"id": "far", "level": "breach", "value": 0.03},
            ],
        },
        {"id": "posted_count", "title": "Posted", "measure": {"formula": "count(posted)", "unit": "payments"}},
    ],
    "ownership": [{"id": s, "covers": s, "accountable": "process_owner"} for s in sections("template")],
}  # fmt: skip


class People:
    """The people of the bank. ``sam`` holds every role that can sign and never proposes anything."""

    anna = Actor("anna", "Anna", roles=frozenset({"business_owner"}))
    ben = Actor("ben", "Ben", roles=frozenset({"finance_control"}))
    cara = Actor("cara", "Cara", roles=frozenset({"business_owner", "finance_control"}))
    dora = Actor("dora", "Dora", roles=frozenset({"data_steward"}))
    adam = Actor("adam", "Adam", roles=frozenset({"admin"}))
    sam = Actor("sam", "Sam", roles=SIGNING_ROLES)


class Bank(People):
    """A database with shared signals and a calendar, in which tests make documents of their own."""

    def __init__(self, ctx, *, stocked=True):
        self.ctx = ctx
        self.maker = Actor("mary", "Mary", roles=frozenset({"process_owner"}))
        if not stocked:
            return
        for name, content in _SIGNALS.items():
            self.make("signal", Signal(id=name, title=name, **content).data())
        self.make("calendar", Calendar(id="bank", title="Bank").data())

    def employ(self, *actors, at=None):
        """Let the bank know people, with the roles they come with and those they hold on some flows."""
        now = at or datetime.now(UTC)
        with transaction(self.ctx.engine) as connection:
            for actor in actors:
                people.add(connection, actor.person, display=actor.display, email="", source="created", at=now)
                held = [(role, "all", "") for role in actor.roles]
                held += [(grant.role, grant.scope, grant.value) for grant in actor.grants]
                for role, scope, value in held:
                    row = {"role_binding": uuid.uuid4().hex, "person": actor.person, "role": role, "scope": scope}
                    more = {"value": value, "starts": now, "given_by": "system", "rationale": "Test.", "at": now}
                    people.bind(connection, {**row, **more})

    def content(self, **over):
        """Return the content of a template nobody has made yet."""
        return copy.deepcopy(Template.model_validate({"id": f"t{next(_NUMBERS)}", **_TEMPLATE, **over}).data())

    def fresh(self, prefix="x"):
        """Return an id nobody has used."""
        return f"{prefix}{next(_NUMBERS)}"

    def make(self, kind, content, by=None):
        """Make a document."""
        return documents.put(self.ctx, by or self.maker, kind, content["id"], content, rationale="Begin.")

    def template(self, *, approved=True, **over):
        """Make a template; ``approved`` says whether all its values are signed, or names those that are."""
        content = self.content(**over)
        done = self.make("template", content)
        self.approve(done, None if approved is True else approved or ())
        return content["id"]

    def approve(self, done, paths=None):
        """Have Sam sign the provisional values of a submission, or those at ``paths``."""
        for mark in done.provisional:
            if paths is None or set(mark.paths) & set(paths):
                assert self.sign(mark.group).state == "live"

    def show(self, id_, kind="template", **options):
        """Return a document as Adam reads it."""
        return documents.show(self.ctx, self.adam, kind, id_, **options)

    def live(self, id_, kind="template"):
        """Return the content that is served."""
        return self.show(id_, kind).document

    def submit(self, by, id_, *made, kind="template", base=None, **options):
        """Submit changes, each a tuple of path and value, or a change."""
        asked = [one if isinstance(one, Change) else Change(op="set", path=one[0], new=one[1]) for one in made]
        version = self.show(id_, kind).version if base is None else base
        options = {"rationale": "Because.", **options}
        return changes.submit(self.ctx, by, kind, id_, base_version=version, changes=asked, **options)

    def sign(self, group, by=None, decision="approve", comment="", **options):
        """Sign a group; Sam does where nobody is named."""
        return changes.sign(self.ctx, by or self.sam, group, decision=decision, comment=comment, **options)

    def withdraw(self, by, group):
        """Withdraw a group."""
        return changes.withdraw(self.ctx, by, group)

    def group(self, group):
        """Return a group."""
        return changes.group(self.ctx, self.adam, group)

    def groups(self, id_, *states):
        """Return the open groups of a template by path; those in some states where these are given."""
        return {
            change.path: group
            for group in self.show(id_).open_groups
            for change in group.changes
            if not states or group.state in states
        }

    def approvals(self, id_, *but, kind="template"):
        """Return the stored approvals of a document, byte for byte, but those of some paths."""
        rows = self.rows(
            "SELECT path, a::text FROM approval a WHERE kind = %s AND id = %s AND path <> ALL(%s) ORDER BY path",
            (kind, id_, list(but)),
        )
        return dict(rows)

    def rows(self, query, values=()):
        """Return rows of the database as whoever owns it sees them."""
        with self.connect() as connection:
            return connection.execute(query, values).fetchall()

    def connect(self):
        """Return a connection of the database's owner."""
        url = self.ctx.engine.url.render_as_string(hide_password=False).replace("+psycopg", "", 1)
        return psycopg.connect(url, autocommit=True)

    def versions(self, id_, kind="template"):
        """Return the version numbers of a document, newest first."""
        return [row.version for row in documents.history(self.ctx, self.adam, kind, id_).items]

    def keyed(self, key):
        """Return a context whose next write has an idempotency key."""
        return dataclasses.replace(self.ctx, idempotency_key=key)

    def sound(self, id_, kind="template"):
        """Assert what must hold of a document at every moment."""
        shown = self.show(id_, kind)
        rules = self.rows("SELECT doc->'rules' FROM version WHERE kind = 'policy' ORDER BY n DESC LIMIT 1")
        values = critical_values(Approvers(kind, id_, rules[0][0] if rules else ()), shown.document)
        waived = self.rows(
            "SELECT path FROM waiver WHERE kind = %s AND id = %s AND set_at IS NOT NULL AND ended_at IS NULL "
            "AND ends > now()",
            (kind, id_),
        )
        signed = {*self.approvals(id_, kind=kind), *(path for (path,) in waived)}
        empty = {path for path in values if values[path] in (None, "", [], {}) and kind != "policy"} - signed
        waits = {change.path for group in shown.open_groups if group.state == "waiting" for change in group.changes}
        told = {path for path in empty & waits if shown.approvals[path].state == "held"}
        assert set(shown.approvals) == set(values) - empty | told
        open_paths = Counter(
            (group.state, change.path)
            for group in shown.open_groups
            if group.state != "rework"
            for change in group.changes
        )
        assert set(open_paths.values()) <= {1}
        unsigned = {change.path for group in shown.open_groups if group.state == "unsigned" for change in group.changes}
        if shown.state != "retired":
            assert unsigned == {path for path, approval in shown.approvals.items() if approval.state == "provisional"}


@pytest.fixture(scope="module")
def bank_at(tmp_path_factory):
    """Return a function from the address of a migrated database to a bank on it."""
    engines = []

    def at(url, *, stocked=True):
        home = tmp_path_factory.mktemp("home")
        name = url.partition("?")[0].rpartition("/")[2]
        with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
            # Nothing here pulls a plug, so no commit need wait for the disk.
            connection.execute(sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(sql.Identifier(name)))
        engines.append(make_engine(url, pool_size=4))
        settings = Settings.load(home=home, env={})
        ctx = Context(settings, Home(home), engines[-1], Lake(home / "lake"), request_id="r-1")
        return Bank(ctx, stocked=stocked)

    yield at
    for engine in engines:
        engine.dispose()


@pytest.fixture(scope="module")
def bank(bank_at, module_store_url):
    """Return the bank of this module."""
    return bank_at(module_store_url)


@pytest.fixture
def own_bank(bank_at, store_url):
    """Return a bank with a database of its own."""
    return bank_at(store_url)


@pytest.fixture
def flow(bank):
    """Return the id of a template at version 1 whose KPIs, signals and correlation key are approved."""
    parts = ("outcomes[", "process_signals[", "flow.correlation_key")
    content = bank.content()
    return bank.template(
        approved=[path for path in critical_values(Approvers("template"), content) if path.startswith(parts)]
    )


@pytest.fixture
def loose(bank):
    """Return the id of a template with nothing approved."""
    return bank.template(approved=False)
