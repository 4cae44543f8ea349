"""Names and rates of the generated process: events, channels, return codes, resources."""

from __future__ import annotations

EVENTS = (
    "due", "initiated", "received", "matched", "unmatched", "authorised", "settled", "returned", "retried",
    "allocated", "partial_held", "posted", "reversed", "reconciled", "notified", "complaint_opened",
)  # fmt: skip
EVENT = {name: number for number, name in enumerate(EVENTS)}

CHANNELS = ("ach", "web", "lockbox", "branch", "wire", "third_party")
ACH, WEB, LOCKBOX, BRANCH, WIRE, THIRD_PARTY = range(6)
DEBITS = (ACH, WEB, THIRD_PARTY)
"""Channels whose payments are debits: they go through the gateway and can be returned with a code."""
BANK_DAY_SHARE = (0.42, 0.22, 0.14, 0.08, 0.03, 0.11)
FREE_DAY_SHARE = (0.10, 0.68, 0.0, 0.0, 0.0, 0.22)
RECEIVE_MINUTES = (25.0, 1.5, 110.0, 1.0, 12.0, 35.0)
UNMATCHED_RATE = (0.004, 0.004, 0.06, 0.015, 0.05, 0.05)
PARTIAL_RATE = (0.002, 0.02, 0.045, 0.03, 0.01, 0.04)
SETTLE_DAYS = (1, 1, 1, 0, 0, 1)

LOAN_TYPES = ("mortgage", "auto", "personal")
LOAN_SHARE = (0.45, 0.35, 0.20)
LOAN_DOLLARS = (1850.0, 430.0, 270.0)

CODES = ("R01", "R09", "R02", "R03", "R04", "R08", "R16", "R20", "R05", "R07", "R10", "R29")
CODE_SHARE = (0.54, 0.08, 0.09, 0.08, 0.04, 0.05, 0.01, 0.02, 0.01, 0.03, 0.03, 0.02)
ADMINISTRATIVE = ("R02", "R03", "R04")
FUNDS_CODES = 2
"""The first of ``CODES``: insufficient funds, the only ones that are tried again."""
SLOW_CODES = 8
"""From here on in ``CODES``: unauthorised debits, returned weeks later."""
RETURN_RATE = 0.026

CLERKS = 24
BAD_FILE = "generated-account-file-bad"
SYSTEMS = (
    "billing", "channel", "intake", "matching", "matching", "gateway", "settlement", "ach-returns", "retry",
    "allocation", "allocation", "core-loan", "core-loan", "reconciliation", "notification", "service-desk",
)  # fmt: skip
RESOURCES = (
    *(f"generated-{name}" for name in SYSTEMS),
    *(f"generated-clerk-{number:02}" for number in range(1, CLERKS + 1)),
    BAD_FILE,
)
FIRST_CLERK = len(SYSTEMS)
BAD_FILE_NUMBER = len(RESOURCES) - 1

# Hour (local) and spread of the initiations of a channel: a share of them around the first, the rest around the second.
INITIATED_HOURS = (
    (0.70, 6.5, 0.5, 13.0, 3.0), (0.55, 11.5, 2.5, 19.5, 1.5), (0.75, 8.5, 0.8, 12.5, 1.0),
    (0.60, 11.0, 1.0, 15.0, 0.9), (0.60, 10.5, 1.0, 14.5, 1.0), (0.70, 11.0, 2.5, 16.5, 2.0),
)  # fmt: skip
