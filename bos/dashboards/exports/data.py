"""A table of numbers as CSV, Parquet or an Excel workbook."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bos.dashboards.exports.guard import guarded, is_formula
from bos.dashboards.exports.parcel import Parcel, file_name, sentences
from bos.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bos.dashboards.exports.rows import Row, Table
    from bos.model.answers.exports import DataFormat

_MEDIA = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_OWN = ("kpi", "title", "part", "bucket_start")
_REST = (
    "value", "unit", "n", "target", "target_direction", "status", "status_words", "withheld_reason", "approval",
    "approval_words", "snapshot",
)  # fmt: skip
_SHARED = (
    "period",
    "period_start",
    "period_end",
    "bucket",
    "time_zone",
    "generated",
    "flow",
    "template_version",
    "run",
)
_EXCEL_ROWS, _EXCEL_DIGITS, _EXCEL_TEXT = 1_048_575, 15, 32_767


def columns_of(table: Table) -> tuple[str, ...]:
    """Return the names of the columns, those of dimensions as ``dimension.NAME``."""
    return (*_OWN, *(f"dimension.{name}" for name in table.dimensions), *_REST, *_SHARED)


def records(table: Table) -> Iterator[dict[str, Any]]:
    """Yield each row by the names of the columns; moments are UTC."""
    shared = {
        "period_start": table.start and table.start.astimezone(UTC),
        "period_end": table.end and table.end.astimezone(UTC),
        "bucket": table.by,
        "time_zone": table.time_zone,
        "generated": table.generated,
        "flow": table.flow,
        "template_version": table.template_version,
        "run": table.run,
    }
    for row in table.rows:
        own = {name: getattr(row, name) for name in (*_OWN, *_REST, "period")}
        split = {f"dimension.{name}": row.dimensions.get(name) for name in table.dimensions}
        yield {**own, **split, **shared}


def data_file(table: Table, target: DataFormat) -> Parcel:
    """Return the table as a file.

    Raises:
        UsageError: an Excel sheet has not as many rows.
    """
    content = {"csv": _csv, "parquet": _parquet, "xlsx": _excel}[target](table)
    return Parcel(
        target=target,
        file=file_name(table.flow, table.run, target),
        media_type=_MEDIA[target],
        content=content,
        carried=tuple(dict.fromkeys(row.kpi for row in table.rows)),
        marks=table.marks,
        not_carried=table.not_carried,
    )


def _about(table: Table) -> list[tuple[str, str]]:
    """Return what stands beside the numbers: where they come from, marks, and what is not carried."""
    facts = [("Flow", f"{table.title} ({table.flow})"), ("Run", table.run), ("Made at", _instant(table.at))]
    facts += [("Template version", str(table.template_version)), ("Times", "UTC; buckets begin in " + table.time_zone)]
    facts += [("Mark", mark) for mark in table.marks]
    return [*facts, *(("Not carried", line) for line in sentences(table.not_carried))]


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _csv(table: Table) -> bytes:
    """Return CSV (RFC 4180, UTF-8): a line for each number, then one for each mark and each thing not carried."""
    out = io.StringIO()
    names = columns_of(table)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([guarded(name) for name in names])
    for record in records(table):
        writer.writerow([_cell(record[name]) for name in names])
    for what, words in _about(table):
        if what in {"Mark", "Not carried"}:
            note = {"part": "note", "title": what, "status_words": words}
            writer.writerow([_cell(note.get(name)) for name in names])
    return out.getvalue().encode("utf-8")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return _instant(value)
    return str(value) if isinstance(value, int | float) else guarded(str(value))


def _parquet(table: Table) -> bytes:
    """Return Parquet: amounts in ``amount`` (DECIMAL), all other numbers in ``value``; notes in the metadata."""
    import pyarrow as pa  # noqa: PLC0415 - only this needs it
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    moment = pa.timestamp("us", tz="UTC")
    types: dict[str, Any] = {
        **dict.fromkeys(("bucket_start", "period_start", "period_end"), moment),
        **dict.fromkeys(("value", "target"), pa.float64()),
        **dict.fromkeys(("n", "template_version"), pa.int64()),
        "amount": pa.decimal128(38, 12),
        "generated": pa.bool_(),
    }
    names = [one for name in columns_of(table) for one in ((name, "amount") if name == "value" else (name,))]
    notes = {"bos": json.dumps(_about(table), ensure_ascii=False)}
    schema = pa.schema([(name, types.get(name, pa.string())) for name in names], metadata=notes)
    rows = [_typed(record, row) for record, row in zip(records(table), table.rows, strict=True)]
    out = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), out)
    return bytes(out.getvalue().to_pybytes())


def _typed(record: dict[str, Any], row: Row) -> dict[str, Any]:
    value = None if row.money or row.value is None else float(row.value)
    return {**record, "value": value, "amount": row.value if row.money else None}


def _excel(table: Table) -> bytes:
    import xlsxwriter  # noqa: PLC0415 - as above

    if len(table.rows) > _EXCEL_ROWS:
        raise UsageError(
            f"An Excel sheet has {_EXCEL_ROWS:,} rows, and this has {len(table.rows):,}.",
            hint="Export it as CSV or Parquet, or choose a longer bucket.",
        )
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"title": table.title[:255], "created": table.at.astimezone(UTC).replace(tzinfo=None)})
    sheet = _Sheet(book, "Data")
    sheet.head(columns_of(table))
    for at, record in enumerate(records(table), start=1):
        for column, name in enumerate(columns_of(table)):
            sheet.put(at, column, record[name])
    about = _Sheet(book, "About")
    about.head(("What", "Words"))
    for at, pair in enumerate(_about(table), start=1):
        for column, text in enumerate(pair):
            about.put(at, column, text)
    book.close()
    return out.getvalue()


class _Sheet:
    """A sheet that is written cell by cell: texts as texts, never as formulas or links."""

    def __init__(self, book: Any, name: str) -> None:
        self._sheet = book.add_worksheet(name)
        self._bold = book.add_format({"bold": True})
        self._kept = book.add_format({"quote_prefix": True})
        self._time = book.add_format({"num_format": 'yyyy-mm-dd"T"hh:mm:ss"Z"'})
        self._cents = book.add_format({"num_format": "0.00"})

    def head(self, names: tuple[str, ...]) -> None:
        """Write the names of the columns."""
        for column, name in enumerate(names):
            self._sheet.write_string(0, column, name, self._bold)
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, len(names) - 1, 18)

    def put(self, row: int, column: int, value: Any) -> None:
        """Write a value; a number with more digits than Excel keeps is a text with all of them."""
        if value is None:
            return
        if isinstance(value, bool):
            self._sheet.write_boolean(row, column, value)
        elif isinstance(value, datetime):
            self._sheet.write_datetime(row, column, value.astimezone(UTC).replace(tzinfo=None), self._time)
        elif isinstance(value, Decimal) and len(value.normalize().as_tuple().digits) > _EXCEL_DIGITS:
            self._sheet.write_string(row, column, f"{value:f}", self._kept)
        elif isinstance(value, Decimal | int | float):
            cents = isinstance(value, Decimal) and value.as_tuple().exponent == -2  # noqa: PLR2004 - two decimals
            self._sheet.write_number(row, column, float(value), self._cents if cents else None)
        else:
            text = str(value)[:_EXCEL_TEXT]
            self._sheet.write_string(row, column, text, self._kept if is_formula(text) else None)
