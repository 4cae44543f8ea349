"""Reads event logs in XES (IEEE 1849), packed or not, in memory that does not grow with the file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from lxml import etree

from bos.telemetry.mapping import require_columns
from bos.telemetry.raw import BATCH_ROWS, Raw, entry_map

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bos.errors import InputError
    from bos.telemetry.input_file import InputFile
    from bos.telemetry.mapping import Columns

CASE = "case:"
HINT = "A case's own attribute is spelt case:NAME, as in --map amount=case:AMOUNT_REQ."
HEAD = 65_536
EVENT, TRACE = "{*}event", "{*}trace"
ATTRIBUTE = tuple(f"{{*}}{kind}" for kind in ("string", "date", "int", "float", "boolean", "id", "list", "container"))

Attributes = dict[str, str]

_HAS_NESTED = etree.XPath("boolean(*/*/*)")


@dataclass(slots=True)
class _Buffer:
    """Events that were read and not yet handed on, as flat lists: a log has millions of attributes.

    ``keys`` and ``values`` are those of one event after another, ``sizes`` says how many each event has, ``counts``
    how many events each trace (or part of one) has, ``cases`` the attributes of each trace.
    """

    keys: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    cases: list[Attributes] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)

    def take(self, trace: Any, paths: _Paths, own: Any = None) -> None:
        """Take the events of a trace; ``own`` is where the trace's attributes are, if not there."""
        self.cases.append(_deep((trace if own is None else own).iterchildren(*ATTRIBUTE)))
        sizes = [len(event) for event in trace.iterchildren(EVENT)]
        self.counts.append(len(sizes))
        keys, values = paths.keys(trace), paths.values(trace)
        # With as many keys and values as attributes, each attribute has exactly one of both.
        if _HAS_NESTED(trace) or not len(keys) == len(values) == sum(sizes):
            events = [_deep(event) for event in trace.iterchildren(EVENT)]
            sizes = [len(event) for event in events]
            keys = [key for event in events for key in event]
            values = [value for event in events for value in event.values()]
        self.sizes += sizes
        self.keys += keys
        self.values += values


@dataclass(frozen=True, slots=True)
class _Paths:
    """Where the keys and the values of a trace's events are, in the name space that the log uses."""

    keys: etree.XPath
    values: etree.XPath

    @classmethod
    def of(cls, element: Any) -> _Paths:
        """Return the paths for the name space of ``element``."""
        space = etree.QName(element).namespace
        step, spaces = ("x:event", {"x": space}) if space else ("event", None)
        return cls(
            *(etree.XPath(f"{step}/*/@{name}", namespaces=spaces, smart_strings=False) for name in ("key", "value"))
        )


def read_xes(file: InputFile, columns: Columns, required: Columns) -> Iterator[Raw]:
    """Yield the events of a log in file order; ``row`` counts events from 1.

    Attributes of an event that are mapped to nothing stay its attributes under their own keys; nested ones are
    spelt ``outer/inner``. A document type (which could name entities or other files) is refused.

    Raises:
        InputError: the file is no XES, is cut off, or lacks a ``required`` attribute altogether.
    """
    seen: set[str] = set()
    done, head = 0, _Head(file.stream)
    try:
        for buffer in _buffers(file, head):
            if buffer.sizes:
                raw = _as_raw(buffer, columns, done, seen)
                done += len(raw.rows)
                yield raw
    except etree.XMLSyntaxError as error:
        if has_document_type(head.kept):
            raise _document_type(file) from error
        raise file.fault(f"The XML is broken: {error.msg}.", hint="Export the log again.") from error
    if not done:
        raise file.fault("The file has no events.", hint="XES has a log of traces of events.")
    require_columns(required, sorted(seen), where=file.name, hint=HINT)


def _buffers(file: InputFile, head: _Head) -> Iterator[_Buffer]:
    buffer, within, paths = _Buffer(), 0, None
    for _, element in _elements(head):
        if paths is None:
            _refuse_document_type(file, element)
            paths = _Paths.of(element)
        if element.tag.endswith("event"):
            within += 1
            if within < BATCH_ROWS:
                continue
            # A trace longer than a batch is handed on in parts. The parser is ahead: only what is before is whole.
            trace = element.getparent()
            buffer.take(_cut_before(element), paths, own=trace)
        else:
            buffer.take(element, paths)
            _forget(element)
        within = 0
        if len(buffer.sizes) >= BATCH_ROWS:
            yield buffer
            buffer = _Buffer()
    yield buffer


