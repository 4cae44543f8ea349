"""The user BOS runs as is everybody on a machine of their own, and signs nothing where people sign in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bos.actions import documents
from bos.actions.identities import identity, operator
from bos.actions.settling import welcome
from bos.errors import Forbidden
from bos.model.roles import SIGNING_ROLES
from bos.store import audit, people
from bos.store.engine import reading


def roles(ctx):
    with reading(ctx.engine) as connection:
        mine = identity(connection, operator().person, datetime.now(UTC))
        held = people.held(connection, ["finance_control", "admin"], datetime.now(UTC))
    return mine, {role: operator().person in [person for person, _ in rows] for role, rows in held.items()}


def test_signing_roles_of_the_user_end_with_a_sign_on_and_come_back_without_one(bank):
    alone = bank.ctx
    shared = replace(alone, settings=replace(alone.settings, oidc_issuer="https://login.bank.example"))
    welcome(alone)
    mine, held = roles(alone)
    assert mine.roles == SIGNING_ROLES | {"admin"}
    welcome(shared)
    mine, held = roles(shared)
    assert (mine.roles, held) == ({"admin"}, {"finance_control": False, "admin": True})
    with pytest.raises(Forbidden, match="may not"):
        documents.put(shared, mine, "calendar", "c", {"title": "C"}, rationale="x")
    count = len(_entries(alone))
    welcome(shared)
    assert len(_entries(alone)) == count, "nothing to settle, nothing written"
    welcome(alone)
    assert roles(alone)[0].roles == SIGNING_ROLES | {"admin"}
    ended = [row for row in _entries(alone) if row.tag == "role.ended" and row.id == operator().person]
    assert {row.before["role"] for row in ended} == SIGNING_ROLES


def _entries(ctx):
    with reading(ctx.engine) as connection:
        return audit.entries(connection, limit=10_000)
