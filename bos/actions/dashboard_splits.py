"""KPIs of a dashboard split by a field: what each value of it comes to, and what it contributed to the change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.actions.dashboard_changes import earlier_than
from bos.actions.dashboard_sources import asked
from bos.actions.question import Question, Window
from bos.actions.sides import sides
from bos.dashboards.splits import split
from bos.errors import NotExpressible
from bos.kpi.explain import contributions, plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bos.actions.dashboard_sources import Sources
    from bos.dashboards.board import Board
    from bos.dashboards.tiles import Answered
    from bos.kpi import KpiSpec
    from bos.kpi.explain import Plan
    from bos.model.answers.dashboards import Panel


def splits(sources: Sources, board: Board, found: Sequence[Answered]) -> Iterator[Panel]:
    """Yield the KPIs that declare the field the board is split by, each by its values."""
    if not board.split:
        return
    specs = {spec.id: spec for spec in sources.found.specs() if board.split in spec.dimensions}
    own = [one for one in found if one.outcome["id"] in specs and not one.value.withheld_reason]
    question = Question(
        start=board.start,
        end=board.end,
        dimensions=(board.split,),
        filters=board.filters,
        judged=board.judged,
        trust=board.trust,
        silence=False,
    )
    parts, queries = asked(sources, [specs[one.outcome["id"]] for one in own], question)
    compared = [specs[one.outcome["id"]] for one in own if one.change is not None and one.change.value is not None]
    shares = _contributions(sources, board, compared, question)
    for one in own:
        name = one.outcome["id"]
        yield split(board, one, parts[name], queries.get(name, ""), shares.get(name, {}))


def _contributions(
    sources: Sources, board: Board, specs: Sequence[KpiSpec], question: Question
) -> dict[str, Mapping[str | None, float]]:
    """Return KPI → value of the field → what it contributed to the change from the earlier period.

    KPIs that are no sum over parts, those with a part that is withheld, and those whose earlier period the log does not
    cover are left out.
    """
    groups: dict[tuple[Window, Window | None], dict[str, Plan]] = {}
    for spec in specs:
        window = question.window(sources.found, spec.id)
        try:
            found = plan(spec)
        except NotExpressible:
            continue
        groups.setdefault((window, earlier_than(sources, board, window, spec)), {})[spec.id] = found
    out: dict[str, Mapping[str | None, float]] = {}
    for (window, earlier), plans in groups.items():
        if earlier is not None:
            then, now = (sides(sources, plans, span, board.split, board.filters) for span in (earlier, window))
            out |= {
                name: contributions(each, then[name].parts, now[name].parts)
                for name, each in plans.items()
                if not then[name].withheld and not now[name].withheld
            }
    return out
