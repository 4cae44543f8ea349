"""Splunk: rows of searches, streamed by export or paged from a job."""

from __future__ import annotations

import time
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

from bos.errors import BosError, Invalid, Unavailable
from bos.model.document import is_zone
from bos.ports import Finding, Wanted
from bos.reads import page_address, plain_name, user_name
from bos.wire import strange
from connectors.splunk.lines import NOTHING, batches_of, check, objects, rows_of
from connectors.splunk.queries import LATE, Bounds
from connectors.splunk.spans import Spans
from connectors.splunk.spl import unseen
from connectors.splunk.views import Views
from connectors.splunk.way import PATIENCE, TITLE, Way, read_patience, said, slow

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from datetime import datetime

    import pyarrow as pa

    from bos.ports import Board, Placed, Target

PAGE = 10_000
"""Rows asked for at once of a job: Splunk gives 50,000 at most (``maxresultrows``), and each page is read whole."""
MOST = 500_000
"""Rows a job keeps where nothing else is said; a window of more is an error, not a part of it."""
_V2 = (9, 0, 2)
_POLL, _SLOWEST = 0.2, 5.0


class Splunk:
    """A Splunk's management port. ``told`` has what it said beside the rows, for people to read."""

    name = "splunk"
    title = TITLE
    purpose = "Pulls events and points by searches; dashboards of BOS are put into an app."
    schemes = ("https", "http")
    example = "https://splunk.bank.example:8089"
    settings = (
        Wanted(
            "way",
            "How rows are read: a stream without limit, or pages of a job.",
            default="export",
            choices=("export", "job"),
        ),
        Wanted(
            "window",
            "What windows go by; indexed for data that comes late.",
            default="time",
            choices=("time", "indexed"),
        ),
        Wanted(
            "late_seconds",
            "With window indexed: how far the time of an event may be off.",
            default=str(LATE),
            kind="number",
            reads=lambda text: Bounds.of({"late_seconds": text}),
        ),
        Wanted(
            "quiet_seconds",
            "How long a search may go on without a whole row.",
            default=str(PATIENCE),
            kind="number",
            reads=read_patience,
        ),
        Wanted(
            "time_zone",
            "The zone of its user at Splunk; for searches that count by days.",
            example="Europe/Vienna",
            kind="zone",
        ),
        Wanted("indexes", "Indexes that must be visible, separated by commas.", example="payments"),
        Wanted("app", "The app searches run in, and dashboards are put into.", example="search", reads=plain_name),
        Wanted("owner", "With app: whose namespace.", example="bos", default="nobody", reads=user_name),
        Wanted(
            "web",
            "Where Splunk Web is, for links to dashboards.",
            example="https://splunk.bank.example:8000",
            reads=page_address,
        ),
        Wanted("user", "Who signs in with a password, where there is no token.", example="bos"),
    )
    secrets = (
        Wanted(
            "token",
            "An authentication token (Bearer) of a user with a reading role.",
            needed_where=(("user", ""),),
        ),
        Wanted(
            "password",
            "The password of the setting user, where there is no token.",
            needed_where=(("user", "*"),),
            instead="token",
        ),
    )
    columns: ClassVar = {"time": "_time"}
    takes = ("splunk",)
    unproven = "All of it: it met the real SDK and a double that answers as the manuals say, no Splunk server."

    def __init__(self, target: Target) -> None:
        self._target = target
        self._way = Way(target)
        self._known: tuple[int, ...] | None = None

    @property
    def told(self) -> list[str]:
        """What Splunk said beside the rows so far: warnings, and that it was busy and was asked again."""
        return self._way.told

    def close(self) -> None:
        """Give up what is being read."""
        self._way.close()

    def doctor(self) -> Iterator[Finding]:
        """Look whether it answers, which version it is, whether the secret is good, and what may be searched."""
        try:
            info = _entry(self._way.json("GET", "/services/server/info"))
            context = _entry(self._way.json("GET", "/services/authentication/current-context"))
        except BosError as error:
            yield Finding("Answer", ok=False, words=error.message, hint=error.hint)
            return
        yield Finding("Answer", ok=True, words=f"It is Splunk {info.get('version', 'of a version it does not tell')}.")
        yield Finding("Secret", ok=True, words=f"It lets {context.get('username', 'BOS')} in.")
        yield from self._zones(str(context.get("tz") or ""))
        may = "search" in context.get("capabilities", ())
        hint = "" if may else "Give the role of this user the capability search."
        yield Finding(
            "Search", ok=may, words="Searching is allowed." if may else "Searching is not allowed.", hint=hint
        )
        if may:
            yield self._indexes()
        yield from (Finding("Said", ok=True, words=words) for words in self.told)

    def shape(self) -> str:
        """Return the export Splunk takes."""
        return self.takes[0]

    def place(self, board: Board, *, known: str, key: str, overwrite: bool) -> Placed:
        """Make or change a view in the setting ``app``. Raises as :meth:`connectors.splunk.views.Views.place`."""
        views = Views(self._way, self._target.settings)
        return views.place(board, known=known, key=key, overwrite=overwrite)

    def _zones(self, there: str) -> Iterator[Finding]:
        """Yield what is wrong with the setting ``time_zone``; ``there``: the zone Splunk says the user has, if any."""
        here = self._target.settings.get("time_zone", "")
        if here and not is_zone(here):
            yield Finding("Time zone", ok=False, words=f"{here!r} is no time zone.", hint="Write Europe/Vienna or UTC.")
        elif here and there not in {"", here}:
            words = f"Its user has the time zone {there}, and the connection says {here}."
            yield Finding("Time zone", ok=False, words=words, hint=f"Set time_zone to {there}.")

    def _indexes(self) -> Finding:
        wanted = [name.strip() for name in self._target.settings.get("indexes", "").split(",") if name.strip()]
        form = {"earliest_time": "0", "latest_time": "now", "preview": "0", "output_mode": "json"}
        try:
            body = self._way.ask("POST", self._path("export"), search="| eventcount summarize=false index=*", **form)
            with said(), closing(body):
                there = {str(row["index"]) for row, _ in rows_of(body, self._way.tell) if row.get("index")}
        except BosError as error:
            return Finding("Indexes", ok=False, words=error.message, hint=error.hint)
        if lacking := [name for name in wanted if name not in there]:
            hint = "Give the role of this user the index, or mend the setting indexes."
            return Finding("Indexes", ok=False, words=f"It does not show {', '.join(lacking)}.", hint=hint)
        return Finding("Indexes", ok=bool(there), words=f"It shows {', '.join(sorted(there)) or 'no index'}.")

    def read(self, query: str, *, start: datetime, end: datetime) -> Iterator[pa.RecordBatch]:
        """Return the rows of a search over ``[start, end)``, as they come: all columns text, ``_time`` with its offset.

        Columns are those that any row of the batch has; a field of several values is their list as JSON. Where the
        search counts by spans of time, these are the rows of spans that begin in the window, each of the whole span.

        Raises:
            Invalid: the search has a time range of its own, changes something, counts by spans that cannot be read
                (``spans``), or cannot be run; the hint has Splunk's words.
            Unavailable: Splunk does not answer, or does not give all of it.
        """
        settings = self._target.settings
        bounds, spans = Bounds.of(settings), Spans.of(query, settings)
        way = settings.get("way", "export")
        if way not in {"export", "job"}:
            raise Invalid(f"{way!r} is no way to read.", where="way", hint="Write export or job.")
        if spans:
            start, end = spans.ceiled(start), spans.ceiled(end)
        form = bounds.form(query, start, end)
        if spans and start >= end:
            return iter(())
        for words in unseen(query):
            self._way.tell(words)
        rows = self._export(form) if way == "export" else self._paged(form)
        return batches_of(spans.inside(rows, start, end) if spans else rows)

    def whole(self, query: str, moment: datetime) -> datetime:
        """Return the end of the last span that is over; the moment where the search counts by none.

        Raises:
            Invalid: the spans of the search cannot be read (``spans``), or a setting is wrong.
        """
        spans = Spans.of(query, self._target.settings)
        return spans.floored(moment) if spans else moment

    def unseen(self, query: str) -> list[str]:
        """Return what people should know of a search whose commands are not all there to be read, as sentences."""
        return unseen(query)

    def _export(self, form: dict[str, str]) -> Iterator[tuple[dict[str, Any], int]]:
        body = self._way.ask("POST", self._path("export"), preview="0", output_mode="json", **form)
        with said(), closing(body):
            yield from rows_of(body, self._way.tell, self._way.patience)

    def _paged(self, form: dict[str, str]) -> Iterator[tuple[dict[str, Any], int]]:
        made = self._way.json("POST", self._path(), exec_mode="normal", max_count=str(MOST), **form)
        if not made.get("sid"):
            raise strange(TITLE)
        job = self._path(quote(str(made["sid"]), safe=""))
        try:
            count = yield from self._finished(job)
            for offset in range(0, count, PAGE):
                page = yield from self._page(job, offset)
                if len(page) != min(PAGE, count - offset):
                    raise Unavailable("Splunk does not give all rows of the job.", hint="Try again.", code="system.cut")
                yield from ((row, sum(len(str(value)) for value in row.values())) for row in page)
        finally:
            with suppress(BosError):
                self._way.json("POST", f"{job}/control", action="cancel")

    def _finished(self, job: str) -> Generator[tuple[dict[str, Any], int], None, int]:
        """Wait until a job is done, with :data:`NOTHING` meanwhile; return how many rows it has."""
        pause, until = _POLL, time.monotonic() + self._way.patience
        while True:
            content = _entry(self._way.json("GET", job))
            check(content.get("messages", ()), self._way.tell)
            if _true(content.get("isFailed")) or content.get("dispatchState") == "FAILED":
                raise Unavailable("Splunk could not finish the search.", hint="Look at the job.", code="system.search")
            if _true(content.get("isDone")):
                break
            if time.monotonic() > until:
                raise slow()
            yield NOTHING, 0
            time.sleep(pause)
            pause = min(_SLOWEST, pause * 1.5)
        told = str(content.get("resultCount", 0))
        if not (told.isascii() and told.isdigit()):
            raise strange(TITLE)
        count = int(told)
        if count >= MOST:
            raise Unavailable(
                f"The window has {MOST:,} rows or more, and a job keeps no more.",
                hint="Set the connection's way to export, or make the search narrower.",
                code="system.cut",
            )
        return count

    def _page(self, job: str, offset: int) -> Generator[tuple[dict[str, Any], int], None, list[dict[str, Any]]]:
        """Return a page of rows, with :data:`NOTHING` while it comes."""
        method, form = "POST" if "/v2/" in job else "GET", {"count": str(PAGE), "offset": str(offset)}
        found = yield from self._way.coming(method, f"{job}/results", (NOTHING, 0), **form)
        check(found.get("messages", ()), self._way.tell)
        return objects(found.get("results", []))

    def _path(self, *names: str) -> str:
        """Return the path of searches: the second version of it from Splunk 9.0.2 on."""
        return "/".join(("search/v2/jobs" if self._version() >= _V2 else "search/jobs", *names))

    def _version(self) -> tuple[int, ...]:
        if self._known is None:
            text = str(_entry(self._way.json("GET", "/services/server/info")).get("version", ""))
            self._known = tuple(int(part) for part in text.partition("-")[0].split(".") if part.isdigit())
        return self._known


def _entry(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the content of the one entry of an answer."""
    try:
        found = answer["entry"][0]["content"]
    except (KeyError, IndexError, TypeError):
        found = None
    if not isinstance(found, dict):
        raise Unavailable("It does not answer as Splunk does.", hint="Check the address of the connection.")
    return found


def _true(value: object) -> bool:
    return str(value).lower() in {"1", "true"}
