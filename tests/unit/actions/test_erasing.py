"""Erasing people whom BOS knew: their name stands nowhere any more, and the journal is whole."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from bos.actions import audit, bindings, erasing, people, sign_on
from bos.actions.personal import ERASED_NAME, UNREADABLE
from bos.auth.actor import Actor
from bos.errors import Conflict, Forbidden, Invalid, NotFound

WORDS = ("Wilhelmina Ångström", "wilhelmina@bank.example", "mina@laptop.example", "subject-of-mina")
CORA = Actor("cora", "Cora", roles=frozenset({"compliance"}))
AUDIT = Actor("ivy", "Ivy", roles=frozenset({"auditor"}))
NO_ADMIN = Actor("vera", "Vera", roles=frozenset({"process_owner", "coe", "auditor"}))


@pytest.fixture
def adam(bank):
    bank.employ(bank.adam)
    return bank.adam


@pytest.fixture
def mina(bank, adam):
    """Return the id of somebody who is let in, of whom BOS has a name, two addresses, a subject, and an answer kept."""
    name = bank.fresh("p")
    keyed = replace(bank.ctx, idempotency_key=f"add-{name}")
    people.add(keyed, adam, name, display=WORDS[0], email=f"{name}.{WORDS[1]}", rationale="New here.")
    people.write_identities(bank.ctx, adam, name, [f"{name}.{WORDS[2]}"], rationale="Hers.")
    with bank.connect() as connection:
        subject = f"{name}.{WORDS[3]}"
        connection.execute("INSERT INTO sign_on VALUES ('https://id', %s, %s, now(), now())", (subject, name))
        connection.execute(
            "INSERT INTO session (session, person, created_at, expires_at, issuer, subject, sealed)"
            " VALUES (%s, %s, now(), now() + interval '1 hour', 'https://id', %s, 'x')",
            (f"of-{name}", name, subject),
        )
    return name


def out(bank, person):
    people.disable(bank.ctx, bank.adam, person, rationale="Left.")
    return person


def found_in(bank, *words):
    """Return the tables in which one of some words stands, and the word."""
    tables = bank.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1", ())
    return {
        (table, word)
        for (table,) in tables
        for word in words
        if bank.rows(f'SELECT 1 FROM "{table}" AS t WHERE t::text ILIKE %s LIMIT 1', (f"%{word}%",))  # noqa: S608
    }


def entries(bank, person, tag):
    return [(one.before, one.after) for one in audit.entries(bank.ctx, AUDIT, kind="person", id=person, tag=tag).items]


def test_name_and_addresses_stand_nowhere_any_more_and_the_journal_is_whole(bank, mina):
    personal = (f"{mina}.{WORDS[1]}", f"{mina}.{WORDS[2]}", f"{mina}.{WORDS[3]}")
    assert {table for table, _ in found_in(bank, WORDS[0], *personal)} == {
        "person", "person_identity", "sign_on", "session", "idempotency_key"
    }, "the journal has none of it in plain text"  # fmt: skip
    before = bank.rows("SELECT seq, hash FROM journal ORDER BY seq", ())
    out(bank, mina)
    done = erasing.erase(bank.ctx, CORA, mina, rationale="Request 7.")
    assert (done.display, done.email, done.identities) == (ERASED_NAME, "", ())
    assert done.erased_at is not None
    assert done.erased_at >= done.disabled_at
    assert found_in(bank, *personal) == set()
    assert people.show(bank.ctx, AUDIT, mina) == done
    assert audit.verify(bank.ctx, AUDIT).ok
    assert bank.rows("SELECT seq, hash FROM journal ORDER BY seq", ())[: len(before)] == before
    ((entry,),) = [audit.entries(bank.ctx, AUDIT, id=mina, tag="person.erased").items]
    assert (entry.actor, entry.rationale, entry.before, entry.after) == ("cora", "Request 7.", None, None)


def test_who_reads_the_journal_sees_names_and_addresses_as_long_as_the_key_lives(bank, mina):
    address = f"{mina}.{WORDS[2]}"
    assert entries(bank, mina, "person.added") == [(None, {"display": WORDS[0], "source": "created"})]
    assert entries(bank, mina, "person.identities") == [([], [address])]
    exported = b"".join(audit.export(bank.ctx, AUDIT)).decode()
    assert '"sealed:' in exported
    assert not [word for word in (WORDS[0], address) if word in exported]
    out(bank, mina)
    erasing.erase(bank.ctx, bank.adam, mina, rationale="Request 8.")
    assert entries(bank, mina, "person.added") == [(None, {"display": UNREADABLE, "source": "created"})]
    assert entries(bank, mina, "person.identities") == [([], [UNREADABLE])]


def test_a_name_that_looks_sealed_is_a_name(bank, adam):
    name = bank.fresh("p")
    for display in ("sealed:", "sealed:AAAA", "sealed:" + "A" * 64):
        person = f"{name}{len(display)}"
        people.add(bank.ctx, adam, person, display=display, rationale="New here.")
        assert entries(bank, person, "person.added") == [(None, {"display": display, "source": "created"})]
    bindings.give(bank.ctx, adam, "sre", person=person, rationale="sealed:AAAA")
    assert audit.entries(bank.ctx, AUDIT, id=person, tag="role.given").items[0].rationale == "sealed:AAAA"


def test_only_who_is_let_in_no_more_is_erased_once_and_never_comes_back(bank, mina):
    with pytest.raises(Conflict, match="is let in") as caught:
        erasing.erase(bank.ctx, CORA, mina, rationale="Too early.")
    assert caught.value.code == "not-disabled"
    out(bank, mina)
    with pytest.raises(Invalid):
        erasing.erase(bank.ctx, CORA, mina, rationale=" ")
    assert people.show(bank.ctx, AUDIT, mina).display == WORDS[0]
    erasing.erase(bank.ctx, CORA, mina, rationale="Request 9.")
    after = {
        "erase": lambda: erasing.erase(bank.ctx, CORA, mina, rationale="Again."),
        "enable": lambda: people.enable(bank.ctx, bank.adam, mina, rationale="Back."),
        "identities": lambda: people.write_identities(bank.ctx, bank.adam, mina, ["x@y.example"], rationale="Hers."),
    }
    for name, step in after.items():
        with pytest.raises(Conflict) as caught:
            step()
        assert caught.value.code == "erased", name
    with pytest.raises(Conflict) as caught:
        people.add(bank.ctx, bank.adam, mina, display="Somebody else", rationale="New.")
    assert caught.value.code == "erased"


@pytest.mark.parametrize("other", ["identities", "enable", "sign-on"])
def test_two_who_change_a_person_at_once_leave_nothing_of_who_was_erased(bank, mina, other):
    out(bank, mina)
    address = f"{mina}.stays@laptop.example"
    steps = {
        "erase": lambda: erasing.erase(bank.ctx, CORA, mina, rationale="Request 10."),
        "identities": lambda: people.write_identities(bank.ctx, bank.adam, mina, [address], rationale="Hers."),
        "enable": lambda: people.enable(bank.ctx, bank.adam, mina, rationale="Back."),
        "sign-on": lambda: sign_on.forget(bank.ctx, bank.adam, mina, rationale="Anew."),
    }
    start = threading.Barrier(2)

    def run(step):
        start.wait()
        try:
            step()
        except Conflict as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(2) as pool:
        codes = [one.result() for one in [pool.submit(run, steps[name]) for name in ("erase", other)]]
    now = people.show(bank.ctx, AUDIT, mina)
    if codes[0] == "done":
        assert (now.display, now.identities, now.disabled_at is not None) == (ERASED_NAME, (), True)
        assert found_in(bank, f"{mina}.{WORDS[1]}", address) == set()
        assert other != "enable" or codes[1] == "erased"
    else:
        assert (codes, now.erased_at) == (["not-disabled", "done"], None)


def test_an_id_of_somebody_in_other_letters_is_not_given_again(bank, mina):
    for name in (mina.upper(), f"{mina}.{WORDS[2]}"):
        with pytest.raises(Conflict) as caught:
            people.add(bank.ctx, bank.adam, name, display="Somebody else", rationale="New.")
        assert (caught.value.code, mina in caught.value.message) == ("exists", True)
    out(bank, mina)
    erasing.erase(bank.ctx, CORA, mina, rationale="Request 11.")
    for step in (
        lambda: people.add(bank.ctx, bank.adam, mina, display="Again", rationale="New."),
        lambda: bindings.give(bank.ctx, bank.adam, "sre", person=mina, rationale="Work."),
    ):
        with pytest.raises(Conflict) as caught:
            step()
        assert caught.value.code == "erased"


def test_who_may_not_erase_erases_nobody(bank, mina):
    out(bank, mina)
    for actor in (NO_ADMIN, bank.sam):
        if actor.roles & {"compliance", "admin"}:
            continue
        with pytest.raises(Forbidden):
            erasing.erase(bank.ctx, actor, mina, rationale="No.")
    assert people.show(bank.ctx, AUDIT, mina).erased_at is None
    with pytest.raises(NotFound):
        erasing.erase(bank.ctx, CORA, "nobody\x00", rationale="No.")
