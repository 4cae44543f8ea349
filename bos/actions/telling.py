"""What a system is told: which connections hear of a message of the outbox, and in which words."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bos.actions.feedback import GIVEN
from bos.actions.reports import PUBLISHED
from bos.actions.watching import CHANGED
from bos.model.connection import Connection as Document
from bos.model.roles import ROLES
from bos.store import deliveries, documents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Row

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
    names = [("connection", name) for name in documents.ids(connection, "connection")]
    hearing = [Document.model_validate(found.doc) for found in documents.live(connection, names).values()]
    deliveries.add(connection, list(_deliveries(rows, [one for one in hearing if one.enabled], pages, now)))


def _deliveries(
    rows: Sequence[Row[Any]], hearing: Sequence[Document], pages: str, now: datetime
) -> Iterator[dict[str, Any]]:
    for row in rows:
        flow = row.payload["flow"]
        for one in hearing:
            if row.topic in one.tells.get(flow, ()):
                message = _message(row.topic, row.payload, pages)
                same = {"connection": one.id, "flow": flow, "kind": row.topic, "message": message}
                yield {**same, "key": uuid.uuid4().hex, "due_at": now, "created_at": now}


def _message(topic: str, payload: Mapping[str, Any], pages: str) -> Said:
    """Return the fields of a message (``bos.ports.Message``) as JSON; what is of one week of a flow is one thread."""
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
        ("Since", _moment(payload["since"])),
    ]
    return {
        "title": f"{now}: {payload['title']}" + (f" is {shown}" if payload.get("value") is not None else ""),
        "paragraphs": [payload["words"]] if payload.get("words") else [],
        "facts": [fact for fact in facts if fact[1]],
        "links": [("Dashboard", page("dashboard", flow=flow)), ("Watched KPIs", page("watch", flow=flow))],
    }


def _of_feedback(payload: Mapping[str, Any], page: Callable[..., str]) -> Said:
    facts = [("From", payload["author"]), ("About", payload["panel"]), ("At", _moment(payload["at"]))]
    return {
        "title": f"{payload['type'].title()} about {payload['title']}: {payload['about']}",
        "paragraphs": [part.strip() for part in payload["text"].split("\n\n") if part.strip()],
        "facts": [fact for fact in facts if fact[1]],
        "links": [("Dashboard", page("dashboard", flow=payload["flow"]))],
    }


def _of_pack(payload: Mapping[str, Any], page: Callable[..., str]) -> Said:
    many = payload["exceptions"]
    exceptions = "Nothing needs attention." if not many else f"{many} {'needs' if many == 1 else 'need'} attention."
    return {
        "title": f"{payload['title']}: review pack" + (f" of {payload['period']}" if payload["period"] else ""),
        "paragraphs": [exceptions],
        "facts": [("Pack", payload["pack"]), ("Made", _moment(payload["at"]))],
        "links": [("Dashboard", page("dashboard", flow=payload["flow"]))],
        "file": f"{payload['flow']}/{payload['folder']}/report.html",
    }


_WORDS: Mapping[str, Callable[[Mapping[str, Any], Callable[..., str]], Said]] = {
    CHANGED: _of_kpi,
    GIVEN: _of_feedback,
    PUBLISHED: _of_pack,
}


def _moment(text: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone(UTC):%d %b %Y %H:%M} UTC"
