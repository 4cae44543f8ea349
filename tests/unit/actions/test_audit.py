"""The journal: whole, in order, guarded, and checkable without BOS."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from bos.actions import audit, documents
from bos.errors import Forbidden, UsageError
from bos.model.version import canonical
from bos.resources import share
from bos.store import audit as journal
from bos.store import checkpoints
from bos.store.engine import guarded, transaction
from bos.store.tags import Tag


@pytest.fixture
def tampered(own_bank):
    """Return a function that changes the journal as a superuser would who took the triggers away."""

    def run(*statements):
        with own_bank.connect() as connection, connection.transaction():
            connection.execute("ALTER TABLE journal DISABLE TRIGGER ALL")
            for statement in statements:
                connection.execute(statement)
            connection.execute("ALTER TABLE journal ENABLE TRIGGER ALL")
        return audit.verify(own_bank.ctx, own_bank.adam)

    return run


def test_every_deed_of_concurrent_writers_is_in_one_unbroken_chain(own_bank):
    ids = [own_bank.template(approved=False) for _ in range(4)]

    def work(id_):
        for n in range(5):
            own_bank.submit(own_bank.anna, id_, ("title", f"Title {n}"), ("description", f"Text {n}"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, ids))
    found = audit.verify(own_bank.ctx, own_bank.adam)
    assert (found.ok, found.broken, found.reason) == (True, None, "")
    assert found.entries == own_bank.rows("SELECT max(seq) FROM journal")[0][0] == 6 + 4 + 4 * 5 * 2
    for id_ in ids:
        rows = own_bank.rows("SELECT after FROM journal WHERE id = %s AND path = 'title' ORDER BY seq", (id_,))
        assert [row[0] for row in rows] == [f"Title {n}" for n in range(5)]


def test_whoever_writes_second_waits_for_the_first_so_order_is_commit_order(own_bank):
    began, done = threading.Event(), threading.Event()

    def second():
        began.set()
        own_bank.make("calendar", {"id": "second", "title": "Second"})
        done.set()

    thread = threading.Thread(target=second)
    with transaction(own_bank.ctx.engine) as connection:
        note = journal.Note(Tag.DOCUMENT_CREATED, "calendar", "first")
        journal.append(
            connection, [note], at=datetime.now(UTC), actor="anna", on_behalf_of=None, rationale="", request_id="",
            origin="test",
        )  # fmt: skip
        thread.start()
        began.wait(10)
        assert not done.wait(0.2)
    thread.join(10)
    rows = own_bank.rows("SELECT id FROM journal ORDER BY seq DESC LIMIT 2")
    assert rows == [("second",), ("first",)]
    assert audit.verify(own_bank.ctx, own_bank.adam).ok


CHANGES = [
    f"{verb} {table}{rest}"
    for table, column in (("journal", "rationale"), ("version", "author"))
    for verb, rest in (("UPDATE", f" SET {column} = 'x'"), ("DELETE FROM", ""), ("TRUNCATE", " CASCADE"))
]


@pytest.mark.parametrize("statement", CHANGES)
def test_the_role_of_bos_may_not_change_what_was_written(bank, statement):
    assert guarded(bank.ctx.engine)
    with pytest.raises(ProgrammingError) as caught, bank.ctx.engine.begin() as connection:
        connection.execute(text(statement))
    assert isinstance(caught.value.orig, psycopg.errors.InsufficientPrivilege)


@pytest.mark.parametrize("statement", CHANGES)
def test_a_trigger_refuses_the_change_even_for_the_owner(bank, statement):
    with bank.connect() as connection, pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute(statement)


def test_the_first_entry_that_was_changed_is_named(tampered):
    found = tampered("UPDATE journal SET rationale = 'Nicer.' WHERE seq IN (3, 5)")
    assert (found.ok, found.broken, found.reason) == (False, 3, "Entry 3 was changed after it was written.")


@pytest.mark.parametrize("column", ["before", "after"])
def test_a_value_that_was_changed_breaks_the_chain(tampered, column):
    statement = "UPDATE journal SET COLUMN = '{\"version\": 2}' WHERE seq = 2"
    assert tampered(statement.replace("COLUMN", column)).broken == 2


def test_a_removed_entry_is_named(tampered):
    found = tampered("DELETE FROM journal WHERE seq = 4")
    assert (found.broken, found.reason) == (4, "Entry 4 is missing; entry 5 stands in its place.")


def test_closing_the_gap_of_a_removed_entry_does_not_hide_it(tampered):
    found = tampered("DELETE FROM journal WHERE seq = 4", "UPDATE journal SET seq = seq - 1 WHERE seq > 4")
    assert (found.broken, found.reason) == (4, "Entry 4 does not follow from the one before it.")


def test_a_forger_who_mends_the_hash_of_one_entry_is_caught_at_the_next(tampered, own_bank):
    with own_bank.ctx.engine.connect() as connection:
        row = next(row for row in journal.stream(connection) if row["seq"] == 3)
    forged = journal.entry_hash({**row, "rationale": "Nicer."})
    statement = "UPDATE journal SET rationale = 'Nicer.', hash = 'FORGED' WHERE seq = 3"
    found = tampered(statement.replace("FORGED", forged))
    assert found.broken == 4


@pytest.fixture(scope="module")
def exported(bank):
    """Return the lines of an export with every sort of text and number in it."""
    id_ = bank.template(approved=False)
    target = {"value": 1e22, "direction": "at_most"}
    bank.submit(bank.anna, id_, ("title", "مرحبا \U0001f600 é <b>'--"), rationale='Line\nbreak "quoted" \u2028')
    bank.submit(bank.anna, id_, ("outcomes[returns].target", target), ("outcomes[returns].thresholds", []))
    for value in (0.1 + 0.2, 1e-7, 5e-324, 3.0, -0.0, 2.5, 1.7976931348623157e308):
        bank.submit(bank.anna, id_, ("outcomes[returns].target", {**target, "value": value}))
    return b"".join(audit.export(bank.ctx, bank.adam)).decode().splitlines(keepends=True)


@pytest.fixture
def check(tmp_path):
    def run(lines, *words, options=("-I",)):
        file = tmp_path / "export.jsonl"
        file.write_bytes("".join(lines).encode())
        command = [sys.executable, *options, share("data") / "verify_journal.py", file, *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        return done.returncode, done.stdout.strip()

    return run


def split_lines(lines):
    return [part for part in re.split(r"(?<=\n)", "".join(lines)) if part]


def test_an_export_is_found_whole_by_the_program_of_the_page(bank, exported, check):
    assert check(exported) == (0, "The journal is whole.")
    header = json.loads(exported[0])
    found = audit.verify(bank.ctx, bank.adam)
    assert header.pop("checkpoint").startswith(f"bos1.{found.entries}.{found.head}.")
    assert header == {"format": "bos-journal-2", "entries": found.entries, "head": found.head}
    assert (found.ok, found.signed) == (True, found.entries)


def test_the_program_finds_a_line_that_was_changed(exported, check):
    lines = split_lines(exported)
    lines[4] = lines[4].replace("Begin.", "Begun.")
    assert check(lines) == (1, "Entry 4 was changed.")


def test_the_program_finds_a_line_that_is_missing(exported, check):
    lines = split_lines(exported)
    assert check(lines[:4] + lines[5:]) == (1, "Entry 4 is missing; entry 5 stands in its place.")


def test_the_program_finds_lines_in_another_order(exported, check):
    lines = split_lines(exported)
    lines[3], lines[4] = lines[4], lines[3]
    assert check(lines)[0] == 1


def test_the_program_finds_an_end_that_was_cut_off(exported, check):
    lines = split_lines(exported)
    count = len(lines) - 1
    told = f"Entry {count} is missing: a checkpoint was signed for entry {count}."
    assert check(lines[:-1]) == (1, told)
    shorter = {**json.loads(lines[0]), "entries": count - 1, "head": json.loads(lines[-2])["hash"]}
    assert check([json.dumps(shorter) + "\n", *lines[1:-1]]) == (1, told)


@pytest.fixture(scope="module")
def earlier(bank, exported):
    """Return a checkpoint that was kept elsewhere, an export made after it, and the key of the home."""
    del exported
    found = audit.checkpoint(bank.ctx, bank.adam)
    bank.make("calendar", {"id": bank.fresh("c"), "title": "After"})
    later = b"".join(audit.export(bank.ctx, bank.adam)).decode().splitlines(keepends=True)
    return found, split_lines(later), found.key


def rewritten(lines, seq, signer=None):
    """Return an export whose entries were written anew from one on, as whoever rules the database could."""
    entries = [json.loads(line) for line in lines[1:]]
    previous = "0" * 64
    for entry in entries:
        if entry["seq"] == seq:
            entry["rationale"] = "Nicer."
        entry["prev_hash"] = previous
        entry.pop("hash")
        entry["hash"] = previous = hashlib.sha256(canonical(entry)).hexdigest()
    header = {**json.loads(lines[0]), "head": previous}
    if signer is not None:
        header["checkpoint"] = checkpoints.signed(len(entries), previous, datetime.now(UTC), signer).text
    return [json.dumps(header) + "\n", *(canonical(entry).decode() + "\n" for entry in entries)]


def test_a_chain_that_was_written_anew_is_told_by_a_checkpoint_and_by_the_key(earlier, check):
    found, lines, key = earlier
    assert check(lines, "--key", key, found.text) == (0, "The journal is whole.")
    last = len(lines) - 1
    assert check(rewritten(lines, 3)) == (1, f"Entry {last}, or one before it, is not the one that was signed.")
    forged = rewritten(lines, 3, signer="ab" * 32)
    assert check(forged) == (0, "The journal is whole."), "a key of one's own is only told by who knows the true one"
    assert check(forged, "--key", key) == (1, f"The checkpoint of entry {last} is not signed with this key.")
    assert check(forged, found.text) == (1, f"The checkpoint of entry {found.seq} is not signed with this key.")
    assert check(lines, found.text[:-2])[1].endswith("is no checkpoint.")


def test_without_the_package_the_chain_and_the_numbers_of_checkpoints_are_checked_all_the_same(earlier, check):
    found, lines, _ = earlier
    code, said = check(lines, found.text, options=("-I", "-S"))
    assert (code, said.splitlines()[-1]) == (0, "The journal is whole.")
    assert "cryptography" in said
    code, said = check(rewritten(lines, 3), found.text, options=("-I", "-S"))
    assert (code, said.splitlines()[-1]) == (
        1, f"Entry {found.seq}, or one before it, is not the one that was signed."
    )  # fmt: skip


def test_the_tail_that_was_cut_off_and_a_chain_written_anew_are_told_by_the_checkpoints_kept_here(own_bank, tampered):
    own_bank.template(approved=False)
    kept = audit.checkpoint(own_bank.ctx, own_bank.adam)
    assert audit.checkpoint(own_bank.ctx, own_bank.adam) == kept, "nothing was added since"
    assert (audit.verify(own_bank.ctx, own_bank.adam).signed, kept.seq) == (kept.seq, kept.seq)
    cut = tampered("DELETE FROM journal WHERE seq >= (SELECT max(seq) - 1 FROM journal)")
    assert (cut.broken, cut.reason) == (
        kept.seq - 1, f"Entry {kept.seq - 1} is missing: a checkpoint was signed for entry {kept.seq}."
    )  # fmt: skip


def test_a_checkpoint_from_elsewhere_tells_when_those_kept_here_were_removed_too(own_bank, tampered):
    own_bank.template(approved=False)
    kept = audit.checkpoint(own_bank.ctx, own_bank.adam)
    with own_bank.connect() as connection:
        connection.execute("ALTER TABLE checkpoint DISABLE TRIGGER ALL")
        connection.execute("DELETE FROM checkpoint")
    assert tampered("DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)").ok
    found = audit.verify(own_bank.ctx, own_bank.adam, checkpoints=[kept.text])
    assert (found.ok, found.broken) == (False, kept.seq)
    stranger = checkpoints.signed(2, "0" * 64, datetime.now(UTC), "cd" * 32)
    found = audit.verify(own_bank.ctx, own_bank.adam, checkpoints=[stranger.text])
    assert (found.broken, found.reason) == (2, "The checkpoint of entry 2 is not signed with the key of this home.")
    with pytest.raises(UsageError):
        audit.verify(own_bank.ctx, own_bank.adam, checkpoints=["bos1.x"])


def test_the_journal_is_signed_hourly_while_it_grows(own_bank):
    def signed():
        return [row[0] for row in own_bank.rows("SELECT seq FROM checkpoint ORDER BY seq")]

    audit.sign_regularly(own_bank.ctx)
    (first,) = signed()
    own_bank.make("calendar", {"id": "more", "title": "More"})
    audit.sign_regularly(own_bank.ctx)
    assert signed() == [first]
    with own_bank.connect() as connection:
        connection.execute("ALTER TABLE checkpoint DISABLE TRIGGER ALL")
        old = checkpoints.parsed(connection.execute("SELECT text FROM checkpoint").fetchone()[0])
        ago = datetime.now(UTC) - timedelta(hours=2)
        text_ = checkpoints.signed(old.seq, old.hash, ago, own_bank.ctx.home.journal_key()).text
        connection.execute("UPDATE checkpoint SET text = %s", (text_,))
    audit.sign_regularly(own_bank.ctx)
    assert signed() == [first, first + 1]
    audit.sign_regularly(own_bank.ctx)
    assert signed() == [first, first + 1]


def test_the_program_refuses_what_is_no_export(check):
    assert check(['{"format": "other"}\n'])[0] == 1
    assert check([]) == (1, "This is no export of the journal.")


def test_a_key_that_begins_with_a_dash_is_no_option(exported, check):
    signer = f"{33:064x}"  # the first number whose public key begins so
    key = checkpoints.signed(1, "0" * 64, datetime.now(UTC), signer).key
    assert key.startswith("-")
    lines = rewritten(split_lines(exported), 3, signer=signer)
    assert check(lines, "--key", key) == (0, "The journal is whole.")


@pytest.mark.parametrize("line", ["no json\n", '"text"\n', '{"format": "bos-journal-2"}\n', '{"seq": 1\n'])
def test_the_program_tells_a_damaged_line_in_words(exported, check, line):
    lines = split_lines(exported)
    code, said = check([line, *lines[1:]] if "seq" not in line else [lines[0], line, *lines[2:]])
    assert (code, said.startswith("This is no export of the journal")) == (1, True)


@pytest.mark.parametrize("words", [(), ("nowhere.jsonl",), ("--key",)])
def test_the_program_says_how_it_is_used(words):
    command = [sys.executable, "-I", share("data") / "verify_journal.py", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "usage:" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("one", "other"),
    [(3, 3.0), (0, -0.0), ([1, 2], (1, 2)), ({"b": 1, "a": 2}, {"a": 2, "b": 1.0}), (10**22, 1e22)],
)
def test_one_content_has_one_spelling(one, other):
    assert canonical(one) == canonical(other)


def test_the_spelling_keeps_characters_and_big_numbers_as_they_are():
    assert canonical({"é": "\U0001f600\n"}) == '{"é":"\U0001f600\\n"}'.encode()
    assert canonical(10**40) == b"1" + b"0" * 40
    assert canonical(0.1) == b"0.1"
    assert canonical(3) != canonical("3")
    assert canonical(True) == b"true"


def test_entries_are_listed_newest_first_by_tag_and_document_and_by_page(bank):
    id_ = bank.template(approved=False)
    for n in range(3):
        bank.submit(bank.anna, id_, ("title", f"T{n}"))
    first = audit.entries(bank.ctx, bank.adam, kind="template", id=id_, tag="change.live", limit=2)
    assert [entry.after for entry in first.items] == ["T2", "T1"]
    second = audit.entries(bank.ctx, bank.adam, kind="template", id=id_, tag="change.live", cursor=first.next)
    assert [entry.after for entry in second.items] == ["T0"]
    assert second.next is None
    for wrong in ({"tag": "no.such"}, {"cursor": "x"}, {"limit": 0}):
        with pytest.raises(UsageError):
            audit.entries(bank.ctx, bank.adam, **wrong)


def test_a_deed_that_is_refused_leaves_no_entry(bank):
    before = bank.rows("SELECT count(*) FROM journal")
    with pytest.raises(Forbidden):
        documents.put(bank.ctx, bank.adam.__class__("vic", roles=frozenset({"viewer"})), "calendar", "v", {},
                      rationale="x")  # fmt: skip
    assert bank.rows("SELECT count(*) FROM journal") == before
