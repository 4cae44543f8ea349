"""The workbench: BOS as one object."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from bos.client import dashboards, exports, feedback, reports
from bos.client.approval import Batches, Waivers
from bos.client.asking import Asking
from bos.client.connections import Connections
from bos.client.documents import COLLECTIONS, Documents, Templates, quoted
from bos.client.explained import RestatedRun
from bos.client.flow import Flow
from bos.client.given import run_of
from bos.client.http import httpx
from bos.client.jobs import wait
from bos.client.listing import Listing
from bos.client.named import Flows
from bos.client.people import People
from bos.client.search import Search
from bos.client.ticket import pass_of
from bos.client.tokens import Tokens
from bos.client.transport import TIMEOUT, Calls
from bos.errors import UsageError
from bos.home import Home
from bos.model.answers.audit import Checkpoint, Entry, Obligation, Verification
from bos.model.answers.changes import Decided, Decision, Group
from bos.model.answers.documents import Blueprint, Draft
from bos.model.answers.holidays import Holiday, HolidaySource
from bos.model.answers.jobs import Job
from bos.model.answers.kpis import KpiRun, Published, Rerun
from bos.model.answers.page import Page
from bos.model.answers.people import Me, SessionAnswer
from bos.model.answers.telemetry import TelemetryStatus
from bos.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bos.client.boards import Dashboard
    from bos.client.exports import Exported
    from bos.model.answers.connections import PlacedDashboard
    from bos.model.answers.feedback import FeedbackAnswer
    from bos.model.answers.reports import Pack

_IN_PROCESS = "http://127.0.0.1"


def connect(
    home: Path | str | None = None,
    *,
    url: str | None = None,
    token: str | None = None,
    origin: str = "library",
    on_behalf_of: str | None = None,
) -> Workbench:
    """Return a workbench. See ``bos.connect``."""
    settings = Settings.load(home=home, url=url, token=token)
    folder = Home(settings.home)
    address = settings.url
    if address is None and (running := folder.running()) is not None:
        address = running.url
    transport: httpx.BaseTransport | None = None
    if address is None:
        from bos.client.local import LocalTransport  # noqa: PLC0415 - only where there is no server

        transport = LocalTransport(settings)
    elif not address.startswith(("http://", "https://")):
        raise UsageError(
            f"{address!r} is no address of a server.", where="BOS_URL", hint="Write http://127.0.0.1:8765."
        )
    own = None if address is None or settings.token is not None else pass_of(address)
    headers = {"X-BOS-Origin": "app" if own is not None and origin == "library" else origin}
    if on_behalf_of is not None:
        headers["X-BOS-On-Behalf-Of"] = on_behalf_of
    if own is None:
        headers["Authorization"] = f"Bearer {settings.token or folder.token()}"
    client = httpx.Client(
        base_url=address or _IN_PROCESS,
        headers=headers,
        auth=own,
        timeout=TIMEOUT,
        transport=transport,
        trust_env=False,
        verify=(address or "").startswith("https://"),  # loading the certificates takes a while
    )
    return Workbench(Calls(client, patient=address is not None), url=address)


class Workbench(Asking):
    """BOS, over the network or in this process; a context manager that closes it.

    Attributes:
        templates, signals, calendars, cost_rules, dashboards, schedules, policies: the documents of each kind.
        connections: the systems BOS speaks to: documents, their secrets, and whether they are well.
        batches, waivers: several documents changed in one act; values that count as signed until a date.
        people: who BOS knows, what they hold, and who stands in for whom.
        tokens: by which programs call as you.
        flow: a flow by the id of its template, telemetry and numbers: ``flow("id")``, ``flow["id"]``, ``flow.id``.
        search: finds documents and KPIs by words, and by what they have to do with.
        url: address of the server; ``None`` in this process.
    """

    def __init__(self, calls: Calls, *, url: str | None) -> None:
        self._calls = calls
        self.url = url
        self.templates = Templates(calls, "templates")
        self.signals = Documents(calls, "signals")
        self.calendars = Documents(calls, "calendars")
        self.cost_rules = Documents(calls, "cost-rules")
        self.schedules = Documents(calls, "schedules")
        self.dashboards = Documents(calls, "dashboards")
        self.policies = Documents(calls, "policies")
        self.connections = Connections(calls)
        self.batches = Batches(calls)
        self.waivers = Waivers(calls)
        self.people = People(calls)
        self.tokens = Tokens(calls)
        self.search = Search(calls)
        self.flow = Flows(self.templates.list, lambda name: Flow(calls, name))

    def __enter__(self) -> Self:
        """Return the workbench."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def __repr__(self) -> str:
        """Return where this is connected to and where to begin."""
        return f"<BOS {'at ' + self.url if self.url else 'in this process'}: .templates, .flow(id), .search(text)>"

    def documents(self, kind: str) -> Documents:
        """Return the documents of a kind by its name, such as ``template``."""
        return Documents(self._calls, COLLECTIONS.get(kind, kind))

    def close(self) -> None:
        """Close the connections; in this process, BOS itself."""
        self._calls.close()

    def me(self) -> Me:
        """Return who you are to BOS, and its version."""
        return self._calls.ask(Me, "GET", "/api/v1/me")

    def session(self) -> SessionAnswer:
        """Return who is signed in and acts as whom; in a demo, with the sample people."""
        return self._calls.ask(SessionAnswer, "GET", "/api/v1/session")

    def act_as(self, person: str | None) -> SessionAnswer:
        """Act as a sample person of a demo from here on; ``None`` ends it."""
        return self._calls.ask(SessionAnswer, "POST", "/api/v1/session/acting", json={"person": person})

    def drafts(self) -> Listing[Draft]:
        """Return your unfinished edits, of every kind, newest first."""
        return Listing(self._calls.pages(Page[Draft], "/api/v1/drafts"))

    def holiday_sources(self) -> Listing[HolidaySource]:
        """Return whose holidays are known: markets, payment systems and countries."""
        return Listing(self._calls.pages(Page[HolidaySource], "/api/v1/holidays/sources"))

    def holidays(self, source: str, first: int, last: int | None = None) -> Listing[Holiday]:
        """Return the holidays of a source (``XFED``, ``DE``, ``DE-HE``), from one year to another, both included.

        Raises NotFound: there is no such source; UsageError: the years cannot be looked up.
        """
        params = {"source": source, "from": first, "to": first if last is None else last}
        return Listing(self._calls.pages(Page[Holiday], "/api/v1/holidays", params=params))

    def blueprints(self) -> Listing[Blueprint]:
        """Return the starting points for templates."""
        return Listing(self._calls.pages(Page[Blueprint], "/api/v1/blueprints"))

    def blueprint(self, name: str) -> Blueprint:
        """Return a blueprint, with what it names but BOS cannot compute yet."""
        return self._calls.ask(Blueprint, "GET", f"/api/v1/blueprints/{quoted(name)}")

    def run(self, id: str) -> KpiRun:  # noqa: A002 - as above
        """Return a run exactly as it was kept."""
        return self._calls.ask(KpiRun, "GET", f"/api/v1/runs/{run_of(id)}")

    def rerun(self, id: str) -> Rerun:  # noqa: A002 - as above
        """Compute a run of KPIs or of a dashboard again: ``same`` says whether it came out so, ``reasons`` why not."""
        return self._calls.ask(Rerun, "POST", f"/api/v1/runs/{run_of(id)}/rerun")

    def restated(self, id: str) -> RestatedRun:  # noqa: A002 - as above
        """Return the values of a run that are others now: what arrived since, or was defined otherwise."""
        return self._calls.ask(RestatedRun, "GET", f"/api/v1/runs/{run_of(id)}/restated")

    def dashboard_run(self, id: str) -> Dashboard:  # noqa: A002 - as above
        """Return a run of a dashboard exactly as it was kept."""
        return dashboards.run(self._calls, id)

    def published(self, id: str) -> Listing[Published]:  # noqa: A002 - as above
        """Return what earlier runs told of the period of a dashboard run, where it tells otherwise."""
        return Listing(self._calls.pages(Page[Published], f"/api/v1/dashboard-runs/{quoted(id)}/published"))

    def dashboard_html(self, id: str, *, part: str = "page") -> str:  # noqa: A002 - as above
        """Return a run of a dashboard as one HTML file: pictures and tables inside, no script.

        ``part="body"`` leaves out the frame, for a page that has the look already.
        """
        return dashboards.html(self._calls, id, part)

    def export_dashboard(self, id: str, to: str) -> Exported:  # noqa: A002 - as above
        """Return a run of a dashboard as a file.

        ``to`` is ``csv``, ``parquet``, ``xlsx``, ``grafana``, ``grafana-v2``, ``splunk`` or ``notebook``.
        """
        return exports.export(self._calls, f"/api/v1/dashboard-runs/{run_of(id)}/export/{quoted(to)}")

    def publish_dashboard(
        self,
        id: str,  # noqa: A002 - as above
        to: str,
        *,
        overwrite: bool = False,
        progress: Callable[[Job], None] | None = None,
    ) -> PlacedDashboard:
        """Put a run of a dashboard into the system of a connection; return its version and its address there.

        Raises Conflict (``drift``): somebody changed it there; it stays so, unless ``overwrite``.
        """
        return dashboards.place(self._calls, id, to, overwrite=overwrite, progress=progress)

    def export_run(self, id: str, to: str) -> Exported:  # noqa: A002 - as above
        """Return the values of a run of KPIs as a file: ``csv``, ``parquet`` or ``xlsx``."""
        return exports.export(self._calls, f"/api/v1/runs/{run_of(id)}/export/{quoted(to)}")

    def telemetry(self) -> Listing[TelemetryStatus]:
        """Return what the lake holds, flow by flow."""
        return Listing(self._calls.pages(Page[TelemetryStatus], "/api/v1/telemetry"))

    def jobs(self, *, state: str | None = None) -> Iterator[Job]:
        """Yield jobs, newest first."""
        return self._calls.pages(Page[Job], "/api/v1/jobs", params={"state": state})

    def job(self, id: str) -> Job:  # noqa: A002 - as above
        """Return a job as it is now."""
        return self._calls.ask(Job, "GET", f"/api/v1/jobs/{quoted(id)}")

    def cancel(self, id: str) -> Job:  # noqa: A002 - as above
        """Ask a job to stop; it leaves nothing half done."""
        return self._calls.ask(Job, "POST", f"/api/v1/jobs/{quoted(id)}/cancel")

    def wait(self, job: Job, *, progress: Callable[[Job], None] | None = None) -> Job:
        """Return a job once it is done; Ctrl-C cancels it. Raises the job's own error when it failed."""
        return wait(self._calls, job, progress, job.task)

    def packs(self) -> Listing[Pack]:
        """Return the reports that were archived, newest first."""
        return reports.packs(self._calls)

    def pack_html(self, pack: str) -> str:
        """Return the HTML file of an archived report."""
        return reports.html(self._calls, pack)

    def show_feedback(self, id: str) -> FeedbackAnswer:  # noqa: A002 - as above
        """Return feedback: what was said, what became of it, and where it is in the systems that were told of it."""
        return feedback.shown(self._calls, id)

    def resolve_feedback(self, id: str, *, status: str, answer: str) -> FeedbackAnswer:  # noqa: A002 - as above
        """Say what became of feedback: ``done``, ``declined``, ``planned`` or ``open``, and an answer."""
        return feedback.resolve(self._calls, id, status=status, answer=answer)

    def changes(
        self,
        *,
        kind: str | None = None,
        id: str | None = None,  # noqa: A002 - as above
        state: str | None = None,
        mine: bool = False,
    ) -> Iterator[Group]:
        """Yield groups of changes, newest first; ``mine`` for those that a signature of yours would count for now."""
        params = {"collection": kind and COLLECTIONS.get(kind, kind), "id": id, "state": state, "mine": mine}
        return self._calls.pages(Page[Group], "/api/v1/changes", params=params)

    def change(self, group: str) -> Group:
        """Return a group: its changes, authors, who has to sign."""
        return self._calls.ask(Group, "GET", f"/api/v1/changes/{quoted(group)}")

    def sign(self, group: str, decision: Decision = "approve", *, comment: str = "") -> Decided:
        """Sign a group in every role of yours that it waits for, reject it, or call for rework, which needs a comment.

        What its last signature does is done at once: held changes go live together. No author may sign.
        """
        path = f"/api/v1/changes/{quoted(group)}/signatures"
        return self._calls.ask(Decided, "POST", path, json={"decision": decision, "comment": comment})

    def withdraw(self, group: str, *, comment: str = "") -> Decided:
        """Take back a waiting change of yours."""
        return self._calls.ask(Decided, "DELETE", f"/api/v1/changes/{quoted(group)}", params={"comment": comment})

    def audit_entries(
        self,
        *,
        kind: str | None = None,
        id: str | None = None,  # noqa: A002 - as above
        tag: str | None = None,
    ) -> Iterator[Entry]:
        """Yield entries of the journal, newest first."""
        params = {"collection": kind and COLLECTIONS.get(kind, kind), "id": id, "tag": tag}
        return self._calls.pages(Page[Entry], "/api/v1/journal", params=params)

    def audit_verify(self, *checkpoints: str) -> Verification:
        """Return whether the journal is whole: its chain, the checkpoints kept there, and those given."""
        params = {"checkpoint": checkpoints}
        return self._calls.ask(Verification, "GET", "/api/v1/journal/verification", params=params)

    def audit_checkpoint(self) -> Checkpoint:
        """Return the signed number and hash of the last entry of the journal, to be kept elsewhere."""
        return self._calls.ask(Checkpoint, "GET", "/api/v1/journal/checkpoint")

    def obligations(self) -> Listing[Obligation]:
        """Return each rule a KPI is evidence for: field, who answers for it, evidence, and what is missing."""
        return Listing(self._calls.pages(Page[Obligation], "/api/v1/obligations"))

    def audit_export(self, path: Path | str) -> int:
        """Write the journal to a file, whole or not at all; return how many entries it has."""
        target = Path(path)
        fresh = target.with_name(f".{target.name}.{os.getpid()}.new")
        lines = 0
        try:
            with fresh.open("wb") as file:
                for chunk in self._calls.stream("/api/v1/journal/export"):
                    file.write(chunk)
                    lines += chunk.count(b"\n")
            fresh.replace(target)
        except OSError as error:
            raise UsageError(f"The file cannot be written: {error.strerror}.", where=str(path)) from error
        finally:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)
        return max(0, lines - 1)
