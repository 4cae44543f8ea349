"""Answers as tables: Arrow for every library that reads its PyCapsule interface, pandas by ``.df``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any, Literal

from bos.client import shown
from bos.model.numbers import is_money

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import TypeAlias

    import pandas as pd
    import pyarrow as pa

    Kind: TypeAlias = Literal["text", "number", "whole", "share", "flag", "moment", "field"]

Told = int | float | Decimal | None
_LARGEST = 2**63 - 1
_CENTS, _CENT = 2, Decimal("0.01")
_DIGITS = Context(prec=76)
_MONEY_DIGITS, _MOST_DIGITS = 38, 76
UTC_NAME = "UTC"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its values by row, as Python has them; ``None`` is null.

    Attributes:
        kind: ``number`` is one of a KPI, whose type follows from its ``units``; ``field`` is of an event.
        zone: of moments: the time zone they are shown in.
        units: of numbers: the unit of each row.
    """

    name: str
    kind: Kind
    cells: Sequence[Any]
    zone: str = UTC_NAME
    units: Sequence[str] = ()

    @property
    def mixed(self) -> bool:
        """Whether floats stand beside numbers that are exact to every digit."""
        return self.kind == "number" and {float, Decimal} <= {type(value) for value in self.cells}

    def arrays(self) -> Iterable[tuple[str, pa.Array]]:
        """Yield the column for Arrow; of a mixed one floats, and beside them the exact numbers."""
        import pyarrow as pa  # noqa: PLC0415 - only who asks for a table waits for it

        if self.mixed:
            yield self.name, pa.array([None if one is None else float(one) for one in self.cells], pa.float64())
            exact = [None if isinstance(one, float) else one for one in self.cells]
            yield f"{self.name}_exact", _decimals(exact)
        elif self.kind == "number":
            yield self.name, _numbers(self)
        elif self.kind == "field":
            yield self.name, _fields(self.cells)
        else:
            yield self.name, pa.array(self.cells, _type(self))


