"""``bos up`` with the three stand-ins; run as ``run_up.py HOME STATE_DIR PORT``."""

from __future__ import annotations

import sys

import psycopg

from bos.errors import BosError
from bos.serve.program import Program
from bos.serve.supervisor import Supervisor, say
from bos.settings import Settings


def programs(settings, doors):
    listener, apps = doors.api, doors.apps
    home = ("--home", str(settings.home))
    return (
        Program("api", "stand_api", (*home, "--socket", str(listener.fileno())), (listener.fileno(),)),
        Program("worker", "stand_worker", home),
        Program("apps", "stand_apps", (*home, "--socket", str(apps.fileno())), (apps.fileno(),)),
    )


def migrate(url):
    with psycopg.connect(url.replace("+psycopg", "")) as session:
        session.execute("CREATE TABLE IF NOT EXISTS beats (at timestamptz DEFAULT now())")
        session.execute("CREATE TABLE IF NOT EXISTS written (id int PRIMARY KEY)")


def ready(url):
    say(url)
    return True


home, state_dir, port = sys.argv[1:]
try:
    Supervisor(Settings.load(home=home, state_dir=state_dir, port=port), programs=programs, migrate=migrate).run(ready)
except BosError as error:
    say(f"error: {error}")
    sys.exit(1)
