"""Obligations: regulation, field, owner and evidence, with no blanks."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bos.actions.obligations import obligations
from bos.auth.actor import Actor
from bos.model.scope import Grant
from bos.store import kpis
from bos.store.engine import transaction

RULE = "Nacha Operating Rules"


@pytest.fixture
def flow(own_bank):
    """Return a flow whose first KPI is evidence for a rule."""
    content = own_bank.content()
    content["outcomes"][0]["regulation"] = f" {RULE} "
    return own_bank.template(outcomes=content["outcomes"])


def listed(bank, actor=None):
    return obligations(bank.ctx, actor or bank.adam).items


def test_each_rule_is_listed_with_its_field_owner_approval_and_evidence_and_what_is_missing(own_bank, flow):
    own_bank.template()
    (found,) = listed(own_bank)
    assert (found.regulation, found.flow, found.kpi) == (RULE, flow, "returns")
    assert (found.field, found.target) == ("outcomes[returns].regulation", "at most 3.00\u202f%")
    assert (found.owner, found.people, found.evidence) == ("process_owner", (), "Nothing yet")
    assert set(found.gaps) == {
        "Nobody holds the role Process owner.",
        "Not fully approved: waits for data steward.",
        "Nothing was computed and kept yet.",
    }
    assert all(value not in ("", None) for value in found.model_dump().values())

    own_bank.employ(Actor("owen", "Owen", roles=frozenset({"process_owner"})))
    for name in ("payment.received", "payment.returned"):
        mark = own_bank.show(name, "signal").approvals["binding"]
        own_bank.sign(mark.group)
    at = datetime(2026, 3, 9, 7, tzinfo=UTC)
    row = {"flow": flow, "snapshot": None, "author": "x", "result_hash": "", "at": at}
    with transaction(own_bank.ctx.engine) as connection:
        kpis.write(connection, {**row, "run": "r1", "record": {}})
        kpis.write(connection, {**row, "run": "p1", "record": {"period": "2026-W10"}}, kind="report")
    (found,) = listed(own_bank)
    assert (found.people, found.approval, found.signed_by) == (("owen",), "Approved", ("sam",))
    assert (found.evidence, found.gaps) == ("pack p1 of 2026-W10, 2026-03-09 07:00 UTC", ())


def test_a_rule_of_a_flow_out_of_reach_is_not_shown(own_bank, flow):
    other = own_bank.template()
    for where, count in ((flow, 1), (other, 0)):
        viewer = Actor("vic", grants=frozenset({Grant("viewer", "flow", where)}))
        assert len(listed(own_bank, viewer)) == count
