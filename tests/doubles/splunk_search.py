"""The searches of the double: the little of SPL that tests use, over events that are given or generated."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

FLUSH = 64 * 1024
_MODIFIER = re.compile(r"(?<!\S)(_index_earliest|_index_latest|earliest|latest)=(\"[^\"]*\"|\S+)")
_TERM = re.compile(r"(?<!\S)([\w:.]+)=(\"[^\"]*\"|\S+)")
_INTERNAL = ("_time", "_indextime")
_COUNTS = re.compile(r"\|\s*(timechart|bin|bucket|tstats)\b[^|]*?\bspan=(\d+)([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class Wrong(Exception):
    """What Splunk says of a search it cannot run."""


def generated(rows, first, step, wide):
    """Return what gives so many events of payments: three to a case, each known by its id, newest last."""

    def give():
        blob = "x" * wide
        for i in range(rows):
            yield {
                "_time": first + i * step, "_indextime": int(first + i * step) + 1, "index": "main",
                "payment": f"P{i // 3:08d}", "event": ("received", "checked", "booked")[i % 3], "uid": f"e{i:09d}",
                "amount": f"{i % 1000}.{i % 100:02d}", "currency": "EUR", "_raw": blob,
            }  # fmt: skip

    return give


@dataclass
class Search:
    """A search that was understood: its window, its terms, and what Splunk says of it."""

    events: object
    window: tuple[float, float]
    indexed: tuple[float, float]
    terms: dict[str, str]
    made: list[dict] | None = None
    messages: list[dict] = field(default_factory=list)
    counts: tuple[int, int, bool] | None = None

    @classmethod
    def of(cls, form, events, indexes, zone="+00:00"):
        """Return the search of a form, or raise :class:`Wrong`."""
        text = form.get("search", "").strip()
        if not text:
            raise Wrong("Empty search.")
        if not text.startswith(("search ", "|", "from ")):
            raise Wrong(f"Unknown search command '{text.split()[0]}'.")
        head = text.removeprefix("search ").partition("|")[0]
        if head.count('"') % 2 or text.rstrip().endswith("|"):
            raise Wrong("Unbalanced quotes.")
        given = {name: value.strip('"') for name, value in _MODIFIER.findall(head)}
        found = cls(
            events,
            (_moment(form.get("earliest_time"), 0.0), _moment(form.get("latest_time"), 9e12)),
            (_moment(given.get("_index_earliest"), 0.0), _moment(given.get("_index_latest"), 9e12)),
            {n: v.strip('"') for n, v in _TERM.findall(_MODIFIER.sub("", head)) if v.strip('"') != "*"},
        )
        if {"earliest", "latest"} & set(given):
            found.window = (_moment(given.get("earliest"), 0.0), _moment(given.get("latest"), 9e12))
            found.messages.append(
                {"type": "INFO", "text": "Your timerange was substituted based on your search string"}
            )
        if counts := _COUNTS.search(text):
            away = _away(zone).total_seconds() if counts[3] == "d" else 0
            found.counts = (int(counts[2]) * _SECONDS[counts[3]], int(away), counts[1] == "timechart")
        elif text.startswith("|"):
            found.made = _made(text, indexes)
        return found

    def rows(self):
        """Yield the events that are found, in the order they are given."""
        if self.made is not None:
            yield from self.made
        elif self.counts is not None:
            yield from self._counted(*self.counts)
        else:
            yield from self._found()

    def _counted(self, step, away, every):
        """Yield how many events a span has, inside of the window: of every span of it, or of those that have any."""
        found = Counter((event["_time"] + away) // step * step - away for event in self._found())
        if every:
            low, high = ((int(end) + away) // step * step - away for end in self.window)
            found = {at: found.get(at, 0) for at in range(low, high + 1, step)}
        yield from ({"_time": at, "count": count, "_span": step} for at, count in sorted(found.items()))

    def _found(self):
        (low, high), (first, last), terms = self.window, self.indexed, self.terms
        for event in self.events() if callable(self.events) else self.events:
            inside = low <= event["_time"] < high and first <= event.get("_indextime", event["_time"]) < last
            if inside and all(str(event.get(name)) == value for name, value in terms.items()):
                yield event

    def result(self, event, zone):
        """Return a row as Splunk gives it: all of it text, several values as a list, nothing where there is nothing."""
        row, away = {}, _away(zone)
        for name, value in event.items():
            if name == "_time":
                row[name] = datetime.fromtimestamp(value, timezone(away)).isoformat(timespec="milliseconds")
            elif value is not None:
                row[name] = [str(one) for one in value] if isinstance(value, list) else str(value)
        return row


def _away(zone):
    return timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6])) * (-1 if zone[0] == "-" else 1)


def _moment(text, default):
    return default if text in {None, "", "now"} else float(text)


def _made(text, indexes):
    """Return the rows of the commands that make their own."""
    if text.startswith("| makeresults"):
        return [{"_time": 1_772_409_600.0}]
    if text.startswith("| eventcount"):
        asked = re.findall(r"index=(\S+)", text)
        return [{"index": name, "count": 5} for name in indexes if "*" in asked or name in asked]
    raise Wrong(f"Unknown search command '{text[1:].split()[0]}'.")


def lines_of(search, zone, previews, fault):
    """Yield the lines of an export, each with how many rows it counts for, up to where a fault ends it."""
    for words in fault.get("messages", search.messages and [search.messages]):
        yield _line({"messages": words}), 0
    stops = {name: fault[name] for name in ("reset", "cut", "truncate", "fatal") if name in fault}
    last, offset = None, 0
    for event in search.rows():
        if last is not None:
            yield from _row(last, offset, previews)
            offset += 1
        last = search.result(event, zone)
        if offset in stops.values():
            break
    for name, after in stops.items():
        if offset >= after or name == "fatal":
            if name == "truncate" and last is not None:
                yield _line({"preview": False, "offset": offset, "result": last})[:-9], 0
            if name == "fatal":
                words = fault.get("words", "Search process did not exit cleanly, exit_code=-1.")
                said = [{"type": "FATAL", "text": words}, {"type": "WARN", "text": "Results may be incomplete."}]
                yield _line({"preview": False, "offset": offset, "messages": said}), 0
            return
    if last is None:
        yield _line({"preview": False, "lastrow": True}), 0
    else:
        yield from _row(last, offset, previews, lastrow=True)


def _row(result, offset, previews, **more):
    for _ in range(previews):
        yield _line({"preview": True, "offset": offset, "result": result}), 0
    yield _line({"preview": False, "offset": offset, **more, "result": result}), 1


def _line(content):
    return json.dumps(content).encode() + b"\n"
