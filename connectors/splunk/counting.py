"""What a search counts by time: the spans that its commands state, or that they cannot be told."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bos.errors import Invalid
from connectors.splunk.spl import KNOWN, commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.splunk.spl import Command

CODE = "spans"
_STATED = re.compile(r"(?<![\w.])(?:span|every)\s*=\s*([^\s,()]*)", re.IGNORECASE)
_ELSEWHERE = re.compile(r"(?<![\w.])aligntime\s*=", re.IGNORECASE)
_ANEW = re.compile(r"\bas\s+'?([\w.]+)", re.IGNORECASE)
_COPIED = re.compile(r"\(\s*'?([\w.]+)'?\s*\)\s+as\s+'?([\w.]+)|'?([\w.]+)'?\s+as\s+'?([\w.]+)", re.IGNORECASE)
_INSIDE = re.compile(r"\w+\s*\([^()]*\)")
_PLAIN = re.compile(r"\s*'?([\w.]+)'?\s*")
_ASSIGNS = re.compile(r"\s*'?([\w.]+)'?\s*=(?!=)(.*)", re.DOTALL)
_UNIT = re.compile(r"\d*[a-z]+", re.IGNORECASE)
_PERIOD = re.compile(r"\bperiod\b", re.IGNORECASE)
_TIMECHARTS = {"timechart", "sitimechart"}
_BINS = {"bin", "bucket", "discretize", "makecontinuous"}
_CHOOSES = {"tstats", "mstats", "chart", "sichart"}
"""Commands that take spans of their own for the time where none is stated."""
_GROUPS = _CHOOSES | {
    "stats", "sistats", "eventstats", "streamstats", "top", "rare", "sitop", "sirare", "contingency", "counttable",
    "ctable", "geostats", "xyseries",
}  # fmt: skip
_UNBOUND = {"gentimes", "inputcsv", "inputlookup", "makeresults", "rest"}
"""Commands whose rows no window bounds: what is counted of them is counted of all of them."""
_PARTS = tuple(f"date_{part}" for part in ("second", "minute", "hour", "mday", "wday", "month", "year"))


@dataclass(slots=True)
class Counted:
    """What a search counts by: the spans as they are written; ``shown``: the times of its rows are where they begin."""

    stated: list[str] = field(default_factory=list)
    shown: bool = True


@dataclass(slots=True)
class _Names:
    """Fields that are the time: ``same`` are copies of it, ``made`` what the search makes of it, or the time anew."""

    same: set[str] = field(default_factory=lambda: {"_time"})
    made: set[str] = field(default_factory=lambda: set(_PARTS))

    def learn(self, one: Command) -> None:
        """Take what a command makes of the time."""
        if one.name == "eval":
            for part in _apart(one.rest):
                if found := _ASSIGNS.match(part):
                    self._assigned(found[1], found[2])
        elif one.name in _BINS:
            if self.touched(one.rest):
                self.same.update(_ANEW.findall(one.rest))
        elif one.name in _GROUPS or one.name == "rename":
            for inner, inner_as, plain, plain_as in _COPIED.findall(one.rest):
                if {inner, plain} & self.same:
                    self.same.add(inner_as or plain_as)
                elif plain and one.name == "rename":
                    self._assigned(plain_as, plain)

    def _assigned(self, name: str, value: str) -> None:
        plain = _PLAIN.fullmatch(value)
        if plain and plain[1] in self.same:
            self.same.add(name)
        elif name == "_time" or _any_of(self.same | self.made, value):
            self.made.add(name)

    def touched(self, rest: str) -> bool:
        """Return whether a copy of the time, or what is made of it, is named at all."""
        return _any_of(self.same | self.made, rest)

    def groups(self, rest: str) -> tuple[bool, str]:
        """Return whether a command groups by the time, and which field that is made of it, if it does by one."""
        while (without := _INSIDE.sub(" ", rest)) != rest:
            rest = without
        rest = _ANEW.sub(" ", rest)
        made = next((name for name in sorted(self.made) if _any_of({name}, rest)), "")
        return _any_of(self.same, rest), made


def counted_by(text: str) -> Counted:
    """Return what a bare search counts by.

    Raises:
        Invalid: BOS cannot tell (``spans``): a command counts by the time and states no span, or is not known.
    """
    every = list(commands(text))
    unbound = {one.pipeline for one in every if one.name in _UNBOUND and one is _first(every, one.pipeline)}
    names, counted, known = _Names(), Counted(), defaultdict[int, list[str]](list)
    for one in every:
        if one.pipeline and one.pipeline not in unbound:  # rows of a search inside come to the one around it
            names.learn(one)
    for one in every:
        its = _Names() if one.pipeline in unbound else names
        if one.pipeline in unbound:
            its.made.clear()
        found = _stated(one, its, known=bool(known[one.pipeline]))
        if found and _ELSEWHERE.search(one.rest):
            raise unread(f"{one.name} with aligntime")
        counted.shown &= not (found and one.name in _BINS and _ANEW.search(one.rest))
        counted.stated += found
        known[one.pipeline] += found
        its.learn(one)
    return counted


def unread(what: str) -> Invalid:
    """Return the error of a search whose spans cannot be told."""
    return Invalid(
        f"BOS cannot tell where the spans of time end that the search counts by ({what}).",
        where="query",
        hint="State one of seconds, minutes, hours or one day, without another alignment: span=5m, span=1h, span=1d.",
        code=CODE,
    )


def _first(every: list[Command], pipeline: int) -> Command:
    """Return the first command of a pipeline that is not the nothing before its first ``|``."""
    return next(one for one in every if one.pipeline == pipeline and (one.name != "search" or one.rest.strip()))


def _stated(one: Command, names: _Names, *, known: bool) -> list[str]:
    """Return the spans that a command states, as they are written; ``known``: one before it stated some.

    Raises:
        Invalid: it counts by spans of time that Splunk chooses, by what is made of the time, or nobody knows how.
    """
    stated = [found[1] for found in _STATED.finditer(one.rest)]
    if one.name in _TIMECHARTS:
        if "_time" in names.made:
            raise unread(f"{one.name} by a time that the search sets")
        if not stated:
            raise unread(f"{one.name} without a span")
        return stated
    if one.name in _BINS:
        return _binned(one, names, stated, known=known)
    if one.name in _GROUPS:
        return _grouped(one, names, stated, known=known)
    if one.name == "timewrap" or (one.name == "pivot" and (names.touched(one.rest) or _PERIOD.search(one.rest))):
        raise unread(f"{one.name} by time")
    if one.name not in KNOWN | {"", "`"} and (stated or names.touched(one.rest)):
        raise unread(f"{one.name}, which BOS does not know")
    return []


def _binned(one: Command, names: _Names, stated: list[str], *, known: bool) -> list[str]:
    if not _any_of(names.same, one.rest):
        if one.name == "makecontinuous" and not known and not stated:
            raise unread(f"{one.name} without a span")
        return _of_time(stated)
    if "_time" in names.made:
        raise unread(f"{one.name} by a time that the search sets")
    if not stated and not (one.name == "makecontinuous" and known):
        raise unread(f"{one.name} of the time without a span")
    return stated


def _grouped(one: Command, names: _Names, stated: list[str], *, known: bool) -> list[str]:
    timed, made = names.groups(one.rest)
    if made:
        raise unread(f"{one.name} by {made}, which the search makes of a time")
    if timed and not stated and one.name in _CHOOSES and not known:
        raise unread(f"{one.name} by _time without a span")
    return stated if timed or one.name in {"tstats", "mstats"} else _of_time(stated)


def _of_time(stated: list[str]) -> list[str]:
    """Return those spans that have a unit of time, as what they count may be a time of another name."""
    return [one for one in stated if _UNIT.fullmatch(one)]


def _any_of(names: set[str], text: str) -> bool:
    found = (
        re.search(rf"(?<![\w.])(?:{'|'.join(map(re.escape, sorted(names)))})(?![\w.]|\s*[<>!])", text)
        if names
        else None
    )
    return found is not None


def _apart(text: str) -> Iterator[str]:
    """Yield what commas part, but for those inside of parentheses."""
    depth, begin = 0, 0
    for at, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if sign == "," and not depth:
            yield text[begin:at]
            begin = at + 1
    yield text[begin:]
