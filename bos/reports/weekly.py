"""The sections of the weekly review: HTML that a notebook shows and the pack keeps; text of people is escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from bos.look.course import Course
from bos.model.numbers import GENERATED, named, shown
from bos.model.outcomes import WORKING
from bos.model.roles import ROLES
from bos.reports.pieces import Link, Seal, Section, bullets, facts, grouped, status, table
from bos.reports.source import digest, pack_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bos.model.answers.changes import Approval
    from bos.model.answers.feedback import FeedbackAnswer
    from bos.model.answers.reports import Point, ReviewKpi, ReviewSystem, WeeklyReview

_CHARTED = 3
"""Exceptions whose chart of the weeks goes with what is told of a pack."""
_APPROVAL = {"provisional": "Not approved yet", "held": "A change is held", "waived": "Approved by a waiver only"}


def front(review: WeeklyReview) -> Section:
    """Return page 1: what data is missing, what needs a decision, what changed, who acts."""
    cards = "".join(
        f'<section class="bos-card"><h2>{title}</h2>{items}</section>'
        for title, items in (
            ("What data is missing", bullets(review.missing or ("No data is known to be missing.",))),
            ("What needs a decision", bullets(review.decide)),
            ("What changed", _changed(review)),
            ("Who acts", bullets(review.act)),
        )
    )
    made = f'<span class="bos-badge bos-badge--mark">{GENERATED}</span>' if review.generated else ""
    count = sum(kpi.exception for kpi in review.kpis)
    words = "no exceptions" if not count else f"{count} exception{'s' if count > 1 else ''}"
    words = f"data is missing · {words}" if review.missing else words
    return Section(
        f'<header class="bos-head"><p class="bos-lede">Weekly review · {escape(review.week)} · {words} {made}</p>'
        f"<h1>{escape(review.title)}</h1><p>{escape(review.period)}</p></header>"
        f'<div class="bos-pack__cards">{cards}</div>'
        f'<p class="bos-hint">{escape(_standing(review))}</p>',
        front=True,
    )


def _changed(review: WeeklyReview) -> str:
    """Return what changed; the name of a KPI leads to its definition, owner, query and how far its data goes."""
    titles = {f"{kpi.title}:": kpi for kpi in review.kpis if kpi.exception}

    def item(text: str) -> str:
        start = next((start for start in titles if text.startswith(start)), None)
        if start is None:
            return escape(text)
        return f"{_definition(titles[start]).html()}{escape(text[len(titles[start].title) :])}"

    return f"<ul>{''.join(f'<li>{item(text)}</li>' for text in review.changed)}</ul>" if review.changed else ""


def _definition(kpi: ReviewKpi) -> Link:
    return Link(kpi.title, f"definition-{kpi.kpi}")


def _standing(review: WeeklyReview) -> str:
    newest = f"the newest event is of {review.as_of:%Y-%m-%d %H:%M} UTC" if review.as_of else "there are no events"
    return (
        f"Owner: {_role(review.owner)}. Numbers are those of template version {review.template_version} on snapshot "
        f"{review.snapshot or 'none'}; {newest}. Ages count to the end of the week."
    )


def exceptions(review: WeeklyReview) -> Section:
    """Return every exception, the loudest first, with its series."""
    cards = "".join(_card(kpi) for kpi in review.kpis if kpi.exception)
    nothing = '<p class="bos-empty">No KPI misses its target or leaves its usual range.</p>'
    return Section(f"<h2>Exceptions</h2>{cards or nothing}")


def _card(kpi: ReviewKpi) -> str:
    limits = kpi.behaviour
    edges = (shown(limits.lower, kpi.unit), shown(limits.upper, kpi.unit)) if limits else ()
    usual = f"{' to '.join(edges)}, from {limits.points} whole weeks" if limits else ""
    rows = (
        ("Why it is here", "; ".join(kpi.reasons)),
        ("Week before", kpi.before),
        ("Over its window", kpi.standing),
        ("Target", kpi.target),
        ("Usual range", usual or "no limits yet: fewer than ten whole weeks"),
        ("Owner", _role(kpi.owner)),
        ("Rests on", f"{kpi.n:,} events, cases or points"),
        ("Data", kpi.freshness),
        ("Week", kpi.period),
    )
    return (
        f'<article class="bos-card bos-figure"><div class="bos-pack__top"><h3>{escape(kpi.title)}</h3>'
        f"{status(kpi.status, kpi.status_words)}</div>"
        f'<div class="bos-pack__kpi"><div><p class="bos-pack__value">{escape(kpi.shown)}</p>'
        f"<p>{escape(kpi.change)}</p>{_mark(kpi)}"
        f'<p><a href="#definition-{escape(kpi.kpi)}">Definition and query</a></p></div>'
        f"{facts(rows)}</div>{_charts(kpi)}</article>"
    )


def _mark(kpi: ReviewKpi) -> str:
    words = _APPROVAL.get(kpi.approval.state, "") if kpi.approval else ""
    return f'<p><span class="bos-badge bos-badge--mark">{words}</span></p>' if words else ""


def _unapproved(approval: Approval | None) -> str:
    words = _APPROVAL.get(approval.state, "") if approval else ""
    return f" · {words[0].lower()}{words[1:]}" if words else ""


def _charts(kpi: ReviewKpi) -> str:
    both = ((_weeks(kpi), "Week", kpi.weeks), (f"Last {len(kpi.months)} months", "Month", kpi.months))
    return f'<div class="bos-pack__charts">{"".join(_chart(kpi, t, b, p) for t, b, p in both if p)}</div>'


def _weeks(kpi: ReviewKpi) -> str:
    return f"Last {len(kpi.weeks)} weeks"


def _target(kpi: ReviewKpi) -> str:
    how = "" if kpi.target_value is None else " (dashed)"
    return f" Target{how}: {kpi.target}." if kpi.target else ""


def _told(point: Point) -> str:
    """Return the value of a point, and why it is not like the others."""
    return f"{point.shown} {point.part}" if point.part else point.shown


def _course(kpi: ReviewKpi, title: str, bucket: str, points: Sequence[Point]) -> Course:
    scale, unit = _scale(kpi.unit)
    said = ", ".join(f"{one.label} {_told(one)}" for one in points)
    why = sorted({one.part for one in points if one.part}, reverse=True)
    return Course(
        title=f"{kpi.title}, {title.lower()}",
        words=f"{said}.{_target(kpi)}",
        unit=unit,
        points=tuple((one.start, None if one.value is None else one.value * scale) for one in points),
        target=None if kpi.target_value is None else kpi.target_value * scale,
        part=tuple(one.start for one in points if one.part),
        part_words=f"{bucket} {' or '.join(why)}" if why else "",
    )


def _chart(kpi: ReviewKpi, title: str, bucket: str, points: Sequence[Point]) -> str:
    course = _course(kpi, title, bucket, points)
    dotted = f" Dotted: {course.part_words.lower()}." if course.part else ""
    called = ", ".join(filter(None, (title, course.unit)))
    numbers = table(
        course.title,
        ("Begins", "Value"),
        [(f"{one.label} · {one.start:%Y-%m-%d}", _told(one)) for one in points],
    )
    known = kpi.as_of.date().isoformat() if kpi.as_of else "none"
    return (
        f"<figure>{course.picture(width=460, height=170)}<figcaption>{escape(called)}. "
        f"Data as of {known}.{dotted}{escape(_target(kpi))}</figcaption>"
        f"<details><summary>Numbers of the {escape(title.lower())}: {escape(kpi.title)}</summary>{numbers}</details>"
        "</figure>"
    )


def _scale(unit: str) -> tuple[float, str]:
    """Return the factor and the name by which an axis shows a unit."""
    return {"ratio": (100.0, "%"), "seconds": (1 / 3600, "hours"), WORKING: (1 / 3600, "working hours")}.get(
        unit, (1.0, named(unit))
    )


def routine(review: WeeklyReview) -> Section:
    """Return all other KPIs, a line each."""
    rows = [
        (
            _definition(kpi),
            f"{kpi.shown} · {kpi.period}" if kpi.period else kpi.shown,
            kpi.change,
            kpi.target or "none",
            f"{kpi.status_words}{_unapproved(kpi.approval)}",
            _role(kpi.owner),
            kpi.freshness,
        )
        for kpi in review.kpis
        if not kpi.exception
    ]
    names = ("KPI", "This week", "Against the week before", "Target", "Status", "Owner", "Data")
    nothing = '<p class="bos-empty">Every KPI is among the exceptions.</p>'
    shown = table("KPIs that are no exception", names, rows) if rows else nothing
    return Section(f"<h2>Routine</h2>{shown}")


def restated(review: WeeklyReview) -> Section:
    """Return the values of earlier packs that are others now, with the cause; what was published stays."""
    rows = [
        (one.title, one.week, f"{one.published} ({one.published_at:%Y-%m-%d})", one.now, one.words)
        for one in review.restated
    ]
    nothing = '<p class="bos-empty">Every value that an earlier pack published still stands.</p>'
    names = ("KPI", "Week", "Published", "Now", "Why")
    shown = table("Published in an earlier pack, and as it is now", names, rows) if rows else nothing
    return Section(f"<h2>Restated</h2>{shown}")


def systems(review: WeeklyReview) -> Section:
    """Return the week of each system signal against the one before, by the steps it can break."""
    names = ("Signal", "Mean", "Least and greatest", "Week before", "Change of the mean", "Owner", "Data")
    groups: dict[str, list[ReviewSystem]] = {}
    for one in review.systems:
        groups.setdefault(", ".join(one.steps), []).append(one)
    rows = [
        (f"Can break: {steps}" if steps else "Names no step", [_system(one) for one in found])
        for steps, found in groups.items()
    ]
    nothing = '<p class="bos-empty">The template names no system signal.</p>'
    shown = grouped("The week of each, under the steps it can break", names, rows) if rows else nothing
    return Section(f"<h2>System signals</h2>{shown}")


def _system(one: ReviewSystem) -> tuple[str | Link, ...]:
    odd = f" · unusual: {'; '.join(one.reasons)}" if one.exception else ""
    return (
        Link(one.title, f"system-{one.signal}"),
        f"{one.shown}{odd}{_unapproved(one.approval)}",
        one.extent,
        one.before,
        one.change,
        _role(one.owner),
        one.freshness,
    )


def feedback(review: WeeklyReview) -> Section:
    """Return what people said since the last pack, and what became of it."""
    rows = [
        (
            one.feedback.text,
            one.feedback.type,
            one.feedback.panel or "the flow",
            f"{one.feedback.author}, {one.age}",
            _became(one.feedback),
        )
        for one in review.feedback
    ]
    nothing = '<p class="bos-empty">Nobody gave feedback since the last pack.</p>'
    names = ("What", "Kind", "About", "Who", "What became of it")
    return Section(f"<h2>Feedback</h2>{table('Feedback since the last pack', names, rows) if rows else nothing}")


def _became(said: FeedbackAnswer) -> str:
    answer = f"{said.status}: {said.answer}" if said.answer else said.status
    return " · ".join((answer, *(one.words for one in said.receipts)))


def changes(review: WeeklyReview) -> Section:
    """Return what changed in template, ownership and targets during the week."""
    rows = [
        (f"{one.at:%Y-%m-%d %H:%M} UTC", "; ".join(one.words), one.what, one.who, one.rationale)
        for one in review.changes
    ]
    nothing = '<p class="bos-empty">No template, owner or target was changed during the week.</p>'
    shown = table("Changes of the week, from the audit trail", ("When", "What", "How", "Who", "Why"), rows)
    return Section(f"<h2>Changes of definitions</h2>{shown if rows else nothing}{_notes(review.notes)}")


def _notes(notes: Iterable[str]) -> str:
    listed = bullets(tuple(notes))
    return f"<h3>What the reader must know</h3>{listed}" if listed else ""


def definitions(review: WeeklyReview) -> Section:
    """Return what each number means, who owns it, how far its data goes, and the query it came from."""
    kpis = "".join(_meaning(kpi) for kpi in review.kpis)
    beside = "".join(_source(one) for one in review.systems)
    inner = f'<div class="bos-grid bos-grid--two">{kpis}{beside}</div>'
    return Section(f"<h2>Definitions and queries</h2>{inner}")


def _meaning(kpi: ReviewKpi) -> str:
    rows = (
        ("Owner", _role(kpi.owner)),
        ("Reads", ", ".join(kpi.signals)),
        ("Newest event", f"{kpi.as_of:%Y-%m-%d %H:%M} UTC" if kpi.as_of else "none"),
        ("Data", kpi.freshness),
        ("Week", kpi.period),
    )
    inner = f"<p><code>{escape(kpi.formula)}</code></p>{facts(rows)}"
    return _quiet(f"definition-{kpi.kpi}", kpi.title, inner, kpi.query)


def _source(one: ReviewSystem) -> str:
    rows = (
        ("Owner", _role(one.owner)),
        ("Can break", ", ".join(one.steps)),
        ("Newest point", f"{one.as_of:%Y-%m-%d %H:%M} UTC" if one.as_of else "none"),
        ("Data", one.freshness),
        ("Usual mean", one.usual or "no limits yet: fewer than ten whole weeks"),
        ("Points in the week", f"{one.points:,}"),
    )
    inner = f"<p>Mean, least and greatest of the points of a week, in {escape(one.unit or 'plain numbers')}.</p>"
    return _quiet(f"system-{one.signal}", one.title, f"{inner}{facts(rows)}", one.query)


def _quiet(id_: str, title: str, inner: str, query: str) -> str:
    return (
        f'<section class="bos-card bos-card--quiet" id="{escape(id_)}"><h3>{escape(title)}</h3>{inner}'
        f"<details><summary>Query of {escape(title)}</summary>"
        f'<pre class="bos-code" tabindex="0">{escape(query or "none: nothing was read")}</pre></details></section>'
    )


def provenance(review: WeeklyReview) -> Section:
    """Return what the pack rests on."""
    read = ", ".join(f"{name} v{version}" for name, version in sorted(review.documents.items()))
    rows = (
        ("Pack", pack_id("weekly", review.pack)),
        ("Parameters", f"flow = {review.flow}, week = {review.week}"),
        ("Data snapshot", review.snapshot or "none"),
        ("Snapshot of system signals", review.metrics_snapshot or "none"),
        ("Data as of", review.as_of.isoformat() if review.as_of else "none"),
        ("Documents", read),
        ("Result (SHA-256)", review.pack),
        ("Notebook (SHA-256)", digest("weekly")),
        ("BOS", review.version),
    )
    return Section(f"<h2>Where this comes from</h2>{facts(rows)}")


def seal(review: WeeklyReview) -> Seal:
    """Return what says that the pack is whole; a pack without it is not published."""
    loud = [kpi for kpi in review.kpis if kpi.exception]
    return Seal(
        pack=pack_id("weekly", review.pack),
        title=f"{review.title} · weekly review {review.week}",
        flow=review.flow,
        period=review.week,
        snapshot=review.snapshot,
        exceptions=len(loud),
        template_version=review.template_version,
        values={kpi.kpi: {"value": kpi.value, "shown": kpi.shown} for kpi in review.kpis},
        charts=[_course(kpi, _weeks(kpi), "Week", kpi.weeks).data() for kpi in loud[:_CHARTED] if kpi.weeks],
        attention=list(review.attention),
    )


def _role(role: str) -> str:
    return ROLES.get(role, role)
