"""What a search says: its commands, those of every search inside of it too, and what it hides from BOS."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_QUOTES = r'"((?:[^"\\]|\\.)*)"'
_ASIDE = {
    (comments, escaped): re.compile("|".join(["```.*?```"] * comments + [r"\\."] * escaped + [_QUOTES]), re.DOTALL)
    for comments in (True, False)
    for escaped in (True, False)
}
_NO_WORD = re.compile(r"[^\w.]")
_COMMAND = re.compile(r"\s*(`?\w*)(.*)", re.DOTALL)
_CONTINUES = {"appendpipe", "foreach"}
"""Commands whose brackets go on with the rows before them, instead of beginning with a search of their own."""
_TERM = re.compile(r"\s*[-=<>!:*.,]")
_GENERATES = ("from ", "search ")
_HIDES = {
    "`": "a macro",
    "from": "from",
    "loadjob": "loadjob",
    "savedsearch": "savedsearch",
    "datamodel": "datamodel",
}
_OF_ALL = re.compile(r"\(\s*_time\s*\)\s+as\s+_time\b", re.IGNORECASE)
_ACROSS = {
    "accum", "anomalydetection", "autoregress", "concurrency", "delta", "eventstats", "predict", "streamstats",
    "transaction", "trendline", "x11",
}  # fmt: skip
"""Commands that look at rows beside the one they are at: at the ends of a window these are missing."""
_BINS = {"bin", "bucket", "discretize", "makecontinuous"}
_OPTION = re.compile(r"(?<![\w.])(\w+)\s*=\s*(\S+)|(?<![\w.])as\s+\S+", re.IGNORECASE)
_MINUTE, _DIGITS = 60, 10
_KNOWN = """
    abstract accum addcoltotals addinfo addtotals analyzefields anomalies anomalousvalue anomalydetection append
    appendcols appendpipe apply arules associate autoregress bin bucket bucketdir chart cluster cofilter concurrency
    contingency convert correlate counttable ctable datamodel dbinspect dedup delta diff discretize erex eval
    eventcount eventstats extract fieldformat fields fieldsummary filldown fillnull findtypes fit folderize foreach
    format from fromjson gauge gentimes geom geomfilter geostats head highlight history iconify inputcsv
    inputlookup iplocation join kmeans kv kvform loadjob localize localop lookup makecontinuous makejson makemv
    makeresults metadata metasearch mstats mcatalog mpreview multikv multisearch mvcombine mvexpand mvreverse nokv
    nomv noop outlier overlap pivot predict rangemap rare redistribute regex relevancy reltime rename replace require
    rest return reverse rex rtorder savedsearch scrub search searchtxn selfjoin set setfields sichart sirare sistats
    sitimechart sitop sort spath stats strcat streamstats table tags tail timechart timewrap tojson top transaction
    transpose trendline tstats typeahead typer union uniq untable walklex where x11 xmlkv xmlunescape xpath
    xsdisplay xyseries
