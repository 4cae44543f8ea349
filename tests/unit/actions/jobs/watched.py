"""A folder that is watched, and a person who may do what belongs to it."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import duckdb

from bos.actions import connection_health, documents, fitting, jobs, pull_times, taking, work
from bos.auth.actor import Actor
from bos.errors import Conflict
from bos.store import jobs as stored
from bos.store.engine import transaction

SAM = Actor("sam", "Sam", roles=frozenset({"sre", "data_steward"}))
AT = datetime(2026, 3, 2, 9, 30, 10, tzinfo=UTC)
HEAD = "loan,event,at\n"


def switch_off(ctx, connection):
    """Let a connection be read no more: the tests that follow share the home."""
    live = documents.show(ctx, SAM, "connection", connection)
    options = {"rationale": "Done.", "base_version": live.version}
    with suppress(Conflict):  # it is retired
        documents.put(ctx, SAM, "connection", connection, live.document | {"enabled": False}, **options)


class Watched:
    """A folder whose files go into a flow, every minute."""

    def __init__(self, ctx, flow, folder):
        self.ctx, self.flow, self.folder = ctx, flow, folder
        self.connection = f"{flow}.drop"
        self.minutes, self.saved = 0, False

    def save(self, **settings):
        """Save the connection with settings of its own."""
        told = {"settle_seconds": "0", "flow": self.flow, "map": "case=loan,step=event,time=at", **settings}
        document = {
            "id": self.connection, "title": "Drop", "connector": "files", "address": f"file://{self.folder}",
            "settings": {name: value for name, value in told.items() if value}, "pull_every": "1 minute",
        }  # fmt: skip
        version = documents.show(self.ctx, SAM, "connection", self.connection).version if self.saved else None
        options = {"rationale": "Why.", "base_version": version}
        documents.put(self.ctx, SAM, "connection", self.connection, document, **options)
        self.saved = True

    def save_unread(self, **settings):
        """Save the connection as a BOS did whose connector read what this one does not."""
        with patch.object(fitting, "refuse_worse", lambda *_: None):
            self.save(**settings)

    def put(self, name, *rows, head=HEAD):
        (self.folder / name).write_text(head + "".join(f"{row}\n" for row in rows))

    def look(self):
        """Let the next minute come; return the job of it, run, if it came."""
        self.minutes += 1
        pull_times.tick(self.ctx, AT + timedelta(minutes=self.minutes))
        with transaction(self.ctx.engine) as session:
            rows = stored.under_way(session, taking.TASK, self.flow)
        if not rows:
            return None
        (row,) = rows
        work.run_job(self.ctx, row.id, "test")
        return jobs.show(self.ctx, SAM, row.id)

    def took(self):
        """Let the next minute come; return name → state and rows added."""
        done = self.look()
        assert done.state == "done", done.error
        return {one["name"]: (one["state"], one["added"]) for one in done.result["files"]}

    def health(self, actor=SAM):
        found = connection_health.health(self.ctx, actor).items
        return next(row for row in found if row.connection == self.connection)

    def rows(self):
        """Return how many events the lake has, and how many different ones, as DuckDB counts them in its files."""
        files = [str(file) for file in self.ctx.lake.table(self.flow).snapshot().files]
        if not files:
            return 0, 0
        query = "SELECT count(*), count(DISTINCT event_id) FROM read_parquet(?)"
        return duckdb.execute(query, [files]).fetchall()[0]