def _elements(head: _Head) -> Iterator[tuple[str, Any]]:
    return iter(
        etree.iterparse(
            head,
            events=("end",),
            tag=(EVENT, TRACE),
            remove_comments=True,
            remove_pis=True,
            remove_blank_text=True,
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            huge_tree=False,
        )
    )


def _refuse_document_type(file: InputFile, element: Any) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        raise _document_type(file)


def _document_type(file: InputFile) -> InputError:
    return file.fault(
        "The XML has a document type, which XES has not.", hint="Remove the DOCTYPE and what it declares."
    )


@dataclass(slots=True)
class _Head:
    """Hands a stream on and keeps its beginning, to tell why a parser gave it up before the first element."""

    stream: IO[bytes]
    kept: bytes = b""

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        found = self.stream.read(size)
        if len(self.kept) < HEAD:
            self.kept += found[: HEAD - len(self.kept)]
        return found


def has_document_type(head: bytes) -> bool:
    """Tell whether a document type comes before the first element; ``head`` is the beginning, in UTF-8, -16 or -32."""
    text = head.lstrip(b"\xef\xbb\xbf\xff\xfe\0").replace(b"\0", b"").lstrip()
    while text.startswith((b"<?", b"<!--")):
        _, closed, text = text.partition(b"?>" if text.startswith(b"<?") else b"-->")
        if not closed:
            return False
        text = text.lstrip()
    return text.startswith(b"<!DOCTYPE")


def _deep(element: Iterable[Any], prefix: str = "") -> Attributes:
    found: Attributes = {}
    for child in element:
        key, value = child.get("key"), child.get("value")
        inner = f"{prefix}/{key}" if prefix and key else key or prefix
        if key and value:
            found[inner] = value
        found.update(_deep(child, inner))
    return found


def _forget(trace: Any) -> None:
    trace.clear()
    parent = trace.getparent()
    while trace.getprevious() is not None:
        del parent[0]


def _cut_before(last: Any) -> Any:
    part = etree.Element(last.getparent().tag)
    for event in reversed(list(last.itersiblings(EVENT, preceding=True))):
        part.append(event)
    return part


def _as_raw(buffer: _Buffer, columns: Columns, done: int, seen: set[str]) -> Raw:
    keys = pa.array(buffer.keys, pa.string()).dictionary_encode()
    names, kinds = keys.dictionary.to_pylist(), keys.indices.to_numpy()
    values = pa.array(buffer.values, pa.string())
    owners = np.repeat(np.arange(len(buffer.sizes)), buffer.sizes)
    seen |= {*names, *(f"{CASE}{key}" for case in buffer.cases for key in case)}

    def column(key: str) -> pa.Array:
        if key.startswith(CASE):
            return _of_cases(buffer, key.removeprefix(CASE))
        places = np.full(len(buffer.sizes), -1)
        if key in names:
            mine = np.flatnonzero(kinds == names.index(key))
            places[owners[mine]] = mine  # of a key given twice, the last
        return _take(values, places)

    texts = {key: column(key) for key in columns.sources()}
    other = np.isin(kinds, [index for index, name in enumerate(names) if name not in texts])
    named = {name: texts[key] for name, key in columns.attributes.items()}
    return Raw(
        rows=pa.array(np.arange(done + 1, done + 1 + len(buffer.sizes))),
        fields={name: texts[key] for name, key in columns.fields.items()},
        attributes=entry_map(len(buffer.sizes), owners[other], keys.filter(other), values.filter(other), named),
    )


def _of_cases(buffer: _Buffer, key: str) -> pa.Array:
    per_case = pa.array([case.get(key) for case in buffer.cases], pa.string())
    return per_case.take(pa.array(np.repeat(np.arange(len(buffer.counts)), buffer.counts)))


def _take(values: pa.Array, places: Any) -> pa.Array:
    found = values.take(pa.array(places, mask=places < 0))
    return pc.if_else(pc.equal(found, ""), pa.scalar(None, pa.string()), found)
