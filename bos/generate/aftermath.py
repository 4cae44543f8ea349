"""What follows once a payment is posted: reconciliation, notices, returns, second tries, complaints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bos.generate import names
from bos.generate.clock import DAY, HOUR

if TYPE_CHECKING:
    from bos.generate.clock import Flags, Ints
    from bos.generate.journey import Journey, Posted

NOTIFIED_RATE = 0.92
SLOW_RECONCILED_RATE = 0.02
WAVE_SHARE = 0.4
RETRY_RATE = 0.6
SLOW_DAYS = (4, 43)
COMPLAINT_RATE, COMPLAINT_DISTURBED, COMPLAINT_RETURNED = 0.003, 0.06, 0.05
REVERSED_BY_HAND_RATE = 0.1
LATE_RETURN_RATE, LATE_NOTICE_RATE = 0.5, 0.03


def finish(journey: Journey, posted: Posted) -> None:
    """Add everything that follows what was posted, second tries with it."""
    _close(journey, posted)
    wave = _in_wave(journey, posted)
    code = _codes(journey, posted, wave)
    returned = code >= 0
    back, code = posted.only(returned), code[returned]
    reversed_at = _return(journey, back, code, wave[returned])
    _retry(journey, back.who, reversed_at, code)
    _complain(journey, posted, returned)


def _close(journey: Journey, posted: Posted) -> None:
    """Reconcile on the next bank morning, and notify the customer."""
    rng, clock, count = journey.rng, journey.clock, len(posted.who)
    slow = rng.random(count) < SLOW_RECONCILED_RATE
    day = clock.bank_day(clock.local_day(posted.time) + 1, slow.astype(np.int64))
    time = clock.at(day, 7 * HOUR + journey.between(count, 0, 1800))
    late = rng.random(count) < LATE_NOTICE_RATE
    journey.trail.add(
        "reconciled", posted.who, time, effective=posted.effective, receipt=posted.receipt, manual=slow, slow=late
    )
    told = posted.only(rng.random(count) < NOTIFIED_RATE)
    time = told.time + journey.between(len(told.who), 60, 2 * HOUR)
    late = rng.random(len(told.who)) < LATE_NOTICE_RATE
    journey.trail.add("notified", told.who, time, effective=clock.local_day(time), receipt=told.receipt, slow=late)


def _codes(journey: Journey, posted: Posted, wave: Flags) -> Ints:
    """Return the number of the code with which each payment comes back, -1 where it does not."""
    rng, count = journey.rng, len(posted.who)
    debit = np.isin(journey.payments.channel[posted.who], names.DEBITS)
    usual = rng.choice(len(names.CODES), count, p=names.CODE_SHARE)
    back = debit & (rng.random(count) < names.RETURN_RATE)
    return np.where(wave, names.CODES.index("R03"), np.where(back, usual, -1))


def _in_wave(journey: Journey, posted: Posted) -> Flags:
    """Return which payments were in the bad account file."""
    day = journey.clock.local_day(journey.payments.initiated[posted.who])
    autopay = journey.payments.channel[posted.who] == names.ACH
    listed = journey.rng.random(len(posted.who)) < WAVE_SHARE
    found: Flags = (day == journey.plan.wave_day) & autopay & listed & posted.plain
    return found


def _return(journey: Journey, back: Posted, code: Ints, wave: Flags) -> Ints:
    """Return payments with their code, reverse them, and return when."""
    rng, clock, count = journey.rng, journey.clock, len(back.who)
    slow = code >= names.SLOW_CODES
    settled_day = clock.local_day(back.settled)
    quick_day = clock.bank_day(settled_day, journey.between(count, 1, 4))
    slow_day = clock.bank_day(settled_day + journey.between(count, *SLOW_DAYS))
    morning = clock.at(np.where(slow, slow_day, quick_day), 8 * HOUR + journey.between(count, 900, 3 * HOUR))
    time = np.maximum(morning, back.time + HOUR)
    resource = np.where(wave, names.BAD_FILE_NUMBER, names.EVENT["returned"])
    late = slow & (rng.random(count) < LATE_RETURN_RATE)
    journey.trail.add(
        "returned", back.who, time, effective=clock.local_day(time), receipt=back.receipt,
        code=code, resource=resource, slow=late,
    )  # fmt: skip
    manual = rng.random(count) < REVERSED_BY_HAND_RATE
    reversed_at = time + np.where(manual, journey.between(count, HOUR, 5 * HOUR), journey.between(count, 300, HOUR))
    journey.trail.add(
        "reversed", back.who, reversed_at, effective=back.effective, receipt=back.receipt,
        manual=manual, code=code, slow=late,
    )  # fmt: skip
    return reversed_at


def _retry(journey: Journey, who: Ints, reversed_at: Ints, code: Ints) -> None:
    """Try some of those that lacked funds again; the second try is not returned."""
    chosen = (code < names.FUNDS_CODES) & (journey.rng.random(len(who)) < RETRY_RATE)
    who, reversed_at = who[chosen], reversed_at[chosen]
    time = journey.office(reversed_at, journey.between(len(who), 2, 6))
    journey.trail.add("retried", who, time, effective=journey.clock.local_day(time))
    _close(journey, journey.travel(who, time + journey.between(len(who), 30, 300), again=True))


def _complain(journey: Journey, posted: Posted, returned: Flags) -> None:
    """Open complaints, more of them after a return or an incident."""
    rate = COMPLAINT_RATE + COMPLAINT_DISTURBED * posted.disturbed + COMPLAINT_RETURNED * returned
    cross = posted.only(journey.rng.random(len(posted.who)) < rate)
    time = journey.office(cross.time + DAY, journey.between(len(cross.who), 1, 6))
    journey.trail.add(
        "complaint_opened", cross.who, time, effective=journey.clock.local_day(time), receipt=cross.receipt,
        manual=np.ones(len(cross.who), np.bool_),
    )  # fmt: skip
