"""Backup and restore of a home against ``pg_dump``, ``pg_restore`` and ``tar`` of the same data, in one run.

``python benchmarks/bench_backup.py [--rows 300000] [--rounds 3]``. The home has a flow, some hundred entries of the
journal, ``rows`` answers kept in the database, and as many events in the lake. The baseline is what a person would do
by hand: dump the database with the same program and options, and copy the lake with ``tar``; then load the dump in one
transaction and unpack the copy. BOS counts the state it reads, seals all of it, and holds what it restored against the
counts, the chain of the journal and the rows in the files. Goal: at most twice as long. Best of the rounds, each on
an empty database.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from bos.actions import blueprints, documents
from bos.actions.context import open_context
from bos.auth.actor import Actor
from bos.backup import seal
from bos.backup.restore import restore
from bos.backup.take import backup
from bos.settings import Settings
from bos.store import embedded_programs
from bos.store.embedded import Database, open_database
from bos.telemetry.ingest import import_events

if TYPE_CHECKING:
    from collections.abc import Callable

GOAL = 2.0
FLOW = "loan-payment-processing"
ANA = Actor("ana", "Ana", roles=frozenset({"process_owner", "data_steward"}))
DOCUMENTS = 200
FILL = """
INSERT INTO idempotency_key (person, key, request, answer, at)
SELECT 'ana', 'key-' || n, md5(n::text), jsonb_build_object('n', n, 'words', md5((n * 7)::text)), now()
FROM generate_series(1, {}) AS n
"""


def fill(settings: Settings, folder: Path, rows: int) -> None:
    """Make the home that is backed up."""
    ctx = open_context(settings)
    blueprints.create(ctx, ANA, FLOW)
    for number in range(DOCUMENTS):
        document = {"id": f"calendar-{number}", "title": f"Calendar {number}"}
        documents.put(ctx, ANA, "calendar", document["id"], document, base_version=None, rationale="Bench.")
    with psycopg.connect(settings.database_url.replace("+psycopg", "")) as session:  # type: ignore[union-attr]
        session.execute(sql.SQL(FILL).format(sql.Literal(rows)))
    log = folder / "log.csv"
    with log.open("w") as out:
        out.write("case,step,time,amount\n")
        out.writelines(f"c{n},received,2026-01-{1 + n % 28:02}T{n % 24:02}:00:00Z,{n % 997}.25\n" for n in range(rows))
    mapping = {"case": "case", "step": "step", "time": "time", "amount": "amount"}
    import_events(ctx.lake, FLOW, log, mapping=mapping, currency="USD", batch="bench", rejects=folder / "rejects")
    log.unlink()
    ctx.close()


class Stage:
    """A server with the home that is backed up, and a new empty database for each restore."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = open_database(Settings.load(home=folder / "server", env={}, state_dir=folder / "state"))
        self._made = 0

    def database(self) -> str:
        """Return the address of a new, empty database."""
        self._made += 1
        with psycopg.connect(self.server.conninfo, autocommit=True) as session:
            session.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(f"b{self._made}")))
        return self.server.url.replace("@/bos?", f"@/b{self._made}?")

    def empty(self) -> Settings:
        """Return the settings of a home that is not there yet."""
        url = self.database()
        return Settings.load(home=self.folder / f"home-{self._made}", env={}, database_url=url)


def program(name: str) -> str:
    return str(embedded_programs.installed() / name)


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def best(work: Callable[[], None], rounds: int) -> float:
    took = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
    return min(took)


def main(rows: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory(prefix="bos-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)  # the embedded database of root's homes runs as another user
        stage = Stage(folder)
        try:
            return measure(stage, folder, rows, rounds)
        finally:
            stage.server.close()


def measure(stage: Stage, folder: Path, rows: int, rounds: int) -> int:
    settings = stage.empty()
    fill(settings, folder, rows)
    home, conninfo = settings.home, Database(settings.database_url or "").conninfo
    public, silent = seal.make_key(folder / "key"), lambda _: None
    file, dumped, lake = folder / "b.age", folder / "db.dump", folder / "lake.tar"

    def ours() -> None:
        for old in (file, folder / "b.keys"):
            old.unlink(missing_ok=True)
        backup(settings, file, folder / "b.keys", seal.recipients([public]), say=silent)

    def by_hand() -> None:
        options = ["--format=custom", "--compress=1", "--no-owner"]
        run(program("pg_dump"), *options, f"--file={dumped}", f"--dbname={conninfo}")
        run("tar", "-cf", str(lake), "-C", str(home), "lake")

    def ours_back() -> None:
        done = restore(stage.empty(), file, folder / "b.keys", seal.identities(folder / "key"), say=silent)
        assert not done.trouble

    def by_hand_back() -> None:
        new = stage.empty()
        new.home.mkdir()
        to = f"--dbname={Database(new.database_url or '').conninfo}"
        run(program("pg_restore"), "--exit-on-error", "--single-transaction", "--no-owner", to, str(dumped))
        run("tar", "-xf", str(lake), "-C", str(new.home))
        shutil.rmtree(new.home)

    pairs: list[tuple[str, Any, Any]] = [("backup", ours, by_hand), ("restore", ours_back, by_hand_back)]
    print(f"{rows:,} rows in the database, as many events; best of {rounds}")
    print(f"{'':10} {'BOS':>8} {'by hand':>8} {'ratio':>6}   goal {GOAL:g}")
    for what, mine, hand in pairs:
        took, base = best(mine, rounds), best(hand, rounds)
        told = "ok" if took / base <= GOAL else "MISSED"
        print(f"{what:10} {took:6.2f} s {base:6.2f} s {took / base:6.2f}   {told}")
    by_hand_size = dumped.stat().st_size + lake.stat().st_size
    print(f"size       {file.stat().st_size / 1e6:6.1f} MB, by hand {by_hand_size / 1e6:.1f} MB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    main(given.rows, given.rounds)
