"""Which signals of a flow are pulled, and how far each was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.actions.importing import uses_of
from bos.actions.rights import UNTOLD, hears_systems, may_read_rows, permit_flow
from bos.actions.submission import missing
from bos.actions.taken import commonest
from bos.auth.policy import allow
from bos.model.answers.page import Page
from bos.model.answers.pulls import PullRow, RejectedRows
from bos.store import documents, pulls
from bos.store.engine import reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Row

    from bos.actions.context import Context
    from bos.auth.actor import Actor


def bound(connection: Connection, template: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the bindings of the signals of a flow that can be pulled, by the id of the signal."""
    names = list(dict.fromkeys(use["signal"] for use in uses_of(template)))
    found = documents.heads(connection, "signal", names)
    bindings = {name: found[name].doc["binding"] for name in names if name in found}
    return {name: one for name, one in bindings.items() if one["connection"] and one["query"].strip()}


def every_of(binding: Mapping[str, Any], connection: Mapping[str, Any]) -> str | None:
    """Return how often a signal is pulled by itself: as its binding says, else as its connection; nothing: never."""
    return binding.get("every") or connection.get("pull_every")


def listing(ctx: Context, actor: Actor, flow: str) -> Page[PullRow]:
    """Return the signals of a flow that are pulled, and how far each was.

    Raises:
        NotFound: there is no such flow.
    """
    allow(actor, "telemetry.read")
    with reading(ctx.engine) as session:
        permit_flow(session, actor, "telemetry.read", flow)
        live = documents.head(session, "template", flow)
        if live is None:
            raise missing("template", flow)
        bindings, known = bound(session, live.doc), pulls.of_flow(session, flow)
        whole = may_read_rows(session, actor, flow)
        over = documents.heads(session, "connection", {one["connection"] for one in bindings.values()})
    hears = hears_systems(actor)
    return Page(
        items=tuple(
            PullRow(
                signal=name,
                connection=binding["connection"],
                query=binding["query"],
                every=every_of(binding, over[binding["connection"]].doc if binding["connection"] in over else {}),
                upto=known[name].upto if name in known else None,
                at=known[name].at if name in known else None,
                problem=problem_of(known.get(name), hears=hears, whole=whole),
                failed_at=known[name].failed_at if name in known else None,
                added=known[name].added if name in known else 0,
                rejected=rejected_of(known.get(name), whole=whole),
            )
            for name, binding in bindings.items()
        )
    )


def rejected_of(row: Row[Any] | None, *, whole: bool) -> RejectedRows | None:
    """Return which rows could not be taken, if any; why, for who reads single rows (``whole``)."""
    if row is None or row.rejected is None:
        return None
    reasons = commonest(row.rejected["reasons"]) if whole else {}
    told = {name: value for name, value in row.rejected.items() if name in RejectedRows.model_fields}
    return RejectedRows.model_validate({**told, "reasons": reasons})


def problem_of(row: Row[Any] | None, *, hears: bool, whole: bool) -> str:
    """Return why a signal could not be read; empty where it could.

    What its system said is for who may hear systems; what is wrong with its rows for who reads them (``whole``), too.
    """
    if row is None or not row.problem:
        return ""
    of_rows = bool(row.rejected) and row.rejected.get("problem") == row.problem
    return str(row.problem) if hears or (whole and of_rows) else UNTOLD
