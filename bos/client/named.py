"""Flows and KPIs by name: as attributes and keys, which Tab completes."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bos.client import shown
from bos.client.listing import Listing, html_table, plain_table
from bos.errors import BosError, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bos.client.evaluation import Evaluation
    from bos.client.explained import Cases, Explained
    from bos.client.flow import Flow
    from bos.client.moved import MovedKpi
    from bos.model.answers.cases import CaseEvents
    from bos.model.answers.kpis import KpiQuery, KpiRow

T = TypeVar("T")
_SHOWN = 30


class Named(Generic[T]):
    """Things with names. ``x["the-name"]`` and ``x.the_name`` return one; iterating gives the names."""

    _what = "thing"

    def _names(self) -> list[str]:
        raise NotImplementedError

    def _made(self, name: str) -> T:
        raise NotImplementedError

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(self._names())

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._names())

    def __contains__(self, name: object) -> bool:
        """Return whether something is called so."""
        return name in self._names()

    def __getitem__(self, name: str) -> T:
        """Return the one that is called so.

        Raises:
            NotFound: there is none; the hint says what there is.
        """
        names = self._names()
        if name not in names:
            raise NotFound(f"There is no {self._what} {name!r}.", where=name, hint=_hint(name, names, self._what))
        return self._made(name)

    def __getattr__(self, name: str) -> T:
        """Return the one whose name reads so as a word of Python.

        Raises:
            AttributeError: there is none, or there are several.
        """
        if name.startswith("_"):
            raise AttributeError(name)
        names = self._names()
        found = [one for one in names if attribute(one) == name]
        if len(found) != 1:
            words = [attribute(one) for one in names]
            several = "There is more than one" if found else "There is no"
            hint = f"It may be {' or '.join(found)}: use [ ]." if found else _hint(name, words, self._what)
            raise AttributeError(f"{several} {self._what} {name!r}. {hint}")
        return self._made(found[0])

    def __dir__(self) -> Iterable[str]:
        """Return what Tab offers: the names, and what every object has."""
        return [*super().__dir__(), *(attribute(name) for name in self._ipython_key_completions_())]

    def _ipython_key_completions_(self) -> list[str]:
        try:
            return self._names()
        except BosError:  # whoever presses Tab is not told of a server that is away
            return []


class Flows(Named["Flow"]):
    """The flows there are: ``wb.flow("id")``, ``wb.flow["id"]`` or ``wb.flow.id``."""

    _what = "flow"

    def __init__(self, listed: Any, made: Any) -> None:
        self._listed, self._one = listed, made

    def __call__(self, id: str) -> Flow:  # noqa: A002 - the word everywhere
        """Return a flow by the id of its template: telemetry and numbers. Nothing is asked of the server yet."""
        return self._made(id)

    def _names(self) -> list[str]:
        return [row.id for row in self._listed()]

    def _made(self, name: str) -> Flow:
        found: Flow = self._one(name)
        return found

    def __repr__(self) -> str:
        """Return the ids of the flows."""
        return f"<flows: {', '.join(self) or 'none yet'}>"


class Fields:
    """The fields that a KPI declares to be split by, in their order; ``.channel`` is ``"channel"``.

    Tab offers these fields and nothing else, and one that is called ``count`` or ``index`` is a field as any other.
    """

    __slots__ = ("_names",)

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(names)

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter(self._names)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._names)

    def __getitem__(self, at: int) -> str:
        """Return the name at a place."""
        return self._names[at]

    def __repr__(self) -> str:
        """Return the names."""
        return repr(self._names)

    def __getattr__(self, name: str) -> str:
        """Return the field whose name reads so."""
        found = [] if name.startswith("_") else [one for one in self if attribute(one) == name]
        if len(found) != 1:
            raise AttributeError(f"There is no dimension {name!r}. {_hint(name, self, 'dimension')}")
        return found[0]

    def __dir__(self) -> Iterable[str]:
        """Return what Tab offers."""
        return [*super().__dir__(), *(attribute(name) for name in self)]


class Kpi:
    """A KPI of a flow as it is defined now.

    Attributes:
        row: its definition: ``row.measure["formula"]``, ``row.target``, ``row.owner`` …
        dimensions: the fields it declares to be split by.
    """

    def __init__(self, flow: Flow, row: KpiRow) -> None:
        self._flow, self.row = flow, row
        self.id = row.kpi
        self.dimensions = Fields(row.measure.get("dimensions") or ())

    def evaluate(self, **options: Any) -> Evaluation:
        """Compute it; the options are those of ``flow.evaluate``."""
        return self._flow.evaluate([self.id], **options)

    def explain(self, **options: Any) -> Explained:
        """Return why it changed; the options are those of ``flow.explain``."""
        return self._flow.explain(self.id, **options)

    def movement(self, **options: Any) -> MovedKpi:
        """Return how it moved, where no exact sum exists; the options are those of ``flow.movement``."""
        return self._flow.movement(self.id, **options)

    def cases(self, part: str = "counted", **options: Any) -> Cases:
        """Return the cases behind it; the options are those of ``flow.cases``."""
        return self._flow.cases(self.id, part, **options)

    def case(self, case: str, **options: Any) -> CaseEvents:
        """Return the events of one of its cases; the options are those of ``flow.case``."""
        return self._flow.case(self.id, case, **options)

    def query(self, **options: Any) -> KpiQuery:
        """Return the query it runs as; the options are those of ``flow.query``."""
        return self._flow.query(self.id, **options)

    def __repr__(self) -> str:
        """Return what it is, as a plain table."""
        return shown.text(self._grid())

    def _repr_html_(self) -> str:
        return shown.html(self._grid())

    def _grid(self) -> shown.Grid:
        measure, target = self.row.measure, self.row.target or {}
        goal = f"{target['direction'].replace('_', ' ')} {target['value']}" if target else ""
        rows = [
            ["formula", measure["formula"]],
            ["unit", measure.get("unit") or ""],
            ["target", goal],
            ["dimensions", ", ".join(self.dimensions)],
            ["owner", self.row.owner],
            ["regulation", self.row.regulation],
        ]
        said = [row for row in rows if row[1]]
        return shown.Grid(
            title=f"{self.row.title} ({self.id})", facts=[self.row.description], names=["", " "], rows=said
        )


class Kpis(Named[Kpi]):
    """The KPIs of a flow: ``flow.kpis()`` lists them, ``flow.kpis["id"]`` and ``flow.kpis.id`` are one."""

    _what = "KPI"

    def __init__(self, flow: Flow, listed: Any) -> None:
        self._flow, self._listed = flow, listed

    def __call__(self) -> Listing[KpiRow]:
        """Return the KPIs as they are defined now."""
        return Listing(self._listed())

    def _names(self) -> list[str]:
        return [row.kpi for row in self()]

    def _made(self, name: str) -> Kpi:
        return Kpi(self._flow, next(row for row in self() if row.kpi == name))

    def __repr__(self) -> str:
        """Return the KPIs as a plain table."""
        return plain_table(self())

    def _repr_html_(self) -> str:
        return html_table(self(), caption=f"KPIs of {self._flow.id}")


def attribute(name: str) -> str:
    """Return a name as a word of Python: what is no letter or digit is an underscore."""
    return re.sub(r"\W", "_", name)


def _hint(name: str, names: Iterable[str], what: str) -> str:
    every = list(names)
    near = get_close_matches(name, every, n=1)
    more = f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else ""
    told = f"The {what}s are {', '.join(every[:_SHOWN])}{more}." if every else f"There is no {what} yet."
    return f"Did you mean {near[0]}? {told}" if near else told