"""
KNOWN = frozenset(_KNOWN.split())
"""Commands of Splunk's Search Reference that read alone, by name."""
_WRITES = """
    awssnsalert collect crawl createinc curl dbxoutput dbxquery delete deletemodel dump exportkv input map mcollect
    meventcollect notify outputcsv outputlookup outputtelemetry outputtext run runshellscript script sendalert
    sendemail sendresults summaryindex sumindex tscollect webhook
"""
_CHANGES = frozenset(_WRITES.split())
"""Commands that write, send or run something, and ``map``, whose searches are made of what rows say."""
_LIKE_CHANGES = re.compile(r"(?:output|send|delete|remove|write|create|update|export|upload|push|post|put|purge)\w*")
_INTO = re.compile(r"\binto\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Command:
    """A command of a search: its name in small letters, what follows it, and of which pipeline it is.

    A macro is named with its backtick alone. ``pipeline`` counts those that begin anew: a part in the brackets of
    ``appendpipe`` is of the one around it.
    """

    name: str
    rest: str
    pipeline: int


@dataclass(slots=True)
class _Pipe:
    pipeline: int
    inner: bool
    pieces: list[str] = field(default_factory=lambda: [""])


def bare(query: str, *, comments: bool = True, escaped: bool = True) -> str:
    """Return a search without its comments, and with one word for what is in quotes: all else in it as underlines.

    ``comments``: three backticks make one, as from Splunk 8.1 on; ``escaped``: a quote after a backslash that is in
    no quotes begins none.
    """

    def left(found: re.Match[str]) -> str:
        if found[1] is None:
            return " "
        return _NO_WORD.sub("_", found[1]) or '""'

    return _ASIDE[comments, escaped].sub(left, query)


def readings(query: str) -> list[str]:
    """Return a search as :func:`bare` has it, in each way that a Splunk may take comments and escaped quotes."""
    ways = [bare(query, comments=comments, escaped=escaped) for comments in (True, False) for escaped in (True, False)]
    return list(dict.fromkeys(ways))


def commands(text: str) -> Iterator[Command]:
    """Yield the commands of a bare search: those around brackets first, in the order they are written."""
    first = _Pipe(0, inner=False)
    found, stack = [first], [first]
    for sign in re.split(r"([\[\]|])", text):
        if sign == "[":
            before = stack[-1]
            goes_on = _name(before.pieces[-1])[0] in _CONTINUES
            found.append(_Pipe(before.pipeline if goes_on else len(found), inner=True))
            stack.append(found[-1])
        elif sign == "]":
            if len(stack) > 1:
                stack.pop()
            stack[-1].pieces[-1] += " "
        elif sign == "|":
            stack[-1].pieces.append("")
        else:
            stack[-1].pieces[-1] += sign
    for pipe in found:
        for at, piece in enumerate(pipe.pieces):
            name, rest = _name(piece)
            begins = pipe.inner and name and not _TERM.match(rest)
            if at or begins or piece.lstrip().startswith(_GENERATES):
                yield Command(name, rest, pipe.pipeline)
            else:
                yield Command("search", piece, pipe.pipeline)


def changing(text: str) -> Iterator[str]:
    """Yield the commands of a bare search that change something, or that by their names may, though BOS knows none."""
    for one in commands(text):
        if one.name in _CHANGES or (one.name not in KNOWN and _LIKE_CHANGES.fullmatch(one.name)):
            yield one.name
        elif one.name == "fit" and _INTO.search(one.rest):
            yield "fit into"


def _name(piece: str) -> tuple[str, str]:
    found = _COMMAND.match(piece)
    if found is None:  # pragma: no cover - it matches every text
        return "", piece
    name = found[1].lower()
    return ("`" if name.startswith("`") else name), found[2]


def unseen(query: str) -> list[str]:
    """Return what people should know of a search whose commands are not all there to be read, as sentences."""
    text = bare(query)
    names = [one.name for one in commands(text)]
    hidden = [words for name, words in _HIDES.items() if name in names or (name == "`" and "`" in text)]
    unknown = sorted({name for name in names if name not in KNOWN | {"", "`"}})
    across = sorted({one.name for one in commands(text) if one.name in _ACROSS or _OF_ALL.search(one.rest)})
    told = []
    if hidden:
        told.append(
            f"The search has commands that BOS does not see ({', '.join(hidden)}): where they count by time, a pull "
            "may store a part of a span. State the span in the search itself."
        )
    if unknown:
        told.append(f"BOS does not know {', '.join(unknown)}: where it counts by time, a pull may store a part of it.")
    for name, span in dict.fromkeys(_perhaps_times(commands(text))):
        told.append(
            f"span={span} of {name}: BOS takes it for a number. Where it is a time, a pull may store a part of a "
            f"span: write span={span}s then."
        )
    if across:
        told.append(f"{', '.join(across)}: it sees the rows of one window alone; at its ends some are missing.")
    return told


def _perhaps_times(found: Iterable[Command]) -> Iterator[tuple[str, str]]:
    """Yield fields that are put into spans of whole minutes without a unit, as times in seconds since 1970 would be."""
    for one in found:
        if one.name in _BINS:
            options = {name.lower(): value for name, value in _OPTION.findall(one.rest)}
            what, span = _OPTION.sub(" ", one.rest).strip(), options.get("span", "")
            whole = span.isascii() and span.isdigit() and len(span) < _DIGITS and int(span) and not int(span) % _MINUTE
            if whole and what and what.strip("'") != "_time":
                yield what, span
