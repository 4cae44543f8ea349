"""Reports of a flow: the data of a weekly review, packs that were made, and making one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.client.documents import quoted
from bos.client.listing import Listing
from bos.model.answers.jobs import Job
from bos.model.answers.page import Page
from bos.model.answers.reports import Pack, WeeklyReview

if TYPE_CHECKING:
    from bos.client.transport import Calls


def review(calls: Calls, flow: str, week: str) -> WeeklyReview:
    """Return the data of a weekly review."""
    return calls.ask(WeeklyReview, "GET", f"/api/v1/flows/{quoted(flow)}/weekly-review", params={"week": week})


def packs(calls: Calls, flow: str | None = None) -> Listing[Pack]:
    """Return archived reports, of one flow or of all, newest first."""
    return Listing(calls.pages(Page[Pack], "/api/v1/packs", params={"flow": flow}))


def html(calls: Calls, pack: str) -> str:
    """Return the HTML of an archived report."""
    return calls.send("GET", f"/api/v1/packs/{quoted(pack)}/html").decode()


def start(calls: Calls, flow: str, name: str, period: str | None) -> Job:
    """Return the job that makes a report and archives it."""
    body = {"report": name, "period": period}
    return calls.ask(Job, "POST", f"/api/v1/flows/{quoted(flow)}/reports", json=body)
