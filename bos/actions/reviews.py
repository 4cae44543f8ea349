"""The data of a weekly review: what is missing, what needs a decision, exceptions, who acts, and what all rests on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bos.actions.definitions import live_definitions
from bos.actions.evaluation import Snapshots
from bos.actions.feedback import answer_of
from bos.actions.grounds import apart, log_clock
from bos.actions.review_changes import changes_of
from bos.actions.review_missing import missing_of
from bos.actions.review_numbers import kpis_of, systems_of
from bos.actions.review_restated import published, restated_of
from bos.actions.review_words import age, day, few, period, week_of
from bos.actions.rights import permit_flow
from bos.dashboards.standing import approval_mark
from bos.errors import UsageError
from bos.model.answers.reports import ReviewFeedback, ReviewKpi, ReviewRestated, ReviewSystem, WeeklyReview
from bos.model.roles import ROLES
from bos.model.version import digest
from bos.store import changes, feedback, jobs, kpis, receipts, taken_files
from bos.store.engine import reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Row

    from bos.actions.context import Context
    from bos.actions.definitions import Definitions
    from bos.auth.actor import Actor
    from bos.model.answers.feedback import FeedbackAnswer

_MOST_PACKS = 1000
_MOST_SENTENCES = 3
"""Exceptions that page 1 tells in a sentence each, so that it stays one page."""


def weekly(
    ctx: Context, actor: Actor, flow: str, week: str, *, version: str, now: datetime | None = None
) -> WeeklyReview:
    """Return the review of a flow's ISO week, such as ``2026-W10``, in the flow's time zone.

    ``version`` is that of BOS; ``now`` what the clock shows, where that is not the moment of the call. The review is
    computed by the live definitions on the newest snapshot; nothing is written.

    Raises:
        NotFound: there is no such flow.
        UsageError: it is no week, or one that is not over yet.
        Unavailable: the lake cannot be read.
    """
    now = now or datetime.now(UTC)
    with reading(ctx.engine) as connection:
        permit_flow(connection, actor, "kpi.evaluate", flow)
        found = live_definitions(connection, flow, systems=True)
        zone = found.doc["time_zone"]
        start, end = week_of(week, zone)
        _refuse_unfinished(week, end, zone, now)
        packs = kpis.newest(connection, flow, after=None, limit=_MOST_PACKS, kind="report")
        said = _feedback(connection, flow, week, (start, end), packs)
        changed = changes_of(connection, found.documents, start, end)
        waiting = changes.open_groups(connection, "template", flow)
        generated = jobs.has_generated(connection, flow)
        untaken = taken_files.untaken(connection, flow)
    held, metrics = ctx.lake.snapshot(flow), ctx.lake.metrics_snapshot(flow)
    shows = log_clock(held, memory_limit=ctx.settings.memory_limit)
    far = apart(held, metrics, zone, memory_limit=ctx.settings.memory_limit)
    rows = kpis_of(ctx, found, Snapshots(held, metrics), week, now)
    beside = systems_of(ctx, found, metrics, week)
    restated = restated_of(ctx, found, held, rows, published(packs, week))
    ordered = sorted(rows, key=lambda row: (not row.exception, -row.weight))
    body = {
        "flow": flow,
        "title": found.doc["title"],
        "owner": found.doc["owner"],
        "week": week,
        "start": start,
        "end": end,
        "time_zone": zone,
        "period": period(start, end, zone),
        "template_version": found.template.version,
        "template_at": found.template.at,
        "snapshot": held.id if held.version else None,
        "metrics_snapshot": metrics.id if metrics.version else None,
        "as_of": shows,
        "generated": generated,
        "version": version,
        "documents": found.versions,
        **_front(ordered, beside, restated, missing_of(ordered, beside, untaken), _to_decide(ordered, waiting, said)),
        "kpis": tuple(ordered),
        "systems": beside,
        "restated": restated,
        "feedback": said,
        "changes": changed,
        "notes": (*(f"{words}." for side in far.values() for words in side), *_notes(found, shows, end, zone)),
    }
    made = WeeklyReview(pack="", **body)
    return made.model_copy(update={"pack": digest(made.model_dump(mode="json"))[:32]})


def _front(
    rows: Sequence[ReviewKpi],
    systems: Sequence[ReviewSystem],
    restated: Sequence[ReviewRestated],
    missing: tuple[str, ...],
    decide: tuple[str, ...],
) -> dict[str, tuple[str, ...]]:
    """Return what page 1 says, and in ``attention`` what messages of the pack say, in its order."""
    return {
        "missing": missing,
        "decide": decide or ("Nothing needs a decision this week.",),
        "changed": (*_what_changed(rows, systems), *_restated(restated)),
        "act": _who_acts(rows, systems),
        "attention": (*missing, *decide, *_exceptions(rows, "in the pack"), *_odd(systems)),
    }


def _refuse_unfinished(week: str, end: datetime, zone: str, now: datetime) -> None:
    if end > now:
        hint = f"It ends on {day(end, zone)}, {zone}."
        raise UsageError(f"The week {week} is not over yet.", where="week", hint=hint)


def _what_changed(rows: Sequence[ReviewKpi], systems: Sequence[ReviewSystem]) -> tuple[str, ...]:
    told = [*_exceptions(rows), *_odd(systems)]
    calm = [row for row in rows if not row.exception and row.status != "withheld"]
    lacking = sum(row.status == "no_data" or bool(row.unjudged) for row in calm)
    quiet = len(calm) - lacking
    if quiet:
        told.append(f"{quiet} KPI{'s show' if quiet > 1 else ' shows'} no exceptional variation.")
    if lacking:
        told.append(f"{lacking} KPI{'s are' if lacking > 1 else ' is'} not judged, since data is missing.")
    return tuple(told)


def _exceptions(rows: Sequence[ReviewKpi], rest: str = "below") -> list[str]:
    """Return the first exceptions in a sentence each, and how many more are told where (``rest``)."""
    told = [_exception(row) for row in rows if row.exception]
    if len(told) > _MOST_SENTENCES:
        more = len(told) - _MOST_SENTENCES
        told[_MOST_SENTENCES:] = [f"{more} more exception{'s are' if more > 1 else ' is'} told {rest}."]
    return told


def _odd(systems: Sequence[ReviewSystem]) -> list[str]:
    odd = [row.title for row in systems if row.exception]
    verb = "A system signal is" if len(odd) == 1 else f"{len(odd)} system signals are"
    return [f"{verb} unusual: {few(odd)}."] if odd else []


def _exception(row: ReviewKpi) -> str:
    """Return an exception as a sentence, with how far the number is approved, where it is not."""
    words = approval_mark(row.approval)
    mark = f" ({words[0].lower()}{words[1:]})" if words else ""
    return f"{row.title}: {row.shown}{mark}. {row.change}. It {' and '.join(row.reasons)}."


def _to_decide(rows: Sequence[ReviewKpi], waiting: Sequence[Any], said: Sequence[ReviewFeedback]) -> tuple[str, ...]:
    out = []
    missed = [
        row.title for row in rows if row.exception and row.reasons[-1] in {"misses its target", "passes its limit"}
    ]
    if missed:
        verb = "misses its" if len(missed) == 1 else "miss their"
        out.append(f"What is done about {few(missed)}, which {verb} target?")
    held = sum(group.state == "waiting" for group in waiting)
    if held:
        out.append(f"{held} proposed change{'s wait' if held > 1 else ' waits'} for signatures.")
    unsigned = sum(group.state == "unsigned" for group in waiting)
    if unsigned:
        out.append(f"{unsigned} live value{'s are' if unsigned > 1 else ' is'} not approved by anybody yet.")
    pending = sum(one.feedback.status == "open" for one in said)
    if pending:
        out.append(
            f"{pending} piece{'s' if pending > 1 else ''} of feedback wait{'' if pending > 1 else 's'} for an answer."
        )
    return tuple(out)


def _who_acts(rows: Iterable[ReviewKpi], systems: Iterable[ReviewSystem]) -> tuple[str, ...]:
    why: dict[str, list[str]] = {}
    find: dict[str, list[str]] = {}
    every = [(row.owner, row.title, row.exception, row.fresh and not row.unjudged) for row in rows]
    every += [(row.owner, row.title, row.exception, row.fresh) for row in systems]
    for owner, title, exception, fresh in every:
        if exception:
            why.setdefault(owner, []).append(title)
        elif not fresh:
            find.setdefault(owner, []).append(title)
    work: dict[str, list[str]] = {}
    for verb, found in (("explain", why), ("find the missing data of", find)):
        for role, titles in found.items():
            work.setdefault(role, []).append(f"{verb} {few(titles)}")
    told = tuple(f"{ROLES.get(role, role)}: {'; '.join(what)}." for role, what in work.items())
    return told or ("Nobody has to act on a number this week.",)


def _restated(rows: Sequence[ReviewRestated]) -> tuple[str, ...]:
    """Return in a sentence that numbers of earlier packs are others now; nothing where none is."""
    if not rows:
        return ()
    verb = "A value" if len(rows) == 1 else f"{len(rows)} values"
    titles = few(list(dict.fromkeys(row.title for row in rows)))
    return (f"{verb} of earlier weeks {'is' if len(rows) == 1 else 'are'} restated: {titles}.",)


def _feedback(
    connection: Connection, flow: str, week: str, span: tuple[datetime, datetime], packs: Sequence[Row[Any]]
) -> tuple[ReviewFeedback, ...]:
    """Return what was said or answered since the pack of an earlier week, and what is still open."""
    start, end = span
    earlier = [row for row in packs if row.record["report"] == "weekly" and row.record["period"] < week]
    since = max(earlier, key=lambda row: row.record["period"]).at if earlier else None
    since = min(since, start) if since else None
    rows: Iterable[Row[Any]] = feedback.of_flow(connection, flow)
    kept = [row for row in rows if since is None or row.changed_at >= since or row.doc["status"] in {"open", "planned"}]
    there = receipts.of_feedback(connection, [row.id for row in kept])
    said = [answer_of(row, there.get(row.id, ())) for row in kept]
    return tuple(ReviewFeedback(feedback=_told(one), age=age(one.at, end)) for one in said)


def _told(said: FeedbackAnswer) -> FeedbackAnswer:
    """Return feedback without when systems were asked for it: that it was asked again makes no other review."""
    kept = tuple(one.model_copy(update={"asked_at": None}) for one in said.receipts)
    return said.model_copy(update={"receipts": kept})


def _notes(found: Definitions, last: datetime | None, end: datetime, zone: str) -> tuple[str, ...]:
    out = [note["text"] for note in found.doc["notes"]]
    if found.template.at >= end:
        out.append(
            f"The definitions are those of version {found.template.version}, of {day(found.template.at, zone)}: "
            "after the week."
        )
    if last is not None and last < end - timedelta(days=1):
        out.append(f"The telemetry ends on {day(last, zone)}, before the week does.")
    return tuple(out)
