"""A flow of which a ledger hears, and what happens in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from bos.actions import delivering, documents, feedback, letters
from bos.actions.outbox import relay
from bos.auth.actor import Actor
from bos.store import outbox
from bos.store.engine import transaction

SAM = Actor("sam", "Sam", roles=frozenset({"sre"}))
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class Told:
    """A flow of which a ledger hears."""

    def __init__(self, desk, url, books):
        more = {"outgoing_hosts": "localhost", "outgoing_private": "127.0.0.0/8, ::1/128"}
        self.ctx = replace(desk.ctx, settings=replace(desk.ctx.settings, **more))
        self.desk, self.flow, self.books, self.version = desk, desk.flow(), books, 0
        self.connection = f"{self.flow}.ledger"
        self.content = {"id": self.connection, "title": "L", "connector": "ledger", "address": url}
        self.content["tells"] = {self.flow: ["feedback", "kpi.state", "pack"]}
        self.save()
        self.drain()

    def save(self, **over):
        self.content |= over
        base = self.version or None
        asked = {"rationale": "Why.", "base_version": base}
        self.version = documents.put(self.ctx, SAM, "connection", self.connection, self.content, **asked).version

    def drain(self):
        while relay(self.ctx, lambda *_: None):
            pass

    def say(self, *texts, flow=None):
        """Give feedback, and let the relay have it."""
        for text in texts:
            feedback.give(self.ctx, self.desk.ana, flow or self.flow, text, type="idea")
        self.drain()

    def deliver(self, flow=None):
        return delivering.deliver(self.ctx, self.connection, flow or self.flow)

    def now(self):
        """Let what waits be due, and the connection be tried."""
        with transaction(self.ctx.engine) as session:
            session.exec_driver_sql("UPDATE delivery SET due_at = now() WHERE state = 'waiting'")
            session.exec_driver_sql("UPDATE connection_state SET open_until = now() WHERE open_until > now()")

    def listed(self, **options):
        return letters.listing(self.ctx, SAM, connection=self.connection, **options).items

    def state(self):
        (row,) = self.desk.rows("SELECT * FROM connection_state WHERE connection = :id", id=self.connection)
        return row


def change(told, **over):
    """Put a change of state into the outbox, as a look writes it."""
    said = {
        "flow": told.flow, "kpi": "returns", "title": "Return rate", "before": "ok", "state": "breach",
        "since": "2026-03-02T09:30:00+00:00", "change": 2, "value": 0.034, "shown": "3.4 %", "words": "Above 3 %.",
        "money": {"amount": "1200", "currency": "USD", "shown": "1,200 USD"}, "period": "24 Feb to 2 Mar",
        "zone": "America/New_York",
        "owner": "process_owner", "owners": ["ana"], "people": ["ana"],
    }  # fmt: skip
    with transaction(told.ctx.engine) as session:
        outbox.add(session, [("kpi.state", said | over)], NOW)
    told.drain()
