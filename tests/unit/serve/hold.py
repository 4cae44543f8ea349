"""A program that opens the database of a home, does what it is told on standard input, and answers on standard output.

Run as ``python hold.py HOME STATE_DIR``. Commands, one a line: ``sql STATEMENT``, ``ensure``, ``close``. Each answer is
one line of JSON; the first line, before any command, is ``{"url": …}``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import psycopg

from bos.errors import BosError
from bos.settings import Settings
from bos.store.embedded import Database, open_database


def answer(value: object) -> None:
    sys.stdout.write(json.dumps(value, default=str) + "\n")
    sys.stdout.flush()


def obey(database: Database, command: str, rest: str) -> object:
    if command == "sql":
        with psycopg.connect(database.conninfo, autocommit=True) as connection:
            cursor = connection.execute(rest)
            return cursor.fetchall() if cursor.description else []
    if command == "ensure":
        database.ensure()
    else:
        database.close()
    return "done"


def main() -> None:
    home, state_dir = sys.argv[1:]
    try:
        database = open_database(Settings.load(home=home, env={}, state_dir=Path(state_dir)))
    except BosError as error:
        answer({"error": type(error).__name__, "text": str(error)})
        return
    answer({"url": database.url})
    for line in sys.stdin:
        command, _, rest = line.strip().partition(" ")
        answer(obey(database, command, rest))


main()
