"""Lists of answers that show themselves as tables and turn into DataFrames."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TypeAlias

    import pandas as pd

    Row: TypeAlias = "BaseModel | Mapping[str, Any]"

A = TypeVar("A", bound=BaseModel)

SHOWN = 50
_CELL = 120


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
    names, rows = _rows(items)
    if not rows:
        return "(nothing)"
    widths = [max(len(row[i]) for row in (names, *rows)) for i in range(len(names))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (names, *rows)
    ]
    return "\n".join([*lines, *_more(items)])


def html_table(items: Sequence[Row], *, caption: str = "") -> str:
    """Return items as an HTML table, everything of people escaped."""
    names, rows = _rows(items)
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    rest = "".join(f"<p>{escape(line)}</p>" for line in _more(items))
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"


def _more(items: Sequence[Row]) -> list[str]:
    return [f"… and {len(items) - SHOWN} more"] if len(items) > SHOWN else []


def _rows(items: Iterable[Row]) -> tuple[list[str], list[list[str]]]:
    first = list(items)[:SHOWN]
    shown = [item if isinstance(item, Mapping) else item.model_dump(mode="json") for item in first]
    names = [name for name in (shown[0] if shown else {}) if any(_simple(row[name]) for row in shown)]
    return names, [[_cell(row[name]) for name in names] for row in shown]


def _simple(value: Any) -> bool:
    return value not in (None, "", [], {}) and not isinstance(value, dict)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        value = ", ".join(str(item) for item in value if not isinstance(item, dict | list))
    text = "".join(char if char.isprintable() else " " for char in str(value))
    return text if len(text) <= _CELL else f"{text[: _CELL - 1]}…"
