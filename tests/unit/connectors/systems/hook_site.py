"""A server that others send to, with a flow whose telemetry that is."""

import json
import time
from contextlib import contextmanager

import duckdb
import httpx

from bos.actions.context import open_context
from bos.home import Home
from bos.settings import Settings

KEY = "planted-key"
WHY = {"rationale": "Alerts of the gateways."}
SECTIONS = ("identity", "flow", "process_signals", "system_signals", "outcomes", "ownership")


class Site:
    """A server, with a connection that takes events of a flow."""

    def __init__(self, url, settings):
        self.url, self.settings = url, settings
        token = Home(settings.home).make().token()
        self.api = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
        self.ctx = open_context(settings)

    def put(self, kind, name, document):
        body = {"document": {"id": name, "title": name, **document}, **WHY}
        self.api.put(f"/api/v1/{kind}/{name}", json=body, headers={"If-None-Match": "*"}).raise_for_status()

    def connect(self, name, **settings):
        settings = {"flow": "gateways", "signature": "path"} | settings
        self.put("connections", name, {"connector": "hooks", "address": "hook://sender", "settings": settings})
        given = self.api.put(f"/api/v1/connections/{name}/secrets/key", json={"value": KEY, **WHY})
        given.raise_for_status()

    def send(self, name, body, *, key=KEY, **more):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return httpx.post(f"{self.url}/api/v1/hooks/{name}/{key}", content=content, **more)

    def deliveries(self, name):
        """Return the deliveries once none waits."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            found = self.api.get(f"/api/v1/connections/{name}/incoming").json()["items"]
            if all(one["state"] != "waiting" for one in found):
                return found
            time.sleep(0.05)
        raise AssertionError(found)

    def health(self, name):
        found = self.api.get("/api/v1/connection-health").json()["items"]
        return next(one for one in found if one["connection"] == name)

    def rows(self, column="case_id"):
        """Return a column of all events in the lake, read by DuckDB in its files."""
        files = [str(path) for path in self.settings.home.rglob("*.parquet") if "events" in str(path)]
        asked = f"SELECT {column} FROM read_parquet({files})"  # noqa: S608 - a test
        return sorted(value for (value,) in duckdb.sql(asked).fetchall()) if files else []


@contextmanager
def serve_site(serving, database, home):
    """Serve a site with a flow, for as long as the block lasts."""
    settings = Settings.load(home=home, env={}, database_url=database)
    with serving(settings) as url:
        found = Site(url, settings)
        template = {
            "time_zone": "UTC",
            "flow": {"correlation_key": ["loan"], "steps": [{"id": "all", "title": "All"}]},
            "ownership": [{"id": s.replace("_", "-"), "covers": s, "accountable": "process_owner"} for s in SECTIONS],
        }
        found.put("templates", "gateways", template)
        yield found
        found.api.close()
        found.ctx.close()
