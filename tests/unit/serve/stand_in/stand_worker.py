"""A small worker: uses the database of the home until it is told to stop."""

from __future__ import annotations

import sys
import time
from contextlib import suppress

import psycopg

from bos.settings import Settings
from bos.store.embedded import open_database

database = open_database(Settings.load(home=sys.argv[sys.argv.index("--home") + 1]))
while True:
    with suppress(psycopg.OperationalError), psycopg.connect(database.conninfo, autocommit=True) as session:
        while True:
            session.execute("INSERT INTO beats DEFAULT VALUES")
            time.sleep(0.05)
    time.sleep(0.05)
