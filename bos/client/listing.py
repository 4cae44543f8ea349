"""Lists of answers that show themselves as tables and turn into DataFrames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from bos.client import shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    import pandas as pd

    Row: TypeAlias = "BaseModel | Mapping[str, Any]"

A = TypeVar("A", bound=BaseModel)


class Listing(tuple[A, ...]):
    """Some answers: a tuple, a table in a notebook, a DataFrame by ``.df``."""

    __slots__ = ()

    @property
    def df(self) -> pd.DataFrame:
        """The answers as a DataFrame, a row each; times are aware, in UTC."""
        import pandas as pd  # noqa: PLC0415 - only who asks for a DataFrame waits for it

        return pd.DataFrame([item.model_dump() for item in self])

    def __repr__(self) -> str:
        """Return a plain table."""
        return plain_table(self)

    def _repr_html_(self) -> str:
        return html_table(self)


def plain_table(items: Sequence[Row]) -> str:
    """Return items as a table of text, the first ``SHOWN`` of them."""
    return shown.text(_grid(items))


def html_table(items: Sequence[Row], *, caption: str = "") -> str:
    """Return items as an HTML table, everything of people escaped."""
    return shown.html(_grid(items, caption))


def _grid(items: Sequence[Row], title: str = "") -> shown.Grid:
    first = list(items)[: shown.SHOWN]
    rows = [item if isinstance(item, Mapping) else item.model_dump(mode="json") for item in first]
    names = [name for name in (rows[0] if rows else {}) if any(_simple(row[name]) for row in rows)]
    cells = [[_cell(row[name]) for name in names] for row in rows]
    return shown.Grid(title=title, names=names, rows=cells, total=len(items))


def _simple(value: Any) -> bool:
    return value not in (None, "", [], {}) and not isinstance(value, dict)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        value = ", ".join(str(item) for item in value if not isinstance(item, dict | list))
    return shown.plain(value)
