"""The data of a weekly review: exceptions first, what needs a decision, who acts, and what all of it rests on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bos.actions.definitions import live_definitions
from bos.actions.evaluation import Question, answers
from bos.actions.feedback import answer_of
from bos.actions.review_kpis import MONTHS_SHOWN, WEEKS_READ, Read, review_kpi
from bos.actions.review_words import age, day, midnight, period, week_of
from bos.auth.policy import allow
from bos.errors import UsageError
from bos.model.answers.reports import ReviewChange, ReviewFeedback, ReviewKpi, WeeklyReview
from bos.model.diff import Change
from bos.model.roles import ROLES
from bos.model.version import digest
from bos.model.wording import describe
from bos.store import audit, changes, feedback, jobs, kpis
from bos.store.engine import reading
from bos.store.tables import journal
from bos.store.tags import Tag
from bos.validate.ownership import accountable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Row

    from bos.actions.context import Context
    from bos.actions.definitions import Definitions
    from bos.auth.actor import Actor
    from bos.model.answers.kpis import KpiValue
    from bos.telemetry.lake import Snapshot

_CHANGES = {
    Tag.CHANGE_LIVE: "went live",
    Tag.CHANGE_PROVISIONAL: "went live, not signed yet",
    Tag.CHANGE_HELD: "waits for signatures",
    Tag.VALUE_APPROVED: "was approved",
    Tag.DOCUMENT_CREATED: "was made",
    Tag.DOCUMENT_RETIRED: "was retired",
}
_MOST_CHANGES = 200
_MOST_PACKS = 1000
_MOST_SENTENCES = 4


def weekly(ctx: Context, actor: Actor, flow: str, week: str, *, version: str) -> WeeklyReview:
    """Return the review of a flow's ISO week, such as ``2026-W10``, in the flow's time zone.

    ``version`` is that of BOS. It is computed by the live definitions on the newest snapshot; nothing is written.

    Raises:
        NotFound: there is no such flow.
        UsageError: it is no week, or one that is not over yet.
        Unavailable: the lake cannot be read.
    """
    allow(actor, "evaluate")
    with reading(ctx.engine) as connection:
        found = live_definitions(connection, flow)
        zone = found.doc["time_zone"]
        start, end = week_of(week, zone)
        if end > datetime.now(UTC):
            raise UsageError(
                f"The week {week} is not over yet.", where="week", hint=f"It ends on {day(end, zone)}, {zone}."
            )
        said = _feedback(connection, flow, week, start, end)
        changed = _changes(connection, found, start, end)
        waiting = changes.open_groups(connection, "template", flow)
        generated = jobs.has_generated(connection, flow)
    held = ctx.lake.snapshot(flow)
    rows = _kpis(ctx, found, held, start, end, zone)
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
        "as_of": held.last,
        "generated": generated,
        "version": version,
        "documents": found.versions,
        "changed": _what_changed(ordered),
        "decide": _to_decide(ordered, waiting, said),
        "act": _who_acts(ordered),
        "kpis": tuple(ordered),
        "feedback": said,
        "changes": changed,
        "notes": _notes(found, held, end, zone),
    }
    made = WeeklyReview(pack="", **body)
    return made.model_copy(update={"pack": digest(made.model_dump(mode="json"))[:32]})


def _kpis(
    ctx: Context, found: Definitions, held: Snapshot, start: datetime, end: datetime, zone: str
) -> list[ReviewKpi]:
    """Return the KPIs in the order of the template, by three evaluations: weeks, months, own windows."""
    monday = start.astimezone(ZoneInfo(zone)).date()
    first = midnight(monday - timedelta(weeks=WEEKS_READ - 1), zone)
    months = monday.year * 12 + monday.month - MONTHS_SHOWN
    opened = midnight(monday.replace(year=months // 12, month=months % 12 + 1, day=1), zone)
    specs = found.specs()

    def asked(question: Question, some: Sequence[Any] = specs) -> tuple[dict[str, list[KpiValue]], dict[str, str]]:
        values, queries = answers(found, some, held, question, memory_limit=ctx.settings.memory_limit)
        return {spec.id: [value for value in values if value.kpi == spec.id] for spec in some}, queries

    by_week, queries = asked(Question(by="week", start=first, end=end))
    by_month, _ = asked(Question(by="month", start=opened, end=end))
    outcomes = {outcome["id"]: outcome for outcome in found.doc["outcomes"]}
    windowed = [spec for spec in specs if outcomes[spec.id]["measure"]["window"]]
    standing = asked(Question(end=end), windowed)[0] if windowed else {}
    return [
        review_kpi(
            Read(
                outcomes[spec.id],
                accountable(found.doc, f"outcomes[{spec.id}].measure") or found.doc["owner"],
                queries[spec.id],
                found.approval(spec.id),
                by_week[spec.id],
                by_month[spec.id],
                next(iter(standing.get(spec.id, ())), None),
            ),
            start,
            zone,
            held.last,
        )
        for spec in specs
    ]


def _what_changed(rows: Sequence[ReviewKpi]) -> tuple[str, ...]:
    exceptions = [row for row in rows if row.exception]
    told = [f"{row.title}: {row.shown}. {row.change}. It {' and '.join(row.reasons)}." for row in exceptions]
    if len(told) > _MOST_SENTENCES:
        told[_MOST_SENTENCES:] = [f"{len(told) - _MOST_SENTENCES} more exceptions follow below."]
    missing = [row.title for row in rows if row.status == "no_data"]
    if missing:
        told.append(f"No data for {', '.join(missing)}.")
    quiet = len(rows) - len(exceptions) - len(missing)
    if quiet:
        told.append(f"{quiet} KPI{'s show' if quiet > 1 else ' shows'} no exceptional variation.")
    return tuple(told)


def _to_decide(rows: Sequence[ReviewKpi], waiting: Sequence[Any], said: Sequence[ReviewFeedback]) -> tuple[str, ...]:
    out = []
    missed = [
        row.title for row in rows if row.exception and row.reasons[-1] in {"misses its target", "passes its limit"}
    ]
    if missed:
        verb = "misses its" if len(missed) == 1 else "miss their"
        out.append(f"What is done about {', '.join(missed)}, which {verb} target?")
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
    return tuple(out) or ("Nothing needs a decision this week.",)


def _who_acts(rows: Iterable[ReviewKpi]) -> tuple[str, ...]:
    why: dict[str, list[str]] = {}
    find: dict[str, list[str]] = {}
    for row in rows:
        if row.exception:
            why.setdefault(row.owner, []).append(row.title)
        elif row.status == "no_data":
            find.setdefault(row.owner, []).append(row.title)
    work: dict[str, list[str]] = {}
    for verb, found in (("explain", why), ("find the missing data of", find)):
        for role, titles in found.items():
            work.setdefault(role, []).append(f"{verb} {', '.join(titles)}")
    told = tuple(f"{ROLES.get(role, role)}: {'; '.join(what)}." for role, what in work.items())
    return told or ("Nobody has to act on a number this week.",)


def _feedback(
    connection: Connection, flow: str, week: str, start: datetime, end: datetime
) -> tuple[ReviewFeedback, ...]:
    """Return what was said or answered since the pack of an earlier week, and what is still open."""
    packs = kpis.newest(connection, flow, after=None, limit=_MOST_PACKS, kind="report")
    earlier = [row for row in packs if row.record["report"] == "weekly" and row.record["period"] < week]
    since = max(earlier, key=lambda row: row.record["period"]).at if earlier else None
    since = min(since, start) if since else None
    rows: Iterable[Row[Any]] = feedback.of_flow(connection, flow)
    kept = [row for row in rows if since is None or row.changed_at >= since or row.doc["status"] in {"open", "planned"}]
    return tuple(ReviewFeedback(feedback=answer_of(row), age=age(row.at, end)) for row in kept)


def _changes(connection: Connection, found: Definitions, start: datetime, end: datetime) -> tuple[ReviewChange, ...]:
    """Return what happened to the template and its signals in the week, oldest first."""
    tags = [tag.value for tag in _CHANGES]
    mine = [(version.kind, version.id, version.doc) for version in (found.template, *found.signals.values())]
    out = []
    for kind, id_, doc in mine:
        where = (journal.c.kind == kind, journal.c.id == id_, journal.c.tag.in_(tags))
        rows = audit.entries(connection, *where, journal.c.at >= start, journal.c.at < end, limit=_MOST_CHANGES)
        out += [(row.seq, _change(row, kind, doc)) for row in rows]
    return tuple(change for _, change in sorted(out, key=lambda pair: pair[0]))


def _change(row: Row[Any], kind: str, doc: dict[str, Any]) -> ReviewChange:
    after = row.after.get("value") if row.tag == Tag.CHANGE_HELD.value and row.after else row.after
    if row.path and row.tag in {Tag.CHANGE_LIVE.value, Tag.CHANGE_PROVISIONAL.value, Tag.CHANGE_HELD.value}:
        words = describe(kind, [Change(op="set", path=row.path, old=row.before, new=after)], doc)
    else:
        words = (f"{kind} {row.id}{f' · {row.path}' if row.path else ''}",)
    what = next(text for tag, text in _CHANGES.items() if tag.value == row.tag)
    return ReviewChange(at=row.at, who=row.actor, what=what, words=words, rationale=row.rationale)


def _notes(found: Definitions, held: Snapshot, end: datetime, zone: str) -> tuple[str, ...]:
    out = [note["text"] for note in found.doc["notes"]]
    if found.template.at >= end:
        out.append(
            f"The definitions are those of version {found.template.version}, of {day(found.template.at, zone)}: "
            "after the week."
        )
    if held.last is not None and held.last < end - timedelta(days=1):
        out.append(f"The telemetry ends on {day(held.last, zone)}, before the week does.")
    return tuple(out)
