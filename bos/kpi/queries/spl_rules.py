"""The rules of a flow in SPL: what is marked at each event, how a case is put together, and what breaks the rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bos.kpi import nodes as n
from bos.kpi.queries.spl_base import union

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bos.kpi.queries.spl_text import Fields


@dataclass(frozen=True, slots=True)
class RuleLines:
    """The parts of a search that judge a rule.

    Attributes:
        marks: lines over events.
        aggregates: what ``stats`` brings of a case.
        broken: whether a case breaks the rule.
        pending: whether it can still keep or break it; empty: none can.
        about: whether the rule is about a case, with ``AND``; empty: about every one.
        before: lines that judge events of a case together, before ``stats``; the place of the case is found first.
    """

    marks: list[str]
    aggregates: str
    broken: str
    pending: str = ""
    about: str = ""
    before: tuple[str, ...] = ()

    def cases(self, carried: str, placed: str) -> list[str]:
        """Return the lines that put cases together; ``carried`` and ``placed`` bring the place of a case."""
        if not self.before:
            return [f"| stats {self.aggregates} {carried} by bos_case"]
        return [
            f"| eventstats {carried} by bos_case", *self.before, f"| stats {self.aggregates} {placed} by bos_case"
        ]  # fmt: skip

    def shown(self, show: n.Standing) -> list[str]:
        """Return the lines that give ``bos_v``: 1 for each case of those that are shown, else 0."""
        if show != "kept":
            return [f"| eval bos_v=if({self.broken if show == 'broken' else self.pending},1,0)"]
        lines = [f"| eval bos_v=if({self.broken},0,1)"]
        return [*lines, *([f"| eval bos_v=if({self.pending},0,bos_v)"] if self.pending else [])]


def rule_lines(rule: n.Rule, parts: Sequence[str], fields: Sequence[Fields]) -> RuleLines:
    """Return the parts of a search for a rule; ``parts`` say whether an event is one of each of its selections."""
    match rule:
        case n.Precedes():
            return RuleLines(
                [_times(*parts)],
                "min(bos_a) as bos_before min(bos_b) as bos_then",
                "isnull(bos_before) OR bos_before>bos_then",
                about="isnotnull(bos_then) AND ",
            )
        case n.FollowedBy(within=within):
            return _followed(parts, within.seconds)
        case n.DifferentPersons():
            return _persons(parts, fields)
        case n.NeverTwice():
            marks = [f"| eval bos_f=if({parts[0]},1,null())"]
            return RuleLines(marks, "count(bos_f) as bos_times", "bos_times>1", about="bos_times>0 AND ")
        case n.ExactlyOne(of, ended):
            return _one(parts, len(of), ends=ended is not None)
        case n.MustEnd():
            marks = [f"| eval bos_f=if({union(list(parts))},1,null())"]
            return RuleLines(marks, "count(bos_f) as bos_times", "bos_times==0")
        case n.AlongFlow():
            raise TypeError(rule)  # refused before: the language does not know the ways of the flow


def _times(first: str, then: str) -> str:
    return f"| eval bos_a=if({first},_time,null()), bos_b=if({then},_time,null())"


def _followed(parts: Sequence[str], seconds: int) -> RuleLines:
    """Return the lines that look for the next B at or after each A: from the newest event backwards."""
    marks = [
        _times(*parts),
        "| eval bos_back=0-_time, bos_last=if(isnull(bos_b),1,0)",
        "| sort 0 num(bos_back), num(bos_last)",
        "| streamstats min(bos_b) as bos_next by bos_case",
        "| eval bos_took=round(if(isnull(bos_next),bos_newest,bos_next)-bos_a,6)",
        f"| eval bos_over=if(bos_took>{seconds},1,0)",
        "| eval bos_waits=if(isnotnull(bos_a) AND isnull(bos_next),1,0)",
    ]
    return RuleLines(
        marks,
        "count(bos_a) as bos_times max(bos_over) as bos_late max(bos_waits) as bos_wait",
        "bos_late==1",
        "bos_late==0 AND bos_wait==1",
        about="bos_times>0 AND ",
    )


def _persons(parts: Sequence[str], fields: Sequence[Fields]) -> RuleLines:
    first, then = parts
    one, two = (own.coded("resource") for own in fields)
    who = one if one == two else f"if({first},{one},{two})"
    return RuleLines(
        [f"| eval bos_f=if({first},1,0), bos_s=if({then},1,0), bos_who={who}"],
        "max(bos_f) as bos_f max(bos_s) as bos_s max(bos_both) as bos_same",
        "bos_same==1",
        about="bos_f==1 AND bos_s==1 AND ",
        before=(
            "| eventstats sum(bos_f) as bos_did sum(bos_s) as bos_also by bos_case bos_who",
            '| eval bos_both=if(bos_did>0 AND bos_also>0 AND bos_who!="m",1,0)',
        ),
    )


def _one(parts: Sequence[str], choices: int, *, ends: bool) -> RuleLines:
    """Return the lines that count how many kinds of events a case has."""
    marks = [f"| eval bos_f{i}=if({part},1,0)" for i, part in enumerate(parts)]
    aggregates = " ".join(f"max(bos_f{i}) as bos_f{i}" for i in range(len(parts)))
    kinds = "+".join(f"bos_f{i}" for i in range(choices))
    if not ends:
        return RuleLines(marks, aggregates, f"({kinds})>1", f"({kinds})==0")
    over = f"bos_f{choices}"
    broken = f"({kinds})>1 OR (({kinds})==0 AND {over}==1)"
    return RuleLines(marks, aggregates, broken, f"({kinds})==0 AND {over}==0")
