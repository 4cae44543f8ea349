"""Examples of what is sent and answered about feedback."""

from __future__ import annotations

from typing import Any

_AT = "2026-03-02T09:30:00Z"
EXAMPLES: dict[str, dict[str, Any]] = {
    "FeedbackBody": {"text": "Why did returns jump on Tuesday?", "type": "question", "panel": "return_rate"},
    "ResolutionBody": {"status": "done", "answer": "The file of Tuesday had wrong accounts."},
    "FeedbackAnswer": {
        "id": "f5d41402abc4b2a76",
        "flow": "loan-payments",
        "type": "question",
        "title": "Why did returns jump on Tuesday?",
        "text": "Why did returns jump on Tuesday?",
        "status": "done",
        "answer": "The file of Tuesday had wrong accounts.",
        "author": "vera",
        "at": _AT,
        "template_version": 4,
        "dashboard_run": "",
        "panel": "return_rate",
        "version": 2,
        "changed_by": "ana",
        "changed_at": _AT,
        "receipts": [
            {
                "connection": "jira-payments",
                "reference": "PAY-17",
                "link": "https://bank.atlassian.net/browse/PAY-17",
                "told_at": _AT,
                "state": "In Progress",
                "done": False,
                "gone": False,
                "asked_at": _AT,
                "words": "PAY-17: In Progress",
            }
        ],
    },
    "FollowedUp": {"connection": "jira-payments", "asked": 12, "done": 5, "gone": 1},
}
