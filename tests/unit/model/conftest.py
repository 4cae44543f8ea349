"""A template with something in every part."""

from __future__ import annotations

import pytest

from bos.model.template import Template


@pytest.fixture
def template():
    return Template.model_validate(
        {
            "id": "payments",
            "title": "Payments",
            "scope": {"loan_type": ["mortgage"]},
            "flow": {
                "correlation_key": ["loan_id"],
                "steps": [{"id": "received", "title": "Received"}, {"id": "posted", "title": "Posted"}],
                "edges": [{"id": "forward", "source": "received", "target": "posted"}],
            },
            "process_signals": [
                {"id": "received", "signal": "payment.received", "step": "received"},
                {"id": "posted", "signal": "payment.posted", "step": "posted"},
            ],
            "outcomes": [
                {
                    "id": "returns",
                    "title": "Return rate",
                    "measure": {"formula": "ratio(count(posted), count(received))", "unit": "ratio"},
                    "target": {"value": 0.03, "direction": "at_most"},
                    "thresholds": [{"id": "warn", "level": "warning", "value": 0.02}],
                }
            ],
            "ownership": [{"id": "all", "covers": "outcomes", "accountable": "business_owner"}],
        }
    ).data()
