"""What thresholds of a KPI would have done over its recorded course: proposed ones beside those that are live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bos.actions import kpis
from bos.actions.backtest_answers import judged_incidents, threshold_test
from bos.actions.courses import course
from bos.actions.dashboard_sources import sources_of
from bos.actions.definitions import live_definitions
from bos.actions.evaluation import Snapshots
from bos.actions.failure_money import Money, money_of
from bos.actions.question import Question
from bos.actions.rights import permit_flow
from bos.auth.policy import allow
from bos.dashboards.standing import distance
from bos.errors import UsageError
from bos.kpi.backtest import Judged, Span
from bos.kpi.refs import measures
from bos.model.answers.backtests import BackTest
from bos.model.outcomes import direction_of
from bos.store.engine import reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from bos.actions.context import Context
    from bos.actions.courses import Course
    from bos.auth.actor import Actor
    from bos.kpi.options import By
    from bos.model.incidents import Incident

Level = Literal["warning", "breach"]
Direction = Literal["at_most", "at_least"]
MOST_PROPOSED, MOST_INCIDENTS, LONGEST_HOLD = 20, 200, 100


@dataclass(frozen=True, slots=True)
class Proposal:
    """A threshold to be tried: its level, and its value in the unit of the KPI."""

    level: Level
    value: float


def backtest(
    ctx: Context,
    actor: Actor,
    flow: str,
    kpi: str,
    *,
    proposed: Sequence[Proposal] = (),
    direction: Direction | None = None,
    by: By = "day",
    hold: int = 1,
    start: datetime | None = None,
    end: datetime | None = None,
    incidents: Sequence[Incident] = (),
) -> BackTest:
    """Return what proposed and current thresholds of a KPI would have done over ``[start, end)`` (aware).

    ``direction`` is the side from which proposed thresholds are passed: the KPI's own without it. ``hold`` is how many
    buckets in a row must lie beyond. ``incidents`` are labelled windows that should be caught. Nothing is kept.

    Raises:
        NotFound: there is no such flow or KPI.
        Invalid: the definition is not as it should be; NotExpressible: the engine cannot compute it.
        UsageError: the options make no sense; there is no threshold to try, or nothing says its side.
        Unavailable: the lake cannot be read.
    """
    allow(actor, "kpi.evaluate")
    _check(proposed, hold, incidents)
    question = Question(by=by, start=start, end=end)
    with reading(ctx.engine) as connection:
        permit_flow(connection, actor, "kpi.evaluate", flow)
        found = live_definitions(connection, flow)
    (spec,) = kpis.chosen(found, (kpi,))
    outcome = next(one for one in found.doc["outcomes"] if one["id"] == kpi)
    tried = list(_tried(outcome, proposed, direction))
    sources = sources_of(ctx, found)
    past = course(sources, spec, question, by)
    judged = [Judged(Span(one.start, one.end), distance(one.told.value, outcome)) for one in past.buckets]
    known = judged_incidents(incidents, judged)
    money = money_of(sources, spec, past.zone) if incidents else Money()
    tests = tuple(threshold_test(one, judged, known, hold=hold, money=money, unit=spec.unit) for one in tried)
    return BackTest(
        flow=flow,
        kpi=kpi,
        title=outcome["title"],
        unit=spec.unit,
        by=by,
        time_zone=past.zone,
        hold=hold,
        start=judged[0].span.start if judged else None,
        end=judged[-1].span.end if judged else None,
        buckets=len(judged),
        tests=tests,
        notes=tuple(_notes(outcome, past, by, known, money)),
        left_out=past.left_out,
        approval=found.approval(kpi),
        snapshot=Snapshots(sources.events, sources.metrics).read_by(measures(spec, found.specs())),
        template_version=found.template.version,
    )


@dataclass(frozen=True, slots=True)
class Tried:
    """A threshold with its side, and whether it is proposed or in the live template."""

    of: Literal["proposed", "current"]
    level: Level
    value: float
    direction: Direction

    @property
    def sign(self) -> int:
        """1 where it is passed upwards, -1 downwards."""
        return 1 if self.direction == "at_most" else -1


def _check(proposed: Sequence[Proposal], hold: int, incidents: Sequence[Incident]) -> None:
    if len(proposed) > MOST_PROPOSED or len(incidents) > MOST_INCIDENTS:
        raise UsageError(
            f"At most {MOST_PROPOSED} thresholds and {MOST_INCIDENTS} incidents can be tried at once.",
            where="thresholds" if len(proposed) > MOST_PROPOSED else "incidents",
            hint="Try some of them.",
        )
    if not 1 <= hold <= LONGEST_HOLD:
        raise UsageError(f"hold must be 1 to {LONGEST_HOLD} buckets.", where="hold", hint="1 fires in each of them.")
    for one in incidents:
        if one.start >= one.end:
            raise UsageError("A labelled incident ends before it begins.", where="incidents", hint="Turn its times.")


def _tried(outcome: Mapping[str, Any], proposed: Sequence[Proposal], given: Direction | None) -> Iterator[Tried]:
    """Yield the thresholds to try: the proposed ones, then those of the live template."""
    current = [Proposal(one["level"], one["value"]) for one in outcome["thresholds"]]
    told = direction_of(outcome["target"], outcome["thresholds"])
    own: Direction | None = None if told is None else "at_least" if told == "at_least" else "at_most"
    side = given or own
    if not proposed and not current:
        raise UsageError(
            f"{outcome['id']} has no threshold, and none is proposed.", where="thresholds", hint="Propose one."
        )
    if side is None:
        raise UsageError(
            f"Nothing says from which side {outcome['id']} is watched: it has no target.",
            where="direction",
            hint="Say at_most where more is worse, at_least where less is.",
        )
    for one in proposed:
        yield Tried("proposed", one.level, one.value, side)
    for one in current:
        yield Tried("current", one.level, one.value, own or side)


def _notes(
    outcome: Mapping[str, Any], past: Course, by: By, known: Sequence[tuple[Incident, bool]], money: Money
) -> Iterator[str]:
    if not outcome["thresholds"]:
        yield "The live template has no threshold of this KPI to compare with."
    if past.left_out:
        many = len(past.left_out)
        yield f"{many} {by}{'' if many == 1 else 's'} cannot be judged and {'is' if many == 1 else 'are'} left out."
    if not known:
        yield "No incidents were given, so nothing says which alerts are true and which incidents would be missed."
    outside = sum(not judged for _, judged in known)
    if outside:
        yield f"{outside} of {len(known)} incidents lie where nothing can be judged, and count neither way."
    if known and money.reason:
        yield f"No money is told: {money.reason}"
    for reason in dict.fromkeys(money.withheld):
        yield f"The money of some incidents is not told: {reason}"
