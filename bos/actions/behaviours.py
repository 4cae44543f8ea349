"""How a KPI behaves: its process behaviour chart (XmR), and which of its points no chance explains."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from bos.actions import kpis
from bos.actions.courses import course
from bos.actions.dashboard_sources import sources_of
from bos.actions.definitions import live_definitions
from bos.actions.evaluation import Snapshots
from bos.actions.question import Question
from bos.actions.rights import permit_flow
from bos.auth.policy import allow
from bos.dashboards.periods import short
from bos.errors import UsageError
from bos.kpi.refs import measures
from bos.kpi.xmr import LEAST_POINTS, WORDS, limits, rules
from bos.model.answers.behaviour import BehaviourPoint, KpiBehaviour, NaturalLimits
from bos.model.numbers import shown
from bos.store.engine import reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from bos.actions.context import Context
    from bos.actions.courses import Bucket, Course
    from bos.auth.actor import Actor
    from bos.kpi.options import By
    from bos.kpi.xmr import Limits

_TO = "\N{EN DASH}"


def behaviour(
    ctx: Context,
    actor: Actor,
    flow: str,
    kpi: str,
    *,
    by: By = "week",
    start: datetime | None = None,
    end: datetime | None = None,
    baseline: tuple[datetime, datetime] | None = None,
) -> KpiBehaviour:
    """Return the process behaviour chart of a KPI over ``[start, end)`` (aware), all that was recorded by default.

    The limits come of all its points, or of those in ``baseline``, so that later points are judged by what was usual
    then. Nothing is kept.

    Raises:
        NotFound: there is no such flow or KPI.
        Invalid: the definition is not as it should be; NotExpressible: the engine cannot compute it.
        UsageError: the options make no sense.
        Unavailable: the lake cannot be read.
    """
    allow(actor, "kpi.evaluate")
    question = Question(by=by, start=start, end=end)
    usual = None if baseline is None else _baseline(question, baseline)
    with reading(ctx.engine) as connection:
        permit_flow(connection, actor, "kpi.evaluate", flow)
        found = live_definitions(connection, flow)
    (spec,) = kpis.chosen(found, (kpi,))
    sources = sources_of(ctx, found)
    judged = course(sources, spec, question, by)
    chart = _Chart(judged, judged if usual is None else course(sources, spec, usual, by), spec.unit, by)
    given = chart.limits
    points = tuple(chart.points(own=usual is not None))
    exceptional = tuple(chart.sentences(points))
    return KpiBehaviour(
        flow=flow,
        kpi=kpi,
        title=next(outcome["title"] for outcome in found.doc["outcomes"] if outcome["id"] == kpi),
        unit=spec.unit,
        by=by,
        time_zone=judged.zone,
        baseline_start=usual and usual.start,
        baseline_end=usual and usual.end,
        limits=given and chart.told(given),
        missing=max(0, LEAST_POINTS - len(chart.usual.buckets)),
        points=points,
        exceptional=exceptional,
        left_out=judged.left_out,
        words=chart.summary(exceptional),
        approval=found.approval(kpi),
        snapshot=Snapshots(sources.events, sources.metrics).read_by(measures(spec, found.specs())),
        template_version=found.template.version,
    )


def _baseline(question: Question, baseline: tuple[datetime, datetime]) -> Question:
    usual = replace(question, start=baseline[0], end=baseline[1])
    if baseline[0] >= baseline[1]:
        raise UsageError(
            "The baseline ends before it begins.", where="baseline", hint="Give its first day, and the first after it."
        )
    return usual


@dataclass(frozen=True, slots=True)
class _Chart:
    """What is judged, and what the limits come of."""

    judged: Course
    usual: Course
    unit: str
    by: By

    @property
    def limits(self) -> Limits | None:
        """The natural limits; nothing where too few buckets can be judged."""
        return limits([bucket.value for bucket in self.usual.buckets])

    def told(self, found: Limits) -> NaturalLimits:
        """Return limits as an answer carries them."""
        return NaturalLimits(
            points=len(self.usual.buckets),
            centre=found.centre,
            lower=found.lower,
            upper=found.upper,
            mean_range=found.mean_range,
            upper_range=found.upper_range,
        )

    def points(self, *, own: bool) -> Iterator[BehaviourPoint]:
        """Yield the points; ``own``: the limits come of a baseline, whose points are marked."""
        found, values = self.limits, [bucket.value for bucket in self.judged.buckets]
        ranges: list[float | None] = [None, *(abs(new - old) for old, new in pairwise(values))]
        base = {bucket.start for bucket in self.usual.buckets} if own else set()
        for at, (bucket, moved) in enumerate(zip(self.judged.buckets, ranges[: len(values)], strict=True)):
            fired = rules(values[: at + 1], found) if found else ()
            yield BehaviourPoint(
                bucket_start=bucket.start,
                value=bucket.told.value or 0,
                n=bucket.told.n,
                moving_range=moved,
                range_outside=found is not None and moved is not None and moved > found.upper_range,
                rules=fired,
                words="; ".join(WORDS[rule].format(by=self.by) for rule in fired),
                baseline=bucket.start in base,
            )

    def sentences(self, points: Sequence[BehaviourPoint]) -> Iterator[str]:
        """Yield a sentence for each point at which a rule fires or that moved too far."""
        for point, bucket in zip(points, self.judged.buckets, strict=True):
            told = [point.words] if point.words else []
            told += ["moved farther from the one before than chance does"] if point.range_outside else []
            if told:
                yield f"{self._named(bucket)} {'; '.join(told)}."

    def _named(self, bucket: Bucket) -> str:
        return f"{short(bucket.start, self.by, self.judged.zone)}: {shown(bucket.told.value, self.unit)}"

    def summary(self, exceptional: Sequence[str]) -> str:
        """Return the limits and how many points are exceptional, in words, or how many are missing."""
        found, many, by = self.limits, len(self.usual.buckets), self.by
        if found is None:
            less = LEAST_POINTS - many
            return (
                f"Natural limits take {LEAST_POINTS} {by}s; {many} can be judged, so {less} "
                f"{'is' if less == 1 else 'are'} missing."
            )
        edges = f"{shown(found.lower, self.unit)} {_TO} {shown(found.upper, self.unit)}"
        told = f"Usually {edges} by {by}, {shown(found.centre, self.unit)} on average of {many} {by}s."
        out, points = len(exceptional), len(self.judged.buckets)
        return f"{told} {out or 'None'} of {points} {by}s {'is' if out == 1 else 'are'} exceptional."
