"""The effect of the planted incidents, counted from the generated rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from bos.generate import names
from bos.generate.manifest import Figure, Incident
from bos.generate.plan import BACKLOG_DELAY, DELAYED_AFTER

if TYPE_CHECKING:
    from bos.generate.clock import Flags, Ints
    from bos.generate.payments import Payments
    from bos.generate.plan import Plan

_DEBIT = f"channel in ({', '.join(repr(names.CHANNELS[number]) for number in names.DEBITS)})"
_ADMINISTRATIVE = f"code in ({', '.join(repr(code) for code in names.ADMINISTRATIVE)})"
_BAD = f"resource = {names.BAD_FILE!r}"
_LATE = "channel = 'lockbox' and effective_date > receipt_date"


@dataclass(slots=True)
class Tally:
    """Adds up day after day; money is in cents."""

    plan: Plan
    counts: Counter[str] = field(default_factory=Counter)
    longest: int = 0

    def add(self, rows: dict[str, Ints], payments: Payments) -> None:
        """Count the events of the payments of one day."""
        debit = np.isin(payments.channel, names.DEBITS)[rows["who"]]
        lockbox = (payments.channel == names.LOCKBOX)[rows["who"]]
        cents = payments.cents[rows["who"]]
        self._outage(rows, debit, cents)
        self._wave(rows, debit, cents)
        self._backlog(rows, lockbox, cents)

    def _outage(self, rows: dict[str, Ints], debit: Flags, cents: Ints) -> None:
        inside = debit & _within(rows["time"], self.plan.outage)
        matched, authorised = _is(rows, "matched"), _is(rows, "authorised")
        self.counts["authorised_in_outage"] += int((inside & authorised).sum())
        self.counts["matched_cents"] += int(cents[inside & matched].sum())
        first, second = _firsts(rows, matched & debit), _firsts(rows, authorised & debit)
        waited = np.where(_within(first, self.plan.outage), second - first, 0)
        self.counts["authorised_late"] += int((waited > DELAYED_AFTER).sum())
        self.longest = max(self.longest, int(waited.max(initial=0)))

    def _wave(self, rows: dict[str, Ints], debit: Flags, cents: Ints) -> None:
        origin = _within(_firsts(rows, _is(rows, "initiated")), self.plan.wave)[rows["who"]]
        returned = origin & _is(rows, "returned")
        bad = returned & (rows["resource"] == names.BAD_FILE_NUMBER)
        administrative = np.isin(rows["code"], [names.CODES.index(code) for code in names.ADMINISTRATIVE])
        self.counts["bad_file_returns"] += int(bad.sum())
        self.counts["bad_file_cents"] += int(cents[bad].sum())
        self.counts["administrative_returns"] += int((returned & administrative).sum())
        self.counts["debits"] += int((origin & debit & _is(rows, "initiated")).sum())

    def _backlog(self, rows: dict[str, Ints], lockbox: Flags, cents: Ints) -> None:
        came = lockbox & _within(_firsts(rows, _is(rows, "received")), self.plan.backlog)[rows["who"]]
        late = came & _is(rows, "posted") & (rows["effective"] > rows["receipt"])
        self.counts["posted_late"] += int(late.sum())
        self.counts["posted_late_cents"] += int(cents[late].sum())
        self.counts["lockbox_received"] += int((came & _is(rows, "received")).sum())

    def incidents(self) -> tuple[Incident, ...]:
        """Return the incidents with their figures."""
        return (self._outage_found(), self._wave_found(), self._backlog_found())

    def _outage_found(self) -> Incident:
        way = f"matched where {_DEBIT} -> authorised"
        figures = (
            self._payments(
                "payments_delayed", "authorised_late", "debits matched in the window, authorised over 30 minutes later",
                f"conversion({way}, within = 30 minutes, show = dropped)",
            ),
            self._payments(
                "authorised_in_window", "authorised_in_outage", "debits authorised in the window",
                f"count(authorised where {_DEBIT})",
            ),
            Figure("longest_wait", self.longest, "seconds", "the longest wait of a debit matched in the window",
                   f"max(duration({way}))"),
            self._money("amount_waiting", "matched_cents", "debits matched in the window",
                        f"sum(matched.amount where {_DEBIT})"),
        )  # fmt: skip
        return _incident(
            "gateway_outage", "The authorisation gateway is down; payments wait for it.", self.plan.outage,
            ("settled",),
            ("gateway_availability", "gateway_p95_latency", "gateway_error_rate", "queue_depth", "queue_age"),
            ("receipt_to_posted_p50", "receipt_to_posted_p95"), figures,
        )  # fmt: skip

    def _wave_found(self) -> Incident:
        figures = (
            self._payments("extra_returns", "bad_file_returns", "returns R03 caused by the bad account file",
                           f"count(returned where {_BAD})", "initiated"),
            self._payments("administrative_returns", "administrative_returns", "R02, R03, R04 of the day's debits",
                           f"count(returned where {_ADMINISTRATIVE})", "initiated"),
            self._payments("debits_originated", "debits", "debits originated on the day, second tries with them",
                           f"count(initiated where {_DEBIT})", "initiated"),
            self._money("amount_returned", "bad_file_cents", "returns R03 caused by the bad account file",
                        f"sum(returned.amount where {_BAD})", "initiated"),
        )  # fmt: skip
        return _incident(
            "account_file", "A late autopay file with wrong account numbers: its debits come back as R03 days later.",
            self.plan.wave, ("settled", "returned"), ("account_file_mismatch", "ach_file_delay"),
            ("administrative_return_rate", "overall_return_rate"), figures,
        )  # fmt: skip

    def _backlog_found(self) -> Incident:
        figures = (
            self._payments("payments_delayed", "posted_late", "lockbox payments received on the day, credited later",
                           f"count(posted where {_LATE})", "received"),
            self._payments("payments_received", "lockbox_received", "lockbox payments received on the day",
                           "count(received where channel = 'lockbox')", "received"),
            Figure("delay", BACKLOG_DELAY, "seconds", "how much later each is posted than it would have been", ""),
            self._money("amount_delayed", "posted_late_cents", "lockbox payments received on the day, credited later",
                        f"sum(posted.amount where {_LATE})", "received"),
        )  # fmt: skip
        return _incident(
            "posting_backlog", "The posting batch of a lockbox day fails and runs 26 hours late, as of the later day.",
            self.plan.backlog, ("posted",),
            ("posting_latency", "posting_error_rate", "batch_window_end", "queue_depth", "queue_age", "database_cpu"),
            ("credited_as_of_receipt", "receipt_to_posted_p50", "receipt_to_posted_p95"), figures,
        )  # fmt: skip

    def _payments(self, name: str, count: str, meaning: str, formula: str, anchor: str = "event") -> Figure:
        return Figure(name, self.counts[count], "payments", meaning, formula, anchor)

    def _money(self, name: str, count: str, meaning: str, formula: str, anchor: str = "event") -> Figure:
        dollars, cents = divmod(self.counts[count], 100)
        return Figure(name, f"{dollars}.{cents:02}", "USD", f"amount of the {meaning}", formula, anchor)


def _incident(
    name: str,
    title: str,
    window: tuple[int, int],
    steps: tuple[str, ...],
    signals: tuple[str, ...],
    kpis: tuple[str, ...],
    figures: tuple[Figure, ...],
) -> Incident:
    start, end = (datetime.fromtimestamp(second, UTC) for second in window)
    return Incident(name, title, start, end, steps, signals, kpis, figures)


def _is(rows: dict[str, Ints], event: str) -> Flags:
    found: Flags = rows["event"] == names.EVENT[event]
    return found


def _within(time: Ints, window: tuple[int, int]) -> Flags:
    return (time >= window[0]) & (time < window[1])


def _firsts(rows: dict[str, Ints], chosen: Flags) -> Ints:
    """Return for each payment the time of its first chosen event, 0 where it has none; the rows are in order."""
    first = np.zeros(int(rows["who"].max()) + 1, np.int64)
    first[rows["who"][chosen][::-1]] = rows["time"][chosen][::-1]
    return first
