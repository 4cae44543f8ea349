"""A small API on an inherited socket: answers ``/readyz``, does what a test asks of it, and keeps what it is told.

``/write/N`` answers 200 once row N is committed, and 503 when it cannot be.
"""

from __future__ import annotations

import http.server
import os
import signal
import socket
import subprocess
import sys
import time

import psycopg

from bos.settings import Settings
from bos.store.embedded import open_database

DATABASE = open_database(Settings.load())
MODE = os.environ.get("STAND_IN", "")


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/crash":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.path.startswith("/write/"):
            return self.reply(200 if written(int(self.path[7:])) else 503, b"written")
        answers = {"/readyz": b"ready", "/pid": str(os.getpid()).encode(), "/port": os.environ["BOS_PORT"].encode()}
        body = answers.get(self.path, b"")
        return self.reply(200 if body else 404, body)

    def reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        """Stay quiet."""


def written(number):
    try:
        with psycopg.connect(DATABASE.conninfo) as session:
            session.execute("INSERT INTO written VALUES (%s) ON CONFLICT DO NOTHING", [number])
    except psycopg.OperationalError:
        return False
    return True


def main():
    if MODE == "fails at once":
        sys.exit("the reason why")
    if MODE == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if MODE == "has a child":
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", os.environ["BOS_HOME"]])
    if MODE == "slow":
        time.sleep(600)
    listener = socket.socket(fileno=int(sys.argv[sys.argv.index("--socket") + 1]))
    server = http.server.HTTPServer(listener.getsockname(), Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    server.serve_forever(0.05)


main()
