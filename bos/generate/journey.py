"""The way of payments through the steps, from initiated to posted, and what happens to them after."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bos.generate import names
from bos.generate.clock import HOUR
from bos.generate.plan import BACKLOG_DELAY

if TYPE_CHECKING:
    from numpy.random import Generator

    from bos.generate.clock import Clock, Flags, Ints
    from bos.generate.payments import Payments
    from bos.generate.plan import Plan
    from bos.generate.trail import Trail

LOST_RATE = 0.008
NEVER_MATCHED_RATE = 0.03
HELD_FOR_EVER_RATE = 0.3
MANUAL_RATE = 0.03
SLIP_RATE = 0.18


@dataclass(frozen=True, slots=True)
class Posted:
    """What reached the books, an array for each property.

    Attributes:
        who: place of the payment in its day.
        received: local day on which it arrived.
        settled: when it was settled.
        time: when it was posted.
        effective: from which day it counts.
        receipt: its day of receipt.
        plain: came through without a clerk.
        disturbed: was held up by an incident.
    """

    who: Ints
    received: Ints
    settled: Ints
    time: Ints
    effective: Ints
    receipt: Ints
    plain: Flags
    disturbed: Flags

    def only(self, chosen: Flags) -> Posted:
        """Return some of them."""
        return Posted(*(getattr(self, name)[chosen] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Journey:
    """Sends payments of one day through the steps."""

    rng: Generator
    clock: Clock
    plan: Plan
    payments: Payments
    trail: Trail

    def bill(self) -> None:
        """Add the bill of every payment that was due."""
        who = np.flatnonzero(~self.payments.extra)
        day = self.payments.due_day[who]
        time = self.clock.at(day, 5 * HOUR + self.between(len(who), 0, 900))
        self.trail.add("due", who, time, effective=day, dpd=self.payments.dpd[who])

    def travel(self, who: Ints, start: Ints, *, again: bool = False) -> Posted:
        """Send payments from initiated to posted and return what was posted."""
        self.trail.add("initiated", who, start, effective=self.clock.local_day(start))
        arrived = np.full(len(who), again) | (self.rng.random(len(who)) >= LOST_RATE)
        who, start = who[arrived], start[arrived]
        minutes = np.array(names.RECEIVE_MINUTES)[self.payments.channel[who]]
        received = start + 20 + (minutes * 60 * np.exp(self.rng.normal(0, 0.5, len(who)))).astype(np.int64)
        receipt = self.clock.receipt_day(received)
        self.trail.add("received", who, received, effective=receipt, receipt=receipt)
        who, matched, received, receipt, manual = self._match(who, received, receipt)
        authorised, disturbed = self._authorise(who, matched)
        self.trail.add("authorised", who, authorised, effective=receipt, receipt=receipt)
        settled = self._settle(who, authorised)
        self.trail.add("settled", who, settled, effective=receipt, receipt=receipt)
        day = self.clock.local_day(received)
        return self._post(Posted(who, day, settled, settled, receipt, receipt, ~manual, disturbed))

    def _match(self, who: Ints, received: Ints, receipt: Ints) -> tuple[Ints, Ints, Ints, Ints, Flags]:
        """Match payments to loans; some wait for a clerk, a few of them for ever."""
        rng, count = self.rng, len(who)
        astray = rng.random(count) < np.array(names.UNMATCHED_RATE)[self.payments.channel[who]]
        seen = received + self.between(count, 20, 240)
        self.trail.add("unmatched", who[astray], seen[astray], effective=receipt[astray], receipt=receipt[astray])
        found = self.office(seen, rng.geometric(0.5, count))
        matched = np.where(astray, found, seen)
        going = ~astray | (rng.random(count) >= NEVER_MATCHED_RATE)
        who, matched, astray = who[going], matched[going], astray[going]
        received, receipt = received[going], receipt[going]
        self.trail.add("matched", who, matched, effective=receipt, receipt=receipt, manual=astray)
        return who, matched, received, receipt, astray

    def _authorise(self, who: Ints, matched: Ints) -> tuple[Ints, Flags]:
        """Authorise; while the gateway is down its payments wait, and the queue drains within the hour after."""
        count = len(who)
        usual = matched + self.between(count, 5, 120)
        begin, end = self.plan.outage
        waiting = np.isin(self.payments.channel[who], names.DEBITS) & (usual >= begin) & (usual < end)
        return np.where(waiting, end + self.between(count, 60, 3000), usual), waiting

    def _settle(self, who: Ints, authorised: Ints) -> Ints:
        """Settle: at once, or by the file of the next bank morning."""
        lag = np.array(names.SETTLE_DAYS)[self.payments.channel[who]]
        day = self.clock.bank_day(self.clock.local_day(authorised), lag)
        morning = self.clock.at(day, int(8.5 * HOUR) + self.between(len(who), 0, 1200))
        return np.where(lag == 0, authorised + self.between(len(who), 300, 1800), np.maximum(morning, authorised + 60))

    def _post(self, going: Posted) -> Posted:
        """Allocate and post what is settled; part payments wait in unapplied funds."""
        rng, who, count = self.rng, going.who, len(going.who)
        allocated = going.settled + self.between(count, 30, 600)
        own: dict[str, Any] = {"effective": going.receipt, "receipt": going.receipt}
        self.trail.add("allocated", who, allocated, **own)
        part = ~self.payments.extra[who] & (self.payments.cents[who] < self.payments.billed[who])
        held = {name: days[part] for name, days in own.items()}
        self.trail.add("partial_held", who[part], allocated[part] + 5, **held)
        by_hand = ~part & (rng.random(count) < MANUAL_RATE)
        time = allocated + np.where(by_hand, self.between(count, HOUR, 6 * HOUR), self.between(count, 20, 900))
        time = np.where(part, self.office(allocated, self.between(count, 4, 16)), time)
        manual = ~going.plain | part | by_hand
        stuck = (going.received == self.plan.backlog_day) & (self.payments.channel[who] == names.LOCKBOX)
        late = stuck & ~manual
        slip = manual & ~stuck & (rng.random(count) < SLIP_RATE)
        time = time + np.where(late, BACKLOG_DELAY, 0)
        booked = np.maximum(self.clock.bank_day(self.clock.local_day(time)), going.receipt)
        effective = np.where(late | slip, booked, going.receipt)
        posted = replace(going, time=time, effective=effective, plain=~manual, disturbed=going.disturbed | late)
        posted = posted.only(~part | (rng.random(count) >= HELD_FOR_EVER_RATE))
        own = {"effective": posted.effective, "receipt": posted.receipt}
        self.trail.add("posted", posted.who, posted.time, manual=~posted.plain, **own)
        return posted

    def office(self, after: Ints, days: Ints) -> Ints:
        """Return a moment of office hours, some bank days later."""
        day = self.clock.bank_day(self.clock.local_day(after) + 1, np.maximum(days - 1, 0))
        return self.clock.at(day, 9 * HOUR + self.between(len(after), 0, 7 * HOUR))

    def between(self, count: int, low: int, high: int) -> Ints:
        """Return whole numbers from ``low`` to below ``high``."""
        return self.rng.integers(low, high, count)
