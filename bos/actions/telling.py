"""What a system is told: which connections hear of a message of the outbox, and in which words."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bos.actions.asking import gathered
from bos.actions.feedback import GIVEN
from bos.actions.hearing import hearing
from bos.actions.notices import WAITS
from bos.actions.pictured import alt_of
from bos.actions.reports import PUBLISHED
from bos.actions.watching import CHANGED
from bos.auth.actor import SYSTEM
from bos.model.moments import instant
from bos.model.roles import ROLES
from bos.store import deliveries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Row

    from bos.model.connection import Connection as Document

    Said = dict[str, Any]

_STATES = {
    "ok": "As it should be",
    "warning": "Warning",
    "breach": "Breach",
    "withheld": "Withheld",
    "no_data": "No data",
    None: "Not looked at yet",
}


def route(connection: Connection, rows: Sequence[Row[Any]], pages: str, now: datetime) -> None:
    """Write a delivery for each message of the outbox and each connection that tells of its flow and kind.

    ``pages`` is the address of the apps. A connection that is switched off hears nothing of what happens meanwhile.
    """
    rows = [row for row in rows if row.topic in _WORDS]
    if not rows:
        return
    said = [(row.seq, row.topic, row.payload) for row in rows if row.topic != WAITS]
    waits = [row for row in rows if row.topic == WAITS]
    said += [(row.seq, WAITS, payload) for row, payload in gathered(connection, waits)]
    said.sort(key=lambda one: one[0])
    deliveries.add(connection, list(_deliveries(said, hearing(connection), pages, now)))


def _deliveries(
    said: Sequence[tuple[int, str, Said]], told: Sequence[Document], pages: str, now: datetime
) -> Iterator[dict[str, Any]]:
    for _, topic, payload in said:
        flow = payload["flow"]
        for one in told:
            if topic in one.tells.get(flow, ()):
                message = _message(topic, payload, pages)
                same = {"connection": one.id, "flow": flow, "kind": topic, "message": message}
                yield {**same, "key": uuid.uuid4().hex, "due_at": now, "created_at": now}


def _message(topic: str, payload: Mapping[str, Any], pages: str) -> Said:
    """Return the fields of a message (``bos.ports.Message``) as JSON; what is of one week of a flow is one thread.

    A message of feedback has its id besides, one of a pack its file, and one of a pack or a KPI what its charts are
    drawn from.
    """
    said = _WORDS[topic](payload, lambda page, **query: f"{pages}/voila/render/{page}.ipynb?{urlencode(query)}")
    year, week, _ = datetime.fromisoformat(payload.get("since") or payload["at"]).astimezone(UTC).isocalendar()
    return {"kind": topic, "flow": payload["flow"], "thread": f"{payload['flow']} {year}-W{week:02d}", **said}


def _of_kpi(payload: Mapping[str, Any], page: Callable[..., str]) -> Said:
    now, before = _STATES[payload["state"]], _STATES[payload["before"]]
    flow, money = payload["flow"], payload.get("money")
    shown = payload.get("shown") or ""
    facts = [
        ("State", f"{now}, before: {before}"),
        ("Value", shown),
        ("Period", payload.get("period") or ""),
        ("At stake", money["shown"] if money else ""),
        ("Owner", ", ".join((ROLES.get(payload["owner"], payload["owner"]), *payload["owners"]))),
        ("Since", _moment(payload["since"], payload.get("zone") or "UTC")),
    ]
    chart = _chart(payload)
    words = [payload.get("words") or "", f"Without a chart: {chart['none']}." if "none" in chart else ""]
    return {
        "title": f"{now}: {payload['title']}" + (f" is {shown}" if payload.get("value") is not None else ""),
        "paragraphs": [one for one in words if one],
        "facts": [fact for fact in facts if fact[1]],
        "links": [("Dashboard", page("dashboard", flow=flow)), ("Watched KPIs", page("watch", flow=flow))],
        "chart": chart if "panel" in chart else None,
    }


def _chart(payload: Mapping[str, Any]) -> Said:
    """Return what the picture of a KPI is drawn from, with what it says in words; or why there is ``none``."""
    trend: Said = payload.get("trend") or {}
    if "panel" not in trend:
        return trend
    told = {name: payload.get(name) or "" for name in ("shown", "words", "period")}
    return {**trend, **told, "state": payload["state"], "alt": alt_of(trend["panel"], **told)}


def _of_feedback(payload: Mapping[str, Any], page: Callable[..., str]) -> Said:
    facts = [("From", payload["author"]), ("About", payload["panel"]), ("At", _moment(payload["at"]))]
    return {
        "title": f"{payload['type'].title()} about {payload['title']}: {payload['about']}",
        "paragraphs": [part.strip() for part in payload["text"].split("\n\n") if part.strip()],
        "facts": [fact for fact in facts if fact[1]],
        "links": [
            ("Dashboard", page("dashboard", flow=payload["flow"])),
            ("Feedback", f"{page('dashboard', flow=payload['flow'])}#said-{payload['id']}"),
        ],
        "feedback": payload["id"],
    }


def _of_pack(payload: Mapping[str, Any], page: Callable[..., str]) -> Said:
    told = payload.get("attention")
    return {
        "title": f"{payload['title']}: review pack" + (f" of {payload['period']}" if payload["period"] else ""),
        "paragraphs": ["Nothing needs attention."] if told == [] else told or [],
        "facts": [("Pack", payload["pack"]), ("Made", _moment(payload["at"]))],
        "links": [("Dashboard", page("dashboard", flow=payload["flow"]))],
        "file": f"{payload['flow']}/{payload['folder']}/report.html",
        "charts": payload.get("charts", []),
    }


def _of_signatures(payload: Mapping[str, Any], page: Callable[..., str]) -> Said:
    many, flow = payload["count"], payload["flow"]
    values = "A value waits for its" if many == 1 else f"{many} values wait for their"
    facts = [("From", "BOS" if payload["by"] == SYSTEM.person else payload["by"])]
    facts += [(f"To be signed by {ROLES.get(role, role)}", fields) for role, fields in payload["asked"].items()]
    return {
        "title": f"{values} signature: {payload['title']}" if many == 1 else f"{values} signatures: {payload['title']}",
        "paragraphs": [],
        "facts": facts,
        "links": [("Approvals", page("approvals", flow=flow)), ("Dashboard", page("dashboard", flow=flow))],
    }


_WORDS: Mapping[str, Callable[[Mapping[str, Any], Callable[..., str]], Said]] = {
    CHANGED: _of_kpi,
    GIVEN: _of_feedback,
    PUBLISHED: _of_pack,
    WAITS: _of_signatures,
}


def _moment(text: str, zone: str = "UTC") -> str:
    return f"{instant(datetime.fromisoformat(text), zone)}, {zone}"