class Tabular:
    """What is also a table: ``.df`` (pandas), ``.arrow``, and Arrow's PyCapsule interface.

    ``pyarrow.table(x)``, ``polars.DataFrame(x)`` and ``duckdb.sql("FROM x")`` read it as it lies in memory.
    """

    __slots__ = ()

    def _columns(self) -> Sequence[Column]:
        raise NotImplementedError

    @property
    def attrs(self) -> dict[str, Any]:
        """What holds for the whole table, such as ``flow``, ``snapshot`` and ``units``; ``.df.attrs`` is the same."""
        raise NotImplementedError

    @property
    def arrow(self) -> pa.Table:
        """The table for Arrow; the metadata of its schema are the attributes, each as ``bos.NAME``."""
        import pyarrow as pa  # noqa: PLC0415 - as above

        arrays = dict(pair for column in self._columns() for pair in column.arrays())
        return pa.table(arrays).replace_schema_metadata(metadata_of(self.attrs))

    @property
    def df(self) -> pd.DataFrame:
        """The table as a DataFrame; see :meth:`to_pandas`."""
        return self.to_pandas()

    def to_pandas(self, *, exact: bool = True) -> pd.DataFrame:
        """Return a DataFrame: times aware, counts ``Int64``, booleans ``boolean``, what is missing null.

        Money is ``Decimal``, exact to every digit. Where floats stand beside it, in the same column, each number is
        of its own type (``object``). With ``exact=False`` every number is ``Float64``, which is quick but rounds.
        """
        import pandas as pd  # noqa: PLC0415 - only who asks for a DataFrame waits for it

        columns = self._columns()
        whole = {column.name for column in columns}
        frame = pandas_of(self.arrow, exact=exact)
        frame = frame[[name for name in frame.columns if name in whole]]
        for column in columns:
            if exact and column.mixed:
                frame[column.name] = pd.Series(list(column.cells), dtype=object)
        attrs: dict[Any, Any] = self.attrs
        frame.attrs = attrs
        return frame

    def _grid(self) -> shown.Grid:
        raise NotImplementedError

    def __repr__(self) -> str:
        """Return the table as text, its first rows."""
        return shown.text(self._grid())

    def _repr_html_(self) -> str:
        """Return the table for a notebook, everything of people escaped."""
        return shown.html(self._grid())

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Hand the table over to another library of Arrow."""
        return self.arrow.__arrow_c_stream__(requested_schema)


def pandas_of(table: pa.Table, *, exact: bool) -> pd.DataFrame:
    """Return an Arrow table as a DataFrame; without ``exact`` decimal numbers become floats."""
    import pandas as pd  # noqa: PLC0415 - as above
    import pyarrow as pa  # noqa: PLC0415 - as above

    if not exact:
        for at, field in enumerate(table.schema):
            if pa.types.is_decimal(field.type):
                table = table.set_column(at, field.name, table.column(at).cast(pa.float64()))
    types = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype(), pa.float64(): pd.Float64Dtype()}
    frame: pd.DataFrame = table.to_pandas(types_mapper=types.get, maps_as_pydicts="strict")
    return frame


def metadata_of(attrs: Mapping[str, Any]) -> dict[str, str]:
    """Return attributes as the metadata of an Arrow schema: what is no text is JSON."""
    return {f"bos.{name}": one if isinstance(one, str) else json.dumps(one) for name, one in attrs.items()}


def number(told: float | str | None, unit: str = "") -> Told:
    """Return a number as it was told: money is a Decimal, and so is what has more digits than a float keeps."""
    if told is None or (isinstance(told, int | float) and not is_money(unit)):
        return told
    found = Decimal(str(told))
    if is_money(unit):
        return found if int(found.as_tuple().exponent) <= -_CENTS else found.quantize(_CENT, context=_DIGITS)
    return int(found) if isinstance(told, str) and "." not in told else found


def _numbers(column: Column) -> pa.Array:
    """Return numbers in the one type that loses nothing: whole, decimal (money), or floating."""
    import pyarrow as pa  # noqa: PLC0415 - as above

    found = [value for value in column.cells if value is not None]
    money = bool(column.units) and all(is_money(unit) for unit in column.units)
    if any(isinstance(value, float) for value in found) or not (found or money):
        return pa.array([None if one is None else float(one) for one in column.cells], pa.float64())
    if money or any(isinstance(value, Decimal) or abs(value) > _LARGEST for value in found):
        return _decimals(column.cells)
    return pa.array(column.cells, pa.int64())


def _decimals(values: Sequence[Any]) -> pa.Array:
    """Return exact numbers with as many digits after the point as the longest has, two at least."""
    import pyarrow as pa  # noqa: PLC0415 - as above

    numbers = [None if one is None else Decimal(one) for one in values]
    found = [one for one in numbers if one is not None]
    scale = max([_CENTS, *(-int(one.as_tuple().exponent) for one in found)])
    whole = max([1, *(one.adjusted() + 1 for one in found)])
    kind = pa.decimal128(_MONEY_DIGITS, scale) if whole + scale <= _MONEY_DIGITS else pa.decimal256(_MOST_DIGITS, scale)
    return pa.array(numbers, kind)


def _fields(values: Sequence[Any]) -> pa.Array:
    """Return the values of a field of events; of several types they are texts. Null is not the empty text."""
    import pyarrow as pa  # noqa: PLC0415 - as above

    for kind, own in ((bool, pa.bool_()), (int, pa.int64())):
        if all(value is None or type(value) is kind for value in values) and any(v is not None for v in values):
            return pa.array(values, own)
    return pa.array([None if value is None else str(value) for value in values], pa.string())


def _type(column: Column) -> pa.DataType:
    import pyarrow as pa  # noqa: PLC0415 - as above

    types = {
        "text": pa.string(),
        "whole": pa.int64(),
        "share": pa.float64(),
        "flag": pa.bool_(),
        "moment": pa.timestamp("us", column.zone),
    }
    return types[column.kind]
