"""Names of people give way to pseudonyms before a row is stored; the same row stays the same row."""

from __future__ import annotations

import csv
import hashlib
import hmac

import duckdb
import pytest

from bos.errors import InputError, Unavailable
from bos.telemetry.ingest import import_events
from bos.telemetry.lake import Lake
from bos.telemetry.pseudonyms import ERASED, Protection, lookup_of, pseudonym_of

MAPPING = {"case": "case", "step": "step", "time": "time", "amount": "amount", "resource": "who"}
EVENTS = [
    ("c1", "approved", "Anna Ek"),
    ("c1", "booked", "core-loan"),
    ("c2", "approved", "Bo <b>"),
    ("c2", "approved", "Bo <b>"),
    ("c3", "approved", ""),
    ("c3", "noted", "Anna Ek"),
]


class Keys:
    """The keys of people, as the store keeps them."""

    def __init__(self):
        self.asked = []
        self.erased = set()

    def ask(self, names):
        self.asked += names
        return {name: None if name in self.erased else self.of(name) for name in names}

    @staticmethod
    def of(name):
        return pseudonym_of(hashlib.sha256(name.encode()).hexdigest())


@pytest.fixture
def keys():
    return Keys()


@pytest.fixture
def bring(tmp_path, keys):
    """Return a function that imports events, the events whose names are protected (or no protection) being given."""
    lake, numbers = Lake(tmp_path / "lake"), iter(range(100))

    def work(events=EVENTS, *, protected=(), named=("approved", "booked"), ids=False):
        number = next(numbers)
        log = tmp_path / f"{number}.csv"
        with log.open("w", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(["id", "case", "step", "time", "amount", "who"])
            writer.writerows(
                (n, case, step, "2026-01-01T10:00:00Z", "1.25", who) for n, (case, step, who) in enumerate(events)
            )
        rules = None if protected is None else Protection(frozenset(protected), frozenset(named), keys.ask)
        mapping = {**MAPPING, **({"event_id": "id"} if ids else {})}
        return import_events(
            lake, "loan", log, mapping=mapping, batch=f"b{number}", rejects=tmp_path / "rejects", protection=rules
        )

    work.lake = lake
    return work


def stored(bring, version=None):
    files = list(bring.lake.snapshot("loan", version).files)
    query = "SELECT case_id, step, resource FROM read_parquet(?) ORDER BY ALL"
    return duckdb.execute(query, [files]).fetchall()


def expected(keys, *protected):
    found = [(case, step, (keys.of(who) if step in protected else who) if who else None) for case, step, who in EVENTS]
    return sorted(found, key=lambda row: (row[0], row[1], row[2] is None, row[2]))


def test_names_of_protected_events_are_replaced_and_those_of_others_stay(bring, keys):
    bring(protected=["approved"], named=["approved", "booked", "noted"])
    assert stored(bring) == expected(keys, "approved")
    assert sorted(keys.asked) == ["Anna Ek", "Bo <b>"]
    for file in bring.lake.events("loan").rglob("*"):
        if file.is_file():
            assert b"Bo <b>" not in file.read_bytes()


def test_an_event_that_no_signal_names_is_protected_where_any_is(bring, keys):
    bring(protected=["approved"])
    assert stored(bring) == expected(keys, "approved", "noted")


def test_nothing_is_asked_where_nothing_is_protected(bring, keys):
    bring()
    assert (stored(bring), keys.asked) == (expected(keys), [])


@pytest.mark.parametrize("ids", [False, True])
def test_the_same_file_adds_nothing_whatever_the_rules_were_before(bring, keys, ids):
    orders = [(), ("booked",), ("approved",), ("approved", "booked"), ()]
    for n, protected in enumerate(orders):
        report = bring(protected=protected, named=["approved", "booked", "noted"], ids=ids)
        assert (report.added, report.rejected) == ((6, 0) if n == 0 else (0, 0)), protected
    assert stored(bring) == expected(keys, "booked", "approved")


def test_rows_of_before_the_rule_are_rewritten_at_the_next_import_and_older_versions_stay(bring, keys):
    first = bring()
    bring([("c9", "approved", "Anna Ek")], protected=["approved"], named=["approved", "booked", "noted"])
    assert stored(bring, first.version) == expected(keys)
    now = stored(bring)
    assert [row for row in now if row[0] != "c9"] == expected(keys, "approved")
    assert ("c9", "approved", keys.of("Anna Ek")) in now
    commits = bring.lake.table("loan").commits()
    assert [commit.get("bos.action", "import") for commit in commits][1:] == ["import", "protect", "import"]


def test_what_was_protected_stays_so_when_a_signal_says_less_or_names_it_later(bring, keys):
    bring(protected=["approved"])
    bring(protected=[], named=["approved", "booked", "noted"])
    again = bring(protected=["booked"], named=["approved", "booked", "noted"])
    assert again.added == 0
    assert stored(bring) == expected(keys, "approved", "booked", "noted")


def test_rows_that_name_somebody_who_was_erased_are_rejected_and_their_file_names_nobody(bring, keys, tmp_path):
    bring(protected=["approved"])
    before = stored(bring)
    keys.erased.add("Anna Ek")
    report = bring(protected=["approved"])
    assert (report.added, report.rejected, report.reasons) == (0, 2, {ERASED: 2})
    assert stored(bring) == before
    text = "".join(path.read_text() for path in (tmp_path / "rejects").iterdir())
    assert ERASED in text
    assert "Anna" not in text
    with pytest.raises(InputError):
        bring([("c1", "approved", "Anna Ek")], protected=["approved"])


def test_rules_that_grew_while_a_file_was_read_refuse_the_import(bring, keys, tmp_path):
    log = tmp_path / "late.csv"
    log.write_text("case,step,time,amount,who\nc7,approved,2026-01-01T10:00:00Z,1,Anna Ek\n")

    class Late(Keys):
        def ask(self, names):
            bring([("c8", "booked", "Cy")], protected=["approved", "booked"])
            return super().ask(names)

    rules = Protection(frozenset({"approved"}), frozenset({"approved", "booked"}), Late().ask)
    with pytest.raises(Unavailable, match="was changed while the file was read"):
        import_events(
            bring.lake, "loan", log, mapping=MAPPING, batch="late", rejects=tmp_path / "rejects", protection=rules
        )
    assert stored(bring) == [("c8", "booked", keys.of("Cy"))]


def test_the_hashes_are_the_published_construction():
    key = "0b" * 32
    assert lookup_of(key, "Änna") == hmac.new(b"\x0b" * 32, "Änna".encode(), hashlib.sha256).hexdigest()
    own = hmac.new(b"\x0b" * 32, b"resource", "sha256").hexdigest()
    assert pseudonym_of(key) == f"p-{own[:16]}"
